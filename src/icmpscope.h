/* libicmpscope: reads packet captures, decodes every ICMP message and ties each ICMP error to the
 * flow, and where it can to the very packet, that caused it.
 *
 * One call runs one analysis. The library never prints, exits, reads the wall clock, or keeps
 * state between calls; calls in several threads do not disturb each other. */
#ifndef ICMPSCOPE_H
#define ICMPSCOPE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum icmpscope_format {
    ICMPSCOPE_TEXT,   /* a summary for people */
    ICMPSCOPE_JSON,   /* the same as one JSON document */
    ICMPSCOPE_NDJSON, /* one JSON record a line, as they happen */
    ICMPSCOPE_ECS,    /* the same in the names of the Elastic Common Schema */
};

/* Which records ICMPSCOPE_NDJSON and ICMPSCOPE_ECS carry. */
enum icmpscope_events {
    ICMPSCOPE_EVENT_ICMP = 1 << 0,
    ICMPSCOPE_EVENT_FLOW = 1 << 1,
    ICMPSCOPE_EVENT_STATS = 1 << 2,
    ICMPSCOPE_EVENT_ECHO = 1 << 3,
    ICMPSCOPE_EVENT_CLOCK = 1 << 4,
    ICMPSCOPE_EVENT_QUERY = 1 << 5,
    ICMPSCOPE_EVENT_PMTU = 1 << 6,
    ICMPSCOPE_EVENT_PATH = 1 << 7,
    ICMPSCOPE_EVENT_REDIRECT = 1 << 8,
    ICMPSCOPE_EVENT_ROUTER = 1 << 9,
    ICMPSCOPE_EVENT_FINDING = 1 << 10,
    ICMPSCOPE_EVENT_ALL = (1 << 11) - 1,
};

/* A capture of each error and the packets of its flow. PCAPNG has several link types, and comments
 * that say what each packet is there for. */
enum icmpscope_evidence {
    ICMPSCOPE_EVIDENCE_NONE,
    ICMPSCOPE_EVIDENCE_PCAP,
    ICMPSCOPE_EVIDENCE_PCAPNG,
};

/* The exit statuses of the command, too. */
enum icmpscope_status {
    ICMPSCOPE_OK = 0,
    ICMPSCOPE_FAILED = 1,  /* nothing usable was read, or output was lost */
    ICMPSCOPE_USAGE = 2,   /* the configuration makes no sense: a filter that does not compile */
    ICMPSCOPE_DAMAGED = 3, /* an input was truncated or damaged; what could be read is out */
};

/* Which packets of an interface: those that it receives, sends, or both. */
enum icmpscope_direction { ICMPSCOPE_INOUT, ICMPSCOPE_IN, ICMPSCOPE_OUT };

/* How interfaces are captured from. */
struct icmpscope_live {
    uint32_t snap_length; /* bytes of each packet that are looked at (default 262,144) */
    uint32_t buffer_kib;  /* of the kernel's buffer, for each interface; 0: what is usual */
    bool promiscuous;     /* also what is for others (default true) */
    bool immediate;       /* each packet at once, not a block of them within 100 ms */
    enum icmpscope_direction direction;
    const char *time_stamp_type; /* whose clock, as libpcap names it; NULL: the host's */
};

/* An analysis that runs: for the calls below that say so. */
struct icmpscope;

/* How far an analysis is. */
struct icmpscope_progress {
    uint64_t bytes_read;    /* of all captures, as they are: compressed */
    uint64_t bytes_total;   /* 0: not known, because one of them is a pipe */
    uint64_t packets;       /* that passed the filter */
    uint64_t icmp_messages; /* of them */
    uint64_t kernel_drops;  /* packets of interfaces that came faster than they were taken */
};

/* Whose flows end when they were idle for how long. */
enum icmpscope_idle {
    ICMPSCOPE_IDLE_OTHER,
    ICMPSCOPE_IDLE_TCP,
    ICMPSCOPE_IDLE_UDP,  /* and UDP-Lite */
    ICMPSCOPE_IDLE_ICMP, /* of both families */
    ICMPSCOPE_IDLE_SCTP, /* and DCCP */
    ICMPSCOPE_IDLES
};

/* Set up with icmpscope_config_init(), then changed as wished. Everything is borrowed for the
 * call. */
struct icmpscope_config {
    const char *const *files; /* captures; "-" is standard input. Merged into one timeline */
    size_t file_count;
    const char *const *interfaces; /* instead of files: captured from until it is stopped */
    size_t interface_count;
    struct icmpscope_live live;
    const char *filter;      /* BPF expression, or NULL */
    uint64_t max_packets;    /* stop after so many that passed the filter; 0: no limit */
    int64_t max_duration_ns; /* stop at the first packet that passed it so much later than the first
                                that did, and of interfaces when so much time has passed; 0: no
                                limit */
    int64_t interval_ns; /* `stats`, and what was found so far, so often while it runs; 0: at the
                            end only */

