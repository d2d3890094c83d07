/* Recent packets, found by what translation leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/packet_index.h"
#include "match_lab.h"

enum { FLOWS = 8, RECENT = 64, ALL = 1000, WORDS = 3, UDP_LENGTH = 8 + 2 * WORDS };

static size_t allocations_left = SIZE_MAX;

/* The linker puts these in the place of what they are named after. */
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);

static bool allocation_fails(void)
{
    if (allocations_left == 0)
        return true;
    allocations_left -= allocations_left != SIZE_MAX;
    return false;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

struct scene {
    struct lab lab;
    struct packet_index *index;
};

static void scene_init(struct scene *scene)
{
    const uint64_t seed[2] = {7, 8};
    lab_init(&scene->lab, FLOWS, RECENT);
    scene->index = packet_index_new(&scene->lab.ring, scene->lab.matcher.table, seed);
    assert_non_null(scene->index);
}

static void scene_fini(struct scene *scene)
{
    packet_index_free(scene->index);
    lab_fini(&scene->lab);
}

/* A segment from a host that a number names. Returns its frame. */
static uint64_t send_seq(struct scene *scene, unsigned host, uint32_t seq)
{
    struct headers headers = ports_of(PROTO_TCP, "10.0.0.0", 40000, "192.0.2.5", 80);
    headers.src.bytes[3] = (uint8_t)host;
    headers.has |= HAS_TCP_SEQ;
    headers.tcp_seq = seq;
    assert_non_null(lab_send(&scene->lab, &headers, 0));
    return scene->lab.frame;
}

static struct packet_trait seq_trait(uint32_t seq)
{
    return (struct packet_trait){TRAIT_TCP_SEQ, seq};
}

static uint64_t next_frame(struct packet_walk *walk)
{
    ring_position position;
    const struct ring_entry *entry = packet_walk_next(walk, &position);
    return entry != NULL ? entry->frame : 0;
}

static void packets_of_one_trait_are_found_newest_first(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    uint64_t first = send_seq(&scene, 1, 100);
    send_seq(&scene, 2, 101);
    uint64_t second = send_seq(&scene, 3, 100);
    struct packet_walk walk = packet_index_search(scene.index, seq_trait(100), ALL);
    assert_int_equal(next_frame(&walk), second);
    assert_int_equal(next_frame(&walk), first);
    assert_int_equal(next_frame(&walk), 0);
    assert_false(packet_walk_is_cut(&walk));
    walk = packet_index_search(scene.index, seq_trait(102), ALL);
    assert_int_equal(next_frame(&walk), 0);
    walk = packet_index_search(scene.index, (struct packet_trait){TRAIT_NONE, 0}, ALL);
    assert_int_equal(next_frame(&walk), 0);
    scene_fini(&scene);
}

static void packets_that_came_since_the_last_search_are_found(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    for (uint32_t seq = 0; seq < 10 * RECENT; seq++) {
        uint64_t frame = send_seq(&scene, seq % FLOWS, seq);
        if (seq % 7 != 0)
            continue;
        struct packet_walk walk = packet_index_search(scene.index, seq_trait(seq), ALL);
        assert_int_equal(next_frame(&walk), frame);
        assert_int_equal(next_frame(&walk), 0);
    }
    scene_fini(&scene);
}

static void packets_that_were_overwritten_are_not_found(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    send_seq(&scene, 1, 100);
    struct packet_walk walk = packet_index_search(scene.index, seq_trait(100), ALL);
    assert_int_equal(next_frame(&walk), 1);
    for (uint32_t seq = 0; seq < RECENT - 1; seq++)
        send_seq(&scene, 2, 1000 + seq);
    walk = packet_index_search(scene.index, seq_trait(100), ALL);
    assert_int_equal(next_frame(&walk), 1);
    send_seq(&scene, 2, 2000);
    walk = packet_index_search(scene.index, seq_trait(100), ALL);
    assert_int_equal(next_frame(&walk), 0);
    scene_fini(&scene);
}

static void many_of_one_trait_cost_no_more_than_the_limit(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    for (unsigned i = 0; i < 50; i++)
        send_seq(&scene, 1, 100);
    struct packet_walk walk = packet_index_search(scene.index, seq_trait(100), 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(next_frame(&walk), 50 - i);
    assert_int_equal(next_frame(&walk), 0);
    assert_int_equal(walk.visits, 5);
    assert_true(packet_walk_is_cut(&walk));
    scene_fini(&scene);
}

/* Across the position 0, which is none. */
static void positions_that_wrap_are_found(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    /* As if so many had been entered: all of a ring is written when its positions wrap. */
    memset(scene.lab.ring.entries, 0,
           ((size_t)scene.lab.ring.mask + 1) * sizeof *scene.lab.ring.entries);
    scene.lab.ring.newest = UINT32_MAX - 20;
    for (unsigned i = 0; i < 40; i++) {
        uint64_t frame = send_seq(&scene, 1, 100);
        struct packet_walk walk = packet_index_search(scene.index, seq_trait(100), ALL);
        for (uint64_t expected = frame; expected > 0; expected--)
            assert_int_equal(next_frame(&walk), expected);
        assert_int_equal(next_frame(&walk), 0);
    }
    scene_fini(&scene);
}

static struct flow *flow_of(struct scene *scene, uint32_t seq, uint32_t visits)
{
    struct packet_walk walk = packet_index_search(scene->index, seq_trait(seq), ALL);
    ring_position position;
    const struct ring_entry *entry = packet_walk_next(&walk, &position);
    return entry != NULL ? packet_index_flow(scene->index, position, &visits) : NULL;
}

/* The ninth flow takes the place of another, whose packets are nobody's then. */
static void a_number_that_went_to_another_flow_proves_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    for (unsigned host = 0; host < FLOWS; host++)
        send_seq(&scene, host, 100 + host);
    for (unsigned host = 0; host < FLOWS; host++)
        assert_int_equal(flow_of(&scene, 100 + host, ALL)->key.addr[0].bytes[3], host);
    send_seq(&scene, FLOWS, 100 + FLOWS);
    unsigned gone = 0;
    for (unsigned host = 0; host <= FLOWS; host++) {
        const struct flow *flow = flow_of(&scene, 100 + host, ALL);
        gone += flow == NULL;
        if (flow != NULL)
            assert_int_equal(flow->key.addr[0].bytes[3], host);
    }
    assert_int_equal(gone, 1);
    scene_fini(&scene);
}

static void a_flow_with_many_later_packets_is_too_busy_to_tell(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    send_seq(&scene, 1, 100);
    for (uint32_t seq = 0; seq < 20; seq++)
        send_seq(&scene, 1, 1000 + seq);
    assert_non_null(flow_of(&scene, 100, 20));
    assert_null(flow_of(&scene, 100, 19));
    scene_fini(&scene);
}

/* ---- what is the same on both sides of a translation ----------------------------------------- */

/* The UDP checksum (RFC 768) of a datagram of so many 16-bit words, summed up here on its own. */
static uint16_t udp_checksum(const struct headers *headers, const uint16_t words[WORDS])
{
    uint64_t sum = (uint64_t)headers->src_port + headers->dst_port + headers->proto;
    for (size_t i = 0; i < 16; i++)
        sum += (uint64_t)(headers->src.bytes[i] + headers->dst.bytes[i]) << (i % 2 ? 0 : 8);
    for (size_t i = 0; i < WORDS; i++)
        sum += words[i];
    sum += 2 * UDP_LENGTH; /* in the header, and in the pseudo header */
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return sum == 0xffff ? 0xffff : (uint16_t)~sum;
}

static struct packet_trait udp_trait(const char *src, uint16_t src_port, const char *dst,
                                     uint16_t dst_port, const uint16_t words[WORDS])
{
    struct headers headers = ports_of(PROTO_UDP, src, src_port, dst, dst_port);
    struct flow_key key;
    enum flow_direction direction;
    assert_true(flow_key_from(&key, &direction, &headers, 0));
    const struct ring_entry entry = {
        .identified = 1,
        .identity = (uint32_t)UDP_LENGTH << 16,
        .sent = {.has = HAS_UDP_LENGTH, .checksum = udp_checksum(&headers, words)},
    };
    return packet_trait_of(&entry, &key);
}

/* 2,000 payloads, whose sums wrap in all ways. */
static void the_sum_of_a_payload_survives_translation(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        const uint16_t words[] = {(uint16_t)(i * 40503u), (uint16_t)(i * 30011u), 7};
        const uint16_t others[] = {words[0], words[1], 8};
        struct packet_trait sent =
            udp_trait("10.0.0.2", (uint16_t)(40000 + i), "198.51.100.2", 53, words);
        struct packet_trait source =
            udp_trait("203.0.113.5", (uint16_t)(1024 + 7 * i), "198.51.100.2", 53, words);
        struct packet_trait back = udp_trait("198.51.100.2", 53, "203.0.113.5", (uint16_t)i, words);
        struct packet_trait v6 = udp_trait("fd00::2", 9, "2001:db8::5", (uint16_t)i, words);
        struct packet_trait other =
            udp_trait("10.0.0.2", (uint16_t)(40000 + i), "198.51.100.2", 53, others);
        assert_int_equal(sent.kind, TRAIT_UDP_SUM);
        assert_int_equal(source.value, sent.value);
        assert_int_equal(back.value, sent.value);
        assert_int_equal(v6.value, sent.value);
        assert_int_not_equal(other.value, sent.value);
    }
}

