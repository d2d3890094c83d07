/* The bytes are a captured frame, but for the first: it says of which link type. */
#include <stdlib.h>

#include "decode/decode.h"
#include "flow/community_id.h"
#include "flow/key.h"
#include "target.h"

enum { SNAPPED = 0x80, NO_GUESS = 0x40 };

/* LINKTYPE_ values: those that have a row, one that has not, and one nobody has. Seeds name them
 * by their place here (tests/generate_seeds.py). */
static const uint16_t link_types[] = {1,   0,   9,   12,  101,   108, 113, 228, 229, 276, 50,
                                      51,  104, 105, 147, 65000, 6,   8,   10,  100, 107, 109,
                                      117, 119, 122, 127, 138,   163, 166, 192, 204, 205, 206,
                                      219, 226, 239, 240, 241,   242, 258, 281, 282, 284, 285};

static void packet_use(const struct packet *packet)
{
    struct flow_key key;
    enum flow_direction direction;
    char text[COMMUNITY_ID_SIZE];

    if (packet->vlan_count > VLAN_MAX || packet->tunnel_count > TUNNEL_MAX ||
        packet->decoded > UNSUPPORTED)
        abort();
    if (packet->icmp != NULL && !(packet->ip.has & HAS_IP))
        abort();
    flow_key_from(&key, &direction, &packet->ip, packet->context);
    community_id_format(&packet->ip, 0, text, sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };
    struct record record = {
        .frame = 1,
        .bytes = data + 1,
        .cap_length = (uint32_t)size - 1,
        .wire_length = (uint32_t)size - 1 + (data[0] & SNAPPED ? 100 : 0),
        .link_type = link_types[(data[0] & ~(SNAPPED | NO_GUESS)) % LINK_TYPES],
    };
    const struct decode_config config = {.guess_tunnels = !(data[0] & NO_GUESS)};
    struct packet packet;
    struct decode_room room;
    decode_packet(&record, &config, &packet, &room);
    packet_use(&packet);
    return 0;
}
