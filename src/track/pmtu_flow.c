#include "track/pmtu_flow.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/match.h"
#include "track/near.h"

/* TCP sends the same data again, which shows it. Others may probe for a larger MTU (RFC 8899): with
 * few packets, among those that fit. */
enum { IGNORED_ALONE = 3, IGNORED_AMONG = 32 };
enum { FRAMES_TOLD = 4 }; /* of the errors, in a finding */

static struct pmtu_flow_key key_of_id(uint64_t flow_id)
{
    struct pmtu_flow_key key;
    memset(&key, 0, sizeof key);
    key.id[0] = (uint32_t)flow_id;
    key.id[1] = (uint32_t)(flow_id >> 32);
    return key;
}

struct cache_config pmtu_flows_config(const uint64_t seed[2])
{
    return (struct cache_config){.key_size = sizeof(struct pmtu_flow_key),
                                 .value_size = sizeof(struct pmtu_flow),
                                 .max = PMTU_FLOWS_MAX,
                                 .seed = {seed[0], seed[1]}};
}

/* ---- what is told ---------------------------------------------------------------------------- */

/* RFC 5927 4.1: an error about a segment that is not in flight is forged. */
static bool is_believed(const struct packet *packet, const struct verdict *verdict)
{
    bool forged =
        (verdict->has & VERDICT_HAS_SEQ_CHECK) != 0 && verdict->seq_check == SEQ_OUT_OF_WINDOW;
    return packet->icmp->checksum != CHECKSUM_BAD && !forged;
}

bool pmtu_told_from(struct pmtu_told *told, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    if (sight->verdict == NULL || !icmp_tells_mtu(icmp) || (icmp->has & ICMP_HAS_QUOTE) == 0 ||
        !is_believed(packet, sight->verdict))
        return false;
    const struct headers *quoted = match_headers(packet, sight->verdict);
    uint32_t mtu = aftermath_told_mtu(packet, quoted);
    *told = (struct pmtu_told){.change = {.time_ns = packet->time_ns,
                                          .reporter = packet->ip.src,
                                          .mtu = mtu != 0 ? mtu : icmp->mtu,
                                          .told = true},
                               .length = quoted->total_length,
                               .plateau = icmp->mtu == 0 && mtu != 0,
                               .valid = mtu != 0};
    return true;
}

bool pmtu_flow_key_from(struct flow_key *key, enum flow_direction *direction,
                        const struct sight *sight)
{
    const struct verdict *verdict = sight->verdict;
    bool sent = (verdict->has & VERDICT_HAS_SENT) != 0;
    if (verdict->flow == NULL)
        return match_key(sight->packet, key, direction);
    *key = verdict->flow->key;
    *direction = sent ? (enum flow_direction)verdict->sent.direction
                      : (enum flow_direction)verdict->direction;
    return true;
}

static void flow_take(struct pmtu_flow *flow, const struct sight *sight,
                      const struct pmtu_told *told)
{
    flow->errors++;
    sightings_add(&flow->told, sight->packet);
    if (flow->refused == 0 || told->length < flow->refused)
        flow->refused = told->length;
    if (told->length > flow->longest)
        flow->longest = told->length;
    flow->sent_length = 0;
    if (pmtu_history_told(&flow->history, &told->change, told->valid))
        flow->plateau = told->plateau;
    if (told->valid && (flow->lowest == 0 || told->change.mtu < flow->lowest))
        flow->lowest = told->change.mtu;
}

/* An error about a packet above the MTU, after the MTU was told. */
static void flow_take_ignored(struct pmtu_flow *flow, const struct sight *sight)
{
    const struct verdict *verdict = sight->verdict;
    uint64_t ignored = aftermath_ignored_packets(&sight->follow->after);
    if ((verdict->has & VERDICT_HAS_SENT) != 0)
        flow->near = flow->near || near_ttl(verdict->ttl_sent);
    if (ignored > flow->ignored)
        sightings_add(&flow->again, sight->packet);
    else if (flow->again.count > 0)
        sightings_add_witness(&flow->again,
                              (struct sighting){sight->packet->frame, sight->packet->capture});
    flow->ignored = ignored;
}

struct pmtu_flow *pmtu_flows_told(struct cache *flows, const struct sight *sight,
                                  const struct pmtu_told *told)
{
    const struct verdict *verdict = sight->verdict;
    bool tied = (verdict->has & VERDICT_HAS_FLOW) != 0, fresh;
    struct pmtu_flow_key key = key_of_id(tied ? verdict->flow_id : 0);
    struct flow_key named;
    enum flow_direction direction;
    if (!pmtu_flow_key_from(&named, &direction, sight))
        return NULL;
    if (!tied)
        key.key = named;
    struct pmtu_flow *flow = cache_add(flows, &key, &fresh);
    if (flow == NULL)
        return NULL;
    if (fresh) {
        flow->key = named;
        flow->direction = (uint8_t)direction;
        flow->flow_id = tied ? verdict->flow_id : 0;
    }
    if (flow->direction != direction)
        return flow;
    flow_take(flow, sight, told);
    if (sight->follow != NULL && tied)
        flow_take_ignored(flow, sight);
    if (verdict->flow != NULL)
        verdict->flow->watched = true;
    return flow;
}

