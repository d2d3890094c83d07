/* HEALTH: how far the rest can be trusted. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "report/line.h"
#include "report/table.h"
#include "report/text.h"

/* What may be wrong, and how one and how several of them are told. */
static const struct ailment {
    size_t offset; /* of a counter in struct health */
    const char *one, *many;
} ailments[] = {
    {offsetof(struct health, kernel.dropped),
     "packet came while the kernel's buffer was full, and was not seen: a larger one is -B KIB",
     "packets came while the kernel's buffer was full, and were not seen: a larger one is -B KIB"},
    {offsetof(struct health, kernel.dropped_by_interface),
     "packet was dropped by the interface itself, before the kernel saw it (ethtool -S, -G)",
     "packets were dropped by the interface itself, before the kernel saw them (ethtool -S, -G)"},
    {offsetof(struct health, kernel.lost),
     "time an interface went down or was removed: what passed there meanwhile was not seen",
     "times an interface went down or was removed: what passed there meanwhile was not seen"},
    {offsetof(struct health, bad_checksum), "ICMP message has a bad checksum",
     "ICMP messages have a bad checksum"},
    {offsetof(struct health, unverified_checksum),
     "ICMP checksum could not be verified: not all of the message was captured",
     "ICMP checksums could not be verified: not all of the message was captured"},
    {offsetof(struct health, unassigned), "ICMP message is of a type that IANA has not assigned",
     "ICMP messages are of a type that IANA has not assigned"},
    {offsetof(struct health, truncated), "packet is cut off inside a header",
     "packets are cut off inside a header"},
    {offsetof(struct health, snapped), "packet was captured in part",
     "packets were captured in part"},
    {offsetof(struct health, malformed), "packet has a header that contradicts itself",
     "packets have a header that contradicts itself"},
    {offsetof(struct health, unsupported),
     "packet of a link type or encapsulation that is not decoded",
     "packets of a link type or encapsulation that is not decoded"},
    {offsetof(struct health, time_backwards), "packet is earlier than the one before it",
     "packets are earlier than the one before them"},
    {offsetof(struct health, unfiltered),
     "packet left out: the filter does not compile for its link type",
     "packets left out: the filter does not compile for their link type"},
    {offsetof(struct health, evicted_flows),
     "flow gave way to newer ones: errors about it find nothing (--max-flows)",
     "flows gave way to newer ones: errors about them find nothing (--max-flows)"},
    {offsetof(struct health, hurried_errors),
     "error did not wait for its packet as long as --reorder says: too many did",
     "errors did not wait for their packets as long as --reorder says: too many did"},
    {offsetof(struct health, fragments.incomplete),
     "ICMP message lacks fragments: it is read from its first one, if that came",
     "ICMP messages lack fragments: they are read from their first ones, where these came"},
    {offsetof(struct health, fragments.evicted),
     "of these gave way to others before its time was over",
     "of these gave way to others before their time was over"},
    {offsetof(struct health, fragments.overlaps),
     "fragment of ICMP contradicts what another one brought",
     "fragments of ICMP contradict what others brought"},
    {offsetof(struct health, fragments.oversized),
     "fragment of ICMP reaches beyond the 65,535 bytes of a packet: ping of death",
     "fragments of ICMP reach beyond the 65,535 bytes of a packet: ping of death"},
    {offsetof(struct health, fragments.tiny),
     "first fragment of ICMP holds less than 8 bytes of the message",
     "first fragments of ICMP hold less than 8 bytes of the message"},
    {offsetof(struct health, forgotten_fragments),
     "fragmented packet gave way to newer ones: errors about its later fragments find nothing",
     "fragmented packets gave way to newer ones: errors about later fragments find nothing"},
    {offsetof(struct health, evidence_missed),
     "packet of a flow hit is not in the evidence: its bytes were gone when the error came",
     "packets of flows hit are not in the evidence: their bytes were gone when the error came"},
    {offsetof(struct health, uncounted), "addition found a table full: some counts are too low",
     "additions found a table full: some counts are too low"},
};
enum { AILMENTS = sizeof ailments / sizeof ailments[0] };

/* Those that are there. */
struct ailing {
    size_t count;
    uint64_t numbers[AILMENTS];
    const struct ailment *rows[AILMENTS];
};

static struct ailing ailing_of(const struct report *report)
{
    struct ailing ailing = {0};
    struct health health = report->tally->health;
    health.uncounted = report_uncounted(report);
    for (size_t i = 0; i < AILMENTS; i++) {
        uint64_t number;
        memcpy(&number, (const char *)&health + ailments[i].offset, sizeof number);
        if (number == 0)
            continue;
        ailing.numbers[ailing.count] = number;
        ailing.rows[ailing.count++] = &ailments[i];
    }
    return ailing;
}

static void fill_finding(const void *context, size_t row, struct table_cells *cells)
{
    const struct ailing *ailing = context;
    const struct ailment *ailment = ailing->rows[row];
    struct line line;
    line_init(&line);
    line_add_number(&line, ailing->numbers[row]);
    table_cell_set(cells, 0, &line);
    line_init(&line);
    line_add(&line, "%s", ailing->numbers[row] == 1 ? ailment->one : ailment->many);
    table_cell_set(cells, 1, &line);
}

static bool input_is_bad(const struct input *input)
{
    return input->state == INPUT_UNREADABLE || input->state == INPUT_DAMAGED;
}

static size_t inputs_bad(const struct inputs *inputs)
{
    size_t count = 0;
    for (size_t i = 0; i < inputs->count; i++)
        count += input_is_bad(&inputs->list[i]);
    return count;
}

static void print_inputs(struct page *page, const struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->list[i];
        struct line line;
        if (!input_is_bad(input))
            continue;
        line_init(&line);
        line_add_name(&line, input->path, page->width / 2);
        line_add(&line, ": %s%s", input->error.text,
                 input->state == INPUT_DAMAGED ? "; what stands before that was read" : "");
        page_text(page, 2, line.text);
    }
}

static void print_well(struct page *page, const struct report *report)
{
    const struct tally *tally = report->tally;
    struct line line;
    line_init(&line);
    if (tally->icmp_messages > 0)
        line_add(&line, "all checksums good, ");
    line_add(&line, "nothing truncated, no flow evicted");
    if (report->config->interface_count > 0)
        line_add(&line, ", no packet dropped");
    page_section(page, "HEALTH", line.text);
}

void text_health(struct page *page, const struct report *report)
{
    static const struct table_column columns[] = {{.right = true, .alarm = true},
                                                  {.heading = NULL}};
    struct ailing ailing = ailing_of(report);
    if (ailing.count == 0 && inputs_bad(report->inputs) == 0) {
        if (report->config->verbosity >= 0)
            print_well(page, report);
        return;
    }
    struct table table = {.columns = columns,
                          .column_count = 2,
                          .row_count = ailing.count,
                          .fill = fill_finding,
                          .context = &ailing};
    page_section(page, "HEALTH", NULL);
    print_inputs(page, report->inputs);
    table_print(page, &table);
}
