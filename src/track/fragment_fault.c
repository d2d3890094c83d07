#include "track/fragment_fault.h"

#include <stdbool.h>

enum { PACKET_MAX = 65535, IPV6_HEADER = 40, FRAGMENT_HEADER = 8, TCP_HEADER = 20 };

/* What a first fragment holds at least; 0: nothing is asked of it. Each link carries it (RFC
 * 791 3.1: 68 bytes). */
static const uint8_t header_sizes[256] = {
    [PROTO_ICMP] = 8,   [PROTO_TCP] = TCP_HEADER, [PROTO_UDP] = 8,     [PROTO_DCCP] = 12,
    [PROTO_ICMPV6] = 8, [PROTO_SCTP] = 12,        [PROTO_UDPLITE] = 8,
};

static void fragment_faults_init(void *self, const struct track *track)
{
    struct fragment_faults *faults = self;
    *faults = (struct fragment_faults){.track = track};
}

static uint64_t fragment_faults_lost(const void *self)
{
    const struct fragment_faults *faults = self;
    return faults->unseen;
}

static struct finding_about about_of(const struct headers *ip)
{
    return (struct finding_about){.src = ip->src,
                                  .dst = ip->dst,
                                  .family = ip->family,
                                  .proto = (ip->has & HAS_PROTO) != 0 ? ip->proto : 0};
}

static uint32_t data_of(const struct headers *ip)
{
    return ip->total_length > ip->header_length ? ip->total_length - ip->header_length : 0;
}

/* Where it ends in the whole packet: of IPv6 its payload, as 65,535 bytes of that are allowed. */
static uint32_t end_of(const struct headers *ip)
{
    uint32_t header = ip->header_length;
    if (ip->family == FAMILY_IPV6)
        header -= IPV6_HEADER + FRAGMENT_HEADER;
    return header + ip->frag_offset + data_of(ip);
}

/* A chain of headers that goes on in the next fragment hides what the packet is (RFC 7112 3). */
static bool is_tiny_first(const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    if (ip->frag_offset != 0 || !ip->more_fragments)
        return false;
    if ((ip->has & HAS_PROTO) == 0)
        return !packet->snapped;
    return data_of(ip) < header_sizes[ip->proto];
}

/* RFC 1858 3.2.2: no fragment of TCP begins within its header, but where the first one is tiny. */
static bool is_within_header(const struct headers *ip)
{
    return (ip->has & HAS_PROTO) != 0 && ip->proto == PROTO_TCP && ip->frag_offset > 0 &&
           ip->frag_offset < TCP_HEADER;
}

/* The fragment behind a tiny one goes with it. */
static void within_header_add(struct findings *findings, const struct finding_about *about,
                              const struct packet *packet)
{
    struct finding *known = findings_get(findings, FINDING_TINY_FRAGMENT, about);
    if (known == NULL)
        findings_add(findings, FINDING_TINY_FRAGMENT, about, packet);
    else
        sightings_add_witness(&known->seen, (struct sighting){packet->frame, packet->capture});
}

static void oversized_add(struct findings *findings, const struct finding_about *about,
                          const struct packet *packet)
{
    struct finding *finding = findings_add(findings, FINDING_PING_OF_DEATH, about, packet);
    uint32_t end = end_of(&packet->ip);
    if (finding == NULL)
        return;
    finding->limit = PACKET_MAX;
    if (end > finding->value)
        finding->value = end;
}

static void fragment_faults_fragment(void *self, const struct sight *sight)
{
    const struct fragment_faults *faults = self;
    struct findings *findings = faults->track->findings;
    const struct packet *packet = sight->packet;
    const struct headers *ip = &packet->ip;
    const struct finding_about about = about_of(ip);
    if ((ip->has & HAS_FRAGMENT_OVERLAP) != 0)
        findings_add(findings, FINDING_FRAGMENT_OVERLAP, &about, packet);
    if ((ip->has & HAS_FRAGMENT) == 0)
        return;
    if (is_tiny_first(packet))
        findings_add(findings, FINDING_TINY_FRAGMENT, &about, packet);
    if (is_within_header(ip))
        within_header_add(findings, &about, packet);
    if (end_of(ip) > PACKET_MAX)
        oversized_add(findings, &about, packet);
}

const struct tracker tracker_fragment_fault = {.init = fragment_faults_init,
                                               .fragment = fragment_faults_fragment,
                                               .lost = fragment_faults_lost};
