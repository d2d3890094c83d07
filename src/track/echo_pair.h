/* What all echoes of one host to another came to. Sums, so that those of several captures can be
 * added up. */
#ifndef ICMPSCOPE_TRACK_ECHO_PAIR_H
#define ICMPSCOPE_TRACK_ECHO_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "track/echo_message.h"

enum { ECHO_PAIRS_MAX = 16384, ECHO_RTTS_MAX = 131072 };

/* No padding. */
struct echo_pair_key {
    struct addr src, dst; /* who asked, and who was asked */
    uint32_t family;
    uint32_t context; /* VLANs and tunnels: the same addresses there are other hosts */
};

struct echo_pair {
    uint32_t position; /* in the map, from 1; while room is made, where it will be, or 0 */
    uint32_t id;       /* of the pair, for tables beside the map: in the order of coming */
    /* Of requests. sent = answered + lost + errors + low_ttl + at_end + forgotten + waiting */
    uint64_t sent, answered, lost;
    uint64_t errors;               /* an ICMP error came instead of a reply */
    uint64_t low_ttl;              /* no reply nor error, and the TTL was too low for others, too */
    uint64_t at_end;               /* the capture ended before a reply was due */
    uint64_t forgotten;            /* too many requests waited at once */
    uint64_t late;                 /* of `answered`: after ECHO_TIMEOUT_S */
    uint64_t bursts, longest, run; /* runs of lost requests in the order of sending */

    /* Of replies. */
    uint64_t replies; /* each host's first to each request */
    uint64_t duplicates, unsolicited, reordered, changed;
    uint64_t unasked; /* of `unsolicited`: surely so */
    uint64_t ttl_changes;
    uint8_t ttl_least, ttl_most, ttl_last; /* where replies > 0 */

    /* Round-trip times. */
    uint64_t rtt_count, rtt_sum_ns;
    uint64_t jitter_count, jitter_sum_ns; /* differences of successive ones */
    int64_t rtt_least_ns, rtt_most_ns, rtt_last_ns;
    uint64_t octaves;  /* a bit for each 64 buckets that there are some of */
    bool rtts_missing; /* not all are in the buckets */

    uint64_t last_answered; /* highest number of a request that was answered, from 1 */
    uint8_t ttl_sent_least, ttl_sent_most;     /* of requests, where sent > 0 */
    uint8_t ttl_arrived;                       /* lowest TTL of an answered request, or 0 */
    uint32_t longest_answered;                 /* payload bytes of requests */
    uint32_t shortest_lost;                    /* the same, where lost > 0 */
    uint8_t program;                           /* enum echo_program of the requests … */
    bool programs;                             /* … or several */
    uint64_t odd_requests, odd_replies;        /* that carry what no ping does, each another … */
    uint64_t last_odd_request, last_odd_reply; /* … hash */
    int64_t first_ns, last_ns;
    struct sighting first_lost;
    int64_t first_lost_ns;
};

struct echo_pairs {
    struct map map;  /* struct echo_pair_key → struct echo_pair */
    struct map rtts; /* how often a round-trip time was in a bucket, by pair */
    uint32_t last_id;
    uint64_t left; /* pairs that made room */
};

void echo_pairs_init(struct echo_pairs *pairs, const uint64_t seed[2]);
void echo_pairs_fini(struct echo_pairs *pairs);
size_t echo_pairs_limit(struct echo_pairs *pairs, double part);

/* The pair of a key, made where it is new; NULL where no more are kept apart. */
struct echo_pair *echo_pair_open(struct echo_pairs *pairs, const struct echo_key *key);

/* Of a run without an end: where room is short, picks those that were not used for longest, and
 * says with `position` of each where it will be, or 0. False where there is room. Then those who
 * hold positions are to be told, and echo_pairs_leave() called. */
bool echo_pairs_pick(struct echo_pairs *pairs);
void echo_pairs_leave(struct echo_pairs *pairs);

/* Whether the pair of an `id` stays, or there is none. Between the two. */
bool echo_pair_stays(const struct echo_pairs *pairs, uint32_t id);

/* The pair at position - 1, or NULL for 0. */
struct echo_pair *echo_pair_at(const struct echo_pairs *pairs, uint32_t position);

/* A request was sent. Returns its number, from 1. */
uint64_t echo_pair_sent(struct echo_pair *pair, const struct echo_message *request);

/* Its outcome, in the order of sending. */
void echo_pair_lost(struct echo_pair *pair, const struct echo_message *request);
void echo_pair_not_lost(struct echo_pair *pair);

/* The first reply to a request came. Its number tells whether it overtook others'. */
void echo_pair_answered(struct echo_pair *pair, const struct echo_message *request,
                        uint64_t number);

/* A reply that no request is known to. */
void echo_pair_unsolicited(struct echo_pair *pair, const struct echo_message *reply);

/* A reply of the host that was asked, or of one of those that were. */
void echo_pair_reply(struct echo_pair *pair, const struct echo_message *reply, bool from_asked);
void echo_pair_rtt(struct echo_pairs *pairs, struct echo_pair *pair, int64_t rtt_ns);

/* Whether a request with such a TTL may have been meant to expire on its way, or had to. */
bool echo_pair_expires(const struct echo_pair *pair, uint8_t ttl);

/* The time that `percent` of the round-trip times are not above: nearest rank, within 0.8 percent
 * of it. Negative where it is not known. */
int64_t echo_pair_quantile(const struct echo_pairs *pairs, const struct echo_pair *pair,
                           unsigned percent);

/* The buckets that hold something, one after the other, of a struct that is zero at first. False at
 * the end. */
struct echo_bucket {
    uint32_t next;
    int64_t from_ns, to_ns; /* to_ns belongs to the next */
    uint64_t count;
};
bool echo_pair_bucket(const struct echo_pairs *pairs, const struct echo_pair *pair,
                      struct echo_bucket *bucket);

/* For lists: most lossy, then most frequent. */
uint64_t echo_pair_weight(const void *pair);

#endif
