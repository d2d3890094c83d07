/* Batches on their way from the thread that reads and decodes to the one that judges: a bounded
 * queue, in their order.
 *
 * Without a worker it is one batch, which is used again and again. With one: belt_init() →
 * belt_run() → the caller takes belt_next(), fills it and hands it on with belt_put(), again and
 * again → belt_stop() → belt_fini(). The worker calls belt_wait(), and for each batch belt_at() and
 * belt_done(). */
#ifndef ICMPSCOPE_BELT_H
#define ICMPSCOPE_BELT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "batch.h"

enum { BELT_FEW = 4, BELT_USUAL = 64 };

struct belt {
    struct batch *batches; /* owned */
    size_t size;
    bool running; /* there is a worker */
    bool hurries; /* it begins with a batch at once; else where there is enough to do for it, since
                   * to wake it takes longer than a batch. Before belt_run() */
    pthread_t worker;
    size_t judged; /* how many it had judged by then, at least: what they lent is not needed any
                    * more */
    size_t behind; /* how many batches the worker had to judge at the latest belt_next(); 0 where it
                    * waited for more of them */

    /* The rest is looked at under the lock; each number is changed by one thread only. */
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    size_t put;    /* batches that were handed on, by the caller … */
    size_t done;   /* … and of them those that the worker has judged */
    size_t enough; /* the caller waits until no more than so many lie between; SIZE_MAX: it does
                    * not wait */
    bool idle;     /* the worker waits */
    bool ended;
};

/* `keeps`: batches have room for the bytes of their records, where there is more than one. -1 where
 * memory is short. */
int belt_init(struct belt *belt, size_t size, bool keeps, struct error *error);

/* Starts the worker. What comes to the process as a signal goes on coming to other threads. -1
 * where there is no thread to be had: it then goes on without. */
int belt_run(struct belt *belt, void *(*work)(void *context), void *context, struct error *error);

static inline bool belt_is_running(const struct belt *belt)
{
    return belt->running;
}

/* The batch to be filled next; waits where all are under way. */
struct batch *belt_next(struct belt *belt);

/* Waits until so many were judged, of those that were handed on. */
void belt_reach(struct belt *belt, size_t count);

/* Hands it on. */
void belt_put(struct belt *belt);

/* Waits until the worker has judged all. Until the next belt_put() the caller alone looks at what
 * judging looks at. */
void belt_settle(struct belt *belt);

/* Waits until all is judged and the worker has ended. To call it again does nothing. */
void belt_stop(struct belt *belt);
void belt_fini(struct belt *belt);

/* For the worker: how many batches are there, at least one; 0 when it is over. */
size_t belt_wait(struct belt *belt);

/* Of those, the one that comes so many after the first. */
struct batch *belt_at(const struct belt *belt, size_t index);

/* The first of them was judged. */
void belt_done(struct belt *belt);

#endif
