/* Where a host sent its packets before it was redirected. */
#ifndef ICMPSCOPE_TRACK_REDIRECT_HOP_H
#define ICMPSCOPE_TRACK_REDIRECT_HOP_H

#include <stdint.h>

#include "base/addr.h"
#include "track/redirect.h"
#include "track/tracker.h"

/* The key of redirects.current … */
struct redirect_pair {
    uint32_t link, family;
    struct addr src, dst;
};

/* … that of redirects.hops: of frames that this MAC address sent, not of those that were forwarded
 * …
 */
struct redirect_hop_key {
    struct redirect_pair pair;
    uint8_t mac[MAC_SIZE], zero[2];
};

/* … and a value of it. */
struct redirect_hop {
    uint8_t mac[MAC_SIZE], before[MAC_SIZE]; /* that it is now, since … and that it was */
    int64_t since_ns;
};

/* An ICMP message, as a packet that went somewhere. */
void redirect_hop_note(struct redirects *redirects, const struct packet *packet);

/* packet_mac_tail() of where the host sent packets to the destination of a redirect, or 0. `before`
 * is the redirect of the same host and destination before this one, or NULL: where that was obeyed,
 * the host's last packets do not tell which gateway this one is about. */
uint16_t redirect_hop_before(const struct redirects *redirects, const struct redirect *redirect,
                             const struct redirect *before, const struct sight *sight);

#endif
