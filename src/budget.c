#include "budget.h"

#include <stdint.h>

#include "belt.h"
#include "capture/source.h"
#include "flow/fragment_table.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/held.h"

enum {
    MIB = 1 << 20,
    /* The program, its libraries, buffers of the output, and batches of packets: 4.1 MiB were
     * measured with one, and BELT_FEW are 2 MiB. What else there is is so the same for any number
     * of threads, and so is what is told. */
    BASE = 8 * MIB,
    /* Of a flow and its share of the index, with something to spare. */
    FLOW_BYTES = sizeof(struct flow) + 32,
    /* Of a recent packet and what finds it by what translation leaves as it is. */
    PACKET_BYTES = sizeof(struct ring_entry) + sizeof(ring_position) + 16,
    RANK_BYTES = 32,      /* of an entry of a list that is sorted, twice */
    INPUTS_SHARE = 8,     /* an eighth; more where there are many captures, */
    INPUTS_MOST = 2,      /* up to a half */
    HELD_FEW = 256,       /* errors that wait, */
    DATAGRAMS_FEW = 256,  /* and messages in fragments, */
    EVIDENCE_FIXED = MIB, /* for fragments of datagrams, and for the file */
    LITTLE = 64 * MIB,    /* with less than that */
};

/* More than a single capture can make use of: a window of 128 MiB, and a block of a pcapng file. */
static const size_t input_most = (size_t)288 * MIB;

static const size_t evidence_usual = (size_t)64 * MIB;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void budget_unlimited(struct budget *budget, const struct icmpscope_config *config)
{
    *budget = (struct budget){
        .max_flows = config->max_flows,
        .recent_packets = config->recent_packets,
        .evidence = evidence_usual,
        .held = HELD_MAX,
        .batches = config->jobs <= 1        ? 1
                   : config->max_memory > 0 ? BELT_FEW
                                            : BELT_USUAL,
        .fragments = {.max_datagrams = FRAGMENTS_DATAGRAMS, .max_bytes = FRAGMENTS_BYTES},
        .compared = {
            .compare = true, .max_datagrams = COMPARED_DATAGRAMS, .max_bytes = COMPARED_BYTES}};
}

/* Takes `bytes` from what is left. */
static void take(size_t *left, size_t bytes)
{
    *left -= least(bytes, *left);
}

static int share_inputs(struct budget *budget, size_t *left, size_t count, struct error *error)
{
    size_t share = *left / INPUTS_SHARE;
    count += count == 0;
    if (share / count < SOURCE_MEMORY_LEAST)
        share = least(count * SOURCE_MEMORY_LEAST, *left / INPUTS_MOST);
    budget->input = least(share / count, input_most);
    if (budget->input < SOURCE_MEMORY_LEAST)
        return error_set(error, "too little memory for %zu captures at once (--max-memory)", count);
    take(left, budget->input * count);
    return 0;
}

static void fragments_shrink(struct fragments_config *fragments, size_t share, size_t datagrams)
{
    fragments->max_datagrams = least(fragments->max_datagrams, datagrams);
    while (fragments_memory(fragments) > share && fragments->max_bytes > DATAGRAM_MAX)
        fragments->max_bytes /= 2;
}

static void share_fragments(struct budget *budget, size_t *left, bool little)
{
    size_t share = *left / 16;
    fragments_shrink(&budget->fragments, share, little ? DATAGRAMS_FEW : FRAGMENTS_DATAGRAMS);
    fragments_shrink(&budget->compared, share, little ? DATAGRAMS_FEW / 2 : COMPARED_DATAGRAMS);
    take(left, fragments_memory(&budget->fragments));
    take(left, fragments_memory(&budget->compared));
    take(left, fragment_table_memory());
}

/* Each table of the trackers gets the same part of what it may have without a budget. */
static void share_trackers(size_t *left, const struct trackers *trackers)
{
    struct tally *tally = trackers->tally;
    struct hits *hits = trackers->hits;
    struct rewritings *rewritings = trackers->rewritings;
    const struct tally_caps all = {TALLY_MESSAGES_MAX, TALLY_REPORTERS_MAX, TALLY_PAIRS_MAX};
    size_t full = tally_limit(tally, &all) + hits_limit(hits, HITS_MAX, HITS_UNTIED_MAX) +
                  rewritings_limit(rewritings, REWRITING_PATHS_MAX, REWRITING_MAX) +
                  stories_limit(trackers->stories, 1) +
                  (HITS_MAX + TALLY_REPORTERS_MAX + REWRITING_MAX) * (size_t)RANK_BYTES;
    size_t share = *left / 4;
    if (share < full) {
        double part = (double)share / (double)full;
        const struct tally_caps caps = {(size_t)(part * TALLY_MESSAGES_MAX),
                                        (size_t)(part * TALLY_REPORTERS_MAX),
                                        (size_t)(part * TALLY_PAIRS_MAX)};
        tally_limit(tally, &caps);
        hits_limit(hits, (size_t)(part * HITS_MAX), (size_t)(part * HITS_UNTIED_MAX));
        rewritings_limit(rewritings, (size_t)(part * REWRITING_PATHS_MAX),
                         (size_t)(part * REWRITING_MAX));
        stories_limit(trackers->stories, part);
    }
    take(left, least(share, full));
}

static void share_ring(struct budget *budget, size_t *left)
{
    size_t share = *left / 3, size = RING_LEAST;
    while (size < budget->recent_packets && 2 * size <= share / PACKET_BYTES)
        size *= 2;
    budget->recent_packets = size;
    take(left, size * PACKET_BYTES);
}

int budget_share(struct budget *budget, const struct icmpscope_config *config,
                 const struct trackers *trackers, struct error *error)
{
    budget_unlimited(budget, config);
    if (config->max_memory == 0)
        return 0;
    if (config->max_memory < BUDGET_LEAST)
        return error_set(error, "--max-memory: the least that works is %zuM", BUDGET_LEAST / MIB);

    size_t left = config->max_memory - BASE - FLOW_TABLE_FINGERPRINTS * sizeof(uint32_t);
    bool little = config->max_memory < LITTLE;
    if (share_inputs(budget, &left, config->file_count, error) != 0)
        return -1;
    budget->held = little ? HELD_FEW : HELD_MAX;
    take(&left, budget->held * sizeof(struct held_error));
    share_fragments(budget, &left, little);
    if (config->evidence != ICMPSCOPE_EVIDENCE_NONE) {
        budget->evidence = least(evidence_usual, left / 4);
        take(&left, budget->evidence + budget->evidence / 8 + EVIDENCE_FIXED);
    }
    share_trackers(&left, trackers);
    share_ring(budget, &left);
    budget->max_flows = least(config->max_flows, left / FLOW_BYTES);
    return 0;
}
