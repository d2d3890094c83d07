/* A tracker: what each story over time is followed by. One file with one `const struct tracker`,
 * and a row in stories.c. */
#ifndef ICMPSCOPE_TRACK_TRACKER_H
#define ICMPSCOPE_TRACK_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/key.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/verdict.h"
#include "track/event.h"
#include "track/findings.h"
#include "track/hits.h"
#include "track/homes.h"

/* How well the capture sees what goes on: what was not seen proves nothing where it is one-sided.
 * Of flows that have ended, and, for review(), those that had not when the sweep saw them. */
struct outlook {
    uint64_t both_ways;   /* flows of TCP, UDP and SCTP with packets of both directions … */
    uint64_t one_way;     /* … and of one only */
    uint64_t tcp_both;    /* TCP flows that carried data, or were opened, both ways … */
    uint64_t tcp_one_way; /* … and those of which more than a few packets went one way only */
    uint64_t tcp_midway;  /* TCP flows whose beginning was not captured */
};

struct pmtus;

/* What all trackers share. Borrowed for the run. */
struct track {
    const uint64_t *seed; /* two words of entropy for keyed hashing */
    struct findings *findings;
    struct pmtus *pmtus;     /* whom others tell what they know of path MTUs (track/pmtu.h) */
    const struct ring *ring; /* recent packets, or NULL */
    const struct homes *homes;
    const struct outlook *outlook; /* complete when finish() or review() is called */
    void (*emit)(void *context, const struct event *event);
    void *context;
};

/* What a tracker is shown. All is borrowed for the call. */
struct sight {
    const struct packet *packet;
    const struct verdict *verdict; /* of a message about another packet, else NULL … */
    struct follow *follow;         /* … of its flow, where that was hit and goes on, or NULL;
                                    * packet(): the packet was taken in there */
    struct flow *flow; /* packet(): the flow, before the packet is counted in it; else NULL */
    enum flow_direction direction; /* of the packet in it */
    bool again;                    /* TCP: its data, or some of it, was sent before */
    uint64_t content; /* message(): copies_content() of it (track/copies.h), or 0: not made */
};

/* What a message is to those who are told of it. */
enum message_kind {
    MESSAGE_PLAIN,  /* about no other packet: there is no verdict */
    MESSAGE_UNTIED, /* with a verdict, and verdict->flow is NULL */
    MESSAGE_TIED,   /* with a verdict that has a flow */
    MESSAGE_KINDS
};

static inline enum message_kind sight_kind(const struct sight *sight)
{
    if (sight->verdict == NULL)
        return MESSAGE_PLAIN;
    return sight->verdict->flow == NULL ? MESSAGE_UNTIED : MESSAGE_TIED;
}

/* Of struct tracker: the kinds of which it wants messages. */
enum tracker_messages {
    TRACKER_PLAIN = 1u << MESSAGE_PLAIN,
    TRACKER_TIED = 1u << MESSAGE_TIED,
    TRACKER_JUDGED = 1u << MESSAGE_UNTIED | 1u << MESSAGE_TIED,
    TRACKER_ALL = (1u << MESSAGE_KINDS) - 1,
};

/* Each function is NULL where the tracker does not care. `self` is its struct within struct
 * stories. All are called in the order of the packets. */
struct tracker {
    uint8_t messages; /* enum tracker_messages; 0 without message() */
    void (*init)(void *self, const struct track *track);
    void (*fini)(void *self);
    /* Lowers the caps of its tables to this part (0 to 1) of what they may be without a budget,
     * before anything is added. Returns the bytes that they may take then. */
    size_t (*limit)(void *self, double part);
    /* Each ICMP message of the kinds that it wants, errors when they are judged. After it was
     * reported. */
    void (*message)(void *self, const struct sight *sight);
    /* Packets of flows, but ICMP errors: TCP's SYNs, the oldest data that are not acknowledged when
     * they are sent again, acknowledgements of what is behind a gap, packets that may be
     * probes (story_is_probe()), each one of a flow that a tracker has marked (watched), and of
     * flows whose `follow` one has marked so what follow_wants(). */
    void (*packet)(void *self, const struct sight *sight);
    /* Each packet of ARP. */
    void (*arp)(void *self, const struct sight *sight);
    /* Each fragment, of whatever protocol. */
    void (*fragment)(void *self, const struct sight *sight);
    /* A flow ends; `hit` where errors were about it, its aftermath settled. For those that are
     * watched or hit. */
    void (*flow_closed)(void *self, const struct flow *flow, const struct hit *hit);
    /* Time goes on: called now and then, for what was waited for long enough. */
    void (*tick)(void *self, int64_t now_ns);
    /* Where packets are looked at as they are captured, about each second: in tables that refuse
     * what is new when they are full, makes room where that is short (base/room.h). What leaves has
     * been told. Not called for files: their tables hold all, or say what they do not. */
    void (*make_room)(void *self, int64_t now_ns);
    /* An interval has ended: tells what is new since the last time, and adds such findings as
     * finish() would, if they are sure now; they are forgotten after the call. Changes nothing
     * else. */
    void (*review)(void *self, int64_t now_ns);
    /* No more packets; all flows are closed. */
    void (*finish)(void *self, int64_t now_ns);
    /* What found a table full, or gave way in one before its time. */
    uint64_t (*lost)(const void *self);
};

#endif
