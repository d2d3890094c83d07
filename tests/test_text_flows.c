/* What the summary says of each flow that was hit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "scene.h"

enum { MS = NS_PER_MS };

static void text_is(struct scene *scene, const char *expected)
{
    assert_string_equal(scene_finish(scene), expected);
    scene_drop(scene);
}

/* ---- flows in words -------------------------------------------------------------------------- */

/* One error; what FLOWS HIT or NOT TIED then say below the flow's line. */
static void story_is(struct scene_error error, const char *expected)
{
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    error.time_ns = scene_nine;
    if (error.from == NULL) {
        error.from = "10.0.0.1";
        error.to = "203.0.113.9";
        error.proto = PROTO_TCP;
        error.from_port = 50000;
        error.to_port = 443;
    }
    if (error.verdict.kind == VERDICT_EXACT)
        error.verdict = scene_exact(1, 2 * MS, &flow);
    if (error.frame == 0)
        error.frame = 2;
    scene->only_wrong = true;
    scene_error(scene, &error);

    const char *text = strstr(scene_finish(scene), "\n    ");
    assert_non_null(text);
    assert_string_equal(text, expected);
    scene_drop(scene);
}

static void every_error_has_words_to_act_on(void **state)
{
    (void)state;
    story_is((struct scene_error){.by = "10.0.0.254", .type = 3, .code = 1},
             "\n    host unreachable, says 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 3, .code = 0},
             "\n    network unreachable, says 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 3, .code = 13},
             "\n    blocked by 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 3, .code = 2},
             "\n    protocol refused by 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is(
        (struct scene_error){.by = "10.0.0.254", .type = 3, .code = 4, .mtu = 1400},
        "\n    too big for the path: MTU 1400 at 10.0.0.254 after 2 ms (frame 2, about frame 1)"
        "\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 11, .code = 0},
             "\n    TTL ran out at 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 11, .code = 1},
             "\n    not all fragments arrived at 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is(
        (struct scene_error){.by = "10.0.0.254", .type = 5, .code = 1, .gateway = "10.0.0.253"},
        "\n    told by 10.0.0.254 to use gateway 10.0.0.253 after 2 ms (frame 2, about frame 1)"
        "\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 40, .code = 0},
             "\n    IPsec failure at 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "10.0.0.254", .type = 31, .code = 0},
             "\n    answered with an error by 10.0.0.254 after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "2001:db8::fe", .type = 1, .code = 4},
             "\n    refused by 2001:db8::fe after 2 ms (frame 2, about frame 1)\n");
    story_is(
        (struct scene_error){.by = "2001:db8::fe", .type = 2, .code = 0, .mtu = 1280},
        "\n    too big for the path: MTU 1280 at 2001:db8::fe after 2 ms (frame 2, about frame 1)"
        "\n");
    story_is((struct scene_error){.by = "2001:db8::fe", .type = 3, .code = 0},
             "\n    hop limit ran out at 2001:db8::fe after 2 ms (frame 2, about frame 1)\n");
    story_is((struct scene_error){.by = "fe80::1", .type = 137, .gateway = "fe80::2"},
             "\n    told by fe80::1 to use gateway fe80::2 after 2 ms (frame 2, about frame 1)\n");
}

static void doubt_is_told(void **state)
{
    (void)state;
    struct flow flow = {.id = 1};
    struct scene_error error = {.by = "10.0.0.254", .type = 3, .code = 3};
    error.verdict = (struct verdict){.kind = VERDICT_FLOW,
                                     .has = VERDICT_HAS_FLOW | VERDICT_HAS_CANDIDATES,
                                     .flow_id = 1,
                                     .flow = &flow,
                                     .candidates = 3};
    story_is(error, "\n    refused by 10.0.0.254 (frame 2; packet not identified, one of 3)\n");
    flow.hit = false;
    error.verdict.has = VERDICT_HAS_FLOW;
    story_is(error, "\n    refused by 10.0.0.254 (frame 2; packet not identified)\n");
    flow.hit = false;
    error.verdict.kind = VERDICT_REVERSE;
    story_is(error,
             "\n    refused by 10.0.0.254 (frame 2; only the other direction of the flow is in "
             "the capture)\n");
    error.verdict = (struct verdict){.kind = VERDICT_UNMATCHED};
    story_is(error, "\n    refused by 10.0.0.254 (frame 2)\n");
}

