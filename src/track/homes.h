/* Which addresses are ours, as --home says. */
#ifndef ICMPSCOPE_TRACK_HOMES_H
#define ICMPSCOPE_TRACK_HOMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/error.h"
#include "base/net.h"

struct homes {
    struct net *list; /* NULL where nothing was said */
    size_t count;
};

/* Networks as text (base/net.h). -1 where one is none, or memory runs out. */
int homes_init(struct homes *homes, const char *const *nets, size_t count, struct error *error);
void homes_fini(struct homes *homes);

/* Whether an address is surely ours, and whether it is surely not: without --home neither is known.
 */
bool homes_are(const struct homes *homes, const struct addr *addr, enum family family);
bool homes_are_not(const struct homes *homes, const struct addr *addr, enum family family);

#endif
