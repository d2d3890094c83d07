/* One captured frame, as a capture holds it. */
#ifndef ICMPSCOPE_CAPTURE_RECORD_H
#define ICMPSCOPE_CAPTURE_RECORD_H

#include <stdint.h>

struct record {
    int64_t time_ns;      /* since the epoch */
    uint64_t frame;       /* 1-based, within its capture; filtered ones count */
    const uint8_t *bytes; /* cap_length of them, borrowed until the source is read again */
    uint32_t cap_length, wire_length;
    uint32_t interface; /* pcapng: index within its section; else 0 */
    uint16_t link_type; /* LINKTYPE_ value (not DLT_, which differs between systems) */
    uint16_t capture;   /* index among the inputs, which the caller of the source gave */
};

#endif
