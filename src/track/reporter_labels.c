#include "track/reporter_labels.h"

#include <stdbool.h>

#include "base/timefmt.h"

static uint8_t *label_slot(struct reporter_labels *labels, const struct packet *packet)
{
    return &labels->slots[addr_spread(&packet->ip.src) % REPORTER_LABEL_SLOTS];
}

static bool label_is_of(const struct reporter_label *label, const struct packet *packet)
{
    return label->family == packet->ip.family && addr_equal(&label->addr, &packet->ip.src);
}

/* Asked for with each error. The list is looked through only for the few whose slot is another's.
 */
static struct reporter_label *label_find(struct reporter_labels *labels,
                                         const struct packet *packet)
{
    const uint8_t slot = *label_slot(labels, packet);
    if (slot == 0)
        return NULL;
    if (label_is_of(&labels->list[slot - 1], packet))
        return &labels->list[slot - 1];
    for (size_t i = 0; i < labels->count; i++)
        if (label_is_of(&labels->list[i], packet))
            return &labels->list[i];
    return NULL;
}

static struct reporter_label *label_oldest(struct reporter_labels *labels)
{
    struct reporter_label *oldest = &labels->list[0];
    for (size_t i = 1; i < labels->count; i++)
        if (labels->list[i].last_ns < oldest->last_ns)
            oldest = &labels->list[i];
    return oldest;
}

/* A place that is free, or whose reporter has been silent; or NULL. */
static struct reporter_label *label_place(struct reporter_labels *labels, int64_t now_ns)
{
    const int64_t idle_ns = REPORTER_LABEL_IDLE_S * (int64_t)NS_PER_S;
    if (labels->count < REPORTER_LABELS)
        return &labels->list[labels->count++];
    struct reporter_label *oldest = label_oldest(labels);
    return time_between(oldest->last_ns, now_ns) >= idle_ns ? oldest : NULL;
}

/* The slot of one that gave up its place stays taken. */
static void label_begin(struct reporter_labels *labels, struct reporter_label *label,
                        const struct packet *packet)
{
    *label = (struct reporter_label){.addr = packet->ip.src, .family = packet->ip.family};
    *label_slot(labels, packet) = (uint8_t)(label - labels->list + 1);
}

void reporter_labels_count(struct reporter_labels *labels, const struct packet *packet,
                           uint64_t errors)
{
    struct reporter_label *label = label_find(labels, packet);
    if (label == NULL && errors >= REPORTER_LABEL_FROM &&
        (label = label_place(labels, packet->time_ns)) != NULL)
        label_begin(labels, label, packet);
    if (label == NULL) {
        labels->other++;
        return;
    }
    label->errors++;
    label->last_ns = packet->time_ns;
}
