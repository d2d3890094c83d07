/* One interface that is captured from: a handle of libpcap's, and the bytes of the last batch.
 *
 * Life cycle: nic_open() → nic_read() again and again, whatever becomes of the interface →
 * nic_stop() → nic_read() until nic_is_drained() → nic_free(). live.c, which makes one timeline of
 * several, is the only caller. After nic_open() nothing is opened any more.
 *
 * System calls after that, on the descriptor that is open: poll, getsockopt and setsockopt
 * (PACKET_STATISTICS, SO_ERROR, SO_ATTACH_FILTER, PACKET_ADD_MEMBERSHIP), getsockname, bind, ioctl
 * (SIOCGIFINDEX, SIOCGIFFLAGS, SIOCGIFHWADDR), pread of counters that were opened before, uname
 * (libpcap, about a damaged ring), munmap and close. */
#ifndef ICMPSCOPE_CAPTURE_NIC_H
#define ICMPSCOPE_CAPTURE_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/record.h"
#include "icmpscope.h"

struct nic; /* opaque; owns its handle and buffer */

enum { NIC_TIMEOUT_MS = 100 }; /* a packet is handed on at the latest so long after it came */

struct nic_config {
    const struct icmpscope_live *live;
    const char *filter; /* or NULL */
    size_t memory;      /* bytes that its buffer may take; 0: no limit. The kernel's is not it */
    uint16_t capture;   /* put into every record */
};

/* How an interface fares. */
enum nic_state {
    NIC_LISTENING,
    NIC_DOWN,   /* it is there, and will be heard when it is up again */
    NIC_GONE,   /* there is none of the name */
    NIC_BROKEN, /* nothing will be heard of it any more */
};

struct nic_counts {
    uint64_t received; /* by the kernel, and passed the filter; the dropped ones among them */
    uint64_t dropped;  /* by the kernel: its buffer was full */
    uint64_t dropped_by_interface; /* before the kernel saw them */
    uint64_t lost;                 /* times that the interface went down or away */
    bool interface_known;          /* whether dropped_by_interface is */
};

/* Opens and activates it, and sets the filter. NULL and one line in `error`, without the name,
 * which the caller puts before it. */
struct nic *nic_open(const char *name, const struct nic_config *config, struct error *error);

/* Fills at most `max` (> 0) records, of what is there now: never waits. 0 where nothing is. Their
 * bytes stay valid until the next call. `news` says in one line what has become of the interface,
 * where that is new. */
size_t nic_read(struct nic *nic, struct record *records, size_t max, struct error *news);

/* Looks whether one that is gone is there again; about once a second is enough. */
void nic_look_again(struct nic *nic, struct error *news);

enum nic_state nic_state(const struct nic *nic);

/* Can be read when there are packets; -1 where there is none, or nothing to wait for. */
int nic_descriptor(const struct nic *nic);

/* No more packets are taken; those that are in the kernel's buffer can still be read. */
void nic_stop(struct nic *nic);

/* Whether as many were read as the kernel counts. False where it does not count. */
bool nic_is_drained(struct nic *nic);

/* Asks the kernel; when there is no new answer, the last one stands. */
void nic_count(struct nic *nic);
const struct nic_counts *nic_counts(const struct nic *nic);

/* NULL is allowed. */
void nic_free(struct nic *nic);

/* Whether an expression makes sense for interfaces. -1 with libpcap's reason in `error`. */
int nic_check_filter(const char *expression, struct error *error);

#endif
