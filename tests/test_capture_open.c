/* Opening captures: what cannot be read says why, pipes are read like files, and what only
 * libpcap knows is read by libpcap. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"
#include "sample.h"

enum { MODIFIED = 0xa1b2cd34, MODIFIED_HEADER = 8 };

static void assert_refused(const void *bytes, size_t size, const char *why)
{
    struct sample sample = {0};
    sample_put(&sample, bytes, size);
    struct reading reading = reading_of(&sample);
    assert_false(reading.opened);
    assert_string_equal(reading.error.text, why);
    reading_free(&reading);
    sample_free(&sample);
}

static void an_empty_file_is_empty(void **state)
{
    (void)state;
    assert_refused("", 0, "is empty");
}

static void other_files_are_not_captures(void **state)
{
    (void)state;
    assert_refused("\x7f"
                   "ELF and more",
                   12, "is not a capture (starts with 0x7f454c46)");
    assert_refused("abc", 3, "is not a capture (it has 3 bytes)");
    assert_refused("\0\0\0\0\0\0\0\0", 8, "is not a capture (starts with 0x00000000)");
    assert_refused("\x0a\x0d\x0d\x0a, a text of old times", 20,
                   "damaged at byte 0: a block of type 0x0a0d0d0a: its byte-order magic is "
                   "missing");
}

static void what_cannot_be_decompressed_is_named(void **state)
{
    (void)state;
    assert_refused("\xfd"
                   "7zXZ\0",
                   6, "is compressed (xz); decompress it first");
    assert_refused("BZh9", 4, "is compressed (bzip2); decompress it first");
}

static void a_cut_file_header_is_refused(void **state)
{
    (void)state;
    assert_refused("\xd4\xc3\xb2\xa1\2\0\4\0\0", 9, "truncated at byte 9, inside the file header");
    assert_refused("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1", 13,
                   "truncated at byte 13, inside a block of type 0x0a0d0d0a");
}

static void the_system_says_why_a_file_cannot_be_opened(void **state)
{
    (void)state;
    struct reading reading = reading_of_file("no such file");
    assert_string_equal(reading.error.text, "No such file or directory");
    reading = reading_of_file(".");
    assert_string_equal(reading.error.text, "Is a directory");
    assert_false(reading.opened);
}

static void a_file_that_may_not_be_read_is_refused(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may */
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 100, 1);
    char *path = sample_save(&sample, sample.size);
    chmod(path, 0);
    struct reading reading = reading_of_file(path);
    unlink(path);
    assert_string_equal(reading.error.text, "Permission denied");
    free(path);
    sample_free(&sample);
}

/* The sample as it comes through a pipe on standard input, `step` bytes at a time. */
static struct reading reading_of_pipe(const struct sample *sample, size_t step)
{
    int ends[2], before = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        size_t at = 0;
        close(ends[0]);
        while (at < sample->size) {
            size_t part = sample->size - at < step ? sample->size - at : step;
            if (write(ends[1], sample->bytes + at, part) != (ssize_t)part)
                _exit(1);
            at += part;
        }
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    struct reading reading = reading_of_file("-");
    dup2(before, STDIN_FILENO);
    close(before);
    int status;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    return reading;
}

static void assert_same(const struct reading *a, const struct reading *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct record *x = &a->records[i], *y = &b->records[i];
        assert_int_equal(x->time_ns, y->time_ns);
        assert_int_equal(x->cap_length, y->cap_length);
        assert_int_equal(x->wire_length, y->wire_length);
        assert_int_equal(x->frame, y->frame);
        assert_memory_equal(x->bytes, y->bytes, x->cap_length);
    }
}

static void assert_read_alike_through_pipes(struct sample *sample)
{
    static const size_t steps[] = {1, 3, 1000, 1 << 20};
    struct reading whole = reading_of(sample);
    assert_int_equal(whole.status, 0);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct reading reading = reading_of_pipe(sample, steps[i]);
        assert_same(&reading, &whole);
        reading_free(&reading);
    }
    reading_free(&whole);
    sample_free(sample);
}

