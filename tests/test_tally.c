/* Counts of packets, messages, causes and reporters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

static const uint64_t seed[2] = {3, 4};

static void packet_add(struct tally *tally, struct passed *passed, int64_t time_ns,
                       enum decoded decoded)
{
    passed_add(passed, time_ns, 100, false);
    tally_passed(tally, passed);
    tally_decoded(tally, decoded);
}

/* A port unreachable from one of 256 routers, tied to a flow or (0) to none. */
static void error_add(struct tally *tally, unsigned router, uint64_t flow_id)
{
    struct scene_packet made;
    struct scene_error error = {.by = "10.0.0.0",
                                .type = 3,
                                .code = 3,
                                .proto = PROTO_UDP,
                                .from = "10.1.1.1",
                                .to = "10.2.2.2",
                                .verdict = {.kind = VERDICT_UNMATCHED, .flow_id = flow_id}};
    if (flow_id != 0) {
        error.verdict.kind = VERDICT_EXACT;
        error.verdict.has = VERDICT_HAS_FLOW;
    }
    scene_error_packet(&made, &error);
    memcpy(made.packet.ip.src.bytes + 1,
           (uint8_t[]){(uint8_t)(router >> 16), (uint8_t)(router >> 8), (uint8_t)router}, 3);
    tally_message(tally, &made.packet, &error.verdict);
}

static void packets_and_their_time_are_counted(void **state)
{
    (void)state;
    struct tally tally;
    struct passed passed = passed_none();
    tally_init(&tally, seed);
    packet_add(&tally, &passed, 500, DECODED);
    packet_add(&tally, &passed, 900, TRUNCATED);
    packet_add(&tally, &passed, 300, MALFORMED);
    packet_add(&tally, &passed, 700, UNSUPPORTED);
    packet_add(&tally, &passed, 700, DECODED);
    assert_int_equal(tally.packets, 5);
    assert_int_equal(tally.bytes, 500);
    assert_int_equal(tally.first_ns, 300);
    assert_int_equal(tally.last_ns, 900);
    assert_int_equal(tally.health.time_backwards, 1); /* 300 after 900 */
    assert_int_equal(tally.health.truncated, 1);
    assert_int_equal(tally.health.malformed, 1);
    assert_int_equal(tally.health.unsupported, 1);
    assert_int_equal(tally.health.snapped, 0);
    tally_fini(&tally);
}

static void a_first_packet_before_the_epoch_is_the_first(void **state)
{
    (void)state;
    struct tally tally;
    struct passed passed = passed_none();
    tally_init(&tally, seed);
    packet_add(&tally, &passed, -5, DECODED);
    assert_int_equal(tally.first_ns, -5);
    assert_int_equal(tally.last_ns, -5);
    assert_int_equal(tally.health.time_backwards, 0);
    tally_fini(&tally);
}

static void checksums_and_unassigned_types_are_counted(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, checksum;
    } messages[] = {
        {8, CHECKSUM_GOOD}, {8, CHECKSUM_BAD}, {1, CHECKSUM_GOOD}, {8, CHECKSUM_UNVERIFIED}};
    struct tally tally;
    tally_init(&tally, seed);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct icmp icmp = {
            .family = FAMILY_IPV4, .type = messages[i].type, .checksum = messages[i].checksum};
        struct packet packet = {.icmp = &icmp};
        tally_message(&tally, &packet, NULL);
    }
    assert_int_equal(tally.icmp_messages, 4);
    assert_int_equal(tally.errors, 0);
    assert_int_equal(tally.health.bad_checksum, 1);
    assert_int_equal(tally.health.unverified_checksum, 1);
    assert_int_equal(tally.health.unassigned, 1); /* ICMP type 1 (IANA) */
    assert_int_equal(tally.messages.count, 2);
    tally_fini(&tally);
}

static void a_cause_has_distinct_flows_and_reporters(void **state)
{
    (void)state;
    static const struct message_key key = {FAMILY_IPV4, 3, 3, 0};
    struct tally tally;
    tally_init(&tally, seed);
    error_add(&tally, 1, 10);
    error_add(&tally, 1, 10);
    error_add(&tally, 2, 10);
    error_add(&tally, 2, 11);
    error_add(&tally, 2, (uint64_t)1 << 32 | 11); /* the upper half counts */
    error_add(&tally, 3, 0);

    const struct message_count *count = map_get(&tally.messages, &key);
    assert_non_null(count);
    assert_int_equal(count->count, 6);
    assert_int_equal(count->errors, 6);
    assert_int_equal(count->flows, 3);
    assert_int_equal(count->reporters, 3);
    assert_memory_equal(count->reporter.bytes, ((uint8_t[]){10, 0, 0, 1}), 4);
    assert_int_equal(count->verdicts[VERDICT_EXACT], 5);
    assert_int_equal(count->verdicts[VERDICT_UNMATCHED], 1);
    assert_int_equal(tally.errors, 6);
    assert_int_equal(tally.verdicts[VERDICT_EXACT], 5);
    assert_int_equal(tally.reporters.count, 3);
    const struct reporter_count *second = map_value_at(&tally.reporters, 1);
    assert_int_equal(second->errors, 3);
    tally_fini(&tally);
}

