/* Records, each against JSON written by hand. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

/* `expected` is JSON with ' for ". */
static void record_is(const struct scene *scene, const struct event *event, const char *expected)
{
    json_error_t error;
    char *text = strdup(expected);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json_t *found = scene_record(scene, event),
           *wanted = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (wanted == NULL)
        fail_msg("%s in %s", error.text, text);
    if (!json_equal(found, wanted)) {
        char *dump = json_dumps(found, JSON_COMPACT);
        fail_msg("found  %s\nwanted %s", dump, text);
    }
    json_decref(found);
    json_decref(wanted);
    free(text);
}

/* 2026-11-20 09:00:03.000123456 UTC; date -u -d '2026-11-20 09:00:03' +%s */
static const int64_t nine = 1795165203000123456;

static struct event icmp_event(const struct scene_packet *made, const struct verdict *verdict)
{
    return (struct event){.type = EVENT_ICMP,
                          .frame = made->packet.frame,
                          .time_ns = made->packet.time_ns,
                          .packet = &made->packet,
                          .verdict = verdict};
}

/* Flow and Community ID are the first TCP row of the specification's baseline. */
static const struct scene_error too_big = {.by = "192.0.2.1",
                                           .type = 3,
                                           .code = 4,
                                           .proto = PROTO_TCP,
                                           .from = "128.232.110.120",
                                           .to = "66.35.250.204",
                                           .from_port = 34855,
                                           .to_port = 80,
                                           .frame = 12,
                                           .time_ns = nine,
                                           .mtu = 1400};

static void an_error_has_all_that_is_known(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct scene_packet made;
    const struct verdict verdict = {
        .has = VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER | VERDICT_HAS_RTT | VERDICT_HAS_CANDIDATES |
               VERDICT_HAS_ANOMALIES,
        .kind = VERDICT_EXACT,
        .frame = 9,
        .rtt_ns = 310999,
        .flow_id = 77,
        .candidates = 3,
        .anomalies = 1u << ANOMALY_BAD_CHECKSUM | 1u << ANOMALY_ABOUT_MULTICAST};
    scene->config.sensor = "edge \"1\"";
    scene_error_packet(&made, &too_big);
    made.packet.vlan_count = 2;
    made.packet.vlan[0] = 200;
    made.packet.vlan[1] = 100;
    made.packet.tunnel_count = 2;
    made.tunnels.list[0] = (struct tunnel){.type = TUNNEL_MPLS, .has_id = true, .id = 16};
    made.tunnels.list[1] = (struct tunnel){.type = TUNNEL_SIT,
                                           .family = FAMILY_IPV4,
                                           .src = scene_addr("198.51.100.1"),
                                           .dst = scene_addr("198.51.100.2")};
    made.icmp.length = 36;
    made.icmp.quote.bytes = 28;
    struct headers *quoted = &made.icmp.quote.ip;
    quoted->has |= HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_IP_ID;
    quoted->ip_id = 4660;
    quoted->ttl = 61;
    quoted->tos = 8;
    quoted->total_length = 1500;
    quoted->df = true;
    quoted->tcp_seq = 4294967295;
    quoted->tcp_flags = 0x02;
    quoted->tcp_window = 512;

    const struct event event = icmp_event(&made, &verdict);
    record_is(scene, &event,
              "{'timestamp':'2026-11-20T09:00:03.000123Z','ts_us':1795165203000123,"
              "'event_type':'icmp','sensor':'edge \\'1\\'','pcap_filename':'trace.pcap',"
              "'pcap_cnt':12,'vlan':[200,100],'tunnel':[{'type':'mpls','id':16},"
              "{'type':'sit','src_ip':'198.51.100.1','dest_ip':'198.51.100.2'}],"
              "'src_ip':'192.0.2.1','dest_ip':'128.232.110.120','proto':'ICMP',"
              "'community_id':'1:O+v4DKxw7Xwd8b1bsGvJURuVOUk=',"
              "'flow_community_id':'1:LQU9qZlK+B5F3KDmev6m5PMibrg=',"
              "'icmp_type':3,'icmp_code':4,"
              "'icmp':{'name':'destination unreachable','code_name':'fragmentation needed',"
              "'class':'error','status':'current','checksum':'good','length':36,'mtu':1400},"
              "'quoted':{'src_ip':'128.232.110.120','dest_ip':'66.35.250.204','proto':'TCP',"
              "'src_port':34855,'dest_port':80,'ip_id':4660,'ttl':61,'tos':8,'length':1500,"
              "'bytes':28,'df':true,'tcp_seq':4294967295,'tcp_flags':'02',"
              "'tcp_window':512},"
              "'match':{'verdict':'exact','pcap_cnt':9,'pcap_filename':'trace.pcap','rtt_us':310,"
              "'flow_id':77,'candidates':3,'anomalies':['about_multicast','bad_checksum']}}");
    scene_drop(scene);
}