static void errors_without_a_flow_say_why(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct scene_error error = {.by = "2001:db8::fe",
                                .type = 1,
                                .code = 4,
                                .proto = PROTO_UDP,
                                .from = "2001:db8::1",
                                .to = "2001:db8::fe",
                                .from_port = 5000,
                                .to_port = 53,
                                .frame = 1,
                                .time_ns = scene_nine,
                                .verdict = {.kind = VERDICT_UNMATCHED}};
    scene_error(scene, &error);
    error.frame = 2;
    scene_error(scene, &error);
    error.from_port = 0; /* the ports are not quoted */
    error.verdict.kind = VERDICT_UNKEYED;
    scene_error(scene, &error);
    scene->only_wrong = true;
    text_is(scene,
            "ERRORS                                      count  flows  reporters     tied to\n"
            "  v6 1/4  port unreachable                      3      0  2001:db8::fe  none\n"
            "\n"
            "NOT TIED  2 errors about flows not in this capture; 1 error with too little of the "
            "quoted packet to\n"
            "          name its flow\n"
            "  UDP [2001:db8::1]:5000 > [2001:db8::fe]:53\n"
            "    refused 2 times by 2001:db8::fe (first in frame 1)\n");
}

/* A traceroute of one flow: the routers stand in one sentence; what came once it arrived in
 * another. */
static void routers_of_one_kind_share_a_sentence(void **state)
{
    (void)state;
    static const char *const routers[] = {"10.0.0.1", "10.0.1.1", "10.0.1.1", "10.0.2.1"};
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_error error = {.type = 11,
                                .proto = PROTO_ICMP,
                                .from = "192.168.1.2",
                                .to = "203.0.113.80",
                                .time_ns = scene_nine};
    for (uint64_t i = 0; i < 4; i++) {
        error.by = routers[i];
        error.frame = 2 * i + 2;
        error.verdict = scene_exact(2 * i + 1, 700 * NS_PER_US, &flow);
        scene_error(scene, &error);
    }
    error.by = "203.0.113.80";
    error.type = 3;
    error.code = 2;
    error.frame = 17;
    error.verdict.kind = VERDICT_FLOW;
    scene_error(scene, &error);
    scene->only_wrong = true;
    text_is(scene,
            "ERRORS                                    count  flows  reporters     tied to\n"
            "  11/0  ttl exceeded in transit               4      1  10.0.0.1 +2   4 packets\n"
            "  3/2   protocol unreachable                  1      1  203.0.113.80  1 flow\n"
            "\n"
            "FLOWS HIT\n"
            "  ICMP 192.168.1.2 > 203.0.113.80\n"
            "    TTL ran out 4 times at 3 hosts: 10.0.0.1, 10.0.1.1, 10.0.2.1, first after 0.7 ms\n"
            "      (frame 2, about frame 1)\n"
            "    protocol refused by 203.0.113.80 (frame 17)\n"
            "    4 of 5 errors tied to their packets\n");
}

static void further_reporters_are_counted(void **state)
{
    (void)state;
    static const char *const routers[] = {"10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4",
                                          "10.9.0.5", "10.9.0.6", "10.9.0.7", "10.9.0.8",
                                          "10.9.0.9", "10.9.0.10"};
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_error error = {
        .type = 3, .code = 1, .proto = PROTO_GRE, .from = "10.0.0.1", .to = "10.0.0.2", .frame = 2};
    for (size_t i = 0; i < 10; i++) {
        error.by = routers[i];
        error.verdict = scene_exact(1, MS, &flow);
        scene_error(scene, &error);
    }
    scene->only_wrong = true;
    const char *text = strstr(scene_finish(scene), "FLOWS HIT");
    assert_string_equal(text, "FLOWS HIT\n"
                              "  GRE 10.0.0.1 > 10.0.0.2\n"
                              "    host unreachable 8 times, say 8 hosts: 10.9.0.1, 10.9.0.2, "
                              "10.9.0.3, 10.9.0.4, 10.9.0.5,\n"
                              "      10.9.0.6, 10.9.0.7, 10.9.0.8, first after 1 ms "
                              "(frame 2, about frame 1)\n"
                              "    and 2 errors from further hosts\n");
    scene_drop(scene);
}

