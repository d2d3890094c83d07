/* Two hosts are told apart by their MAC addresses: captures without them show no conflict. */
#include "track/address_conflict.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/link_neighbors.h"

enum { PROBE_MS = 2000, ANSWER_MS = 3000, RETURN_MS = 60000 };

struct claim_key {
    uint32_t link;
    struct addr addr;
};

/* A message that claims the address. */
struct claimant {
    uint8_t mac[MAC_SIZE];
    int64_t time_ns;
    struct sighting frame; /* .frame is 0: there is none */
};

struct claim {
    struct claimant probe;           /* the last duplicate address detection */
    struct claimant newest, earlier; /* the last two hosts that said that they have it */
};

static struct cache_config claims_config(const uint64_t seed[2])
{
    return (struct cache_config){.key_size = sizeof(struct claim_key),
                                 .value_size = sizeof(struct claim),
                                 .max = ADDRESS_CLAIMS_MAX,
                                 .seed = {seed[0], seed[1]}};
}

static void conflicts_init(void *self, const struct track *track)
{
    struct address_conflicts *conflicts = self;
    const struct cache_config config = claims_config(track->seed);
    *conflicts = (struct address_conflicts){.track = track};
    cache_init(&conflicts->claims, &config);
}

static void conflicts_fini(void *self)
{
    struct address_conflicts *conflicts = self;
    cache_fini(&conflicts->claims);
}

static size_t conflicts_limit(void *self, double part)
{
    struct address_conflicts *conflicts = self;
    cache_limit(&conflicts->claims, (size_t)(part * ADDRESS_CLAIMS_MAX));
    return cache_memory(&conflicts->claims.config);
}

static uint64_t conflicts_lost(const void *self)
{
    return ((const struct address_conflicts *)self)->claims.evicted;
}

/* Whether `other` was of another host, and so long ago at most. */
static bool is_contested(const struct claimant *other, const uint8_t *mac, int64_t now_ns,
                         int64_t most_ms)
{
    return other->frame.frame != 0 && !link_mac_equal(other->mac, mac) &&
           time_between(other->time_ns, now_ns) <= most_ms * NS_PER_MS;
}

static void claimant_set(struct claimant *claimant, const uint8_t *mac, const struct packet *packet)
{
    memcpy(claimant->mac, mac, MAC_SIZE);
    claimant->time_ns = packet->time_ns;
    claimant->frame = (struct sighting){packet->frame, packet->capture};
}

static void conflict_add(const struct address_conflicts *conflicts, const struct packet *packet,
                         const struct claimant *other)
{
    const struct finding_about about = {.dst = packet->icmp->target, .family = FAMILY_IPV6};
    struct sightings seen = {0};
    sightings_add_witness(&seen, other->frame);
    sightings_add(&seen, packet);
    findings_add_seen(conflicts->track->findings, FINDING_ADDRESS_CONFLICT, &about, &seen);
}

/* Duplicate address detection. Switches that look whether a host is still there ask so, too, but
 * not a group. */
static void probe_see(const struct address_conflicts *conflicts, struct claim *claim,
                      const struct packet *packet)
{
    const uint8_t *mac = packet->macs + MAC_SRC;
    if (!addr_is_unspecified(&packet->ip.src) || !link_mac_is_group(packet->macs + MAC_DST))
        return;
    if (is_contested(&claim->probe, mac, packet->time_ns, PROBE_MS))
        conflict_add(conflicts, packet, &claim->probe);
    claimant_set(&claim->probe, mac, packet);
}

/* A host that has the address answers who wants it. Without that, two hosts take turns: one that
 * moved to another interface, or another router that took over, does not come back at once. Proxies
 * and anycast leave the override flag alone (RFC 4861 7.2.4). */
static void answer_see(const struct address_conflicts *conflicts, struct claim *claim,
                       const struct packet *packet)
{
    const uint8_t *mac = link_option_mac(packet, ND_TARGET_LINK_ADDRESS);
    if (mac == NULL)
        mac = packet->macs + MAC_SRC;
    if (link_mac_is_group(mac) || link_mac_is_shared(mac))
        return;
    if (is_contested(&claim->probe, mac, packet->time_ns, ANSWER_MS) &&
        !link_mac_equal(claim->probe.mac, packet->macs + MAC_SRC)) {
        conflict_add(conflicts, packet, &claim->probe);
        claim->probe.frame.frame = 0;
    }
    if (!packet->icmp->body.v6.of.neighbor.override)
        return;
    if (claim->newest.frame.frame != 0 && !link_mac_equal(claim->newest.mac, mac)) {
        if (claim->earlier.frame.frame != 0 && link_mac_equal(claim->earlier.mac, mac) &&
            is_contested(&claim->newest, mac, packet->time_ns, RETURN_MS) &&
            time_between(claim->earlier.time_ns, packet->time_ns) <= RETURN_MS * (int64_t)NS_PER_MS)
            conflict_add(conflicts, packet, &claim->newest);
        claim->earlier = claim->newest;
    }
    claimant_set(&claim->newest, mac, packet);
}

static void conflicts_message(void *self, const struct sight *sight)
{
    const uint8_t both = MAC_HAS_DST | MAC_HAS_SRC;
    struct address_conflicts *conflicts = self;
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    bool asks = icmp->type == ND_NEIGHBOR_SOLICITATION;
    if ((!asks && icmp->type != ND_NEIGHBOR_ADVERTISEMENT) || !link_is_valid_discovery(packet) ||
        (icmp->has & ICMP_HAS_TARGET) == 0 || (packet->mac_has & both) != both)
        return;
    const struct claim_key key = {link_of(packet), icmp->target};
    struct claim *claim = cache_add(&conflicts->claims, &key, NULL);
    if (claim == NULL)
        return;
    if (asks)
        probe_see(conflicts, claim, packet);
    else
        answer_see(conflicts, claim, packet);
}

const struct tracker tracker_address_conflict = {
    .init = conflicts_init,
    .fini = conflicts_fini,
    .limit = conflicts_limit,
    .messages = TRACKER_PLAIN,
    .message = conflicts_message,
    .lost = conflicts_lost,
};
