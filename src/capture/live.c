#include "capture/live.h"

#include <stdlib.h>

#include "base/timefmt.h"

enum {
    MS = NS_PER_S / 1000,
    /* How long after it was captured a packet may come to us. */
    LATE_NS = (NIC_TIMEOUT_MS + 50) * MS,
    LATE_IMMEDIATE_NS = 20 * MS,
    /* A packet waits for those of other interfaces no longer, whatever clock has stamped it. */
    HELD_MOST_NS = 2 * LATE_NS,
    LOOK_AGAIN_NS = NS_PER_S,
    DRAIN_STEP_MS = 10,
    DRAIN_STEPS = 30, /* without a packet: a block of the kernel's buffer, and twice as much */
};

/* An interface, and what was read of it. */
struct live_queue {
    struct nic *nic;
    const char *name;
    struct record batch[LIVE_BATCH];
    size_t next, count; /* not given yet: from `next` up to `count` */
    int64_t read_ns;    /* the clock when it was read last … */
    int64_t late_ns;    /* … and what it had not then is at most so much older */
    bool drained;
};

struct live {
    struct live_config config;
    struct live_queue *queues[LIVE_MOST];
    size_t count;
    bool stopped;
    int steps; /* of waiting since it was stopped and something came */
    int64_t looked_ns;
};

struct live *live_new(const struct live_config *config)
{
    struct live *live = calloc(1, sizeof *live);
    if (live != NULL)
        live->config = *config;
    return live;
}

int live_add(struct live *live, const char *name, const struct nic_config *config,
             struct error *error)
{
    if (live->count == LIVE_MOST)
        return error_set(error, "more than %d interfaces", LIVE_MOST);
    struct live_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return error_set(error, "out of memory");
    queue->name = name;
    queue->late_ns = config->live->immediate ? LATE_IMMEDIATE_NS : LATE_NS;
    queue->nic = nic_open(name, config, error);
    if (queue->nic == NULL) {
        free(queue);
        return -1;
    }
    live->queues[live->count++] = queue;
    return 0;
}

static int64_t live_clock(const struct live *live)
{
    return live->config.clock(live->config.context);
}

static void live_tell(const struct live *live, const struct live_queue *queue,
                      const struct error *news)
{
    struct error line = {""};
    if (!error_is_set(news) || live->config.complain == NULL)
        return;
    error_set(&line, "%s: %s", queue->name, news->text);
    live->config.complain(live->config.context, line.text);
}

/* ---- one timeline ---------------------------------------------------------------------------- */

static bool queue_is_empty(const struct live_queue *queue)
{
    return queue->next == queue->count;
}

static void queue_fill(struct live *live, struct live_queue *queue)
{
    struct error news = {""};
    queue->read_ns = live_clock(live);
    queue->next = 0;
    queue->count = nic_read(queue->nic, queue->batch, LIVE_BATCH, &news);
    live_tell(live, queue, &news);
    if (queue->count > 0)
        live->steps = 0;
}

static void live_fill(struct live *live)
{
    for (size_t i = 0; i < live->count; i++)
        if (queue_is_empty(live->queues[i]))
            queue_fill(live, live->queues[i]);
}

/* Nothing earlier than this will come from a queue that is empty. */
static int64_t queue_horizon(const struct live_queue *queue)
{
    const enum nic_state state = nic_state(queue->nic);
    if (queue->drained || state == NIC_GONE || state == NIC_BROKEN)
        return INT64_MAX;
    return queue->read_ns - queue->late_ns;
}

/* The queue whose next packet is the earliest; NULL where none has any. */
static struct live_queue *live_first(const struct live *live, int64_t *horizon_ns)
{
    struct live_queue *first = NULL;
    *horizon_ns = INT64_MAX;
    for (size_t i = 0; i < live->count; i++) {
        struct live_queue *queue = live->queues[i];
        if (!queue_is_empty(queue)) {
            if (first == NULL ||
                queue->batch[queue->next].time_ns < first->batch[first->next].time_ns)
                first = queue;
            continue;
        }
        const int64_t own_ns = queue_horizon(queue);
        *horizon_ns = own_ns < *horizon_ns ? own_ns : *horizon_ns;
    }
    return first;
}

