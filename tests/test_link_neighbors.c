/* Who is on a link: from ARP and Neighbor Discovery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/icmp.h"
#include "track/link_neighbors.h"
#include "traffic.h"

static const uint64_t seed[2] = {5, 6};
static const uint8_t mac_a[MAC_SIZE] = {2, 0, 0, 0, 0, 0xa};
static const uint8_t mac_b[MAC_SIZE] = {2, 0, 0, 0, 0, 0xb};

/* A message of Neighbor Discovery from mac_a, with an option of mac_b where `option` is not 0. */
struct message {
    struct packet packet;
    struct icmp icmp;
};

static void message_make(struct message *made, uint8_t type, const char *src, uint8_t option)
{
    memset(made, 0, sizeof *made);
    struct packet *packet = &made->packet;
    packet->ip = icmp_of(src, "ff02::1", type, 0);
    packet->ip.ttl = 255;
    packet->icmp = &made->icmp;
    packet->mac_has = MAC_HAS_DST | MAC_HAS_SRC;
    memcpy(packet->macs + MAC_SRC, mac_a, MAC_SIZE);
    made->icmp.family = FAMILY_IPV6;
    made->icmp.type = type;
    struct icmp_v6 *v6 = &made->icmp.body.v6;
    v6->has = ICMP_V6_HAS_OPTIONS;
    if (option == 0)
        return;
    v6->list.options[0] = (struct nd_option){.type = option, .decoded = true, .length = 8};
    v6->list.options[0].of.data.bytes = (struct slice){.at = 3, .kept = MAC_SIZE};
    memcpy(v6->bytes + 3, mac_b, MAC_SIZE);
    v6->entries_kept = v6->entry_count = 1;
}

static const uint8_t *learned(const struct message *message, const char *text)
{
    static uint8_t mac[MAC_SIZE];
    struct link_neighbors neighbors;
    const struct addr addr = addr_of(text);
    link_neighbors_init(&neighbors, seed);
    link_neighbors_learn(&neighbors, &message->packet);
    const uint8_t *known =
        link_neighbors_get(&neighbors, link_of(&message->packet), &addr, FAMILY_IPV6);
    if (known != NULL)
        memcpy(mac, known, MAC_SIZE);
    link_neighbors_fini(&neighbors);
    return known != NULL ? mac : NULL;
}

static void options_tell_more_than_frames(void **state)
{
    (void)state;
    struct message message;
    message_make(&message, ND_NEIGHBOR_SOLICITATION, "fe80::1", 0);
    assert_memory_equal(learned(&message, "fe80::1"), mac_a, MAC_SIZE);
    message_make(&message, ND_NEIGHBOR_SOLICITATION, "fe80::1", ND_SOURCE_LINK_ADDRESS);
    assert_memory_equal(learned(&message, "fe80::1"), mac_b, MAC_SIZE);

    message_make(&message, ND_NEIGHBOR_ADVERTISEMENT, "fe80::1", ND_TARGET_LINK_ADDRESS);
    message.icmp.has |= ICMP_HAS_TARGET;
    message.icmp.target = addr_of("2001:db8::9");
    assert_memory_equal(learned(&message, "2001:db8::9"), mac_b, MAC_SIZE);
    assert_null(learned(&message, "fe80::1"));
}

static void what_hosts_do_not_heed_tells_nothing(void **state)
{
    (void)state;
    struct message message;
    message_make(&message, ND_ROUTER_ADVERTISEMENT, "fe80::1", 0);
    assert_non_null(learned(&message, "fe80::1"));
    message.packet.ip.ttl = 254;
    assert_null(learned(&message, "fe80::1"));
    message_make(&message, ND_ROUTER_ADVERTISEMENT, "fe80::1", 0);
    message.icmp.code = 1;
    assert_null(learned(&message, "fe80::1"));
    message_make(&message, ND_ROUTER_ADVERTISEMENT, "fe80::1", 0);
    message.icmp.body.v6.entries_fault = ENTRIES_ZERO_LENGTH;
    assert_null(learned(&message, "fe80::1"));
    message_make(&message, ND_ROUTER_ADVERTISEMENT, "fe80::1", 0);
    message.packet.ip.has |= HAS_IP_ID; /* of a fragment header */
    assert_null(learned(&message, "fe80::1"));
    message_make(&message, ND_NEIGHBOR_SOLICITATION, "::", 0); /* it has no address yet */
    assert_null(learned(&message, "::"));
}

static void links_are_told_apart(void **state)
{
    (void)state;
    const struct packet plain = {0}, tagged = {.context = 7}, other = {.interface = 1},
                        file = {.capture = 1};
    assert_int_not_equal(link_of(&plain), link_of(&tagged));
    assert_int_not_equal(link_of(&plain), link_of(&other));
    assert_int_not_equal(link_of(&plain), link_of(&file));
    assert_int_not_equal(link_of(&other), link_of(&file));
}

static void arp_beyond_the_bound_forgets_the_oldest(void **state)
{
    (void)state;
    struct link_neighbors neighbors;
    struct arp arp = {.operation = 2};
    const struct packet packet = {.arp = &arp};
    const uint32_t link = link_of(&packet);
    memcpy(arp.sender_mac, mac_a, MAC_SIZE);
    link_neighbors_init(&neighbors, seed);
    for (unsigned i = 0; i <= LINK_NEIGHBORS_MAX; i++) {
        arp.sender = addr_from_ipv4(
            (const uint8_t[]){10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
        link_neighbors_learn(&neighbors, &packet);
    }
    const struct addr first = addr_of("10.0.0.0"), second = addr_of("10.0.0.1");
    assert_null(link_neighbors_get(&neighbors, link, &first, FAMILY_IPV4));
    assert_memory_equal(link_neighbors_get(&neighbors, link, &second, FAMILY_IPV4), mac_a,
                        MAC_SIZE);
    assert_int_equal(neighbors.cache.evicted, 1);
    link_neighbors_fini(&neighbors);
}

static void addresses_that_routers_share_are_known(void **state)
{
    (void)state;
    static const uint8_t shared[][MAC_SIZE] = {
        {0x00, 0x00, 0x5e, 0x00, 0x01, 0x07}, /* VRRP */
        {0x00, 0x00, 0x5e, 0x00, 0x02, 0xff}, /* VRRP of IPv6 */
        {0x00, 0x00, 0x0c, 0x07, 0xac, 0x01}, /* HSRP */
        {0x00, 0x00, 0x0c, 0x9f, 0xf0, 0x01}, /* HSRP version 2 */
        {0x00, 0x05, 0x73, 0xa0, 0x00, 0x01}, /* HSRP of IPv6 */
        {0x00, 0x07, 0xb4, 0x00, 0x01, 0x02}, /* GLBP */
    };
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        assert_true(link_mac_is_shared(shared[i]));
    assert_false(link_mac_is_shared(mac_a));
    assert_false(link_mac_is_shared((const uint8_t[]){0x00, 0x00, 0x5e, 0x00, 0x03, 0x07}));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_tell_more_than_frames),
        cmocka_unit_test(what_hosts_do_not_heed_tells_nothing),
        cmocka_unit_test(links_are_told_apart),
        cmocka_unit_test(arp_beyond_the_bound_forgets_the_oldest),
        cmocka_unit_test(addresses_that_routers_share_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