static void each_protocol_has_its_trait(void **state)
{
    (void)state;
    static const struct {
        struct ring_entry entry;
        struct packet_trait trait;
    } rows[] = {
        {{.identity = 5, .ip_id = 9, .sent = {.has = HAS_TCP_SEQ}}, {TRAIT_TCP_SEQ, 5}},
        {{.identity = 0x00110022, .ip_id = 9, .sent = {.has = HAS_UDP_LENGTH}},
         {TRAIT_UDP_IP_ID, 0x00110009}},
        {{.identity = 0x00110000, .sent = {.has = HAS_UDP_LENGTH}}, {TRAIT_NONE, 0}},
        {{.identity = 0x00770003, .ip_id = 9, .length = 64, .sent = {.has = HAS_ICMP_ID}},
         {TRAIT_ICMP_IP_ID, 0x00030009}},
        {{.identity = 0x00770003, .length = 64, .sent = {.has = HAS_ICMP_ID}},
         {TRAIT_ICMP_SEQ, 0x00030040}},
        {{.identity = 5, .ip_id = 9, .sent = {.has = HAS_SCTP_VTAG}}, {TRAIT_SCTP_VTAG, 5}},
        {{.identified = 1, .identity = 5, .sent = {.has = HAS_ESP_SPI}}, {TRAIT_SPI, 5}},
        {{.ip_id = 9, .length = 64}, {TRAIT_IP_ID, 0x00400009}},
        {{.length = 64}, {TRAIT_NONE, 0}},
    };
    struct flow_key key = {.family = FAMILY_IPV4, .proto = PROTO_UDP};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct packet_trait trait = packet_trait_of(&rows[i].entry, &key);
        assert_int_equal(trait.kind, rows[i].trait.kind);
        assert_int_equal(trait.value, rows[i].trait.value);
    }
}

