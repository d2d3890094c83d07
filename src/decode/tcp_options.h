/* The options of a TCP header (RFC 9293 3.2): all of quoted segments; of captured ones those that a
 * SYN has, which middleboxes change. */
#ifndef ICMPSCOPE_DECODE_TCP_OPTIONS_H
#define ICMPSCOPE_DECODE_TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/cursor.h"
#include "decode/packet.h"

enum { TCP_SACK_MAX = 4 }; /* as many as 40 bytes hold */

/* Which members of struct tcp_options the header held. */
enum tcp_options_has {
    TCP_HAS_MSS = 1u << 0,
    TCP_HAS_WINDOW_SCALE = 1u << 1,
    TCP_HAS_SACK_PERMITTED = 1u << 2, /* sack_permitted, which is true then */
    TCP_HAS_SACK = 1u << 3,           /* sack_count, sack */
    TCP_HAS_TIMESTAMPS = 1u << 4,
};

/* Data that was received out of order: sequence numbers from `left` to before `right` (RFC 2018).
 */
struct tcp_sack {
    uint32_t left, right;
};

struct tcp_options {
    uint32_t has;         /* enum tcp_options_has */
    uint16_t mss;         /* bytes */
    uint8_t window_scale; /* shift count (RFC 7323 2) */
    bool sack_permitted;
    uint8_t sack_count; /* 1 to TCP_SACK_MAX */
    struct tcp_sack sack[TCP_SACK_MAX];
    uint32_t ts_value, ts_echo; /* RFC 7323 3 */
};

/* Reads the options of the segment whose TCP header begins at `segment`, as far as the data offset
 * and the bytes go, and sets out->has. One whose length is not its kind's is passed over; one that
 * is cut off, or whose length cannot be, is the end. Of two of a kind the last counts. */
void tcp_options_decode(struct cursor segment, struct tcp_options *out);

/* Reads the options of a SYN into tcp_options, tcp_mss and tcp_window_scale; what is not there is
 * 0. `in` stands behind its checksum, where `size` bytes of its header are left. Sets HAS_TCP_SYN
 * where all of them are there and the last option ends where it should: then none was missed. */
void tcp_syn_decode(struct cursor in, uint32_t size, struct headers *out);

/* Alike, of a segment that is none: the first block of selective acknowledgements, with
 * HAS_TCP_SACK where there is one. */
void tcp_sack_decode(struct cursor in, uint32_t size, struct headers *out);

#endif
