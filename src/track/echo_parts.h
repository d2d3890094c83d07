/* What the files of the echo tracker share: echo.c has requests and their waiting, echo_reply.c
 * replies, echo_record.c the records, echo_findings.c what is found. */
#ifndef ICMPSCOPE_TRACK_ECHO_PARTS_H
#define ICMPSCOPE_TRACK_ECHO_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timefmt.h"
#include "track/echo.h"

#define ECHO_TIMEOUT_NS (ECHO_TIMEOUT_S * (int64_t)NS_PER_S)
#define ECHO_EARLY_NS   (ECHO_EARLY_MS * (int64_t)NS_PER_MS)

/* How an unanswered request was counted, for a late reply to take back. */
enum echo_outcome {
    ECHO_OUTCOME_OPEN,
    ECHO_OUTCOME_LOST,
    ECHO_OUTCOME_ERROR,
    ECHO_OUTCOME_LOW_TTL,
    ECHO_OUTCOME_FORGOTTEN
};

/* Who was asked last with an identifier and sequence number. No padding. */
struct echo_anyone_key {
    struct addr asker;
    uint16_t id, seq;
    uint32_t family;
};

struct echo_anyone {
    struct addr asked;
    uint32_t context;
};

/* A reply, and the packet that it came in, where that is still there. */
struct echo_arrival {
    const struct echo_key *key;
    const struct echo_message *message;
    const struct packet *packet;
};

/* Which counter of a pair an outcome is in. */
uint64_t *echo_outcome_counter(struct echo_pair *pair, enum echo_outcome outcome);

/* Tells of an echo. `wait` is NULL where no request is known, `arrival` where there is no reply. */
void echoes_emit(const struct echoes *echoes, enum echo_status status, const struct echo_key *key,
                 const struct echo_wait *wait, const struct echo_arrival *arrival);

/* ---- what is remembered for findings --------------------------------------------------------- */

enum echo_seen { ECHO_SEEN_LOST, ECHO_SEEN_UNSOLICITED, ECHO_SEEN_ODD };

struct echo_seen_key {
    uint32_t pair; /* its id */
    uint32_t what; /* enum echo_seen */
};

void echo_see_lost(struct echoes *echoes, const struct echo_pair *pair,
                   const struct echo_message *request);
void echo_see(struct echoes *echoes, const struct echo_pair *pair, enum echo_seen what,
              const struct echo_message *message);

/* A host that sends echoes. No padding. */
struct echo_speaker_key {
    struct addr addr;
    uint32_t family;
};

struct echo_speaker {
    bool answered; /* it asked, and was answered */
};

/* NULL where no more are kept. */
struct echo_speaker *echo_speaker_open(struct echoes *echoes, const struct addr *addr,
                                       uint32_t family);

/* Adds what the pairs show to the findings. */
void echo_findings_judge(struct echoes *echoes);

/* Of a run without an end: where room is short, pairs that were not used for longest leave, and
 * what is found of them stays. As in struct tracker. */
void echoes_make_room(void *self, int64_t now_ns);

/* ---- replies --------------------------------------------------------------------------------- */

void echoes_reply(struct echoes *echoes, const struct packet *packet);

/* A request is there: a reply that came just before it is one to it. */
void echoes_take_early_reply(struct echoes *echoes, const struct echo_key *key);

/* The oldest reply that came without a request is taken to have had none; with `due` only where it
 * has waited long enough. False where there is none. */
bool echoes_take_early(struct echoes *echoes, bool due);

/* The same of one that gives way in echoes->early. */
void echoes_early_gone(void *context, const void *key, void *value);

/* The request of an asker that somebody else answers, or that was in another VLAN or tunnel, or
 * NULL. */
struct echo_wait *echo_find_elsewhere(const struct echoes *echoes, const struct echo_key *key);

#endif
