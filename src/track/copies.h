/* ICMP messages that a mirror port shows twice: the second is told by what both hold. */
#ifndef ICMPSCOPE_TRACK_COPIES_H
#define ICMPSCOPE_TRACK_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "decode/packet.h"

enum { COPIES_REMEMBERED = 1024 };

/* A copy comes so soon. */
static const int64_t copies_soon_ns = (int64_t)2 * NS_PER_MS;

/* The latest message that fell on each place. */
struct copies {
    struct hash_secret secret;
    struct copies_place {
        uint64_t hash; /* 0: none */
        int64_t time_ns;
    } places[COPIES_REMEMBERED];
};

void copies_init(struct copies *copies, const uint64_t seed[2]);

/* What tells messages apart: of two copies it is the same. Never 0. */
uint64_t copies_content(const struct hash_secret *secret, const struct packet *packet);

/* Whether the message came just before, and is taken in. `content` is copies_content() of it with
 * the same seed, or 0 where nobody has made it yet. What is copied is forgotten then: of many that
 * are all alike, half are taken as copies. */
bool copies_have(struct copies *copies, const struct packet *packet, uint64_t content);

#endif
