/* The recent packets, found by what address translation leaves as it is. Made only when an error
 * asks for it, and brought up to the newest packet each time: captures without such errors pay
 * nothing. */
#ifndef ICMPSCOPE_FLOW_PACKET_INDEX_H
#define ICMPSCOPE_FLOW_PACKET_INDEX_H

#include <stdint.h>

#include "flow/ring.h"
#include "flow/table.h"

struct packet_index; /* opaque */

#endif
