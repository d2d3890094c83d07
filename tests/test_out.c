/* Buffered output: whole pieces, and no failure forgotten. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/out.h"

/* Keeps what it gets, and fails at the nth write. */
struct sink {
    char *bytes;
    size_t size;
    int writes, fail_at; /* from 1; 0: never */
    bool breaks_lines;   /* got a piece that ends inside a line */
};

static int sink_write(void *context, const char *bytes, size_t size)
{
    struct sink *sink = context;
    if (++sink->writes == sink->fail_at) {
        errno = ENOSPC;
        return -1;
    }
    sink->bytes = realloc(sink->bytes, sink->size + size + 1);
    assert_non_null(sink->bytes);
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
    sink->bytes[sink->size] = '\0';
    sink->breaks_lines = sink->breaks_lines || bytes[size - 1] != '\n';
    return 0;
}

static struct out *out_make(struct sink *sink)
{
    struct out *out = malloc(sizeof *out);
    assert_non_null(out);
    memset(sink, 0, sizeof *sink);
    out_init(out, (struct out_sink){sink_write, sink});
    return out;
}

static void out_drop(struct out *out, struct sink *sink)
{
    free(out);
    free(sink->bytes);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct sink sink;
    struct out *out = out_make(&sink);
    out_text(out, "one ");
    out_printf(out, "%d ", 2);
    out_bytes(out, "three!", 5);
    assert_int_equal(sink.writes, 0);
    assert_int_equal(out_flush(out), 0);
    assert_string_equal(sink.bytes, "one 2 three");
    assert_int_equal(out_flush(out), 0);
    assert_int_equal(sink.writes, 1);
    out_drop(out, &sink);
}

static void lines_are_never_split(void **state)
{
    (void)state;
    struct sink sink;
    struct out *out = out_make(&sink);
    char line[8192];
    size_t total = 0;
    for (size_t i = 0; i < 2000; i++) {
        size_t size = 1 + i * 7919 % sizeof line;
        memset(line, 'a' + (int)(i % 26), size);
        line[size - 1] = '\n';
        out_bytes(out, line, size);
        total += size;
    }
    assert_int_equal(out_flush(out), 0);
    assert_int_equal(sink.size, total);
    assert_false(sink.breaks_lines);
    assert_true(sink.writes > 1);
    out_drop(out, &sink);
}

static void more_than_the_buffer_goes_straight_through(void **state)
{
    (void)state;
    struct sink sink;
    struct out *out = out_make(&sink);
    size_t size = 3 * sizeof out->buffer;
    char *big = malloc(size + 1);
    assert_non_null(big);
    memset(big, 'x', size);
    big[size] = '\0';
    out_text(out, "before");
    out_printf(out, "%s", big);
    out_text(out, "after");
    assert_int_equal(out_flush(out), 0);
    assert_int_equal(sink.size, 6 + size + 5);
    assert_memory_equal(sink.bytes, "beforexx", 8);
    assert_memory_equal(sink.bytes + 6 + size - 1, "xafter", 6);
    free(big);
    out_drop(out, &sink);
}

/* Whichever write fails: it is remembered, nothing follows it, and what came before is whole. */
static void a_failed_write_is_never_forgotten(void **state)
{
    (void)state;
    char line[1001];
    memset(line, 'x', 1000);
    line[999] = '\n';
    line[1000] = '\0';
    for (int fail_at = 1; fail_at <= 4; fail_at++) {
        struct sink sink;
        struct out *out = out_make(&sink);
        sink.fail_at = fail_at;
        for (int i = 0; i < 200; i++) /* three buffers and some */
            out_text(out, line);
        assert_int_equal(out_flush(out), -1);
        assert_int_equal(out->failure, ENOSPC);
        assert_int_equal(sink.writes, fail_at);
        assert_int_equal(sink.size, (size_t)(fail_at - 1) * 65000);
        assert_false(sink.breaks_lines);
        assert_int_equal(out_flush(out), -1);
        assert_int_equal(sink.writes, fail_at);
        out_drop(out, &sink);
    }
}

static int fails_without_errno(void *context, const char *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    return -1;
}

static void a_failure_without_a_reason_is_one(void **state)
{
    (void)state;
    struct out *out = malloc(sizeof *out);
    assert_non_null(out);
    out_init(out, (struct out_sink){fails_without_errno, NULL});
    out_text(out, "x");
    assert_int_equal(out_flush(out), -1);
    assert_int_equal(out->failure, EIO);
    free(out);
}

static void the_first_failure_stays(void **state)
{
    (void)state;
    struct sink sink;
    struct out *out = out_make(&sink);
    out_text(out, "kept back");
    out_fail(out, ENOMEM);
    out_fail(out, ENOSPC);
    assert_int_equal(out_flush(out), -1);
    assert_int_equal(out->failure, ENOMEM);
    assert_int_equal(sink.writes, 0);
    out_drop(out, &sink);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(lines_are_never_split),
        cmocka_unit_test(more_than_the_buffer_goes_straight_through),
        cmocka_unit_test(a_failed_write_is_never_forgotten),
        cmocka_unit_test(a_failure_without_a_reason_is_one),
        cmocka_unit_test(the_first_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
