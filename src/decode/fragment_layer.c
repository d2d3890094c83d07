/* The layer of fragments: those of ICMP are put together, others are compared and pass. */
#include "decode/fragments.h"
#include "decode/headers.h"
#include "decode/layer.h"

enum { FRAGMENT_HEADER_SIZE = 8 };

static bool is_icmp(const struct headers *ip)
{
    return ip->proto == PROTO_ICMP || ip->proto == PROTO_ICMPV6;
}

/* What is said of a message of which so many fragments came, where it was read. */
static void message_mark(struct packet *packet, uint32_t fragments, bool complete)
{
    if (packet->icmp == NULL)
        return;
    packet->icmp->has |= ICMP_HAS_FRAGMENTS;
    packet->icmp->fragments = fragments;
    packet->icmp->complete = complete;
    packet->icmp->begun_before = false;
}

/* The header of the whole: that of the first fragment (RFC 791 3.2, RFC 8200 4.5). */
static void header_settle(struct headers *ip, const struct fragmented *whole)
{
    uint32_t overlap = ip->has & HAS_FRAGMENT_OVERLAP;
    *ip = whole->first.ip;
    ip->has &= ~(uint32_t)HAS_FRAGMENT;
    ip->has |= overlap;
    ip->more_fragments = false;
    ip->frag_offset = 0;
    if (ip->family == FAMILY_IPV6)
        ip->header_length -= FRAGMENT_HEADER_SIZE;
    ip->total_length = ip->header_length + whole->datagram.size;
}

static enum decoded whole_decode(struct dissection *d, struct fragmented *whole)
{
    struct packet *packet = d->packet;
    header_settle(&packet->ip, whole);
    d->in = cursor_over(whole->datagram.bytes, whole->datagram.size);
    d->end = d->in.end;
    enum decoded decoded = icmp_packet_decode(d);
    message_mark(packet, whole->count, true);
    if (packet->icmp != NULL)
        packet->icmp->begun_before = whole->last_offset > 0;
    fragments_finish(d->config->fragments, whole, packet->time_ns);
    return decoded;
}

static enum decoded passed_decode(struct dissection *d)
{
    const struct headers *ip = &d->packet->ip;
    if (headers_are_later_fragment(ip))
        return DECODED;
    if (!is_icmp(ip)) {
        d->next = protocol_layer(ip->proto);
        return DECODED;
    }
    enum decoded decoded = icmp_packet_decode(d);
    message_mark(d->packet, 1, false);
    return decoded;
}

static enum fragments_fate fragment_take(struct dissection *d, struct fragments *fragments,
                                         struct fragmented **whole)
{
    if (fragments == NULL)
        return FRAGMENT_PASSED;
    enum fragments_fate fate = fragments_add(fragments, d->packet, d->in, whole);
    if (*whole != NULL && (*whole)->contradicted)
        d->packet->ip.has |= HAS_FRAGMENT_OVERLAP;
    return fate;
}

/* One that is kept is no message yet: only its flow can be told. */
enum decoded fragment_packet_decode(struct dissection *d)
{
    struct packet *packet = d->packet;
    bool icmp = is_icmp(&packet->ip);
    struct fragments *fragments = icmp ? d->config->fragments : d->config->compared;
    struct fragmented *whole;
    enum fragments_fate fate = fragment_take(d, fragments, &whole);
    if (!icmp && fate == FRAGMENT_COMPLETE)
        fragments_finish(fragments, whole, packet->time_ns);
    if (!icmp || fate == FRAGMENT_PASSED)
        return passed_decode(d);
    if (fate == FRAGMENT_COMPLETE)
        return whole_decode(d, whole);
    transport_decode(&d->in, &packet->ip);
    return DECODED;
}

/* The message as far as the first fragment has it. */
static bool first_decode(const struct fragmented *incomplete, const struct decode_config *config,
                         struct packet *out, struct decode_room *room)
{
    *out = incomplete->first;
    out->decoded = DECODED;
    out->icmp = NULL;
    out->arp = NULL;
    out->tunnels = &room->tunnels;
    room->tunnels = incomplete->tunnels;
    struct cursor in = cursor_over(incomplete->datagram.bytes, incomplete->datagram.reach);
    cursor_limit(&in, out->ip.total_length - out->ip.header_length);
    struct dissection d = {.config = config, .packet = out, .room = room, .in = in, .end = in.end};
    icmp_packet_decode(&d);
    message_mark(out, incomplete->count, false);
    return out->icmp != NULL;
}

static void compared_drop(struct fragments *fragments, int64_t now_ns)
{
    struct fragmented *due;
    while ((due = fragments_due(fragments, now_ns)) != NULL)
        fragments_drop(fragments, due);
}

bool fragments_give_up(const struct decode_config *config, int64_t now_ns, struct packet *out,
                       struct decode_room *room)
{
    if (config->compared != NULL)
        compared_drop(config->compared, now_ns);
    for (;;) {
        struct fragmented *due = fragments_due(config->fragments, now_ns);
        if (due == NULL)
            return false;
        bool told = due->begun && first_decode(due, config, out, room);
        fragments_drop(config->fragments, due);
        if (told)
            return true;
    }
}
