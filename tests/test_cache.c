/* base/cache.h, against a plain list that does the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cache.h"

enum { MODEL_MAX = 40, ROUNDS = 20000, KEYS = 90 };

static const uint64_t seed[2] = {3, 14};

/* Keys and values, the oldest first. */
struct model {
    size_t count;
    struct {
        uint32_t key, value;
    } list[MODEL_MAX];
};

static size_t model_find(const struct model *model, uint32_t key)
{
    size_t i = 0;
    while (i < model->count && model->list[i].key != key)
        i++;
    return i;
}

static void model_remove(struct model *model, size_t at)
{
    model->count--;
    memmove(&model->list[at], &model->list[at + 1], (model->count - at) * sizeof model->list[0]);
}

static void model_push(struct model *model, uint32_t key, uint32_t value)
{
    model->list[model->count].key = key;
    model->list[model->count].value = value;
    model->count++;
}

static void note_gone(void *context, const void *key, void *value)
{
    uint32_t *gone = context;
    memcpy(&gone[0], key, sizeof gone[0]);
    memcpy(&gone[1], value, sizeof gone[1]);
}

static void add_both(struct cache *cache, struct model *model, uint32_t key, const uint32_t *gone)
{
    size_t at = model_find(model, key);
    bool fresh, known = at < model->count;
    uint32_t before = known ? model->list[at].value : 0;
    if (known) {
        model_remove(model, at);
    } else if (model->count == MODEL_MAX) {
        before = 0;
    }
    bool full = !known && model->count == MODEL_MAX;
    uint32_t leaves[2] = {model->list[0].key, model->list[0].value};
    if (full)
        model_remove(model, 0);
    uint32_t *value = cache_add(cache, &key, &fresh);
    assert_non_null(value);
    assert_int_equal(fresh, !known);
    assert_int_equal(*value, before);
    if (full)
        assert_memory_equal(gone, leaves, sizeof leaves);
    *value = before + key + 1;
    model_push(model, key, *value);
}

static void assert_same(const struct cache *cache, const struct model *model)
{
    assert_int_equal(cache->count, model->count);
    for (uint32_t key = 0; key < KEYS; key++) {
        size_t at = model_find(model, key);
        const uint32_t *value = cache_get(cache, &key);
        assert_true((value != NULL) == (at < model->count));
        if (value != NULL)
            assert_int_equal(*value, model->list[at].value);
    }
    const void *oldest = NULL;
    const void *value = cache_oldest(cache, &oldest);
    assert_true((value != NULL) == (model->count > 0));
    if (value != NULL)
        assert_memory_equal(oldest, &model->list[0].key, sizeof(uint32_t));
}

static void does_what_a_list_does(void **state)
{
    (void)state;
    uint32_t gone[2] = {0}, random = 1;
    struct cache cache;
    struct model model = {0};
    cache_init(&cache, &(struct cache_config){.key_size = sizeof(uint32_t),
                                              .value_size = sizeof(uint32_t),
                                              .max = MODEL_MAX,
                                              .seed = {seed[0], seed[1]},
                                              .gone = note_gone,
                                              .context = gone});
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t key = (random >> 8) % KEYS;
        if (random >> 30 != 0) {
            add_both(&cache, &model, key, gone);
        } else {
            cache_remove(&cache, &key);
            if (model_find(&model, key) < model.count)
                model_remove(&model, model_find(&model, key));
        }
        if (i % 50 == 0)
            assert_same(&cache, &model);
    }
    assert_same(&cache, &model);
    assert_true(cache.evicted > 100);
    cache_fini(&cache);
}

static void can_be_emptied_from_its_oldest(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, &(struct cache_config){.key_size = 8, .value_size = 1, .max = 100});
    for (uint32_t i = 0; i < 70; i++)
        assert_non_null(cache_add(&cache, &(uint32_t[2]){i, 0}, NULL));
    const void *key;
    for (uint32_t i = 0; i < 70; i++) {
        assert_non_null(cache_oldest(&cache, &key));
        assert_memory_equal(key, &i, sizeof i);
        cache_remove(&cache, key);
    }
    assert_null(cache_oldest(&cache, &key));
    assert_int_equal(cache.count, 0);
    assert_int_equal(cache.evicted, 0);
    cache_fini(&cache);
}

