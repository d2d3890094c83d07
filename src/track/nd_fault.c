#include "track/nd_fault.h"

#include "decode/icmp.h"
#include "track/link_neighbors.h"

/* A rule, and how severe it is to break it: what cannot come from the link itself, or is made to
 * pass guards, is no mere mistake. */
struct rule {
    bool (*broken)(const struct packet *packet);
    uint8_t severity;
};

static bool is_redirect(const struct packet *packet)
{
    return packet->icmp->type == ND_REDIRECT;
}

/* Of redirects, track/redirect.h tells that and the next. */
static bool is_from_afar(const struct packet *packet)
{
    return packet->ip.ttl != ND_HOP_LIMIT && !is_redirect(packet);
}

static bool has_code(const struct packet *packet)
{
    return packet->icmp->code != 0 && !is_redirect(packet);
}

static bool has_option_of_nothing(const struct packet *packet)
{
    return packet->icmp->body.v6.entries_fault == ENTRIES_ZERO_LENGTH;
}

/* Even of a single fragment: IPv6 has an identification nowhere else (RFC 6980 5). */
static bool is_fragmented(const struct packet *packet)
{
    return (packet->ip.has & (HAS_FRAGMENT | HAS_IP_ID)) != 0 ||
           (packet->icmp->has & ICMP_HAS_FRAGMENTS) != 0;
}

static bool is_router_of_global_address(const struct packet *packet)
{
    return packet->icmp->type == ND_ROUTER_ADVERTISEMENT && !link_addr_is_local(&packet->ip.src);
}

static bool has_group_for_target(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return !is_redirect(packet) && (icmp->has & ICMP_HAS_TARGET) != 0 &&
           addr_is_multicast(&icmp->target, FAMILY_IPV6);
}

/* Who has no address yet cannot have others remember where it is. */
static bool tells_mac_of_no_address(const struct packet *packet)
{
    uint8_t type = packet->icmp->type;
    return (type == ND_ROUTER_SOLICITATION || type == ND_NEIGHBOR_SOLICITATION) &&
           addr_is_unspecified(&packet->ip.src) &&
           link_option_mac(packet, ND_SOURCE_LINK_ADDRESS) != NULL;
}

static const struct rule rules[] = {
    {is_from_afar, SEVERITY_HIGH},
    {has_code, SEVERITY_HIGH},
    {has_option_of_nothing, SEVERITY_HIGH},
    {is_fragmented, SEVERITY_HIGH},
    {is_router_of_global_address, SEVERITY_HIGH},
    {has_group_for_target, SEVERITY_MEDIUM},
    {tells_mac_of_no_address, SEVERITY_MEDIUM},
};

static void nd_faults_init(void *self, const struct track *track)
{
    struct nd_faults *faults = self;
    *faults = (struct nd_faults){.track = track};
}

/* What was damaged on its way proves nothing. */
static bool is_discovery(const struct icmp *icmp)
{
    return icmp->family == FAMILY_IPV6 && icmp->type >= ND_ROUTER_SOLICITATION &&
           icmp->type <= ND_REDIRECT && icmp->checksum != CHECKSUM_BAD;
}

static void nd_faults_message(void *self, const struct sight *sight)
{
    const struct nd_faults *faults = self;
    const struct packet *packet = sight->packet;
    if (!is_discovery(packet->icmp))
        return;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!rules[i].broken(packet))
            continue;
        const struct finding_about about = {.src = packet->ip.src, .family = FAMILY_IPV6};
        struct finding *finding =
            findings_add(faults->track->findings, FINDING_ND_INVALID, &about, packet);
        if (finding != NULL && (finding->seen.count == 1 || finding->severity < rules[i].severity))
            finding->severity = rules[i].severity;
        return;
    }
}

const struct tracker tracker_nd_fault = {
    .init = nd_faults_init, .messages = TRACKER_ALL, .message = nd_faults_message};
