/* The bytes are an ICMP message, but for the first two: they say what IP header stood before it. */
#include <stdlib.h>

#include "decode/icmp.h"
#include "flow/community_id.h"
#include "flow/key.h"
#include "target.h"

enum { PREFIX = 2, HEADER4 = 20, HEADER6 = 40 };

static struct headers headers_before(const uint8_t *prefix, size_t size)
{
    static const uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8}, dest[16] = {0xfe, 0x80};
    bool v6 = prefix[0] & 1;
    struct headers ip = {
        .has = HAS_IP | HAS_PROTO | HAS_PAYLOAD_LEN | (v6 ? 0 : HAS_IP_ID),
        .family = v6 ? FAMILY_IPV6 : FAMILY_IPV4,
        .proto = v6 ? PROTO_ICMPV6 : PROTO_ICMP,
        .src = v6 ? addr_from_ipv6(source) : addr_from_ipv4(source),
        .dst = v6 ? addr_from_ipv6(dest) : addr_from_ipv4(dest),
        .header_length = v6 ? HEADER6 : HEADER4,
    };
    /* What the IP header claims is the size, or up to 255 bytes more: then the capture was cut. */
    ip.total_length = ip.header_length + (uint32_t)size + (prefix[0] & 2 ? prefix[1] : 0);
    ip.payload_length = ip.total_length - ip.header_length;
    if (prefix[0] & 4) {
        ip.has |= HAS_FRAGMENT;
        ip.more_fragments = true;
    }
    return ip;
}

/* What the later stations do with a message, short of the tables. */
static void message_use(const struct headers *ip, const struct icmp *icmp)
{
    struct flow_key key;
    enum flow_direction direction;
    char text[COMMUNITY_ID_SIZE];

    if (icmp->checksum >= CHECKSUM_STATES || icmp_type_get(icmp->family, icmp->type) == NULL ||
        icmp_code_get(icmp->family, icmp->type, icmp->code) == NULL)
        abort();
    community_id_format(ip, 0, text, sizeof text);
    if (!(icmp->has & ICMP_HAS_QUOTE))
        return;
    if (!(icmp->quote.ip.has & HAS_IP))
        abort();
    flow_key_from(&key, &direction, &icmp->quote.ip, 0);
    community_id_format(&icmp->quote.ip, 0, text, sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX)
        return 0;
    struct headers ip = headers_before(data, size - PREFIX);
    struct cursor in = cursor_over(data + PREFIX, size - PREFIX);
    struct icmp icmp;
    if (icmp_decode(&in, &ip, &icmp) != TRUNCATED || size - PREFIX >= 2)
        message_use(&ip, &icmp);
    return 0;
}
