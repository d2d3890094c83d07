/* Which trackers are told of which messages: those that do not want them would have done nothing.
 */
#include "track/stories.h"

#include <stdlib.h>

#include "track_lab.h"

struct watcher {
    const struct tracker *tracker;
    size_t size;
};

static const struct watcher watchers[STORIES] = {
    {&tracker_echo, sizeof(struct echoes)},
    {&tracker_clock, sizeof(struct clocks)},
    {&tracker_query, sizeof(struct queries)},
    {&tracker_pmtu, sizeof(struct pmtus)},
    {&tracker_black_hole, sizeof(struct black_holes)},
    {&tracker_kept_sending, sizeof(struct kept_sendings)},
    {&tracker_path, sizeof(struct paths)},
    {&tracker_redirect, sizeof(struct redirects)},
    {&tracker_router, sizeof(struct routers)},
    {&tracker_nd_fault, sizeof(struct nd_faults)},
    {&tracker_address_conflict, sizeof(struct address_conflicts)},
    {&tracker_rate, sizeof(struct rates)},
    {&tracker_scan, sizeof(struct scans)},
    {&tracker_spoof, sizeof(struct spoofs)},
    {&tracker_fragment_fault, sizeof(struct fragment_faults)},
    {&tracker_message_fault, sizeof(struct message_faults)},
    {&tracker_hard_error, sizeof(struct hard_errors)},
    {&tracker_checksum_fault, sizeof(struct checksum_faults)},
};

static void who_wants_none_has_no_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < STORIES; i++) {
        assert_int_equal(watchers[i].tracker->messages != 0, watchers[i].tracker->message != NULL);
        assert_true(watchers[i].tracker->messages <= TRACKER_ALL);
    }
}

/* A message of `type` that has all that one may have; an error or a redirect quotes UDP. */
struct judged {
    struct lab_message made;
    struct flow flow;
    struct verdict verdict;
};

static void judged_make(struct lab *lab, struct judged *judged, enum family family, uint8_t type)
{
    const uint8_t mac[2 * MAC_SIZE] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    struct packet *packet = &judged->made.packet;
    struct icmp *icmp = &judged->made.icmp;
    lab_message_make(lab, &judged->made, type, (struct lab_way){1, 2}, NS_PER_S);
    icmp->family = packet->ip.family = (uint8_t)family;
    packet->ip.proto = family == FAMILY_IPV4 ? PROTO_ICMP : PROTO_ICMPV6;
    packet->ip.ttl = 255;
    packet->mac_has = MAC_HAS_DST | MAC_HAS_SRC;
    memcpy(packet->macs, mac, sizeof mac);
    icmp->checksum = CHECKSUM_GOOD;
    icmp->has = ICMP_HAS_QUOTE | ICMP_HAS_ID | ICMP_HAS_TARGET | ICMP_HAS_MTU;
    icmp->quote.ip = packet->ip;
    icmp->quote.ip.proto = PROTO_UDP;
    icmp->quote.ip.has = HAS_IP | HAS_PROTO | HAS_PORTS;
    judged->flow = (struct flow){.key = {.proto = PROTO_TCP, .family = (uint8_t)family}};
    judged->flow.tcp_flags[0] = judged->flow.tcp_flags[1] = TCP_SYN | TCP_ACK;
    judged->verdict = (struct verdict){.kind = VERDICT_FLOW, .has = VERDICT_HAS_FLOW};
}

/* Shows `message` of `kind` to the tracker, and says whether that changed anything of it. */
static bool is_moved(const struct watcher *watcher, enum family family, uint8_t type,
                     enum message_kind kind)
{
    struct lab lab;
    struct judged judged;
    unsigned char *self = calloc(1, watcher->size), *before = malloc(watcher->size);
    assert_true(self != NULL && before != NULL);
    lab_init(&lab);
    watcher->tracker->init(self, &lab.track);
    judged_make(&lab, &judged, family, type);
    judged.verdict.flow = kind == MESSAGE_TIED ? &judged.flow : NULL;
    memcpy(before, self, watcher->size);
    struct sight sight = {.packet = &judged.made.packet, .verdict = &judged.verdict};
    if (kind == MESSAGE_PLAIN)
        sight.verdict = NULL;
    assert_int_equal(sight_kind(&sight), kind);
    watcher->tracker->message(self, &sight);
    bool moved = memcmp(before, self, watcher->size) != 0 || lab.findings.map.count > 0 ||
                 lab.events > 0 || judged.flow.watched;
    if (watcher->tracker->fini != NULL)
        watcher->tracker->fini(self);
    findings_fini(&lab.findings);
    free(self);
    free(before);
    return moved;
}

static bool is_judged(enum family family, uint8_t type)
{
    const struct icmp_type *row = icmp_type_get(family, type);
    return row->klass == ICMP_ERROR || row->quotes;
}

static void what_is_not_wanted_would_change_nothing(void **state)
{
    (void)state;
    size_t moved = 0;
    for (size_t i = 0; i < STORIES; i++)
        for (unsigned type = 0; watchers[i].tracker->message != NULL && type < 512; type++) {
            const enum family family = type < 256 ? FAMILY_IPV4 : FAMILY_IPV6;
            const bool judged = is_judged(family, (uint8_t)type);
            for (int kind = judged ? MESSAGE_UNTIED : MESSAGE_PLAIN;
                 kind < (judged ? MESSAGE_KINDS : MESSAGE_UNTIED); kind++) {
                if (watchers[i].tracker->messages >> kind & 1)
                    moved += is_moved(&watchers[i], family, (uint8_t)type, (enum message_kind)kind);
                else if (is_moved(&watchers[i], family, (uint8_t)type, (enum message_kind)kind))
                    fail_msg("tracker %zu, type %u, kind %d", i, type, kind);
            }
        }
    assert_true(moved > 500); /* of messages that are wanted */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_wants_none_has_no_function),
        cmocka_unit_test(what_is_not_wanted_would_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
