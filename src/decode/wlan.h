/* Frames of IEEE 802.11, for its link types and for tunnels that carry them. */
#ifndef ICMPSCOPE_DECODE_WLAN_H
#define ICMPSCOPE_DECODE_WLAN_H

#include <stdbool.h>

#include "decode/cursor.h"
#include "decode/packet.h"

struct wlan_form {
    bool swapped; /* the two bytes of frame control are */
    bool padded;  /* the header is filled up to a multiple of 4 bytes */
};

/* Takes the header of a frame off `in`. `llc` says whether LLC follows: it does in data frames that
 * have data, if it is a first fragment; of several frames in one (A-MSDU) `in` is then the first.
 * UNSUPPORTED where what follows is encrypted. IEEE 802.11-2020 9.2, 9.3.2. */
enum decoded wlan_take(struct cursor *in, struct wlan_form form, bool *llc);

#endif
