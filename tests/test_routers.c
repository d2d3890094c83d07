/* Routers: what they change, and that as many as anybody can make up stay within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/redirect.h"
#include "track/router.h"
#include "track/router_says.h"
#include "traffic.h"

static const uint64_t seed[2] = {7, 8};

static struct router_says says_of(uint16_t lifetime_s, uint32_t valid_s)
{
    struct router_says says = {
        .has = ROUTER_HAS_ND | ROUTER_HAS_LIFETIME, .lifetime_s = lifetime_s, .prefix_count = 1};
    says.prefixes[0] = (struct router_prefix){.prefix = addr_of("2001:db8::"),
                                              .length = 64,
                                              .on_link = true,
                                              .valid_s = valid_s,
                                              .preferred_s = valid_s / 2};
    return says;
}

/* RFC 4861 6.2.1: a lifetime may count down in real time. */
static void lifetimes_that_count_down_are_no_change(void **state)
{
    (void)state;
    const struct router_says before = says_of(1800, 7200);
    struct router_says now = before;
    assert_int_equal(router_says_changes(&before, &now, NS_PER_S), 0);
    now.prefixes[0].valid_s = 7100;
    assert_int_equal(router_says_changes(&before, &now, 100 * (int64_t)NS_PER_S), 0);
    assert_int_equal(router_says_changes(&before, &now, 10 * (int64_t)NS_PER_S),
                     1u << ROUTER_CHANGED_PREFIX_LIFETIMES);
    now.prefixes[0].valid_s = 7300;
    assert_int_equal(router_says_changes(&before, &now, 100 * (int64_t)NS_PER_S),
                     1u << ROUTER_CHANGED_PREFIX_LIFETIMES);
    now = before;
    now.prefixes[0].on_link = false;
    assert_int_equal(router_says_changes(&before, &now, NS_PER_S), 1u << ROUTER_CHANGED_PREFIXES);
}

static void only_default_routers_contradict_each_other(void **state)
{
    (void)state;
    struct router_says a = says_of(1800, 7200), b = says_of(1800, 7200);
    assert_int_equal(router_says_disputes(&a, &b), 0);
    b.prefixes[0].on_link = false;
    assert_int_equal(router_says_disputes(&a, &b), ROUTER_DISPUTE_PREFIX_FLAGS);
    b.lifetime_s = 0;
    assert_int_equal(router_says_disputes(&a, &b), 0);
}

static void counts_beyond_what_is_kept_read_no_further(void **state)
{
    (void)state;
    struct router_says a = says_of(1800, 7200), b = says_of(1800, 7200);
    a.prefix_count = b.prefix_count = 60000;
    a.route_count = b.route_count = 60000;
    a.server_count = b.server_count = 60000;
    assert_int_equal(router_says_disputes(&a, &b), 0);
    assert_int_equal(router_says_changes(&a, &b, 0), 0);
}

/* ---- floods ---------------------------------------------------------------------------------- */

struct flood {
    struct findings findings;
    struct track track;
    uint64_t emitted;
    struct packet packet;
    struct icmp icmp;
};

static void emit_count(void *context, const struct event *event)
{
    struct flood *flood = context;
    (void)event;
    flood->emitted++;
}

static void flood_init(struct flood *flood)
{
    memset(flood, 0, sizeof *flood);
    findings_init(&flood->findings, seed);
    flood->track = (struct track){
        .seed = seed, .findings = &flood->findings, .emit = emit_count, .context = flood};
    flood->packet.icmp = &flood->icmp;
    flood->packet.mac_has = MAC_HAS_DST | MAC_HAS_SRC;
}

static void number_set(struct addr *addr, unsigned number)
{
    addr->bytes[14] = (uint8_t)(number >> 8);
    addr->bytes[15] = (uint8_t)number;
}

static void advertise(struct flood *flood, struct routers *routers, unsigned number, int64_t now_ns)
{
    flood->packet.time_ns = now_ns;
    flood->packet.frame++;
    flood->packet.ip = icmp_of("fe80::", "ff02::1", 134, 0);
    flood->packet.ip.ttl = 255;
    number_set(&flood->packet.ip.src, number);
    flood->icmp = (struct icmp){.family = FAMILY_IPV6, .type = 134};
    flood->icmp.body.v6.has = ICMP_V6_HAS_ROUTER | ICMP_V6_HAS_OPTIONS;
    flood->icmp.body.v6.of.router =
        (struct nd_router){.lifetime_s = 1800, .hop_limit = (uint8_t)(1 + number % 200)};
    tracker_router.message(routers, &(struct sight){.packet = &flood->packet});
}

static void a_flood_of_routers_is_bounded_and_counted(void **state)
{
    (void)state;
    static struct flood flood;
    static struct routers routers;
    flood_init(&flood);
    tracker_router.init(&routers, &flood.track);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 2 * ROUTERS_MAX; i++)
            advertise(&flood, &routers, i, (int64_t)i * NS_PER_MS);
    tracker_router.finish(&routers, 0);
    assert_int_equal(routers.map.count, ROUTERS_MAX);
    assert_int_equal(flood.emitted, ROUTERS_MAX);
    /* Those beyond the bound twice; and on the link, of those that are kept, once. */
    assert_int_equal(tracker_router.lost(&routers),
                     2 * ROUTERS_MAX + (ROUTERS_MAX - ROUTERS_OF_LINK));
    /* Each pair of the first 16 has another hop limit, and repeats it. */
    assert_int_equal(findings_count(&flood.findings, FINDING_ROGUE_ROUTER),
                     ROUTERS_OF_LINK * (ROUTERS_OF_LINK - 1) / 2);
    tracker_router.fini(&routers);
    findings_fini(&flood.findings);
}

static void a_flood_of_redirects_is_bounded_and_counted(void **state)
{
    (void)state;
    static struct flood flood;
    static struct redirects redirects;
    const unsigned all = REDIRECTS_MAX + 10;
    flood_init(&flood);
    tracker_redirect.init(&redirects, &flood.track);
    for (unsigned i = 0; i < all; i++) {
        flood.packet.frame++;
        flood.packet.ip = icmp_of("fe80::1", "2001:db8::1", 137, 0);
        flood.packet.ip.ttl = 255;
        flood.icmp = (struct icmp){.family = FAMILY_IPV6,
                                   .type = 137,
                                   .has = ICMP_HAS_GATEWAY | ICMP_HAS_TARGET,
                                   .gateway = addr_of("fe80::2"),
                                   .target = addr_of("2001:db8:1::")};
        number_set(&flood.icmp.target, i);
        tracker_redirect.message(&redirects, &(struct sight){.packet = &flood.packet});
    }
    tracker_redirect.finish(&redirects, 0);
    assert_int_equal(redirects.map.count, REDIRECTS_MAX);
    assert_int_equal(flood.emitted, REDIRECTS_MAX);
    assert_int_equal(tracker_redirect.lost(&redirects), all - REDIRECTS_MAX);
    tracker_redirect.fini(&redirects);
    findings_fini(&flood.findings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lifetimes_that_count_down_are_no_change),
        cmocka_unit_test(only_default_routers_contradict_each_other),
        cmocka_unit_test(counts_beyond_what_is_kept_read_no_further),
        cmocka_unit_test(a_flood_of_routers_is_bounded_and_counted),
        cmocka_unit_test(a_flood_of_redirects_is_bounded_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
