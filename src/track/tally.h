/* Counts: packets, messages by type and code, errors by cause and reporter, and the capture's
 * health. All are sums, so that those of two captures can be added. */
#ifndef ICMPSCOPE_TRACK_TALLY_H
#define ICMPSCOPE_TRACK_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "capture/nic.h"
#include "decode/fragments.h"
#include "decode/packet.h"
#include "match/verdict.h"
#include "track/reporter_labels.h"

enum { TALLY_MESSAGES_MAX = 4096, TALLY_REPORTERS_MAX = 65536, TALLY_PAIRS_MAX = 262144 };

/* Key of tally.messages. */
struct message_key {
    uint8_t family, type, code, zero;
};

struct message_count {
    uint64_t count;
    uint64_t verdicts[VERDICTS]; /* errors only */
    uint64_t errors;             /* sum of them */
    uint64_t flows;              /* distinct flows that it was tied to */
    uint64_t reporters;          /* distinct sources of it, errors only */
    struct addr reporter;        /* the first of them */
    int64_t last_ns;             /* when it came last */
};

/* Keys of the sets that count distinct ones. */
struct message_flow_key {
    struct message_key message;
    uint32_t flow_id[2];
};

struct message_reporter_key {
    struct message_key message;
    struct addr reporter;
};

/* Key of tally.reporters. */
struct reporter_key {
    struct addr addr;
    uint32_t family;
};

struct reporter_count {
    uint64_t errors;
    int64_t last_ns;
};

struct health {
    uint64_t truncated;   /* packets whose headers the capture cuts off */
    uint64_t snapped;     /* packets captured in part */
    uint64_t malformed;   /* packets with a header that contradicts itself */
    uint64_t unsupported; /* packets of a link type or encapsulation without a row */
    uint64_t bad_checksum, unverified_checksum; /* ICMP messages */
    uint64_t unassigned;                        /* ICMP messages of a type not in the registry */
    uint64_t time_backwards;                    /* packets earlier than the one before them */
    uint64_t unfiltered; /* packets of a link type for which the filter does not compile */
    uint64_t evicted_flows, timed_out_flows;
    struct nic_counts kernel;          /* of interfaces, where it captures from these */
    uint64_t forgotten_fragments;      /* datagrams whose later fragments find no flow any more */
    struct fragments_counts fragments; /* of ICMP */
    uint64_t hurried_errors;           /* judged before their packets had had time to come */
    uint64_t uncounted;                /* additions that found a table of a tracker full */
    uint64_t evidence_packets;         /* in the evidence capture … */
    uint64_t evidence_missed; /* … and those that it lacks, as they were gone when an error came */
};

/* Messages that there is one of enum anomaly to doubt for. */
struct anomaly_count {
    uint64_t count;
    uint64_t frame;   /* of the first of them … */
    uint16_t capture; /* … in this capture */
};

struct tally {
    uint64_t packets, bytes; /* bytes on the wire */
    uint64_t icmp_messages;
    uint64_t errors; /* messages of class error, each with a verdict */
    uint64_t flows_seen;
    int64_t first_ns, last_ns; /* earliest and latest packet; of no meaning without packets */
    int64_t previous_ns;       /* time of the packet before, for time_backwards */
    uint64_t verdicts[VERDICTS];
    uint64_t about_errors; /* of those that are UNKEYED: an error names no flow */
    struct anomaly_count anomalies[ANOMALIES];
    struct health health;
    struct reporter_labels reporter_labels;
    struct map messages;          /* struct message_key → struct message_count */
    struct map reporters;         /* struct reporter_key → struct reporter_count */
    struct map message_flows;     /* set of struct message_flow_key */
    struct map message_reporters; /* set of struct message_reporter_key */
};

/* How many entries its tables may have: at most as above. */
struct tally_caps {
    size_t messages, reporters, pairs;
};

void tally_init(struct tally *tally, const uint64_t seed[2]);

/* Before anything is counted. Returns the bytes that its tables may take then. */
size_t tally_limit(struct tally *tally, const struct tally_caps *caps);

void tally_fini(struct tally *tally);

/* What is counted of each packet, whatever it is. */
struct passed {
    uint64_t packets, bytes, snapped, time_backwards;
    int64_t first_ns, last_ns, previous_ns;
};

/* Of no packet yet: all times are later. */
static inline struct passed passed_none(void)
{
    return (struct passed){.first_ns = INT64_MAX, .last_ns = INT64_MIN, .previous_ns = INT64_MIN};
}

/* In the order of their coming. */
static inline void passed_add(struct passed *passed, int64_t time_ns, uint32_t wire_length,
                              bool snapped)
{
    passed->packets++;
    passed->bytes += wire_length;
    passed->snapped += snapped;
    passed->time_backwards += time_ns < passed->previous_ns;
    passed->first_ns = time_ns < passed->first_ns ? time_ns : passed->first_ns;
    passed->last_ns = time_ns > passed->last_ns ? time_ns : passed->last_ns;
    passed->previous_ns = time_ns;
}

/* What has passed so far, all of it. */
void tally_passed(struct tally *tally, const struct passed *passed);

/* Each packet that could not be decoded to its end. */
void tally_decoded(struct tally *tally, enum decoded decoded);

/* Of a run without an end: where a table is short of room, what was not counted for longest leaves,
 * and is counted as `uncounted`; but for the sets, by which what comes back is counted once more.
 */
void tally_make_room(struct tally *tally);

/* Each ICMP message, with packet->icmp; `verdict` where it was judged, else NULL. An ICMPv6
 * redirect is judged, and no error. */
void tally_message(struct tally *tally, const struct packet *packet, const struct verdict *verdict);

#endif
