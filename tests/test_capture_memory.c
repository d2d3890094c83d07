/* Memory that runs out while captures are read: said, and nothing lost or leaked. The allocators
 * fail when told to (the linker's --wrap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/compress.h"
#include "capture/filter.h"
#include "capture/inputs.h"
#include "capture/source.h"
#include "sample.h"

enum { INPUTS = 6, ALLOCATIONS_MOST = 200 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int allocations_left = -1; /* < 0: all succeed; from 0 on none does */
static bool allocation_failed;

static bool allocation_fails(void)
{
    if (allocations_left < 0)
        return false;
    if (allocations_left > 0) {
        allocations_left--;
        return false;
    }
    allocation_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(old, size);
}

static char *paths[INPUTS];

static int files_make(void **state)
{
    (void)state;
    for (int i = 0; i < INPUTS; i++) {
        struct sample sample = {0};
        if (i % 2 == 0) {
            sample_pcap(&sample, PCAP_US, 65535, 1);
            for (uint32_t frame = 0; frame < 300; frame++)
                sample_record(&sample, frame, 0, 0, 60);
        } else {
            sample_section(&sample);
            for (uint32_t frame = 0; frame < 300; frame++) {
                sample_interface(&sample, 1, 0);
                sample_enhanced(&sample, frame, frame, 0, 60);
            }
        }
        paths[i] = sample_save(&sample, sample.size);
        sample_free(&sample);
    }
    return 0;
}

static int files_remove(void **state)
{
    (void)state;
    for (int i = 0; i < INPUTS; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    return 0;
}

/* Reads them with so many allocations. True where all went well. */
static bool read_inputs(int allocations)
{
    struct inputs inputs;
    struct record records[64];
    struct error error = {""};
    size_t total = 0, count;
    bool all = true;
    inputs_init(&inputs);
    allocation_failed = false;
    allocations_left = allocations;
    for (int i = 0; i < INPUTS && all; i++)
        all = inputs_add(&inputs, paths[i], &error) == 0;
    for (size_t i = 0; i < inputs.count; i++)
        inputs_begin(&inputs, i);
    while ((count = inputs_read(&inputs, records, 64)) > 0)
        total += count;
    allocations_left = -1;

    assert_int_equal(error_is_set(&error), !all);
    for (size_t i = 0; i < inputs.count; i++) {
        bool done = inputs.list[i].state == INPUT_DONE;
        assert_int_equal(error_is_set(&inputs.list[i].error), !done);
        all = all && done;
    }
    assert_int_equal(all, !allocation_failed);
    assert_int_equal(all, total == INPUTS * 300);
    inputs_fini(&inputs);
    return all;
}

static void inputs_say_that_memory_ran_out(void **state)
{
    (void)state;
    int allocations = 0;
    while (allocations < ALLOCATIONS_MOST && !read_inputs(allocations))
        allocations++;
    assert_in_range(allocations, INPUTS * 3, ALLOCATIONS_MOST - 1);
}

static void filters_say_that_memory_ran_out(void **state)
{
    (void)state;
    struct error error = {""};
    allocations_left = 0;
    struct filter *filter = filter_new("icmp", &error);
    char *text = filter_read_file(paths[0], &error);
    allocations_left = -1;
    assert_null(filter);
    assert_null(text);
    assert_string_equal(error.text, "out of memory");
}

/* The header of a pcap file between these bytes, which make it one stored block of gzip (RFC 1952;
 * the CRC is Python's), and one raw block of zstd (RFC 8878). */
static const struct packed {
    const char *before, *after;
    size_t before_size, after_size;
} packed[] = {
    {"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x18\0\xe7\xff", "\xe1\xd7\xa1\x11\x18\0\0\0", 15, 8},
    {"\x28\xb5\x2f\xfd\0\x50\xc1\0\0", "", 9, 0},
};

static char *packed_save(const struct packed *way)
{
    struct sample sample = {0};
    sample_put(&sample, way->before, way->before_size);
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_put(&sample, way->after, way->after_size);
    char *path = sample_save(&sample, sample.size);
    sample_free(&sample);
    return path;
}

/* With so many allocations. True where all went well. */
static bool read_packed(const char *path, int allocations)
{
    struct error error = {""};
    struct record record;
    allocations_left = allocations;
    struct source *source = sample_source(path, &(struct source_config){.capture = 0}, &error);
    int status = source != NULL ? source_read(source, &record, 1, &error) : -1;
    source_free(source);
    allocations_left = -1;
    assert_int_equal(error_is_set(&error), status != 0);
    return status == 0;
}

static void decompressing_says_that_memory_ran_out(void **state)
{
    (void)state;
    bool tried = false;
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        if (compress_find((const uint8_t *)packed[i].before) == NULL)
            continue;
        tried = true;
        char *path = packed_save(&packed[i]);
        int allocations = 0;
        while (allocations < ALLOCATIONS_MOST && !read_packed(path, allocations))
            allocations++;
        assert_in_range(allocations, 4, ALLOCATIONS_MOST - 1);
        unlink(path);
        free(path);
    }
    if (!tried)
        skip(); /* this build decompresses nothing */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(decompressing_says_that_memory_ran_out),
    cmocka_unit_test(inputs_say_that_memory_ran_out),
    cmocka_unit_test(filters_say_that_memory_ran_out),
};

int main(void)
{
    return cmocka_run_group_tests(tests, files_make, files_remove);
}