static void what_does_not_apply_is_absent(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct icmp icmp = {
        .family = FAMILY_IPV6, .type = 128, .checksum = CHECKSUM_UNVERIFIED, .length = 8};
    const struct packet packet = {.icmp = &icmp};
    const struct event event = {.type = EVENT_ICMP, .time_ns = -1, .packet = &packet};
    record_is(scene, &event,
              "{'timestamp':'1969-12-31T23:59:59.999999Z','ts_us':-1,'event_type':'icmp',"
              "'pcap_filename':'trace.pcap','proto':'IPv6-ICMP','icmp_type':128,'icmp_code':0,"
              "'icmp':{'name':'echo request','class':'request','status':'current',"
              "'checksum':'unverified','length':8}}");
    scene_drop(scene);
}

static void members_of_a_type_are_its_own(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct icmp icmp = {.family = FAMILY_IPV4,
                        .type = 14,
                        .checksum = CHECKSUM_BAD,
                        .length = 20,
                        .has = ICMP_HAS_ID | ICMP_HAS_TIMES,
                        .id = 65535,
                        .seq = 1,
                        .originate_ms = 86399999,
                        .receive_ms = 0x80000001,
                        .transmit_ms = 0};
    const struct packet packet = {.frame = 1,
                                  .icmp = &icmp,
                                  .ip = {.has = HAS_IP | HAS_PROTO,
                                         .family = FAMILY_IPV4,
                                         .proto = PROTO_ICMP,
                                         .src = scene_addr("192.0.2.1"),
                                         .dst = scene_addr("192.0.2.2")}};
    const struct event event = {.type = EVENT_ICMP, .frame = 1, .packet = &packet};
    json_t *record = scene_record(scene, &event), *found = json_object_get(record, "icmp");
    json_t *wanted = json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:I,s:i}", "name",
                               "timestamp reply", "class", "reply", "status", "current", "checksum",
                               "bad", "length", 20, "id", 65535, "seq", 1, "originate_ms", 86399999,
                               "receive_ms", (json_int_t)2147483649, "transmit_ms", 0);
    assert_true(json_equal(found, wanted));
    json_decref(wanted);
    json_decref(record);

    icmp = (struct icmp){.family = FAMILY_IPV6,
                         .type = 137,
                         .length = 40,
                         .has = ICMP_HAS_GATEWAY | ICMP_HAS_TARGET,
                         .gateway = scene_addr("fe80::2"),
                         .target = scene_addr("2001:db8::99")};
    record = scene_record(scene, &event);
    found = json_object_get(record, "icmp");
    assert_string_equal(json_string_value(json_object_get(found, "gateway")), "fe80::2");
    assert_string_equal(json_string_value(json_object_get(found, "target")), "2001:db8::99");
    json_decref(record);
    scene_drop(scene);
}

