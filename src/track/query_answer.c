/* What the answers to questions hold, as far as a person wants to know. */
#include <string.h>

#include "decode/icmp.h"
#include "track/query.h"

static void take_name(struct query *query, const char *bytes, size_t size, uint32_t count)
{
    query->name_count = count;
    if (size == 0)
        return;
    query->name_length = (uint8_t)(size < QUERY_NAME_SIZE ? size : QUERY_NAME_SIZE);
    memcpy(query->name, bytes, query->name_length);
    query->story.has |= QUERY_HAS_NAME;
}

static void take_mask(struct query *query, const struct icmp *icmp)
{
    if ((icmp->body.v4.has & ICMP_V4_HAS_MASK) == 0)
        return;
    query->mask = icmp->body.v4.mask;
    query->story.has |= QUERY_HAS_MASK;
}

static void take_routers(struct query *query, const struct icmp *icmp)
{
    const struct icmp_routers *routers = &icmp->body.v4.routers;
    const struct icmp_router *best = &routers->list[0];
    if ((icmp->body.v4.has & ICMP_V4_HAS_ROUTERS) == 0)
        return;
    query->router_count = routers->count;
    query->lifetime_s = routers->lifetime_s;
    query->story.has |= QUERY_HAS_ROUTERS;
    if (routers->kept == 0)
        return;
    for (size_t i = 1; i < routers->kept && i < ICMP_V4_ROUTERS; i++)
        if (routers->list[i].preference > best->preference)
            best = &routers->list[i];
    query->router = addr_from_ipv4(best->address);
    query->story.has |= QUERY_HAS_ROUTER;
}

static void take_domain_name(struct query *query, const struct icmp *icmp)
{
    const struct icmp_names *names = &icmp->body.v4.names;
    if ((icmp->body.v4.has & ICMP_V4_HAS_NAMES) != 0)
        take_name(query, names->text, names->kept > 0 ? names->ends[0] : 0, names->count);
}

static void take_probe(struct query *query, const struct icmp *icmp)
{
    query->story.has |= QUERY_HAS_CODE;
    if ((icmp->has & ICMP_HAS_PROBE_REPLY) == 0)
        return;
    query->active = icmp->probe.active;
    query->ipv4 = icmp->probe.ipv4;
    query->ipv6 = icmp->probe.ipv6;
    query->state = icmp->probe.state;
    query->story.has |= QUERY_HAS_PROBE;
    if ((icmp->has & ICMP_HAS_PROBE_STATE) != 0)
        query->story.has |= QUERY_HAS_STATE;
}

static void take_addresses(struct query *query, const struct icmp_v6 *v6)
{
    const struct slice *slice = &v6->of.node_info.addresses;
    query->address_count = slice->total;
    query->address_family = v6->of.node_info.addresses_family;
    for (size_t i = 0; i < slice->kept && i < QUERY_ADDRESSES && slice->at + i < V6_ADDRESSES_MAX;
         i++)
        query->addresses[query->addresses_kept++] = v6->addresses[slice->at + i];
    if (query->addresses_kept > 0)
        query->story.has |= QUERY_HAS_ADDRESSES;
}

static void take_node_information(struct query *query, const struct icmp *icmp)
{
    const struct icmp_v6 *v6 = &icmp->body.v6;
    const struct slice *names = &v6->of.node_info.names;
    query->story.has |= QUERY_HAS_CODE;
    if ((v6->has & ICMP_V6_HAS_NODE_INFO) == 0)
        return;
    query->qtype = v6->of.node_info.qtype;
    query->story.has |= QUERY_HAS_QTYPE;
    if ((v6->has & ICMP_V6_HAS_NAMES) != 0 && names->kept > 0 && names->at < V6_BYTES_MAX) {
        const char *name = (const char *)v6->bytes + names->at;
        take_name(query, name, strnlen(name, (size_t)V6_BYTES_MAX - names->at), names->total);
    }
    if ((v6->has & ICMP_V6_HAS_ADDRESSES) != 0)
        take_addresses(query, v6);
}

void query_take_answer(struct query *query, const struct packet *packet)
{
    static void (*const takers[QUERY_KINDS])(struct query *, const struct icmp *) = {
        [QUERY_ADDRESS_MASK] = take_mask,
        [QUERY_ROUTER_SOLICITATION] = take_routers,
        [QUERY_DOMAIN_NAME] = take_domain_name,
        [QUERY_EXTENDED_ECHO] = take_probe,
        [QUERY_NODE_INFORMATION] = take_node_information,
    };
    query->type = packet->icmp->type;
    query->code = packet->icmp->code;
    if (takers[query->kind] != NULL)
        takers[query->kind](query, packet->icmp);
}
