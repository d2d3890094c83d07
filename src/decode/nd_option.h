/* The options of Neighbor Discovery (RFC 4861 4.6) and of what has taken them over. */
#ifndef ICMPSCOPE_DECODE_ND_OPTION_H
#define ICMPSCOPE_DECODE_ND_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/slice.h"

enum nd_option_type {
    ND_SOURCE_LINK_ADDRESS = 1,
    ND_TARGET_LINK_ADDRESS = 2,
    ND_PREFIX = 3,
    ND_REDIRECTED_HEADER = 4,
    ND_MTU = 5,
    ND_SHORTCUT_LIMIT = 6,
    ND_ADVERTISEMENT_INTERVAL = 7,
    ND_HOME_AGENT = 8,
    ND_SOURCE_ADDRESSES = 9,
    ND_TARGET_ADDRESSES = 10,
    ND_CGA = 11,
    ND_RSA_SIGNATURE = 12,
    ND_TIMESTAMP = 13,
    ND_NONCE = 14,
    ND_TRUST_ANCHOR = 15,
    ND_CERTIFICATE = 16,
    ND_IP_ADDRESS = 17,
    ND_NEW_ROUTER_PREFIX = 18,
    ND_LINK_ADDRESS = 19,
    ND_ACKNOWLEDGMENT = 20,
    ND_PVD = 21,
    ND_MAP = 23,
    ND_ROUTE = 24,
    ND_RDNSS = 25,
    ND_FLAGS_EXTENSION = 26,
    ND_KEY_REQUEST = 27,
    ND_KEY_REPLY = 28,
    ND_HANDOVER_ASSIST = 29,
    ND_MOBILE_NODE_ID = 30,
    ND_DNSSL = 31,
    ND_PROXY_SIGNATURE = 32,
    ND_REGISTRATION = 33,
    ND_CONTEXT = 34,
    ND_BORDER_ROUTER = 35,
    ND_CAPABILITIES = 36,
    ND_CAPTIVE_PORTAL = 37,
    ND_PREF64 = 38,
    ND_CRYPTO_ID = 39,
    ND_NDP_SIGNATURE = 40,
    ND_RESOURCE_DIRECTORY = 41,
    ND_CONSISTENT_UPTIME = 42,
    ND_CARD_REQUEST = 138,
    ND_CARD_REPLY = 139,
    ND_ENCRYPTED_DNS = 144,
    ND_EXPERIMENT_1 = 253,
    ND_EXPERIMENT_2 = 254,
};

/* One option. Slices name the stores of the struct icmp_v6 that it is in. */
struct nd_option {
    uint8_t type;
    bool decoded;    /* `of` is set, the member that the type says; else it was too short, or cut */
    uint16_t length; /* bytes, type and length included, as it claims */
    union {
        /* Bytes: 1, 2, 14, 19 (with code), 26, 36, and of types without members of their own. */
        struct {
            uint8_t code;
            struct slice bytes;
        } data;
        struct { /* 3: RFC 4861 4.6.2, RFC 6275 7.2, RFC 9762 4 */
            uint8_t length;
            bool on_link, autonomous, router_address, delegation_preferred;
            uint32_t valid_s, preferred_s;
            struct addr prefix;
        } prefix;
        /* A single number: 4 (bytes quoted), 5 (bytes), 6 (hops), 7 (ms). */
        uint32_t number;
        struct { /* 8: RFC 6275 7.4, RFC 3963 4.6 (mobile_router) */
            uint16_t preference, lifetime_s;
            bool mobile_router;
        } home_agent;
        struct { /* 9, 10 (RFC 3122 3), 25 (RFC 8106 5.1) and 31 (5.2): addresses or names */
            uint32_t lifetime_s;
            struct slice entries;
        } list;
        struct { /* 11: RFC 3971 5.1, RFC 3972 3 */
            uint8_t pad_length, collisions;
            struct slice modifier;
            struct addr prefix;
            uint16_t key_length;
        } cga;
        struct { /* 12 (RFC 3971 5.2), 32 (RFC 6496 5.1), 40 (RFC 8928 4.4: no key hash) */
            struct slice key_hash;
            uint16_t length;
        } signature;
        struct { /* 13: RFC 3971 5.3.1 */
            uint64_t seconds;
            uint32_t microseconds;
        } time;
        struct { /* 15 (RFC 3971 6.4.3) and 16 (6.4.4) */
            uint8_t kind;
            uint16_t length; /* bytes of the name or certificate, padding left out */
            struct slice name;
        } anchor;
        struct { /* 17 and 18: RFC 5568 6.4.1 and 6.4.2; 20: RFC 5568 6.4.4 (code, status) */
            uint8_t code, length, status;
            struct addr address;
        } handover;
        struct { /* 21: RFC 8801 3.1 */
            bool http, legacy, router;
            uint8_t delay;
            uint16_t sequence;
            struct slice name;
        } pvd;
        struct { /* 23: RFC 5380 5 */
            uint8_t distance, preference;
            bool regional;
            uint32_t valid_s;
            struct addr address;
        } map;
        struct { /* 24: RFC 4191 2.3 */
            uint8_t length, preference;
            uint32_t lifetime_s;
            struct addr prefix;
        } route;
        struct { /* 27 and 28: RFC 5269 3; 29 and 30: RFC 5271 5 */
            uint8_t code, algorithm;
            uint16_t lifetime_s, length;
            struct slice bytes;
        } key;
        struct { /* 33: RFC 6775 4.1, RFC 8505 4.1, RFC 9685 7.1 (address_kind), RFC 9927 3 (crypto)
                  */
            uint8_t status, opaque, tid, address_kind;
            bool registrar, transaction, crypto;
            uint16_t lifetime_min;
            struct slice rovr;
        } registration;
        struct { /* 34: RFC 6775 4.2 */
            uint8_t length, id;
            bool compression;
            uint16_t lifetime_min;
            struct addr prefix;
        } context;
        struct { /* 35: RFC 6775 4.3; 41: RFC 9176 4.1.1 (no version) */
            uint32_t version;
            uint16_t lifetime_min;
            struct addr address;
        } router;
        struct { /* 38: RFC 8781 4 */
            uint16_t lifetime_s;
            uint8_t length, length_code;
            struct addr prefix;
        } pref64;
        struct { /* 39: RFC 8928 4.3 */
            uint8_t kind, modifier, registration_length;
            uint16_t key_length;
        } crypto;
        struct { /* 144: RFC 9463 6.1 */
            uint16_t priority, parameters_length;
            uint32_t lifetime_s;
            struct slice name, addresses;
        } dns;
    } of;
};

/* "prefix information", or NULL where the number is not registered. */
const char *nd_option_name(uint8_t type);

/* The preferences of RFC 4191 2.1, by their two bits. */
extern const char *const nd_preference_names[4];

#endif
