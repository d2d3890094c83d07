/* What else is asked by ICMP, and answered: address masks, routers, interfaces, names. */
#ifndef ICMPSCOPE_TRACK_QUERY_H
#define ICMPSCOPE_TRACK_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "track/request.h"
#include "track/story.h"
#include "track/tracker.h"

enum { QUERY_PAIRS_MAX = 2048, QUERY_NAME_SIZE = 64, QUERY_ADDRESSES = 4 };

enum query_kind {
    QUERY_INFORMATION,         /* RFC 792 */
    QUERY_ADDRESS_MASK,        /* RFC 950 */
    QUERY_ROUTER_SOLICITATION, /* RFC 1256 */
    QUERY_DOMAIN_NAME,         /* RFC 1788 */
    QUERY_EXTENDED_ECHO,       /* RFC 8335 */
    QUERY_NODE_INFORMATION,    /* RFC 4620 */
    QUERY_KINDS
};
extern const char *const query_kind_names[QUERY_KINDS];

/* The answer did not come for ten seconds, or the capture ends before it had them. */
enum query_status { QUERY_ANSWERED, QUERY_UNANSWERED, QUERY_UNANSWERED_AT_END, QUERY_STATUSES };
extern const char *const query_status_names[QUERY_STATUSES];

enum query_has {
    QUERY_HAS_RTT = 1u << 0, /* it was answered: rtt_ns, request_frame, code */
    QUERY_HAS_ID = 1u << 1,  /* id, seq */
    QUERY_HAS_MASK = 1u << 2,
    QUERY_HAS_ROUTERS = 1u << 3, /* router_count, lifetime_s … */
    QUERY_HAS_ROUTER = 1u << 4,  /* … router: the one it prefers */
    QUERY_HAS_PROBE = 1u << 5,   /* active, ipv4, ipv6 */
    QUERY_HAS_STATE = 1u << 6,   /* state */
    QUERY_HAS_LOCAL = 1u << 7,   /* local */
    QUERY_HAS_NAME = 1u << 8,    /* name: the first of name_count */
    QUERY_HAS_ADDRESSES = 1u << 9,
    QUERY_HAS_QTYPE = 1u << 10,
    QUERY_HAS_CODE = 1u << 11, /* code, of a kind of answer that has several */
};

/* A record: a question, with its answer or without. */
struct query {
    struct story story; /* src asked dst; of a group, what answered */
    uint8_t kind;       /* enum query_kind */
    uint8_t status;     /* enum query_status */
    uint16_t id, seq;
    uint64_t request_frame;
    int64_t rtt_ns;     /* between request and reply where they were captured */
    uint8_t type, code; /* of the answer */
    struct addr mask, router;
    uint8_t router_count;
    uint16_t lifetime_s;
    bool local; /* it asks about an interface of who is asked, not of a neighbor */
    bool active, ipv4, ipv6;
    uint8_t state;  /* of icmp_probe_state_names */
    uint16_t qtype; /* RFC 4620 3: 2 node name, 3 its addresses, 4 its IPv4 addresses */
    uint32_t name_count;
    uint8_t name_length;
    char name[QUERY_NAME_SIZE]; /* any bytes */
    uint16_t address_count;
    uint8_t address_family, addresses_kept;
    struct addr addresses[QUERY_ADDRESSES];
};

/* No padding. */
struct query_pair_key {
    struct addr src, dst;
    uint32_t context;
    uint8_t kind, family, zero[2];
};

/* All that one asked another of a kind. */
struct query_pair {
    uint64_t requests, replies, unanswered, unanswered_at_end;
    uint64_t refused; /* replies whose code is not 0: of probes and node information */
    int64_t rtt_min_ns, rtt_max_ns; /* where there are replies */
    struct query last;              /* the newest one, with its answer where there was one */
};

struct queries {
    const struct track *track;
    struct requests requests;
    struct map pairs; /* struct query_pair_key → struct query_pair */
    uint64_t left;    /* pairs that made room */
};

extern const struct tracker tracker_query;

/* For lists: pairs with more messages weigh more. Never 0. */
uint64_t query_pair_weight(const void *pair);

/* Fills in what a reply holds. */
void query_take_answer(struct query *query, const struct packet *packet);

#endif
