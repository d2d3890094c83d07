#include "match/identity.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    LENGTH_MAX = 65535,
    FRAME_MAX = 1500,   /* Ethernet's: a larger packet is no frame, or a jumbo one */
    TCP_PART_MIN = 500, /* of a full segment, with its header */
};

/* What comes with a checksum over all that the packet carries. */
enum { SUMMED = HAS_TCP_CHECKSUM | HAS_UDP_LENGTH | HAS_UDPLITE | HAS_SCTP_CHECKSUM };

/* How a field of the packet as sent compares with the quoted one. */
enum fit { FIT_UNKNOWN, FIT_AGREES, FIT_CONTRADICTS };

/* What tells packets of a protocol apart. */
struct identity_rule {
    uint32_t needs; /* of enum headers_has */
    uint32_t (*identity)(const struct headers *headers);
    enum fit (*compare)(const struct ring_entry *sent, const struct headers *quoted);
};

/* Bytes behind the IP header, as it claims. */
static uint32_t ip_payload_length(const struct headers *headers)
{
    if (headers->total_length <= headers->header_length)
        return 0;
    return headers->total_length - headers->header_length;
}

/* Old systems left out the length of the header from the total length, or added it once more. */
static bool length_agrees(const struct ring_entry *sent, const struct headers *quoted)
{
    uint32_t length = quoted->total_length, header = quoted->header_length;
    return length == sent->length + header || length == sent->length ||
           length == sent->length + 2 * header;
}

/* Part of a captured segment that the sender's network card cut up afterwards, or that a receiver
 * put together: a full one, or what is left behind those. */
static bool tcp_is_part(const struct ring_entry *sent, const struct headers *quoted)
{
    uint32_t offset = quoted->tcp_seq - sent->identity, length = ip_payload_length(quoted);
    bool larger = sent->length + (uint32_t)sent->sent.header_length > FRAME_MAX;
    if (!larger || offset >= sent->length || length >= sent->length)
        return false;
    uint32_t left = sent->length - offset;
    return length == left ? offset > 0 : length < left && length >= TCP_PART_MIN;
}

static uint32_t tcp_identity(const struct headers *headers)
{
    return headers->tcp_seq;
}

static enum fit tcp_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    bool equal = sent->identity == quoted->tcp_seq;
    return equal || tcp_is_part(sent, quoted) ? FIT_AGREES : FIT_CONTRADICTS;
}

/* Of UDP-Lite the coverage is in place of the length (RFC 3828 3.1). */
static uint32_t udp_identity(const struct headers *headers)
{
    return (uint32_t)headers->udp_length << 16 | headers->udp_checksum;
}

/* Another checksum does not contradict: the network card may have filled it in. */
static enum fit udp_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    if (sent->identity >> 16 != quoted->udp_length)
        return FIT_CONTRADICTS;
    bool equal = (sent->identity & 0xffff) == quoted->udp_checksum;
    return equal && quoted->udp_checksum != 0 ? FIT_AGREES : FIT_UNKNOWN;
}

static uint32_t icmp_identity(const struct headers *headers)
{
    return (uint32_t)headers->icmp_id << 16 | headers->icmp_seq;
}

/* Who is pinged and pings in turn may use the same numbers: a reply is no request. */
static enum fit icmp_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    if (sent->identity != icmp_identity(quoted))
        return FIT_CONTRADICTS;
    bool typed = (sent->sent.has & quoted->has & HAS_ICMP_TYPE) != 0;
    return typed && sent->sent.icmp_type != quoted->icmp_type ? FIT_CONTRADICTS : FIT_AGREES;
}

static uint32_t sctp_identity(const struct headers *headers)
{
    return headers->sctp_vtag;
}

/* All packets of an association have its tag; of its data each chunk has a number of its own. */
static enum fit sctp_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    if (sent->identity != quoted->sctp_vtag)
        return FIT_CONTRADICTS;
    uint32_t has = sent->sent.has & quoted->has;
    if ((has & HAS_SCTP_TSN) != 0)
        return sent->sent.sctp_tsn == quoted->sctp_tsn ? FIT_AGREES : FIT_CONTRADICTS;
    uint16_t sum = (has & HAS_SCTP_CHECKSUM) != 0 ? sctp_sum(quoted->sctp_checksum) : 0;
    return sum != 0 && sum == sent->sent.checksum ? FIT_AGREES : FIT_UNKNOWN;
}

