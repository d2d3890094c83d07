/* ICMP messages, of both families, and the packet that an error quotes. */
#ifndef ICMPSCOPE_DECODE_ICMP_H
#define ICMPSCOPE_DECODE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/cursor.h"
#include "decode/echo_payload.h"
#include "decode/extension_object.h"
#include "decode/icmp_v4.h"
#include "decode/icmp_v6.h"
#include "decode/packet.h"
#include "decode/tcp_options.h"

enum icmp_class { ICMP_ERROR, ICMP_REQUEST, ICMP_REPLY, ICMP_DISCOVERY, ICMP_OTHER, ICMP_CLASSES };

enum icmp_status {
    ICMP_CURRENT,
    ICMP_DEPRECATED,
    ICMP_EXPERIMENTAL,
    ICMP_UNASSIGNED,
    ICMP_STATUSES
};

/* A row of the registry: icmp_types.def. Names are lower case, of at most 56 characters. */
struct icmp_type {
    const char *name; /* of the type, as IANA has it, in lower case */
    uint8_t klass;    /* enum icmp_class */
    uint8_t status;   /* enum icmp_status */
    bool quotes;      /* its body holds a quoted packet */
    const char *rfc;  /* "792", or NULL */
};

struct icmp_code {
    const char *name; /* NULL where the type has a single, unnamed code 0, or does not use codes */
    uint8_t status;
    const char *rfc;
};

/* Never NULL: types and codes without a row are "unassigned". `family` is 4 or 6. */
const struct icmp_type *icmp_type_get(enum family family, uint8_t type);
const struct icmp_code *icmp_code_get(enum family family, uint8_t type, uint8_t code);

/* Names for the records: "error", "current", … */
extern const char *const icmp_class_names[ICMP_CLASSES];
extern const char *const icmp_status_names[ICMP_STATUSES];

enum icmp_checksum { CHECKSUM_UNVERIFIED, CHECKSUM_GOOD, CHECKSUM_BAD, CHECKSUM_STATES };
extern const char *const icmp_checksum_names[CHECKSUM_STATES];

enum { QUOTE_TUNNELS = 2 };

/* The packet inside a quoted tunnel, as far as the quote holds it. */
struct quote_inner {
    struct headers ip;
    uint32_t context; /* as packet.context, were it captured where the message was */
    uint8_t tunnel_count;
    struct tunnel tunnels[QUOTE_TUNNELS]; /* outermost first; deeper ones are not entered */
};

/* Which members of struct quote apply, besides those that always do. */
enum quote_has {
    QUOTE_HAS_INNER = 1u << 0,
    QUOTE_HAS_DCCP_SEQ = 1u << 1,
};

/* The packet inside an error (RFC 792; RFC 4443 2.4(c)): headers.has says what it held. */
struct quote {
    struct headers ip;
    uint32_t has;        /* enum quote_has */
    uint32_t bytes;      /* of it that the message holds: from its IP header on, by the wire length,
                          * extensions and padding of RFC 4884 left out */
    bool length_swapped; /* the total length (IPv6: the payload length) only makes sense
                          * byte-swapped: `ip` is as the swapped one says, and a DF bit that was
                          * swapped with it */
    struct tcp_options tcp; /* of TCP; tcp.has is 0 of all else */
    uint64_t dccp_seq;      /* 24 or 48 bits (RFC 4340 5.1) */
    struct cursor payload;  /* what is quoted and captured behind the IP header. Borrowed: for
                             * decode/ alone, while the bytes are there */
    struct quote_inner inner;
};

/* Which members of struct icmp the message held. */
enum icmp_has {
    ICMP_HAS_ID = 1u << 0, /* id and seq; of RFC 8335 seq has 8 bits */
    ICMP_HAS_MTU = 1u << 1,
    ICMP_HAS_GATEWAY = 1u << 2,
    ICMP_HAS_POINTER = 1u << 3,
    ICMP_HAS_TIMES = 1u << 4, /* all three */
    ICMP_HAS_TARGET = 1u << 5,
    ICMP_HAS_QUOTE = 1u << 6,   /* at least a whole IP header was quoted */
    ICMP_HAS_PAYLOAD = 1u << 7, /* payload_length and payload of an echo */
    ICMP_HAS_EXTENSION = 1u << 8,
    ICMP_HAS_EXTENSION_ANOMALY = 1u << 9, /* extensions.anomalies, even without an extension */
    ICMP_HAS_PROBE_LOCAL = 1u << 10,      /* probe.local, of an extended echo request */
    ICMP_HAS_PROBE_REPLY = 1u << 11,      /* probe.active, ipv4 and ipv6, of a reply */
    ICMP_HAS_PROBE_STATE = 1u << 12,      /* probe.state */
    ICMP_HAS_FRAGMENTS = 1u << 13,        /* it came in fragments: fragments, complete */
};

