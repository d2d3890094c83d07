#include "decode/icmp_body.h"

#include "decode/extension.h"
#include "decode/quote.h"

enum { UNIT_V4 = 4, UNIT_V6 = 8 }; /* bytes that a length attribute counts in (RFC 4884 4) */

enum { CODE_FRAGMENTATION_NEEDED = 4 };

typedef void body_decoder(struct extent *body, struct icmp *out);

/* ---- queries -------------------------------------------------------------------------------- */

static void decode_id(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->id = wire_u16(word);
    out->seq = wire_u16(word + 2);
    out->has |= ICMP_HAS_ID;
}

/* RFC 8335 2 and 3: flags follow a sequence number of one byte. */
static void decode_extended_echo(struct extent *body, struct icmp *out)
{
    decode_id(body, out);
    if (out->has & ICMP_HAS_ID)
        out->seq >>= 8;
}

static void decode_echo(struct extent *body, struct icmp *out)
{
    decode_id(body, out);
    if (!(out->has & ICMP_HAS_ID))
        return;
    out->payload_length = body->wire;
    out->has |= ICMP_HAS_PAYLOAD;
}

static void decode_timestamp(struct extent *body, struct icmp *out)
{
    const uint8_t *times;
    decode_id(body, out);
    if (!(out->has & ICMP_HAS_ID) || !extent_take(body, 12, &times))
        return;
    out->originate_ms = wire_u32(times);
    out->receive_ms = wire_u32(times + 4);
    out->transmit_ms = wire_u32(times + 8);
    out->has |= ICMP_HAS_TIMES;
}

/* ---- errors --------------------------------------------------------------------------------- */

static void take_quote(struct extent from, struct icmp *out)
{
    if (quote_decode(from, &out->quote))
        out->has |= ICMP_HAS_QUOTE;
}

static void take_extended_quote(struct extent body, uint8_t length, uint8_t unit, struct icmp *out)
{
    struct extension_split split;
    extension_split(body, length, unit, &split);
    take_quote(split.quote, out);
}

static void decode_plain_error(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        take_quote(*body, out);
}

static void decode_extended_v4(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        take_extended_quote(*body, word[1], UNIT_V4, out);
}

static void decode_extended_v6(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        take_extended_quote(*body, word[0], UNIT_V6, out);
}

static void decode_unreachable_v4(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    if (out->code == CODE_FRAGMENTATION_NEEDED) {
        out->mtu = wire_u16(word + 2); /* RFC 1191 4 */
        out->has |= ICMP_HAS_MTU;
    }
    take_extended_quote(*body, word[1], UNIT_V4, out);
}

static void decode_parameter_problem_v4(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = word[0];
    out->has |= ICMP_HAS_POINTER;
    take_extended_quote(*body, word[1], UNIT_V4, out);
}

static void decode_parameter_problem_v6(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = wire_u32(word);
    out->has |= ICMP_HAS_POINTER;
    take_quote(*body, out);
}

static void decode_too_big(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->mtu = wire_u32(word);
    out->has |= ICMP_HAS_MTU;
    take_quote(*body, out);
}

/* ---- redirects ------------------------------------------------------------------------------ */

static void decode_redirect_v4(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->gateway = addr_from_ipv4(word);
    out->has |= ICMP_HAS_GATEWAY;
    take_quote(*body, out);
}

/* RFC 4861 4.6.3: the quote is in the first Redirected Header option, behind 6 reserved bytes. */
static void take_redirected_header(struct extent options, struct icmp *out)
{
    enum { REDIRECTED_HEADER = 4, RESERVED = 6 };
    const uint8_t *header, *reserved;
    while (extent_take(&options, 2, &header)) {
        if (header[1] == 0)
            return;
        struct extent option = extent_cut(&options, header[1] * 8u - 2);
        if (header[0] != REDIRECTED_HEADER)
            continue;
        if (extent_take(&option, RESERVED, &reserved))
            take_quote(option, out);
        return;
    }
}

static void decode_redirect_v6(struct extent *body, struct icmp *out)
{
    const uint8_t *reserved, *target, *destination;
    if (!extent_take(body, 4, &reserved) || !extent_take(body, 16, &target))
        return;
    out->gateway = addr_from_ipv6(target);
    out->has |= ICMP_HAS_GATEWAY;

    if (!extent_take(body, 16, &destination))
        return;
    out->target = addr_from_ipv6(destination);
    out->has |= ICMP_HAS_TARGET;
    take_redirected_header(*body, out);
}

/* ---- which is which ------------------------------------------------------------------------- */

/* [0]: ICMP, [1]: ICMPv6. */
static body_decoder *const decoders[2][256] = {
    [0][0] = decode_echo,
    [0][3] = decode_unreachable_v4,
    [0][4] = decode_plain_error,
    [0][5] = decode_redirect_v4,
    [0][8] = decode_echo,
    [0][11] = decode_extended_v4,
    [0][12] = decode_parameter_problem_v4,
    [0][13] = decode_timestamp,
    [0][14] = decode_timestamp,
    [0][15] = decode_id,
    [0][16] = decode_id,
    [0][17] = decode_id,
    [0][18] = decode_id,
    [0][31] = decode_plain_error,
    [0][37] = decode_id,
    [0][38] = decode_id,
    [0][40] = decode_plain_error,
    [0][42] = decode_extended_echo,
    [0][43] = decode_extended_echo,

    [1][1] = decode_extended_v6,
    [1][2] = decode_too_big,
    [1][3] = decode_extended_v6,
    [1][4] = decode_parameter_problem_v6,
    [1][100] = decode_plain_error,
    [1][101] = decode_plain_error,
    [1][128] = decode_echo,
    [1][129] = decode_echo,
    [1][137] = decode_redirect_v6,
    [1][160] = decode_extended_echo,
    [1][161] = decode_extended_echo,
};

void icmp_body_decode(struct extent body, struct icmp *out)
{
    body_decoder *decode = decoders[out->family == FAMILY_IPV6][out->type];
    if (decode != NULL)
        decode(&body, out);
}
