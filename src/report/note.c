#include "report/note.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/match.h"
#include "report/names.h"
#include "report/phrase.h"

enum { FILE_COLUMNS = 120, QUOTED_ADDRESSES = 1, QUOTED_PORTS = 2 };

/* ---- the pool -------------------------------------------------------------------------------- */

int notes_init(struct notes *notes, uint32_t most)
{
    *notes = (struct notes){.most = most};
    notes->list = calloc((size_t)most + 1, sizeof *notes->list);
    return notes->list != NULL ? 0 : -1;
}

void notes_fini(struct notes *notes)
{
    free(notes->list);
    *notes = (struct notes){0};
}

struct note *notes_get(const struct notes *notes, uint32_t number)
{
    return &notes->list[number];
}

uint32_t notes_add(struct notes *notes, const struct note *note)
{
    uint32_t number = notes->unused;
    if (number != 0)
        notes->unused = notes->list[number].next;
    else if (notes->used < notes->most)
        number = ++notes->used;
    else
        return 0;
    notes->list[number] = *note;
    return number;
}

void notes_drop(struct notes *notes, uint32_t first)
{
    while (first != 0) {
        uint32_t next = notes->list[first].next;
        notes->list[first].next = notes->unused;
        notes->unused = first;
        first = next;
    }
}

/* ---- one ------------------------------------------------------------------------------------- */

static void note_take_quoted(struct note *note, const struct headers *quoted)
{
    if ((quoted->has & HAS_IP) == 0)
        return;
    note->quoted = QUOTED_ADDRESSES;
    note->family = quoted->family;
    note->proto = quoted->proto;
    note->src = quoted->src;
    note->dst = quoted->dst;
    if ((quoted->has & HAS_PORTS) == 0)
        return;
    note->quoted |= QUOTED_PORTS;
    note->src_port = quoted->src_port;
    note->dst_port = quoted->dst_port;
}

struct note note_about(const struct packet *error, const struct verdict *verdict)
{
    struct note note = {.kind = NOTE_ABOUT,
                        .capture = verdict->capture,
                        .frame = verdict->frame,
                        .verdict = verdict->kind,
                        .has = verdict->has,
                        .anomalies = verdict->anomalies,
                        .candidates = verdict->candidates,
                        .rtt_ns = verdict->rtt_ns,
                        .flow_id = verdict->flow_id};
    if ((error->icmp->has & ICMP_HAS_QUOTE) != 0)
        note_take_quoted(&note, match_headers(error, verdict));
    return note;
}

struct note note_by(const struct packet *error)
{
    const struct icmp *icmp = error->icmp;
    return (struct note){.kind = NOTE_BY,
                         .family = icmp->family,
                         .type = icmp->type,
                         .code = icmp->code,
                         .capture = error->capture,
                         .frame = error->frame};
}

/* ---- in words -------------------------------------------------------------------------------- */

static void line_add_file(struct line *line, const struct report *report, uint16_t capture)
{
    const char *name = report_capture_name(report, capture);
    if (name == NULL)
        return;
    line_add(line, " of ");
    line_add_name(line, name, FILE_COLUMNS);
}

/* What a comment is made from. */
struct telling {
    struct line *line;
    const struct report *report;
    const struct note *note;
    uint16_t capture; /* of the packet that the comment is on */
};

/* "frame 2", or, of another capture, "frame 2 of b.pcap" */
static void line_add_frame(const struct telling *telling)
{
    const struct note *note = telling->note;
    line_add(telling->line, "frame %" PRIu64, note->frame);
    if (note->capture != telling->capture)
        line_add_file(telling->line, telling->report, note->capture);
}

/* "UDP 192.0.2.1:40000 > 198.51.100.2:69" */
static void line_add_quoted(struct line *line, const struct note *note)
{
    char name[PROTO_NAME_SIZE];
    enum family family = (enum family)note->family;
    bool ports = (note->quoted & QUOTED_PORTS) != 0;
    line_add(line, "%s ", proto_name(note->proto, name, sizeof name));
    if (ports)
        line_add_endpoint(line, note->src, family, note->src_port);
    else
        line_add_addr(line, note->src, family);
    line_add(line, " > ");
    if (ports)
        line_add_endpoint(line, note->dst, family, note->dst_port);
    else
        line_add_addr(line, note->dst, family);
}

