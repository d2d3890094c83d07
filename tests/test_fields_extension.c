/* The records of extensions and of the lists of ICMPv4: as much as decoding keeps of the worst that
 * can be sent fits a line, whole. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/field.h"
#include "report/json_stream.h"
#include "scene.h"

struct stage {
    struct scene *scene;
    struct scene_packet made;
    struct verdict verdict;
    struct event event;
};

/* An error with all that its quote can hold, or a message without, of either family. */
static void stage_make(struct stage *stage, enum family family, uint8_t type)
{
    memset(stage, 0, sizeof *stage);
    stage->scene = scene_make();
    struct headers *quoted = &stage->made.icmp.quote.ip;
    memset(quoted, 0xff, sizeof *quoted);
    quoted->family = FAMILY_IPV6;
    quoted->df = quoted->more_fragments = true;
    struct packet *packet = &stage->made.packet;
    packet->icmp = &stage->made.icmp;
    packet->tunnels = &stage->made.tunnels;
    packet->vlan_count = VLAN_MAX;
    packet->tunnel_count = TUNNEL_MAX;
    for (size_t i = 0; i < TUNNEL_MAX; i++)
        stage->made.tunnels.list[i] =
            (struct tunnel){TUNNEL_GRE,
                            FAMILY_IPV6,
                            true,
                            UINT32_MAX,
                            scene_addr("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
                            scene_addr("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe")};
    packet->ip.family = FAMILY_IPV6;
    packet->ip.has = HAS_IP | HAS_PROTO;
    stage->made.icmp.family = family;
    stage->made.icmp.type = type;
    stage->made.icmp.code = 0;
    stage->made.icmp.checksum = CHECKSUM_GOOD;
    stage->made.icmp.has = ICMP_HAS_ID | ICMP_HAS_QUOTE;
    stage->verdict.kind = VERDICT_UNMATCHED;
    stage->verdict.capture = 0;
    stage->event = (struct event){.type = EVENT_ICMP,
                                  .frame = UINT64_MAX / 2,
                                  .time_ns = INT64_MAX,
                                  .packet = packet,
                                  .verdict = &stage->verdict};
}

/* The record's `icmp`, of a line that holds all of it; the caller drops the record. */
static json_t *stage_icmp(struct stage *stage, json_t **record)
{
    *record = scene_record(stage->scene, &stage->event);
    assert_null(json_object_get(*record, "truncated"));
    assert_non_null(json_object_get(*record, "match"));
    return json_object_get(*record, "icmp");
}

static struct icmp_extensions *stage_extensions(struct stage *stage, uint32_t count)
{
    struct icmp_extensions *extensions = &stage->made.icmp.extensions;
    memset(extensions, 0, sizeof *extensions);
    extensions->layout = EXTENSION_LEGACY;
    extensions->checksum = EXTENSION_CHECKSUM_ABSENT;
    extensions->count = count;
    stage->made.icmp.has |= ICMP_HAS_EXTENSION;
    return extensions;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static long long number_of(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

/* ---- extensions ------------------------------------------------------------------------------ */

static void the_longest_names_fit_a_line(void **state)
{
    (void)state;
    static const char worst[] = {'\x01', '"', '\\', '\x7f', '\0', '\xff', '\x1b'};
    for (size_t i = 0; i < sizeof worst; i++) {
        struct stage stage;
        stage_make(&stage, FAMILY_IPV6, 3);
        struct icmp_extensions *extensions = stage_extensions(&stage, 40);
        extensions->anomalies = (1u << EXTENSION_ANOMALIES) - 1;
        stage.made.icmp.has |= ICMP_HAS_EXTENSION_ANOMALY;
        for (size_t j = 0; j < EXTENSION_OBJECTS; j++) {
            struct extension_object *object = &extensions->objects[j];
            memset(object, worst[i], sizeof *object);
            object->kind = EXTENSION_INTERFACE;
            object->role = EXTENSION_INCOMING_SUB_IP;
            object->family = FAMILY_IPV6;
            object->has = (uint8_t) ~(OBJECT_HAS_LABELS | OBJECT_HAS_ADDRESS);
            object->name_size = EXTENSION_NAME;
            object->name_length = 65528;
            object->malformed = true;
        }
        json_t *record, *icmp = stage_icmp(&stage, &record);
        json_t *list = json_object_get(icmp, "extensions");
        assert_int_equal(json_array_size(list), EXTENSION_OBJECTS);
        assert_int_equal(number_of(icmp, "extension_count"), 40);
        assert_string_equal(text_of(icmp, "extension_layout"), "legacy");
        assert_string_equal(text_of(icmp, "extension_checksum"), "absent");
        assert_int_equal(json_array_size(json_object_get(icmp, "extension_anomalies")),
                         EXTENSION_ANOMALIES);
        assert_string_equal(text_of(json_array_get(list, 7), "role"), "incoming_sub_ip");
        assert_int_equal(number_of(json_array_get(list, 7), "name_length"), 65528);
        assert_true(json_is_true(json_object_get(json_array_get(list, 7), "malformed")));
        json_decref(record);
        scene_drop(stage.scene);
    }
}

static void the_deepest_label_stacks_fit_a_line(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage, FAMILY_IPV4, 11);
    struct icmp_extensions *extensions = stage_extensions(&stage, EXTENSION_OBJECTS);
    for (size_t i = 0; i < EXTENSION_OBJECTS; i++) {
        struct extension_object *object = &extensions->objects[i];
        object->kind = EXTENSION_MPLS;
        object->has = OBJECT_HAS_LABELS;
        object->label_count = 16383;
        for (size_t j = 0; j < EXTENSION_LABELS; j++)
            object->labels[j] = (struct extension_label){1048575, 7, 1, 255};
    }
    json_t *record, *icmp = stage_icmp(&stage, &record);
    json_t *last = json_array_get(json_object_get(icmp, "extensions"), EXTENSION_OBJECTS - 1);
    assert_string_equal(text_of(last, "object"), "mpls");
    assert_int_equal(number_of(last, "label_count"), 16383);
    json_t *labels = json_object_get(last, "labels");
    assert_int_equal(json_array_size(labels), EXTENSION_LABELS);
    assert_int_equal(number_of(json_array_get(labels, 7), "label"), 1048575);
    assert_int_equal(number_of(json_array_get(labels, 7), "ttl"), 255);
    json_decref(record);
    scene_drop(stage.scene);
}

static void what_an_object_does_not_hold_is_absent(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage, FAMILY_IPV4, 11);
    struct icmp_extensions *extensions = stage_extensions(&stage, 2);
    extensions->objects[0].kind = EXTENSION_NODE_ID;
    extensions->objects[1].kind = EXTENSION_UNKNOWN;
    extensions->objects[1].class_num = 9;
    extensions->objects[1].length = 8;
    json_t *record, *icmp = stage_icmp(&stage, &record);
    json_t *list = json_object_get(icmp, "extensions");
    assert_int_equal(json_object_size(json_array_get(list, 0)), 1); /* object */
    json_t *unknown = json_array_get(list, 1);
    assert_int_equal(json_object_size(unknown), 4);
    assert_int_equal(number_of(unknown, "class"), 9);
    assert_int_equal(number_of(unknown, "ctype"), 0);
    assert_int_equal(number_of(unknown, "length"), 8);
    assert_null(json_object_get(icmp, "extension_anomalies"));
    json_decref(record);

    extensions->count = 0;
    icmp = stage_icmp(&stage, &record);
    assert_null(json_object_get(icmp, "extensions"));
    assert_int_equal(number_of(icmp, "extension_count"), 0);
    json_decref(record);
    scene_drop(stage.scene);
}

static void an_address_of_another_family_is_shown_in_hexadecimal(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage, FAMILY_IPV4, 42);
    struct extension_object *object = &stage_extensions(&stage, 1)->objects[0];
    object->kind = EXTENSION_INTERFACE_ID;
    object->has = OBJECT_HAS_ADDRESS;
    object->afi = 16389;
    object->address_size = 6;
    memcpy(object->address, "\x02\x00\x5e\x10\xff\x01", 6);
    json_t *record, *icmp = stage_icmp(&stage, &record);
    json_t *first = json_array_get(json_object_get(icmp, "extensions"), 0);
    assert_string_equal(text_of(first, "address"), "02:00:5e:10:ff:01");
    assert_int_equal(number_of(first, "address_family"), 16389);
    json_decref(record);

    object->address_size = 0;
    icmp = stage_icmp(&stage, &record);
    first = json_array_get(json_object_get(icmp, "extensions"), 0);
    assert_null(json_object_get(first, "address"));
    json_decref(record);
    scene_drop(stage.scene);
}

