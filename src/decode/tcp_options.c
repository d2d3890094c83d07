#include "decode/tcp_options.h"

enum { TCP_SIZE = 20, AT_DATA_OFFSET = 12 };
enum { OPTION_END, OPTION_NOP, OPTION_MSS, OPTION_SCALE, OPTION_SACK_PERMITTED, OPTION_SACK };
enum { OPTION_TIMESTAMPS = 8, OPTION_KINDS };
enum { OPTION_HEAD = 2, SACK_SIZE = 8 };

typedef void option_decoder(const uint8_t *value, struct tcp_options *out);

static void mss_decode(const uint8_t *value, struct tcp_options *out)
{
    out->mss = wire_u16(value);
}

static void scale_decode(const uint8_t *value, struct tcp_options *out)
{
    out->window_scale = value[0];
}

static void sack_permitted_decode(const uint8_t *value, struct tcp_options *out)
{
    (void)value;
    out->sack_permitted = true;
}

static void timestamps_decode(const uint8_t *value, struct tcp_options *out)
{
    out->ts_value = wire_u32(value);
    out->ts_echo = wire_u32(value + 4);
}

/* Those that have one size: of what is behind kind and length. */
static const struct {
    uint8_t size;
    uint32_t has;
    option_decoder *decode;
} options[OPTION_KINDS] = {
    [OPTION_MSS] = {2, TCP_HAS_MSS, mss_decode},
    [OPTION_SCALE] = {1, TCP_HAS_WINDOW_SCALE, scale_decode},
    [OPTION_SACK_PERMITTED] = {0, TCP_HAS_SACK_PERMITTED, sack_permitted_decode},
    [OPTION_TIMESTAMPS] = {8, TCP_HAS_TIMESTAMPS, timestamps_decode},
};

/* RFC 2018 3. */
static void sack_decode(const uint8_t *value, size_t size, struct tcp_options *out)
{
    size_t count = size / SACK_SIZE;
    if (size % SACK_SIZE != 0 || count == 0 || count > TCP_SACK_MAX)
        return;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *block = value + i * SACK_SIZE;
        out->sack[i] = (struct tcp_sack){wire_u32(block), wire_u32(block + 4)};
    }
    out->sack_count = (uint8_t)count;
    out->has |= TCP_HAS_SACK;
}

static void option_decode(uint8_t kind, const uint8_t *value, size_t size, struct tcp_options *out)
{
    if (kind == OPTION_SACK) {
        sack_decode(value, size, out);
        return;
    }
    if (kind >= OPTION_KINDS || !options[kind].decode || options[kind].size != size)
        return;
    options[kind].decode(value, out);
    out->has |= options[kind].has;
}

/* The bytes between the fixed header and the data. */
static struct cursor options_of(struct cursor segment)
{
    const uint8_t *header;
    if (!cursor_take(&segment, TCP_SIZE, &header))
        return cursor_over(segment.end, 0);
    size_t size = (header[AT_DATA_OFFSET] >> 4) * 4u;
    cursor_limit(&segment, size > TCP_SIZE ? size - TCP_SIZE : 0);
    return segment;
}

/* False where an option is cut off, or its length cannot be. */
static bool options_walk(struct cursor in, struct tcp_options *out)
{
    const uint8_t *value;
    uint8_t kind, length;
    out->has = 0;
    while (cursor_u8(&in, &kind) && kind != OPTION_END) {
        if (kind == OPTION_NOP)
            continue;
        if (!cursor_u8(&in, &length) || length < OPTION_HEAD)
            return false;
        size_t size = length - (size_t)OPTION_HEAD;
        if (!cursor_take(&in, size, &value))
            return false;
        option_decode(kind, value, size, out);
    }
    return true;
}

void tcp_options_decode(struct cursor segment, struct tcp_options *out)
{
    options_walk(options_of(segment), out);
}

/* `in` stands behind the checksum, `size` bytes before the data. */
static bool options_take(struct cursor in, uint32_t size, struct tcp_options *out)
{
    struct cursor options = cursor_cut(&in, size);
    return cursor_left(&options) == size && cursor_skip(&options, 2) && options_walk(options, out);
}

void tcp_syn_decode(struct cursor in, uint32_t size, struct headers *out)
{
    struct tcp_options syn;
    if (!options_take(in, size, &syn))
        return;
    out->has |= HAS_TCP_SYN;
    out->tcp_options = (uint8_t)syn.has;
    out->tcp_mss = (syn.has & TCP_HAS_MSS) != 0 ? syn.mss : 0;
    out->tcp_window_scale = (syn.has & TCP_HAS_WINDOW_SCALE) != 0 ? syn.window_scale : 0;
}

void tcp_sack_decode(struct cursor in, uint32_t size, struct headers *out)
{
    struct tcp_options options;
    if (!options_take(in, size, &options) || (options.has & TCP_HAS_SACK) == 0)
        return;
    out->has |= HAS_TCP_SACK;
    out->tcp_sack_left = options.sack[0].left;
    out->tcp_sack_right = options.sack[0].right;
}
