#include "scene.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    hits_init(&scene->hits, seed);
    out_init(&scene->out, (struct out_sink){scene_write, scene});
    scene->report = (struct report){.config = &scene->config,
                                    .inputs = &scene->inputs,
                                    .tally = &scene->tally,
                                    .hits = &scene->hits,
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
    free(scene->written);
    free(scene);
}

const char *scene_flush(struct scene *scene)
{
    assert_int_equal(out_flush(&scene->out), 0);
    return scene->written;
}

const char *scene_finish(struct scene *scene)
{
    report_finish(&scene->report);
    return scene_flush(scene);
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

void scene_plain(struct scene *scene, int64_t time_ns)
{
    const struct packet packet = {.time_ns = time_ns, .wire_length = 60, .cap_length = 60};
    tally_packet(&scene->tally, &packet);
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
    tally_packet(&scene->tally, &made.packet);
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
    tally_packet(&scene->tally, &made.packet);
    hits_error(&scene->hits, &made.packet, &error->verdict);
    tally_message(&scene->tally, &made.packet, &error->verdict);
}