/* "flow 7 (UDP …)", or what is known of it */
static void line_add_flow(struct line *line, const struct note *note)
{
    bool tied = (note->has & VERDICT_HAS_FLOW) != 0;
    if (tied)
        line_add(line, "flow %" PRIu64, note->flow_id);
    if (note->quoted == 0)
        return;
    line_add(line, tied ? " (" : "");
    line_add_quoted(line, note);
    line_add(line, tied ? ")" : "");
}

static void write_trigger(const struct telling *telling)
{
    char span[TIMEFMT_SIZE];
    struct line *line = telling->line;
    const struct note *note = telling->note;
    line_add(line, "about ");
    line_add_frame(telling);
    if ((note->has & VERDICT_HAS_RTT) != 0)
        line_add(line, ", %s earlier", timefmt_span(note->rtt_ns, span, sizeof span));
    else
        line_add(line, ", captured later");
}

/* An error whose packet is not known. */
static void write_flow(struct line *line, const struct note *note)
{
    static const char *const why[VERDICTS] = {
        [VERDICT_FLOW] = ", packet not identified",
        [VERDICT_REVERSE] = ", of which only the other direction is in the capture",
        [VERDICT_NAT] = " after translation, packet not identified",
        [VERDICT_FRAGMENT] = ", fragment not identified",
        [VERDICT_UNMATCHED] = ": no such flow in the capture",
    };
    line_add(line, "about ");
    line_add_flow(line, note);
    if (why[note->verdict] != NULL)
        line_add(line, "%s", why[note->verdict]);
    if ((note->has & VERDICT_HAS_CANDIDATES) == 0)
        return;
    line_add(line, ", one of ");
    line_add_number(line, note->candidates);
}

static void write_anomalies(struct line *line, uint32_t anomalies)
{
    const char *between = "\ndoubtful: ";
    for (unsigned i = 0; i < ANOMALIES; i++) {
        if ((anomalies >> i & 1) == 0)
            continue;
        line_add(line, "%s%s", between, anomaly_names[i]);
        between = ", ";
    }
}

static void write_about(const struct telling *telling)
{
    struct line *line = telling->line;
    const struct note *note = telling->note;
    if ((note->has & VERDICT_HAS_TRIGGER) != 0)
        write_trigger(telling);
    else if (note->verdict == VERDICT_UNKEYED)
        line_add(line, "the quoted packet is too short to name a flow");
    else
        write_flow(line, note);
    line_add(line, ", %s", verdict_names[note->verdict]);
    if ((note->has & VERDICT_HAS_ANOMALIES) != 0)
        write_anomalies(line, note->anomalies);
}

/* "refused by frame 815: 3/3 port unreachable" */
static void write_by(const struct telling *telling)
{
    struct line *line = telling->line;
    const struct note *note = telling->note;
    enum family family = (enum family)note->family;
    const struct phrase *phrase = phrase_get(family, note->type, note->code);
    line_add(line, "%s%s", phrase->what, phrase->who == WHO_BY ? " by " : ", says ");
    line_add_frame(telling);
    line_add(line, ": ");
    line_add_code(line, family, note->type, note->code);
    line_add(line, " ");
    line_add_type(line, family, note->type, note->code);
}

void note_begin(struct line *line, const struct report *report, const struct record *record)
{
    line_init(line);
    line_add(line, "frame %" PRIu64, record->frame);
    line_add_file(line, report, record->capture);
}

void note_write(struct line *line, const struct report *report, const struct record *record,
                const struct note *note)
{
    const struct telling telling = {line, report, note, record->capture};
    line_add(line, "\n");
    if (note->kind == NOTE_ABOUT)
        write_about(&telling);
    else
        write_by(&telling);
}

/* A line that was full may end within a character. */
void note_end(struct line *line)
{
    if (line->used < sizeof line->text - 1)
        return;
    while (line->used > 0 && ((unsigned char)line->text[line->used - 1] & 0xc0) == 0x80)
        line->used--;
    line->used -= line->used > 0;
    line->text[line->used] = '\0';
}
