/* track/message_fault.h, hard_error.h and checksum_fault.h: what the captures of
 * test_cli_findings.py do not bound exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "match_lab.h"
#include "track/checksum_fault.h"
#include "track/hard_error.h"
#include "track/message_fault.h"

static const uint64_t seed[2] = {1, 2};

/* One tracker, with what it needs. */
struct bench {
    struct findings findings;
    struct track track;
    const struct tracker *tracker;
    union {
        struct message_faults message_faults;
        struct hard_errors hard_errors;
        struct checksum_faults checksum_faults;
    } self;
};

static void bench_init(struct bench *bench, const struct tracker *tracker)
{
    findings_init(&bench->findings, seed);
    bench->track = (struct track){.seed = seed, .findings = &bench->findings};
    bench->tracker = tracker;
    tracker->init(&bench->self, &bench->track);
}

static size_t bench_fini(struct bench *bench)
{
    if (bench->tracker->finish != NULL)
        bench->tracker->finish(&bench->self, 0);
    size_t found = bench->findings.map.count;
    bench->tracker->fini(&bench->self);
    findings_fini(&bench->findings);
    return found;
}

/* ---- source quench --------------------------------------------------------------------------- */

/* `count` of them, evenly over `ms`. */
static uint8_t severity_of_quenches(int count, int64_t ms)
{
    struct bench bench;
    bench_init(&bench, &tracker_message_fault);
    struct icmp icmp = {.family = FAMILY_IPV4, .type = 4, .checksum = CHECKSUM_GOOD};
    struct packet packet = {.ip = icmp_of("192.0.2.1", "192.0.2.12", 4, 0), .icmp = &icmp};
    for (int i = 0; i < count; i++) {
        packet.frame = (uint64_t)i + 1;
        packet.time_ns = i * (ms * NS_PER_MS / (count > 1 ? count - 1 : 1));
        bench.tracker->message(&bench.self, &(struct sight){.packet = &packet});
    }
    const struct finding_about about = {
        .reporter = packet.ip.src, .dst = packet.ip.dst, .family = FAMILY_IPV4};
    const struct finding *finding = findings_get(&bench.findings, FINDING_SOURCE_QUENCH, &about);
    assert_non_null(finding);
    assert_int_equal(finding->seen.count, count);
    uint8_t severity = finding->severity;
    bench_fini(&bench);
    return severity;
}

static void bursts_of_source_quench_weigh_more(void **state)
{
    (void)state;
    assert_int_equal(severity_of_quenches(1, 0), SEVERITY_LOW);
    assert_int_equal(severity_of_quenches(9, 1000), SEVERITY_LOW);
    assert_int_equal(severity_of_quenches(10, 10000), SEVERITY_MEDIUM);
    assert_int_equal(severity_of_quenches(10, 10090), SEVERITY_LOW);
    assert_int_equal(severity_of_quenches(100, 200000), SEVERITY_LOW);
}

/* ---- quotes ---------------------------------------------------------------------------------- */

/* What decoding did not set is what the place held before: that of another message, which had an
 * extension. A quote of 48 bytes where 1280 - 48 - 48 more fit is short (RFC 4443 2.4(c)). */
static void a_short_quote_is_found_whatever_the_message_before_was(void **state)
{
    (void)state;
    for (int layout = 0; layout < EXTENSION_LAYOUTS; layout++) {
        struct bench bench;
        bench_init(&bench, &tracker_message_fault);
        struct icmp icmp = {.has = ICMP_HAS_QUOTE | ICMP_HAS_MTU, .family = FAMILY_IPV6, .type = 2};
        icmp.extensions.layout = (uint8_t)layout;
        icmp.quote.bytes = 48;
        icmp.quote.ip = ip_of(PROTO_UDP, "2001:db8::12", "2001:db8::53");
        icmp.quote.ip.total_length = 1500;
        icmp.quote.ip.header_length = 40;
        struct packet packet = {.ip = icmp_of("2001:db8::1", "2001:db8::12", 2, 0), .icmp = &icmp};
        packet.ip.total_length = 40 + 8 + 48;
        packet.frame = 1;
        const struct verdict verdict = {.kind = VERDICT_UNMATCHED};
        bench.tracker->message(&bench.self,
                               &(struct sight){.packet = &packet, .verdict = &verdict});
        const struct finding_about about = {.reporter = packet.ip.src, .family = FAMILY_IPV6};
        const struct finding *finding =
            findings_get(&bench.findings, FINDING_QUOTE_TOO_SHORT, &about);
        assert_non_null(finding);
        assert_int_equal(finding->value, 48);
        assert_int_equal(finding->limit, 48 + 1280 - 96);
        bench_fini(&bench);
    }
}

/* ---- hard errors ----------------------------------------------------------------------------- */

struct course {
    uint8_t family, type, code; /* of the error */
    int before, after;          /* packets of each side */
    uint8_t flags;              /* of those after it */
    bool one_way;               /* only the sender goes on */
};

