/* Interfaces as one timeline. They are scripts here, and so is the clock: the linker puts what is
 * below in place of nic.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/live.h"

enum { MS = 1000000, NICS = 3, PACKETS = 100 };

/* A packet comes to us at `come_ms`, and was captured at `time_ms`. */
struct fake_packet {
    int64_t time_ms, come_ms;
};

struct nic {
    struct fake_packet packets[PACKETS];
    size_t count, next;
    enum nic_state state;
    bool stopped, is_back;
    unsigned looked;
    size_t undrained; /* nic_is_drained() says no so often */
};

static struct {
    struct nic nics[NICS];
    size_t opened;
    int64_t now_ms;
    int64_t stop_ms; /* when it is stopped; 0: never */
    volatile sig_atomic_t stop;
    unsigned waits;
    char told[256];
} lab;

struct nic *__wrap_nic_open(const char *name, const struct nic_config *config, struct error *error);
size_t __wrap_nic_read(struct nic *nic, struct record *records, size_t max, struct error *news);
void __wrap_nic_look_again(struct nic *nic, struct error *news);
enum nic_state __wrap_nic_state(const struct nic *nic);
int __wrap_nic_descriptor(const struct nic *nic);
void __wrap_nic_stop(struct nic *nic);
bool __wrap_nic_is_drained(struct nic *nic);
void __wrap_nic_free(struct nic *nic);
int __wrap_wait_once(const struct wait *wait, struct pollfd *polled, size_t count);

struct nic *__wrap_nic_open(const char *name, const struct nic_config *config, struct error *error)
{
    (void)config;
    if (strcmp(name, "bad") == 0) {
        error_set(error, "bad");
        return NULL;
    }
    return &lab.nics[lab.opened++];
}

size_t __wrap_nic_read(struct nic *nic, struct record *records, size_t max, struct error *news)
{
    size_t count = 0;
    (void)news;
    for (; count < max && nic->next < nic->count && nic->state == NIC_LISTENING; nic->next++) {
        const struct fake_packet *packet = &nic->packets[nic->next];
        if (packet->come_ms > lab.now_ms)
            break;
        records[count++] =
            (struct record){.time_ns = packet->time_ms * MS, .capture = (uint16_t)(nic - lab.nics)};
    }
    return count;
}

void __wrap_nic_look_again(struct nic *nic, struct error *news)
{
    nic->looked++;
    if (nic->is_back && nic->state == NIC_GONE) {
        nic->state = NIC_LISTENING;
        error_set(news, "is back");
    }
}

enum nic_state __wrap_nic_state(const struct nic *nic)
{
    return nic->state;
}

int __wrap_nic_descriptor(const struct nic *nic)
{
    return nic->state == NIC_GONE ? -1 : (int)(nic - lab.nics);
}

void __wrap_nic_stop(struct nic *nic)
{
    nic->stopped = true;
}

bool __wrap_nic_is_drained(struct nic *nic)
{
    if (nic->undrained == 0)
        return true;
    nic->undrained--;
    lab.now_ms += 10; /* what live.c sleeps */
    return false;
}

void __wrap_nic_free(struct nic *nic)
{
    (void)nic;
}

/* 10 ms pass, and whoever is watched for comes. */
int __wrap_wait_once(const struct wait *wait, struct pollfd *polled, size_t count)
{
    (void)wait, (void)polled, (void)count;
    lab.now_ms += 10;
    lab.waits++;
    if (lab.stop_ms != 0 && lab.now_ms >= lab.stop_ms)
        lab.stop = 1;
    return 0;
}

static int64_t fake_clock(void *context)
{
    (void)context;
    return lab.now_ms * MS;
}

static void hear(void *context, const char *line)
{
    (void)context;
    strncat(lab.told, line, sizeof lab.told - strlen(lab.told) - 1);
}

static struct wait fake_wait = {.stop = &lab.stop};

static struct live *lab_open(size_t nics, bool immediate)
{
    static const struct icmpscope_live usual = {.snap_length = 262144}, at_once = {.immediate = 1};
    const struct live_config config = {.wait = &fake_wait, .clock = fake_clock, .complain = hear};
    const struct nic_config own = {.live = immediate ? &at_once : &usual};
    static const char *const names[] = {"a", "b", "c"};
    struct live *live = live_new(&config);
    assert_non_null(live);
    for (size_t i = 0; i < nics; i++)
        assert_int_equal(live_add(live, names[i], &own, NULL), 0);
    return live;
}

