/* Errors about later fragments: tied through the identification of their datagram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/fragment_table.h"
#include "match_lab.h"

enum { OFFSET = 1480, IDENT = 7 };

struct scene {
    struct lab lab;
    struct fragment_table fragments;
};

static void scene_init(struct scene *scene)
{
    const uint64_t seed[2] = {8, 9};
    lab_init(&scene->lab, 100, 64);
    fragment_table_init(&scene->fragments, seed);
    scene->lab.matcher.fragments = &scene->fragments;
}

static void scene_fini(struct scene *scene)
{
    fragment_table_fini(&scene->fragments);
    lab_fini(&scene->lab);
}

static struct headers first_fragment(void)
{
    struct headers ip = ports_of(PROTO_UDP, "192.0.2.12", 40113, "192.0.2.5", 8000);
    ip.has |= HAS_FRAGMENT;
    ip.ip_id = IDENT;
    ip.more_fragments = true;
    return ip;
}

static struct headers later_fragment(uint32_t offset)
{
    struct headers ip = ip_of(PROTO_UDP, "192.0.2.12", "192.0.2.5");
    ip.has |= HAS_FRAGMENT;
    ip.ip_id = IDENT;
    ip.frag_offset = offset;
    return ip;
}

/* As the engine does it: a first fragment is a packet of its flow, too. */
static void scene_send(struct scene *scene, const struct headers *ip, int64_t ms)
{
    struct flow_key key;
    enum flow_direction direction = FLOW_FORWARD;
    bool keyed = flow_key_from(&key, &direction, ip, scene->lab.context);
    if (keyed)
        lab_send(&scene->lab, ip, ms);
    else
        scene->lab.frame++;
    const struct packet packet = {.time_ns = ms * NS_PER_MS,
                                  .frame = scene->lab.frame,
                                  .capture = LAB_CAPTURE,
                                  .context = scene->lab.context,
                                  .ip = *ip};
    fragment_table_add(&scene->fragments, &packet, keyed ? &key : NULL, direction);
}

static void a_later_fragment_is_tied_to_its_frame_and_the_flow_of_the_first(void **state)
{
    (void)state;
    struct headers first = first_fragment(), later = later_fragment(OFFSET);
    for (int turned = 0; turned < 2; turned++) {
        struct scene scene;
        scene_init(&scene);
        scene_send(&scene, turned ? &later : &first, 10);
        scene_send(&scene, turned ? &first : &later, 11);
        struct verdict verdict = lab_judge(&scene.lab, &later, 15);
        assert_int_equal(verdict.kind, VERDICT_FRAGMENT);
        assert_int_equal(verdict.has & (VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER),
                         VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER);
        assert_int_equal(verdict.frame, turned ? 1 : 2);
        assert_int_equal(verdict.capture, LAB_CAPTURE);
        assert_int_equal(verdict.rtt_ns, (turned ? 5 : 4) * NS_PER_MS);
        assert_int_equal(verdict.flow_id, 1);
        assert_int_equal(verdict.flow->key.port[verdict.direction], 40113);
        scene_fini(&scene);
    }
}

static void without_the_first_fragment_only_the_frame_is_told(void **state)
{
    (void)state;
    struct headers later = later_fragment(OFFSET);
    struct scene scene;
    scene_init(&scene);
    scene_send(&scene, &later, 10);
    struct verdict verdict = lab_judge(&scene.lab, &later, 12);
    assert_int_equal(verdict.kind, VERDICT_FRAGMENT);
    assert_int_equal(verdict.has & VERDICT_HAS_FLOW, 0);
    assert_null(verdict.flow);
    assert_int_equal(verdict.frame, 1);
    scene_fini(&scene);
}

static void without_its_own_frame_only_the_flow_is_told(void **state)
{
    (void)state;
    struct headers first = first_fragment(), later = later_fragment(OFFSET);
    struct scene scene;
    scene_init(&scene);
    scene_send(&scene, &first, 10);
    struct verdict verdict = lab_judge(&scene.lab, &later, 12);
    assert_int_equal(verdict.kind, VERDICT_FRAGMENT);
    assert_int_equal(verdict.has & VERDICT_HAS_TRIGGER, 0);
    assert_int_equal(verdict.flow_id, 1);
    scene_fini(&scene);
}

static void fragments_of_others_are_not_taken(void **state)
{
    (void)state;
    struct headers first = first_fragment(), later = later_fragment(OFFSET);
    struct scene scene;
    scene_init(&scene);
    scene_send(&scene, &first, 10);
    scene_send(&scene, &later, 11);

    struct headers other = later;
    other.ip_id = IDENT + 1;
    assert_int_equal(lab_judge(&scene.lab, &other, 12).kind, VERDICT_UNKEYED);
    other = later;
    other.src = addr_of("192.0.2.13");
    assert_int_equal(lab_judge(&scene.lab, &other, 12).kind, VERDICT_UNKEYED);
    scene.lab.context = 5; /* another VLAN */
    assert_int_equal(lab_judge(&scene.lab, &later, 12).kind, VERDICT_UNKEYED);
    scene_fini(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_fragment_is_tied_to_its_frame_and_the_flow_of_the_first),
        cmocka_unit_test(without_the_first_fragment_only_the_frame_is_told),
        cmocka_unit_test(without_its_own_frame_only_the_flow_is_told),
        cmocka_unit_test(fragments_of_others_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