static void pipes_are_read_like_files(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_NS, 65535, 1);
    for (uint32_t i = 0; i < 300; i++)
        sample_record(&sample, i, 0, (uint8_t)i, i);
    assert_read_alike_through_pipes(&sample);

    sample.big_endian = true;
    sample_section(&sample);
    sample_interface(&sample, 1, 0);
    for (uint32_t i = 0; i < 300; i++)
        sample_enhanced(&sample, 0, i, (uint8_t)i, i);
    sample_block(&sample, 0xbad);
    sample_fill(&sample, 1, 100000);
    sample_block_end(&sample, 0);
    assert_read_alike_through_pipes(&sample);
}

/* The pcap of Kuznetsov's patches: longer record headers. Only libpcap reads it. */
static struct sample sample_modified(bool big_endian, uint32_t records)
{
    static const uint8_t more[MODIFIED_HEADER] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct sample sample = {.big_endian = big_endian};
    sample_pcap(&sample, MODIFIED, 65535, 101);
    for (uint32_t i = 0; i < records; i++) {
        sample_u32(&sample, 1000 + i);
        sample_u32(&sample, 250000);
        sample_u32(&sample, i);
        sample_u32(&sample, i + 5);
        sample_put(&sample, more, sizeof more);
        sample_fill(&sample, (uint8_t)i, i);
    }
    return sample;
}

static void what_only_libpcap_knows_is_read_by_it(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct sample sample = sample_modified(big_endian, 100);
        struct reading reading = reading_of(&sample);
        assert_int_equal(reading.status, 0);
        assert_int_equal(reading.count, 100);
        for (uint32_t i = 0; i < 100; i++) {
            const struct record *record = &reading.records[i];
            assert_int_equal(record->time_ns, INT64_C(1000000000) * (1000 + i) + 250000000);
            assert_int_equal(record->frame, i + 1);
            assert_int_equal(record->cap_length, i);
            assert_int_equal(record->wire_length, i + 5);
            assert_int_equal(record->link_type, 101);
            assert_int_equal(record->capture, 7);
            if (i > 0)
                assert_int_equal(record->bytes[i - 1], i);
        }
        reading_free(&reading);
        assert_read_alike_through_pipes(&sample);
    }
}

static void damage_that_libpcap_finds_is_told(void **state)
{
    (void)state;
    struct sample sample = sample_modified(false, 3);
    sample.size -= 1;
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, 2);
    assert_non_null(strstr(reading.error.text, "at frame 3: truncated"));
    reading_free(&reading);
    sample.size = 20;
    reading = reading_of(&sample);
    assert_false(reading.opened);
    assert_non_null(strstr(reading.error.text, "libpcap: truncated"));
    reading_free(&reading);
    sample_free(&sample);
}

static void a_tail_of_zeros_ends_what_libpcap_reads(void **state)
{
    (void)state;
    struct sample sample = sample_modified(false, 2);
    sample_fill(&sample, 0, 1 << 20);
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.status, -1);
    assert_true(reading.count < 2 + 1024);
    reading_free(&reading);
    sample_free(&sample);
}

static void offsets_tell_how_far_it_has_got(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    for (uint32_t i = 0; i < 10; i++)
        sample_record(&sample, i, 0, 0, 84);
    char *path = sample_save(&sample, sample.size);
    struct error error = {""};
    struct source *source = sample_source(path, &(struct source_config){.capture = 0}, &error);
    unlink(path);
    assert_int_equal(source_size(source), 1024);
    assert_int_equal(source_offset(source), 24);
    struct record records[10];
    assert_int_equal(source_read(source, records, 3, &error), 3);
    assert_int_equal(source_offset(source), 324);
    assert_int_equal(source_read(source, records, 10, &error), 7);
    assert_int_equal(source_offset(source), 1024);
    assert_int_equal(source_read(source, records, 10, &error), 0);
    source_free(source);
    free(path);
    sample_free(&sample);
}