static int lab_reset(void **state)
{
    (void)state;
    memset(&lab, 0, sizeof lab);
    lab.now_ms = 100000;
    return 0;
}

static void packet_add(size_t nic, int64_t time_ms, int64_t come_ms)
{
    lab.nics[nic].packets[lab.nics[nic].count++] = (struct fake_packet){time_ms, come_ms};
}

/* Reads until it is over; the times, in the order in which they came. */
static size_t read_all(struct live *live, int64_t *times_ms, size_t most)
{
    struct record records[LIVE_BATCH];
    size_t all = 0, count;
    while ((count = live_read(live, records, LIVE_BATCH)) > 0)
        for (size_t i = 0; i < count; i++) {
            assert_true(all < most);
            times_ms[all++] = records[i].time_ns / MS;
        }
    return all;
}

static void one_interface_waits_for_nothing(void **state)
{
    (void)state;
    struct record records[LIVE_BATCH];
    struct live *live = lab_open(1, false);
    packet_add(0, 100000, 100000);
    packet_add(0, 99000, 100000); /* its own order is kept */
    assert_int_equal(live_read(live, records, LIVE_BATCH), 2);
    assert_int_equal(records[0].time_ns, INT64_C(100000) * MS);
    assert_int_equal(records[1].time_ns, INT64_C(99000) * MS);
    assert_int_equal(lab.waits, 0);
    live_free(live);
}

/* The block of `b` closes 100 ms after that of `a`, and holds packets between those of `a`. */
static void what_comes_later_of_another_interface_takes_its_place(void **state)
{
    (void)state;
    int64_t times_ms[8];
    static const int64_t wanted[] = {100001, 100002, 100003, 100004, 100005, 100006};
    struct live *live = lab_open(2, false);
    for (int64_t i = 0; i < 3; i++) {
        packet_add(0, 100001 + 2 * i, 100010);
        packet_add(1, 100002 + 2 * i, 100102);
    }
    lab.stop_ms = 101000;
    assert_int_equal(read_all(live, times_ms, 8), 6);
    assert_memory_equal(times_ms, wanted, sizeof wanted);
    live_free(live);
}

static void a_packet_waits_for_a_silent_interface_no_longer_than_a_block_takes(void **state)
{
    (void)state;
    struct record records[LIVE_BATCH];
    for (int immediate = 0; immediate < 2; immediate++) {
        lab_reset(NULL);
        struct live *live = lab_open(2, immediate != 0);
        packet_add(0, 100000, 100000);
        assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
        assert_in_range(lab.now_ms - 100000, immediate ? 10 : 100, immediate ? 40 : 200);
        live_free(live);
    }
}

/* A clock in the card that is an hour ahead, and one that is behind. */
static void a_strange_clock_holds_nothing_up(void **state)
{
    (void)state;
    int64_t times_ms[8];
    struct live *live = lab_open(2, false);
    packet_add(0, 100000 + 3600000, 100000);
    packet_add(1, 100000 - 3600000, 100050);
    packet_add(0, 100400 + 3600000, 100400);
    lab.stop_ms = 101000;
    const int64_t begun_ms = lab.now_ms;
    struct record records[LIVE_BATCH];
    assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
    assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
    assert_in_range(lab.now_ms - begun_ms, 0, 400);
    assert_int_equal(read_all(live, times_ms, 8), 1);
    live_free(live);
}

static void nobody_waits_for_an_interface_that_is_gone(void **state)
{
    (void)state;
    struct record records[LIVE_BATCH];
    struct live *live = lab_open(2, false);
    lab.nics[1].state = NIC_GONE;
    packet_add(0, 100000, 100000);
    assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
    assert_int_equal(lab.now_ms, 100000);
    live_free(live);
}

static void one_that_is_gone_is_looked_for_once_a_second(void **state)
{
    (void)state;
    int64_t times_ms[8];
    struct live *live = lab_open(2, false);
    lab.nics[1].state = NIC_GONE;
    packet_add(1, 104500, 104500);
    packet_add(0, 102500, 102500);
    lab.nics[1].is_back = true;
    lab.stop_ms = 110000;
    assert_int_equal(read_all(live, times_ms, 8), 2);
    assert_in_range(lab.nics[1].looked, 9, 11);
    assert_string_equal(lab.told, "b: is back");
    live_free(live);
}

