#include "decode/icmp_body_v4.h"

#include <stdbool.h>
#include <string.h>

enum { UNIT = 4, CODE_FRAGMENTATION_NEEDED = 4 };

/* ---- errors --------------------------------------------------------------------------------- */

/* Which bytes of the word with the length attribute, its second, are of no use to a type. */
enum unused { UNUSED_FIRST = 1, UNUSED_LAST = 2, UNUSED_ALL = 3 };

static struct length_attribute attribute_of(const uint8_t *word, enum unused unused)
{
    uint8_t first = (unused & UNUSED_FIRST) != 0 ? word[0] : 0;
    uint8_t last = (unused & UNUSED_LAST) != 0 ? word[2] | word[3] : 0;
    return (struct length_attribute){word[1], UNIT, first | last};
}

void icmp_v4_unreachable(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    bool needed = out->code == CODE_FRAGMENTATION_NEEDED;
    if (needed) {
        out->mtu = wire_u16(word + 2); /* RFC 1191 4 */
        out->has |= ICMP_HAS_MTU;
    }
    icmp_body_extended_quote(*body, attribute_of(word, needed ? UNUSED_FIRST : UNUSED_ALL), out);
}

void icmp_v4_redirect(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->gateway = addr_from_ipv4(word);
    out->has |= ICMP_HAS_GATEWAY;
    icmp_body_quote(*body, out);
}

void icmp_v4_time_exceeded(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        icmp_body_extended_quote(*body, attribute_of(word, UNUSED_ALL), out);
}

void icmp_v4_parameter_problem(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = word[0];
    out->has |= ICMP_HAS_POINTER;
    icmp_body_extended_quote(*body, attribute_of(word, UNUSED_LAST), out);
}

void icmp_v4_conversion_error(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = wire_u32(word);
    out->has |= ICMP_HAS_POINTER;
    icmp_body_quote(*body, out);
}

/* The pointer leads to the SPI within the quote, and is 0 where there is none. */
void icmp_v4_security_failure(struct extent *body, struct icmp *out)
{
    const uint8_t *word, *spi;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = wire_u16(word + 2);
    out->has |= ICMP_HAS_POINTER;
    icmp_body_quote(*body, out);

    struct extent quote = *body;
    extent_cut(&quote, out->pointer);
    if (out->pointer == 0 || !extent_take(&quote, 4, &spi))
        return;
    out->body.v4.spi = wire_u32(spi);
    out->body.v4.has |= ICMP_V4_HAS_SPI;
}

/* ---- router advertisements ------------------------------------------------------------------ */

const char *const icmp_agent_flag_names[ICMP_AGENT_FLAGS] = {
    "registration_required",
    "busy",
    "home_agent",
    "foreign_agent",
    "minimal_encapsulation",
    "gre",
    "reserved",
    "reverse_tunneling",
    "udp_tunneling",
    "revocation",
    "regional_registration",
};

static void take_agent(struct extent content, struct icmp_v4 *out)
{
    struct icmp_agent *agent = &out->routers.agent;
    const uint8_t *fixed, *address;
    if ((out->has & ICMP_V4_HAS_AGENT) || !extent_take(&content, 6, &fixed))
        return;
    agent->sequence = wire_u16(fixed);
    agent->lifetime_s = wire_u16(fixed + 2);
    agent->flags = wire_u16(fixed + 4);
    agent->care_of_count = 0;
    while (extent_take(&content, 4, &address)) {
        if (agent->care_of_count < ICMP_V4_CARE_OF)
            memcpy(agent->care_of[agent->care_of_count], address, 4);
        agent->care_of_count++;
    }
    out->has |= ICMP_V4_HAS_AGENT;
}

static void take_prefixes(struct extent content, struct icmp_v4 *out)
{
    struct icmp_routers *routers = &out->routers;
    const uint8_t *lengths;
    uint32_t count = content.wire;
    uint32_t kept = count < ICMP_V4_PREFIXES ? count : ICMP_V4_PREFIXES;
    if ((out->has & ICMP_V4_HAS_PREFIXES) || !extent_take(&content, kept, &lengths))
        return;
    memcpy(routers->prefix_lengths, lengths, kept);
    routers->prefix_count = (uint8_t)count;
    out->has |= ICMP_V4_HAS_PREFIXES;
}

/* RFC 5944 2.1: type and length, but for the padding, which is one byte. */
static void take_agent_extensions(struct extent *body, struct icmp_v4 *out)
{
    enum { PADDING = 0, AGENT = 16, PREFIX_LENGTHS = 19 };
    const uint8_t *type, *length;
    while (extent_take(body, 1, &type)) {
        if (*type == PADDING)
            continue;
        if (!extent_take(body, 1, &length) || *length > body->wire)
            return;
        struct extent content = extent_cut(body, *length);
        if (*type == AGENT)
            take_agent(content, out);
        else if (*type == PREFIX_LENGTHS)
            take_prefixes(content, out);
    }
}

/* False where not all of the entries that are claimed are there. */
static bool take_routers(struct extent *body, struct icmp_routers *out)
{
    enum { LEAST_WORDS = 2 };
    if (out->entry_words < LEAST_WORDS)
        return out->count == 0;
    for (unsigned i = 0; i < out->count; i++) {
        const uint8_t *entry;
        if (!extent_take(body, out->entry_words * 4u, &entry))
            return false;
        if (out->kept == ICMP_V4_ROUTERS)
            continue;
        struct icmp_router *router = &out->list[out->kept++];
        memcpy(router->address, entry, sizeof router->address);
        router->preference = (int32_t)wire_u32(entry + 4);
    }
    return true;
}