static void opening_reads_nothing(void **state)
{
    (void)state;
    int ends[2], before = dup(STDIN_FILENO);
    struct error error = {""};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "none", 4), 4);
    dup2(ends[0], STDIN_FILENO);
    struct source *source = source_open("-", &(struct source_config){.capture = 0}, &error);
    dup2(before, STDIN_FILENO);
    close(before);
    assert_non_null(source);
    int waiting = 0;
    assert_int_equal(ioctl(ends[0], FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 4);
    assert_int_equal(source_offset(source), 0);
    assert_int_equal(source_begin(source, &error), -1);
    assert_string_equal(error.text, "is not a capture (starts with 0x6e6f6e65)");
    source_free(source);
    close(ends[0]);
    close(ends[1]);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

/* Signals that break off what the system does, every 20 ms, or none any more. */
static void set_alarms(bool on)
{
    static const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on ? on_alarm : SIG_DFL};
    if (on)
        sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, on ? &often : &never, NULL);
    if (!on)
        sigaction(SIGALRM, &action, NULL);
}

/* Of a pipe that holds the sample's file header as yet. */
static struct source *open_pipe(const struct sample *sample, const volatile sig_atomic_t *stop,
                                int ends[2])
{
    static struct wait wait; /* outlives the call, as the source does */
    int before = dup(STDIN_FILENO);
    struct error error = {""};
    wait = (struct wait){.stop = stop};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], sample->bytes, 24), 24);
    dup2(ends[0], STDIN_FILENO);
    struct source *source = sample_source("-", &(struct source_config){.wait = &wait}, &error);
    dup2(before, STDIN_FILENO);
    close(before);
    assert_non_null(source);
    return source;
}

static void a_stop_ends_an_idle_pipe(void **state)
{
    (void)state;
    int ends[2];
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    struct source *source = open_pipe(&sample, &alarms, ends);
    struct error error = {""};
    struct record record;
    alarms = 0;
    set_alarms(true);
    assert_int_equal(source_read(source, &record, 1, &error), 0);
    set_alarms(false);
    assert_string_equal(error.text, "");
    source_free(source);
    close(ends[0]);
    close(ends[1]);
    sample_free(&sample);
}

static void a_stop_ends_a_pipe_that_has_not_begun(void **state)
{
    (void)state;
    int ends[2], before = dup(STDIN_FILENO);
    struct error error = {""};
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    alarms = 0;
    set_alarms(true);
    const struct wait wait = {.stop = &alarms};
    assert_null(sample_source("-", &(struct source_config){.wait = &wait}, &error));
    set_alarms(false);
    dup2(before, STDIN_FILENO);
    assert_string_equal(error.text, strerror(EINTR));
    close(before);
    close(ends[0]);
    close(ends[1]);
}

static void other_signals_do_not_end_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_record(&sample, 1, 0, 'a', 60);
    struct source *source = open_pipe(&sample, NULL, ends);
    pid_t writer = fork();
    if (writer == 0) {
        usleep(100000);
        _exit(write(ends[1], sample.bytes + 24, 76) == 76 ? 0 : 1);
    }
    struct error error = {""};
    struct record record;
    alarms = 0;
    set_alarms(true);
    assert_int_equal(source_read(source, &record, 1, &error), 1);
    set_alarms(false);
    assert_true(alarms > 0);
    assert_int_equal(record.cap_length, 60);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    source_free(source);
    close(ends[0]);
    close(ends[1]);
    sample_free(&sample);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_file_is_empty),
    cmocka_unit_test(other_files_are_not_captures),
    cmocka_unit_test(what_cannot_be_decompressed_is_named),
    cmocka_unit_test(a_cut_file_header_is_refused),
    cmocka_unit_test(the_system_says_why_a_file_cannot_be_opened),
    cmocka_unit_test(a_file_that_may_not_be_read_is_refused),
    cmocka_unit_test(pipes_are_read_like_files),
    cmocka_unit_test(what_only_libpcap_knows_is_read_by_it),
    cmocka_unit_test(damage_that_libpcap_finds_is_told),
    cmocka_unit_test(a_tail_of_zeros_ends_what_libpcap_reads),
    cmocka_unit_test(offsets_tell_how_far_it_has_got),
    cmocka_unit_test(opening_reads_nothing),
    cmocka_unit_test(a_stop_ends_an_idle_pipe),
    cmocka_unit_test(a_stop_ends_a_pipe_that_has_not_begun),
    cmocka_unit_test(other_signals_do_not_end_a_pipe),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
