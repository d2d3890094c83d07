/* What names a router's link-layer address and its prefixes, in all outputs. */
#ifndef ICMPSCOPE_REPORT_ROUTER_TEXT_H
#define ICMPSCOPE_REPORT_ROUTER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum { ROUTER_MAC_TEXT = 18, ROUTER_PREFIX_TEXT = ADDR_TEXT_SIZE + 4 };

/* "02:00:00:00:00:01"; returns `buf`, as the next. */
const char *router_mac_format(const uint8_t *mac, char *buf, size_t size);

/* "2001:db8::/64" */
const char *router_prefix_format(const struct addr *prefix, uint8_t length, char *buf, size_t size);

#endif
