/* What an ICMP error was about, and how sure that is. */
#ifndef ICMPSCOPE_MATCH_VERDICT_H
#define ICMPSCOPE_MATCH_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/key.h"
#include "flow/ring.h"
#include "flow/table.h"

/* The ladder, best first. */
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
    ANOMALY_SEQ_OUT_OF_WINDOW,       /* RFC 5927 4.1 */
    ANOMALY_QUOTED_TTL_ABOVE_SENT,   /* routers only lower it */
    ANOMALY_ERROR_AFTER_FLOW_CLOSED, /* TCP: it had ended, and no packet of it is the trigger */
    ANOMALY_FASTER_THAN_POSSIBLE,    /* than the destination, whose name it bears, ever answered */
    ANOMALY_FLOW_EVICTED,            /* unmatched, but a flow of this key gave way for the cap */
    ANOMALY_MTU_NOT_BELOW_LENGTH,    /* the packet would have fitted (RFC 1191 3) */
    ANOMALY_MTU_BELOW_MINIMUM,       /* 68 of IPv4, 1280 of IPv6 (RFC 791, 8200 5) */
    ANOMALY_ABOUT_PACKET_WITHOUT_DF, /* "fragmentation needed", and it was allowed */
    ANOMALY_QUOTED_SOURCE_NOT_HOST,  /* 0/8, loopback, multicast, … (RFC 1122 3.2.2) */
    ANOMALIES
};
extern const char *const anomaly_names[ANOMALIES];

/* Whether the quoted segment was in flight when the error came (RFC 5927 4.1). UNKNOWN rather than
 * a false alarm. */
enum seq_check { SEQ_UNKNOWN, SEQ_IN_WINDOW, SEQ_OUT_OF_WINDOW, SEQ_CHECKS };
extern const char *const seq_check_names[SEQ_CHECKS];

/* Whether the change of a transport checksum is what all else that was rewritten makes of it (RFC
 * 1624). UNKNOWN where options or data may have changed unseen. */
enum checksum_fit { CHECKSUM_FIT_UNKNOWN, CHECKSUM_FITS, CHECKSUM_MISFITS };

/* Which members of struct verdict apply. */
enum verdict_has {
    VERDICT_HAS_FLOW = 1u << 0,    /* flow_id */
    VERDICT_HAS_TRIGGER = 1u << 1, /* capture, frame */
    VERDICT_HAS_CANDIDATES = 1u << 2,
    VERDICT_HAS_ANOMALIES = 1u << 3,
    VERDICT_HAS_SEQ_CHECK = 1u << 4, /* of a quoted TCP segment with a flow */
    VERDICT_HAS_SENT = 1u << 5,      /* sent, rewritten: what is known of the packet itself */
    VERDICT_HAS_RTT = 1u << 6,       /* rtt_ns: not where the error was captured first */
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
    uint32_t candidates;  /* packets that fit equally well, where more than one does; of
                           * NAT without a flow, flows */
    uint32_t anomalies;   /* 1 << enum anomaly */
    uint8_t seq_check;    /* enum seq_check */
    uint8_t checksum_fit; /* enum checksum_fit, where the checksum is among what was rewritten */
    bool closed;      /* TCP: the flow had ended, and none of its packets may be the quoted one */
    uint8_t ttl_sent; /* VERDICT_HAS_SENT: the highest TTL among the copies of that packet */
    uint32_t answers; /* how often the other side itself answered a packet of the flow before … */
    int64_t answer_ns;  /* … and the shortest time it took, where it did (match/past.h) */
    uint32_t rewritten; /* 1 << enum rewritten_field: what differs from the packet as sent … */
    uint32_t compared;  /* … of these, which both sides hold (match/rewritten.h) */
    struct ring_entry sent;   /* that packet */
    struct flow_key sent_key; /* … and its flow, which NAT makes another than the quoted one */
    struct flow *flow; /* borrowed until the table is touched; NULL without VERDICT_HAS_FLOW, or
                        * where the flow has gone since (match/held.h) */
};

#endif
