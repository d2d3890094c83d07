/* What ICMPv6 messages hold beyond what both families have in common: see decode/icmp.h. */
#ifndef ICMPSCOPE_DECODE_ICMP_V6_H
#define ICMPSCOPE_DECODE_ICMP_V6_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/nd_option.h"
#include "decode/rpl_option.h"
#include "decode/slice.h"

/* Which members of struct icmp_v6 the message held. */
enum icmp_v6_has {
    ICMP_V6_HAS_OPTIONS = 1u << 0,  /* list.options, of RPL list.rpl_options */
    ICMP_V6_HAS_LOCATORS = 1u << 1, /* of.locators */
    ICMP_V6_HAS_ROUTER = 1u << 2,   /* of.router */
    ICMP_V6_HAS_NEIGHBOR = 1u << 3, /* of.neighbor */
    ICMP_V6_HAS_GROUP = 1u << 4,    /* of.mld: version, group, max_response_ms */
    ICMP_V6_HAS_QUERY = 1u << 5,    /* … and it is a query: max_response_ms means something */
    ICMP_V6_HAS_SOURCES = 1u << 6,  /* of.mld: suppress, sources */
    ICMP_V6_HAS_QUERIER = 1u << 7,  /* of.mld: robustness, query_interval_s */
    ICMP_V6_HAS_RECORDS = 1u << 8,  /* list.records */
    ICMP_V6_HAS_RENUMBERING = 1u << 9,
    ICMP_V6_HAS_RENUMBERED = 1u << 10, /* of.renumbering: its first operation */
    ICMP_V6_HAS_NODE_INFO = 1u << 11,
    ICMP_V6_HAS_SUBJECT = 1u << 12,    /* of.node_info: subject, subject_family */
    ICMP_V6_HAS_NAMES = 1u << 13,      /* of.node_info.names */
    ICMP_V6_HAS_ADDRESSES = 1u << 14,  /* of.node_info or of.mobile: addresses */
    ICMP_V6_HAS_TTL = 1u << 15,        /* of.node_info.ttl_s */
    ICMP_V6_HAS_IDENTIFIER = 1u << 16, /* of.mobile.identifier */
    ICMP_V6_HAS_MOBILE_ROUTER = 1u << 17,
    ICMP_V6_HAS_MOBILE_FLAGS = 1u << 18, /* of.mobile: managed, other_config */
    ICMP_V6_HAS_COMPONENT = 1u << 19,
    ICMP_V6_HAS_COMPONENTS = 1u << 20,
    ICMP_V6_HAS_SUBTYPE = 1u << 21,
    ICMP_V6_HAS_ADVERTISEMENT = 1u << 22, /* of.mld.advertisement_interval_s */
    ICMP_V6_HAS_RPL_SECURITY = 1u << 23,
    ICMP_V6_HAS_RPL_INSTANCE = 1u << 24,
    ICMP_V6_HAS_RPL_DIO = 1u << 25,
    ICMP_V6_HAS_RPL_DODAG = 1u << 26,
    ICMP_V6_HAS_RPL_DAO = 1u << 27,    /* of.rpl: dao_sequence */
    ICMP_V6_HAS_RPL_STATUS = 1u << 28, /* of.rpl: status */
    ICMP_V6_HAS_REGISTRATION = 1u << 29,
    ICMP_V6_HAS_SEEDS = 1u << 30,
    ICMP_V6_HAS_RPL_CHECK = 1u << 31, /* of.rpl: response, nonce, destination_counter */
};

/* RFC 4861 4.2, RFC 6275 7.1, RFC 4191 2.2, RFC 4389 4.1.3.3. */
struct nd_router {
    uint8_t hop_limit;
    uint8_t preference; /* 2 bits, as on the wire: 0 medium, 1 high, 3 low */
    bool managed, other_config, home_agent, proxy, snac;
    uint16_t lifetime_s;
    uint32_t reachable_ms, retransmit_ms;
};

/* RFC 4861 4.4 */
struct nd_neighbor {
    bool router, solicited, override;
};

/* RFC 2710 3, RFC 9777 5.1 (was 3810); RFC 4286 3 has robustness and interval too. */
struct mld {
    uint8_t version;
    struct addr group;
    uint32_t max_response_ms;
    bool suppress; /* of routers, what they do about groups and sources */
    uint16_t robustness;
    uint32_t query_interval_s;
    struct slice sources; /* addresses */
    uint8_t advertisement_interval_s;
};

