/* Fragments that contradict each other, are too short, or reach too far: what is found of them. */
#include "fragment_lab.h"

#include "track/fragment_fault.h"

enum { SIZE = 600 };

struct faults {
    struct lab lab;
    struct fragments compared;
    struct findings findings;
    struct track track;
    struct fragment_faults tracker;
    uint8_t data[SIZE], other[SIZE];
};

static void faults_init(struct faults *faults)
{
    static const uint64_t seed[2] = {3, 4};
    lab_init(&faults->lab);
    fragments_init(&faults->compared, &(struct fragments_config){.compare = true, .seed = seed});
    findings_init(&faults->findings, seed);
    faults->lab.compared = &faults->compared;
    faults->track = (struct track){.findings = &faults->findings};
    tracker_fragment_fault.init(&faults->tracker, &faults->track);
    for (size_t i = 0; i < SIZE; i++) {
        faults->data[i] = (uint8_t)(i * 7);
        faults->other[i] = (uint8_t)(i * 7 + 1);
    }
}

static void faults_fini(struct faults *faults)
{
    fragments_fini(&faults->lab.fragments);
    fragments_fini(&faults->compared);
    findings_fini(&faults->findings);
}

static void show(struct faults *faults)
{
    if ((faults->lab.packet.ip.has & (HAS_FRAGMENT | HAS_FRAGMENT_OVERLAP)) != 0)
        tracker_fragment_fault.fragment(&faults->tracker,
                                        &(struct sight){.packet = &faults->lab.packet});
}

/* A fragment of `data` from `offset` to `end`. */
static void put(struct faults *faults, const uint8_t *data, size_t offset, size_t end, unsigned how)
{
    see(&faults->lab, (struct part){data, offset, end - offset, 77, how});
    show(faults);
}

/* How often it was found; there is one pair of hosts. */
static uint64_t found(const struct faults *faults, enum finding_name name)
{
    uint64_t count = 0;
    for (size_t i = 0; i < faults->findings.map.count; i++) {
        const struct finding *finding = map_value_at(&faults->findings.map, i);
        count += finding->name == (uint32_t)name ? finding->seen.count : 0;
    }
    return count;
}

static void check_of_each_kind(void (*check)(struct faults *faults, unsigned how))
{
    static const unsigned kinds[] = {0, IN_V6, OF_UDP, IN_V6 | OF_UDP};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct faults faults;
        faults_init(&faults);
        check(&faults, kinds[i]);
        faults_fini(&faults);
    }
}

/* ---- overlaps -------------------------------------------------------------------------------- */

static void check_other_data(struct faults *faults, unsigned how)
{
    put(faults, faults->data, 0, 304, how | MORE);
    put(faults, faults->other, 248, SIZE, how);
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), 1);
}

static void test_an_overlap_with_other_data_is_found(void **state)
{
    (void)state;
    check_of_each_kind(check_other_data);
}

/* CA-1997-28: the second one ends within the first. */
static void check_teardrop(struct faults *faults, unsigned how)
{
    put(faults, faults->data, 0, 40, how | MORE);
    put(faults, faults->data, 24, 28, how);
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), 1);
}

static void test_an_end_within_what_came_is_found(void **state)
{
    (void)state;
    check_of_each_kind(check_teardrop);
}

static void check_same_data(struct faults *faults, unsigned how)
{
    for (int i = 0; i < 3; i++) {
        put(faults, faults->data, 0, 304, how | MORE);
        put(faults, faults->data, 0, 304, how | MORE);
        put(faults, faults->data, 200, 400, how | MORE);
        put(faults, faults->data, 304, SIZE, how);
        put(faults, faults->data, 304, SIZE, how);
    }
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), 0);
}

static void test_copies_and_other_borders_are_none(void **state)
{
    (void)state;
    check_of_each_kind(check_same_data);
}

/* RFC 4963: of a datagram that was not whole. */
static void check_used_again(struct faults *faults, unsigned how)
{
    put(faults, faults->data, 0, 304, how | MORE);
    faults->lab.now += second + 1;
    put(faults, faults->other, 0, 304, how | MORE);
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), 0);
    faults->lab.now += second;
    put(faults, faults->data, 0, 304, how | MORE);
    /* Of ICMP, which is put together, what came first stays: this is a copy of it. */
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), how & OF_UDP ? 1 : 0);
}

static void test_an_identification_that_is_used_again_is_none(void **state)
{
    (void)state;
    check_of_each_kind(check_used_again);
}

static void check_many_between(struct faults *faults, unsigned how)
{
    put(faults, faults->data, 0, 304, how | MORE);
    for (uint32_t id = 100; id < 165; id++) {
        see(&faults->lab, (struct part){faults->data, 0, 304, id, how | MORE});
        show(faults);
    }
    put(faults, faults->other, 0, 304, how | MORE);
    assert_int_equal(found(faults, FINDING_FRAGMENT_OVERLAP), 0);
}

static void test_nor_is_one_behind_many_other_datagrams(void **state)
{
    (void)state;
    check_of_each_kind(check_many_between);
}

