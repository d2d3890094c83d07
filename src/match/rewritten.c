#include "match/rewritten.h"

#include <stddef.h>

#include "decode/icmp.h"
#include "match/coverage.h"
#include "match/match.h"

enum { IPV4_HEADER = 20, LENGTH_MAX = 65535 };
enum { TCP_ACK_FLAG = 16 };
enum { ECN_BITS = 3 };

/* Both sides of a comparison, as the same struct. */
struct sides {
    struct headers sent;
    const struct headers *quoted;
    uint32_t has;   /* what both have, … */
    uint8_t family; /* … and of which family both are, or FAMILY_NONE */
    bool cut;       /* the quoted segment is a part of the one that was captured */
    bool length_swapped;
};

/* ---- the packet as sent ---------------------------------------------------------------------- */

static void sent_take_addresses(struct headers *sent, const struct verdict *verdict)
{
    const struct flow_key *key = &verdict->sent_key;
    unsigned source = verdict->sent.direction;
    sent->family = key->family;
    sent->proto = key->proto;
    sent->src = key->addr[source];
    sent->dst = key->addr[!source];
    sent->src_port = key->port[source];
    sent->dst_port = key->port[!source];
}

/* identity_record() says what `identity` holds. */
static void sent_take_identity(struct headers *sent, const struct ring_entry *entry)
{
    sent->tcp_seq = entry->identity;
    sent->udp_length = (uint16_t)(entry->identity >> 16);
    sent->icmp_id = (uint16_t)(entry->identity >> 16);
    sent->icmp_seq = (uint16_t)entry->identity;
}

/* Of fragments over IPv6 the identification is not kept. */
static struct headers sent_headers(const struct verdict *verdict)
{
    const struct ring_entry *entry = &verdict->sent;
    const struct sent *kept = &entry->sent;
    struct headers sent = {.has = kept->has,
                           .ttl = kept->ttl,
                           .tos = kept->tos,
                           .df = kept->df,
                           .ip_id = entry->ip_id,
                           .header_length = kept->header_length,
                           .total_length = (uint32_t)kept->header_length + entry->length,
                           .flow_label = kept->flow_label,
                           .tcp_ack = kept->tcp_ack,
                           .tcp_flags = kept->tcp_flags,
                           .tcp_window = kept->tcp_window,
                           .tcp_mss = kept->tcp_mss,
                           .tcp_window_scale = kept->tcp_window_scale,
                           .tcp_options = kept->tcp_options,
                           .tcp_checksum = kept->checksum,
                           .udp_checksum = kept->checksum};
    sent_take_addresses(&sent, verdict);
    sent_take_identity(&sent, entry);
    if (!entry->identified)
        sent.has &= ~(uint32_t)(HAS_TCP_SEQ | HAS_UDP_LENGTH | HAS_ICMP_ID);
    return sent;
}

static uint32_t payload_of(const struct headers *headers)
{
    return headers->total_length > headers->header_length
               ? headers->total_length - headers->header_length
               : 0;
}

static void sides_take(struct sides *sides, const struct packet *error,
                       const struct verdict *verdict)
{
    sides->sent = sent_headers(verdict);
    sides->quoted = match_headers(error, verdict);
    sides->has = sides->sent.has & sides->quoted->has;
    sides->family =
        sides->sent.family == sides->quoted->family ? sides->sent.family : (uint8_t)FAMILY_NONE;
    sides->cut =
        sides->sent.proto == PROTO_TCP && payload_of(&sides->sent) > payload_of(sides->quoted);
    sides->length_swapped = !verdict->inner && error->icmp->quote.length_swapped;
}

/* ---- what a side holds ----------------------------------------------------------------------- */

static uint32_t get_src_port(const struct headers *headers)
{
    return headers->src_port;
}

static uint32_t get_dest_port(const struct headers *headers)
{
    return headers->dst_port;
}

static uint32_t get_tos(const struct headers *headers)
{
    return headers->tos & ~(uint32_t)ECN_BITS;
}

static uint32_t get_ecn(const struct headers *headers)
{
    return headers->tos & ECN_BITS;
}

static uint32_t get_ip_id(const struct headers *headers)
{
    return headers->ip_id;
}

static uint32_t get_length(const struct headers *headers)
{
    return headers->total_length;
}

static uint32_t get_df(const struct headers *headers)
{
    return headers->df;
}

static uint32_t get_ip_options(const struct headers *headers)
{
    return headers->header_length > IPV4_HEADER ? headers->header_length - IPV4_HEADER : 0;
}

static uint32_t get_flow_label(const struct headers *headers)
{
    return headers->flow_label;
}

static uint32_t get_tcp_seq(const struct headers *headers)
{
    return headers->tcp_seq;
}

