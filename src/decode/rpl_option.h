/* The options of RPL control messages (RFC 6550 6.7). */
#ifndef ICMPSCOPE_DECODE_RPL_OPTION_H
#define ICMPSCOPE_DECODE_RPL_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/slice.h"

enum rpl_option_type {
    RPL_PAD1 = 0,
    RPL_PADN = 1,
    RPL_METRICS = 2,
    RPL_ROUTE = 3,
    RPL_CONFIGURATION = 4,
    RPL_TARGET = 5,
    RPL_TRANSIT = 6,
    RPL_SOLICITED = 7,
    RPL_PREFIX = 8,
    RPL_DESCRIPTOR = 9,
};

/* One option. Slices name the stores of the struct icmp_v6 that it is in. */
struct rpl_option {
    uint8_t type;
    bool decoded;    /* `of` is set, the member that the type says; else it was too short, or cut */
    uint16_t length; /* bytes, type and length included, as it claims */
    union {
        struct slice data; /* 2 (RFC 6551) and of types without members of their own */
        struct {           /* 3: RFC 6550 6.7.5; 5: 6.7.7 (length and prefix); 8: 6.7.10 */
            uint8_t length, preference;
            bool on_link, autonomous, router_address;
            uint32_t lifetime_s, preferred_s;
            struct addr prefix;
        } prefix;
        struct { /* 4: 6.7.6 */
            bool authenticated;
            uint8_t path_control, doublings, minimum, redundancy, lifetime;
            uint16_t max_rank_increase, min_hop_rank_increase, objective, lifetime_unit_s;
        } configuration;
        struct { /* 6: 6.7.8 */
            bool external, has_parent;
            uint8_t path_control, sequence, lifetime;
            struct addr parent;
        } transit;
        struct { /* 7: 6.7.9 */
            uint8_t instance, version;
            bool by_version, by_instance, by_dodag;
            struct addr dodag_id;
        } solicited;
        uint32_t descriptor; /* 9: 6.7.11 */
    } of;
};

/* "dodag configuration", or NULL where the number is not registered. */
const char *rpl_option_name(uint8_t type);

/* Modes of operation (RFC 6550 6.3.1) by number, NULL where one is not registered. */
extern const char *const rpl_mode_names[8];

#endif
