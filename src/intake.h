/* What goes into an analysis, the captures and the filter, and what a user is told of them. */
#ifndef ICMPSCOPE_INTAKE_H
#define ICMPSCOPE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "capture/filter.h"
#include "capture/inputs.h"
#include "capture/wait.h"
#include "icmpscope.h"

struct intake {
    const struct icmpscope_config *config;
    struct inputs inputs;
    struct filter *filter; /* or NULL */
    struct wait wait;      /* how inputs wait; the caller sets whom to call while they do */
};

/* Opens all that can be opened, reads nothing of it, and complains of the rest; `memory` is what
 * the buffers of each may take, or 0. `intake` is all zero before; whatever this returns,
 * intake_close() frees. */
enum icmpscope_status intake_open(struct intake *intake, const struct icmpscope_config *config,
                                  size_t memory, struct error *error);
void intake_close(struct intake *intake);

/* Once all is open: reads what each capture is, and complains of what is none. */
void intake_begin(struct intake *intake);

/* Whether anything can be read at all. */
bool intake_is_usable(const struct intake *intake);

/* When all is read: complains of what was damaged, and says the worst of what happened. */
enum icmpscope_status intake_status(const struct intake *intake);

/* Hands a line to the user: the program's name is the caller's to add. */
void intake_complain(const struct intake *intake, const char *line);

#endif
