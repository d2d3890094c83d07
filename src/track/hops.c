#include "track/hops.h"

#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"

void hops_init(struct hops *hops)
{
    *hops = (struct hops){.max = HOPS_MAX};
}

void hops_fini(struct hops *hops)
{
    free(hops->list);
    hops_init(hops);
}

/* While the list grows, the old one is beside the new one. */
size_t hops_limit(struct hops *hops, double part)
{
    hops->max = (size_t)(part * HOPS_MAX);
    return (hops->max + hops->max / 2) * sizeof(struct hop);
}

const struct hop *hops_get(const struct hops *hops, uint32_t link)
{
    return link != 0 ? &hops->list[link - 1] : NULL;
}

/* ---- room ------------------------------------------------------------------------------------ */

static bool hops_grow(struct hops *hops)
{
    enum { FIRST = 64 };
    size_t capacity = hops->capacity == 0 ? FIRST : 2 * hops->capacity;
    if (capacity > hops->max)
        capacity = hops->max;
    if (capacity <= hops->capacity)
        return false;
    struct hop *list = realloc(hops->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    hops->list = list;
    hops->capacity = capacity;
    return true;
}

/* 1 + its place, or 0. */
static uint32_t hop_take(struct hops *hops)
{
    uint32_t link = hops->spare;
    if (link != 0)
        hops->spare = hops->list[link - 1].next;
    else if (hops->count < hops->capacity || hops_grow(hops))
        link = (uint32_t)++hops->count;
    if (link != 0)
        memset(&hops->list[link - 1], 0, sizeof *hops->list);
    return link;
}

void hops_free(struct hops *hops, uint32_t *first)
{
    while (*first != 0) {
        struct hop *hop = &hops->list[*first - 1];
        uint32_t next = hop->next;
        hop->next = hops->spare;
        hops->spare = *first;
        *first = next;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The hop of an address, made at the end of the list where it is not there. */
static struct hop *hop_open(struct hops *hops, uint32_t *first, const struct addr *from)
{
    uint32_t last = 0;
    size_t count = 0;
    for (uint32_t link = *first; link != 0; link = hops->list[link - 1].next) {
        if (addr_equal(&hops->list[link - 1].ip, from))
            return &hops->list[link - 1];
        last = link;
        count++;
    }
    uint32_t link = count < HOPS_OF_TTL ? hop_take(hops) : 0;
    if (link == 0)
        return NULL;
    if (last == 0)
        *first = link;
    else
        hops->list[last - 1].next = link;
    hops->list[link - 1].ip = *from;
    return &hops->list[link - 1];
}

static void hop_add_time(struct hop *hop, int64_t rtt_ns)
{
    int64_t us = timefmt_us(rtt_ns);
    uint32_t rtt_us = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    if (hop->timed == 0 || rtt_us < hop->min_us)
        hop->min_us = rtt_us;
    if (rtt_us > hop->max_us)
        hop->max_us = rtt_us;
    hop->sum_us += rtt_us;
    if (hop->timed < HOP_TIMES)
        hop->rtt_us[hop->timed] = rtt_us;
    hop->timed++;
}

static void hop_set_labels(struct hop *hop, const struct extension_object *object)
{
    hop->label_count =
        (uint8_t)(object->label_count < HOP_LABELS ? object->label_count : HOP_LABELS);
    memcpy(hop->labels, object->labels, hop->label_count * sizeof hop->labels[0]);
}

static void hop_set_interface(struct hop *hop, const struct extension_object *object)
{
    uint8_t size = object->name_size < HOP_NAME ? object->name_size : HOP_NAME;
    hop->interface = (struct hop_interface){.has = object->has,
                                            .role = object->role,
                                            .family = object->family,
                                            .name_size = size,
                                            .index = object->index,
                                            .ip = object->ip};
    if ((object->has & OBJECT_HAS_NAME) != 0)
        memcpy(hop->interface.name, object->name, size);
}

/* The first label stack, and the first interface, stand for those that came later. */
static void hop_add_extensions(struct hop *hop, const struct icmp_extensions *extensions)
{
    for (size_t i = 0; i < extensions->count && i < EXTENSION_OBJECTS; i++) {
        const struct extension_object *object = &extensions->objects[i];
        if (object->kind == EXTENSION_MPLS && hop->label_count == 0)
            hop_set_labels(hop, object);
        if (object->kind == EXTENSION_INTERFACE && hop->interface.has == 0)
            hop_set_interface(hop, object);
    }
}

bool hops_add(struct hops *hops, uint32_t *first, uint8_t ttl, const struct hop_told *told)
{
    struct hop *hop = hop_open(hops, first, &told->from);
    if (hop == NULL) {
        hops->refused++;
        return false;
    }
    hop->ttl = ttl;
    hop->answers++;
    hop->nat |= told->nat;
    hop->rewritten |= told->rewritten;
    if (told->timed)
        hop_add_time(hop, told->rtt_ns);
    if (told->extensions != NULL)
        hop_add_extensions(hop, told->extensions);
    if (told->answer >= hop->answer) {
        hop->answer = told->answer;
        hop->type = told->type;
        hop->code = told->code;
    }
    return true;
}
