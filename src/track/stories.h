/* All trackers: a new one is a member here and a row in stories.c. */
#ifndef ICMPSCOPE_TRACK_STORIES_H
#define ICMPSCOPE_TRACK_STORIES_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/table.h"
#include "match/brief.h"
#include "track/address_conflict.h"
#include "track/black_hole.h"
#include "track/checksum_fault.h"
#include "track/clock.h"
#include "track/echo.h"
#include "track/findings.h"
#include "track/fragment_fault.h"
#include "track/hard_error.h"
#include "track/homes.h"
#include "track/kept_sending.h"
#include "track/message_fault.h"
#include "track/nd_fault.h"
#include "track/path.h"
#include "track/pmtu.h"
#include "track/query.h"
#include "track/rate.h"
#include "track/redirect.h"
#include "track/router.h"
#include "track/scan.h"
#include "track/spoof.h"
#include "track/tracker.h"

enum { STORIES = 18 };

struct stories {
    struct track track;
    /* Who wants messages of a kind. */
    struct story_told {
        size_t count;
        uint8_t rows[STORIES]; /* of stories.c */
    } told[MESSAGE_KINDS];
    struct findings findings;
    struct hash_secret secret; /* of what is made once for all trackers */
    struct outlook outlook;    /* of flows that have ended, … */
    struct outlook alive;      /* … of those that had not when all were last looked at … */
    struct outlook walked;     /* … and of those that were looked at since */
    struct echoes echoes;
    struct clocks clocks;
    struct queries queries;
    struct pmtus pmtus;
    struct black_holes black_holes;
    struct kept_sendings kept_sendings;
    struct paths paths;
    struct redirects redirects;
    struct routers routers;
    struct nd_faults nd_faults;
    struct address_conflicts address_conflicts;
    struct rates rates;
    struct scans scans;
    struct spoofs spoofs;
    struct fragment_faults fragment_faults;
    struct message_faults message_faults;
    struct hard_errors hard_errors;
    struct checksum_faults checksum_faults;
};

/* What the trackers are given; track->findings, track->pmtus and track->outlook are
 * set here. */
void stories_init(struct stories *stories, const struct track *track);
void stories_fini(struct stories *stories);

/* Lowers the caps of all tables to this part (0 to 1) of what they may be without a budget, before
 * anything is added. Returns the bytes that they may take then. */
size_t stories_limit(struct stories *stories, double part);

/* As in struct tracker. */
void stories_message(struct stories *stories, const struct sight *sight);
void stories_packet(struct stories *stories, const struct sight *sight);
void stories_arp(struct stories *stories, const struct sight *sight);
void stories_fragment(struct stories *stories, const struct sight *sight);
void stories_tick(struct stories *stories, int64_t now_ns);

/* Each flow that ends, whatever it is; `hit` where errors were about it. */
void stories_flow_closed(struct stories *stories, const struct flow *flow, const struct hit *hit);

/* Where flows end without packets (flow_table_sweep()): each one that goes on, and when all of them
 * were looked at. */
void stories_flow_alive(struct stories *stories, const struct flow *flow);
void stories_walked(struct stories *stories);

/* As in struct tracker. */
void stories_make_room(struct stories *stories, int64_t now_ns);

/* An interval has ended. Emits what trackers and findings came to so far, where it has changed
 * since it was told; findings that are long past leave. -1 when memory runs out. */
int stories_review(struct stories *stories, int64_t now_ns);

/* No more packets, and all flows are closed. Emits what is left, the findings last. -1 when memory
 * runs out. */
int stories_finish(struct stories *stories, int64_t now_ns);

/* What found a table full, or gave way in one before its time. */
uint64_t stories_lost(const struct stories *stories);

/* What leaves a host with less is made to end on its way, or has come a long one. */
enum { STORY_LOW_TTL = 32 };

/* TCP: whether data of the packet was sent before. The flow is as it was before the packet. */
static inline bool story_is_again(const struct flow *flow, const struct brief *brief,
                                  enum flow_direction direction)
{
    return (brief->entry.sent.has & HAS_TCP_SEQ) != 0 && brief->payload_length > 0 &&
           flow_knows_seq(flow, direction) &&
           (int32_t)(brief->entry.identity - flow->seq_next[direction]) < 0;
}

/* TCP: whether the oldest data that the other side has not acknowledged are sent again. Asked for
 * each packet: what is rarest comes first. */
static inline bool story_is_stuck(const struct flow *flow, const struct brief *brief,
                                  enum flow_direction direction)
{
    return brief->entry.identity == flow->ack[flow_direction_other(direction)] &&
           story_is_again(flow, brief, direction);
}

/* Whether a packet may be a probe for its path, or in a loop. A host whose packets have all a low
 * TTL shows so in the first ones of a flow. */
static inline bool story_is_probe(const struct flow *flow, const struct sent *sent,
                                  enum flow_direction direction)
{
    enum { FIRST_ONES = 4, TTL_NEAR = 8 };
    return sent->ttl < STORY_LOW_TTL &&
           (sent->ttl < TTL_NEAR || flow_packets(flow, direction) < FIRST_ONES);
}

/* Whether stories_packet() is to be called: for each packet of a flow this is asked, and the answer
 * is mostly no. */
static inline bool stories_want(const struct flow *flow, const struct brief *brief,
                                enum flow_direction direction)
{
    const struct sent *sent = &brief->entry.sent;
    return flow->watched || story_is_probe(flow, sent, direction) ||
           (sent->has & (HAS_TCP_SYN | HAS_TCP_SACK)) != 0 ||
           story_is_stuck(flow, brief, direction);
}

#endif
