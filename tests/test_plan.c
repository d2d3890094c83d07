/* Records written by plans: what field_walk() makes of the same events, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/field.h"
#include "report/plan.h"
#include "scene.h"

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 20;
}

static void random_fill(void *bytes, size_t size, uint64_t *state)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)random_next(state);
}

/* For what is of the shape though no bit tells. */
static bool rarely(uint64_t *state)
{
    return random_next(state) % 8 == 0;
}

/* ---- events ---------------------------------------------------------------------------------- */

struct message {
    struct scene_packet made;
    struct verdict verdict;
    struct event event;
};

/* What decoding bounds, and bools. */
static void message_bound(struct message *message, uint64_t *state)
{
    struct scene_packet *made = &message->made;
    struct quote *quote = &made->icmp.quote;
    made->packet.icmp = &made->icmp;
    made->packet.tunnels = &made->tunnels;
    made->packet.snapped = false;
    made->icmp.checksum = rarely(state) ? CHECKSUM_BAD : CHECKSUM_GOOD;
    made->icmp.complete = random_next(state) % 2;
    made->icmp.begun_before = false;
    quote->ip.df = rarely(state);
    quote->length_swapped = random_next(state) % 2;
    quote->tcp.sack_permitted = random_next(state) % 2;
    quote->tcp.sack_count = (uint8_t)(1 + random_next(state) % TCP_SACK_MAX);
    quote->inner.ip.df = random_next(state) % 2;
    quote->inner.tunnel_count = 1;
    memset(quote->inner.tunnels, 0, sizeof quote->inner.tunnels);
    memset(&made->tunnels, 0, sizeof made->tunnels);
    made->icmp.probe = (struct icmp_probe){0};
    const size_t lists = offsetof(struct icmp, quote) + sizeof made->icmp.quote;
    memset((char *)&made->icmp + lists, 0, sizeof made->icmp - lists);
}

static void verdict_bound(struct verdict *verdict, uint64_t *state)
{
    verdict->kind = rarely(state) ? VERDICT_FLOW : VERDICT_UNMATCHED;
    verdict->seq_check = (uint8_t)(random_next(state) % SEQ_CHECKS);
    verdict->checksum_fit = CHECKSUM_FITS;
    verdict->direction = 0;
    verdict->inner = rarely(state);
    verdict->closed = false;
    verdict->rewritten = verdict->compared = 0;
    verdict->capture = 0;
    verdict->flow = NULL;
}

/* What tells shapes apart, as the bits of `shape` say. */
static void message_shape(struct message *message, uint64_t shape)
{
    static const uint8_t types[] = {3, 0, 8, 11, 12, 1, 2, 137}, protos[] = {6, 17, 1, 58, 200};
    struct scene_packet *made = &message->made;
    struct quote *quote = &made->icmp.quote;
    const uint8_t family = shape & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
    made->packet.vlan_count = shape >> 1 & 1;
    made->packet.tunnel_count = shape >> 2 & 1;
    made->packet.ip.family = made->icmp.family = quote->ip.family = family;
    made->packet.ip.has = HAS_IP | HAS_PROTO;
    made->packet.ip.proto = family == FAMILY_IPV6 ? PROTO_ICMPV6 : PROTO_ICMP;
    made->icmp.type = made->packet.ip.icmp_type = types[shape >> 3 & 7];
    made->icmp.code = made->packet.ip.icmp_code = shape >> 6 & 3;
    made->packet.ip.has |= HAS_ICMP_TYPE;
    made->icmp.has = (uint32_t)(shape * 0x9e3779b9u) & ~(uint32_t)ICMP_HAS_EXTENSION;
    quote->ip.has = (uint32_t)(shape * 0x85ebca6bu) | HAS_IP;
    quote->ip.proto = protos[shape % 5];
    quote->tcp.has = shape >> 9 & 1 ? (uint32_t)(shape * 0xc2b2ae35u) : 0;
    quote->has = shape >> 10 & 3;
    quote->inner.ip.family = shape >> 8 & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
    message->verdict.has = (uint32_t)(shape * 0x27d4eb2fu);
    message->event.verdict = shape >> 12 & 1 ? &message->verdict : NULL;
    message->event.frame = shape >> 13 & 1 ? message->event.frame | 1 : 0;
}

static struct message *message_new(uint64_t shape, uint64_t *state)
{
    struct message *message = malloc(sizeof *message);
    assert_non_null(message);
    random_fill(message, sizeof *message, state);
    message_bound(message, state);
    verdict_bound(&message->verdict, state);
    message->event = (struct event){.type = EVENT_ICMP,
                                    .frame = random_next(state) >> random_next(state) % 44,
                                    .time_ns = (int64_t)(random_next(state) << 19),
                                    .packet = &message->made.packet};
    message_shape(message, shape);
    return message;
}

