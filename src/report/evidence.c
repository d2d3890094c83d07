#include "report/evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "decode/fragments.h"
#include "decode/icmp.h"
#include "flow/table.h"
#include "report/backlog.h"
#include "report/note.h"
#include "report/savefile.h"

enum {
    GROUPS = 16384,  /* datagrams whose fragments are put together */
    GROUP_WALK = 64, /* fragments of a datagram that are looked at */
    GROUP_SECONDS = 60,
    NOTES_LISTED = 3, /* errors about one packet */
    NOTES_SHARE = 4,  /* a note for so many slots */
};

/* Fragments of one datagram. A place is taken by whichever came last. */
struct group {
    struct fragment_key key;
    uint32_t newest; /* position */
};

struct evidence {
    struct evidence_config config;
    struct backlog backlog;
    struct notes notes; /* empty but for pcapng */
    struct group *groups;
    struct hash_secret secret;
    uint64_t missed;
    struct savefile file;
};

/* ---- life cycle ------------------------------------------------------------------------------ */

static bool evidence_allocate(struct evidence *evidence)
{
    const struct evidence_config *config = &evidence->config;
    if (backlog_init(&evidence->backlog, config->memory) != 0)
        return false;
    evidence->groups = calloc(GROUPS, sizeof *evidence->groups);
    if (evidence->groups == NULL)
        return false;
    if (config->format != ICMPSCOPE_EVIDENCE_PCAPNG)
        return true;
    return notes_init(&evidence->notes, evidence->backlog.mask / NOTES_SHARE + 2) == 0;
}

struct evidence *evidence_new(const struct evidence_config *config, struct error *error)
{
    struct evidence *evidence = calloc(1, sizeof *evidence);
    if (evidence == NULL) {
        error_set(error, "cannot keep evidence: out of memory");
        return NULL;
    }
    evidence->config = *config;
    hash_secret_init(&evidence->secret, config->report->config->seed);
    savefile_init(&evidence->file, config->format, config->sink, config->report);
    if (evidence_allocate(evidence))
        return evidence;
    error_set(error, "cannot keep evidence: out of memory");
    evidence_free(evidence);
    return NULL;
}

void evidence_free(struct evidence *evidence)
{
    if (evidence == NULL)
        return;
    savefile_fini(&evidence->file);
    notes_fini(&evidence->notes);
    backlog_fini(&evidence->backlog);
    free(evidence->groups);
    free(evidence);
}

/* ---- packets that leave ---------------------------------------------------------------------- */

static void slot_write(struct evidence *evidence, const struct backlog_slot *slot)
{
    const struct record record = backlog_record(&evidence->backlog, slot);
    if (evidence->config.format != ICMPSCOPE_EVIDENCE_PCAPNG) {
        savefile_packet(&evidence->file, &record, NULL);
        return;
    }
    struct line line;
    uint32_t listed = 0;
    note_begin(&line, evidence->config.report, &record);
    for (uint32_t number = slot->notes; number != 0;) {
        const struct note *note = notes_get(&evidence->notes, number);
        note_write(&line, evidence->config.report, &record, note);
        listed += note->kind == NOTE_BY;
        number = note->next;
    }
    if (slot->errors > listed)
        line_add(&line, "\nand by %" PRIu32 " more", slot->errors - listed);
    note_end(&line);
    savefile_packet(&evidence->file, &record, line.text);
}

static void oldest_leaves(struct evidence *evidence)
{
    const struct backlog_slot *slot = backlog_oldest(&evidence->backlog);
    if (slot->wanted)
        slot_write(evidence, slot);
    notes_drop(&evidence->notes, slot->notes);
    backlog_drop_oldest(&evidence->backlog);
}

/* ---- packets that are wanted ----------------------------------------------------------------- */

/* Wants those fragments of a datagram that are not, in the direction of `next`. */
static void siblings_want(struct evidence *evidence, uint32_t position, size_t next)
{
    struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    while (slot != NULL && !slot->wanted) {
        slot->wanted = true;
        memcpy(&position, (const char *)slot + next, sizeof position);
        slot = backlog_get(&evidence->backlog, position);
    }
}

