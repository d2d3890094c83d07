/* What the sender of a refused packet did next.
 *
 * It begins with the first error about the flow; redirects, after which packets go on by another
 * way, only count as one until something fails. "Later" is later by the time of capture: packets
 * that were in flight when the error came are later ones, too, and so are the copies of a packet
 * where a capture has them. */
#ifndef ICMPSCOPE_TRACK_AFTERMATH_H
#define ICMPSCOPE_TRACK_AFTERMATH_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/key.h"
#include "match/verdict.h"

/* The first that is true. An MTU counts where the sender can obey it: it is smaller than the
 * refused packet, and not below 68 (RFC 791) or 1280 (RFC 8201 4). Of an error that tells 0 it is
 * the next plateau below the refused packet's length (RFC 1191 7). */
enum aftermath_verdict {
    AFTERMATH_IGNORED,   /* a packet above the MTU was sent again: seen, or refused once more */
    AFTERMATH_ADAPTED,   /* its last packets with data were within the MTU */
    AFTERMATH_RECOVERED, /* the other side sent something that is no RST */
    AFTERMATH_RESET,     /* a RST of either side, or a FIN of the sender */
    AFTERMATH_CONTINUED, /* it sent more */
    AFTERMATH_STOPPED,   /* it sent nothing for AFTERMATH_QUIET_NS, up to the end of the capture */
    AFTERMATH_UNKNOWN,   /* the capture ends before that, or holds none of its packets */
    AFTERMATHS
};
extern const char *const aftermath_names[AFTERMATHS];

enum aftermath_closing { CLOSING_NONE, CLOSING_FIN, CLOSING_RST, CLOSING_PEER_RST };

/* RFC 1191 6.3 has a sender try a larger MTU again after minutes: that is not to ignore it. */
#define AFTERMATH_QUIET_NS INT64_C(3000000000)
#define AFTERMATH_GRACE_NS INT64_C(200000000) /* packets in flight when an MTU was told */
#define AFTERMATH_AGING_NS INT64_C(300000000000)

struct aftermath {
    int64_t since_ns;     /* the first error, or, where that was captured before it, its packet */
    int64_t last_ns;      /* the sender's last later packet */
    int64_t told_ns;      /* when `mtu` was told */
    int64_t within_ns;    /* when its packets came to be within it, where `within` says so */
    uint64_t above_count; /* packets that `above` is about … */
    uint64_t refused_again_count; /* … and errors that `refused_again` is about */
    uint64_t packets, bytes;      /* of the sender since; of IP packets, as their headers claim */
    uint32_t mtu;                 /* the lowest told, in bytes; 0: none */
    uint32_t refused;             /* the longest packet that was too big, in bytes */
    uint32_t longest;             /* that the sender was seen to send, in bytes */
    uint32_t above;               /* the longest seen that was above the MTU and should not; or 0 */
    uint32_t refused_again;       /* the longest that a later error says was; or 0 */
    uint32_t ip_id;               /* of the refused packet (IPv4), or 0 */
    uint8_t direction;            /* of the sender's packets: enum flow_direction */
    uint8_t closing;              /* enum aftermath_closing, the first that came */
    uint8_t verdict;              /* enum aftermath_verdict, once it is settled */
    bool redirect;                /* nothing but redirects yet */
    bool answered;
    bool within; /* packets with data fitted, since the last that did not */
};

/* What an error says is the longest packet that passes, in bytes: of `quoted`, which it quotes, or
 * which is in the tunnel that it quotes. 0: nothing that can be obeyed. */
uint32_t aftermath_told_mtu(const struct packet *packet, const struct headers *quoted);

/* The packet length that AFTERMATH_IGNORED is about, and how many packets it was seen in. */
uint32_t aftermath_ignored_length(const struct aftermath *after);
uint64_t aftermath_ignored_packets(const struct aftermath *after);

/* A packet of the flow. */
struct aftermath_packet {
    int64_t time_ns;
    uint32_t length; /* of the IP packet, in bytes */
    uint32_t ip_id;  /* IPv4, else 0 */
    uint8_t direction;
    uint8_t tcp_flags; /* 0 of all but TCP */
    bool tcp;
    bool data;    /* something is behind its transport header */
    bool again;   /* TCP: data that was sent before */
    bool divides; /* a router may make fragments of it: IPv4 without DF */
};

/* Whether the error `packet` begins an aftermath: `after` is NULL for the flow's first one. */
bool aftermath_is_begun_by(const struct aftermath *after, const struct packet *packet);

void aftermath_begin(struct aftermath *after, const struct packet *packet,
                     const struct verdict *verdict);

/* Each error about the flow, the first one too: the MTU that it tells. */
void aftermath_error(struct aftermath *after, const struct packet *packet,
                     const struct verdict *verdict);

/* Each packet of the flow since, of both directions, and packets before it that are still known:
 * only how long those were counts. */
void aftermath_packet(struct aftermath *after, const struct aftermath_packet *packet);

/* The flow ends; the capture has been read up to `now_ns`. `seen`: packets of the sender's
 * direction are in it. Sets after->verdict. */
void aftermath_settle(struct aftermath *after, int64_t now_ns, bool seen);

#endif
