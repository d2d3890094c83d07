/* An echo request or reply, as far as the two are compared. */
#ifndef ICMPSCOPE_TRACK_ECHO_MESSAGE_H
#define ICMPSCOPE_TRACK_ECHO_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "track/sightings.h"

struct echo_message {
    int64_t time_ns;
    int64_t sent_ns;           /* when it was sent, as its payload says, where `has_sent` */
    uint64_t hash;             /* of the payload … */
    uint32_t length, captured; /* … its bytes, and those that were captured */
    struct sighting frame;
    uint16_t ip_id; /* 0 where there is none */
    uint8_t ttl, program;
    bool has_sent;
    bool odd; /* it carries what no known ping does: see echo_message.c */
};

/* What its copies are told by: small, as many are kept. */
struct echo_print {
    int64_t time_ns;
    uint64_t
        same; /* of all that a copy has in common with it: two packets in 2^64 agree by chance */
    uint16_t capture;
    uint8_t ttl;
};

/* What a reply names, and so what a request is found by. No padding. */
struct echo_key {
    struct addr asker, asked;
    uint16_t id, seq;
    uint32_t family;
    uint32_t context;
};

enum echo_kind { ECHO_NEITHER, ECHO_REQUEST, ECHO_REPLY };

/* Which of the two a packet is, of those whose identifier and sequence number were captured. */
enum echo_kind echo_kind_of(const struct packet *packet);

/* Of such a packet. */
void echo_message_from(struct echo_message *message, const struct packet *packet);
void echo_key_from(struct echo_key *key, const struct packet *packet, enum echo_kind kind);

struct echo_print echo_message_print(const struct echo_message *message);

/* Whether `later` is the same packet as `earlier`, captured once more, at another interface or in
 * another capture: all is the same, and it came within 50 ms, after it was forwarded or from
 * another capture. Within half a millisecond `near` says whether that is enough: a port that
 * mirrors both directions has a packet twice, and so has a network that duplicates it. */
bool echo_message_is_copy(const struct echo_message *later, const struct echo_print *earlier,
                          bool near);

/* Whether both carry the same. Not known where only the first bytes were captured, and are equal.
 */
enum echo_equal { ECHO_EQUAL_UNKNOWN, ECHO_EQUAL, ECHO_DIFFERENT };
enum echo_equal echo_message_compare(const struct echo_message *a, const struct echo_message *b);

#endif
