#include "report/backlog.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_LEAST = 2, SLOTS_MOST = 1 << 30, SLOTS_SHARE = 4 };

int backlog_init(struct backlog *backlog, size_t memory)
{
    size_t slots = SLOTS_LEAST;
    while (slots < SLOTS_MOST && slots * 2 * sizeof *backlog->slots <= memory / SLOTS_SHARE)
        slots *= 2;
    size_t taken = slots * sizeof *backlog->slots;
    *backlog = (struct backlog){.mask = (uint32_t)(slots - 1),
                                .size = memory > taken ? memory - taken : 1};
    /* Of fresh memory only what packets are written to is ever touched. */
    backlog->slots = calloc(slots, sizeof *backlog->slots);
    backlog->bytes = malloc(backlog->size);
    if (backlog->slots != NULL && backlog->bytes != NULL)
        return 0;
    backlog_fini(backlog);
    return -1;
}

void backlog_fini(struct backlog *backlog)
{
    free(backlog->slots);
    free(backlog->bytes);
    *backlog = (struct backlog){0};
}

/* Where a packet of so many bytes would begin: its bytes stay in one piece. */
static uint64_t next_offset(const struct backlog *backlog, uint32_t size)
{
    uint64_t at = backlog->end % backlog->size;
    return size <= backlog->size - at ? backlog->end : backlog->end - at + backlog->size;
}

bool backlog_has_room(const struct backlog *backlog, uint32_t size)
{
    const struct backlog_slot *oldest = backlog_oldest(backlog);
    if (oldest == NULL)
        return size <= backlog->size;
    if (backlog->count > backlog->mask)
        return false;
    return next_offset(backlog, size) + size - oldest->offset <= backlog->size;
}

static struct backlog_slot *slot_at(const struct backlog *backlog, uint32_t position)
{
    return &backlog->slots[position & backlog->mask];
}

uint32_t backlog_push(struct backlog *backlog, const struct record *record)
{
    struct backlog_slot slot = {.time_ns = record->time_ns,
                                .frame = record->frame,
                                .capture = record->capture,
                                .offset = next_offset(backlog, record->cap_length),
                                .cap_length = record->cap_length,
                                .wire_length = record->wire_length,
                                .interface = record->interface,
                                .link_type = record->link_type};
    if (record->cap_length > 0)
        memcpy(backlog->bytes + slot.offset % backlog->size, record->bytes, record->cap_length);
    *slot_at(backlog, ++backlog->newest) = slot;
    backlog->end = slot.offset + slot.cap_length;
    backlog->count++;
    return backlog->newest;
}

struct backlog_slot *backlog_get(const struct backlog *backlog, uint32_t position)
{
    if (position == 0 || backlog->newest - position >= backlog->count)
        return NULL;
    return slot_at(backlog, position);
}

struct backlog_slot *backlog_oldest(const struct backlog *backlog)
{
    return backlog->count > 0 ? slot_at(backlog, backlog->newest - backlog->count + 1) : NULL;
}

void backlog_drop_oldest(struct backlog *backlog)
{
    backlog->count--;
}

struct record backlog_record(const struct backlog *backlog, const struct backlog_slot *slot)
{
    return (struct record){.time_ns = slot->time_ns,
                           .frame = slot->frame,
                           .capture = (uint16_t)slot->capture,
                           .bytes = backlog->bytes + slot->offset % backlog->size,
                           .cap_length = slot->cap_length,
                           .wire_length = slot->wire_length,
                           .interface = slot->interface,
                           .link_type = slot->link_type};
}
