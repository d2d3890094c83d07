#include "scene.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "report/field.h"
#include "report/json_build.h"
#include "report/json_stream.h"
#include "report/text.h"

static int scene_write(void *context, const char *bytes, size_t size)
{
    struct scene *scene = context;
    char *grown = realloc(scene->written, scene->size + size + 1);
    assert_non_null(grown);
    memcpy(grown + scene->size, bytes, size);
    scene->written = grown;
    scene->size += size;
    grown[scene->size] = '\0';
    return 0;
}

struct scene *scene_make(void)
{
    static const uint64_t seed[2] = {1, 2};
    static const char *const name = "trace.pcap";
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    icmpscope_config_init(&scene->config);
    scene_captures(scene, 1, &name);
    tally_init(&scene->tally, seed);
    scene->passed = passed_none();
    hits_init(&scene->hits, seed);
    rewritings_init(&scene->rewritings, seed);
    stories_init(&scene->stories, &(struct track){.seed = seed, .homes = &scene->homes});
    out_init(&scene->out, (struct out_sink){scene_write, scene});
    scene->report = (struct report){.config = &scene->config,
                                    .inputs = &scene->inputs,
                                    .tally = &scene->tally,
                                    .hits = &scene->hits,
                                    .rewritings = &scene->rewritings,
                                    .stories = &scene->stories,
                                    .out = &scene->out};
    scene_write(scene, "", 0);
    return scene;
}

static void scene_forget_captures(struct scene *scene)
{
    for (size_t i = 0; i < scene->inputs.count; i++)
        free(scene->list[i].path);
}

void scene_captures(struct scene *scene, size_t count, const char *const *paths)
{
    scene_forget_captures(scene);
    memset(scene->list, 0, sizeof scene->list);
    for (size_t i = 0; i < count; i++) {
        scene->list[i].path = strdup(paths[i]);
        scene->list[i].state = INPUT_DONE;
    }
    scene->inputs = (struct inputs){.list = scene->list, .count = count};
}

void scene_drop(struct scene *scene)
{
    scene_forget_captures(scene);
    tally_fini(&scene->tally);
    hits_fini(&scene->hits);
    rewritings_fini(&scene->rewritings);
    stories_fini(&scene->stories);
    free(scene->written);
    free(scene);
}

const char *scene_flush(struct scene *scene)
{
    assert_int_equal(out_flush(&scene->out), 0);
    return scene->written;
}

static void scene_tell_wrong(struct scene *scene)
{
    const struct icmpscope_config *config = &scene->config;
    struct page page;
    scene->config.verbosity = -1; /* that all is well is no news */
    page_init(&page, &scene->out, config->width, config->color);
    text_errors(&page, &scene->report);
    text_flows(&page, &scene->report);
    text_untied(&page, &scene->report);
    text_doubts(&page, &scene->report);
    text_rewriting(&page, &scene->report);
    text_health(&page, &scene->report);
}

const char *scene_finish(struct scene *scene)
{
    if (scene->only_wrong)
        scene_tell_wrong(scene);
    else
        report_finish(&scene->report);
    return scene_flush(scene);
}

json_t *scene_record(const struct scene *scene, const struct event *event)
{
    struct json_stream stream;
    struct json_build build;
    json_stream_init(&stream);
    json_build_init(&build);
    struct writer streamed = json_stream_writer(&stream), built = json_build_writer(&build);
    field_walk(&streamed, event, &scene->report);
    field_walk(&built, event, &scene->report);

    size_t size = json_stream_finish(&stream);
    json_error_t error;
    json_t *a = json_loadb(stream.line, size, JSON_REJECT_DUPLICATES, &error);
    json_t *b = json_build_finish(&build);
    if (a == NULL)
        fail_msg("%s: %.*s", error.text, (int)size, stream.line);
    assert_true(json_equal(a, b));
    json_decref(b);
    return a;
}

struct addr scene_addr(const char *text)
{
    struct addr addr = {{0}};
    int family = scene_family(text) == FAMILY_IPV6 ? AF_INET6 : AF_INET;
    assert_int_equal(inet_pton(family, text, addr.bytes), 1);
    return addr;
}