static void without_memory_nothing_is_found(void **state)
{
    (void)state;
    for (size_t left = 0; left < 2; left++) {
        struct scene scene;
        scene_init(&scene);
        send_seq(&scene, 1, 100);
        allocations_left = left;
        struct packet_walk walk = packet_index_search(scene.index, seq_trait(100), ALL);
        allocations_left = SIZE_MAX;
        assert_int_equal(next_frame(&walk), 0);
        assert_false(packet_walk_is_cut(&walk));
        walk = packet_index_search(scene.index, seq_trait(100), ALL); /* not asked for again */
        assert_int_equal(next_frame(&walk), 0);
        scene_fini(&scene);
    }
    allocations_left = 0;
    struct lab lab = {.frame = 0};
    assert_null(packet_index_new(&lab.ring, NULL, (const uint64_t[]){1, 2}));
    allocations_left = SIZE_MAX;
    packet_index_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_one_trait_are_found_newest_first),
        cmocka_unit_test(packets_that_came_since_the_last_search_are_found),
        cmocka_unit_test(packets_that_were_overwritten_are_not_found),
        cmocka_unit_test(many_of_one_trait_cost_no_more_than_the_limit),
        cmocka_unit_test(positions_that_wrap_are_found),
        cmocka_unit_test(a_number_that_went_to_another_flow_proves_nothing),
        cmocka_unit_test(a_flow_with_many_later_packets_is_too_busy_to_tell),
        cmocka_unit_test(the_sum_of_a_payload_survives_translation),
        cmocka_unit_test(each_protocol_has_its_trait),
        cmocka_unit_test(without_memory_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