/* One pair of hosts may have several tunnels. */
static uint32_t gre_identity(const struct headers *headers)
{
    uint32_t key = (headers->has & HAS_GRE_KEY) != 0 ? headers->gre_key : 0;
    return key * 0x9e3779b1u + headers->gre_seq;
}

static enum fit gre_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    return sent->identity == gre_identity(quoted) ? FIT_AGREES : FIT_CONTRADICTS;
}

/* Two security associations between one pair of hosts count their packets alike. */
static uint32_t esp_identity(const struct headers *headers)
{
    return headers->spi * 0x9e3779b1u + headers->spi_seq;
}

static enum fit esp_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    return sent->identity == esp_identity(quoted) ? FIT_AGREES : FIT_CONTRADICTS;
}

static const struct identity_rule rules[256] = {
    [PROTO_TCP] = {HAS_TCP_SEQ, tcp_identity, tcp_compare},
    [PROTO_UDP] = {HAS_UDP_LENGTH, udp_identity, udp_compare},
    [PROTO_UDPLITE] = {HAS_UDPLITE, udp_identity, udp_compare},
    [PROTO_ICMP] = {HAS_ICMP_ID, icmp_identity, icmp_compare},
    [PROTO_ICMPV6] = {HAS_ICMP_ID, icmp_identity, icmp_compare},
    [PROTO_SCTP] = {HAS_SCTP_VTAG, sctp_identity, sctp_compare},
    [PROTO_GRE] = {HAS_GRE_SEQ, gre_identity, gre_compare},
    [PROTO_ESP] = {HAS_ESP_SPI, esp_identity, esp_compare},
    [PROTO_AH] = {HAS_ESP_SPI, esp_identity, esp_compare},
};

/* What differs when the same is sent again: IPv4's identification; over IPv6 the checksum of a TCP
 * segment, which covers its timestamps. 0 where there is none. */
static uint16_t ip_id_of(const struct headers *headers)
{
    if (headers->family == FAMILY_IPV4)
        return (headers->has & HAS_IP_ID) != 0 ? (uint16_t)headers->ip_id : 0;
    return (headers->has & HAS_TCP_CHECKSUM) != 0 ? headers->tcp_checksum : 0;
}

static void identity_record_other(struct ring_entry *entry, const struct headers *sent)
{
    const struct identity_rule *rule = &rules[sent->proto];
    entry->identified = rule->needs != 0 && (sent->has & rule->needs) != 0;
    entry->identity = entry->identified ? rule->identity(sent) : 0;
}

void identity_record(struct ring_entry *entry, const struct headers *sent)
{
    uint32_t length = ip_payload_length(sent);
    entry->ip_id = ip_id_of(sent);
    entry->length = length < LENGTH_MAX ? (uint16_t)length : LENGTH_MAX;
    entry->identified = true;
    /* Most packets: no call that the processor has to guess. */
    if (sent->proto == PROTO_TCP && (sent->has & HAS_TCP_SEQ) != 0)
        entry->identity = tcp_identity(sent);
    else if (sent->proto == PROTO_UDP && (sent->has & HAS_UDP_LENGTH) != 0)
        entry->identity = udp_identity(sent);
    else
        identity_record_other(entry, sent);
}

static bool tcp_is_compared(const struct ring_entry *sent, const struct headers *quoted)
{
    return quoted->proto == PROTO_TCP && sent->identified && (quoted->has & HAS_TCP_SEQ) != 0;
}

static enum fit ip_id_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    uint16_t id = ip_id_of(quoted);
    if (sent->ip_id == 0 || id == 0)
        return FIT_UNKNOWN;
    if (sent->ip_id == id)
        return FIT_AGREES;
    /* A checksum may have been filled in by the network card, behind the capture. */
    if (quoted->family == FAMILY_IPV6)
        return FIT_UNKNOWN;
    /* The parts of a segment that was cut up are numbered on from its identification. */
    uint16_t parts = (uint16_t)((quoted->tcp_seq - sent->identity) / TCP_PART_MIN + 1);
    bool part = tcp_is_compared(sent, quoted) && tcp_is_part(sent, quoted);
    return part && (uint16_t)(id - sent->ip_id) <= parts ? FIT_UNKNOWN : FIT_CONTRADICTS;
}

static enum fit identity_compare(const struct ring_entry *sent, const struct headers *quoted)
{
    const struct identity_rule *rule = &rules[quoted->proto];
    if (!sent->identified || (quoted->has & rule->needs) == 0)
        return FIT_UNKNOWN;
    return rule->compare(sent, quoted);
}