/* What a quote holds of each protocol: presence bits, and the members that follow from them. */
static void a_quote_has_what_its_bytes_held(void **state)
{
    (void)state;
    static const struct {
        uint32_t has;
        uint8_t family, proto;
        const char *members;
    } rows[] = {
        {HAS_IP, FAMILY_IPV4, PROTO_UDP, "'df':false"},
        {HAS_IP, FAMILY_IPV6, PROTO_UDP, ""},
        {HAS_IP | HAS_PROTO | HAS_FRAGMENT | HAS_IP_ID, FAMILY_IPV6, PROTO_UDP,
         "'proto':'UDP','ip_id':305419896,'frag_offset':1480"},
        {HAS_IP | HAS_PROTO | HAS_PORTS | HAS_UDP_LENGTH, FAMILY_IPV6, PROTO_UDP,
         "'proto':'UDP','src_port':5,'dest_port':6,'udp_length':7"},
        {HAS_IP | HAS_PROTO | HAS_PORTS | HAS_SCTP_VTAG, FAMILY_IPV6, PROTO_SCTP,
         "'proto':'SCTP','src_port':5,'dest_port':6,'sctp_vtag':3735928559"},
        {HAS_IP | HAS_PROTO | HAS_ESP_SPI, FAMILY_IPV6, PROTO_ESP,
         "'proto':'ESP','esp_spi':11,'esp_seq':15"},
        {HAS_IP | HAS_PROTO | HAS_ESP_SPI, FAMILY_IPV6, PROTO_AH,
         "'proto':'AH','esp_spi':11,'esp_seq':15"},
        {HAS_IP | HAS_PROTO | HAS_GRE_KEY, FAMILY_IPV6, PROTO_GRE, "'proto':'GRE','gre_key':12"},
        {HAS_IP | HAS_PROTO | HAS_ICMP_TYPE, FAMILY_IPV6, PROTO_ICMPV6,
         "'proto':'IPv6-ICMP','icmp_type':8,'icmp_code':9"},
        {HAS_IP | HAS_PROTO | HAS_ICMP_TYPE | HAS_ICMP_ID, FAMILY_IPV6, PROTO_ICMPV6,
         "'proto':'IPv6-ICMP','icmp_type':8,'icmp_code':9,'icmp_id':13,'icmp_seq':14"},
        {HAS_IP | HAS_PROTO, FAMILY_IPV6, 253, "'proto':'253'"},
    };
    struct scene *scene = scene_make();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct icmp icmp = {.has = ICMP_HAS_QUOTE, .family = FAMILY_IPV4, .type = 3};
        const struct packet packet = {.icmp = &icmp};
        const struct event event = {.type = EVENT_ICMP, .packet = &packet};
        icmp.quote.bytes = 99;
        icmp.quote.ip = (struct headers){.has = rows[i].has,
                                         .family = rows[i].family,
                                         .proto = rows[i].proto,
                                         .ttl = 1,
                                         .tos = 2,
                                         .total_length = 4,
                                         .src_port = 5,
                                         .dst_port = 6,
                                         .udp_length = 7,
                                         .icmp_type = 8,
                                         .icmp_code = 9,
                                         .spi = 11,
                                         .spi_seq = 15,
                                         .gre_key = 12,
                                         .icmp_id = 13,
                                         .icmp_seq = 14,
                                         .sctp_vtag = 0xdeadbeef,
                                         .ip_id = 0x12345678,
                                         .frag_offset = 1480};
        char text[512];
        snprintf(text, sizeof text,
                 "{'src_ip':'%s','dest_ip':'%s','ttl':1,'tos':2,'length':4,'bytes':99%s%s}",
                 rows[i].family == FAMILY_IPV4 ? "0.0.0.0" : "::",
                 rows[i].family == FAMILY_IPV4 ? "0.0.0.0" : "::",
                 rows[i].members[0] != '\0' ? "," : "", rows[i].members);
        for (char *at = text; *at != '\0'; at++)
            *at = *at == '\'' ? '"' : *at;
        json_t *record = scene_record(scene, &event), *wanted = json_loads(text, 0, NULL);
        assert_non_null(wanted);
        if (!json_equal(json_object_get(record, "quoted"), wanted))
            fail_msg("row %zu: %s", i, json_dumps(record, JSON_COMPACT));
        json_decref(record);
        json_decref(wanted);
    }
    scene_drop(scene);
}

/* ---- flows and counters ---------------------------------------------------------------------- */

/* The flow of too_big; its server has the lower address, so its client sends backwards. */
static struct flow captured_flow(void)
{
    return (struct flow){
        .id = 77,
        .key = {.addr = {scene_addr("66.35.250.204"), scene_addr("128.232.110.120")},
                .port = {80, 34855},
                .proto = PROTO_TCP,
                .family = FAMILY_IPV4},
        .initiator = FLOW_BACKWARD,
        .packets_low = {4, 5},
        .sent = {{.packed = 400}, {.packed = 5000}},
        .first_ns = nine,
        .last_ns = nine + 2999999999};
}