static void slot_want(struct evidence *evidence, struct backlog_slot *slot)
{
    if (slot->wanted)
        return;
    slot->wanted = true;
    siblings_want(evidence, slot->older, offsetof(struct backlog_slot, older));
    siblings_want(evidence, slot->newer, offsetof(struct backlog_slot, newer));
}

void evidence_want(struct evidence *evidence, uint32_t position)
{
    struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    if (slot == NULL) {
        evidence->missed++;
        return;
    }
    slot_want(evidence, slot);
    slot->walked = true;
}

/* Those of a flow, newest first. One that was walked from has none before it that is not wanted:
 * without that, a flood of errors about a busy flow would be quadratic. */
static void flow_want(struct evidence *evidence, const struct flow *flow)
{
    const struct ring *ring = evidence->config.ring;
    ring_position position = flow->newest;
    const struct ring_entry *entry = ring_get(ring, position);
    uint64_t wanted = 0;
    while (entry != NULL) {
        struct backlog_slot *slot = backlog_get(&evidence->backlog, entry->evidence);
        if (slot == NULL || slot->walked)
            break;
        slot_want(evidence, slot);
        slot->walked = true;
        wanted++;
        entry = ring_get_previous(ring, &position);
    }
    uint64_t packets = flow_packets(flow, FLOW_FORWARD) + flow_packets(flow, FLOW_BACKWARD);
    if (!flow->hit && packets > wanted)
        evidence->missed += packets - wanted;
}

/* ---- fragments ------------------------------------------------------------------------------- */

static struct group *group_at(const struct evidence *evidence, const struct fragment_key *key)
{
    uint32_t words[FRAGMENT_KEY_WORDS];
    memcpy(words, key, sizeof words);
    return &evidence->groups[hash_words(&evidence->secret, words, FRAGMENT_KEY_WORDS) % GROUPS];
}

static bool is_fragment(const struct packet *packet)
{
    return (packet->ip.has & HAS_FRAGMENT) != 0 ||
           (packet->icmp != NULL && (packet->icmp->has & ICMP_HAS_FRAGMENTS) != 0);
}

/* An identification is used again after its time. */
static bool is_of_group(const struct backlog_slot *newest, const struct backlog_slot *slot)
{
    const int64_t most = (int64_t)GROUP_SECONDS * NS_PER_S;
    int64_t apart = (int64_t)((uint64_t)slot->time_ns - (uint64_t)newest->time_ns);
    return apart <= most && apart >= -most;
}

static void group_join(struct evidence *evidence, uint32_t position, const struct packet *packet)
{
    const struct fragment_key key = fragment_key_from(&packet->ip, packet->context);
    struct group *group = group_at(evidence, &key);
    struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    struct backlog_slot *newest = backlog_get(&evidence->backlog, group->newest);
    bool known = newest != NULL && memcmp(&group->key, &key, sizeof key) == 0;
    uint32_t older = group->newest;
    *group = (struct group){key, position};
    if (!known || slot == NULL || !is_of_group(newest, slot))
        return;
    slot->older = older;
    newest->newer = position;
    if (newest->wanted)
        slot_want(evidence, slot);
}

/* Position of the fragment of this frame, or 0. */
static uint32_t group_find(const struct evidence *evidence, const struct fragment_key *key,
                           uint16_t capture, uint64_t frame)
{
    const struct group *group = group_at(evidence, key);
    if (memcmp(&group->key, key, sizeof *key) != 0)
        return 0;
    uint32_t position = group->newest;
    const struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    for (int i = 0; i < GROUP_WALK && slot != NULL; i++) {
        if (slot->frame == frame && slot->capture == capture)
            return position;
        position = slot->older;
        slot = backlog_get(&evidence->backlog, position);
    }
    return 0;
}

/* ---- packets as they come -------------------------------------------------------------------- */

