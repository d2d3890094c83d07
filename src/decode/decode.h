/* Bytes to struct packet: the only door into decode/. */
#ifndef ICMPSCOPE_DECODE_DECODE_H
#define ICMPSCOPE_DECODE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/record.h"
#include "decode/icmp.h"
#include "decode/packet.h"

struct fragments;

/* What a user may choose about decoding, and what outlives a packet. */
struct decode_config {
    bool guess_tunnels;          /* look for a tunnel in a datagram whose port suggests one */
    struct fragments *fragments; /* where fragments of ICMP wait for each other; NULL: nowhere, and
                                  * the first one's message is read as far as it goes */
    struct fragments *compared;  /* where those of other protocols are held against each other;
                                  * NULL: nowhere */
};

/* Storage for what only some packets have. One packet's at a time: the engine keeps one for each
 * packet of a batch. Nothing in it needs to be cleared before use. */
struct decode_room {
    struct icmp icmp;
    struct tunnels tunnels;
    struct arp arp;
};

/* Decodes one captured frame. `out->icmp` and `out->tunnels` point into `room`. Never fails as a
 * call: out->decoded says how far it came, and the last good layer stays. Copies all it keeps, so
 * the record's bytes may go afterwards. */
void decode_packet(const struct record *record, const struct decode_config *config,
                   struct packet *out, struct decode_room *room);

/* The same of a record that briefs_read() has read, or another that shortcut_decode() takes. It
 * looks at no more than SHORTCUT_BYTES of its bytes. */
void decode_plain(const struct record *record, struct packet *out, struct decode_room *room);

/* Whether a link type has a row; `name` (may be NULL) is its name for people, or NULL. */
bool decode_link_type_known(uint16_t link_type, const char **name);

#endif