/* ---- both ways ------------------------------------------------------------------------------- */

/* Whether the plan was followed; then what it wrote is what a walk writes. */
static bool plan_agrees(struct plans *plans, const struct event *event, const struct report *report)
{
    static struct json_stream planned, walked;
    json_stream_init(&planned);
    json_stream_init(&walked);
    struct writer writer = json_stream_writer(&walked);
    field_walk(&writer, event, report);
    if (!plans_write(plans, &planned, event, report))
        return false;
    size_t size = json_stream_finish(&walked), of_plan = json_stream_finish(&planned);
    if (size != of_plan || memcmp(planned.line, walked.line, size) != 0)
        fail_msg("planned: %.*swalked: %.*s", (int)of_plan, planned.line, (int)size, walked.line);
    return true;
}

static void plans_write_what_a_walk_does(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct plans *plans = plans_new();
    uint64_t random = 5;
    size_t followed = 0;
    assert_non_null(plans);
    for (uint64_t shape = 0; shape < 1 << 14; shape += 1 + shape % 5)
        for (int again = 0; again < 4; again++) {
            struct message *message = message_new(shape, &random);
            followed += plan_agrees(plans, &message->event, &scene->report);
            free(message);
        }
    assert_true(followed > 5000); /* all but the first of each shape, where a plan can be had */
    plans_free(plans);
    scene_drop(scene);
}

/* Shapes that come by turns, more than there are places. */
static void plans_that_give_way_are_made_again(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct plans *plans = plans_new();
    uint64_t random = 6;
    size_t followed = 0;
    for (int i = 0; i < 20000; i++) {
        struct message *message = message_new(random_next(&random) % 300 / 3, &random);
        followed += plan_agrees(plans, &message->event, &scene->report);
        free(message);
    }
    assert_true(followed > 200);
    plans_free(plans);
    scene_drop(scene);
}

/* Names of captures of any length: plans have room for some, and lines for fewer still. */
static void long_names_are_written_or_left_to_the_walk(void **state)
{
    (void)state;
    uint64_t random = 7;
    size_t followed = 0, refused = 0;
    for (size_t length = 0; length < 4000; length += 37) {
        struct scene *scene = scene_make();
        struct plans *plans = plans_new();
        char *name = calloc(length + 2, 1), *sensor = calloc(length + 2, 1);
        memset(name, 'n', length + 1);
        memset(sensor, length % 2 ? '"' : 's', length + 1);
        scene_captures(scene, 1, (const char *const[]){name});
        scene->config.sensor = sensor;
        for (int again = 0; again < 8; again++) {
            struct message *message = message_new(1 << 13 | 1 << 12 | 64, &random);
            bool agrees = plan_agrees(plans, &message->event, &scene->report);
            followed += again > 0 && agrees;
            refused += again > 0 && !agrees;
            free(message);
        }
        scene->config.sensor = NULL;
        free(name);
        free(sensor);
        plans_free(plans);
        scene_drop(scene);
    }
    if (followed < 20 || refused < 20)
        fail_msg("%zu, %zu", followed, refused);
}

/* Of another capture the name is another. */
static void a_plan_is_of_one_capture(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct plans *plans = plans_new();
    uint64_t random = 8;
    size_t followed = 0;
    scene_captures(scene, 2, (const char *const[]){"first.pcap", "second.pcap"});
    for (int i = 0; i < 40; i++) {
        struct message *message = message_new(1 << 13, &random);
        message->event.capture = (uint16_t)(i / 4 % 2);
        followed += plan_agrees(plans, &message->event, &scene->report);
        free(message);
    }
    assert_true(followed >= 20);
    plans_free(plans);
    scene_drop(scene);
}

static void other_records_have_no_plan(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct plans *plans = plans_new();
    for (int again = 0; again < 3; again++)
        assert_false(plan_agrees(
            plans, &(struct event){.type = EVENT_STATS, .tally = &scene->tally}, &scene->report));
    plans_free(plans);
    plans_free(NULL);
    scene_drop(scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_write_what_a_walk_does),
        cmocka_unit_test(plans_that_give_way_are_made_again),
        cmocka_unit_test(long_names_are_written_or_left_to_the_walk),
        cmocka_unit_test(a_plan_is_of_one_capture),
        cmocka_unit_test(other_records_have_no_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
