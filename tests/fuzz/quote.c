/* The bytes are the packet that an error quotes, but for the first: it says how the error carries
 * it. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "flow/community_id.h"
#include "flow/key.h"
#include "target.h"

enum { SNAPPED = 1, NO_GUESS = 2, TAGGED = 4 };
enum { HEAD = 46, UNTAGGED = 4, AT_LENGTH = 20, QUOTE_MAX = 2048 };

/* Ethernet with a VLAN tag, IPv4, and ICMP's time exceeded. */
static const uint8_t head[HEAD] = {
    0x02, 0,    0, 0,  0, 1, 0x02, 0,   0, 0, 0, 2,  0x81, 0, 0, 7,  0x08, 0x00, 0x45, 0, 0, 0, 0,
    1,    0x40, 0, 64, 1, 0, 0,    192, 0, 2, 9, 10, 0,    0, 1, 11, 0,    0,    0,    0, 0, 0, 0,
};

static void headers_use(const struct headers *headers, uint32_t context)
{
    struct flow_key key;
    enum flow_direction direction;
    char text[COMMUNITY_ID_SIZE];
    if (!(headers->has & HAS_IP))
        abort();
    flow_key_from(&key, &direction, headers, context);
    community_id_format(headers, 0, text, sizeof text);
}

static void quote_use(const struct quote *quote, bool guess)
{
    const struct quote_inner *inner = &quote->inner;
    headers_use(&quote->ip, 0);
    if ((quote->tcp.has & TCP_HAS_SACK) &&
        (quote->tcp.sack_count == 0 || quote->tcp.sack_count > TCP_SACK_MAX))
        abort();
    if (quote->tcp.has != 0 && quote->ip.proto != PROTO_TCP)
        abort();
    if (!(quote->has & QUOTE_HAS_INNER))
        return;
    headers_use(&inner->ip, inner->context);
    if (inner->tunnel_count == 0 || inner->tunnel_count > QUOTE_TUNNELS)
        abort();
    for (size_t i = 0; i < inner->tunnel_count; i++)
        if (inner->tunnels[i].type == TUNNEL_NONE || inner->tunnels[i].type >= TUNNEL_TYPES)
            abort();
    if (!guess && quote->ip.proto == PROTO_UDP)
        abort();
}

/* In memory of exactly its size, where a sanitizer sees a byte read too many. */
static uint8_t *frame_make(const uint8_t *data, size_t size, bool tagged)
{
    size_t length = HEAD - AT_LENGTH + 2 + size; /* of the IP packet */
    uint8_t *frame = malloc(HEAD + size);
    if (frame == NULL)
        abort();
    memcpy(frame, head, HEAD);
    if (size > 0)
        memcpy(frame + HEAD, data, size);
    frame[AT_LENGTH] = (uint8_t)(length >> 8);
    frame[AT_LENGTH + 1] = (uint8_t)length;
    if (!tagged) /* the addresses move up to the ethertype; what was before them is not read */
        memmove(frame + UNTAGGED, head, 12);
    return frame;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > QUOTE_MAX)
        return 0;
    bool tagged = data[0] & TAGGED;
    const struct decode_config config = {.guess_tunnels = !(data[0] & NO_GUESS)};
    size_t before = tagged ? 0 : UNTAGGED, total = HEAD + size - 1 - before;
    uint8_t *frame = frame_make(data + 1, size - 1, tagged);
    struct record record = {
        .frame = 1,
        .bytes = frame + before,
        .cap_length = (uint32_t)total,
        .wire_length = (uint32_t)total,
        .link_type = 1,
    };
    if (data[0] & SNAPPED && total > HEAD)
        record.cap_length -= (uint32_t)(total - HEAD) / 2;
    struct packet packet;
    struct decode_room room;
    decode_packet(&record, &config, &packet, &room);
    free(frame);
    if (packet.icmp == NULL)
        abort();
    if (packet.icmp->has & ICMP_HAS_QUOTE)
        quote_use(&packet.icmp->quote, config.guess_tunnels);
    return 0;
}