static void a_flow_is_told_from_its_client(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = captured_flow();
    struct scene_error error = too_big;
    error.verdict = (struct verdict){.has = VERDICT_HAS_FLOW, .flow_id = 77, .flow = &flow};
    scene_error(scene, &error);
    error.code = 3;
    error.by = "198.51.100.9";
    error.mtu = 0;
    error.time_ns += 1000;
    scene_error(scene, &error);
    const struct hit *hit = hits_flow_closed(&scene->hits, &flow, flow.last_ns);
    assert_non_null(hit);
    const struct event event = {.type = EVENT_FLOW,
                                .flow_end = FLOW_END_SHUTDOWN,
                                .time_ns = flow.last_ns,
                                .flow = &hit->flow,
                                .hit = hit};
    record_is(scene, &event,
              "{'timestamp':'2026-11-20T09:00:06.000123Z','ts_us':1795165206000123,"
              "'event_type':'flow','pcap_filename':'trace.pcap','flow_id':77,"
              "'src_ip':'128.232.110.120','src_port':34855,'dest_ip':'66.35.250.204',"
              "'dest_port':80,'proto':'TCP','community_id':'1:LQU9qZlK+B5F3KDmev6m5PMibrg=',"
              "'flow_community_id':'1:LQU9qZlK+B5F3KDmev6m5PMibrg=',"
              "'flow':{'pkts_toserver':5,'pkts_toclient':4,'bytes_toserver':5000,"
              "'bytes_toclient':400,'start':'2026-11-20T09:00:03.000123Z',"
              "'end':'2026-11-20T09:00:06.000123Z','age':3,'state':'new','reason':'shutdown'},"
              "'tcp':{'tcp_flags':'00','tcp_flags_ts':'00','tcp_flags_tc':'00'},"
              "'icmp_errors':{'count':2,'first':'2026-11-20T09:00:03.000123Z',"
              "'last':'2026-11-20T09:00:03.000124Z','by':["
              "{'reporter':'192.0.2.1','icmp_type':3,'icmp_code':4,'count':1,'mtu':1400},"
              "{'reporter':'198.51.100.9','icmp_type':3,'icmp_code':3,'count':1}]},"
              "'aftermath':{'verdict':'unknown','packets':0,'bytes':0}}");
    scene_drop(scene);
}

static const char *flow_member(const struct scene *scene, const struct event *event,
                               const char *group, const char *key, char *buf)
{
    json_t *record = scene_record(scene, event);
    json_t *object = group != NULL ? json_object_get(record, group) : record;
    json_t *value = json_object_get(object, key);
    strcpy(buf, json_is_string(value) ? json_string_value(value) : "absent");
    json_decref(record);
    return buf;
}

/* RFC 9293's words in EVE's: both must have acknowledged; FIN of both or an RST closes. */
static void states_are_those_of_eve(void **state)
{
    (void)state;
    enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
    static const struct {
        uint8_t proto, flags[2];
        uint32_t packets[2];
        const char *state;
    } rows[] = {
        {PROTO_UDP, {0, 0}, {3, 0}, "new"},
        {PROTO_UDP, {0, 0}, {3, 1}, "established"},
        {PROTO_TCP, {SYN, 0}, {3, 0}, "new"},
        {PROTO_TCP, {SYN, SYN | ACK}, {1, 1}, "new"},
        {PROTO_TCP, {SYN | ACK, SYN | ACK}, {2, 1}, "established"},
        {PROTO_TCP, {SYN | ACK | FIN, SYN | ACK}, {3, 3}, "established"},
        {PROTO_TCP, {SYN | ACK | FIN, SYN | ACK | FIN}, {3, 3}, "closed"},
        {PROTO_TCP, {SYN, RST | ACK}, {1, 1}, "closed"},
    };
    struct scene *scene = scene_make();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buf[64];
        struct flow flow = {.key = {.proto = rows[i].proto, .family = FAMILY_IPV4}};
        memcpy(flow.tcp_flags, rows[i].flags, 2);
        memcpy(flow.packets_low, rows[i].packets, sizeof flow.packets_low);
        const struct event event = {.type = EVENT_FLOW, .flow = &flow};
        assert_string_equal(flow_member(scene, &event, "flow", "state", buf), rows[i].state);
        assert_string_equal(flow_member(scene, &event, "flow", "reason", buf), "absent");
    }
    scene_drop(scene);
}

