/* The library from outside: icmpscope_run() over captures made here. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "icmpscope.h"
#include "sample.h"

enum { LINKTYPE_RAW = 101, FLOWS = 500, PACKETS = 2 * FLOWS };

/* ---- the capture: FLOWS datagrams, each refused ---------------------------------------------- */

static void ipv4_header(struct sample *sample, uint16_t length, uint16_t id, uint8_t proto,
                        const uint8_t addresses[8])
{
    sample_u16(sample, 0x4500);
    sample_u16(sample, length);
    sample_u16(sample, id);
    sample_u16(sample, 0);
    sample_u16(sample, (uint16_t)(64 << 8 | proto));
    sample_u16(sample, 0);
    sample_put(sample, addresses, 8);
}

static void udp_packet(struct sample *sample, uint16_t flow)
{
    static const uint8_t there[8] = {192, 0, 2, 1, 198, 51, 100, 7};
    ipv4_header(sample, 28, (uint16_t)(flow + 1), 17, there);
    sample_u16(sample, (uint16_t)(10000 + flow));
    sample_u16(sample, 53);
    sample_u16(sample, 8);
    sample_u16(sample, 0);
}

static void record_header(struct sample *sample, uint32_t us, uint32_t length)
{
    sample_u32(sample, 1700000000);
    sample_u32(sample, us);
    sample_u32(sample, length);
    sample_u32(sample, length);
}

/* Big-endian throughout, as the packets are. */
static char *capture_make(void)
{
    static const uint8_t back[8] = {198, 51, 100, 7, 192, 0, 2, 1};
    struct sample sample = {.big_endian = true};
    sample_pcap(&sample, PCAP_US, 65535, LINKTYPE_RAW);
    for (uint16_t flow = 0; flow < FLOWS; flow++) {
        record_header(&sample, flow * 1000u, 28);
        udp_packet(&sample, flow);
        record_header(&sample, flow * 1000u + 250, 56);
        ipv4_header(&sample, 56, 7, 1, back);
        sample_u32(&sample, 0x03030000); /* type, code, a checksum that is wrong */
        sample_u32(&sample, 0);
        udp_packet(&sample, flow);
    }
    char *path = sample_save(&sample, sample.size);
    sample_free(&sample);
    return path;
}

static int capture_setup(void **state)
{
    *state = capture_make();
    return 0;
}

static int capture_teardown(void **state)
{
    int result = unlink(*state);
    free(*state);
    return result;
}

/* ---- a run ----------------------------------------------------------------------------------- */

struct run {
    struct icmpscope_config config;
    const char *file;
    char *out;
    size_t size;
    size_t fail_at; /* bytes after which writing fails; 0: never */
    int complaints, tellings;
    struct icmpscope_progress progress; /* as told last */
    enum icmpscope_status status;
};

static int keep(void *context, const char *bytes, size_t size)
{
    struct run *run = context;
    if (run->fail_at != 0 && run->size + size > run->fail_at) {
        errno = ENOSPC;
        return -1;
    }
    run->out = realloc(run->out, run->size + size + 1);
    memcpy(run->out + run->size, bytes, size);
    run->size += size;
    run->out[run->size] = '\0';
    return 0;
}

static void count_complaint(void *context, const char *line)
{
    struct run *run = context;
    assert_true(strlen(line) > 0);
    run->complaints++;
}

static void run_init(struct run *run, const char *file, enum icmpscope_format format)
{
    memset(run, 0, sizeof *run);
    icmpscope_config_init(&run->config);
    run->file = file;
    run->config.files = &run->file;
    run->config.file_count = 1;
    run->config.format = format;
    run->config.seed[0] = 1;
    run->config.seed[1] = 2;
    run->config.write = keep;
    run->config.complain = count_complaint;
    run->config.context = run;
}

static void run_go(struct run *run)
{
    run->status = icmpscope_run(&run->config);
}