static uint32_t get_tcp_ack(const struct headers *headers)
{
    return headers->tcp_ack;
}

static uint32_t get_tcp_flags(const struct headers *headers)
{
    return headers->tcp_flags;
}

static uint32_t get_tcp_window(const struct headers *headers)
{
    return headers->tcp_window;
}

static uint32_t get_tcp_mss(const struct headers *headers)
{
    return headers->tcp_mss;
}

static uint32_t get_tcp_window_scale(const struct headers *headers)
{
    return headers->tcp_window_scale;
}

static uint32_t get_sack_permitted(const struct headers *headers)
{
    return (headers->tcp_options & TCP_HAS_SACK_PERMITTED) != 0;
}

static uint32_t get_timestamps(const struct headers *headers)
{
    return (headers->tcp_options & TCP_HAS_TIMESTAMPS) != 0;
}

static uint32_t get_tcp_checksum(const struct headers *headers)
{
    return headers->tcp_checksum;
}

static uint32_t get_udp_length(const struct headers *headers)
{
    return headers->udp_length;
}

static uint32_t get_udp_checksum(const struct headers *headers)
{
    return headers->udp_checksum;
}

static uint32_t get_icmp_id(const struct headers *headers)
{
    return headers->icmp_id;
}

static uint32_t get_icmp_seq(const struct headers *headers)
{
    return headers->icmp_seq;
}

/* ---- what need not have changed on the way --------------------------------------------------- */

static bool is_swapped(uint32_t a, uint32_t b)
{
    return a <= UINT16_MAX && b <= UINT16_MAX && a == (b >> 8 | (b & 0xff) << 8);
}

static bool ip_id_can_tell(const struct sides *sides)
{
    return !sides->cut && !is_swapped(sides->sent.ip_id, sides->quoted->ip_id);
}

/* Hosts that quote are known to take the length of the IP header off, or to add it once more. */
static bool length_can_tell(const struct sides *sides)
{
    const struct headers *sent = &sides->sent, *quoted = sides->quoted;
    uint32_t more = quoted->total_length - sent->total_length, less = 0 - more;
    bool adjusted = more == quoted->header_length || less == quoted->header_length;
    bool unsure = payload_of(sent) >= LENGTH_MAX || quoted->total_length < quoted->header_length;
    return !sides->cut && !sides->length_swapped && !adjusted && !unsure &&
           ((sent->has | quoted->has) & HAS_FRAGMENT) == 0 &&
           !is_swapped(sent->total_length, quoted->total_length);
}

static bool part_can_tell(const struct sides *sides)
{
    return !sides->cut;
}

/* Without the flag the number means nothing (RFC 9293 3.1). */
static bool ack_can_tell(const struct sides *sides)
{
    return (sides->sent.tcp_flags & sides->quoted->tcp_flags & TCP_ACK_FLAG) != 0;
}

/* Of a packet with a stop on its way, what the last destination is may be unknown. */
static bool checksum_can_tell(const struct sides *sides)
{
    const struct headers *sent = &sides->sent, *quoted = sides->quoted;
    return !sides->cut && ((sent->has | quoted->has) & HAS_ROUTE) == 0 &&
           coverage_is_filled(sent, payload_of(sent)) &&
           coverage_is_filled(quoted, payload_of(sent));
}

/* ---- the fields ------------------------------------------------------------------------------ */

const char *const rewritten_names[REWRITTEN_FIELDS] = {
    [REWRITTEN_SRC_IP] = "src_ip",
    [REWRITTEN_DEST_IP] = "dest_ip",
    [REWRITTEN_SRC_PORT] = "src_port",
    [REWRITTEN_DEST_PORT] = "dest_port",
    [REWRITTEN_TOS] = "tos",
    [REWRITTEN_ECN] = "ecn",
    [REWRITTEN_IP_ID] = "ip_id",
    [REWRITTEN_LENGTH] = "length",
    [REWRITTEN_DF] = "df",
    [REWRITTEN_IP_OPTIONS] = "ip_options",
    [REWRITTEN_FLOW_LABEL] = "flow_label",
    [REWRITTEN_TCP_SEQ] = "tcp_seq",
    [REWRITTEN_TCP_ACK] = "tcp_ack",
    [REWRITTEN_TCP_FLAGS] = "tcp_flags",
    [REWRITTEN_TCP_WINDOW] = "tcp_window",
    [REWRITTEN_TCP_MSS] = "tcp_mss",
    [REWRITTEN_TCP_WINDOW_SCALE] = "tcp_window_scale",
    [REWRITTEN_TCP_SACK_PERMITTED] = "tcp_sack_permitted",
    [REWRITTEN_TCP_TIMESTAMPS] = "tcp_timestamps",
    [REWRITTEN_TCP_CHECKSUM] = "tcp_checksum",
    [REWRITTEN_UDP_LENGTH] = "udp_length",
    [REWRITTEN_UDP_CHECKSUM] = "udp_checksum",
    [REWRITTEN_ICMP_ID] = "icmp_id",
    [REWRITTEN_ICMP_SEQ] = "icmp_seq",
};