/* ---- lists of ICMPv4 ------------------------------------------------------------------------- */

static void as_many_routers_as_are_kept_fit_a_line(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage, FAMILY_IPV4, 9);
    struct icmp_v4 *v4 = &stage.made.icmp.body.v4;
    v4->has = ICMP_V4_HAS_ROUTERS | ICMP_V4_HAS_AGENT | ICMP_V4_HAS_PREFIXES;
    v4->routers.count = v4->routers.prefix_count = UINT8_MAX;
    v4->routers.kept = ICMP_V4_ROUTERS;
    for (size_t i = 0; i < ICMP_V4_ROUTERS; i++) {
        memset(v4->routers.list[i].address, 0xfe, 4);
        v4->routers.list[i].preference = INT32_MIN;
    }
    v4->routers.agent.care_of_count = 62;
    v4->routers.agent.flags = UINT16_MAX;
    json_t *record, *icmp = stage_icmp(&stage, &record);
    json_t *routers = json_object_get(icmp, "routers"),
           *agent = json_object_get(icmp, "mobility_agent");
    assert_int_equal(json_array_size(routers), ICMP_V4_ROUTERS);
    assert_string_equal(text_of(json_array_get(routers, 15), "ip"), "254.254.254.254");
    assert_int_equal(number_of(json_array_get(routers, 15), "preference"), INT32_MIN);
    assert_int_equal(number_of(icmp, "router_count"), UINT8_MAX);
    assert_int_equal(json_array_size(json_object_get(agent, "care_of")), ICMP_V4_CARE_OF);
    assert_int_equal(number_of(agent, "care_of_count"), 62);
    assert_int_equal(json_array_size(json_object_get(agent, "flags")), ICMP_AGENT_FLAGS);
    assert_int_equal(json_array_size(json_object_get(icmp, "prefix_lengths")), ICMP_V4_PREFIXES);
    json_decref(record);
    scene_drop(stage.scene);
}

