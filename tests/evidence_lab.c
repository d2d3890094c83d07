#include "evidence_lab.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ETHERNET = 1, RING = 1 << 18 };

/* ---- packets that come, as the engine hands them on ------------------------------------------ */

static int lab_write(void *context, const char *bytes, size_t size)
{
    struct lab *lab = context;
    if (lab->failure != 0) {
        errno = lab->failure;
        return -1;
    }
    lab->out = realloc(lab->out, lab->out_size + size);
    assert_non_null(lab->out);
    memcpy(lab->out + lab->out_size, bytes, size);
    lab->out_size += size;
    return 0;
}

static void lab_complain(void *context, const char *line)
{
    struct lab *lab = context;
    snprintf(lab->complaint, sizeof lab->complaint, "%s", line);
}

struct evidence_config lab_config(struct lab *lab, enum icmpscope_evidence format, size_t memory)
{
    return (struct evidence_config){.format = format,
                                    .sink = {lab_write, lab},
                                    .memory = memory,
                                    .report = &lab->scene->report,
                                    .ring = &lab->ring};
}

struct lab *lab_make(enum icmpscope_evidence format, size_t memory)
{
    struct lab *lab = calloc(1, sizeof *lab);
    assert_non_null(lab);
    lab->scene = scene_make();
    lab->scene->config.complain = lab_complain;
    lab->scene->config.context = lab;
    lab->link_type = ETHERNET;
    lab->size = 60;
    lab->flow = (struct flow){.id = 7};
    assert_int_equal(ring_init(&lab->ring, RING, NULL), 0);
    const struct evidence_config config = lab_config(lab, format, memory);
    lab->evidence = evidence_new(&config, NULL);
    assert_non_null(lab->evidence);
    return lab;
}

void lab_drop(struct lab *lab)
{
    evidence_free(lab->evidence);
    ring_fini(&lab->ring);
    scene_drop(lab->scene);
    free(lab->out);
    free(lab);
}

static uint8_t byte_of(uint64_t frame, size_t i)
{
    return (uint8_t)(frame * 31 + i);
}

static int64_t lab_time(uint64_t frame)
{
    return scene_nine + (int64_t)frame * 1000003;
}

uint32_t lab_add(struct lab *lab, const struct packet *decoded)
{
    uint8_t *bytes = malloc(lab->size + 1);
    assert_non_null(bytes);
    lab->frame++;
    for (size_t i = 0; i < lab->size; i++)
        bytes[i] = byte_of(lab->frame, i);
    const struct record record = {.time_ns = lab_time(lab->frame),
                                  .frame = lab->frame,
                                  .bytes = bytes,
                                  .cap_length = lab->size,
                                  .wire_length = lab->size + 5,
                                  .link_type = lab->link_type};
    uint32_t position = evidence_add(lab->evidence, &record, decoded);
    free(bytes);
    return position;
}

void lab_other(struct lab *lab)
{
    static const struct packet plain;
    lab_add(lab, &plain);
}

struct ring_entry *lab_packet(struct lab *lab)
{
    static const struct packet plain;
    uint32_t position = lab_add(lab, &plain);
    struct ring_entry *entry = ring_push(&lab->ring, lab->flow.newest);
    *entry = (struct ring_entry){
        .time_ns = lab_time(lab->frame), .frame = lab->frame, .flow = 3, .evidence = position};
    lab->flow.newest = lab->ring.newest;
    flow_count(&lab->flow, FLOW_FORWARD, 60);
    if (lab->flow.hit)
        evidence_want(lab->evidence, position);
    return entry;
}

uint64_t lab_error(struct lab *lab, const struct verdict *verdict)
{
    static const struct scene_error port = {.by = "192.0.2.9",
                                            .type = 3,
                                            .code = 3,
                                            .proto = 17,
                                            .from = "192.0.2.1",
                                            .to = "192.0.2.9",
                                            .from_port = 40000,
                                            .to_port = 69};
    struct scene_packet made;
    scene_error_packet(&made, &port);
    uint32_t position = lab_add(lab, &made.packet);
    made.packet.frame = lab->frame;
    evidence_want(lab->evidence, position);
    evidence_error(lab->evidence, position, &made.packet, verdict);
    if (verdict->flow != NULL)
        verdict->flow->hit = true;
    return lab->frame;
}

struct verdict lab_about_flow(struct lab *lab)
{
    return (struct verdict){
        .has = VERDICT_HAS_FLOW, .kind = VERDICT_FLOW, .flow_id = lab->flow.id, .flow = &lab->flow};
}

struct verdict lab_about_packet(struct lab *lab, const struct ring_entry *entry)
{
    struct verdict verdict = scene_exact(entry->frame, 3100000, &lab->flow);
    verdict.has |= VERDICT_HAS_SENT;
    verdict.sent = *entry;
    return verdict;
}

/* ---- what was written ------------------------------------------------------------------------ */

static uint32_t u32_at(const struct lab *lab, size_t at)
{
    uint32_t value;
    assert_true(at + sizeof value <= lab->out_size);
    memcpy(&value, lab->out + at, sizeof value);
    return value;
}

uint64_t lab_pcap_packet(const struct lab *lab, size_t *at)
{
    int64_t time_ns = (int64_t)u32_at(lab, *at) * 1000000000 + u32_at(lab, *at + 4);
    uint32_t captured = u32_at(lab, *at + 8);
    uint64_t frame = (uint64_t)((time_ns - scene_nine) / 1000003);
    assert_int_equal(time_ns, lab_time(frame));
    assert_int_equal(u32_at(lab, *at + 12), captured + 5);
    *at += 16;
    assert_true(captured <= lab->out_size - *at);
    for (size_t i = 0; i < captured; i++)
        assert_int_equal((uint8_t)lab->out[*at + i], byte_of(frame, i));
    *at += captured;
    return frame;
}

int lab_finish(struct lab *lab)
{
    return evidence_finish(lab->evidence, &lab->scene->tally.health);
}

const struct health *lab_health(const struct lab *lab)
{
    return &lab->scene->tally.health;
}

void lab_holds(struct lab *lab, size_t count, const uint64_t *frames)
{
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(u32_at(lab, 0), 0xa1b23c4d);
    assert_int_equal(u32_at(lab, 20), lab->link_type);
    size_t at = 24;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(lab_pcap_packet(lab, &at), frames[i]);
    assert_int_equal(at, lab->out_size);
    assert_int_equal(lab_health(lab)->evidence_packets, count);
}

size_t lab_count(const struct lab *lab, const char *text)
{
    const size_t length = strlen(text);
    size_t count = 0;
    for (size_t at = 0; at + length <= lab->out_size; at++)
        count += memcmp(lab->out + at, text, length) == 0;
    return count;
}
