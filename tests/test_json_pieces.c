/* The document in pieces: the same as jansson builds whole, and written as it grows. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/json_build.h"
#include "report/json_pieces.h"

struct sink {
    char bytes[16384];
    size_t size;
    bool fails;
};

static int sink_write(void *context, const char *bytes, size_t size)
{
    struct sink *sink = context;
    if (sink->fails || size > sizeof sink->bytes - sink->size) {
        errno = ENOSPC;
        return -1;
    }
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
    return 0;
}

/* An entry with containers in it, deeper than a section's list. */
static void entry_put(struct writer *writer, const char *name)
{
    writer->ops->object_begin(writer->self, NULL);
    writer->ops->text(writer->self, "name", name, strlen(name));
    writer->ops->array_begin(writer->self, "by");
    writer->ops->integer(writer->self, NULL, INT64_MIN);
    writer->ops->object_begin(writer->self, NULL);
    writer->ops->boolean(writer->self, "deep", true);
    writer->ops->array_begin(writer->self, "none");
    writer->ops->array_end(writer->self);
    writer->ops->object_end(writer->self);
    writer->ops->array_end(writer->self);
    writer->ops->object_end(writer->self);
}

static void document_put(struct writer *writer)
{
    writer->ops->integer(writer->self, "version", 1);
    writer->ops->object_begin(writer->self, "empty");
    writer->ops->object_end(writer->self);
    writer->ops->array_begin(writer->self, "captures");
    entry_put(writer, "a\"\\\x01\x7f\n\xff.pcap");
    entry_put(writer, "b");
    writer->ops->array_end(writer->self);
    writer->ops->object_begin(writer->self, "errors");
    writer->ops->real(writer->self, "nothing", NAN);
    writer->ops->real(writer->self, "share", 0.25);
    writer->ops->array_begin(writer->self, "list");
    entry_put(writer, "");
    writer->ops->integer(writer->self, NULL, 7);
    writer->ops->array_begin(writer->self, NULL);
    writer->ops->array_end(writer->self);
    writer->ops->array_end(writer->self);
    writer->ops->boolean(writer->self, "last", false);
    writer->ops->object_end(writer->self);
}

static void it_is_what_is_built_whole(void **state)
{
    (void)state;
    static struct out out;
    struct sink sink = {.size = 0};
    struct json_pieces pieces;
    out_init(&out, (struct out_sink){sink_write, &sink});
    json_pieces_init(&pieces, &out);
    struct writer writer = json_pieces_writer(&pieces);
    document_put(&writer);
    json_pieces_finish(&pieces);
    assert_int_equal(out_flush(&out), 0);

    struct json_build build;
    json_build_init(&build);
    writer = json_build_writer(&build);
    document_put(&writer);
    json_t *whole = json_build_finish(&build);
    json_t *parsed = json_loadb(sink.bytes, sink.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(whole);
    assert_non_null(parsed);
    assert_true(json_equal(whole, parsed));
    assert_int_equal(sink.bytes[sink.size - 1], '\n');
    for (size_t i = 0; i + 1 < sink.size; i++)
        assert_true((unsigned char)sink.bytes[i] >= 0x20 && sink.bytes[i] != 0x7f);
    json_decref(whole);
    json_decref(parsed);
}

static void a_document_without_members_is_one(void **state)
{
    (void)state;
    static struct out out;
    struct sink sink = {.size = 0};
    struct json_pieces pieces;
    out_init(&out, (struct out_sink){sink_write, &sink});
    json_pieces_init(&pieces, &out);
    json_pieces_finish(&pieces);
    out_flush(&out);
    assert_int_equal(sink.size, 3);
    assert_memory_equal(sink.bytes, "{}\n", 3);
}

/* An entry is out before the next one begins: what a document takes does not grow with its lists.
 */
static void each_entry_is_written_when_it_ends(void **state)
{
    (void)state;
    static struct out out;
    struct sink sink = {.size = 0};
    struct json_pieces pieces;
    out_init(&out, (struct out_sink){sink_write, &sink});
    json_pieces_init(&pieces, &out);
    struct writer writer = json_pieces_writer(&pieces);
    writer.ops->object_begin(writer.self, "flows");
    writer.ops->array_begin(writer.self, "list");
    for (int i = 0; i < 20; i++) {
        entry_put(&writer, "entry");
        assert_false(pieces.pending);
        out_flush(&out);
        assert_int_equal(sink.bytes[sink.size - 1], '}');
    }
    writer.ops->array_end(writer.self);
    writer.ops->object_end(writer.self);
    json_pieces_finish(&pieces);
}

static void a_failed_write_is_remembered(void **state)
{
    (void)state;
    static struct out out;
    struct sink sink = {.fails = true};
    struct json_pieces pieces;
    out_init(&out, (struct out_sink){sink_write, &sink});
    json_pieces_init(&pieces, &out);
    struct writer writer = json_pieces_writer(&pieces);
    for (int i = 0; i < 4; i++) {
        document_put(&writer);
        out_flush(&out);
    }
    json_pieces_finish(&pieces);
    assert_int_equal(out_flush(&out), -1);
    assert_int_equal(out.failure, ENOSPC);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_what_is_built_whole),
    cmocka_unit_test(a_document_without_members_is_one),
    cmocka_unit_test(each_entry_is_written_when_it_ends),
    cmocka_unit_test(a_failed_write_is_remembered),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
