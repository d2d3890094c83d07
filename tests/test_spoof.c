/* track/spoof.h: whose flows are counted, and how many others are looked for in vain. */
#include "track/spoof.h"

#include <stdbool.h>
#include <stdlib.h>

#include "flow/table.h"
#include "track_lab.h"

enum { UNREACHABLE = 3, HOSTS = 20 * VICTIMS_MAX };

struct bench {
    struct lab lab;
    struct spoofs spoofs;
};

static struct addr host_of(uint32_t number)
{
    struct addr addr = {{0}};
    memcpy(addr.bytes, &number, sizeof number);
    return addr;
}

/* An error about what another host has sent to port 53. */
static void tell_error(struct bench *bench, uint32_t to)
{
    struct lab_message made;
    const struct verdict verdict = {.kind = VERDICT_UNMATCHED};
    lab_message_make(&bench->lab, &made, UNREACHABLE, (struct lab_way){1, 2}, NS_PER_S);
    made.icmp.has |= ICMP_HAS_QUOTE;
    made.icmp.quote.ip.proto = PROTO_UDP;
    made.icmp.quote.ip.src = made.packet.ip.dst = host_of(to);
    tracker_spoof.message(&bench->spoofs,
                          &(struct sight){.packet = &made.packet, .verdict = &verdict});
}

static void end_flow(struct bench *bench, uint32_t from)
{
    struct flow flow = {.packets_low = {1, 1}};
    flow.key = (struct flow_key){.proto = PROTO_UDP, .family = FAMILY_IPV4};
    flow.key.addr[0] = host_of(from);
    flow.key.addr[1] = host_of(0);
    spoofs_flow_closed(&bench->spoofs, &flow);
}

static const struct victim *victim_get(const struct bench *bench, uint32_t host)
{
    struct victim_key key;
    memset(&key, 0, sizeof key);
    key.host = host_of(host);
    key.family = FAMILY_IPV4;
    return cache_get(&bench->spoofs.victims.cache, &key);
}

static uint32_t bits_set(const struct spoofs *spoofs)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < VICTIM_BITS; i++)
        count += spoofs->victims.bits[i / 64] >> i % 64 & 1;
    return count;
}

/* However many came before: of those that gave way, hardly more bits stay than there are others. */
static void flows_of_the_latest_hosts_are_counted_and_few_others_looked_for(void **state)
{
    (void)state;
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    lab_init(&bench->lab);
    tracker_spoof.init(&bench->spoofs, &bench->lab.track);
    for (uint32_t host = 1; host <= HOSTS; host++) {
        tell_error(bench, host);
        end_flow(bench, host);
        assert_int_equal(victim_get(bench, host)->ended.both_ways, 1);
    }
    assert_int_equal(bench->spoofs.victims.cache.count, VICTIMS_MAX);
    assert_true(bits_set(&bench->spoofs) <= 2 * VICTIMS_MAX);
    for (uint32_t host = HOSTS - VICTIMS_MAX + 1; host <= HOSTS; host++) {
        end_flow(bench, host);
        assert_int_equal(victim_get(bench, host)->ended.both_ways, 2);
    }
    tracker_spoof.fini(&bench->spoofs);
    findings_fini(&bench->lab.findings);
    free(bench);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_of_the_latest_hosts_are_counted_and_few_others_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
