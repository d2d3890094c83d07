/* Names that records and the summary share. */
#ifndef ICMPSCOPE_REPORT_NAMES_H
#define ICMPSCOPE_REPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/table.h"

enum { PROTO_NAME_SIZE = 16 };

/* An IP protocol as EVE writes it: "TCP", "IPv6-ICMP", "IP-in-IP"; its number where it has no name
 * here. `buf` holds PROTO_NAME_SIZE bytes, and need not be what is returned. */
const char *proto_name(uint8_t proto, char *buf, size_t size);

/* A flow as its first packet saw it: addresses, protocol, and ports or, of ICMP, type and code. */
struct headers flow_headers(const struct flow *flow);

#endif
