#include "match/coverage.h"

#include <stddef.h>

#include "decode/tcp_options.h"

enum { TCP_HEADER_MIN = 20, MODULUS = 0xffff };

static uint64_t sum_u32(uint32_t value)
{
    return (uint64_t)(value >> 16) + (value & 0xffff);
}

static uint64_t sum_pseudo_header(const struct headers *headers, uint32_t length)
{
    return addr_sum(&headers->src) + addr_sum(&headers->dst) + headers->proto + sum_u32(length);
}

static uint16_t checksum_of(const struct headers *headers)
{
    return headers->proto == PROTO_TCP ? headers->tcp_checksum : headers->udp_checksum;
}

/* Two sums of one kind are equal where their remainders are: 0xffff is 0 (RFC 1071 2). The
 * remainder of a checksum that is 0xffff cannot be told from that of 0, which is none. */
bool coverage_is_filled(const struct headers *headers, uint32_t length)
{
    uint16_t checksum = checksum_of(headers);
    uint32_t carried = headers->proto == PROTO_TCP ? length : headers->udp_length;
    return checksum != 0 && checksum % MODULUS != sum_pseudo_header(headers, carried) % MODULUS;
}

/* Checksum, and the words that it covers, but for the options. The UDP length stands in both
 * headers. */
static uint64_t sum_covered(const struct headers *headers)
{
    uint64_t sum = (uint64_t)checksum_of(headers) + headers->src_port + headers->dst_port;
    if (headers->proto != PROTO_TCP)
        return sum + headers->udp_length + sum_pseudo_header(headers, headers->udp_length);
    return sum + sum_u32(headers->tcp_seq) + sum_u32(headers->tcp_ack) + headers->tcp_flags +
           headers->tcp_window + sum_pseudo_header(headers, 0);
}

static uint32_t swapped(uint32_t value)
{
    return value >> 8 | (value & 0xff) << 8;
}

/* Options begin at any byte, so that a value of two may be split over two words, and one of one
 * byte be the upper or the lower of its word. */
static bool options_fit(uint64_t sent_sum, uint64_t quoted_sum, const struct headers *sent,
                        const struct headers *quoted)
{
    for (unsigned way = 0; way < 4; way++) {
        bool odd = (way & 1) != 0, upper = (way & 2) != 0;
        uint64_t a = sent_sum + (odd ? swapped(sent->tcp_mss) : sent->tcp_mss);
        uint64_t b = quoted_sum + (odd ? swapped(quoted->tcp_mss) : quoted->tcp_mss);
        a += upper ? swapped(sent->tcp_window_scale) : sent->tcp_window_scale;
        b += upper ? swapped(quoted->tcp_window_scale) : quoted->tcp_window_scale;
        if (a % MODULUS == b % MODULUS)
            return true;
    }
    return false;
}

static bool have_options(const struct headers *sent, const struct headers *quoted)
{
    return (sent->has & quoted->has & HAS_TCP_SYN) != 0;
}

bool coverage_fits(const struct headers *sent, const struct headers *quoted)
{
    uint64_t a = sum_covered(sent), b = sum_covered(quoted);
    if (have_options(sent, quoted))
        return options_fit(a, b, sent, quoted);
    return a % MODULUS == b % MODULUS;
}

/* Of a header without options nothing is unseen. The values of timestamps are not kept. */
bool coverage_is_known(const struct headers *sent, const struct headers *quoted)
{
    if (quoted->proto != PROTO_TCP)
        return true;
    if (have_options(sent, quoted))
        return (quoted->tcp_options & TCP_HAS_TIMESTAMPS) == 0;
    return (quoted->has & HAS_PAYLOAD_LEN) != 0 &&
           quoted->total_length == quoted->header_length + TCP_HEADER_MIN + quoted->payload_length;
}
