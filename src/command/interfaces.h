/* -D: the interfaces that can be captured from. */
#ifndef ICMPSCOPE_COMMAND_INTERFACES_H
#define ICMPSCOPE_COMMAND_INTERFACES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* Prints one a line, "1.eth0 [Up, Running]", as tcpdump does; with `detail` the addresses and the
 * time stamps of each below it. -1 and one line in `error`. What `file` makes
 * of it is the caller's to check. */
int interfaces_print(FILE *file, bool detail, struct error *error);

#endif
