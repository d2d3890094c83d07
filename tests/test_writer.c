/* The two writers: what they make of any text, and that they agree. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "report/json_build.h"
#include "report/json_stream.h"

/* ---- one text through both writers ----------------------------------------------------------- */

/* Whether a byte of the line would act on a terminal, or it is no UTF-8. */
static bool line_is_safe(const char *line, size_t size)
{
    uint32_t code;
    for (size_t at = 0, length; at < size; at += length) {
        length = utf8_decode(line + at, size - at, &code);
        if (length == 0 || utf8_is_control(code))
            return false;
    }
    return true;
}

/* The line without its newline, parsed. The caller owns it. */
static json_t *stream_parse(struct json_stream *stream)
{
    size_t size = json_stream_finish(stream);
    json_error_t error;
    assert_true(size <= JSON_LINE_SIZE);
    assert_int_equal(stream->line[size - 1], '\n');
    assert_true(line_is_safe(stream->line, size - 1));
    json_t *value = json_loadb(stream->line, size - 1, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL)
        fail_msg("%s: %.*s", error.text, (int)size, stream->line);
    return value;
}

/* What a text is in both writers, which must agree. */
static void text_becomes(const char *bytes, size_t size, const char *expected)
{
    struct json_stream stream;
    struct json_build build;
    json_stream_init(&stream);
    json_build_init(&build);
    struct writer streamed = json_stream_writer(&stream), built = json_build_writer(&build);
    streamed.ops->text(streamed.self, "k", bytes, size);
    built.ops->text(built.self, "k", bytes, size);

    json_t *a = stream_parse(&stream), *b = json_build_finish(&build);
    assert_non_null(b);
    assert_string_equal(json_string_value(json_object_get(a, "k")), expected);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char bytes[3] = {'a', (char)byte, 'z'}, expected[8];
        if (byte == 0 || byte >= 0x80)
            snprintf(expected, sizeof expected, "a\\x%02xz", byte);
        else
            snprintf(expected, sizeof expected, "a%cz", byte);
        text_becomes(bytes, 3, expected);
    }
}

/* The word-at-a-time check must see a byte wherever it stands. */
static void every_byte_comes_back_from_every_place(void **state)
{
    (void)state;
    for (size_t place = 0; place < 24; place++) {
        for (int byte = 1; byte < 0x80; byte++) {
            char bytes[25] = "abcdefghijklmnopqrstuvwx";
            bytes[place] = (char)byte;
            text_becomes(bytes, 24, bytes);
        }
        char high[25] = "abcdefghijklmnopqrstuvwx", expected[32];
        high[place] = '\xff';
        snprintf(expected, sizeof expected, "%.*s\\xff%s", (int)place, high, high + place + 1);
        text_becomes(high, 24, expected);
    }
}

static void utf8_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {"caf\u00e9", "\u4e2d\u6587", "\U0001f600", "a\u00a0b",
                                        "\uffff",    "\U0010ffff",   "\ud7ff",     "\ue000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        text_becomes(texts[i], strlen(texts[i]), texts[i]);
}