void icmp_v4_router_advertisement(struct extent *body, struct icmp *out)
{
    struct icmp_routers *routers = &out->body.v4.routers;
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    routers->count = word[0];
    routers->entry_words = word[1];
    routers->lifetime_s = wire_u16(word + 2);
    routers->kept = 0;
    out->body.v4.has |= ICMP_V4_HAS_ROUTERS;
    if (take_routers(body, routers))
        take_agent_extensions(body, &out->body.v4);
}

/* ---- queries -------------------------------------------------------------------------------- */

/* RFC 792: the highest bit of a time says that it is not standard. */
void icmp_v4_timestamp(struct extent *body, struct icmp *out)
{
    const uint8_t *times;
    icmp_body_id(body, out);
    if (!(out->has & ICMP_HAS_ID) || !extent_take(body, 12, &times))
        return;
    out->originate_ms = wire_u32(times);
    out->receive_ms = wire_u32(times + 4);
    out->transmit_ms = wire_u32(times + 8);
    out->has |= ICMP_HAS_TIMES;
    out->body.v4.standard = !((times[0] | times[4] | times[8]) & 0x80);
    out->body.v4.has |= ICMP_V4_HAS_STANDARD;
}

void icmp_v4_mask(struct extent *body, struct icmp *out)
{
    const uint8_t *mask;
    icmp_body_id(body, out);
    if (!(out->has & ICMP_HAS_ID) || !extent_take(body, 4, &mask))
        return;
    out->body.v4.mask = addr_from_ipv4(mask);
    out->body.v4.has |= ICMP_V4_HAS_MASK;
}

void icmp_v4_traceroute(struct extent *body, struct icmp *out)
{
    const uint8_t *fixed;
    if (!extent_take(body, 16, &fixed))
        return;
    out->body.v4.trace = (struct icmp_trace){
        .id = wire_u16(fixed),
        .hops_out = wire_u16(fixed + 4),
        .hops_back = wire_u16(fixed + 6),
        .speed = wire_u32(fixed + 8),
        .mtu = wire_u32(fixed + 12),
    };
    out->body.v4.has |= ICMP_V4_HAS_TRACE;
}

void icmp_v4_mobility(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->body.v4.subtype = word[0];
    out->body.v4.data_length = body->wire;
    out->body.v4.has |= ICMP_V4_HAS_SUBTYPE | ICMP_V4_HAS_DATA;
}

void icmp_v4_unspecified(struct extent *body, struct icmp *out)
{
    out->body.v4.data_length = body->wire;
    out->body.v4.has |= ICMP_V4_HAS_DATA;
}

/* ---- domain names --------------------------------------------------------------------------- */

/* A name that is being read: it ends at `end` in the text, and is kept where it fits. */
struct name {
    size_t begin, end;
    bool fits;
};

static void name_put(struct icmp_names *names, struct name *name, const uint8_t *bytes, size_t size)
{
    enum { LONGEST = 255 }; /* RFC 1035 2.3.4 */
    if (size > sizeof names->text - name->end || name->end - name->begin + size > LONGEST)
        name->fits = false;
    if (!name->fits)
        return;
    memcpy(names->text + name->end, bytes, size);
    name->end += size;
}

/* Labels up to the empty one, with dots between them; the root is one dot (RFC 1035 3.1). */
static bool name_read(struct extent *body, struct icmp_names *names, struct name *name)
{
    enum { LONGEST_LABEL = 63 };
    const uint8_t *length, *label, *dot = (const uint8_t *)".";
    while (extent_take(body, 1, &length)) {
        if (*length == 0 && name->end == name->begin)
            name_put(names, name, dot, 1);
        if (*length == 0)
            return true;
        if (*length > LONGEST_LABEL || !extent_take(body, *length, &label))
            return false;
        if (name->end > name->begin)
            name_put(names, name, dot, 1);
        name_put(names, name, label, *length);
    }
    return false;
}

/* Pointers, which RFC 1035 4.1.4 has for names that were there before, end the list. */
static bool name_take(struct extent *body, struct icmp_names *names)
{
    struct name name = {.fits = names->kept < ICMP_V4_NAMES};
    name.begin = name.end = names->kept > 0 ? names->ends[names->kept - 1] : 0;
    if (body->wire == 0)
        return false;
    if (!name_read(body, names, &name)) {
        names->malformed = extent_is_whole(body);
        return false;
    }
    names->count++;
    if (name.fits)
        names->ends[names->kept++] = (uint16_t)name.end;
    return true;
}

void icmp_v4_domain_name_reply(struct extent *body, struct icmp *out)
{
    struct icmp_names *names = &out->body.v4.names;
    const uint8_t *ttl;
    icmp_body_id(body, out);
    if (!(out->has & ICMP_HAS_ID) || !extent_take(body, 4, &ttl))
        return;
    names->ttl_s = (int32_t)wire_u32(ttl);
    names->count = names->kept = 0;
    names->malformed = false;
    out->body.v4.has |= ICMP_V4_HAS_NAMES;
    while (name_take(body, names))
        ;
}
