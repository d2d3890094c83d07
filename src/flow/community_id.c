#include "flow/community_id.h"

#include <stdbool.h>
#include <string.h>

#include <nettle/sha1.h>

/* ICMP types → the type that answers them, or asks for them; stored plus one, 0: there is none.
 * The pairs are those of the specification, which are not all that exist. */
static const uint8_t icmp4_counterparts[256] = {
    [0] = 8 + 1,   [8] = 0 + 1,   [9] = 10 + 1,  [10] = 9 + 1,  [13] = 14 + 1,
    [14] = 13 + 1, [15] = 16 + 1, [16] = 15 + 1, [17] = 18 + 1, [18] = 17 + 1,
};
static const uint8_t icmp6_counterparts[256] = {
    [128] = 129 + 1, [129] = 128 + 1, [130] = 131 + 1, [131] = 130 + 1,
    [133] = 134 + 1, [134] = 133 + 1, [135] = 136 + 1, [136] = 135 + 1,
    [139] = 140 + 1, [140] = 139 + 1, [144] = 145 + 1, [145] = 144 + 1,
};

/* The two ends as they are hashed. */
struct tuple {
    uint16_t src_port, dst_port;
    bool has_ports;
    bool one_way; /* its ends keep their order */
};

static bool tuple_from_icmp(struct tuple *tuple, const struct headers *headers)
{
    if ((headers->has & HAS_ICMP_TYPE) == 0)
        return false;
    const uint8_t *counterparts =
        headers->proto == PROTO_ICMP ? icmp4_counterparts : icmp6_counterparts;
    uint8_t type = headers->icmp_type, counterpart = counterparts[type];
    *tuple = (struct tuple){.src_port = type,
                            .dst_port = headers->icmp_code,
                            .has_ports = true,
                            .one_way = counterpart == 0};
    if (counterpart != 0)
        tuple->dst_port = (uint16_t)(counterpart - 1);
    return true;
}

static bool tuple_from(struct tuple *tuple, const struct headers *headers)
{
    const uint32_t needed = HAS_IP | HAS_PROTO;
    if ((headers->has & needed) != needed)
        return false;
    switch (headers->proto) {
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        return tuple_from_icmp(tuple, headers);
    case PROTO_TCP:
    case PROTO_UDP:
    case PROTO_SCTP:
        *tuple = (struct tuple){headers->src_port, headers->dst_port, true, false};
        return (headers->has & HAS_PORTS) != 0;
    default:
        *tuple = (struct tuple){0};
        return true;
    }
}

static bool tuple_is_ordered(const struct tuple *tuple, const struct headers *headers)
{
    int order = addr_compare(&headers->src, &headers->dst);
    return tuple->one_way || order < 0 || (order == 0 && tuple->src_port < tuple->dst_port);
}

/* What is hashed: big-endian, at most seed, two addresses, protocol, zero, two ports. With its
 * padding (FIPS 180-4 5.1.1) it is a block of SHA-1, so that one call makes all of the digest. */
struct message {
    uint8_t bytes[SHA1_BLOCK_SIZE];
};

static uint8_t *message_put_u16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static uint8_t *message_put_addrs(uint8_t *to, const struct headers *headers, bool ordered)
{
    const struct addr *first = ordered ? &headers->src : &headers->dst;
    const struct addr *second = ordered ? &headers->dst : &headers->src;
    const size_t size = headers->family == FAMILY_IPV4 ? 4 : sizeof first->bytes;
    memcpy(to, first->bytes, sizeof first->bytes);
    memcpy(to + size, second->bytes, sizeof second->bytes);
    return to + 2 * size;
}

/* A bit behind the message, zeros, and how many bits it has. */
static void message_pad(struct message *message, size_t size)
{
    message->bytes[size] = 0x80;
    memset(message->bytes + size + 1, 0, sizeof message->bytes - size - 1);
    message_put_u16(message->bytes + sizeof message->bytes - 2, (unsigned)size * 8);
}

static void message_make(struct message *message, const struct tuple *tuple,
                         const struct headers *headers, uint16_t seed)
{
    bool ordered = tuple_is_ordered(tuple, headers);
    uint8_t *to = message_put_u16(message->bytes, seed);
    to = message_put_addrs(to, headers, ordered);
    to = message_put_u16(to, (unsigned)headers->proto << 8);
    if (tuple->has_ports) {
        to = message_put_u16(to, ordered ? tuple->src_port : tuple->dst_port);
        to = message_put_u16(to, ordered ? tuple->dst_port : tuple->src_port);
    }
    message_pad(message, (size_t)(to - message->bytes));
}

/* Four digits of 24 bits, the highest first. */
static void base64_put(char *to, uint32_t bits)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    to[0] = digits[bits >> 18 & 63];
    to[1] = digits[bits >> 12 & 63];
    to[2] = digits[bits >> 6 & 63];
    to[3] = digits[bits & 63];
}

/* The digest, 160 bits, in 27 digits, and one of padding (RFC 4648 4). */
static char *digest_put(char *to, const uint32_t w[SHA1_DIGEST_SIZE / 4])
{
    base64_put(to, w[0] >> 8);
    base64_put(to + 4, w[0] << 16 | w[1] >> 16);
    base64_put(to + 8, w[1] << 8 | w[2] >> 24);
    base64_put(to + 12, w[2]);
    base64_put(to + 16, w[3] >> 8);
    base64_put(to + 20, w[3] << 16 | w[4] >> 16);
    base64_put(to + 24, w[4] << 8);
    to[27] = '=';
    return to + 28;
}

char *community_id_put(char *to, const struct headers *headers, uint16_t seed)
{
    struct tuple tuple;
    if (!tuple_from(&tuple, headers))
        return to;

    struct message message;
    struct sha1_ctx sha1;
    message_make(&message, &tuple, headers, seed);
    sha1_init(&sha1);
    sha1_update(&sha1, sizeof message.bytes, message.bytes);
    memcpy(to, "1:", 2);
    return digest_put(to + 2, sha1.state);
}

const char *community_id_format(const struct headers *headers, uint16_t seed, char *buf,
                                size_t size)
{
    if (size > 0)
        buf[0] = '\0';
    if (size >= COMMUNITY_ID_SIZE)
        *community_id_put(buf, headers, seed) = '\0';
    return buf;
}
