#include "track/redirect_hop.h"

#include <string.h>

enum { WALK_MOST = 16 }; /* packets of a flow, to one of the host's */

void redirect_hop_note(struct redirects *redirects, const struct packet *packet)
{
    const uint8_t both = MAC_HAS_DST | MAC_HAS_SRC;
    if ((packet->mac_has & both) != both || link_mac_is_group(packet->macs + MAC_DST))
        return;
    struct redirect_hop_key key = {
        .pair = {link_of(packet), packet->ip.family, packet->ip.src, packet->ip.dst}};
    memcpy(key.mac, packet->macs + MAC_SRC, MAC_SIZE);
    struct redirect_hop *hop = cache_add(&redirects->hops, &key, NULL);
    if (hop == NULL || link_mac_equal(hop->mac, packet->macs + MAC_DST))
        return;
    memcpy(hop->before, hop->mac, MAC_SIZE);
    memcpy(hop->mac, packet->macs + MAC_DST, MAC_SIZE);
    hop->since_ns = packet->time_ns;
}

/* Of the packet that brought the redirect about, as its sender sent it: copies that a router made
 * have a lower TTL. */
static uint16_t trigger_tail(const struct packet *packet, const struct verdict *verdict)
{
    bool own = verdict->kind == VERDICT_EXACT && (verdict->has & VERDICT_HAS_SENT) != 0 &&
               verdict->sent.capture == packet->capture &&
               verdict->sent.sent.ttl == verdict->ttl_sent;
    return own ? verdict->sent.sent.link_dst : 0;
}

/* Of the host's last packet in the flow that is quoted; copies of it come after it. */
static uint16_t flow_tail(const struct redirects *redirects, const struct packet *packet,
                          const struct verdict *verdict)
{
    if (verdict->flow == NULL || redirects->track->ring == NULL)
        return 0;
    ring_position position = verdict->flow->newest;
    const struct ring_entry *entry = ring_get(redirects->track->ring, position);
    uint16_t tail = 0;
    uint8_t ttl = 0;
    for (int i = 0; entry != NULL && i < WALK_MOST; i++) {
        if (entry->direction == verdict->direction && entry->time_ns <= packet->time_ns &&
            entry->capture == packet->capture && entry->sent.ttl > ttl) {
            ttl = entry->sent.ttl;
            tail = entry->sent.link_dst;
        }
        entry = ring_get_previous(redirects->track->ring, &position);
    }
    return tail;
}

static uint16_t hop_tail(const struct redirects *redirects, const struct redirect *redirect,
                         int64_t before_ns)
{
    struct redirect_hop_key key = {
        .pair = {redirect->link, redirect->story.family, redirect->story.src, redirect->story.dst}};
    if (!redirect->has_macs)
        return 0;
    memcpy(key.mac, redirect->host_mac, MAC_SIZE);
    const struct redirect_hop *hop = cache_get(&redirects->hops, &key);
    const uint8_t *mac = hop == NULL ? NULL : hop->since_ns <= before_ns ? hop->mac : hop->before;
    return mac != NULL && !link_mac_is_shared(mac) ? packet_mac_tail(mac) : 0;
}

uint16_t redirect_hop_before(const struct redirects *redirects, const struct redirect *redirect,
                             const struct redirect *before, const struct sight *sight)
{
    uint16_t tail = sight->verdict != NULL ? trigger_tail(sight->packet, sight->verdict) : 0;
    if (tail != 0 || (before != NULL && before->packets_new > 0))
        return tail;
    tail = sight->verdict != NULL ? flow_tail(redirects, sight->packet, sight->verdict) : 0;
    return tail != 0 ? tail : hop_tail(redirects, redirect, sight->packet->time_ns);
}
