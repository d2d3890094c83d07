/* What an ICMP error was about, and how sure that is. */
#ifndef ICMPSCOPE_MATCH_VERDICT_H
#define ICMPSCOPE_MATCH_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/key.h"

/* The ladder, best first. NAT is named here as it is public, and not given yet. */
enum verdict_kind {
    VERDICT_EXACT,     /* the very packet, and nothing else fits */
    VERDICT_FLOW,      /* its flow; the packet cannot be told */
    VERDICT_REVERSE,   /* only the flow's other direction was seen */
    VERDICT_NAT,       /* a flow only after translation */
    VERDICT_FRAGMENT,  /* a later fragment, through its IP identification */
    VERDICT_UNMATCHED, /* no such flow */
    VERDICT_UNKEYED,   /* the quote is too short to name a flow */
    VERDICTS
};
extern const char *const verdict_names[VERDICTS];

/* Reasons to doubt an error: bits of verdict.anomalies, and their public names. */
enum anomaly {
    ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE,
    ANOMALY_ERROR_ABOUT_ERROR,        /* RFC 1122 3.2.2, RFC 4443 2.4(e) */
    ANOMALY_ABOUT_MULTICAST,          /* RFC 1122 3.2.2; allowed for packet too big */
    ANOMALY_ABOUT_LATER_FRAGMENT,     /* RFC 1122 3.2.2 */
    ANOMALY_QUOTED_IP_LENGTH_SWAPPED, /* "quoted_ip_length_byte_swapped" */
    ANOMALY_BAD_CHECKSUM,
    ANOMALIES
};
extern const char *const anomaly_names[ANOMALIES];

/* Which members of struct verdict apply. */
enum verdict_has {
    VERDICT_HAS_FLOW = 1u << 0,    /* flow_id */
    VERDICT_HAS_TRIGGER = 1u << 1, /* capture, frame, rtt_ns */
    VERDICT_HAS_CANDIDATES = 1u << 2,
    VERDICT_HAS_ANOMALIES = 1u << 3,
};

struct verdict {
    uint32_t has;      /* enum verdict_has */
    uint8_t kind;      /* enum verdict_kind */
    uint8_t direction; /* enum flow_direction of the quoted packet; of no meaning for UNKEYED */
    bool inner;        /* it was tied by the packet inside the tunnel that is quoted, quote.inner */
    uint16_t capture;  /* of the packet that triggered the error … */
    uint64_t frame;    /* … its frame there … */
    int64_t rtt_ns;    /* … and the time from it to the error */
    uint64_t flow_id;
    uint32_t candidates; /* packets that fit equally well, where more than one does */
    uint32_t anomalies;  /* 1 << enum anomaly */
    struct flow *flow;   /* borrowed until the table is touched; NULL without VERDICT_HAS_FLOW */
};

#endif