static void check_cut(struct faults *faults, unsigned how)
{
    const uint8_t *const both[] = {faults->data, faults->other};
    for (size_t i = 0; i < 2; i++) {
        const struct part part = {both[i], 0, 304, 77, how | MORE};
        see_cut(&faults->lab, &part, 200);
        show(faults);
    }
    assert_int_equal(faults->findings.map.count, 0);
}

static void test_what_the_capture_cut_is_not_compared(void **state)
{
    (void)state;
    check_of_each_kind(check_cut);
}

/* ---- tiny ones, and large ones --------------------------------------------------------------- */

static void check_tiny(struct faults *faults, unsigned how)
{
    put(faults, faults->data, 0, 4, how | MORE); /* less than any of the headers */
    assert_int_equal(found(faults, FINDING_TINY_FRAGMENT), 1);
    put(faults, faults->data, 0, 8, how | MORE);
    put(faults, faults->data, 0, 4, how);
    assert_int_equal(found(faults, FINDING_TINY_FRAGMENT), 1);
}

static void test_a_first_fragment_without_its_header_is_found(void **state)
{
    (void)state;
    check_of_each_kind(check_tiny);
}

static void check_large(struct faults *faults, unsigned how)
{
    /* RFC 791: with a header of 20 bytes; RFC 8200: the payload alone. */
    static uint8_t whole[66000];
    size_t most = how & IN_V6 ? 65535 : 65515;
    put(faults, whole, 65000, most, how);
    assert_int_equal(found(faults, FINDING_PING_OF_DEATH), 0);
    put(faults, whole, 65000, most + 1, how);
    assert_int_equal(found(faults, FINDING_PING_OF_DEATH), 1);
    const struct finding *finding = map_value_at(&faults->findings.map, 0);
    assert_int_equal(finding->value, 65536);
    assert_int_equal(finding->limit, 65535);
}

static void test_an_end_beyond_the_largest_packet_is_found(void **state)
{
    (void)state;
    check_of_each_kind(check_large);
}

/* ---- by headers ------------------------------------------------------------------------------ */

static struct packet fragment_of_tcp(uint32_t offset, uint32_t size, bool more)
{
    return (struct packet){.ip = {.has = HAS_IP | HAS_PROTO | HAS_FRAGMENT,
                                  .family = FAMILY_IPV4,
                                  .proto = PROTO_TCP,
                                  .frag_offset = offset,
                                  .more_fragments = more,
                                  .header_length = 20,
                                  .total_length = 20 + size}};
}

static void show_headers(struct faults *faults, struct packet packet, uint64_t frame)
{
    packet.frame = frame;
    tracker_fragment_fault.fragment(&faults->tracker, &(struct sight){.packet = &packet});
}

/* RFC 1858 3: with 16 bytes, ports and numbers are there, and the flags are not. */
static void test_of_tcp_all_of_the_header_must_be_there(void **state)
{
    (void)state;
    struct faults faults;
    faults_init(&faults);
    show_headers(&faults, fragment_of_tcp(0, 24, true), 1);
    show_headers(&faults, fragment_of_tcp(24, 24, false), 2);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 0);
    show_headers(&faults, fragment_of_tcp(0, 16, true), 3);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 1);
    show_headers(&faults, fragment_of_tcp(16, 100, false), 4);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 1);
    const struct finding *finding = map_value_at(&faults.findings.map, 0);
    assert_int_equal(finding->seen.frame_count, 2); /* the one behind it goes with it */
    faults_fini(&faults);
}

/* RFC 1858 4: a second fragment that writes over the flags of the first. */
static void test_a_fragment_within_the_header_of_tcp_is_found(void **state)
{
    (void)state;
    struct faults faults;
    faults_init(&faults);
    show_headers(&faults, fragment_of_tcp(8, 24, false), 1);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 1);
    faults_fini(&faults);
}

/* RFC 7112 5; where the capture ends before the headers do, they may be there. */
static void test_a_chain_of_headers_that_goes_on_is_found(void **state)
{
    (void)state;
    struct faults faults;
    struct packet packet = {.snapped = true,
                            .ip = {.has = HAS_IP | HAS_FRAGMENT,
                                   .family = FAMILY_IPV6,
                                   .more_fragments = true,
                                   .header_length = 56,
                                   .total_length = 64}};
    faults_init(&faults);
    show_headers(&faults, packet, 1);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 0);
    packet.snapped = false;
    show_headers(&faults, packet, 2);
    assert_int_equal(found(&faults, FINDING_TINY_FRAGMENT), 1);
    faults_fini(&faults);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_overlap_with_other_data_is_found),
        cmocka_unit_test(test_an_end_within_what_came_is_found),
        cmocka_unit_test(test_copies_and_other_borders_are_none),
        cmocka_unit_test(test_an_identification_that_is_used_again_is_none),
        cmocka_unit_test(test_nor_is_one_behind_many_other_datagrams),
        cmocka_unit_test(test_what_the_capture_cut_is_not_compared),
        cmocka_unit_test(test_a_first_fragment_without_its_header_is_found),
        cmocka_unit_test(test_an_end_beyond_the_largest_packet_is_found),
        cmocka_unit_test(test_of_tcp_all_of_the_header_must_be_there),
        cmocka_unit_test(test_a_fragment_within_the_header_of_tcp_is_found),
        cmocka_unit_test(test_a_chain_of_headers_that_goes_on_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
