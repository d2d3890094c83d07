/* Several captures as one timeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/inputs.h"
#include "sample.h"

enum { MANY = 300, MAX = 64 };

/* Puts the sample into a file and the file among the inputs; ends both. */
static void add(struct inputs *inputs, struct sample *sample)
{
    struct error error = {""};
    char *path = sample_save(sample, sample->size);
    assert_int_equal(inputs_add(inputs, path, &error), 0);
    unlink(path);
    free(path);
    sample_free(sample);
}

static void add_seconds(struct inputs *inputs, const uint32_t *seconds, size_t count)
{
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    for (size_t i = 0; i < count; i++)
        sample_record(&sample, seconds[i], 0, (uint8_t)seconds[i], 10);
    add(inputs, &sample);
}

/* Reads all. The bytes of each batch are looked at only once the whole batch is there: they must
 * still be valid. */
static struct reading read_all(struct inputs *inputs, size_t max)
{
    struct reading reading = {0};
    struct record batch[MAX];
    size_t count;
    for (size_t i = 0; i < inputs->count; i++)
        inputs_begin(inputs, i);
    while ((count = inputs_read(inputs, batch, max)) > 0)
        for (size_t i = 0; i < count; i++)
            reading_add(&reading, &batch[i]);
    assert_int_equal(inputs_read(inputs, batch, max), 0);
    return reading;
}

