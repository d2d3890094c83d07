/* Who told whom to use which gateway for what, whether it did, and whether that was right. */
#ifndef ICMPSCOPE_TRACK_REDIRECT_H
#define ICMPSCOPE_TRACK_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cache.h"
#include "base/map.h"
#include "decode/packet.h"
#include "track/link_neighbors.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

enum redirect_outcome {
    REDIRECT_UNKNOWN,
    REDIRECT_OBEYED,  /* the host's packets to the destination go to the new gateway … */
    REDIRECT_IGNORED, /* … or still, a second later and more than once, to the old one */
    REDIRECT_OUTCOMES
};
extern const char *const redirect_outcome_names[REDIRECT_OUTCOMES];

/* Why it should not be obeyed. Bits of redirect.reasons, and their public names. */
enum redirect_reason {
    REDIRECT_GATEWAY_NOT_ON_SUBNET,  /* as an address mask says */
    REDIRECT_GATEWAY_ELSEWHERE,      /* the mask is not known, but it would be a large network: the
                                      * only reason that leaves a doubt */
    REDIRECT_GATEWAY_NOT_LINK_LOCAL, /* IPv6: nor the destination itself (RFC 4861 8.1) */
    REDIRECT_GATEWAY_NOT_UNICAST,    /* a group, or no address */
    REDIRECT_GATEWAY_IS_HOST,        /* who is told is to send to itself */
    REDIRECT_GATEWAY_IS_REPORTER,
    REDIRECT_REPORTER_NOT_GATEWAY, /* the host's packets went to another MAC address */
    REDIRECT_REPORTER_MAC_DIFFERS, /* ARP or Neighbor Discovery tell another one of the reporter */
    REDIRECT_HOP_LIMIT_NOT_255,
    REDIRECT_SOURCE_NOT_LINK_LOCAL,
    REDIRECT_CODE_NOT_0, /* IPv6 */
    REDIRECT_DESTINATION_MULTICAST,
    REDIRECT_REASONS
};
extern const char *const redirect_reason_names[REDIRECT_REASONS];

/* Of redirect.story.has. */
enum redirect_has {
    REDIRECT_HAS_LEGITIMATE = 1u << 0,
    REDIRECT_HAS_REASONS = 1u << 1,
    REDIRECT_HAS_OBEYED = 1u << 2, /* obeyed_after_ns, obeyed_frame */
    REDIRECT_HAS_CODE_NAME = 1u << 3,
};

/* A record: `redirect`. src: who was told; dst: for what destination. */
struct redirect {
    struct story story;
    struct addr reporter, gateway;
    uint8_t code;
    uint8_t outcome; /* enum redirect_outcome, once it is told */
    bool legitimate;
    uint32_t reasons; /* 1 << enum redirect_reason */
    struct sightings seen;
    uint64_t packets_old, packets_new; /* of the host to the destination since, to which gateway */
    int64_t obeyed_after_ns;
    uint64_t obeyed_frame; /* in the capture that the redirect was seen in */

    /* What was told of it before. */
    uint64_t told_count, told_packets;
    uint32_t told_has, told_reasons;
    uint8_t told_outcome;

    /* What it is judged by. */
    uint32_t position; /* in redirects.map; while room is made, where it will be */
    uint32_t link;
    uint8_t host_mac[MAC_SIZE], reporter_mac[MAC_SIZE], gateway_mac[MAC_SIZE];
    bool has_macs;        /* of host and reporter */
    bool has_gateway_mac; /* that the redirect itself told */
    bool proven;          /* the new gateway is on the link, and the reporter was the old one */
    uint16_t old_tail;    /* packet_mac_tail() of where the host sent before; 0: unknown */
    uint64_t last_frame;  /* a packet is counted once */
    uint64_t triggers;    /* further redirects, each about a packet of its own that came for it */
    int64_t old_last_ns, trigger_last_ns;
};

enum { REDIRECTS_MAX = 8192, REDIRECT_HOPS_MAX = 8192, REDIRECT_MASKS_MAX = 1024 };

struct redirects {
    const struct track *track;
    struct map map;     /* struct redirect */
    struct map current; /* link, host and destination → the last redirect's position */
    struct map masks;   /* link and host → address mask (RFC 950) */
    struct cache hops;  /* who sent ICMP to whom → its next hop's MAC address */
    struct link_neighbors neighbors;
    uint64_t left; /* redirects that made room */
};

extern const struct tracker tracker_redirect;

/* For lists: the more frequent weigh more. Never 0. */
uint64_t redirect_weight(const void *redirect);

#endif