static json_int_t document_integer(const struct run *run, const char *object, const char *key)
{
    json_t *root = json_loads(run->out, 0, NULL);
    assert_non_null(root);
    json_t *parent = object != NULL ? json_object_get(root, object) : root;
    json_t *value = json_object_get(parent, key);
    assert_true(json_is_integer(value));
    json_int_t integer = json_integer_value(value);
    json_decref(root);
    return integer;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void every_error_is_tied_to_its_own_packet(void **state)
{
    struct run run;
    run_init(&run, *state, ICMPSCOPE_JSON);
    run_go(&run);
    assert_int_equal(run.status, ICMPSCOPE_OK);
    assert_int_equal(run.complaints, 0);
    assert_int_equal(document_integer(&run, NULL, "packets"), PACKETS);
    assert_int_equal(document_integer(&run, "errors", "total"), FLOWS);
    assert_int_equal(document_integer(&run, "flows", "affected"), FLOWS);

    json_t *root = json_loads(run.out, 0, NULL);
    json_t *verdicts = json_object_get(json_object_get(root, "errors"), "by_verdict");
    assert_int_equal(json_integer_value(json_object_get(verdicts, "exact")), FLOWS);
    json_decref(root);
    free(run.out);
}

static void the_secret_of_the_hash_does_not_show(void **state)
{
    struct run first, other;
    run_init(&first, *state, ICMPSCOPE_NDJSON);
    first.config.max_flows = 40;
    run_go(&first);
    for (uint64_t seed = 3; seed < 8; seed++) {
        run_init(&other, *state, ICMPSCOPE_NDJSON);
        other.config.max_flows = 40;
        other.config.seed[0] = seed * 0x9e3779b97f4a7c15u;
        other.config.seed[1] = ~seed;
        run_go(&other);
        assert_int_equal(other.size, first.size);
        assert_string_equal(other.out, first.out);
        free(other.out);
    }
    free(first.out);
}

static void a_count_is_kept_to_the_packet(void **state)
{
    /* Around the size of a batch, where it is easy to be off by one. */
    static const uint64_t counts[] = {1, 2, 63, 64, 65, 127, 128, 129, PACKETS, PACKETS + 1};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct run run;
        run_init(&run, *state, ICMPSCOPE_JSON);
        run.config.max_packets = counts[i];
        run_go(&run);
        uint64_t expected = counts[i] < PACKETS ? counts[i] : PACKETS;
        assert_int_equal(document_integer(&run, NULL, "packets"), expected);
        assert_int_equal(document_integer(&run, "errors", "total"), expected / 2);
        free(run.out);
    }
}

static void a_duration_ends_before_the_first_packet_beyond_it(void **state)
{
    struct run run;
    run_init(&run, *state, ICMPSCOPE_JSON);
    run.config.max_duration_ns = 10 * 1000000; /* 10 ms: flows 0 to 9, two packets each */
    run_go(&run);
    assert_int_equal(document_integer(&run, NULL, "packets"), 20);
    free(run.out);
}

static void a_filter_counts_what_it_lets_through(void **state)
{
    struct run run;
    run_init(&run, *state, ICMPSCOPE_JSON);
    run.config.filter = "udp";
    run.config.max_packets = 70;
    run_go(&run);
    assert_int_equal(document_integer(&run, NULL, "packets"), 70);
    assert_int_equal(document_integer(&run, "errors", "total"), 0);
    free(run.out);
}

static void a_filter_that_does_not_compile_is_a_mistake_of_the_caller(void **state)
{
    struct run run;
    run_init(&run, *state, ICMPSCOPE_TEXT);
    run.config.filter = "udp port nonsense and";
    run_go(&run);
    assert_int_equal(run.status, ICMPSCOPE_USAGE);
    assert_int_equal(run.complaints, 1);
    assert_int_equal(run.size, 0);
}

static void a_stop_still_says_what_there_is(void **state)
{
    static const volatile sig_atomic_t stop = 1;
    struct run run;
    run_init(&run, *state, ICMPSCOPE_JSON);
    run.config.stop = &stop;
    run_go(&run);
    assert_int_equal(run.status, ICMPSCOPE_OK);
    assert_int_equal(document_integer(&run, NULL, "packets"), 0);
    free(run.out);
}

