#include "track/echo_message.h"

#include <string.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "decode/icmp.h"

/* A payload that a tunnel may be made of: no known program's, and so disordered that it is no text,
 * or so large that no ping has it by default, and still no repeated byte. */
enum { ODD_LEAST = 16, ODD_DISORDER = 60, ODD_LARGE = 128, ODD_LARGE_DISORDER = 10 };

enum echo_kind echo_kind_of(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    const uint32_t all = ICMP_HAS_ID | ICMP_HAS_PAYLOAD;
    bool v6 = icmp->family == FAMILY_IPV6;
    if ((icmp->has & all) != all || (packet->ip.has & HAS_IP) == 0 ||
        packet->ip.family != icmp->family)
        return ECHO_NEITHER;
    if (icmp->type == (v6 ? 128 : 8))
        return ECHO_REQUEST;
    return icmp->type == (v6 ? 129 : 0) ? ECHO_REPLY : ECHO_NEITHER;
}

static bool payload_is_odd(const struct echo_payload *payload, uint32_t length)
{
    if (payload->program != ECHO_PROGRAM_NONE || payload->captured < ODD_LEAST)
        return false;
    unsigned disorder = echo_payload_disorder(payload);
    return disorder >= ODD_DISORDER || (length >= ODD_LARGE && disorder >= ODD_LARGE_DISORDER);
}

void echo_message_from(struct echo_message *message, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    const struct echo_payload *payload = &icmp->payload;
    memset(message, 0, sizeof *message);
    message->time_ns = packet->time_ns;
    message->frame = (struct sighting){packet->frame, packet->capture};
    message->hash = payload->hash;
    message->captured = payload->captured;
    message->length = icmp->payload_length;
    message->ip_id = (packet->ip.has & HAS_IP_ID) != 0 ? (uint16_t)packet->ip.ip_id : 0;
    message->ttl = packet->ip.ttl;
    message->program = payload->program;
    message->odd = payload_is_odd(payload, icmp->payload_length);
    message->has_sent = echo_payload_time(payload, packet->time_ns, &message->sent_ns);
}

void echo_key_from(struct echo_key *key, const struct packet *packet, enum echo_kind kind)
{
    bool request = kind == ECHO_REQUEST;
    memset(key, 0, sizeof *key);
    key->asker = request ? packet->ip.src : packet->ip.dst;
    key->asked = request ? packet->ip.dst : packet->ip.src;
    key->id = packet->icmp->id;
    key->seq = packet->icmp->seq;
    key->family = packet->ip.family;
    key->context = packet->context;
}

struct echo_print echo_message_print(const struct echo_message *message)
{
    uint64_t sizes = (uint64_t)message->length << 32 | message->captured;
    return (struct echo_print){.time_ns = message->time_ns,
                               .same = hash_mix(hash_mix(message->hash ^ message->ip_id) ^ sizes),
                               .capture = (uint16_t)message->frame.capture,
                               .ttl = message->ttl};
}

bool echo_message_is_copy(const struct echo_message *later, const struct echo_print *earlier,
                          bool near)
{
    const int64_t close_ns = NS_PER_MS / 2, far_ns = 50 * (int64_t)NS_PER_MS;
    int64_t apart = time_between(earlier->time_ns, later->time_ns);
    if (echo_message_print(later).same != earlier->same)
        return false;
    if (near && apart >= -close_ns && apart <= close_ns)
        return true;
    bool moved = later->ttl < earlier->ttl ||
                 (later->ip_id != 0 && later->frame.capture != earlier->capture);
    return moved && apart >= -far_ns && apart <= far_ns;
}

enum echo_equal echo_message_compare(const struct echo_message *a, const struct echo_message *b)
{
    if (a->length != b->length)
        return ECHO_DIFFERENT;
    if (a->captured != b->captured)
        return ECHO_EQUAL_UNKNOWN;
    if (a->hash != b->hash)
        return ECHO_DIFFERENT;
    return a->captured == a->length ? ECHO_EQUAL : ECHO_EQUAL_UNKNOWN;
}
