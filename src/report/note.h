/* What is said of packets in an evidence capture: of an error what it was about, of a packet which
 * errors were about it. Kept small until it is written out in words. */
#ifndef ICMPSCOPE_REPORT_NOTE_H
#define ICMPSCOPE_REPORT_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "capture/record.h"
#include "decode/packet.h"
#include "match/verdict.h"
#include "report/line.h"
#include "report/report.h"

enum note_kind {
    NOTE_ABOUT, /* of an error */
    NOTE_BY,    /* of a packet that an error was about */
};

struct note {
    uint32_t next;              /* of the same packet, or of those that are free; 0: none */
    uint8_t kind;               /* enum note_kind */
    uint8_t family, type, code; /* BY: of the error; ABOUT: family of the flow */
    uint16_t capture;           /* of the other packet … */
    uint64_t frame;             /* … and its frame there; ABOUT: with VERDICT_HAS_TRIGGER */

    /* The rest is ABOUT's: the verdict, and the flow as it is quoted. */
    uint8_t verdict;
    uint8_t quoted; /* whether there are addresses: 1, and ports: 2 */
    uint8_t proto;
    uint32_t has; /* enum verdict_has */
    uint32_t anomalies;
    uint32_t candidates;
    uint16_t src_port, dst_port;
    int64_t rtt_ns;
    uint64_t flow_id;
    struct addr src, dst;
};

/* A fixed number of them. Notes are numbered from 1. */
struct notes {
    struct note *list;
    uint32_t most, used, unused; /* unused: the first of those given back */
};

/* Of a pool of all zero bytes every addition fails. -1 when memory runs out. */
int notes_init(struct notes *notes, uint32_t most);
void notes_fini(struct notes *notes);

/* Its number, or 0 where all are taken. */
uint32_t notes_add(struct notes *notes, const struct note *note);
struct note *notes_get(const struct notes *notes, uint32_t number);

/* Gives back a note and those that follow it. */
void notes_drop(struct notes *notes, uint32_t first);

struct note note_about(const struct packet *error, const struct verdict *verdict);
struct note note_by(const struct packet *error);

/* The comment of `record` begins with the frame and the file that it comes from; each note is a
 * line, which names the file of the other packet where that is another one. */
void note_begin(struct line *line, const struct report *report, const struct record *record);
void note_write(struct line *line, const struct report *report, const struct record *record,
                const struct note *note);

/* Makes it whole characters again where it was cut. */
void note_end(struct line *line);

#endif
