#include "decode/echo_payload.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "base/timefmt.h"

const char *const echo_program_names[ECHO_PROGRAMS] = {
    [ECHO_PROGRAM_LINUX] = "linux",     [ECHO_PROGRAM_BSD] = "bsd",
    [ECHO_PROGRAM_OPENBSD] = "openbsd", [ECHO_PROGRAM_WINDOWS] = "windows",
    [ECHO_PROGRAM_CISCO] = "cisco",     [ECHO_PROGRAM_LIBOPING] = "liboping",
    [ECHO_PROGRAM_WHATSUP] = "whatsup", [ECHO_PROGRAM_HPING] = "hping",
};

/* ---- whose it is ----------------------------------------------------------------------------- */

/* What a program fills the payload with. */
enum fill {
    FILL_COUNTS, /* each byte is its own offset, modulo 256 */
    FILL_CYCLES, /* a text again and again */
    FILL_BEGINS, /* a text, and whatever is behind it */
};

static const char windows_text[] = "abcdefghijklmnopqrstuvw";
static const char liboping_text[] = "liboping -- ICMP ping library <http://octo.it/liboping/>";
static const char whatsup_text[] = "WhatsUp - A Netw";

#define TEXT(array) .text = (array), .text_size = sizeof(array) - 1

struct row {
    uint8_t program; /* enum echo_program */
    uint8_t fill;    /* enum fill */
    uint8_t from;    /* offset that it begins at */
    uint8_t text_size;
    const char *text;
    bool (*fits)(const struct echo_payload *payload); /* what is in front of it, too; or NULL */
};

static uint32_t head_u32(const struct echo_payload *payload, size_t at)
{
    return wire_u32(payload->head + at);
}

static uint32_t swap_u32(uint32_t word)
{
    return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
}

/* Microseconds, read as they stand and not in the other order of bytes. */
static bool fits_bsd(const struct echo_payload *payload)
{
    enum { US_PER_S = 1000000 };
    uint32_t us = head_u32(payload, 4);
    return us < US_PER_S && swap_u32(us) >= US_PER_S;
}

#define TEXT(array) .text = (array), .text_size = sizeof(array) - 1

/* Tried in this order. A payload is one's where at least FILL_LEAST bytes of the fill were
 * captured, and all that were are as they should be. */
enum { FILL_LEAST = 8 };
static const struct row rows[] = {
    {.program = ECHO_PROGRAM_WINDOWS, .fill = FILL_CYCLES, TEXT(windows_text)},
    {.program = ECHO_PROGRAM_LIBOPING, .fill = FILL_BEGINS, TEXT(liboping_text)},
    {.program = ECHO_PROGRAM_WHATSUP, .fill = FILL_BEGINS, TEXT(whatsup_text)},
    {.program = ECHO_PROGRAM_HPING, .fill = FILL_CYCLES, TEXT("X")},
    {.program = ECHO_PROGRAM_COUNTING, .fill = FILL_COUNTS},
    {.program = ECHO_PROGRAM_BSD, .fill = FILL_COUNTS, .from = 8, .fits = fits_bsd},
    {.program = ECHO_PROGRAM_COUNTING, .fill = FILL_COUNTS, .from = 8},
    {.program = ECHO_PROGRAM_LINUX, .fill = FILL_COUNTS, .from = 16},
    {.program = ECHO_PROGRAM_OPENBSD, .fill = FILL_COUNTS, .from = 24},
    {.program = ECHO_PROGRAM_CISCO, .fill = FILL_CYCLES, .from = 8, TEXT("\xab\xcd")},
};

static uint8_t row_expects(const struct row *row, size_t at)
{
    if (row->fill == FILL_COUNTS)
        return (uint8_t)at;
    return (uint8_t)row->text[(at - row->from) % row->text_size];
}

static bool row_matches(const struct row *row, struct cursor in, const struct echo_payload *payload)
{
    size_t end = row->from + (row->fill == FILL_BEGINS ? row->text_size : cursor_left(&in));
    uint8_t byte;
    if (!cursor_skip(&in, row->from) || cursor_left(&in) < FILL_LEAST)
        return false;
    for (size_t at = row->from; at < end && cursor_u8(&in, &byte); at++)
        if (byte != row_expects(row, at))
            return false;
    return row->fits == NULL || row->fits(payload);
}

static enum echo_program program_find(struct cursor in, const struct echo_payload *payload)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (row_matches(&rows[i], in, payload))
            return (enum echo_program)rows[i].program;
    return ECHO_PROGRAM_NONE;
}

/* ---- what it is like ------------------------------------------------------------------------- */

/* Words that are mixed side by side, so that none waits for the one before it. */
enum { LANES = 4 };

/* Whatever else is equal, another word or another lane gives another result: each step can be
 * undone. The multiplier is that of splitmix64. */
static uint64_t lane_mix(uint64_t lane, uint64_t word)
{
    uint64_t product = (lane ^ word) * 0x9e3779b97f4a7c15u;
    return product << 29 | product >> 35;
}

static uint64_t lanes_hash(struct cursor *in)
{
    uint64_t lanes[LANES] = {1, 2, 3, 4}, words[LANES], hash = cursor_left(in);
    const uint8_t *bytes;
    if (cursor_left(in) < sizeof words)
        return hash;
    while (cursor_take(in, sizeof words, &bytes)) {
        memcpy(words, bytes, sizeof words);
        for (size_t i = 0; i < LANES; i++)
            lanes[i] = lane_mix(lanes[i], words[i]);
    }
    for (size_t i = 0; i < LANES; i++)
        hash = hash_mix(hash ^ lanes[i]);
    return hash;
}

