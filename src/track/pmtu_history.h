/* What the MTU of a path was, over time; and what to do with it. */
#ifndef ICMPSCOPE_TRACK_PMTU_HISTORY_H
#define ICMPSCOPE_TRACK_PMTU_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum { PMTU_CHANGES = 6 };

struct pmtu_change {
    int64_t time_ns;
    struct addr reporter; /* who told it, where `told`; else a packet of this length passed */
    uint32_t mtu;         /* bytes of IP packet */
    bool told;
};

/* Zero at first. The first changes are kept, and the last. */
struct pmtu_history {
    struct pmtu_change list[PMTU_CHANGES];
    uint8_t kept;
    bool invalid;    /* what was told is none that a sender can obey: nothing else is known */
    uint64_t count;  /* of all */
    int64_t last_ns; /* when what holds now was told last */
};

/* What holds now, or NULL. */
const struct pmtu_change *pmtu_history_now(const struct pmtu_history *history);

/* An error tells an MTU; `valid` where a sender can obey it. One that is larger counts where it
 * comes from who told the smaller one, or minutes later (RFC 1191 6.3): another router may refuse
 * the packet on its way to the narrow link. Returns whether it is a change. */
bool pmtu_history_told(struct pmtu_history *history, const struct pmtu_change *told, bool valid);

/* A packet of this length is known to have arrived. */
void pmtu_history_passed(struct pmtu_history *history, uint32_t length, int64_t time_ns);

/* What fits into packets of an MTU, in bytes. */
struct pmtu_advice {
    uint32_t mtu;
    uint32_t tcp_mss;      /* behind an IP and a TCP header without options */
    uint32_t ping_payload; /* behind an IP and an ICMP header: ping -s */
};

/* False where no host may use so small an MTU (RFC 791). Below 1280 of IPv6 it is that (RFC 8201
 * 4). */
bool pmtu_advise(struct pmtu_advice *advice, uint32_t mtu, enum family family);

/* The same of the MTU that holds now. False where none does that can be used. */
bool pmtu_history_advise(struct pmtu_advice *advice, const struct pmtu_history *history,
                         enum family family);

/* What to use until it is known why packets of `refused` bytes are lost while those of `passed` (0:
 * unknown) arrive: `passed` where that is no small packet, else what nearly all paths have. */
bool pmtu_advise_between(struct pmtu_advice *advice, uint32_t passed, uint32_t refused,
                         enum family family);

#endif
