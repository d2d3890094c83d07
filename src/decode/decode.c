#include "decode/decode.h"

#include "decode/ether.h"
#include "decode/layer.h"
#include "decode/shortcut.h"

/* Enough for TUNNEL_MAX tunnels of five layers each. LLC and VLAN tags can go on without one. */
enum { DEPTH_MAX = 48 };

static layer_decoder *const decoders[LAYERS] = {
#define ROW(name, decoder) [LAYER_##name] = decoder,
    LAYER_ROWS(ROW)
#undef ROW
};

enum decoded dissection_run(struct dissection *d)
{
    for (int depth = 0; d->next != LAYER_NONE; depth++) {
        if (depth == DEPTH_MAX)
            return UNSUPPORTED;
        layer_decoder *decode = decoders[d->next];
        d->next = LAYER_NONE;
        enum decoded decoded = decode(d);
        if (decoded != DECODED)
            return decoded;
    }
    return DECODED;
}

/* Where all of the IP packet was captured, it was not the capture that cut a header off. */
static enum decoded decoded_judge(const struct dissection *d, enum decoded decoded)
{
    return decoded == TRUNCATED && d->whole ? MALFORMED : decoded;
}

static void packet_begin(struct packet *packet, const struct record *record,
                         struct decode_room *room)
{
    packet->time_ns = record->time_ns;
    packet->frame = record->frame;
    packet->wire_length = record->wire_length;
    packet->cap_length = record->cap_length;
    packet->capture = record->capture;
    packet->link_type = record->link_type;
    packet->snapped = record->cap_length < record->wire_length;
    packet->vlan_count = packet->tunnel_count = 0;
    packet->context = 0;
    packet->interface = record->interface;
    packet->icmp = NULL;
    packet->arp = NULL;
    packet->tunnels = &room->tunnels;
}

static enum decoded packet_dissect(const struct record *record, const struct decode_config *config,
                                   struct packet *out, struct decode_room *room)
{
    struct dissection d = {
        .config = config,
        .packet = out,
        .room = room,
        .in = cursor_over(record->bytes, record->cap_length),
    };
    d.end = d.in.end;
    out->ip.has = 0;
    out->ip.family = FAMILY_NONE;
    packet_macs_clear(out);
    enum decoded decoded = link_enter(&d, record->link_type);
    if (decoded == DECODED)
        decoded = dissection_run(&d);
    if (!(out->ip.has & HAS_IP))
        out->vlan_count = d.vlan_count;
    return decoded_judge(&d, decoded);
}

static bool packet_read_plain(const struct record *record, struct packet *out)
{
    if (record->link_type != LINKTYPE_ETHERNET || !shortcut_decode(record, &out->ip))
        return false;
    packet_macs_set(out, record->bytes);
    return true;
}

void decode_plain(const struct record *record, struct packet *out, struct decode_room *room)
{
    packet_begin(out, record, room);
    out->decoded = packet_read_plain(record, out) ? DECODED : MALFORMED;
}

void decode_packet(const struct record *record, const struct decode_config *config,
                   struct packet *out, struct decode_room *room)
{
    packet_begin(out, record, room);
    out->decoded = DECODED;
    if (!packet_read_plain(record, out))
        out->decoded = (uint8_t)packet_dissect(record, config, out, room);
}

size_t dissection_wire_left(const struct dissection *d)
{
    size_t left = cursor_left(&d->in);
    if (d->in.end != d->end || !d->packet->snapped)
        return left;
    return left + (d->packet->wire_length - d->packet->cap_length);
}