static uint64_t payload_hash(struct cursor in)
{
    uint64_t hash = lanes_hash(&in), word;
    const uint8_t *bytes;
    while (cursor_take(&in, sizeof word, &bytes)) {
        memcpy(&word, bytes, sizeof word);
        hash = hash_mix(hash ^ word);
    }
    uint8_t byte;
    for (word = 0; cursor_u8(&in, &byte);)
        word = word << 8 | byte;
    return hash_mix(hash ^ word);
}

/* A flag for each value that a byte may have. */
struct byte_set {
    uint8_t has[256];
};

/* Eight flags at a time: sums of 32 of them, in eight bytes. */
static uint16_t byte_set_count(const struct byte_set *set)
{
    uint64_t sums = 0, word;
    uint16_t count = 0;
    for (size_t i = 0; i < sizeof set->has; i += sizeof word) {
        memcpy(&word, set->has + i, sizeof word);
        sums += word;
    }
    for (; sums != 0; sums >>= 8)
        count = (uint16_t)(count + (sums & 0xff));
    return count;
}

static void payload_sample(struct cursor in, struct echo_payload *out)
{
    struct byte_set values = {{0}}, steps = {{0}};
    const uint8_t *bytes;
    uint8_t last = 0;
    cursor_limit(&in, ECHO_SAMPLE);
    out->sampled = (uint16_t)cursor_left(&in);
    cursor_take(&in, out->sampled, &bytes);
    for (size_t i = 0; i < out->sampled; i++) {
        values.has[bytes[i]] = steps.has[(uint8_t)(bytes[i] - last)] = 1;
        last = bytes[i];
    }
    uint16_t distinct = byte_set_count(&values), distinct_steps = byte_set_count(&steps);
    out->distinct = distinct < distinct_steps ? distinct : distinct_steps;
}

void echo_payload_read(struct cursor in, struct echo_payload *out)
{
    struct cursor head = in;
    cursor_limit(&head, ECHO_HEAD);
    out->captured = (uint32_t)cursor_left(&in);
    out->head_size = (uint8_t)cursor_left(&head);
    memset(out->head, 0, sizeof out->head);
    for (size_t i = 0; cursor_u8(&head, &out->head[i]); i++)
        if (i + 1 == ECHO_HEAD)
            break;
    out->hash = payload_hash(in);
    out->program = (uint8_t)program_find(in, out);
    out->sampled = out->distinct = 0;
    if (out->program == ECHO_PROGRAM_NONE)
        payload_sample(in, out);
}

/* So many different values are to be expected of n random bytes, in units of 2^-16: each adds the
 * chance that it is not there yet. Of every 16th number it is written down. */
static uint32_t distinct_expected(unsigned sampled)
{
    enum { ONE = 1 << 16, EVERY = 16 };
    static const uint32_t known[ECHO_SAMPLE / EVERY + 1] = {
        0,       1018413, 1975011, 2873542, 3717530, 4510284, 5254919,  5954353, 6611331,
        7228428, 7808067, 8352518, 8863921, 9344281, 9795480, 10219293, 10617379};
    uint32_t expected = known[sampled / EVERY];
    for (unsigned i = 0; i < sampled % EVERY; i++)
        expected += ONE - expected / 256;
    return expected;
}

unsigned echo_payload_disorder(const struct echo_payload *payload)
{
    enum { ONE = 1 << 16 };
    if (payload->sampled == 0)
        return 0;
    uint64_t percent =
        (uint64_t)payload->distinct * ONE * 100 / distinct_expected(payload->sampled);
    return percent < 100 ? (unsigned)percent : 100;
}

/* ---- when it was sent ------------------------------------------------------------------------ */

enum { DAY_S = 86400 };

/* How pings write the time: seconds, and behind them microseconds, in so many bytes each; or one
 * number of nanoseconds. */
static const struct time_layout {
    uint8_t bytes;
    bool little, nanoseconds;
} layouts[] = {
    {8, true, false}, {8, false, false}, {4, true, false}, {4, false, false}, {8, false, true},
};

static uint64_t head_number(const struct echo_payload *payload, size_t at,
                            const struct time_layout *layout)
{
    uint32_t first = head_u32(payload, at);
    if (layout->bytes == 4)
        return layout->little ? swap_u32(first) : first;
    uint32_t second = head_u32(payload, at + 4);
    if (layout->little)
        return (uint64_t)swap_u32(second) << 32 | swap_u32(first);
    return (uint64_t)first << 32 | second;
}

static bool layout_read(const struct echo_payload *payload, const struct time_layout *layout,
                        int64_t *time_ns)
{
    const uint64_t most_s = INT64_MAX / NS_PER_S - 1, us_per_s = 1000000;
    uint64_t whole = head_number(payload, 0, layout);
    if (layout->nanoseconds) {
        *time_ns = (int64_t)whole;
        return whole <= INT64_MAX;
    }
    uint64_t part = head_number(payload, layout->bytes, layout);
    if (whole == 0 || whole > most_s || part >= us_per_s)
        return false;
    *time_ns = (int64_t)(whole * NS_PER_S + part * NS_PER_US);
    return true;
}

bool echo_payload_time(const struct echo_payload *payload, int64_t near_ns, int64_t *time_ns)
{
    const int64_t day_ns = (int64_t)DAY_S * NS_PER_S;
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const struct time_layout *layout = &layouts[i];
        int64_t told_ns;
        if (payload->head_size < layout->bytes * (layout->nanoseconds ? 1U : 2U) ||
            !layout_read(payload, layout, &told_ns))
            continue;
        int64_t apart = time_between(told_ns, near_ns);
        if (apart >= -day_ns && apart <= day_ns) {
            *time_ns = told_ns;
            return true;
        }
    }
    return false;
}