static void records_come_in_the_order_of_time(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    add_seconds(&inputs, (uint32_t[]){1, 4, 6, 9}, 4);
    add_seconds(&inputs, (uint32_t[]){2, 3, 10}, 3);
    add_seconds(&inputs, (uint32_t[]){5, 7, 8}, 3);
    struct reading reading = read_all(&inputs, MAX);
    static const uint16_t captures[] = {0, 1, 1, 0, 2, 0, 2, 2, 0, 1};
    static const uint64_t frames[] = {1, 1, 2, 2, 1, 3, 2, 3, 4, 3};
    assert_int_equal(reading.count, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(reading.records[i].time_ns, (i + 1) * INT64_C(1000000000));
        assert_int_equal(reading.records[i].bytes[9], i + 1);
        assert_int_equal(reading.records[i].capture, captures[i]);
        assert_int_equal(reading.records[i].frame, frames[i]);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(inputs.list[i].state, INPUT_DONE);
    reading_free(&reading);
    inputs_fini(&inputs);
}

static void equal_times_come_in_the_order_of_the_inputs(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    for (int i = 0; i < 5; i++)
        add_seconds(&inputs, (uint32_t[]){7, 7, 7}, 3);
    struct reading reading = read_all(&inputs, MAX);
    assert_int_equal(reading.count, 15);
    for (size_t i = 0; i < 15; i++) {
        assert_int_equal(reading.records[i].capture, i / 3);
        assert_int_equal(reading.records[i].frame, i % 3 + 1);
    }
    reading_free(&reading);
    inputs_fini(&inputs);
}

static void one_capture_keeps_its_own_order(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    add_seconds(&inputs, (uint32_t[]){5, 1, 9, 2}, 4);
    add_seconds(&inputs, (uint32_t[]){4, 6}, 2);
    struct reading reading = read_all(&inputs, MAX);
    static const uint8_t expected[] = {4, 5, 1, 6, 9, 2};
    assert_int_equal(reading.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(reading.records[i].bytes[0], expected[i]);
    reading_free(&reading);
    inputs_fini(&inputs);
}

static void one_input_is_given_as_it_is(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    add_seconds(&inputs, (uint32_t[]){5, 1, 9}, 3);
    struct record records[2];
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_int_equal(inputs_read(&inputs, records, 2), 2);
    assert_int_equal(records[1].time_ns, 1000000000);
    assert_int_equal(inputs_read(&inputs, records, 2), 1);
    assert_int_equal(records[0].time_ns, 9000000000);
    assert_int_equal(inputs.list[0].state, INPUT_READING);
    assert_int_equal(inputs_read(&inputs, records, 2), 0);
    assert_int_equal(inputs.list[0].state, INPUT_DONE);
    inputs_fini(&inputs);
}

static void bad_inputs_do_not_stop_the_others(void **state)
{
    (void)state;
    struct inputs inputs;
    struct error error = {""};
    struct sample cut = {0};
    inputs_init(&inputs);
    assert_int_equal(inputs_add(&inputs, "no such file", &error), 0);
    sample_pcap(&cut, PCAP_US, 65535, 1);
    sample_record(&cut, 3, 0, 3, 10);
    sample_fill(&cut, 1, 5);
    add(&inputs, &cut);
    add_seconds(&inputs, (uint32_t[]){2, 4}, 2);
    struct sample empty = {0};
    add(&inputs, &empty);
    struct reading reading = read_all(&inputs, MAX);
    assert_int_equal(reading.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(reading.records[i].bytes[0], i + 2);
    assert_int_equal(reading.records[1].capture, 1);

    assert_string_equal(error.text, "");
    assert_string_equal(inputs.list[0].path, "no such file");
    assert_int_equal(inputs.list[0].state, INPUT_UNREADABLE);
    assert_string_equal(inputs.list[0].error.text, "No such file or directory");
    assert_int_equal(inputs.list[1].state, INPUT_DAMAGED);
    assert_string_equal(inputs.list[1].error.text,
                        "truncated at byte 55, inside the record of frame 2");
    assert_int_equal(inputs.list[2].state, INPUT_DONE);
    assert_string_equal(inputs.list[2].error.text, "");
    assert_int_equal(inputs.list[3].state, INPUT_UNREADABLE);
    assert_string_equal(inputs.list[3].error.text, "is empty");
    reading_free(&reading);
    inputs_fini(&inputs);
}

static void nothing_to_read_ends_at_once(void **state)
{
    (void)state;
    struct inputs inputs;
    struct error error = {""};
    struct record record;
    inputs_init(&inputs);
    assert_int_equal(inputs_read(&inputs, &record, 1), 0);
    inputs_fini(&inputs);
    inputs_init(&inputs);
    assert_int_equal(inputs_add(&inputs, "no such file", &error), 0);
    assert_int_equal(inputs_read(&inputs, &record, 1), 0);
    inputs_fini(&inputs);
}

/* Each with more records than are read ahead and more bytes than a block, at times that make them
 * take turns in no simple pattern. */
static void hundreds_of_inputs_are_merged(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    uint32_t random = 1;
    size_t total = 0;
    for (uint32_t input = 0; input < MANY; input++) {
        struct sample sample = {0};
        uint32_t time = 0, records = input % 7 == 0 ? 400 : 20;
        sample_pcap(&sample, PCAP_US, 65535, 1);
        for (uint32_t i = 0; i < records; i++) {
            random = random * 1103515245 + 12345;
            time += (random >> 16) % 5;
            sample_record(&sample, time, 0, (uint8_t)(input + i), input % 7 == 0 ? 1400 : 20);
        }
        total += records;
        add(&inputs, &sample);
    }

    uint64_t frames[MANY] = {0};
    struct reading reading = read_all(&inputs, MAX);
    assert_int_equal(reading.count, total);
    for (size_t i = 0; i < total; i++) {
        const struct record *record = &reading.records[i],
                            *before = &reading.records[i > 0 ? i - 1 : 0];
        assert_int_equal(record->frame, ++frames[record->capture]);
        uint8_t fill = (uint8_t)(record->capture + record->frame - 1);
        assert_int_equal(record->bytes[0], fill);
        assert_int_equal(record->bytes[record->cap_length - 1], fill);
        if (i > 0 && record->time_ns == before->time_ns)
            assert_true(record->capture >= before->capture);
        else if (i > 0)
            assert_true(record->time_ns > before->time_ns);
    }
    reading_free(&reading);
    inputs_fini(&inputs);
}

static void small_batches_give_the_same(void **state)
{
    (void)state;
    for (size_t max = 1; max < 5; max++) {
        struct inputs inputs;
        inputs_init(&inputs);
        add_seconds(&inputs, (uint32_t[]){1, 4, 5, 9}, 4);
        add_seconds(&inputs, (uint32_t[]){2, 3, 6, 7, 8}, 5);
        struct reading reading = read_all(&inputs, max);
        assert_int_equal(reading.count, 9);
        for (size_t i = 0; i < 9; i++)
            assert_int_equal(reading.records[i].bytes[0], i + 1);
        reading_free(&reading);
        inputs_fini(&inputs);
    }
}

static void progress_adds_up(void **state)
{
    (void)state;
    struct inputs inputs;
    struct error error = {""};
    struct record records[MAX];
    inputs_init(&inputs);
    assert_int_equal(inputs_add(&inputs, "no such file", &error), 0);
    add_seconds(&inputs, (uint32_t[]){1, 4, 5, 9}, 4); /* 24 + 4 × 26 bytes */
    add_seconds(&inputs, (uint32_t[]){2, 3}, 2);       /* 24 + 2 × 26 */
    assert_int_equal(inputs_size(&inputs), 204);
    assert_int_equal(inputs_offset(&inputs), 0);
    for (size_t i = 0; i < inputs.count; i++)
        assert_int_equal(inputs_begin(&inputs, i), 0); /* also of what was told already */
    assert_int_equal(inputs_offset(&inputs), 48);
    while (inputs_read(&inputs, records, MAX) > 0)
        ;
    assert_int_equal(inputs_size(&inputs), 204);
    assert_int_equal(inputs_offset(&inputs), 204);
    inputs_fini(&inputs);
}

static void a_pipe_has_no_size(void **state)
{
    (void)state;
    struct inputs inputs;
    struct error error = {""};
    struct sample sample = {0};
    int ends[2], before = dup(STDIN_FILENO);
    sample_pcap(&sample, PCAP_US, 65535, 1);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], sample.bytes, sample.size), sample.size);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    inputs_init(&inputs);
    assert_int_equal(inputs_add(&inputs, "-", &error), 0);
    dup2(before, STDIN_FILENO);
    close(ends[0]);
    close(before);
    add_seconds(&inputs, (uint32_t[]){1}, 1);
    assert_int_equal(inputs.list[0].state, INPUT_READING);
    assert_int_equal(inputs_size(&inputs), 0);
    inputs_fini(&inputs); /* also what was never read is closed */
    sample_free(&sample);
}

