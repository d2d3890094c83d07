/* struct event: what happened, on its way to the outputs. report/field.h describes its members to
 * all of them. */
#ifndef ICMPSCOPE_TRACK_EVENT_H
#define ICMPSCOPE_TRACK_EVENT_H

#include <stdint.h>

#include "decode/packet.h"
#include "flow/table.h"
#include "match/verdict.h"
#include "track/hits.h"
#include "track/story.h"
#include "track/tally.h"

enum event_type {
    EVENT_ICMP, /* a message: packet, and for an error its verdict */
    EVENT_FLOW, /* a flow has ended, or the capture has: flow, and hit where errors were about it */
    EVENT_STATS, /* counters: tally */
    EVENT_ECHO,  /* from here on: story, which begins a struct of the record's name */
    EVENT_CLOCK,
    EVENT_QUERY,
    EVENT_PMTU,
    EVENT_PATH,
    EVENT_REDIRECT,
    EVENT_ROUTER,
    EVENT_FINDING,
    EVENT_TYPES
};

struct event {
    enum event_type type;
    uint8_t flow_end; /* enum flow_end */
    uint16_t capture; /* where it was seen: index of the input … */
    uint64_t frame;   /* … and frame there; 0 where it is about no single frame */
    int64_t time_ns;
    const struct packet *packet; /* each borrowed for the call, NULL where it does not apply */
    const struct verdict *verdict;
    const struct flow *flow;
    const struct hit *hit;
    const struct tally *tally;
    const struct story *story;
};

#endif