/* A length that differs contradicts nothing: quoting hosts change it. One that agrees is a point,
 * and so is a segment that the quoted packet was cut from, which has the length of none. */
int identity_score(const struct ring_entry *sent, const struct headers *quoted)
{
    enum fit id = ip_id_compare(sent, quoted);
    if (id == FIT_CONTRADICTS)
        return IDENTITY_CONTRADICTS;
    enum fit identity = identity_compare(sent, quoted);
    if (identity == FIT_CONTRADICTS)
        return IDENTITY_CONTRADICTS;
    bool tcp = tcp_is_compared(sent, quoted);
    bool length = length_agrees(sent, quoted) || (tcp && tcp_is_part(sent, quoted));
    if (tcp && !length)
        return IDENTITY_POSSIBLE;
    int score = IDENTITY_POSSIBLE + length;
    score += id == FIT_AGREES ? IDENTITY_TELLS : 0;
    score += identity == FIT_AGREES ? IDENTITY_TELLS : 0;
    return score;
}

bool identity_length_agrees(const struct ring_entry *sent, const struct headers *quoted)
{
    return sent->length == ip_payload_length(quoted);
}

bool identity_content_agrees(const struct ring_entry *sent, const struct headers *quoted)
{
    return identity_compare(sent, quoted) == FIT_AGREES;
}

bool identity_has_content(const struct ring_entry *sent)
{
    const uint32_t has = sent->sent.has;
    bool summed = (has & SUMMED) != 0 && sent->sent.checksum != 0;
    return summed || (has & (HAS_ICMP_ID | HAS_ESP_SPI | HAS_SCTP_TSN | HAS_GRE_SEQ)) != 0;
}

static uint16_t quoted_checksum(const struct headers *quoted)
{
    if (quoted->proto == PROTO_SCTP)
        return sctp_sum(quoted->sctp_checksum);
    return quoted->proto == PROTO_TCP ? quoted->tcp_checksum : quoted->udp_checksum;
}

static uint32_t sum_fold(uint64_t sum)
{
    return (uint32_t)(sum % UINT16_MAX);
}

/* Until the network card fills it in, there stands the sum of the pseudo header, in some with no
 * length. */
static bool checksum_is_filled(const struct ring_entry *sent, const struct headers *quoted)
{
    uint64_t sum = addr_sum(&quoted->src) + addr_sum(&quoted->dst) + quoted->proto;
    uint32_t checksum = sum_fold(sent->sent.checksum);
    return checksum != 0 && checksum != sum_fold(sum) && checksum != sum_fold(sum + sent->length);
}

/* But for what changing the MSS of a SYN, as routers do, makes of it. */
static bool checksum_differs(const struct ring_entry *sent, const struct headers *quoted,
                             uint32_t has)
{
    if ((has & SUMMED) == 0)
        return false;
    uint16_t was = sent->sent.checksum, is = quoted_checksum(quoted);
    if (is == was || is == 0 || !checksum_is_filled(sent, quoted))
        return false;
    return (has & HAS_TCP_SYN) == 0 ||
           sum_fold((uint64_t)is + quoted->tcp_mss) != sum_fold((uint64_t)was + sent->sent.tcp_mss);
}

static bool tcp_header_differs(const struct ring_entry *sent, const struct headers *quoted,
                               uint32_t has)
{
    enum { CONTROL = 0x3f }; /* the flags without those of ECN */
    const struct sent *was = &sent->sent;
    return (has & HAS_TCP_FLAGS) != 0 &&
           (was->tcp_ack != quoted->tcp_ack || was->tcp_window != quoted->tcp_window ||
            (was->tcp_flags & CONTROL) != (quoted->tcp_flags & CONTROL));
}

bool identity_content_differs(const struct ring_entry *sent, const struct headers *quoted)
{
    const uint32_t has = sent->sent.has & quoted->has;
    if (identity_compare(sent, quoted) != FIT_AGREES && !length_agrees(sent, quoted))
        return true;
    if (tcp_is_compared(sent, quoted) && tcp_is_part(sent, quoted))
        return false;
    return checksum_differs(sent, quoted, has) || tcp_header_differs(sent, quoted, has);
}

bool identity_ip_id_agrees(const struct ring_entry *sent, const struct headers *quoted)
{
    return ip_id_compare(sent, quoted) == FIT_AGREES;
}