/* A batch of which the bytes are to stay. */
struct kept {
    uint64_t turns; /* when it was read */
    size_t count;
    struct record records[MAX];
};

enum { KEPT_RECORDS = 30000, KEPT_LENGTH = 60, KEPT_BATCHES = KEPT_RECORDS / MAX + 1 };

static void add_many(struct inputs *inputs)
{
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    for (uint32_t i = 1; i <= KEPT_RECORDS; i++)
        sample_record(&sample, 1, 0, (uint8_t)(i * 7), KEPT_LENGTH);
    add(inputs, &sample);
}

/* How many of its records are as they were written. */
static size_t kept_intact(const struct kept *kept)
{
    size_t intact = 0;
    for (size_t i = 0; i < kept->count; i++) {
        const struct record *record = &kept->records[i];
        const uint8_t fill = (uint8_t)(record->frame * 7);
        intact += record->bytes[0] == fill && record->bytes[KEPT_LENGTH - 1] == fill;
    }
    return intact;
}

/* All that was read while the inputs' turns have not grown by INPUTS_KEPT is there: of 2.3 MB. */
static void what_is_kept_stays(void **state)
{
    (void)state;
    struct inputs inputs;
    struct kept *kept = calloc(2 * KEPT_BATCHES, sizeof *kept);
    size_t batches = 0, records = 0;
    assert_non_null(kept);
    inputs_init(&inputs);
    add_many(&inputs);
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_true(inputs_may_keep(&inputs));
    for (uint64_t turns = 0, first = 0; batches < 2 * KEPT_BATCHES; batches++) {
        struct kept *now = &kept[batches];
        now->count = inputs_read(&inputs, now->records, MAX);
        now->turns = inputs_turns(&inputs);
        assert_in_range(now->turns, turns, turns + 1);
        turns = now->turns;
        while (turns - kept[first].turns >= INPUTS_KEPT)
            first++;
        for (size_t i = first; i <= batches; i++)
            assert_int_equal(kept_intact(&kept[i]), kept[i].count);
        records += now->count;
        if (now->count == 0)
            break;
        inputs_keep(&inputs);
    }
    assert_int_equal(records, KEPT_RECORDS);
    assert_in_range(inputs_turns(&inputs), 10, batches);
    free(kept);
    inputs_fini(&inputs);
}

/* Nothing is left unread when the other buffer is taken for the first time. */
static void the_end_comes_as_without(void **state)
{
    (void)state;
    struct inputs inputs;
    struct record records[MAX];
    inputs_init(&inputs);
    add_seconds(&inputs, (uint32_t[]){1, 2}, 2);
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_true(inputs_may_keep(&inputs));
    assert_int_equal(inputs_read(&inputs, records, MAX), 2);
    inputs_keep(&inputs);
    assert_int_equal(inputs_read(&inputs, records, MAX), 0);
    assert_int_equal(inputs.list[0].state, INPUT_DONE);
    assert_int_equal(records[1].bytes[0], 2);
    inputs_fini(&inputs);
}

static void what_is_not_kept_takes_no_turns(void **state)
{
    (void)state;
    struct inputs inputs;
    struct record records[MAX];
    inputs_init(&inputs);
    add_many(&inputs);
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_true(inputs_may_keep(&inputs));
    while (inputs_read(&inputs, records, MAX) > 0)
        assert_int_equal(inputs_turns(&inputs), 0);
    inputs_fini(&inputs);
}

static void not_everything_can_be_kept(void **state)
{
    (void)state;
    struct inputs inputs;
    inputs_init(&inputs);
    add_seconds(&inputs, (uint32_t[]){1}, 1);
    add_seconds(&inputs, (uint32_t[]){2}, 1);
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_false(inputs_may_keep(&inputs));
    inputs_fini(&inputs);
    inputs.memory = 8 * 1024 * 1024;
    add_seconds(&inputs, (uint32_t[]){1}, 1);
    assert_int_equal(inputs_begin(&inputs, 0), 0);
    assert_false(inputs_may_keep(&inputs));
    inputs_fini(&inputs);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(records_come_in_the_order_of_time),
    cmocka_unit_test(equal_times_come_in_the_order_of_the_inputs),
    cmocka_unit_test(one_capture_keeps_its_own_order),
    cmocka_unit_test(one_input_is_given_as_it_is),
    cmocka_unit_test(bad_inputs_do_not_stop_the_others),
    cmocka_unit_test(nothing_to_read_ends_at_once),
    cmocka_unit_test(hundreds_of_inputs_are_merged),
    cmocka_unit_test(small_batches_give_the_same),
    cmocka_unit_test(progress_adds_up),
    cmocka_unit_test(a_pipe_has_no_size),
    cmocka_unit_test(what_is_kept_stays),
    cmocka_unit_test(the_end_comes_as_without),
    cmocka_unit_test(what_is_not_kept_takes_no_turns),
    cmocka_unit_test(not_everything_can_be_kept),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