/* RFC 4861: ICMPv6 redirects are informational. They are judged, as they quote a packet. */
static void a_judged_message_that_is_no_error_is_not_counted_as_one(void **state)
{
    (void)state;
    struct tally tally;
    struct scene_packet made;
    const struct scene_error redirect = {.by = "fe80::1",
                                         .type = 137,
                                         .proto = PROTO_UDP,
                                         .from = "2001:db8::1",
                                         .to = "2001:db8::2",
                                         .verdict = {.kind = VERDICT_UNMATCHED}};
    tally_init(&tally, seed);
    scene_error_packet(&made, &redirect);
    tally_message(&tally, &made.packet, &redirect.verdict);
    assert_int_equal(tally.icmp_messages, 1);
    assert_int_equal(tally.errors, 0);
    assert_int_equal(tally.verdicts[VERDICT_UNMATCHED], 0);
    assert_int_equal(tally.reporters.count, 0);
    tally_fini(&tally);
}

static void reasons_to_doubt_are_counted_with_the_first_of_each(void **state)
{
    (void)state;
    struct tally tally;
    struct scene_packet made;
    struct scene_error error = {.by = "10.0.0.1",
                                .type = 3,
                                .code = 3,
                                .frame = 7,
                                .proto = PROTO_UDP,
                                .from = "10.1.1.1",
                                .to = "10.2.2.2"};
    tally_init(&tally, seed);
    error.verdict =
        (struct verdict){.kind = VERDICT_UNKEYED,
                         .anomalies = 1u << ANOMALY_ERROR_ABOUT_ERROR | 1u << ANOMALY_BAD_CHECKSUM};
    scene_error_packet(&made, &error);
    tally_message(&tally, &made.packet, &error.verdict);
    error.frame = 9;
    error.verdict =
        (struct verdict){.kind = VERDICT_EXACT, .anomalies = 1u << ANOMALY_BAD_CHECKSUM};
    scene_error_packet(&made, &error);
    tally_message(&tally, &made.packet, &error.verdict);
    assert_int_equal(tally.anomalies[ANOMALY_BAD_CHECKSUM].count, 2);
    assert_int_equal(tally.anomalies[ANOMALY_BAD_CHECKSUM].frame, 7);
    assert_int_equal(tally.anomalies[ANOMALY_ERROR_ABOUT_ERROR].count, 1);
    assert_int_equal(tally.anomalies[ANOMALY_ABOUT_MULTICAST].count, 0);
    assert_int_equal(tally.about_errors, 1);
    tally_fini(&tally);
}

static void full_tables_are_counted(void **state)
{
    (void)state;
    struct tally tally;
    tally_init(&tally, seed);
    for (unsigned router = 0; router < TALLY_REPORTERS_MAX; router++)
        error_add(&tally, router, 1);
    assert_int_equal(tally.health.uncounted, 0);
    error_add(&tally, TALLY_REPORTERS_MAX, 1);
    assert_int_equal(tally.health.uncounted, 1);
    assert_int_equal(tally.errors, TALLY_REPORTERS_MAX + 1);
    assert_int_equal(tally.reporters.count, TALLY_REPORTERS_MAX);
    tally_fini(&tally);
}

/* Every type and code of both families: more than the table of causes takes. */
static void all_types_and_codes_are_too_many_and_that_is_counted(void **state)
{
    (void)state;
    struct tally tally;
    tally_init(&tally, seed);
    for (unsigned i = 0; i < 2 * 65536; i++) {
        struct icmp icmp = {.family = i < 65536 ? FAMILY_IPV4 : FAMILY_IPV6,
                            .type = (uint8_t)(i >> 8),
                            .code = (uint8_t)i,
                            .checksum = CHECKSUM_GOOD};
        struct packet packet = {.icmp = &icmp};
        tally_message(&tally, &packet, NULL);
    }
    assert_int_equal(tally.messages.count, TALLY_MESSAGES_MAX);
    assert_int_equal(tally.icmp_messages, 2 * 65536);
    assert_int_equal(tally.health.uncounted, 2 * 65536 - TALLY_MESSAGES_MAX);
    tally_fini(&tally);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_and_their_time_are_counted),
        cmocka_unit_test(a_first_packet_before_the_epoch_is_the_first),
        cmocka_unit_test(checksums_and_unassigned_types_are_counted),
        cmocka_unit_test(a_cause_has_distinct_flows_and_reporters),
        cmocka_unit_test(a_judged_message_that_is_no_error_is_not_counted_as_one),
        cmocka_unit_test(reasons_to_doubt_are_counted_with_the_first_of_each),
        cmocka_unit_test(full_tables_are_counted),
        cmocka_unit_test(all_types_and_codes_are_too_many_and_that_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
