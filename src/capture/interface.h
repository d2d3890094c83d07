/* The interfaces that a pcapng section describes. */
#ifndef ICMPSCOPE_CAPTURE_INTERFACE_H
#define ICMPSCOPE_CAPTURE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/tick.h"

enum { INTERFACES_MOST = 65536 };

struct interface {
    struct tick tick;
    uint32_t snap_length; /* of simple packet blocks, which do not say what was captured */
    uint16_t link_type;
    bool turn_nflog;
};

/* All zero bytes is none. Those beyond INTERFACES_MOST are counted, but not kept. */
struct interfaces {
    struct interface *list;
    uint32_t count, capacity;
    uint32_t described;
};

/* From what stands in an interface description block between its length and its trailer. NULL, or
 * what is wrong with it. */
const char *interfaces_add(struct interfaces *interfaces, const uint8_t *body, size_t size,
                           bool big_endian);

/* A new section begins: forgets them, keeps the memory. */
void interfaces_clear(struct interfaces *interfaces);

void interfaces_fini(struct interfaces *interfaces);

#endif
