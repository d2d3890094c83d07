/* What most packets are: TCP or UDP in plain IP in Ethernet. */
#ifndef ICMPSCOPE_DECODE_SHORTCUT_H
#define ICMPSCOPE_DECODE_SHORTCUT_H

#include <stdbool.h>

#include "capture/record.h"
#include "decode/packet.h"

/* More than the headers of such a packet may take: 14, 40 and 60. No more is looked at. */
enum { SHORTCUT_BYTES = 128 };

/* Decodes such a packet, of an Ethernet frame, in one go: with the same readers that the layers
 * have, inlined one behind the other. False for anything else, also where something is wrong with
 * it: then `out` is of no meaning, and the layers begin anew. */
bool shortcut_decode(const struct record *record, struct headers *out);

#endif
