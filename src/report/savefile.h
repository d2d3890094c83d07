/* Captures that are written: pcap with times in nanoseconds, and pcapng. In the byte order of this
 * machine, as some link types have headers in that of the machine that captured. */
#ifndef ICMPSCOPE_REPORT_SAVEFILE_H
#define ICMPSCOPE_REPORT_SAVEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "capture/record.h"
#include "icmpscope.h"
#include "report/out.h"
#include "report/report.h"

struct savefile;

struct savefile_format {
    void (*begin)(struct savefile *file, uint16_t link_type);
    /* False where the format cannot hold it. */
    bool (*packet)(struct savefile *file, const struct record *record, const char *comment);
};

extern const struct savefile_format savefile_pcap;
extern const struct savefile_format savefile_pcapng;

struct savefile {
    const struct savefile_format *format;
    const struct report *report; /* borrowed: names of captures */
    bool begun;
    uint16_t link_type;        /* pcap: of all its packets */
    uint64_t written, refused; /* packets; refused: pcap, those of another link type */
    struct map interfaces;     /* pcapng: struct savefile_interface → its number */
    struct out out;
};

/* A pcapng interface: each has one link type. */
struct savefile_interface {
    uint32_t number; /* in its capture */
    uint16_t capture, link_type;
    uint32_t early; /* its times are before 1970 */
};

enum { SAVEFILE_INTERFACES_MAX = 65536 };

/* Writes nothing yet. `format` is not ICMPSCOPE_EVIDENCE_NONE. */
void savefile_init(struct savefile *file, enum icmpscope_evidence format, struct out_sink sink,
                   const struct report *report);
void savefile_fini(struct savefile *file);

/* `comment` is UTF-8, at most 65,535 bytes of it; NULL or "": none. pcap has no comments. */
void savefile_packet(struct savefile *file, const struct record *record, const char *comment);

/* Without packets it is an empty capture. 0, or the errno of the first failed write. */
int savefile_finish(struct savefile *file);

#endif
