/* What ICMPv4 messages hold beyond what both families have in common: see decode/icmp.h. Lists are
 * kept up to a bound, and the count beside each says how many there were. */
#ifndef ICMPSCOPE_DECODE_ICMP_V4_H
#define ICMPSCOPE_DECODE_ICMP_V4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum {
    ICMP_V4_ROUTERS = 16,
    ICMP_V4_CARE_OF = 8,
    ICMP_V4_PREFIXES = 16,
    ICMP_V4_NAMES = 8,
    ICMP_V4_NAMES_SIZE = 512, /* bytes of all names */
};

/* Which members of struct icmp_v4 the message held. */
enum icmp_v4_has {
    ICMP_V4_HAS_STANDARD = 1u << 0,
    ICMP_V4_HAS_MASK = 1u << 1,
    ICMP_V4_HAS_ROUTERS = 1u << 2,  /* routers, but for agent and prefixes */
    ICMP_V4_HAS_AGENT = 1u << 3,    /* routers.agent */
    ICMP_V4_HAS_PREFIXES = 1u << 4, /* routers.prefix_lengths */
    ICMP_V4_HAS_TRACE = 1u << 5,
    ICMP_V4_HAS_NAMES = 1u << 6,
    ICMP_V4_HAS_SPI = 1u << 7,
    ICMP_V4_HAS_SUBTYPE = 1u << 8,
    ICMP_V4_HAS_DATA = 1u << 9,
};

/* Bits of the flags of a mobility agent, from the highest (RFC 5944 2.1.1). */
enum { ICMP_AGENT_FLAGS = 11 };
extern const char *const icmp_agent_flag_names[ICMP_AGENT_FLAGS];

/* The Mobility Agent Advertisement extension. */
struct icmp_agent {
    uint16_t sequence;
    uint16_t lifetime_s; /* longest registration; 65535: for ever */
    uint16_t flags;
    uint8_t care_of_count;
    uint8_t care_of[ICMP_V4_CARE_OF][4];
};

/* A router advertisement (RFC 1256 3.1), with the extensions of RFC 5944 2.1. */
struct icmp_routers {
    uint16_t lifetime_s;
    uint8_t count;       /* addresses that it claims … */
    uint8_t kept;        /* … that were read and kept … */
    uint8_t entry_words; /* … in entries of so many words of 4 bytes */
    struct icmp_router {
        uint8_t address[4];
        int32_t preference; /* the higher the better; the lowest: not as a default router */
    } list[ICMP_V4_ROUTERS];

    struct icmp_agent agent;
    uint8_t prefix_count;
    uint8_t prefix_lengths[ICMP_V4_PREFIXES]; /* of the addresses, in their order */
};

/* Traceroute (RFC 1393). */
struct icmp_trace {
    uint16_t id;
    uint16_t hops_out; /* that the outbound packet had gone */
    uint16_t
        hops_back;  /* that the return packet had gone; 65535 in reports about an outbound one */
    uint32_t speed; /* of the link it went out by, in bytes a second */
    uint32_t mtu;   /* of that link */
};

/* A domain name reply (RFC 1788). */
struct icmp_names {
    int32_t ttl_s;  /* how long they may be cached */
    uint32_t count; /* names there */
    uint8_t kept;
    bool malformed;                /* bytes are left behind the last name */
    uint16_t ends[ICMP_V4_NAMES];  /* of each within text */
    char text[ICMP_V4_NAMES_SIZE]; /* labels with dots between them; any bytes */
};

struct icmp_v4 {
    uint32_t has;         /* enum icmp_v4_has */
    bool standard;        /* no time of a timestamp is marked as other than ms since midnight UTC */
    uint8_t subtype;      /* of experimental mobility protocols (RFC 4065) */
    uint32_t spi;         /* that a security failure is about (RFC 2521) */
    uint32_t data_length; /* bytes behind what was read, of a type of which no more is known */
    struct addr mask;
    union { /* by type */
        struct icmp_routers routers;
        struct icmp_trace trace;
        struct icmp_names names;
    };
};

#endif
