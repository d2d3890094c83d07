/* The bytes of recent packets, in the order of their coming: the oldest gives way, and its keeper
 * decides then what becomes of it. Constant memory, sequential writes. */
#ifndef ICMPSCOPE_REPORT_BACKLOG_H
#define ICMPSCOPE_REPORT_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/record.h"

/* A packet. The members behind its length are the keeper's, and 0 at first. */
struct backlog_slot {
    int64_t time_ns;
    uint64_t frame : 46;
    uint64_t capture : 16;
    uint64_t wanted : 1;
    uint64_t walked : 1; /* all packets of its flow that are older are wanted, too */
    uint64_t offset;     /* of its bytes, since the start */
    uint32_t cap_length, wire_length;
    uint32_t interface;
    uint16_t link_type;
    uint32_t older, newer; /* positions: the other fragments of its datagram */
    uint32_t notes;        /* the first of what is said of it, or 0 */
    uint32_t errors;       /* about it */
};

struct backlog {
    struct backlog_slot *slots;
    uint8_t *bytes;
    uint32_t mask;   /* slots - 1 */
    size_t size;     /* of bytes */
    uint32_t newest; /* position: counted from 1, and 0 is none. 32 bits that wrap are enough */
    uint32_t count;
    uint64_t end; /* offset behind the newest packet */
};

/* A quarter of `memory`, or less, is for slots; at least two. -1 when memory runs out. */
int backlog_init(struct backlog *backlog, size_t memory);
void backlog_fini(struct backlog *backlog);

/* Whether a packet of so many bytes can be pushed now. One that is not larger than backlog->size
 * can be where nothing is left. */
bool backlog_has_room(const struct backlog *backlog, uint32_t size);

/* Keeps a packet for which there is room. Returns its position; of one packet in 2^32 that is 0,
 * and nothing can ask for it. */
uint32_t backlog_push(struct backlog *backlog, const struct record *record);

/* NULL where `position` is 0, or the packet is gone. */
struct backlog_slot *backlog_get(const struct backlog *backlog, uint32_t position);

/* NULL where nothing is left. */
struct backlog_slot *backlog_oldest(const struct backlog *backlog);
void backlog_drop_oldest(struct backlog *backlog);

/* As it was pushed; its bytes are good until it is dropped. */
struct record backlog_record(const struct backlog *backlog, const struct backlog_slot *slot);

#endif
