/* Frames for the tests of decode/, written in hexadecimal, byte by byte: nothing here knows how the
 * decoder reads them. */
#ifndef ICMPSCOPE_TESTS_FRAME_H
#define ICMPSCOPE_TESTS_FRAME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"

enum { FRAME_MAX = 65536 };

struct frame {
    uint8_t bytes[FRAME_MAX];
    size_t size;
};

/* Appends hexadecimal digits; blanks between them are for the reader. */
static inline void frame_put(struct frame *frame, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = 1; /* the leading one says how many digits there were */
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        const char *digit = strchr(digits, *hex);
        assert_non_null(digit);
        value = value << 4 | (unsigned)(digit - digits);
        if (value < 0x100)
            continue;
        assert_true(frame->size < FRAME_MAX);
        frame->bytes[frame->size++] = (uint8_t)value;
        value = 1;
    }
    assert_int_equal(value, 1);
}

/* A packet and what it points to. */
struct decoding {
    struct packet packet;
    struct decode_room room;
};

static const struct decode_config decode_everything = {.guess_tunnels = true};

/* Decodes the first `size` bytes of a frame of `wire` bytes. They are copied to memory of exactly
 * that size, where a sanitizer sees a byte read too many; what is decoded is filled beforehand with
 * what no decoder would leave there. */
static inline void decode_bytes(struct decoding *out, const uint8_t *bytes, size_t size,
                                size_t wire, uint16_t link_type)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(out, 0xa5, sizeof *out);
    struct record record = {
        .time_ns = 1000,
        .frame = 7,
        .bytes = copy,
        .cap_length = (uint32_t)size,
        .wire_length = (uint32_t)wire,
        .link_type = link_type,
        .capture = 3,
    };
    decode_packet(&record, &decode_everything, &out->packet, &out->room);
    free(copy);
}

static inline void decode_frame(struct decoding *out, const struct frame *frame, uint16_t link_type)
{
    decode_bytes(out, frame->bytes, frame->size, frame->size, link_type);
}

static inline void decode_hex(struct decoding *out, const char *hex, uint16_t link_type)
{
    struct frame *frame = calloc(1, sizeof *frame);
    assert_non_null(frame);
    frame_put(frame, hex);
    decode_frame(out, frame, link_type);
    free(frame);
}

/* What a row of a table of link types or encapsulations carries, and how deep it is decoded: the
 * innermost packet, at the end of the frame. */
struct inner {
    const char *hex;
    size_t header; /* bytes of its IP header */
    uint8_t family, proto;
    const char *src, *dst;
    uint16_t src_port, dst_port;
};

enum inner_kind { INNER_UDP4, INNER_TCP6, INNER_TEREDO, INNERS };

static const struct inner inners[INNERS] = {
    [INNER_UDP4] = {"45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef", 20,
                    4, 17, "192.0.2.1", "198.51.100.2", 40000, 53},
    [INNER_TCP6] = {"60000000 00140640 20010db8000000000000000000000001"
                    "20010db8000000000000000000000002 9c4001bb 01020304 0a0b0c0d 5018ffff 00000000",
                    40, 6, 6, "2001:db8::1", "2001:db8::2", 40000, 443},
    [INNER_TEREDO] = {"60000000 00140640 20010000000000000000000000000001"
                      "20010db8000000000000000000000002 9c4001bb 01020304 0a0b0c0d 5018ffff "
                      "00000000",
                      40, 6, 6, "2001::1", "2001:db8::2", 40000, 443},
};

/* One way to carry a packet. */
struct carriage {
    const char *name;
    uint16_t link_type;
    const char *hex; /* all in front of the inner packet */
    enum inner_kind inner;
    const char *vlans;   /* "5 7", or "" */
    const char *tunnels; /* "vxlan 100 10.0.0.1 10.0.0.2, mpls 16", or "" */
};

