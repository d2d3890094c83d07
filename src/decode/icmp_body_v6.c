#include "decode/icmp_body_v6.h"

#include "decode/v6_store.h"

/* ---- router renumbering ---------------------------------------------------------------------- */

enum { CODE_COMMAND = 0 };

static void take_operation(struct extent *body, struct icmp_v6 *v6)
{
    const uint8_t *p;
    if (!extent_take(body, 24, &p))
        return;
    v6->of.renumbering.operation = p[0];
    v6->of.renumbering.match_length = p[3];
    v6->of.renumbering.match_prefix = addr_from_ipv6(p + 8);
    v6->has |= ICMP_V6_HAS_RENUMBERED;
}

void icmp_v6_renumbering(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!extent_take(body, 12, &p))
        return;
    struct renumbering *to = &out->body.v6.of.renumbering;
    to->sequence = wire_u32(p);
    to->segment = p[4];
    to->test = p[5] & 0x80;
    to->result_wanted = p[5] & 0x40;
    to->all_interfaces = p[5] & 0x20;
    to->site_specific = p[5] & 0x10;
    to->processed = p[5] & 0x08;
    to->max_delay_ms = wire_u16(p + 6);
    out->body.v6.has |= ICMP_V6_HAS_RENUMBERING;
    if (out->code == CODE_COMMAND)
        take_operation(body, &out->body.v6);
}

/* ---- node information ------------------------------------------------------------------------ */

enum { NODE_INFO_QUERY = 139 };
enum { SUBJECT_IPV6 = 0, SUBJECT_NAME = 1, SUBJECT_IPV4 = 2 };
enum { QTYPE_NAME = 2, QTYPE_ADDRESSES = 3, QTYPE_IPV4_ADDRESSES = 4 };

static void take_names(struct extent body, struct icmp_v6 *v6)
{
    v6->of.node_info.names = v6_store_names(v6, body, UINT16_MAX);
    v6->has |= ICMP_V6_HAS_NAMES;
}

static void take_subject(struct extent *body, uint8_t code, struct icmp_v6 *v6)
{
    const uint8_t *p;
    bool v4 = code == SUBJECT_IPV4;
    if (code == SUBJECT_NAME) {
        take_names(*body, v6);
        return;
    }
    if ((!v4 && code != SUBJECT_IPV6) || !extent_take(body, v4 ? 4 : 16, &p))
        return;
    v6->of.node_info.subject = v4 ? addr_from_ipv4(p) : addr_from_ipv6(p);
    v6->of.node_info.subject_family = v4 ? FAMILY_IPV4 : FAMILY_IPV6;
    v6->has |= ICMP_V6_HAS_SUBJECT;
}

/* Addresses, each behind its time to live. */
static void take_addresses(struct extent *body, bool v4, struct icmp_v6 *v6)
{
    uint32_t each = 4 + (v4 ? 4 : 16);
    uint32_t total = body->wire / each;
    struct slice slice = {v6->addresses_used, 0, total < UINT16_MAX ? (uint16_t)total : UINT16_MAX};
    const uint8_t *p;
    for (uint32_t i = 0; i < V6_ENTRIES_MAX && extent_take(body, each, &p); i++) {
        if (i == 0) {
            v6->of.node_info.ttl_s = wire_u32(p);
            v6->has |= ICMP_V6_HAS_TTL;
        }
        v6_store_address(v6, &slice, v4 ? addr_from_ipv4(p + 4) : addr_from_ipv6(p + 4));
    }
    v6->of.node_info.addresses = slice;
    v6->of.node_info.addresses_family = v4 ? FAMILY_IPV4 : FAMILY_IPV6;
    v6->has |= ICMP_V6_HAS_ADDRESSES;
}

static void take_answer(struct extent *body, struct icmp_v6 *v6)
{
    uint16_t qtype = v6->of.node_info.qtype;
    const uint8_t *p;
    if (qtype == QTYPE_ADDRESSES || qtype == QTYPE_IPV4_ADDRESSES)
        take_addresses(body, qtype == QTYPE_IPV4_ADDRESSES, v6);
    if (qtype != QTYPE_NAME || !extent_take(body, 4, &p))
        return;
    v6->of.node_info.ttl_s = wire_u32(p);
    v6->has |= ICMP_V6_HAS_TTL;
    take_names(*body, v6);
}

void icmp_v6_node_info(struct extent *body, struct icmp *out)
{
    enum { CODE_SUCCESS = 0 };
    const uint8_t *p;
    if (!extent_take(body, 12, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    v6->of.node_info.qtype = wire_u16(p);
    v6->of.node_info.flags = wire_u16(p + 2);
    memcpy(v6->of.node_info.nonce, p + 4, sizeof v6->of.node_info.nonce);
    v6->has |= ICMP_V6_HAS_NODE_INFO;
    if (out->type == NODE_INFO_QUERY)
        take_subject(body, out->code, v6);
    else if (out->code == CODE_SUCCESS)
        take_answer(body, v6);
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* Code 0 has an EUI-64; from 1 on, its lower half counts 64 bits of the field (RFC 8505 4.2). */
void icmp_v6_duplicate_address(struct extent *body, struct icmp *out)
{
    uint8_t words = out->code & 0x0f;
    uint32_t size = words == 0 ? 8 : words * 8u;
    const uint8_t *p, *address;
    if (words > 4 || !extent_take(body, 4, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    struct extent rovr = extent_cut(body, size);
    if (cursor_left(&rovr.in) < size || !extent_take(body, 16, &address))
        return;
    struct registration *to = &v6->of.registration;
    to->status = p[0];
    to->tid = p[1];
    to->lifetime_min = wire_u16(p + 2);
    to->rovr = v6_store_bytes(v6, rovr, size);
    to->address = addr_from_ipv6(address);
    v6->has |= ICMP_V6_HAS_REGISTRATION;
}

void icmp_v6_locators(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!extent_take(body, 4, &p))
        return;
    out->body.v6.of.locators.count = p[0];
    out->body.v6.of.locators.operation = p[1];
    out->body.v6.has |= ICMP_V6_HAS_LOCATORS;
}