/* They parse back as they were, and stream_parse() sees that none of them stands in the line. */
static void what_acts_on_a_terminal_is_escaped(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\033[31m",     "\x7f",         "\xc2\x80",    "\xc2\x9b[m",   "\xc2\x9f",
        "\u200e\u200f", "\u2028\u2029", "\u202egnp.x", "\u2066\u2069", "\b\f\n\r\t\"\\/"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        text_becomes(texts[i], strlen(texts[i]), texts[i]);
}

/* As Suricata does it: in a text with bytes that are no UTF-8, every byte from 0x80 is \xHH. */
static void what_is_no_utf8_is_written_byte_by_byte(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"caf\xe9", "caf\\xe9"},
        {"\xc0\x80", "\\xc0\\x80"}, /* overlong */
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xe4\xb8", "\\xe4\\xb8"}, /* cut short */
        {"\xc3\xa9\xff\n", "\\xc3\\xa9\\xff\n"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        text_becomes(pairs[i][0], strlen(pairs[i][0]), pairs[i][1]);
    text_becomes("a\0b\0", 4, "a\\x00b\\x00");
    text_becomes("\xc3\xa9\0", 3, "\xc3\xa9\\x00");
    text_becomes("", 0, "");
}

/* ---- other values ---------------------------------------------------------------------------- */

static void numbers_come_back(void **state)
{
    (void)state;
    static const int64_t values[] = {
        0,  1,   9,    10,   99,         100,       101,       12345,
        -1, -10, -999, 1000, 4294967295, INT64_MAX, INT64_MIN, 9007199254740993};
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    writer.ops->array_begin(writer.self, "list");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        writer.ops->integer(writer.self, NULL, values[i]);
    writer.ops->array_end(writer.self);
    writer_unsigned(&writer, "most", UINT64_MAX);
    writer_unsigned(&writer, "big", INT64_MAX);
    writer.ops->real(writer.self, "real", 0.1);
    writer.ops->real(writer.self, "nan", NAN);
    writer.ops->real(writer.self, "infinite", -INFINITY);
    writer.ops->boolean(writer.self, "yes", true);
    writer.ops->boolean(writer.self, "no", false);

    json_t *value = stream_parse(&stream), *list = json_object_get(value, "list");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_true(json_integer_value(json_array_get(list, i)) == values[i]);
    assert_true(json_integer_value(json_object_get(value, "most")) == INT64_MAX);
    assert_true(json_integer_value(json_object_get(value, "big")) == INT64_MAX);
    assert_true(json_real_value(json_object_get(value, "real")) == 0.1);
    assert_null(json_object_get(value, "nan"));
    assert_null(json_object_get(value, "infinite"));
    assert_true(json_is_true(json_object_get(value, "yes")));
    assert_true(json_is_false(json_object_get(value, "no")));
    json_decref(value);
}

static void absent_is_never_an_empty_string(void **state)
{
    (void)state;
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    writer_string(&writer, "null", NULL);
    writer_string(&writer, "empty", "");
    size_t size = json_stream_finish(&stream);
    assert_int_equal(size, 3);
    assert_memory_equal(stream.line, "{}\n", 3);
}

static void the_line_is_what_one_would_write(void **state)
{
    (void)state;
    static const char expected[] =
        "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[]},\"e\":[{\"f\":true},{},\"g\",-2]}\n";
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer w = json_stream_writer(&stream);
    w.ops->integer(w.self, "a", 1);
    w.ops->object_begin(w.self, "b");
    writer_string(&w, "c", "x");
    w.ops->array_begin(w.self, "d");
    w.ops->array_end(w.self);
    w.ops->object_end(w.self);
    w.ops->array_begin(w.self, "e");
    w.ops->object_begin(w.self, NULL);
    w.ops->boolean(w.self, "f", true);
    w.ops->object_end(w.self);
    w.ops->object_begin(w.self, NULL);
    w.ops->object_end(w.self);
    writer_string(&w, NULL, "g");
    w.ops->integer(w.self, NULL, -2);
    w.ops->array_end(w.self);
    assert_int_equal(json_stream_finish(&stream), strlen(expected));
    assert_memory_equal(stream.line, expected, strlen(expected));
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void a_long_text_is_cut_and_says_so(void **state)
{
    (void)state;
    char text[5000];
    for (int byte = 'x'; byte != 0; byte = byte == 'x' ? '\n' : 0) {
        struct json_stream stream;
        memset(text, byte, sizeof text);
        json_stream_init(&stream);
        struct writer writer = json_stream_writer(&stream);
        writer.ops->text(writer.self, "long", text, sizeof text);
        json_t *value = stream_parse(&stream);
        const char *kept = json_string_value(json_object_get(value, "long"));
        size_t expected = byte == 'x' ? JSON_TEXT_SIZE : (JSON_TEXT_SIZE - 3) / 6 + 3;
        assert_int_equal(strlen(kept), expected);
        assert_string_equal(kept + expected - 3, "...");
        assert_null(json_object_get(value, "truncated")); /* the record is whole */
        json_decref(value);
    }
}

/* Members until nothing more fits, at every size of what stands before: whole ones stay. */
static void a_full_line_leaves_members_out_whole(void **state)
{
    (void)state;
    for (size_t first = 0; first < 200; first++) {
        struct json_stream stream;
        char text[200];
        memset(text, 'a', sizeof text);
        json_stream_init(&stream);
        struct writer writer = json_stream_writer(&stream);
        writer.ops->text(writer.self, "first", text, first);
        writer.ops->array_begin(writer.self, "list");
        for (int i = 0; i < 3000; i++) {
            writer.ops->object_begin(writer.self, NULL);
            writer.ops->integer(writer.self, "i", i);
            writer.ops->object_end(writer.self);
        }
        writer.ops->array_end(writer.self);
        writer_string(&writer, "last", "left out");

        json_t *value = stream_parse(&stream), *list = json_object_get(value, "list");
        size_t count = json_array_size(list);
        assert_true(json_is_true(json_object_get(value, "truncated")));
        assert_true(count > 500 && count < 3000);
        for (size_t i = 0; i + 1 < count; i++) /* the last may have lost its member */
            assert_int_equal(json_integer_value(json_object_get(json_array_get(list, i), "i")), i);
        json_decref(value);
    }
}

static void build_nest(struct writer *writer, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        writer->ops->object_begin(writer->self, "k");
    writer->ops->integer(writer->self, "k", 1);
    for (size_t i = 0; i < depth; i++)
        writer->ops->object_end(writer->self);
}

static void too_deep_a_document_fails(void **state)
{
    (void)state;
    for (size_t depth = 0; depth < 2 * JSON_BUILD_DEPTH; depth++) {
        struct json_build build;
        json_build_init(&build);
        struct writer writer = json_build_writer(&build);
        build_nest(&writer, depth);
        writer_string(&writer, "after", "it");
        json_t *value = json_build_finish(&build);
        assert_int_equal(value != NULL, depth < JSON_BUILD_DEPTH);
        json_decref(value);
    }
}

/* jansson's allocations, the nth of which fails. */
static int allocations_left;

static void *allocate(size_t size)
{
    return allocations_left-- == 0 ? NULL : malloc(size);
}

static void short_memory_fails_the_document(void **state)
{
    (void)state;
    json_t *value = NULL;
    int nth = 0;
    json_set_alloc_funcs(allocate, free);
    for (; value == NULL && nth < 1000; nth++) {
        struct json_build build;
        allocations_left = nth;
        json_build_init(&build);
        struct writer writer = json_build_writer(&build);
        build_nest(&writer, 3);
        writer.ops->array_begin(writer.self, "list");
        writer_string(&writer, NULL, "text");
        writer.ops->real(writer.self, NULL, 0.5);
        writer.ops->boolean(writer.self, NULL, true);
        writer.ops->array_end(writer.self);
        value = json_build_finish(&build);
        assert_true(value == NULL || allocations_left >= 0);
    }
    assert_non_null(value);
    assert_true(nth > 10);
    json_decref(value);
    json_set_alloc_funcs(malloc, free);
}

/* ---- both, over whatever comes --------------------------------------------------------------- */

static uint32_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

struct both {
    struct writer writers[2];
    uint64_t random;
    unsigned key; /* keys must differ */
    bool array;   /* inside one */
};

static void put_random_text(struct both *both, const char *key)
{
    char bytes[40];
    size_t size = random_next(&both->random) % sizeof bytes;
    unsigned kind = random_next(&both->random) % 3;
    for (size_t i = 0; i < size; i++) {
        uint32_t value = random_next(&both->random);
        bytes[i] = (char)(kind == 0 ? ' ' + value % 95 : kind == 1 ? value % 128 : value);
    }
    for (int i = 0; i < 2; i++)
        both->writers[i].ops->text(both->writers[i].self, key, bytes, size);
}

static void put_random(struct both *both)
{
    char name[16];
    snprintf(name, sizeof name, "k%u", both->key++);
    const char *key = both->array ? NULL : name;
    uint32_t value = random_next(&both->random);
    if (value % 4 == 0)
        return put_random_text(both, key);
    for (int i = 0; i < 2; i++) {
        struct writer *writer = &both->writers[i];
        if (value % 4 == 1)
            writer->ops->integer(writer->self, key, (int64_t)value - 1000);
        else if (value % 4 == 2)
            writer->ops->boolean(writer->self, key, value & 8);
        else
            writer->ops->real(writer->self, key, value / 3.0);
    }
}

static void put_random_list(struct both *both)
{
    for (int i = 0; i < 2; i++)
        both->writers[i].ops->array_begin(both->writers[i].self, "list");
    both->array = true;
    for (uint32_t left = random_next(&both->random) % 5; left > 0; left--)
        put_random(both);
    both->array = false;
    for (int i = 0; i < 2; i++)
        both->writers[i].ops->array_end(both->writers[i].self);
}

static void both_writers_say_the_same(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        struct json_stream stream;
        struct json_build build;
        json_stream_init(&stream);
        json_build_init(&build);
        struct both both = {{json_stream_writer(&stream), json_build_writer(&build)}, round, 0, 0};
        for (uint32_t left = random_next(&both.random) % 8; left > 0; left--)
            put_random(&both);
        put_random_list(&both);
        json_t *a = stream_parse(&stream), *b = json_build_finish(&build);
        if (!json_equal(a, b))
            fail_msg("round %u: %s", round, json_dumps(b, 0));
        json_decref(a);
        json_decref(b);
    }
}

/* What JSON has for a number: 15 digits where these name it, else 17. */
static void real_is_as_printf_has_it(double value)
{
    struct json_stream stream;
    char number[40], line[64];
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    writer.ops->real(writer.self, "r", value);
    size_t size = json_stream_finish(&stream);

    snprintf(number, sizeof number, "%.15g", value);
    if (strtod(number, NULL) != value)
        snprintf(number, sizeof number, "%.17g", value);
    bool whole = strpbrk(number, ".e") == NULL;
    int wanted = snprintf(line, sizeof line, "{\"r\":%s%s}\n", number, whole ? ".0" : "");
    if ((int)size != wanted || memcmp(stream.line, line, size) != 0)
        fail_msg("%.*s in place of %s", (int)size, stream.line, line);
}

static void reals_are_as_printf_has_them(void **state)
{
    (void)state;
    static const double odd[] = {0,       -0.0,       0.1,         -0.1,     1e-4, 0.00009999,
                                 1e-9,    1e-300,     1e300,       1e6,      1e15, 12,
                                 1.0 / 3, 999999.999, 0.000123456, 0.1 + 0.2};
    uint64_t random = 3;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        real_is_as_printf_has_it(odd[i]);
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t number = random >> 14;
        real_is_as_printf_has_it((double)(number % 1000000000000000u) / 1e9);
        real_is_as_printf_has_it((double)(number % 1000000000u) / 1e6);
        real_is_as_printf_has_it((double)number / 3e9);
        real_is_as_printf_has_it((double)(number % 1000000000000u) * 1e-9);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(reals_are_as_printf_has_them),
        cmocka_unit_test(every_byte_comes_back_from_every_place),
        cmocka_unit_test(utf8_stays_as_it_is),
        cmocka_unit_test(what_acts_on_a_terminal_is_escaped),
        cmocka_unit_test(what_is_no_utf8_is_written_byte_by_byte),
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(absent_is_never_an_empty_string),
        cmocka_unit_test(the_line_is_what_one_would_write),
        cmocka_unit_test(a_long_text_is_cut_and_says_so),
        cmocka_unit_test(a_full_line_leaves_members_out_whole),
        cmocka_unit_test(too_deep_a_document_fails),
        cmocka_unit_test(short_memory_fails_the_document),
        cmocka_unit_test(both_writers_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
