#include "belt.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* More than enough for the deepest of calls, whatever the limit of the system is. */
enum { STACK_SIZE = 1024 * 1024 };

static const size_t NOT_WAITING = SIZE_MAX;

static int bytes_init(struct belt *belt)
{
    for (size_t i = 0; i < belt->size; i++) {
        belt->batches[i].bytes = malloc(BATCH_BYTES);
        if (belt->batches[i].bytes == NULL)
            return -1;
    }
    return 0;
}

int belt_init(struct belt *belt, size_t size, bool keeps, struct error *error)
{
    *belt = (struct belt){.size = size, .enough = NOT_WAITING};
    belt->batches = calloc(size, sizeof *belt->batches);
    if (belt->batches == NULL || (keeps && size > 1 && bytes_init(belt) != 0))
        return error_set(error, "out of memory");
    return 0;
}

void belt_fini(struct belt *belt)
{
    for (size_t i = 0; belt->batches != NULL && i < belt->size; i++)
        free(belt->batches[i].bytes);
    free(belt->batches);
    belt->batches = NULL;
}

/* ---- life cycle ------------------------------------------------------------------------------ */

/* Handlers run where they always did. What a thread brings upon itself stays with it: SIGPIPE, to
 * end quietly, and faults. */
static void signals_for_others(sigset_t *set)
{
    static const int own[] = {SIGPIPE, SIGXFSZ, SIGSEGV, SIGBUS, SIGFPE,
                              SIGILL,  SIGABRT, SIGTRAP, SIGSYS};
    sigfillset(set);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(set, own[i]);
}

static int worker_create(struct belt *belt, void *(*work)(void *context), void *context)
{
    pthread_attr_t attributes;
    sigset_t others, before;
    signals_for_others(&others);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    pthread_sigmask(SIG_BLOCK, &others, &before);
    const int failure = pthread_create(&belt->worker, &attributes, work, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failure;
}

int belt_run(struct belt *belt, void *(*work)(void *context), void *context, struct error *error)
{
    pthread_mutex_init(&belt->lock, NULL);
    pthread_cond_init(&belt->filled, NULL);
    pthread_cond_init(&belt->emptied, NULL);
    belt->running = true;
    const int failure = worker_create(belt, work, context);
    if (failure == 0)
        return 0;
    belt->running = false;
    return error_set(error, "no thread is to be had: %s", strerror(failure));
}

void belt_stop(struct belt *belt)
{
    if (!belt->running)
        return;
    pthread_mutex_lock(&belt->lock);
    belt->ended = true;
    pthread_cond_signal(&belt->filled);
    pthread_mutex_unlock(&belt->lock);
    pthread_join(belt->worker, NULL);
    pthread_cond_destroy(&belt->filled);
    pthread_cond_destroy(&belt->emptied);
    pthread_mutex_destroy(&belt->lock);
    belt->running = false;
}

/* ---- the caller's side ----------------------------------------------------------------------- */

/* Until no more than so many are left to be judged. */
static void wait_for_worker(struct belt *belt, size_t enough)
{
    belt->enough = enough;
    if (belt->idle)
        pthread_cond_signal(&belt->filled);
    while (belt->put - belt->done > enough)
        pthread_cond_wait(&belt->emptied, &belt->lock);
    belt->enough = NOT_WAITING;
}

/* It waits for half of them, as there would be a wait for each else. */
struct batch *belt_next(struct belt *belt)
{
    if (!belt->running)
        return &belt->batches[0];
    pthread_mutex_lock(&belt->lock);
    const size_t behind = belt->put - belt->done;
    belt->behind = belt->idle ? 0 : behind;
    if (behind == belt->size)
        wait_for_worker(belt, belt->size / 2);
    belt->judged = belt->done;
    pthread_mutex_unlock(&belt->lock);
    return &belt->batches[belt->put % belt->size];
}

void belt_reach(struct belt *belt, size_t count)
{
    if (belt->judged >= count)
        return;
    pthread_mutex_lock(&belt->lock);
    wait_for_worker(belt, belt->put - count);
    belt->judged = belt->done;
    pthread_mutex_unlock(&belt->lock);
}

void belt_put(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    belt->put++;
    if (belt->idle && (belt->hurries || belt->put - belt->done >= belt->size / 2))
        pthread_cond_signal(&belt->filled);
    pthread_mutex_unlock(&belt->lock);
}

void belt_settle(struct belt *belt)
{
    if (!belt->running)
        return;
    pthread_mutex_lock(&belt->lock);
    wait_for_worker(belt, 0);
    pthread_mutex_unlock(&belt->lock);
}

/* ---- the worker's side ----------------------------------------------------------------------- */

size_t belt_wait(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    belt->idle = true;
    while (belt->put == belt->done && !belt->ended)
        pthread_cond_wait(&belt->filled, &belt->lock);
    belt->idle = false;
    const size_t count = belt->put - belt->done;
    pthread_mutex_unlock(&belt->lock);
    return count;
}

struct batch *belt_at(const struct belt *belt, size_t index)
{
    return &belt->batches[(belt->done + index) % belt->size];
}

void belt_done(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    belt->done++;
    if (belt->enough != NOT_WAITING && belt->put - belt->done <= belt->enough)
        pthread_cond_signal(&belt->emptied);
    pthread_mutex_unlock(&belt->lock);
}