/* ---- what came after ------------------------------------------------------------------------- */

/* What FLOWS HIT says below the error of an ended flow, whose sender then did `after`. */
static void aftermath_is(uint8_t code, struct aftermath after, const char *expected)
{
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_error error = {.by = "10.0.0.254",
                                .type = code == 0 ? 11 : 3,
                                .code = code,
                                .proto = PROTO_TCP,
                                .from = "10.0.0.1",
                                .to = "10.0.0.2",
                                .from_port = 50000,
                                .to_port = 443,
                                .frame = 2,
                                .time_ns = scene_nine};
    error.verdict = scene_exact(1, 2 * MS, &flow);
    scene->only_wrong = true;
    scene_error(scene, &error);
    struct hit *hit = map_value_at(&scene->hits.map, 0);
    hits_flow_closed(&scene->hits, &flow, scene_nine);
    after.since_ns = scene_nine;
    hit->after = after;
    const char *text = strstr(scene_finish(scene), "about frame 1)\n");
    assert_non_null(text);
    assert_string_equal(text + strlen("about frame 1)\n"), expected);
    scene_drop(scene);
}

static void what_the_sender_did_then_is_a_line(void **state)
{
    (void)state;
    aftermath_is(1,
                 (struct aftermath){.verdict = AFTERMATH_CONTINUED,
                                    .packets = 4,
                                    .last_ns = scene_nine + (int64_t)20 * NS_PER_S},
                 "    then kept sending: 4 more packets in 20 s, not answered\n");
    aftermath_is(1,
                 (struct aftermath){
                     .verdict = AFTERMATH_CONTINUED, .packets = 1, .last_ns = scene_nine + 3 * MS},
                 "    then kept sending: 1 more packet in 3 ms, not answered\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_STOPPED}, "    then nothing more\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_RECOVERED},
                 "    then answered by the other side\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_ADAPTED},
                 "    then sent smaller packets\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_IGNORED, .refused_again = 1500},
                 "    ignored it: kept sending 1500-byte packets\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_RESET, .closing = CLOSING_RST},
                 "    then closed the connection (RST)\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_RESET, .closing = CLOSING_FIN},
                 "    then closed the connection (FIN)\n");
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_RESET, .closing = CLOSING_PEER_RST},
                 "    then the other side closed the connection (RST)\n");
}

static void what_tells_nothing_is_no_line(void **state)
{
    (void)state;
    aftermath_is(1, (struct aftermath){.verdict = AFTERMATH_UNKNOWN}, "");
    aftermath_is(0, (struct aftermath){.verdict = AFTERMATH_STOPPED}, ""); /* a traceroute */
    aftermath_is(0, (struct aftermath){.verdict = AFTERMATH_RECOVERED},
                 "    then answered by the other side\n");
}

static void flow_is(uint8_t proto, const char *from, const char *to, const char *expected)
{
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_packet made;
    struct scene_error error = {.by = "10.0.0.254",
                                .type = 3,
                                .code = 1,
                                .proto = proto,
                                .from = from,
                                .to = to,
                                .frame = 2};
    error.verdict = scene_exact(1, 1, &flow);
    scene_error_packet(&made, &error);
    if (proto == PROTO_ICMP || proto == PROTO_ICMPV6) {
        made.icmp.quote.ip.has |= HAS_ICMP_TYPE | HAS_ICMP_ID;
        made.icmp.quote.ip.icmp_type = proto == PROTO_ICMP ? 8 : 128;
        made.icmp.quote.ip.icmp_id = 4711;
    }
    hits_error(&scene->hits, &made.packet, &error.verdict);
    scene->only_wrong = true;
    const char *text = scene_finish(scene);
    assert_memory_equal(text, "FLOWS HIT\n", 10);
    assert_memory_equal(text + 10, expected, strlen(expected));
    scene_drop(scene);
}

