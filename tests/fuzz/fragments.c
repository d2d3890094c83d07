/* The bytes are fragments of ICMP, one after another, each with two bytes before it: its size, and
 * how far the clock moves on. */
#include <stdlib.h>

#include "decode/fragments.h"
#include "target.h"

enum { LINKTYPE_RAW_IP = 101, SNAPPED = 0x80 };

static const int64_t second = 1000000000;

static void packet_use(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    if (packet->decoded > UNSUPPORTED || (icmp != NULL && !(packet->ip.has & HAS_IP)))
        abort();
    if (icmp == NULL || !(icmp->has & ICMP_HAS_FRAGMENTS))
        return;
    bool fragment = packet->ip.has & HAS_FRAGMENT;
    if (icmp->complete == fragment || icmp->fragments == 0 || icmp->length > DATAGRAM_MAX)
        abort();
}

static void give_up_all(const struct decode_config *config, int64_t now_ns)
{
    struct packet packet;
    struct decode_room room;
    while (fragments_give_up(config, now_ns, &packet, &room)) {
        packet_use(&packet);
        if (packet.icmp->complete)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t seed[2] = {1, 2};
    const struct fragments_config bounds = {.max_datagrams = 4, .max_bytes = 4096, .seed = seed};
    struct fragments fragments;
    const struct decode_config config = {.fragments = &fragments};
    struct cursor in = cursor_over(data, size);
    struct record record = {.link_type = LINKTYPE_RAW_IP};
    uint8_t length, clock;

    fragments_init(&fragments, &bounds);
    while (cursor_u8(&in, &length) && cursor_u8(&in, &clock)) {
        struct cursor bytes = cursor_cut(&in, length);
        struct packet packet;
        struct decode_room room;
        record.bytes = bytes.p;
        record.cap_length = (uint32_t)cursor_left(&bytes);
        record.wire_length = record.cap_length + (clock & SNAPPED ? 8 : 0);
        record.time_ns += (clock & ~SNAPPED) * second;
        record.frame++;
        decode_packet(&record, &config, &packet, &room);
        packet_use(&packet);
        give_up_all(&config, record.time_ns);
    }
    give_up_all(&config, INT64_MAX);
    if (fragments.bytes != 0)
        abort();
    fragments_fini(&fragments);
    return 0;
}
