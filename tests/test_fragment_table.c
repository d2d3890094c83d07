/* Later fragments, and the flow of their first: in either order of their coming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "flow/fragment_table.h"

struct lab {
    struct fragment_table table;
    struct packet packet;
};

static void lab_init(struct lab *lab)
{
    static const uint64_t seed[2] = {3, 9};
    *lab = (struct lab){.packet = {.time_ns = INT64_C(1000) * NS_PER_S, .capture = 2}};
    fragment_table_init(&lab->table, seed);
}

static struct flow_key flow_of(uint16_t port)
{
    return (struct flow_key){.port = {port, 53}, .proto = PROTO_UDP, .family = FAMILY_IPV4};
}

static void add(struct lab *lab, uint32_t ip_id, uint32_t offset, uint16_t port)
{
    struct flow_key flow = flow_of(port);
    lab->packet.frame++;
    lab->packet.time_ns += 1000;
    lab->packet.ip = (struct headers){.has = HAS_IP | HAS_PROTO | HAS_FRAGMENT | HAS_IP_ID,
                                      .family = FAMILY_IPV4,
                                      .proto = PROTO_UDP,
                                      .ip_id = ip_id,
                                      .frag_offset = offset};
    fragment_table_add(&lab->table, &lab->packet, port != 0 ? &flow : NULL, FLOW_BACKWARD);
}

static const struct fragment_datagram *find(const struct lab *lab, uint32_t ip_id)
{
    const struct headers quoted = {.family = FAMILY_IPV4, .proto = PROTO_UDP, .ip_id = ip_id};
    const struct fragment_key key = fragment_key_from(&quoted, lab->packet.context);
    return fragment_table_find(&lab->table, &key);
}

static void assert_known(const struct lab *lab, uint32_t ip_id, uint16_t port)
{
    const struct fragment_datagram *datagram = find(lab, ip_id);
    struct flow_key flow = flow_of(port);
    assert_non_null(datagram);
    assert_true(datagram->has_flow);
    assert_int_equal(datagram->direction, FLOW_BACKWARD);
    assert_memory_equal(&datagram->flow, &flow, sizeof flow);
}

static uint64_t frame_of(const struct lab *lab, uint32_t ip_id, uint32_t offset)
{
    const struct fragment_frame *frame =
        fragment_table_frame(&lab->table, find(lab, ip_id), offset);
    if (frame != NULL)
        assert_int_equal(frame->capture, 2);
    return frame != NULL ? frame->frame : 0;
}

static void fragments_are_tied_in_either_order(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    assert_null(find(&lab, 1));
    add(&lab, 1, 0, 1000); /* frame 1 */
    add(&lab, 2, 1480, 0);
    add(&lab, 1, 1480, 0);
    add(&lab, 2, 2960, 0);
    assert_false(find(&lab, 2)->has_flow);
    add(&lab, 2, 0, 2000);
    assert_known(&lab, 1, 1000);
    assert_known(&lab, 2, 2000);
    assert_int_equal(frame_of(&lab, 1, 0), 1);
    assert_int_equal(frame_of(&lab, 1, 1480), 3);
    assert_int_equal(frame_of(&lab, 1, 2960), 0);
    assert_int_equal(frame_of(&lab, 2, 1480), 2);
    assert_int_equal(frame_of(&lab, 2, 2960), 4);
    assert_int_equal(frame_of(&lab, 2, 0), 5);
    assert_null(find(&lab, 3));
    lab.packet.context = 7; /* another VLAN */
    assert_null(find(&lab, 1));
    fragment_table_fini(&lab.table);
}

static void an_identification_used_again_is_another_datagram(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    add(&lab, 1, 0, 1000);
    add(&lab, 1, 1480, 0);
    add(&lab, 1, 0, 1001); /* of another flow */
    assert_known(&lab, 1, 1001);
    assert_int_equal(frame_of(&lab, 1, 1480), 0);
    add(&lab, 1, 1480, 0);
    assert_int_equal(frame_of(&lab, 1, 1480), 4);
    lab.packet.time_ns += INT64_C(121) * NS_PER_S;
    add(&lab, 1, 1480, 0);
    assert_false(find(&lab, 1)->has_flow);
    assert_int_equal(frame_of(&lab, 1, 1480), 5);
    assert_int_equal(frame_of(&lab, 1, 0), 0);
    fragment_table_fini(&lab.table);
}

/* Twice as many as there are places: all that are found are right, and the newest is there. */
static void a_full_table_counts_what_gave_way(void **state)
{
    (void)state;
    enum { PLACES = FRAGMENT_TABLE_SETS * FRAGMENT_TABLE_WAYS };
    struct lab lab;
    uint32_t found = 0;
    lab_init(&lab);
    for (uint32_t i = 0; i < 2 * PLACES; i++) {
        add(&lab, i, 0, (uint16_t)(i % 60000 + 1));
        assert_known(&lab, i, (uint16_t)(i % 60000 + 1));
    }
    for (uint32_t i = 0; i < 2 * PLACES; i++) {
        if (find(&lab, i) == NULL)
            continue;
        assert_known(&lab, i, (uint16_t)(i % 60000 + 1));
        assert_int_equal(frame_of(&lab, i, 0), i + 1);
        found++;
    }
    assert_in_range(found, PLACES * 9 / 10, PLACES);
    assert_int_equal(lab.table.evicted, 2 * PLACES - found);
    fragment_table_fini(&lab.table);
}

/* One datagram with more fragments than the table remembers: those that are gone are not found, and
 * looking is short. */
static void old_frames_are_forgotten(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    add(&lab, 5, 0, 1000);
    add(&lab, 6, 8, 0);
    for (uint32_t i = 0; i < FRAGMENT_TABLE_FRAMES; i++)
        add(&lab, 6, 16 + i % 8, 0);
    assert_known(&lab, 5, 1000);
    assert_int_equal(frame_of(&lab, 5, 0), 0);
    assert_int_equal(frame_of(&lab, 6, 8), 0);
    assert_int_equal(frame_of(&lab, 6, 23), FRAGMENT_TABLE_FRAMES + 2);
    fragment_table_fini(&lab.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_are_tied_in_either_order),
        cmocka_unit_test(an_identification_used_again_is_another_datagram),
        cmocka_unit_test(a_full_table_counts_what_gave_way),
        cmocka_unit_test(old_frames_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