/* RFC 2894 3 */
struct renumbering {
    uint32_t sequence;
    uint8_t segment;
    bool test, result_wanted, all_interfaces, site_specific, processed;
    uint16_t max_delay_ms;
    uint8_t operation, match_length;
    struct addr match_prefix;
};

/* RFC 4620 4 */
struct node_info {
    uint16_t qtype, flags;
    uint8_t nonce[8];
    uint8_t subject_family; /* FAMILY_NONE: a name */
    struct addr subject;    /* an address … */
    struct slice names;     /* … or the names: of a query its subject, of a response the answer */
    struct slice addresses; /* of the family below */
    uint8_t addresses_family; /* enum family */
    uint32_t ttl_s;           /* of the first answer */
};

/* RFC 6275 6.5 to 6.8, RFC 3963 4.4 and 4.5, RFC 3971 6.4, RFC 5568 6.1, RFC 4065 */
struct mobile {
    uint16_t identifier, component, components;
    bool mobile_router, managed, other_config;
    uint8_t subtype;
    struct slice addresses;
};

/* RFC 6550 6.1 to 6.6; RFC 9009 4.3 */
struct rpl {
    uint8_t instance, version, mode, preference, dtsn;
    bool grounded, ack_requested, response;
    uint16_t rank, nonce;
    uint8_t dao_sequence, status;
    struct addr dodag_id;
    uint32_t destination_counter;
    /* of a secure message */
    uint8_t algorithm, key_mode, level;
    bool counter_is_time, encrypted;
    uint32_t counter;
    struct slice key; /* source, if any, and index */
};

/* RFC 6775 4.4, RFC 8505 4.2 */
struct registration {
    uint8_t status, tid;
    uint16_t lifetime_min;
    struct slice rovr;
    struct addr address;
};

/* RFC 6743 4 */
struct locators {
    uint8_t count, operation;
};

/* A group record of a version 2 report (RFC 9777 5.2.4). */
struct mld_record {
    uint8_t type;
    struct addr group;
    struct slice sources; /* addresses */
};

/* What a node says of the messages of one seed (RFC 7731 6.2). */
struct mpl_seed {
    uint8_t first_sequence;
    struct slice id, bitmap; /* bytes; a seed without id is the sender */
};

enum { V6_ENTRIES_MAX = 16, V6_ADDRESSES_MAX = 48, V6_BYTES_MAX = 1024 };

struct icmp_v6 {
    uint32_t has; /* enum icmp_v6_has */
    union {
        struct nd_router router;
        struct nd_neighbor neighbor;
        struct mld mld;
        struct renumbering renumbering;
        struct node_info node_info;
        struct mobile mobile;
        struct rpl rpl;
        struct registration registration;
        struct locators locators;
    } of;

    /* The first V6_ENTRIES_MAX of the options, records or seeds, and how many the message has. */
    uint16_t entry_count, entries_kept;
    uint8_t entries_fault; /* enum entries_fault */
    uint8_t addresses_used;
    uint16_t bytes_used;
    union {
        struct nd_option options[V6_ENTRIES_MAX];
        struct rpl_option rpl_options[V6_ENTRIES_MAX];
        struct mld_record records[V6_ENTRIES_MAX];
        struct mpl_seed seeds[V6_ENTRIES_MAX];
    } list;

    /* What the slices name. */
    struct addr addresses[V6_ADDRESSES_MAX];
    uint8_t bytes[V6_BYTES_MAX];
};

/* Why the walk over options or records ended before the message did. */
enum entries_fault {
    ENTRIES_FINE,
    ENTRIES_ZERO_LENGTH, /* an option of length 0: such a message is to be dropped (RFC 4861 4.6) */
    ENTRIES_OVERRUN,     /* an entry goes on beyond the message */
    ENTRIES_FAULTS
};
extern const char *const entries_fault_names[ENTRIES_FAULTS]; /* the first is NULL */

/* Nothing was read yet. */
static inline void icmp_v6_init(struct icmp_v6 *v6)
{
    v6->has = 0;
    v6->entry_count = v6->entries_kept = 0;
    v6->entries_fault = ENTRIES_FINE;
    v6->addresses_used = 0;
    v6->bytes_used = 0;
}

#endif
