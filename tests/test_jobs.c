/* Two threads tell what one does, to the byte, where everything is full, and by the clock: over all
 * captures of the repository, merged. One secret for all runs: what gives way, and what is
 * forgotten, hangs on it. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "icmpscope.h"

enum { CAPTURES_MOST = 1024, PATH_SIZE = 512 };

static char paths[CAPTURES_MOST][PATH_SIZE];
static const char *files[CAPTURES_MOST];
static size_t file_count;

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All of the folder pcaps/. */
static int find_captures(void **state)
{
    (void)state;
    const char *top = getenv("srcdir");
    char folder[PATH_SIZE / 2];
    snprintf(folder, sizeof folder, "%s/pcaps", top != NULL ? top : ".");
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && file_count < CAPTURES_MOST) {
        if (strstr(entry->d_name, ".pcap") == NULL)
            continue;
        snprintf(paths[file_count], PATH_SIZE, "%s/%.200s", folder, entry->d_name);
        files[file_count] = paths[file_count];
        file_count++;
    }
    closedir(directory);
    qsort(files, file_count, sizeof files[0], compare_paths);
    assert_in_range(file_count, 10, CAPTURES_MOST - 1);
    return 0;
}

/* What one run told. */
struct told {
    char *bytes;
    size_t size, capacity;
    size_t refuse_at; /* no more is taken from there on; 0: all is */
    int64_t clock_ns;
    size_t tends, complaints;
    enum icmpscope_status status;
};

static int take(void *context, const char *bytes, size_t size)
{
    struct told *told = context;
    if (told->refuse_at != 0 && told->size + size > told->refuse_at) {
        errno = ENOSPC;
        return -1;
    }
    if (told->capacity - told->size < size) {
        told->capacity = 2 * (told->capacity + size);
        told->bytes = realloc(told->bytes, told->capacity);
        assert_non_null(told->bytes);
    }
    memcpy(told->bytes + told->size, bytes, size);
    told->size += size;
    return 0;
}

/* Between any two looks at it 7 ms pass. */
static int64_t look(void *context)
{
    struct told *told = context;
    told->clock_ns += 7000000;
    return told->clock_ns;
}

static void tend(void *context, struct icmpscope *run)
{
    struct told *told = context;
    told->tends++;
    assert_int_equal(icmpscope_flush(run), 0);
}

static void complain(void *context, const char *line)
{
    struct told *told = context;
    (void)line;
    told->complaints++;
}

struct trial {
    const char *name;
    enum icmpscope_format format;
    enum icmpscope_evidence evidence;
    size_t max_flows, max_memory, recent_packets;
    uint64_t max_packets;
    int64_t interval_ns; /* with a clock */
    size_t refuse_at;
    bool all_flows;
};

static const struct trial trials[] = {
    {.name = "text", .format = ICMPSCOPE_TEXT},
    {.name = "flows", .format = ICMPSCOPE_NDJSON, .all_flows = true},
    {.name = "few flows", .format = ICMPSCOPE_NDJSON, .max_flows = 20},
    {.name = "little memory", .format = ICMPSCOPE_NDJSON, .max_memory = (size_t)40 << 20},
    {.name = "few packets", .format = ICMPSCOPE_NDJSON, .recent_packets = 1},
    {.name = "evidence", .format = ICMPSCOPE_ECS, .evidence = ICMPSCOPE_EVIDENCE_PCAPNG},
    {.name = "cut short", .format = ICMPSCOPE_NDJSON, .max_packets = 3001},
    {.name = "intervals", .format = ICMPSCOPE_NDJSON, .interval_ns = INT64_C(50000000)},
};

static void run(const struct trial *trial, unsigned jobs, struct told *told)
{
    struct icmpscope_config config;
    icmpscope_config_init(&config);
    *told = (struct told){.refuse_at = trial->refuse_at, .clock_ns = INT64_C(1800000000) << 30};
    config.files = files;
    config.file_count = trial->max_memory != 0 ? 30 : file_count;
    config.jobs = jobs;
    config.format = trial->format;
    config.evidence = trial->evidence;
    config.all_flows = trial->all_flows;
    config.max_packets = trial->max_packets;
    config.max_memory = trial->max_memory;
    config.interval_ns = trial->interval_ns;
    if (trial->max_flows != 0)
        config.max_flows = trial->max_flows;
    if (trial->recent_packets != 0)
        config.recent_packets = trial->recent_packets;
    if (trial->interval_ns != 0)
        config.clock = look;
    config.tend = tend;
    config.seed[0] = 7, config.seed[1] = 77;
    config.write = config.write_evidence = take; /* both into one, in the order of their coming */
    config.complain = complain;
    config.context = told;
    told->status = icmpscope_run(&config);
}

static void assert_same(const struct trial *trial)
{
    struct told one;
    run(trial, 1, &one);
    assert_true(one.size > 1000);
    for (unsigned jobs = 2; jobs <= 3; jobs++) {
        struct told more;
        run(trial, jobs, &more);
        if (more.size != one.size || memcmp(more.bytes, one.bytes, one.size) != 0)
            fail_msg("%s: %u threads tell something else", trial->name, jobs);
        assert_int_equal(more.status, one.status);
        assert_int_equal(more.tends, one.tends);
        assert_int_equal(more.complaints, one.complaints);
        free(more.bytes);
    }
    free(one.bytes);
}

static void two_threads_tell_what_one_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++)
        assert_same(&trials[i]);
}

static void the_clock_is_heeded_between_batches(void **state)
{
    (void)state;
    const struct trial trial = {.format = ICMPSCOPE_NDJSON, .interval_ns = INT64_C(50000000)};
    struct told told;
    run(&trial, 2, &told);
    assert_true(told.tends > 5);
    free(told.bytes);
}

/* It ends, and says so; how far it came is not the same. */
static void lost_output_ends_it(void **state)
{
    (void)state;
    const struct trial trial = {.format = ICMPSCOPE_NDJSON, .refuse_at = 200000};
    struct told told;
    run(&trial, 2, &told);
    assert_int_equal(told.status, ICMPSCOPE_FAILED);
    free(told.bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_tell_what_one_does),
        cmocka_unit_test(the_clock_is_heeded_between_batches),
        cmocka_unit_test(lost_output_ends_it),
    };
    return cmocka_run_group_tests(tests, find_captures, NULL);
}