static void output_that_fails_anywhere_is_a_failure(void **state)
{
    static const enum icmpscope_format formats[] = {ICMPSCOPE_TEXT, ICMPSCOPE_JSON,
                                                    ICMPSCOPE_NDJSON};
    for (size_t i = 0; i < 3; i++) {
        struct run whole, cut;
        run_init(&whole, *state, formats[i]);
        run_go(&whole);
        assert_int_equal(whole.status, ICMPSCOPE_OK);
        const size_t places[] = {1, whole.size / 2, whole.size - 1};
        for (size_t j = 0; j < 3; j++) {
            run_init(&cut, *state, formats[i]);
            cut.fail_at = places[j];
            run_go(&cut);
            assert_int_equal(cut.status, ICMPSCOPE_FAILED);
            free(cut.out);
        }
        free(whole.out);
    }
}

static void one_bad_file_does_not_stop_the_others(void **state)
{
    struct run run;
    const char *files[] = {"no-such-file.pcap", *state};
    run_init(&run, *state, ICMPSCOPE_JSON);
    run.config.files = files;
    run.config.file_count = 2;
    run_go(&run);
    assert_int_equal(run.status, ICMPSCOPE_FAILED);
    assert_int_equal(run.complaints, 1);
    assert_int_equal(document_integer(&run, NULL, "packets"), PACKETS);
    free(run.out);
}

static void keep_progress(void *context, const struct icmpscope_progress *progress)
{
    struct run *run = context;
    assert_true(progress->bytes_read >= run->progress.bytes_read);
    assert_true(progress->packets >= run->progress.packets);
    run->progress = *progress;
    run->tellings++;
}

/* A record is 16 bytes and what it holds: the datagram's 28, the error's 56. */
static void progress_adds_up_to_the_whole_capture(void **state)
{
    struct run run;
    run_init(&run, *state, ICMPSCOPE_TEXT);
    run.config.progress = keep_progress;
    run.config.filter = "icmp";
    run_go(&run);
    assert_in_range(run.tellings, 1, PACKETS / 64 + 1);
    assert_int_equal(run.progress.bytes_total, 24 + FLOWS * (16 + 28 + 16 + 56));
    assert_int_equal(run.progress.bytes_read, run.progress.bytes_total);
    assert_int_equal(run.progress.packets, FLOWS);
    assert_int_equal(run.progress.icmp_messages, FLOWS);
    free(run.out);
}

static void *run_thread(void *run)
{
    run_go(run);
    return NULL;
}

static void calls_in_several_threads_do_not_disturb_each_other(void **state)
{
    enum { THREADS = 4 };
    struct run runs[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        run_init(&runs[i], *state, ICMPSCOPE_NDJSON);
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, &runs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(runs[i].status, ICMPSCOPE_OK);
        assert_string_equal(runs[i].out, runs[0].out);
    }
    for (size_t i = 0; i < THREADS; i++)
        free(runs[i].out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_is_tied_to_its_own_packet),
        cmocka_unit_test(the_secret_of_the_hash_does_not_show),
        cmocka_unit_test(a_count_is_kept_to_the_packet),
        cmocka_unit_test(a_duration_ends_before_the_first_packet_beyond_it),
        cmocka_unit_test(a_filter_counts_what_it_lets_through),
        cmocka_unit_test(a_filter_that_does_not_compile_is_a_mistake_of_the_caller),
        cmocka_unit_test(a_stop_still_says_what_there_is),
        cmocka_unit_test(output_that_fails_anywhere_is_a_failure),
        cmocka_unit_test(one_bad_file_does_not_stop_the_others),
        cmocka_unit_test(progress_adds_up_to_the_whole_capture),
        cmocka_unit_test(calls_in_several_threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, capture_setup, capture_teardown);
}
