/* A report made by hand: what the stations before it would have found, and what it writes of it. */
#ifndef ICMPSCOPE_TESTS_SCENE_H
#define ICMPSCOPE_TESTS_SCENE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/icmp.h"
#include "report/report.h"

enum { SCENE_INPUTS = 3 };

struct scene {
    struct icmpscope_config config;
    struct input list[SCENE_INPUTS];
    struct inputs inputs;
    struct tally tally;
    struct passed passed;
    struct hits hits;
    struct rewritings rewritings;
    struct homes homes; /* none */
    struct stories stories;
    struct out out;
    struct report report;
    bool only_wrong; /* of the text the sections from ERRORS on that say what is wrong */
    char *written;   /* what came out, with a NUL */
    size_t size;
};

/* With one capture, "trace.pcap", and the library's defaults. The caller drops it. */
struct scene *scene_make(void);
void scene_drop(struct scene *scene);

/* Names its captures. */
void scene_captures(struct scene *scene, size_t count, const char *const *paths);

/* Writes the report's end and returns all that came out, or what event() calls left so far. */
const char *scene_finish(struct scene *scene);
const char *scene_flush(struct scene *scene);

/* The record of an event, through both writers, which must agree. The caller owns it. */
json_t *scene_record(const struct scene *scene, const struct event *event);

struct addr scene_addr(const char *text);
enum family scene_family(const char *text);

/* One packet with all that may hang on it. */
struct scene_packet {
    struct packet packet;
    struct icmp icmp;
    struct tunnels tunnels;
};

/* A packet between two hosts that is no ICMP. */
void scene_plain(struct scene *scene, int64_t time_ns);

/* An ICMP message that is no error. */
void scene_message(struct scene *scene, int64_t time_ns, const char *from, uint8_t type);

/* An error and what it was about. Ports of 0: the protocol has none. */
struct scene_error {
    const char *by;
    uint8_t type, code;
    uint8_t proto;
    const char *from, *to;
    uint16_t from_port, to_port;
    uint64_t frame;
    int64_t time_ns;
    struct verdict verdict;
    uint32_t mtu;        /* 0: none told */
    const char *gateway; /* NULL: none told */
};

/* An exact verdict: the packet of `frame`, `rtt_ns` earlier. */
struct verdict scene_exact(uint64_t frame, int64_t rtt_ns, struct flow *flow);

void scene_error_packet(struct scene_packet *made, const struct scene_error *error);

/* Counts it, as the engine does. */
void scene_error(struct scene *scene, const struct scene_error *error);

/* 2026-11-20 09:00:03 UTC. */
extern const int64_t scene_nine;

/* The retries of a TFTP client over 25 seconds, each refused after 0.3 ms, and what else there was:
 * 14 packets of "tftp.pcap". */
void scene_tftp(struct scene *scene, struct flow *flow);

/* All that is long or hostile at once: 3000 errors, addresses of 39 characters, names of captures
 * and codes, numbers. */
struct scene *scene_long(void);

/* No line is wider, none ends in blanks, nothing acts on the terminal. */
void scene_is_tidy(const char *text, size_t width);

#endif
