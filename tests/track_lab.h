/* A tracker by itself, and messages that were never on a wire. */
#ifndef ICMPSCOPE_TESTS_TRACK_LAB_H
#define ICMPSCOPE_TESTS_TRACK_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/tracker.h"

static const uint64_t lab_seed[2] = {3, 14};

struct lab {
    struct findings findings;
    struct homes homes;
    struct outlook outlook;
    struct track track;
    uint64_t frames;
    uint64_t events;
};

static void lab_emit(void *context, const struct event *event)
{
    struct lab *lab = context;
    assert_non_null(event->story);
    lab->events++;
}

static inline void lab_init(struct lab *lab)
{
    memset(lab, 0, sizeof *lab);
    findings_init(&lab->findings, lab_seed);
    lab->track = (struct track){.seed = lab_seed,
                                .findings = &lab->findings,
                                .homes = &lab->homes,
                                .outlook = &lab->outlook,
                                .emit = lab_emit,
                                .context = lab};
}

/* IPv4 from 10.0.0.`from` to 10.0.0.`to`; each has another identification. */
struct lab_message {
    struct packet packet;
    struct icmp icmp;
};

struct lab_way {
    uint8_t from, to;
};

static inline void lab_message_make(struct lab *lab, struct lab_message *made, uint8_t type,
                                    struct lab_way way, int64_t time_ns)
{
    memset(made, 0, sizeof *made);
    made->icmp = (struct icmp){.family = FAMILY_IPV4, .type = type, .has = ICMP_HAS_ID};
    made->packet = (struct packet){.time_ns = time_ns, .frame = ++lab->frames};
    made->packet.icmp = &made->icmp;
    made->packet.ip = (struct headers){.has = HAS_IP | HAS_PROTO | HAS_IP_ID,
                                       .family = FAMILY_IPV4,
                                       .proto = PROTO_ICMP,
                                       .ip_id = (uint32_t)(lab->frames & 0xffff),
                                       .src = {{10, 0, 0, way.from}},
                                       .dst = {{10, 0, 0, way.to}}};
}

#endif