/* The list of tunnels as in struct carriage. */
static inline const char *tunnels_format(const struct packet *packet, char *buf, size_t size)
{
    char src[ADDR_TEXT_SIZE], dst[ADDR_TEXT_SIZE];
    size_t used = 0;
    buf[0] = '\0';
    for (int i = 0; i < packet->tunnel_count; i++) {
        const struct tunnel *tunnel = &packet->tunnels->list[i];
        used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "",
                                 tunnel_names[tunnel->type]);
        if (tunnel->has_id)
            used += (size_t)snprintf(buf + used, size - used, " %u", tunnel->id);
        if (tunnel->family == FAMILY_NONE)
            continue;
        enum family family = tunnel->family;
        used += (size_t)snprintf(buf + used, size - used, " %s %s",
                                 addr_format(tunnel->src, family, src, sizeof src),
                                 addr_format(tunnel->dst, family, dst, sizeof dst));
    }
    return buf;
}

static inline const char *vlans_format(const struct packet *packet, char *buf, size_t size)
{
    size_t used = 0;
    buf[0] = '\0';
    for (int i = 0; i < packet->vlan_count; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%u", i ? " " : "", packet->vlan[i]);
    return buf;
}

/* Of the IP header, which has to be there. */
static inline bool addresses_are(const struct headers *ip, const char *src, const char *dst)
{
    char text[ADDR_TEXT_SIZE];
    return strcmp(addr_format(ip->src, ip->family, text, sizeof text), src) == 0 &&
           strcmp(addr_format(ip->dst, ip->family, text, sizeof text), dst) == 0;
}

static inline void carriage_build(const struct carriage *row, struct frame *frame)
{
    frame->size = 0;
    frame_put(frame, row->hex);
    frame_put(frame, inners[row->inner].hex);
}

static inline size_t carriage_inner_offset(const struct carriage *row)
{
    size_t digits = 0;
    for (const char *p = row->hex; *p; p++)
        digits += *p != ' ';
    return digits / 2;
}

/* All of the frame was captured. */
static inline void carriage_check_whole(const struct carriage *row, const struct packet *packet)
{
    char text[512];
    const struct inner *inner = &inners[row->inner];
    assert_int_equal(packet->decoded, DECODED);
    assert_true(packet->ip.has & HAS_IP);
    assert_int_equal(packet->ip.family, inner->family);
    assert_int_equal(packet->ip.proto, inner->proto);
    assert_true(addresses_are(&packet->ip, inner->src, inner->dst));
    assert_true(packet->ip.has & HAS_PORTS);
    assert_int_equal(packet->ip.src_port, inner->src_port);
    assert_int_equal(packet->ip.dst_port, inner->dst_port);
    assert_string_equal(vlans_format(packet, text, sizeof text), row->vlans);
    assert_string_equal(tunnels_format(packet, text, sizeof text), row->tunnels);
    assert_null(packet->icmp);
}

/* `seen` bytes from the inner IP header on were captured: no bit may tell of more. */
static inline void inner_check_cut(const struct inner *inner, const struct packet *packet,
                                   size_t seen)
{
    uint32_t has = packet->ip.has;
    size_t transport = seen - inner->header;
    assert_true(addresses_are(&packet->ip, inner->src, inner->dst));
    assert_int_equal(!!(has & HAS_PORTS), transport >= 4);
    assert_int_equal(packet->decoded, transport >= 4 ? DECODED : TRUNCATED);
    if (inner->proto == 17)
        assert_int_equal(!!(has & HAS_UDP_LENGTH), transport >= 8);
    if (inner->proto == 6) {
        assert_int_equal(!!(has & HAS_TCP_SEQ), transport >= 8);
        assert_int_equal(!!(has & HAS_TCP_FLAGS), transport >= 16);
    }
}

/* Cut before the inner IP header is whole: the layer around it is what remains. */
static inline void outer_check_cut(const struct carriage *row, const struct packet *packet)
{
    const struct inner *inner = &inners[row->inner];
    char text[512];
    assert_false(packet->ip.has & HAS_IP && addresses_are(&packet->ip, inner->src, inner->dst));
    if (row->tunnels[0])
        assert_string_not_equal(tunnels_format(packet, text, sizeof text), row->tunnels);
    if (!(packet->ip.has & HAS_PORTS))
        assert_int_equal(packet->decoded, TRUNCATED);
}

static inline void carriage_check(const struct carriage *row, struct frame *frame,
                                  struct decoding *out)
{
    carriage_build(row, frame);
    size_t offset = carriage_inner_offset(row), header = inners[row->inner].header;
    decode_frame(out, frame, row->link_type);
    carriage_check_whole(row, &out->packet);
    for (size_t size = 0; size < frame->size; size++) {
        decode_bytes(out, frame->bytes, size, frame->size, row->link_type);
        assert_true(out->packet.snapped);
        if (size >= offset + header)
            inner_check_cut(&inners[row->inner], &out->packet, size - offset);
        else
            outer_check_cut(row, &out->packet);
    }
}

/* Each row whole, and cut off at every byte. Names the row that fails. */
static inline void carriages_check(const struct carriage *rows, size_t count)
{
    struct frame *frame = calloc(1, sizeof *frame);
    struct decoding *out = calloc(1, sizeof *out);
    assert_non_null(frame);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        print_message("    %s\n", rows[i].name);
        carriage_check(&rows[i], frame, out);
    }
    free(out);
    free(frame);
}

