#include "report/field_parts.h"

#include <string.h>

#include "decode/icmp.h"

static void part_set(struct field_parts *parts, enum field_part part, const void *base,
                     uint32_t has, uint8_t family)
{
    if (base != NULL)
        parts->of[part] = (struct part_found){base, PART_THERE | has, family};
}

static void find_icmp(struct field_parts *parts, const struct icmp *icmp)
{
    const struct quote *quote = &icmp->quote;
    const struct headers *quoted = &quote->ip, *inner = &quote->inner.ip;
    const struct icmp_v4 *v4 = &icmp->body.v4;
    const struct icmp_v6 *v6 = &icmp->body.v6;
    part_set(parts, PART_ICMP, icmp, icmp->has, icmp->family);
    if (icmp->family == FAMILY_IPV4)
        part_set(parts, PART_ICMP_V4, v4, v4->has, FAMILY_IPV4);
    else
        part_set(parts, PART_ICMP_V6, v6, v6->has, FAMILY_IPV6);
    if ((icmp->has & ICMP_HAS_QUOTE) == 0)
        return;
    part_set(parts, PART_QUOTE, quote, quote->has, quoted->family);
    part_set(parts, PART_QUOTED, quoted, quoted->has, quoted->family);
    part_set(parts, PART_TCP, &quote->tcp, quote->tcp.has, FAMILY_NONE);
    if ((quote->has & QUOTE_HAS_INNER) != 0)
        part_set(parts, PART_INNER, inner, inner->has, inner->family);
}

static void find_packet(struct field_parts *parts, const struct packet *packet)
{
    uint32_t has = (packet->vlan_count > 0 ? (uint32_t)FIELD_HAS_VLAN : 0) |
                   (packet->tunnel_count > 0 ? (uint32_t)FIELD_HAS_TUNNEL : 0);
    part_set(parts, PART_PACKET, packet, has, FAMILY_NONE);
    part_set(parts, PART_HEADERS, &packet->ip, packet->ip.has, packet->ip.family);
    if (packet->icmp != NULL)
        find_icmp(parts, packet->icmp);
}

static void find_flow(struct field_parts *parts, const struct event *event)
{
    const struct flow *flow = event->flow;
    part_set(parts, PART_FLOW, flow, 0, FAMILY_NONE);
    if (flow->key.proto == PROTO_TCP)
        part_set(parts, PART_TCP_FLOW, flow, 0, FAMILY_NONE);
    if (event->hit != NULL)
        part_set(parts, PART_AFTERMATH, &event->hit->after, 0, FAMILY_NONE);
}

void field_parts_find(struct field_parts *parts, const struct event *event)
{
    const struct verdict *verdict = event->verdict;
    memset(parts, 0, sizeof *parts);
    part_set(parts, PART_EVENT, event, event->frame != 0 ? FIELD_HAS_FRAME : 0, FAMILY_NONE);
    part_set(parts, PART_HIT, event->hit, 0, FAMILY_NONE);
    part_set(parts, PART_TALLY, event->tally, 0, FAMILY_NONE);
    if (event->flow != NULL)
        find_flow(parts, event);
    if (event->story != NULL)
        part_set(parts, PART_STORY, event->story, event->story->has, event->story->family);
    if (verdict != NULL)
        part_set(parts, PART_VERDICT, verdict, verdict->has, FAMILY_NONE);
    if (event->packet != NULL)
        find_packet(parts, event->packet);
}