static void the_longest_domain_names_fit_a_line(void **state)
{
    (void)state;
    static const char worst[] = {'\x01', '"', '\xff', '\0'};
    for (size_t i = 0; i < sizeof worst; i++) {
        struct stage stage;
        stage_make(&stage, FAMILY_IPV4, 38);
        struct icmp_v4 *v4 = &stage.made.icmp.body.v4;
        v4->has = ICMP_V4_HAS_NAMES;
        v4->names.ttl_s = INT32_MIN;
        v4->names.count = UINT32_MAX;
        v4->names.kept = ICMP_V4_NAMES;
        v4->names.malformed = true;
        for (size_t j = 0; j < ICMP_V4_NAMES; j++)
            v4->names.ends[j] = (uint16_t)((j + 1) * ICMP_V4_NAMES_SIZE / ICMP_V4_NAMES);
        memset(v4->names.text, worst[i], sizeof v4->names.text);
        json_t *record, *icmp = stage_icmp(&stage, &record);
        assert_int_equal(json_array_size(json_object_get(icmp, "names")), ICMP_V4_NAMES);
        assert_int_equal(number_of(icmp, "name_count"), UINT32_MAX);
        assert_int_equal(number_of(icmp, "ttl_s"), INT32_MIN);
        json_decref(record);
        scene_drop(stage.scene);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_names_fit_a_line),
        cmocka_unit_test(the_deepest_label_stacks_fit_a_line),
        cmocka_unit_test(what_an_object_does_not_hold_is_absent),
        cmocka_unit_test(an_address_of_another_family_is_shown_in_hexadecimal),
        cmocka_unit_test(as_many_routers_as_are_kept_fit_a_line),
        cmocka_unit_test(the_longest_domain_names_fit_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