static size_t found_of(const struct course *course)
{
    struct bench bench;
    struct icmp icmp = {.family = course->family, .type = course->type, .code = course->code};
    struct packet packet = {.ip = icmp_of("192.0.2.1", "192.0.2.12", course->type, 0),
                            .icmp = &icmp};
    struct flow flow = {.id = 9, .key = {.proto = PROTO_TCP, .family = FAMILY_IPV4}};
    struct verdict verdict = {.flow = &flow, .flow_id = 9, .kind = VERDICT_EXACT};
    struct hit hit = {.flow_id = 9};
    bench_init(&bench, &tracker_hard_error);
    flow.tcp_flags[0] = flow.tcp_flags[1] = TCP_SYN | TCP_ACK;
    for (int i = 0; i < course->before; i++) {
        flow_count(&flow, FLOW_FORWARD, 100);
        flow_count(&flow, FLOW_BACKWARD, 100);
    }
    bench.tracker->message(&bench.self, &(struct sight){.packet = &packet, .verdict = &verdict});
    for (int i = 0; i < course->after; i++) {
        flow_count(&flow, FLOW_FORWARD, 100);
        if (!course->one_way)
            flow_count(&flow, FLOW_BACKWARD, 100);
    }
    flow.tcp_flags[1] |= course->flags;
    bench.tracker->flow_closed(&bench.self, &flow, &hit);
    return bench_fini(&bench);
}

static void hard_errors_about_what_goes_on_are_found(void **state)
{
    (void)state;
    assert_int_equal(found_of(&(struct course){4, 3, 3, 10, 10, 0, false}), 1);
    assert_int_equal(found_of(&(struct course){4, 3, 2, 2, 2, TCP_FIN, false}), 1);
    assert_int_equal(found_of(&(struct course){6, 1, 4, 10, 10, 0, false}), 1);
}

static void other_errors_and_ends_are_not(void **state)
{
    (void)state;
    assert_int_equal(found_of(&(struct course){4, 3, 1, 10, 10, 0, false}), 0);
    assert_int_equal(found_of(&(struct course){4, 3, 4, 10, 10, 0, false}), 0);
    assert_int_equal(found_of(&(struct course){6, 1, 0, 10, 10, 0, false}), 0);
    assert_int_equal(found_of(&(struct course){4, 3, 3, 1, 10, 0, false}), 0);
    assert_int_equal(found_of(&(struct course){4, 3, 3, 10, 1, 0, false}), 0);
    assert_int_equal(found_of(&(struct course){4, 3, 3, 10, 10, TCP_RST, false}), 0);
    assert_int_equal(found_of(&(struct course){4, 3, 3, 10, 10, 0, true}), 0);
}

/* ---- checksums ------------------------------------------------------------------------------- */

static void send_checksum(struct bench *bench, const char *from, enum icmp_checksum checksum,
                          uint8_t ttl)
{
    struct icmp icmp = {.family = FAMILY_IPV4, .type = 8, .checksum = (uint8_t)checksum};
    struct packet packet = {.frame = 1, .ip = icmp_of(from, "192.0.2.12", 8, 0), .icmp = &icmp};
    packet.ip.ttl = ttl;
    bench->tracker->message(&bench->self, &(struct sight){.packet = &packet});
}

static void checksums_of_a_card_to_come_are_no_finding(void **state)
{
    static const struct {
        enum icmp_checksum first, second;
        uint8_t ttl;
        size_t found;
    } rows[] = {
        {CHECKSUM_BAD, CHECKSUM_BAD, 64, 0},         {CHECKSUM_BAD, CHECKSUM_BAD, 128, 0},
        {CHECKSUM_BAD, CHECKSUM_BAD, 57, 1},         {CHECKSUM_BAD, CHECKSUM_GOOD, 64, 1},
        {CHECKSUM_GOOD, CHECKSUM_BAD, 64, 1},        {CHECKSUM_GOOD, CHECKSUM_GOOD, 57, 0},
        {CHECKSUM_UNVERIFIED, CHECKSUM_BAD, 255, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;
        bench_init(&bench, &tracker_checksum_fault);
        send_checksum(&bench, "192.0.2.1", rows[i].first, rows[i].ttl);
        send_checksum(&bench, "192.0.2.1", rows[i].second, rows[i].ttl);
        send_checksum(&bench, "192.0.2.2", CHECKSUM_GOOD, rows[i].ttl);
        assert_int_equal(bench_fini(&bench), rows[i].found);
    }
}

static void so_many_senders_are_judged_early_and_none_is_lost(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench, &tracker_checksum_fault);
    bench.tracker->limit(&bench.self, 0.001); /* 4 */
    for (int i = 0; i < 100; i++) {
        char from[16];
        snprintf(from, sizeof from, "192.0.2.%d", i);
        send_checksum(&bench, from, CHECKSUM_BAD, 57);
    }
    assert_int_equal(bench_fini(&bench), 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_of_source_quench_weigh_more),
        cmocka_unit_test(a_short_quote_is_found_whatever_the_message_before_was),
        cmocka_unit_test(hard_errors_about_what_goes_on_are_found),
        cmocka_unit_test(other_errors_and_ends_are_not),
        cmocka_unit_test(checksums_of_a_card_to_come_are_no_finding),
        cmocka_unit_test(so_many_senders_are_judged_early_and_none_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
