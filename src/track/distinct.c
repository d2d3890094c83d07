#include "track/distinct.h"

#include <stddef.h>
#include <string.h>

#include "base/timefmt.h"

/* No padding. */
struct pair_key {
    struct subject_key subject;
    struct addr object;
};

/* The subject has one object less. */
static void subject_leave(struct distinct *distinct, const struct pair_key *key)
{
    struct counted *subject = cache_get(&distinct->subjects, &key->subject);
    if (subject == NULL || subject->live == 0)
        return;
    subject->live--;
    if (subject->live == 0 && !subject->found)
        subject->seen = (struct sightings){0};
}

static void pair_gone(void *context, const void *key, void *value)
{
    struct distinct *distinct = context;
    (void)value;
    distinct->lost++;
    subject_leave(distinct, key);
}

static void subject_gone(void *context, const void *key, void *value)
{
    struct distinct *distinct = context;
    const struct counted *subject = value;
    distinct->lost += subject->live > 0;
    if (distinct->gone != NULL)
        distinct->gone(distinct->context, key, subject);
}

void distinct_init(struct distinct *distinct, const uint64_t seed[2], int64_t window_ns)
{
    *distinct = (struct distinct){.window_ns = window_ns};
    cache_init(&distinct->subjects,
               &(struct cache_config){.key_size = sizeof(struct subject_key),
                                      .value_size = sizeof(struct counted),
                                      .cleared = offsetof(struct counted, seen.frames),
                                      .max = DISTINCT_SUBJECTS_MAX,
                                      .seed = {seed[0], seed[1]},
                                      .gone = subject_gone,
                                      .context = distinct});
    cache_init(&distinct->pairs, &(struct cache_config){.key_size = sizeof(struct pair_key),
                                                        .value_size = sizeof(int64_t),
                                                        .max = DISTINCT_PAIRS_MAX,
                                                        .seed = {seed[0], seed[1]},
                                                        .gone = pair_gone,
                                                        .context = distinct});
}

void distinct_fini(struct distinct *distinct)
{
    cache_fini(&distinct->subjects);
    cache_fini(&distinct->pairs);
}

size_t distinct_limit(struct distinct *distinct, double part)
{
    cache_limit(&distinct->subjects, (size_t)(part * DISTINCT_SUBJECTS_MAX));
    cache_limit(&distinct->pairs, (size_t)(part * DISTINCT_PAIRS_MAX));
    return cache_memory(&distinct->subjects.config) + cache_memory(&distinct->pairs.config);
}

struct counted *distinct_subject(struct distinct *distinct, const struct subject_key *key)
{
    return cache_add(&distinct->subjects, key, NULL);
}

struct counted *distinct_get(const struct distinct *distinct, const struct subject_key *key)
{
    return cache_get(&distinct->subjects, key);
}

/* Pairs stand in the order of their last use. */
static void distinct_expire(struct distinct *distinct, int64_t now_ns)
{
    const int64_t *last_ns;
    const void *key;
    while ((last_ns = cache_oldest(&distinct->pairs, &key)) != NULL &&
           time_between(*last_ns, now_ns) > distinct->window_ns) {
        subject_leave(distinct, key);
        cache_remove(&distinct->pairs, key);
    }
}

struct counted *distinct_add(struct distinct *distinct, const struct subject_key *key,
                             const struct addr *object, int64_t now_ns)
{
    struct pair_key pair;
    bool fresh;
    memset(&pair, 0, sizeof pair);
    pair.subject = *key;
    pair.object = *object;
    distinct_expire(distinct, now_ns);
    int64_t *last_ns = cache_add(&distinct->pairs, &pair, &fresh);
    struct counted *subject = distinct_subject(distinct, key);
    if (last_ns == NULL || subject == NULL)
        return NULL;
    *last_ns = now_ns;
    if (subject->most == 0)
        subject->first = *object;
    subject->live += fresh;
    /* A pair may have outlived its subject. */
    subject->live += subject->live == 0;
    if (subject->live > subject->most)
        subject->most = subject->live;
    return subject;
}

void distinct_finish(struct distinct *distinct)
{
    struct counted *subject;
    const void *key;
    while ((subject = cache_oldest(&distinct->subjects, &key)) != NULL) {
        if (distinct->gone != NULL)
            distinct->gone(distinct->context, key, subject);
        cache_remove(&distinct->subjects, key);
    }
}

void distinct_review(const struct distinct *distinct)
{
    const struct counted *subject;
    const void *key = NULL;
    while (distinct->gone != NULL && (subject = cache_next(&distinct->subjects, &key)) != NULL)
        distinct->gone(distinct->context, key, subject);
}