static void a_busy_interface_does_not_keep_another_from_coming_back(void **state)
{
    (void)state;
    struct record records[LIVE_BATCH];
    struct live *live = lab_open(2, false);
    lab.nics[1].state = NIC_GONE;
    for (int64_t i = 0; i < 50; i++) {
        packet_add(0, lab.now_ms, lab.now_ms);
        assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
        lab.now_ms += 100;
    }
    assert_int_equal(lab.waits, 0);
    assert_int_equal(lab.nics[1].looked, 5);
    live_free(live);
}

static void what_is_in_the_buffers_is_given_after_a_stop(void **state)
{
    (void)state;
    int64_t times_ms[8];
    struct live *live = lab_open(2, false);
    lab.nics[0].undrained = 5;
    packet_add(0, 100000, 100040);
    packet_add(1, 100001, 100000);
    live_stop(live);
    assert_true(lab.nics[0].stopped && lab.nics[1].stopped);
    assert_int_equal(read_all(live, times_ms, 8), 2);
    assert_int_equal(lab.waits, 0); /* a signal has come: nobody waits for another */
    live_free(live);
}

/* 30 steps of 10 ms, and no more. */
static void a_count_that_never_fits_does_not_keep_it_from_ending(void **state)
{
    (void)state;
    int64_t times_ms[8];
    struct live *live = lab_open(1, false);
    lab.nics[0].undrained = SIZE_MAX;
    packet_add(0, 100000, 100000);
    live_stop(live);
    assert_int_equal(read_all(live, times_ms, 8), 1);
    assert_in_range(lab.now_ms - 100000, 100, 320);
    live_free(live);
}

static void more_than_a_batch_comes_in_order(void **state)
{
    (void)state;
    int64_t times_ms[3 * PACKETS];
    struct live *live = lab_open(3, false);
    for (int64_t i = 0; i < 3 * PACKETS; i++)
        packet_add((size_t)i % 3, 100000 + i, 100000 + i + i % 7 * 10);
    lab.stop_ms = 102000;
    assert_int_equal(read_all(live, times_ms, 3 * PACKETS), 3 * PACKETS);
    for (int64_t i = 0; i < 3 * PACKETS; i++)
        assert_int_equal(times_ms[i], 100000 + i);
    live_free(live);
}

static void one_that_cannot_be_opened_is_refused_and_the_others_go_on(void **state)
{
    (void)state;
    struct record records[LIVE_BATCH];
    struct error error = {""};
    static const struct icmpscope_live usual = {.snap_length = 262144};
    const struct nic_config own = {.live = &usual};
    struct live *live = lab_open(1, false);
    assert_int_equal(live_add(live, "bad", &own, &error), -1);
    assert_string_equal(error.text, "bad");
    packet_add(0, 100000, 100000);
    assert_int_equal(live_read(live, records, LIVE_BATCH), 1);
    live_free(live);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_interface_waits_for_nothing, lab_reset),
        cmocka_unit_test_setup(what_comes_later_of_another_interface_takes_its_place, lab_reset),
        cmocka_unit_test_setup(a_packet_waits_for_a_silent_interface_no_longer_than_a_block_takes,
                               lab_reset),
        cmocka_unit_test_setup(a_strange_clock_holds_nothing_up, lab_reset),
        cmocka_unit_test_setup(nobody_waits_for_an_interface_that_is_gone, lab_reset),
        cmocka_unit_test_setup(one_that_is_gone_is_looked_for_once_a_second, lab_reset),
        cmocka_unit_test_setup(a_busy_interface_does_not_keep_another_from_coming_back, lab_reset),
        cmocka_unit_test_setup(what_is_in_the_buffers_is_given_after_a_stop, lab_reset),
        cmocka_unit_test_setup(a_count_that_never_fits_does_not_keep_it_from_ending, lab_reset),
        cmocka_unit_test_setup(more_than_a_batch_comes_in_order, lab_reset),
        cmocka_unit_test_setup(one_that_cannot_be_opened_is_refused_and_the_others_go_on,
                               lab_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
