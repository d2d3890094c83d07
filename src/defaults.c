/* What an analysis does unless it is told otherwise. */
#include <string.h>

#include "flow/table.h"
#include "icmpscope.h"

_Static_assert((int)ICMPSCOPE_IDLES == FLOW_IDLES && (int)ICMPSCOPE_IDLE_SCTP == FLOW_IDLE_SCTP,
               "the same, in the same order");

void icmpscope_config_init(struct icmpscope_config *config)
{
    *config = (struct icmpscope_config){
        .live = {.snap_length = 262144, .promiscuous = true},
        .guess_tunnels = true,
        .max_flows = (size_t)4 << 20,
        .recent_packets = (size_t)1 << 20,
        .reorder_ns = 50 * (int64_t)1000000,
        .format = ICMPSCOPE_TEXT,
        .events = ICMPSCOPE_EVENT_ALL,
        .width = 100,
    };
    memcpy(config->idle_s, flow_idle_usual, sizeof config->idle_s);
}
