/* Memory for large tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/pages.h"
#include "base/prefetch.h"

static void all_of_it_can_be_written_whatever_its_size(void **state)
{
    static const size_t sizes[] = {1,
                                   CACHE_LINE - 1,
                                   CACHE_LINE + 1,
                                   PAGES_LARGE - 1,
                                   PAGES_LARGE,
                                   PAGES_LARGE + 1,
                                   (size_t)3 * PAGES_LARGE - 1};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *pages = pages_alloc(sizes[i]);
        assert_non_null(pages);
        assert_int_equal((uintptr_t)pages % CACHE_LINE, 0);
        for (size_t at = 0; at < sizes[i]; at++)
            pages[at] = (unsigned char)(at * 7);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pages[at], (unsigned char)(at * 7));
        free(pages);
    }
}

static void what_rises_can_be_written_to_its_end(void **state)
{
    static const size_t sizes[] = {1, PAGES_LARGE, PAGES_LARGE + 1, (size_t)3 * PAGES_LARGE + 5};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *pages = pages_reserve_rising(sizes[i]);
        assert_non_null(pages);
        for (size_t at = 0; at < sizes[i]; at++)
            pages[at] = (unsigned char)(at * 7);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pages[at], (unsigned char)(at * 7));
        free(pages);
    }
    assert_null(pages_reserve_rising(SIZE_MAX));
}

/* Whether the system joins them is its own affair; what is behind them stays untouched. */
static void what_is_joined_keeps_what_it_holds(void **state)
{
    (void)state;
    const size_t size = (size_t)3 * PAGES_LARGE;
    unsigned char *pages = pages_reserve(size + PAGES_LARGE);
    assert_non_null(pages);
    assert_int_equal((uintptr_t)pages % PAGES_LARGE, 0);
    pages_enlarge(pages + size - PAGES_LARGE, PAGES_LARGE);
    for (size_t at = 0; at < size; at++)
        pages[at] = (unsigned char)(at * 7 + at / PAGES_LARGE);
    pages_join(pages + PAGES_LARGE, size - PAGES_LARGE);
    pages_join(pages, size);
    for (size_t at = 0; at < size; at++)
        assert_int_equal(pages[at], (unsigned char)(at * 7 + at / PAGES_LARGE));
    free(pages);
}

/* Rounded up it would be hardly anything. */
static void more_than_there_can_be_is_refused(void **state)
{
    (void)state;
    assert_null(pages_alloc(SIZE_MAX));
    assert_null(pages_alloc(SIZE_MAX - CACHE_LINE));
    assert_null(pages_reserve(SIZE_MAX));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_can_be_written_whatever_its_size),
        cmocka_unit_test(what_rises_can_be_written_to_its_end),
        cmocka_unit_test(what_is_joined_keeps_what_it_holds),
        cmocka_unit_test(more_than_there_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