/* Both sides must be of `family` (0: any), and have `needs`. Rows without `get` are addresses. */
struct row {
    uint8_t family;
    uint8_t option; /* of enum tcp_options_has: a side may lack it */
    uint32_t needs; /* of enum headers_has */
    uint32_t (*get)(const struct headers *headers);
    bool (*can_tell)(const struct sides *sides); /* NULL: always */
};

static const struct row rows[REWRITTEN_FIELDS] = {
    [REWRITTEN_SRC_IP] = {0, 0, HAS_IP, NULL, NULL},
    [REWRITTEN_DEST_IP] = {0, 0, HAS_IP, NULL, NULL},
    [REWRITTEN_SRC_PORT] = {0, 0, HAS_PORTS, get_src_port, NULL},
    [REWRITTEN_DEST_PORT] = {0, 0, HAS_PORTS, get_dest_port, NULL},
    [REWRITTEN_TOS] = {0, 0, HAS_IP, get_tos, NULL},
    [REWRITTEN_ECN] = {0, 0, HAS_IP, get_ecn, NULL},
    [REWRITTEN_IP_ID] = {FAMILY_IPV4, 0, HAS_IP_ID, get_ip_id, ip_id_can_tell},
    [REWRITTEN_LENGTH] = {0, 0, HAS_IP | HAS_PROTO, get_length, length_can_tell},
    [REWRITTEN_DF] = {FAMILY_IPV4, 0, HAS_IP, get_df, NULL},
    [REWRITTEN_IP_OPTIONS] = {FAMILY_IPV4, 0, HAS_PROTO, get_ip_options, NULL},
    [REWRITTEN_FLOW_LABEL] = {FAMILY_IPV6, 0, HAS_FLOW_LABEL, get_flow_label, NULL},
    [REWRITTEN_TCP_SEQ] = {0, 0, HAS_TCP_SEQ, get_tcp_seq, part_can_tell},
    [REWRITTEN_TCP_ACK] = {0, 0, HAS_TCP_FLAGS, get_tcp_ack, ack_can_tell},
    [REWRITTEN_TCP_FLAGS] = {0, 0, HAS_TCP_FLAGS, get_tcp_flags, part_can_tell},
    [REWRITTEN_TCP_WINDOW] = {0, 0, HAS_TCP_FLAGS, get_tcp_window, NULL},
    [REWRITTEN_TCP_MSS] = {0, TCP_HAS_MSS, HAS_TCP_SYN, get_tcp_mss, NULL},
    [REWRITTEN_TCP_WINDOW_SCALE] = {0, TCP_HAS_WINDOW_SCALE, HAS_TCP_SYN, get_tcp_window_scale,
                                    NULL},
    [REWRITTEN_TCP_SACK_PERMITTED] = {0, 0, HAS_TCP_SYN, get_sack_permitted, NULL},
    [REWRITTEN_TCP_TIMESTAMPS] = {0, 0, HAS_TCP_SYN, get_timestamps, NULL},
    [REWRITTEN_TCP_CHECKSUM] = {0, 0, HAS_TCP_CHECKSUM, get_tcp_checksum, checksum_can_tell},
    [REWRITTEN_UDP_LENGTH] = {0, 0, HAS_UDP_LENGTH, get_udp_length, NULL},
    [REWRITTEN_UDP_CHECKSUM] = {0, 0, HAS_UDP_LENGTH, get_udp_checksum, checksum_can_tell},
    [REWRITTEN_ICMP_ID] = {0, 0, HAS_ICMP_ID, get_icmp_id, NULL},
    [REWRITTEN_ICMP_SEQ] = {0, 0, HAS_ICMP_ID, get_icmp_seq, NULL},
};

static inline bool row_applies(const struct row *row, const struct sides *sides)
{
    return (sides->has & row->needs) == row->needs &&
           (row->family == FAMILY_NONE || row->family == sides->family) &&
           (row->can_tell == NULL || row->can_tell(sides));
}

/* Whether a side has the option of TCP that a row is about, if it is about one. */
static bool row_is_on(const struct row *row, const struct headers *side)
{
    return row->option == 0 || (side->tcp_options & row->option) != 0;
}