uint32_t evidence_add(struct evidence *evidence, const struct record *record,
                      const struct packet *packet)
{
    struct backlog *backlog = &evidence->backlog;
    if (record->cap_length > backlog->size)
        return 0;
    while (!backlog_has_room(backlog, record->cap_length))
        oldest_leaves(evidence);
    uint32_t position = backlog_push(backlog, record);
    if (is_fragment(packet))
        group_join(evidence, position, packet);
    return position;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Where all notes are taken, the oldest packets leave before their time; the one that was to get
 * the note may be among them. */
static void slot_note(struct evidence *evidence, uint32_t position, struct note note)
{
    struct notes *notes = &evidence->notes;
    uint32_t number;
    while ((number = notes_add(notes, &note)) == 0)
        oldest_leaves(evidence);
    struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    if (slot == NULL) {
        notes_drop(notes, number);
        return;
    }
    uint32_t *last = &slot->notes;
    while (*last != 0)
        last = &notes_get(notes, *last)->next;
    *last = number;
}

/* Of the packet that triggered the error, or 0. Later fragments are in no flow's chain. */
static uint32_t trigger_find(const struct evidence *evidence, const struct packet *error,
                             const struct verdict *verdict)
{
    if ((verdict->has & VERDICT_HAS_TRIGGER) == 0)
        return 0;
    if ((verdict->has & VERDICT_HAS_SENT) != 0)
        return verdict->sent.evidence;
    const struct fragment_key key = fragment_key_from(&error->icmp->quote.ip, error->context);
    return group_find(evidence, &key, verdict->capture, verdict->frame);
}

/* Of an error that was given up before it was whole. */
static uint32_t error_find(struct evidence *evidence, const struct packet *error)
{
    const struct fragment_key key = fragment_key_from(&error->ip, error->context);
    uint32_t position = group_find(evidence, &key, error->capture, error->frame);
    evidence_want(evidence, position);
    return position;
}

static void trigger_want(struct evidence *evidence, uint32_t position,
                         const struct verdict *verdict)
{
    struct backlog_slot *slot = backlog_get(&evidence->backlog, position);
    if (slot != NULL)
        slot_want(evidence, slot);
    else if ((verdict->has & (VERDICT_HAS_TRIGGER | VERDICT_HAS_SENT)) == VERDICT_HAS_TRIGGER)
        evidence->missed++; /* a later fragment: no flow counts it */
}

static void notes_write(struct evidence *evidence, uint32_t position, uint32_t trigger,
                        const struct packet *error, const struct verdict *verdict)
{
    if (backlog_get(&evidence->backlog, position) != NULL)
        slot_note(evidence, position, note_about(error, verdict));
    struct backlog_slot *slot = backlog_get(&evidence->backlog, trigger);
    if (slot != NULL && ++slot->errors <= NOTES_LISTED)
        slot_note(evidence, trigger, note_by(error));
}

void evidence_error(struct evidence *evidence, uint32_t position, const struct packet *error,
                    const struct verdict *verdict)
{
    if (position == 0 && (error->icmp->has & ICMP_HAS_FRAGMENTS) != 0 && !error->icmp->complete)
        position = error_find(evidence, error);
    uint32_t trigger = trigger_find(evidence, error, verdict);
    trigger_want(evidence, trigger, verdict);
    if (verdict->flow != NULL)
        flow_want(evidence, verdict->flow);
    if (evidence->config.format == ICMPSCOPE_EVIDENCE_PCAPNG)
        notes_write(evidence, position, trigger, error, verdict);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void complain_of_refused(const struct evidence *evidence)
{
    static const char *const why[] = {
        [ICMPSCOPE_EVIDENCE_PCAP] = "of another link type than the first, and a pcap file has one: "
                                    "give it a name that ends in .pcapng",
        [ICMPSCOPE_EVIDENCE_PCAPNG] = "on interfaces beyond the first 65,536",
    };
    const struct icmpscope_config *config = evidence->config.report->config;
    struct line count;
    struct error line = {""};
    line_init(&count);
    line_add_count(&count, evidence->file.refused, "packet");
    error_set(&line, "the evidence lacks %s %s", count.text, why[evidence->config.format]);
    if (config->complain != NULL)
        config->complain(config->context, line.text);
}

int evidence_finish(struct evidence *evidence, struct health *health)
{
    if (evidence == NULL)
        return 0;
    while (backlog_oldest(&evidence->backlog) != NULL)
        oldest_leaves(evidence);
    int failure = savefile_finish(&evidence->file);
    health->evidence_packets = evidence->file.written;
    health->evidence_missed = evidence->missed;
    if (failure != 0 || evidence->file.refused == 0)
        return failure;
    complain_of_refused(evidence);
    return ENOTSUP;
}