/* What holds of every packet, whatever its bytes were. */
static inline void packet_check_sane(const struct packet *packet)
{
    uint32_t has = packet->ip.has;
    assert_in_range(packet->decoded, DECODED, UNSUPPORTED);
    assert_in_range(packet->vlan_count, 0, VLAN_MAX);
    assert_in_range(packet->tunnel_count, 0, TUNNEL_MAX);
    for (int i = 0; i < packet->vlan_count; i++)
        assert_in_range(packet->vlan[i], 0, 4095);
    for (int i = 0; i < packet->tunnel_count; i++)
        assert_in_range(packet->tunnels->list[i].type, TUNNEL_IPIP, TUNNEL_TYPES - 1);
    if (!(has & HAS_IP)) {
        assert_int_equal(has, 0);
        assert_int_equal(packet->tunnel_count, 0);
        assert_null(packet->icmp);
        return;
    }
    assert_true(packet->ip.family == FAMILY_IPV4 || packet->ip.family == FAMILY_IPV6);
    if (!(has & HAS_PROTO) || ((has & HAS_FRAGMENT) && packet->ip.frag_offset > 0))
        assert_int_equal(has & (HAS_PORTS | HAS_ICMP_TYPE | HAS_ESP_SPI | HAS_GRE_KEY), 0);
}

/* A sequence that is the same in every run (xorshift, Marsaglia 2003). */
static inline uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A few bytes changed, to values that headers care about or to any; perhaps cut. Then decoded. */
static inline void frame_check_mutated(const struct frame *frame, uint16_t link_type,
                                       uint32_t *state, struct decoding *out)
{
    static const uint8_t values[] = {0, 1, 0x0f, 0x40, 0x45, 0x46, 0x60, 0x7f, 0x80, 0xff};
    uint8_t *bytes = malloc(frame->size);
    assert_non_null(bytes);
    memcpy(bytes, frame->bytes, frame->size);
    for (uint32_t i = 0, changes = 1 + random_next(state) % 4; i < changes; i++) {
        uint32_t pick = random_next(state);
        bytes[random_next(state) % frame->size] =
            pick & 1 ? values[(pick >> 8) % sizeof values] : (uint8_t)(pick >> 8);
    }
    uint32_t pick = random_next(state);
    size_t size = pick & 1 ? frame->size : (pick >> 8) % (frame->size + 1);
    decode_bytes(out, bytes, size, pick & 2 ? size : frame->size, link_type);
    packet_check_sane(&out->packet);
    free(bytes);
}

static inline void carriages_check_mutated(const struct carriage *rows, size_t count, int rounds)
{
    struct frame *frame = calloc(1, sizeof *frame);
    struct decoding *out = calloc(1, sizeof *out);
    uint32_t state = 20261121;
    assert_non_null(frame);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        carriage_build(&rows[i], frame);
        for (int round = 0; round < rounds; round++)
            frame_check_mutated(frame, rows[i].link_type, &state, out);
    }
    free(out);
    free(frame);
}

#endif