static bool queue_may_give(const struct live *live, const struct live_queue *queue,
                           int64_t horizon_ns)
{
    if (live->count == 1 || queue->batch[queue->next].time_ns <= horizon_ns)
        return true;
    const int64_t held_ns = live_clock(live) - queue->read_ns;
    return held_ns < 0 || held_ns >= HELD_MOST_NS;
}

/* Until a queue has no more: what it has then comes to stand where these bytes are. */
static size_t live_merge(struct live *live, struct record *records, size_t max)
{
    size_t count = 0;
    while (count < max) {
        int64_t horizon_ns;
        struct live_queue *queue = live_first(live, &horizon_ns);
        if (queue == NULL || !queue_may_give(live, queue, horizon_ns))
            break;
        records[count++] = queue->batch[queue->next++];
        if (queue_is_empty(queue))
            break;
    }
    return count;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void live_look_again(struct live *live)
{
    const int64_t now_ns = live_clock(live), since_ns = now_ns - live->looked_ns;
    if (since_ns >= 0 && since_ns < LOOK_AGAIN_NS)
        return;
    live->looked_ns = now_ns;
    for (size_t i = 0; i < live->count; i++) {
        struct error news = {""};
        nic_look_again(live->queues[i]->nic, &news);
        live_tell(live, live->queues[i], &news);
    }
}

/* What waits for others is there to be read: that is no reason to wake up. */
static void live_wait(struct live *live)
{
    struct pollfd polled[LIVE_MOST];
    size_t count = 0;
    for (size_t i = 0; i < live->count; i++) {
        const int fd = nic_descriptor(live->queues[i]->nic);
        if (fd >= 0 && queue_is_empty(live->queues[i]))
            polled[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    wait_once(live->config.wait, polled, count);
}

static bool live_is_drained(struct live *live)
{
    bool drained = true;
    for (size_t i = 0; i < live->count; i++) {
        struct live_queue *queue = live->queues[i];
        queue->drained = queue->drained || live->steps >= DRAIN_STEPS || nic_is_drained(queue->nic);
        drained = drained && queue->drained && queue_is_empty(queue);
    }
    return drained;
}

/* False where it is over. */
static bool live_go_on(struct live *live)
{
    if (!live->stopped) {
        live_wait(live);
        live_look_again(live);
        if (wait_is_stopped(live->config.wait))
            live_stop(live);
        return true;
    }
    if (live_is_drained(live))
        return false;
    poll(NULL, 0, DRAIN_STEP_MS);
    live->steps++;
    return true;
}

size_t live_read(struct live *live, struct record *records, size_t max)
{
    if (wait_is_stopped(live->config.wait))
        live_stop(live);
    live_look_again(live); /* also where another one is never idle */
    do {
        live_fill(live);
        const size_t count = live_merge(live, records, max);
        if (count > 0)
            return count;
    } while (live_go_on(live));
    return 0;
}

void live_stop(struct live *live)
{
    if (live->stopped)
        return;
    live->stopped = true;
    for (size_t i = 0; i < live->count; i++)
        nic_stop(live->queues[i]->nic);
}

void live_count(struct live *live, struct nic_counts *counts)
{
    *counts = (struct nic_counts){.interface_known = live->count > 0};
    for (size_t i = 0; i < live->count; i++) {
        nic_count(live->queues[i]->nic);
        const struct nic_counts *own = nic_counts(live->queues[i]->nic);
        counts->received += own->received;
        counts->dropped += own->dropped;
        counts->dropped_by_interface += own->dropped_by_interface;
        counts->lost += own->lost;
        counts->interface_known = counts->interface_known && own->interface_known;
    }
}

bool live_interface_at(const struct live *live, size_t index, struct live_interface *interface)
{
    if (index >= live->count)
        return false;
    const struct live_queue *queue = live->queues[index];
    *interface =
        (struct live_interface){queue->name, nic_state(queue->nic), *nic_counts(queue->nic)};
    return true;
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    for (size_t i = 0; i < live->count; i++) {
        nic_free(live->queues[i]->nic);
        free(live->queues[i]);
    }
    free(live);
}