/* The ICMP rows of the Community ID specification's baseline: echo, and a one-way type. */
static void flows_without_ports_have_a_community_id(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    char buf[64];
    struct flow flow = {.key = {.addr = {scene_addr("192.168.0.1"), scene_addr("192.168.0.89")},
                                .port = {77, 77},
                                .proto = PROTO_ICMP,
                                .family = FAMILY_IPV4,
                                .icmp = 8},
                        .initiator = FLOW_BACKWARD};
    const struct event event = {.type = EVENT_FLOW, .flow = &flow};
    assert_string_equal(flow_member(scene, &event, NULL, "flow_community_id", buf),
                        "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
    assert_string_equal(flow_member(scene, &event, NULL, "src_ip", buf), "192.168.0.89");
    assert_string_equal(flow_member(scene, &event, NULL, "src_port", buf), "absent");
    flow.key = (struct flow_key){.addr = {scene_addr("10.0.0.1"), scene_addr("10.0.0.2")},
                                 .proto = PROTO_GRE,
                                 .family = FAMILY_IPV4};
    assert_string_not_equal(flow_member(scene, &event, NULL, "flow_community_id", buf), "absent");
    assert_string_equal(flow_member(scene, &event, NULL, "proto", buf), "GRE");
    scene_drop(scene);
}

static void counters_are_all_there_even_when_zero(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    const struct event event = {.type = EVENT_STATS, .tally = &scene->tally};
    scene->tally.packets = UINT64_MAX; /* no JSON reader keeps it */
    scene->tally.health.uncounted = 2;
    scene->hits.map.refused = 3;
    scene->hits.untied.refused = 4;
    record_is(scene, &event,
              "{'timestamp':'1970-01-01T00:00:00.000000Z','ts_us':0,'event_type':'stats',"
              "'pcap_filename':'trace.pcap','stats':{'packets':9223372036854775807,'bytes':0,"
              "'icmp_messages':0,'errors':0,'flows_seen':0,'truncated':0,'snapped':0,"
              "'malformed':0,'unsupported_link':0,'bad_checksum':0,'unverified_checksum':0,"
              "'unassigned_type':0,'time_backwards':0,'unfiltered':0,'evicted_flows':0,"
              "'timed_out_flows':0,'hurried_errors':0,"
              "'incomplete_fragments':0,'evicted_fragments':0,'forgotten_fragments':0,"
              "'fragment_overlap':0,'ping_of_death':0,'tiny_fragments':0,'uncounted':9}}");
    scene_drop(scene);
}

static void what_is_about_no_frame_names_the_only_capture(void **state)
{
    (void)state;
    static const char *const names[] = {"a.pcap", "b.pcap"};
    struct scene *scene = scene_make();
    char buf[64];
    struct event event = {.type = EVENT_STATS, .capture = 1, .tally = &scene->tally};
    scene_captures(scene, 2, names);
    assert_string_equal(flow_member(scene, &event, NULL, "pcap_filename", buf), "absent");
    event.frame = 3;
    assert_string_equal(flow_member(scene, &event, NULL, "pcap_filename", buf), "b.pcap");
    event.capture = 7;
    assert_string_equal(flow_member(scene, &event, NULL, "pcap_filename", buf), "absent");
    scene_drop(scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_has_all_that_is_known),
        cmocka_unit_test(what_does_not_apply_is_absent),
        cmocka_unit_test(members_of_a_type_are_its_own),
        cmocka_unit_test(a_quote_has_what_its_bytes_held),
        cmocka_unit_test(a_flow_is_told_from_its_client),
        cmocka_unit_test(states_are_those_of_eve),
        cmocka_unit_test(flows_without_ports_have_a_community_id),
        cmocka_unit_test(counters_are_all_there_even_when_zero),
        cmocka_unit_test(what_is_about_no_frame_names_the_only_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