static void a_limit_lowers_the_cap_only(void **state)
{
    (void)state;
    struct cache cache;
    struct cache_config config = {.key_size = 4, .value_size = 8, .max = 10};
    cache_init(&cache, &config);
    cache_limit(&cache, 20);
    assert_int_equal(cache.config.max, 10);
    cache_limit(&cache, 3);
    for (uint32_t i = 0; i < 9; i++)
        cache_add(&cache, &i, NULL);
    assert_int_equal(cache.count, 3);
    assert_int_equal(cache.evicted, 6);
    cache_fini(&cache);
}

static void all_are_gone_through_from_the_oldest(void **state)
{
    (void)state;
    struct cache cache;
    const void *key = NULL;
    cache_init(&cache, &(struct cache_config){.key_size = 4, .value_size = 4, .max = 5});
    assert_null(cache_next(&cache, &key));
    for (uint32_t i = 0; i < 7; i++)
        memcpy(cache_add(&cache, &i, NULL), &i, sizeof i);
    cache_add(&cache, &(uint32_t){3}, NULL);
    cache_remove(&cache, &(uint32_t){5});
    const uint32_t expected[] = {2, 4, 6, 3};
    for (size_t i = 0; i < 4; i++) {
        const uint32_t *value = cache_next(&cache, &key);
        assert_int_equal(*value, expected[i]);
        assert_int_equal(*(const uint32_t *)key, expected[i]);
    }
    assert_null(cache_next(&cache, &key));
    cache_fini(&cache);
}

/* An entry that takes the place of another is zero as far as is asked for. */
static void as_much_of_a_value_is_zero_as_is_wanted(void **state)
{
    static const size_t cleared[] = {0, 8, 24, 40};
    (void)state;
    for (size_t i = 0; i < sizeof cleared / sizeof cleared[0]; i++) {
        struct cache cache;
        cache_init(&cache, &(struct cache_config){.key_size = sizeof(uint32_t),
                                                  .value_size = 40,
                                                  .max = 3,
                                                  .seed = {seed[0], seed[1]},
                                                  .cleared = cleared[i]});
        const size_t zeros = cleared[i] != 0 ? cleared[i] : 40;
        for (uint32_t key = 0; key < 20; key++) {
            bool fresh;
            unsigned char *value = cache_add(&cache, &key, &fresh);
            assert_true(fresh);
            for (size_t at = 0; at < zeros; at++)
                assert_int_equal(value[at], 0);
            memset(value, 0xee, 40);
            assert_ptr_equal(cache_add(&cache, &key, &fresh), value);
            assert_int_equal(value[0], 0xee);
        }
        cache_fini(&cache);
    }
}

/* Room for four, of which six come: the last two stand where the first two did. */
static void places_have_the_keys_that_stand_there(void **state)
{
    (void)state;
    static const uint32_t expected[] = {5, 6, 3, 4};
    struct cache cache;
    cache_init(&cache, &(struct cache_config){.key_size = sizeof(uint32_t),
                                              .value_size = sizeof(uint32_t),
                                              .max = 4,
                                              .seed = {seed[0], seed[1]}});
    assert_int_equal(cache_places(&cache), 0);
    for (uint32_t key = 1; key <= 6; key++) {
        assert_non_null(cache_add(&cache, &key, NULL));
        assert_int_equal(cache_places(&cache), key < 4 ? key : 4);
    }
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(cache_key_at(&cache, i), &expected[i], sizeof expected[i]);
    cache_remove(&cache, &expected[1]);
    assert_int_equal(cache_places(&cache), 4);
    cache_fini(&cache);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_a_list_does),
        cmocka_unit_test(can_be_emptied_from_its_oldest),
        cmocka_unit_test(a_limit_lowers_the_cap_only),
        cmocka_unit_test(all_are_gone_through_from_the_oldest),
        cmocka_unit_test(places_have_the_keys_that_stand_there),
        cmocka_unit_test(as_much_of_a_value_is_zero_as_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