/* State of a neighbor in its prober's table (RFC 8335 3): "incomplete", "reachable", … */
enum { ICMP_PROBE_STATES = 8 };
extern const char *const icmp_probe_state_names[ICMP_PROBE_STATES];

/* An extended echo (RFC 8335): what was asked, or what was found. */
struct icmp_probe {
    bool local;              /* about an interface of the node that is asked, not of a neighbor */
    bool active, ipv4, ipv6; /* of the interface, and of the protocols on it */
    uint8_t state;           /* of the neighbor */
};

struct icmp {
    uint32_t has;   /* enum icmp_has */
    uint8_t family; /* FAMILY_IPV4: ICMP, FAMILY_IPV6: ICMPv6 */
    uint8_t type, code;
    uint8_t checksum;   /* enum icmp_checksum */
    bool complete;      /* all of its fragments came; else it is read from the first alone */
    bool begun_before;  /* its first fragment was a packet before this one, and the flow has it */
    uint32_t fragments; /* that it came in, copies left out */
    uint32_t length;    /* of the message, header included, as the IP length claims, in bytes */

    uint16_t id, seq;
    uint32_t mtu;     /* next-hop MTU; 0 from routers older than RFC 1191 */
    uint32_t pointer; /* octet of the quoted packet (RFC 792, RFC 4443 3.4) */
    uint32_t originate_ms, receive_ms, transmit_ms; /* raw: the top bit marks a non-standard one */
    uint32_t payload_length;
    struct echo_payload payload;
    struct addr gateway; /* redirect: IPv4 gateway, IPv6 target (the better first hop) */
    struct addr target;  /* redirect, IPv6: the destination being redirected (RFC 4861 4.5) */
    struct icmp_probe probe;
    struct quote quote;
    union { /* by family; `has` of either is set with every message */
        struct icmp_v4 v4;
        struct icmp_v6 v6;
    } body;
    struct icmp_extensions extensions;
};

/* Reads the ICMP message at `in`, which begins with its header and ends where the IP length or the
 * capture does, of the packet whose IP header is in `ip` and whose proto says the family of the
 * message. Sets all of `out`; what was cut off has no presence bit. The checksum is judged only
 * where all of the message was captured, it is not a fragment, and its last destination is known
 * (RFC 792; RFC 4443 2.3). Leaves `in` behind type and code. TRUNCATED where not even they are
 * there: then `out` is not to be used. */
enum decoded icmp_decode(struct cursor *in, const struct headers *ip, struct icmp *out);

/* Makes `to`, of which nothing is read, say what `from` does. Of lists and texts, which are most of
 * the struct, it copies those that are there. */
void icmp_copy(struct icmp *to, const struct icmp *from);

/* By family, IPv4 first, and type. */
extern const bool icmp_error_types[2][256];

/* Whether it is an error message: class ICMP_ERROR (redirects quote, but are not errors in v6). */
static inline bool icmp_is_error(const struct icmp *icmp)
{
    return icmp_error_types[icmp->family == FAMILY_IPV6][icmp->type];
}

/* Whether it is about a packet that was too big, and holds an MTU: IPv4's "fragmentation needed"
 * (RFC 1191 4, 0 from older routers), IPv6's "packet too big" (RFC 4443 3.2). */
bool icmp_tells_mtu(const struct icmp *icmp);

/* Whether a packet is about another one: an error, or a redirect. */
static inline bool packet_is_about_another(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp != NULL && (icmp_is_error(icmp) || (icmp->has & ICMP_HAS_QUOTE) != 0);
}

#endif