static void flows_without_ports_are_named(void **state)
{
    (void)state;
    flow_is(PROTO_ICMP, "10.0.0.1", "10.0.0.2",
            "  ICMP 10.0.0.1 > 10.0.0.2 echo request, id 4711\n");
    flow_is(PROTO_ICMPV6, "fe80::1", "fe80::2",
            "  IPv6-ICMP fe80::1 > fe80::2 echo request, id 4711\n");
    flow_is(PROTO_GRE, "10.0.0.1", "10.0.0.2", "  GRE 10.0.0.1 > 10.0.0.2\n");
    flow_is(253, "fe80::1", "fe80::2", "  protocol 253 fe80::1 > fe80::2\n");
}

static void frames_of_several_captures_have_their_file(void **state)
{
    (void)state;
    static const char *const names[] = {"inside.pcap", "outside.pcap"};
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_error error = {.by = "10.0.0.254",
                                .type = 3,
                                .code = 3,
                                .proto = PROTO_UDP,
                                .from = "10.0.0.1",
                                .to = "10.0.0.2",
                                .from_port = 1,
                                .to_port = 2,
                                .frame = 4};
    error.verdict = scene_exact(3, MS, &flow);
    error.verdict.capture = 1;
    scene_captures(scene, 2, names);
    scene_error(scene, &error);
    scene->only_wrong = true;
    const char *text = strstr(scene_finish(scene), "\n    ");
    assert_string_equal(text, "\n    refused by 10.0.0.254 after 1 ms (inside.pcap frame 4, "
                              "about outside.pcap frame 3)\n");
    scene_drop(scene);
}

static void only_ten_flows_are_listed_unless_asked(void **state)
{
    (void)state;
    for (int verbosity = 0; verbosity <= 1; verbosity++) {
        struct scene *scene = scene_make();
        for (uint16_t i = 0; i < 13; i++) {
            struct flow flow = {.id = i + 1u};
            struct scene_error error = {.by = "10.0.0.2",
                                        .type = 3,
                                        .code = 3,
                                        .proto = PROTO_UDP,
                                        .from = "10.0.0.1",
                                        .to = "10.0.0.2",
                                        .from_port = (uint16_t)(1000 + i),
                                        .to_port = 53,
                                        .frame = 2};
            error.verdict = scene_exact(1, MS, &flow);
            for (int n = 0; n < (i == 12 ? 2 : 1); n++)
                scene_error(scene, &error);
        }
        scene->config.verbosity = verbosity;
        const char *text = scene_finish(scene);
        const char *first = strstr(text, ":1012 >"), *second = strstr(text, ":1000 >");
        assert_true(first != NULL && second != NULL && first < second); /* most errors first */
        assert_int_equal(strstr(text, "  ... and 3 more (-v lists them)\n") != NULL,
                         verbosity == 0);
        assert_int_equal(strstr(text, ":1011 >") != NULL, verbosity == 1);
        scene_drop(scene);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_words_to_act_on),
        cmocka_unit_test(doubt_is_told),
        cmocka_unit_test(errors_without_a_flow_say_why),
        cmocka_unit_test(routers_of_one_kind_share_a_sentence),
        cmocka_unit_test(further_reporters_are_counted),
        cmocka_unit_test(what_the_sender_did_then_is_a_line),
        cmocka_unit_test(what_tells_nothing_is_no_line),
        cmocka_unit_test(flows_without_ports_are_named),
        cmocka_unit_test(frames_of_several_captures_have_their_file),
        cmocka_unit_test(only_ten_flows_are_listed_unless_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