enum family scene_family(const char *text)
{
    return strchr(text, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4;
}

static void scene_pass(struct scene *scene, int64_t time_ns, uint32_t wire_length)
{
    passed_add(&scene->passed, time_ns, wire_length, false);
    tally_passed(&scene->tally, &scene->passed);
}

void scene_plain(struct scene *scene, int64_t time_ns)
{
    scene_pass(scene, time_ns, 60);
}

static void message_make(struct scene_packet *made, const char *from, uint8_t type, uint8_t code)
{
    enum family family = scene_family(from);
    *made = (struct scene_packet){
        .packet = {.wire_length = 70, .cap_length = 70, .icmp = &made->icmp},
        .icmp = {.family = family, .type = type, .code = code, .checksum = CHECKSUM_GOOD}};
    made->packet.tunnels = &made->tunnels;
    made->packet.ip = (struct headers){.has = HAS_IP | HAS_PROTO | HAS_ICMP_TYPE,
                                       .family = family,
                                       .proto = family == FAMILY_IPV4 ? PROTO_ICMP : PROTO_ICMPV6,
                                       .src = scene_addr(from),
                                       .icmp_type = type,
                                       .icmp_code = code};
}

void scene_message(struct scene *scene, int64_t time_ns, const char *from, uint8_t type)
{
    struct scene_packet made;
    message_make(&made, from, type, 0);
    made.packet.time_ns = time_ns;
    scene_pass(scene, made.packet.time_ns, made.packet.wire_length);
    tally_message(&scene->tally, &made.packet, NULL);
}

void scene_error_packet(struct scene_packet *made, const struct scene_error *error)
{
    message_make(made, error->by, error->type, error->code);
    made->packet.time_ns = error->time_ns;
    made->packet.frame = error->frame;
    made->packet.ip.dst = scene_addr(error->from);
    if (error->mtu != 0) {
        made->icmp.has |= ICMP_HAS_MTU;
        made->icmp.mtu = error->mtu;
    }
    if (error->gateway != NULL) {
        made->icmp.has |= ICMP_HAS_GATEWAY;
        made->icmp.gateway = scene_addr(error->gateway);
    }
    made->icmp.has |= ICMP_HAS_QUOTE;
    made->icmp.quote.ip = (struct headers){.has = HAS_IP | HAS_PROTO,
                                           .family = scene_family(error->from),
                                           .proto = error->proto,
                                           .src = scene_addr(error->from),
                                           .dst = scene_addr(error->to),
                                           .src_port = error->from_port,
                                           .dst_port = error->to_port};
    if (error->from_port != 0)
        made->icmp.quote.ip.has |= HAS_PORTS;
}

void scene_error(struct scene *scene, const struct scene_error *error)
{
    struct scene_packet made;
    scene_error_packet(&made, error);
    scene_pass(scene, made.packet.time_ns, made.packet.wire_length);
    hits_error(&scene->hits, &made.packet, &error->verdict);
    tally_message(&scene->tally, &made.packet, &error->verdict);
}

/* ---- scenes ---------------------------------------------------------------------------------- */

/* date -u -d '2026-11-20 09:00:03' +%s */
const int64_t scene_nine = (int64_t)1795165203 * NS_PER_S;

struct verdict scene_exact(uint64_t frame, int64_t rtt_ns, struct flow *flow)
{
    return (struct verdict){.has = VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER | VERDICT_HAS_RTT,
                            .kind = VERDICT_EXACT,
                            .frame = frame,
                            .rtt_ns = rtt_ns,
                            .flow_id = flow->id,
                            .flow = flow};
}

void scene_tftp(struct scene *scene, struct flow *flow)
{
    static const char *const name = "tftp.pcap";
    scene_captures(scene, 1, &name);
    for (int i = 0; i < 5; i++) {
        int64_t sent = scene_nine + i * (int64_t)5 * NS_PER_S;
        struct scene_error refused = {.by = "192.168.1.105",
                                      .type = 3,
                                      .code = 3,
                                      .proto = PROTO_UDP,
                                      .from = "192.168.1.114",
                                      .to = "192.168.1.105",
                                      .from_port = 40113,
                                      .to_port = 8000,
                                      .frame = (uint64_t)(2 * i + 2),
                                      .time_ns = sent + 300 * NS_PER_US};
        refused.verdict = scene_exact(refused.frame - 1, 300 * NS_PER_US, flow);
        scene_plain(scene, sent);
        scene_error(scene, &refused);
    }
    for (int i = 0; i < 4; i++)
        scene_plain(scene, scene_nine + (int64_t)25 * NS_PER_S);
}

static size_t columns_of(const char *line, size_t size)
{
    size_t columns = 0;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t code;
        length = utf8_decode(line + at, size - at, &code);
        assert_true(length > 0);
        assert_false(utf8_is_control(code));
        columns += utf8_columns(code);
    }
    return columns;
}

void scene_is_tidy(const char *text, size_t width)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        assert_int_equal(text[size], '\n');
        if (columns_of(text, size) > width)
            fail_msg("%zu columns: %.*s", columns_of(text, size), (int)size, text);
        if (size > 0 && text[size - 1] == ' ')
            fail_msg("blanks at the end: %.*s", (int)size, text);
        text += size + 1;
    }
}

static const char hostile_name[] =
    "b\xff\033]0;title\007\u202e\xc2\x9b "
    "\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587"
    "\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587.pcap";

struct scene *scene_long(void)
{
    static const char *const names[] = {
        "/var/captures/2026/11/20/a-rather-long-name-of-a-capture-that-nobody-would-type.pcapng",
        hostile_name, "c"};
    static const char *const reporters[] = {"2001:db8:1111:2222:3333:4444:5555:6661",
                                            "2001:db8:1111:2222:3333:4444:5555:6662",
                                            "2001:db8:1111:2222:3333:4444:5555:6663"};
    struct scene *scene = scene_make();
    struct flow flows[2] = {{.id = 1}, {.id = 2}};
    scene_captures(scene, 3, names);
    for (uint16_t i = 0; i < 3000; i++) {
        struct scene_error error = {.by = reporters[i % 3],
                                    .type = i % 5 == 0 ? 4 : 1,
                                    .code = i % 5 == 0 ? 5 : 5 + i % 2,
                                    .proto = PROTO_TCP,
                                    .from = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff1",
                                    .to = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff2",
                                    .from_port = 65535,
                                    .to_port = 65534,
                                    .frame = 4000000000u + i,
                                    .time_ns = scene_nine + i * (int64_t)3600 * NS_PER_S};
        error.verdict = scene_exact(error.frame - 1, (int64_t)86399 * NS_PER_S, &flows[i % 2]);
        error.verdict.capture = i % 3;
        error.verdict.kind = (uint8_t)(i % VERDICTS);
        error.verdict.has |= VERDICT_HAS_CANDIDATES;
        error.verdict.candidates = 4294967295;
        scene_error(scene, &error);
    }
    scene->tally.health = (struct health){.bad_checksum = UINT64_MAX, .unverified_checksum = 1};
    scene->list[1].state = INPUT_DAMAGED;
    error_set(&scene->list[1].error, "a reason of many words, %0150d, without end", 1);
    return scene;
}
