/* A flow table and a ring, packets to send through them, and errors to have judged: for the tests
 * of match/. Times are in milliseconds; frames count from 1. */
#ifndef ICMPSCOPE_TESTS_MATCH_LAB_H
#define ICMPSCOPE_TESTS_MATCH_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "flow/table.h"
#include "match/match.h"
#include "match/record.h"
#include "traffic.h"

enum { LAB_CAPTURE = 3 };

struct lab {
    struct ring ring;
    struct matcher matcher;
    uint64_t frame;
    uint32_t context;
};

static inline void lab_init(struct lab *lab, size_t max_flows, size_t recent)
{
    const uint64_t seed[2] = {5, 6};
    const struct flow_table_config config = {.max_flows = max_flows, .seed = seed};
    *lab = (struct lab){.frame = 0};
    if (ring_init(&lab->ring, recent, NULL) == 0)
        lab->matcher = (struct matcher){.table = flow_table_new(&config, NULL), .ring = &lab->ring};
}

static inline void lab_fini(struct lab *lab)
{
    flow_table_free(lab->matcher.table);
    ring_fini(&lab->ring);
}

static inline void lab_record(struct lab *lab, const struct flow_touch *touch,
                              const struct packet *packet, enum flow_direction direction)
{
    struct brief brief;
    brief_set(&brief, packet, direction);
    match_record(&lab->matcher, touch, &brief);
}

/* As the engine does it. NULL where the headers name no flow. */
static inline struct flow *lab_send(struct lab *lab, const struct headers *headers, int64_t ms)
{
    const struct packet packet = {.time_ns = ms * NS_PER_MS,
                                  .frame = ++lab->frame,
                                  .capture = LAB_CAPTURE,
                                  .context = lab->context,
                                  .ip = *headers};
    struct flow_key key;
    enum flow_direction direction;
    if (!flow_key_from(&key, &direction, headers, lab->context))
        return NULL;
    uint64_t hash = flow_table_hash(lab->matcher.table, &key);
    struct flow_touch touch = flow_table_touch(lab->matcher.table, &key, hash, packet.time_ns);
    lab_record(lab, &touch, &packet, direction);
    return touch.flow;
}

/* From a router: time exceeded of IPv4, hop limit exceeded of IPv6, as the quote is. */
static inline struct packet lab_error(const struct lab *lab, struct icmp *icmp,
                                      const struct headers *quoted, int64_t ms)
{
    bool v6 = quoted->family == FAMILY_IPV6;
    *icmp = (struct icmp){.has = ICMP_HAS_QUOTE,
                          .family = quoted->family,
                          .type = v6 ? 3 : 11,
                          .checksum = CHECKSUM_GOOD,
                          .quote = {.ip = *quoted, .bytes = 28}};
    struct packet packet = {.time_ns = ms * NS_PER_MS,
                            .frame = lab->frame + 1,
                            .context = lab->context,
                            .ip = icmp_of(v6 ? "2001:db8::1" : "192.0.2.1",
                                          v6 ? "2001:db8::c" : "192.0.2.12", icmp->type, 0),
                            .icmp = icmp};
    packet.ip.dst = quoted->src;
    return packet;
}

static inline struct verdict lab_judge(struct lab *lab, const struct headers *quoted, int64_t ms)
{
    struct icmp icmp;
    struct verdict verdict;
    struct packet packet = lab_error(lab, &icmp, quoted, ms);
    match_error(&lab->matcher, &packet, &verdict);
    return verdict;
}

#endif
