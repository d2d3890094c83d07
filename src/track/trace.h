/* A path in the making: its probes, and the answers to them. */
#ifndef ICMPSCOPE_TRACK_TRACE_H
#define ICMPSCOPE_TRACK_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"
#include "match/verdict.h"
#include "track/hops.h"
#include "track/path.h"

/* Who probes whom with what. No padding. */
struct trace_key {
    struct addr src, dst;
    uint8_t family, proto;
    uint16_t id;       /* of ICMP the identifier, else 0 */
    uint32_t ordinary; /* 1: packets that are no probes */
};

/* A packet with a TTL so low that it may be a probe. */
struct probe {
    int64_t time_ns;
    uint64_t frame : 48;
    uint64_t capture : 16;
    uint32_t context;  /* of the packet */
    uint32_t identity; /* as in struct ring_entry, like ip_id and length */
    uint32_t ports;    /* source << 16 | destination; of ICMP 0 */
    uint16_t ip_id, length;
    uint8_t ttl;    /* as it was seen first … */
    uint8_t lowest; /* … and last: in a loop it comes by again and again */
    uint8_t passes;
    bool answered;
};

enum { TRACE_PROBES = 32, TRACE_PORTS = 8 };

struct trace {
    struct path path;
    uint32_t probe_count; /* ever; the newest are kept, in a ring */
    struct probe probes[TRACE_PROBES];
    struct {
        uint32_t ports;
        uint64_t ttls; /* 1 << (TTL - 1) */
    } flows[TRACE_PORTS];
    uint8_t flow_count;
    bool flows_more; /* other ports were used, too */
    uint32_t rising; /* probes whose destination port was one above that of the one before */
    uint8_t first_ttl, previous_ttl;
    uint32_t latest[PATH_TTLS + 1]; /* when a probe of this TTL was sent last: 100 us since … */
    uint32_t longest_us;            /* round-trip time */
    struct sighting trigger;        /* ordinary: the packet that the last error was about */
};

void probe_from(struct probe *probe, const struct packet *packet);

/* All zero before. */
void trace_begin(struct trace *trace, const struct trace_key *key, int64_t time_ns);

/* Notes where and when something of it was seen. */
void trace_seen(struct trace *trace, struct sighting frame, int64_t time_ns);

/* A probe; one that was seen before, with the same or a higher TTL, is not another one. Returns how
 * often it went by in one place. */
uint8_t trace_probe(struct trace *trace, const struct probe *probe);

/* The probe that an error is about, as its verdict has it, or NULL; `ports` as in a probe. */
struct probe *trace_find_sent(struct trace *trace, const struct verdict *verdict, uint32_t ports);

/* The only probe with these ports that has no answer yet, or NULL. */
const struct probe *trace_find_only(struct trace *trace, uint32_t ports);

/* The probe that a packet of its destination answers, or NULL. */
struct probe *trace_find_answered(struct trace *trace, const struct headers *answer);

/* An answer to a packet that was sent with `ttl`. */
void trace_answer(struct trace *trace, struct hops *hops, uint8_t ttl, const struct hop_told *told);

/* A packet that was taken for a probe was none, or drew an error that says nothing of its hop: it
 * is not lost. */
void trace_excuse(struct trace *trace, uint8_t ttl);

/* Whether its probes have come so far that one with a TTL above all others is of it, too. */
bool trace_goes_on(const struct trace *trace, uint8_t ttl);

/* No more comes: completes its path. False where it is none. `sure`: an answer that was not seen
 * was not there. */
bool trace_settle(struct trace *trace, const struct hops *hops, int64_t now_ns, bool sure);

#endif