struct pmtu_flow *pmtu_flows_get(const struct cache *flows, uint64_t flow_id)
{
    const struct pmtu_flow_key key = key_of_id(flow_id);
    return cache_get(flows, &key);
}

void pmtu_flows_remove(struct cache *flows, uint64_t flow_id)
{
    const struct pmtu_flow_key key = key_of_id(flow_id);
    cache_remove(flows, &key);
}

/* ---- packets --------------------------------------------------------------------------------- */

/* What is longer than the MTU may be two packets, which the network card cuts apart, until so much
 * later that the sender may try again. */
static uint32_t longest_that_may_pass(const struct pmtu_flow *flow, int64_t now_ns)
{
    const struct pmtu_change *now = pmtu_history_now(&flow->history);
    bool later = time_between(flow->history.last_ns, now_ns) >= AFTERMATH_AGING_NS;
    return later ? flow->longest : now->mtu;
}

/* Data that are sent once, and acknowledged, have arrived in the packet that they were sent in. */
static void packet_sent(struct pmtu_flow *flow, const struct sight *sight)
{
    const struct headers *ip = &sight->packet->ip;
    const uint32_t needed = HAS_TCP_SEQ | HAS_PAYLOAD_LEN;
    if ((ip->has & needed) != needed || ip->payload_length == 0 ||
        (ip->family == FAMILY_IPV4 && !ip->df))
        return;
    if (sight->again) {
        flow->sent_length = 0;
        return;
    }
    if (ip->total_length <= flow->passed || ip->total_length <= flow->sent_length ||
        ip->total_length > longest_that_may_pass(flow, sight->packet->time_ns))
        return;
    flow->sent_end = ip->tcp_seq + ip->payload_length;
    flow->sent_length = ip->total_length;
}

static void packet_answered(struct pmtu_flow *flow, const struct sight *sight)
{
    const struct headers *ip = &sight->packet->ip;
    if (flow->sent_length == 0 || (ip->has & HAS_TCP_FLAGS) == 0 ||
        (ip->tcp_flags & TCP_ACK) == 0 || (int32_t)(ip->tcp_ack - flow->sent_end) < 0)
        return;
    flow->passed = flow->sent_length;
    flow->sent_length = 0;
    pmtu_history_passed(&flow->history, flow->passed, sight->packet->time_ns);
}

void pmtu_flow_packet(struct pmtu_flow *flow, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct aftermath *after = &sight->follow->after;
    if (flow->history.kept == 0)
        return;
    if (sight->direction != flow->direction) {
        packet_answered(flow, sight);
        return;
    }
    uint64_t ignored = aftermath_ignored_packets(after);
    flow->near = flow->near || near_ttl(packet->ip.ttl);
    if (ignored > flow->ignored)
        sightings_add(&flow->again, packet);
    else if (packet->ip.total_length <= after->mtu)
        flow->fitting++;
    flow->ignored = ignored;
    packet_sent(flow, sight);
}

/* ---- the finding ----------------------------------------------------------------------------- */

/* Where the sender is told, and TCP would have to obey; who pings may want to see what is refused.
 */
static bool is_ignored(const struct pmtu_flow *flow, const struct hit *hit)
{
    const struct aftermath *after = &hit->after;
    if (after->verdict != AFTERMATH_IGNORED || after->within || !flow->near ||
        flow->lowest != after->mtu || flow->key.icmp != 0)
        return false;
    if (flow->key.proto == PROTO_TCP)
        return true;
    return flow->ignored >= (flow->fitting == 0 ? IGNORED_ALONE : IGNORED_AMONG);
}

void pmtu_flow_find(const struct pmtu_flow *flow, const struct hit *hit, struct findings *findings)
{
    const struct pmtu_change *now = pmtu_history_now(&flow->history);
    if (now == NULL || !is_ignored(flow, hit))
        return;
    struct finding_about about = {.src = flow->key.addr[flow->direction],
                                  .dst = flow->key.addr[!flow->direction],
                                  .reporter = now->reporter,
                                  .family = flow->key.family,
                                  .proto = flow->key.proto};
    struct sightings seen = {0};
    for (size_t i = 0; i < flow->told.frame_count && i < FRAMES_TOLD; i++)
        sightings_add_witness(&seen, flow->told.frames[i]);
    sightings_merge(&seen, &flow->again);
    struct finding *finding = findings_add_seen(findings, FINDING_PMTU_IGNORED, &about, &seen);
    if (finding == NULL)
        return;
    finding->value = aftermath_ignored_length(&hit->after);
    finding->limit = hit->after.mtu;
}
