/* What was rewritten between two hosts, and the first hop at which it was seen. */
#ifndef ICMPSCOPE_TRACK_REWRITING_H
#define ICMPSCOPE_TRACK_REWRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "decode/packet.h"
#include "match/rewritten.h"
#include "match/verdict.h"

enum { REWRITING_PATHS_MAX = 16384, REWRITING_MAX = 16384 };

/* Addresses as quoted, and protocol: ports are left out, as a traceroute changes them from probe to
 * probe. */
struct rewriting_path_key {
    struct addr src, dst;
    uint8_t family, proto, zero[2];
};

struct rewriting_key {
    struct rewriting_path_key path;
    uint32_t field; /* enum rewritten_field */
};

/* What was heard of one path. Hops count from where the packets were captured, from 1; 0 is none.
 */
struct rewriting_path {
    uint8_t nearest;                     /* hop of which an error came */
    uint8_t unchanged[REWRITTEN_FIELDS]; /* nearest one that quotes the field as it was sent */
};

/* One field of one path. */
struct rewriting {
    uint64_t count;           /* errors that show it */
    uint64_t fits, misfits;   /* … of which the checksum does, and does not, fit all else */
    bool is_checksum, varies; /* `pair` is not what all of them quote */
    uint8_t hop;              /* the nearest that shows it; 0 where none of those is known … */
    uint8_t family;           /* … who that is, or who showed it first … */
    struct addr reporter;
    struct rewritten_pair
        pair; /* … and what it quotes; of checksums rather one that does not fit */
};

struct rewritings {
    struct map paths; /* struct rewriting_path_key → struct rewriting_path */
    struct map map;   /* struct rewriting_key → struct rewriting */
    uint64_t left;
};

void rewritings_init(struct rewritings *rewritings, const uint64_t seed[2]);
void rewritings_fini(struct rewritings *rewritings);

/* Lowers how many paths, and fields of them, are kept, before any is. Returns the bytes that so
 * many take. */
size_t rewritings_limit(struct rewritings *rewritings, size_t paths, size_t fields);

/* Each error that was judged, whatever came of it. */
void rewritings_error(struct rewritings *rewritings, const struct packet *error,
                      const struct verdict *verdict);

/* What is known so far; NULL where nothing is, or the table was full. */
const struct rewriting *rewritings_get(const struct rewritings *rewritings,
                                       const struct rewriting_key *key);

/* Whether the nearest hop that shows it is the first that could: a nearer one quotes the field as
 * it was sent, or no nearer one was heard. Then the change was made there, or between the two. */
bool rewriting_is_first(const struct rewritings *rewritings, const struct rewriting_key *key,
                        const struct rewriting *rewriting);

/* The key under which a field of the packet that `error` quotes is kept. */
struct rewriting_key rewriting_key_of(const struct packet *error, const struct verdict *verdict,
                                      enum rewritten_field field);

/* How many hops from where the packet was captured the sender of an error is: of a TTL that ran
 * out, the TTL as captured; else what that had lost when it was quoted, and one (of a router that
 * quotes it as it would have gone on, one too many). 0 where it cannot be told. */
uint8_t rewriting_hop(const struct packet *error, const struct verdict *verdict);

/* Of a run without an end: where room is short, the half that came first leaves. */
void rewritings_make_room(struct rewritings *rewritings);

/* Additions that found a table full, and what left one. */
uint64_t rewritings_refused(const struct rewritings *rewritings);

#endif