static struct rewritten_pair pair_of_addresses(const struct sides *sides, bool source)
{
    const struct headers *sent = &sides->sent, *quoted = sides->quoted;
    return (struct rewritten_pair){.is_sent = true,
                                   .is_quoted = true,
                                   .sent_ip = source ? sent->src : sent->dst,
                                   .quoted_ip = source ? quoted->src : quoted->dst,
                                   .sent_family = sent->family,
                                   .quoted_family = quoted->family};
}

static struct rewritten_pair pair_of(const struct sides *sides, enum rewritten_field field)
{
    const struct row *row = &rows[field];
    if (row->get == NULL)
        return pair_of_addresses(sides, field == REWRITTEN_SRC_IP);

    struct rewritten_pair pair = {.is_sent = row_is_on(row, &sides->sent),
                                  .is_quoted = row_is_on(row, sides->quoted)};
    pair.sent = pair.is_sent ? row->get(&sides->sent) : 0;
    pair.quoted = pair.is_quoted ? row->get(sides->quoted) : 0;
    return pair;
}

static bool addresses_differ(const struct sides *sides, bool source)
{
    const struct headers *sent = &sides->sent, *quoted = sides->quoted;
    return sent->family != quoted->family ||
           !(source ? addr_equal(&sent->src, &quoted->src) : addr_equal(&sent->dst, &quoted->dst));
}

/* Of a field that both sides have, whether pair_of() would be two of a kind. */
static bool values_differ(const struct sides *sides, enum rewritten_field field)
{
    const struct row *row = &rows[field];
    if (row->get == NULL)
        return addresses_differ(sides, field == REWRITTEN_SRC_IP);
    return row->get(&sides->sent) != row->get(sides->quoted);
}

/* ---- checksums ------------------------------------------------------------------------------- */

static uint32_t bit(enum rewritten_field field)
{
    return 1u << field;
}

/* That changed shape: nothing tells what the bytes between are. */
static bool shape_changed(const struct verdict *verdict, const struct sides *sides)
{
    const uint32_t shapes =
        bit(REWRITTEN_LENGTH) | bit(REWRITTEN_TCP_SACK_PERMITTED) | bit(REWRITTEN_TCP_TIMESTAMPS);
    bool both = (sides->sent.has & sides->quoted->has & HAS_TCP_SYN) != 0;
    const uint8_t valued = TCP_HAS_MSS | TCP_HAS_WINDOW_SCALE;
    uint8_t options = sides->sent.tcp_options ^ sides->quoted->tcp_options;
    return (verdict->rewritten & shapes) != 0 || (both && (options & valued) != 0);
}

/* The checksum is the last of what is compared. */
static void compare_checksum(const struct sides *sides, enum rewritten_field field,
                             struct verdict *verdict)
{
    const struct headers *sent = &sides->sent, *quoted = sides->quoted;
    if (!row_applies(&rows[field], sides))
        return;
    verdict->compared |= bit(field);
    bool differs = rows[field].get(sent) != rows[field].get(quoted);
    bool shape = sent->proto == PROTO_TCP && shape_changed(verdict, sides);
    bool fits = !shape && coverage_fits(sent, quoted);
    if (!differs && (fits || shape))
        return;

    verdict->rewritten |= bit(field);
    if (fits)
        verdict->checksum_fit = CHECKSUM_FITS;
    else if (!shape && (!differs || coverage_is_known(sent, quoted)))
        verdict->checksum_fit = CHECKSUM_MISFITS;
}

/* ---- the comparison -------------------------------------------------------------------------- */

void rewritten_compare(const struct packet *error, struct verdict *verdict)
{
    const uint32_t checksums = bit(REWRITTEN_TCP_CHECKSUM) | bit(REWRITTEN_UDP_CHECKSUM);
    struct sides sides;
    sides_take(&sides, error, verdict);
    for (unsigned i = 0; i < REWRITTEN_FIELDS; i++) {
        const enum rewritten_field field = (enum rewritten_field)i;
        if (!row_applies(&rows[i], &sides) || (bit(field) & checksums) != 0)
            continue;
        const bool sent = row_is_on(&rows[i], &sides.sent);
        const bool quoted = row_is_on(&rows[i], sides.quoted);
        if (!sent && !quoted)
            continue;
        verdict->compared |= bit(field);
        if (sent != quoted || values_differ(&sides, field))
            verdict->rewritten |= bit(field);
    }
    compare_checksum(&sides, REWRITTEN_TCP_CHECKSUM, verdict);
    compare_checksum(&sides, REWRITTEN_UDP_CHECKSUM, verdict);
}

struct rewritten_pair rewritten_get(const struct packet *error, const struct verdict *verdict,
                                    enum rewritten_field field)
{
    struct sides sides;
    sides_take(&sides, error, verdict);
    return pair_of(&sides, field);
}
