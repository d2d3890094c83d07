/* The reporters of errors that metrics tell apart: a few that report much. All others are one
 * number together.
 *
 * What is told of a reporter only grows, and so does what is told of the others: an error counts
 * for its reporter from the moment on that this one is told apart, and before that for the others.
 * A place is given up only when its reporter was silent for REPORTER_LABEL_IDLE_S; its number is
 * not told any more then, and would begin anew. */
#ifndef ICMPSCOPE_TRACK_REPORTER_LABELS_H
#define ICMPSCOPE_TRACK_REPORTER_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/packet.h"

enum {
    REPORTER_LABELS = 20,
    REPORTER_LABEL_FROM = 10, /* errors, before it is told apart */
    REPORTER_LABEL_IDLE_S = 3600,
    REPORTER_LABEL_SLOTS = 256,
};

struct reporter_label {
    struct addr addr;
    uint8_t family;
    uint64_t errors;
    int64_t last_ns;
};

/* Zero at first. */
struct reporter_labels {
    struct reporter_label list[REPORTER_LABELS];
    size_t count;
    /* Where in the list the last is, plus one, of those whose addresses fall there; 0: none is. */
    uint8_t slots[REPORTER_LABEL_SLOTS];
    uint64_t other;
};

/* An ICMP error; its reporter has sent `errors` by now, this one included. 0: not known. */
void reporter_labels_count(struct reporter_labels *labels, const struct packet *packet,
                           uint64_t errors);

#endif
