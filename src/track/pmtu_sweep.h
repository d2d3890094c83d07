/* Path MTUs that are looked for with echo requests: which sizes are answered, and which are not. */
#ifndef ICMPSCOPE_TRACK_PMTU_SWEEP_H
#define ICMPSCOPE_TRACK_PMTU_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache.h"
#include "decode/packet.h"
#include "track/pmtu_path.h"
#include "track/sightings.h"

/* The sizes that are kept of each are those around what is looked for. */
enum { PMTU_SWEEPS_MAX = 4096, PMTU_SWEEP_SIZES = 16 };

/* How long a reply is waited for, and the next request. Replies that are known to be fast are not
 * waited for so long: some times as long as the slowest took, and no less than the least. */
#define PMTU_SWEEP_REPLY_NS       INT64_C(1000000000)
#define PMTU_SWEEP_REPLY_LEAST_NS INT64_C(200000000)
enum { PMTU_SWEEP_REPLY_TIMES = 16 };

/* Requests of one size that come as fast are taken for one, as the copies of a capture at several
 * places are. */
#define PMTU_SWEEP_COPY_NS INT64_C(20000000)
#define PMTU_SWEEP_IDLE_NS INT64_C(60000000000)

/* Requests of one size. */
struct sweep_size {
    uint32_t length;  /* of the IP packet, in bytes … */
    uint32_t message; /* … and of ICMP in it, which a reply has, too */
    uint32_t sent, answered;
    int64_t sent_ns, answered_ns, refused_ns; /* the last ones */
    bool refused;                             /* an error said that it is too big */
};

/* Echo requests from one host to another of which routers make no fragments. */
struct sweep {
    struct sweep_size sizes[PMTU_SWEEP_SIZES];
    uint8_t kept;
    uint64_t distinct; /* sizes that there were */
    uint64_t errors;
    int64_t reply_ns;        /* how long the slowest reply took */
    struct pmtu_change told; /* the smallest MTU, by the errors; mtu is 0 without */
    int64_t first_ns, last_ns;
    struct sighting first;
};

/* What a sweep came to. */
struct sweep_result {
    uint32_t passed;  /* the largest answered, 0: none */
    uint32_t refused; /* the smallest refused, 0: none … */
    bool silent;      /* … and no error said so */
};

struct cache_config sweeps_config(const uint64_t seed[2]);

/* An echo request (IPv4: with DF, and no fragment) or a reply. Returns the length of the request
 * that a reply shows to have arrived, or 0. */
uint32_t sweeps_echo(struct cache *sweeps, const struct packet *packet);

/* An error that tells an MTU of `told`, about an echo request. */
void sweeps_error(struct cache *sweeps, const struct pmtu_path_key *key, uint32_t length,
                  const struct pmtu_change *told);

/* False where it is none: pings of one or two sizes, or plain loss. */
bool sweep_judge(const struct sweep *sweep, int64_t now_ns, struct sweep_result *result);

#endif