    bool guess_tunnels; /* look into datagrams whose port suggests a tunnel (default true) */
    size_t max_flows;   /* cap of the flow table (default 4,194,304) */
    size_t
        recent_packets; /* how far back a packet can be found: packets of all flows (1,048,576) */
    size_t max_memory;  /* bytes that the process keeps below: shrinks these two and the trackers'
                         * tables to fit; 0: no limit */
    uint32_t idle_s[ICMPSCOPE_IDLES]; /* seconds (TCP, SCTP: 3600; ICMP: 60; all else: 300) */
    int64_t reorder_ns; /* how much later than an error its packet may have been captured (50 ms) */
    unsigned jobs; /* threads that share the work, the caller's among them; 0 or 1: it is alone. Of
                    * more than two the others have nothing to do yet */
    uint64_t seed[2]; /* entropy for keyed hashing: unpredictable where input is hostile */

    enum icmpscope_format format;
    unsigned events; /* enum icmpscope_events; default: all of them */
    enum icmpscope_evidence evidence;
    bool all_flows;     /* `flow` records for flows without errors, too */
    bool flush_lines;   /* hand on each NDJSON line at once */
    const char *sensor; /* put into every record, or NULL */
    /* Names of what the process has given up and confined itself with, and of what it lacks of
     * that: put into `stats`. They end in a NULL, and `ready` may still change them. May be NULL.
     */
    const char *const *sandbox;
    const char *const *sandbox_missing;
    const char *const *home; /* networks that are ours, "192.0.2.0/24", for findings */
    size_t home_count;
    uint16_t community_id_seed;
    unsigned width; /* columns for text (default 100); below 60 is taken as 60 */
    bool color;
    int verbosity; /* -1 quiet, 0, 1: list everything */

    /* With `jobs` beyond 1, `write` and `write_evidence` are called by another thread than the
     * caller's, but one at a time, and never while `ready`, `tend` or `finished` is. `clock`,
     * `progress` and `complain` may be called at the same time by the caller's. */

    /* Gets the output, in pieces. Returns 0, or -1 with errno set, which ends the analysis. */
    int (*write)(void *context, const char *bytes, size_t size);
    /* Gets each diagnostic, one line without newline: "FILE: what is wrong". May be NULL. */
    void (*complain)(void *context, const char *line);
    /* Gets how far it is, about once for each 256 KiB of a capture, and whenever a pipe has no more
     * for now. May be NULL. */
    void (*progress)(void *context, const struct icmpscope_progress *progress);
    /* Gets the evidence capture, in pieces, as `write` gets the output. */
    int (*write_evidence)(void *context, const char *bytes, size_t size);
    /* The time now, in nanoseconds since the epoch, for what waits while no packet comes. NULL:
     * only packets tell the time, as in files; interfaces need it. */
    int64_t (*clock)(void *context);
    /* All captures and interfaces are open, and no byte of them was parsed: where privileges are
     * given up. -1 ends the analysis; it has complained itself. May be NULL. */
    int (*ready)(void *context);
    /* Called now and then while it runs with a clock: after 100 ms of nothing, between packets
     * about as often, and at once where one of the watched descriptors can be read. May be NULL. */
    void (*tend)(void *context, struct icmpscope *run);
    /* All is read, counted and told: the last time that it can be asked. May be NULL. */
    void (*finished)(void *context, struct icmpscope *run);
    const int *watched; /* at most 4 */
    size_t watched_count;
    void *context;                     /* of all of them */
    const volatile sig_atomic_t *stop; /* not 0: finish with what there is. May be NULL */
};

void icmpscope_config_init(struct icmpscope_config *config);

enum icmpscope_status icmpscope_run(const struct icmpscope_config *config);

/* From `tend`: hands on all output that is there, in whole lines. -1 where that fails. */
int icmpscope_flush(struct icmpscope *run);

/* From `tend`, or when it is finished: gives `write` what was counted so far, in the text format of
 * Prometheus, version 0.0.4, in pieces. 0, or -1 with errno set: memory is short, or `write`
 * returned -1. */
int icmpscope_write_metrics(struct icmpscope *run,
                            int (*write)(void *context, const char *bytes, size_t size),
                            void *context);

/* "0.1.0". */
const char *icmpscope_version(void);

#ifdef __cplusplus
}
#endif

#endif
