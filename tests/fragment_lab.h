/* Fragments of ICMP messages, put together byte by byte, on their way through decode_packet(). */
#ifndef ICMPSCOPE_TESTS_FRAGMENT_LAB_H
#define ICMPSCOPE_TESTS_FRAGMENT_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/fragments.h"

enum { RAW = 101, MESSAGE = 6 * 8 * 3 + 5, PIECE = 24, PIECES = 7 };
enum { IN_V6 = 1, MORE = 2, OF_UDP = 4 };

static const int64_t second = 1000000000;

struct lab {
    struct fragments fragments;
    struct fragments *compared; /* or NULL */
    struct packet packet;
    struct decode_room room;
    uint64_t frame;
    int64_t now;
};

static inline void lab_init(struct lab *lab)
{
    static const uint64_t seed[2] = {5, 11};
    *lab = (struct lab){.now = 1000 * second};
    fragments_init(&lab->fragments, &(struct fragments_config){.seed = seed});
}

/* One fragment: `size` bytes of `message` from `offset` on, of datagram `id`. */
struct part {
    const uint8_t *message;
    size_t offset, size;
    uint32_t id;
    unsigned how;
};

static inline size_t put_ipv4(uint8_t *out, const struct part *part)
{
    size_t total = 20 + part->size;
    const uint8_t header[20] = {0x45,
                                0,
                                (uint8_t)(total >> 8),
                                (uint8_t)total,
                                (uint8_t)(part->id >> 8),
                                (uint8_t)part->id,
                                (uint8_t)((part->how & MORE ? 0x20 : 0) | part->offset / 8 >> 8),
                                (uint8_t)(part->offset / 8),
                                64,
                                part->how & OF_UDP ? 17 : 1,
                                0,
                                0,
                                192,
                                0,
                                2,
                                1,
                                198,
                                51,
                                100,
                                2};
    memcpy(out, header, sizeof header);
    return sizeof header;
}

static inline size_t put_ipv6(uint8_t *out, const struct part *part)
{
    size_t payload = 8 + part->size;
    const uint8_t header[48] = {0x60,
                                0,
                                0,
                                0,
                                (uint8_t)(payload >> 8),
                                (uint8_t)payload,
                                44,
                                64,
                                0x20,
                                1,
                                0xd,
                                0xb8,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                1,
                                0x20,
                                1,
                                0xd,
                                0xb8,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                2,
                                part->how & OF_UDP ? 17 : 58,
                                0,
                                (uint8_t)(part->offset >> 8),
                                (uint8_t)(part->offset | (part->how & MORE ? 1 : 0)),
                                (uint8_t)(part->id >> 24),
                                (uint8_t)(part->id >> 16),
                                (uint8_t)(part->id >> 8),
                                (uint8_t)part->id};
    memcpy(out, header, sizeof header);
    return sizeof header;
}

/* Decodes it as far as the first `captured` bytes, from memory of exactly that size. */
static inline const struct icmp *see_cut(struct lab *lab, const struct part *part, size_t captured)
{
    uint8_t frame[66000];
    size_t size = part->how & IN_V6 ? put_ipv6(frame, part) : put_ipv4(frame, part);
    memcpy(frame + size, part->message + part->offset, part->size);
    size += part->size;
    captured = captured < size ? captured : size;
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(copy);
    memcpy(copy, frame, captured);
    const struct record record = {.time_ns = lab->now,
                                  .frame = ++lab->frame,
                                  .bytes = copy,
                                  .cap_length = (uint32_t)captured,
                                  .wire_length = (uint32_t)size,
                                  .link_type = RAW};
    const struct decode_config config = {.fragments = &lab->fragments, .compared = lab->compared};
    memset(&lab->room, 0xa5, sizeof lab->room);
    decode_packet(&record, &config, &lab->packet, &lab->room);
    free(copy);
    return lab->packet.icmp;
}

static inline const struct icmp *see(struct lab *lab, struct part part)
{
    return see_cut(lab, &part, SIZE_MAX);
}

static inline bool give_up(struct lab *lab)
{
    const struct decode_config config = {.fragments = &lab->fragments};
    return fragments_give_up(&config, lab->now, &lab->packet, &lab->room);
}

static inline bool give_up_all(struct lab *lab)
{
    const struct decode_config config = {.fragments = &lab->fragments};
    return fragments_give_up(&config, INT64_MAX, &lab->packet, &lab->room);
}

static inline uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    return sum;
}

/* An echo request with a checksum that is right (RFC 1071, RFC 4443 2.3). */
static inline const uint8_t *make_echo(uint8_t *message, size_t size, bool v6)
{
    static const uint8_t pseudo[] = {0x20, 1, 0xd, 0xb8, 0, 1, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 58};
    const uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)size};
    for (size_t i = 0; i < size; i++)
        message[i] = (uint8_t)(i * 13 + 5);
    message[0] = v6 ? 128 : 8;
    message[1] = message[2] = message[3] = 0;
    uint32_t sum = sum_words(0, message, size);
    if (v6)
        sum = sum_words(sum_words(sum, pseudo, sizeof pseudo), length, sizeof length);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    message[2] = (uint8_t)(~sum >> 8);
    message[3] = (uint8_t)~sum;
    return message;
}

static inline struct part part_of(const uint8_t *message, size_t size, size_t number, unsigned how)
{
    size_t offset = number * PIECE;
    bool last = offset + PIECE >= size;
    return (struct part){message, offset, last ? size - offset : PIECE, 77,
                         how | (last ? 0 : MORE)};
}

static inline void assert_incomplete(const struct lab *lab, uint64_t frame, uint32_t fragments)
{
    const struct icmp *icmp = lab->packet.icmp;
    assert_non_null(icmp);
    assert_int_equal(lab->packet.frame, frame);
    assert_int_equal(icmp->checksum, CHECKSUM_UNVERIFIED);
    assert_true(icmp->has & ICMP_HAS_FRAGMENTS);
    assert_false(icmp->complete);
    assert_int_equal(icmp->fragments, fragments);
    assert_true(lab->packet.ip.has & HAS_FRAGMENT);
}

#endif
