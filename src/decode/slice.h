/* A part of a store that many share: bytes, names or addresses of one ICMPv6 message. */
#ifndef ICMPSCOPE_DECODE_SLICE_H
#define ICMPSCOPE_DECODE_SLICE_H

#include <stdint.h>

/* `kept` of the `total` that the message claims to hold, from index `at` of the store on. Of names,
 * `at` counts bytes: each ends in NUL, and the next one follows it. */
struct slice {
    uint16_t at, kept, total;
};

#endif
