/* One captured frame, as a capture holds it. */
#ifndef ICMPSCOPE_CAPTURE_RECORD_H
#define ICMPSCOPE_CAPTURE_RECORD_H

#include <stdint.h>

/* Times lie within plus and minus this many nanoseconds (1823 to 2116; others are moved to the
 * nearer end), so that the difference of any two of them fits 64 bits. */
#define RECORD_TIME_MOST INT64_C(0x3fffffffffffffff)

struct record {
    int64_t time_ns;      /* since the epoch; 0 where the capture gives none */
    uint64_t frame;       /* 1-based, within its capture; filtered ones count */
    const uint8_t *bytes; /* cap_length of them, borrowed until the source is read again */
    uint32_t cap_length, wire_length; /* as the capture says: either may be the greater */
    uint32_t interface;               /* pcapng: index within its section; else 0 */
    uint16_t link_type; /* LINKTYPE_ value (not DLT_, which differs between systems) */
    uint16_t capture;   /* index among the inputs, which the caller of the source gave */
};

#endif
