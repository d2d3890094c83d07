/* How much of what is kept where: one amount of memory, shared out when an analysis begins, so that
 * the process stays below it whatever it is sent. What is full then gives way or refuses, and is
 * counted, as it is without a budget. */
#ifndef ICMPSCOPE_BUDGET_H
#define ICMPSCOPE_BUDGET_H

#include <stddef.h>

#include "base/error.h"
#include "decode/fragments.h"
#include "icmpscope.h"
#include "track/hits.h"
#include "track/rewriting.h"
#include "track/stories.h"
#include "track/tally.h"

/* Below that nothing useful can be kept. */
#define BUDGET_LEAST ((size_t)32 << 20)

struct budget {
    size_t max_flows;
    size_t recent_packets;
    size_t evidence;                   /* bytes of packets */
    size_t held;                       /* errors that wait */
    size_t input;                      /* bytes for each capture; 0: no limit */
    size_t batches;                    /* of packets between two threads; 1: there is one thread */
    struct fragments_config fragments; /* of ICMP; caps only … */
    struct fragments_config compared;  /* … and of other protocols */
};

/* What lists and counts; empty yet. */
struct trackers {
    struct tally *tally;
    struct hits *hits;
    struct rewritings *rewritings;
    struct stories *stories;
};

/* Shares out config->max_memory; where that is 0, all is as the configuration has it. Lowers the
 * caps of the trackers. -1 where it is less than BUDGET_LEAST, or too little
 * for so many captures. */
int budget_share(struct budget *budget, const struct icmpscope_config *config,
                 const struct trackers *trackers, struct error *error);

#endif
