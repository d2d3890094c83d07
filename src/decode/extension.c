#include "decode/extension.h"

#include "decode/checksum.h"

enum {
    PADDED_QUOTE = 128, /* the least a quote is padded to in front of an extension (RFC 4884 4) */
    EXTENSION_HEADER = 4,
    EXTENSION_VERSION = 2,
};

static bool extension_is_likely(const struct extent *at)
{
    struct cursor in = at->in;
    uint8_t version;
    if (at->wire < EXTENSION_HEADER)
        return false;
    return !cursor_u8(&in, &version) || version >> 4 == EXTENSION_VERSION;
}

/* Needs all of it captured. An extension without a checksum does not count as proven, nor one that
 * has reserved bits set: those of a payload of one repeated byte would pass for it. */
static bool extension_is_proven(const struct extent *at)
{
    struct cursor in = at->in;
    uint16_t version;
    return extent_is_whole(at) && cursor_u16(&in, &version) && version == EXTENSION_VERSION << 12 &&
           checksum_is_good(checksum_add(0, at->in.p, at->wire));
}

/* Splits at `offset` where an extension is there: a proven one, unless `likely` will do. */
static bool split_at(struct extent body, uint32_t offset, bool likely, struct extension_split *out)
{
    if (offset > body.wire)
        return false;
    out->quote = extent_cut(&body, offset);
    out->extension = body;
    return likely ? extension_is_likely(&body) : extension_is_proven(&body);
}

static uint16_t anomaly(enum extension_anomaly which)
{
    return (uint16_t)(1u << which);
}

/* Of a length attribute that leads to no extension. One that ends with the message is no harm. */
static uint16_t length_anomalies(uint32_t words, uint32_t wire)
{
    if (words > wire)
        return anomaly(EXTENSION_LENGTH_BEYOND_MESSAGE);
    return words > 0 && words < wire ? anomaly(EXTENSION_LENGTH_WITHOUT) : 0;
}

void extension_split(struct extent body, uint8_t length, uint8_t unit, struct extension_split *out)
{
    uint32_t words = (uint32_t)length * unit;
    out->layout = EXTENSION_RFC4884;
    out->anomalies = words < PADDED_QUOTE ? anomaly(EXTENSION_SHORT_QUOTE) : 0;
    if (length > 0 && split_at(body, words, words >= PADDED_QUOTE, out))
        return;
    /* Some routers count octets. */
    out->anomalies = anomaly(EXTENSION_LENGTH_IN_OCTETS);
    if (words > body.wire && length >= PADDED_QUOTE && split_at(body, length, true, out))
        return;

    out->layout = EXTENSION_LEGACY;
    out->anomalies = length_anomalies(words, body.wire);
    if (split_at(body, PADDED_QUOTE, false, out))
        return;
    out->quote = body;
    out->layout = EXTENSION_NONE;
}
