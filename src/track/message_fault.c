#include "track/message_fault.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/rewritten.h"

/* The numbers that a finding's text names. */
struct fault {
    uint64_t value, limit;
};

/* Whom a finding is about: the sender of the message as reporter, the endpoints that it quotes; or
 * who sends the message to whom, with the value as port. */
enum fault_about {
    ABOUT_REPORTER = 1 << 0,
    ABOUT_SRC = 1 << 1,
    ABOUT_DST = 1 << 2,
    ABOUT_ERROR = ABOUT_REPORTER | ABOUT_SRC | ABOUT_DST,
    ABOUT_PACKET = 1 << 3,
};

/* What a message has, without which there is no finding of a row. */
enum trait {
    TRAIT_ANOMALY, /* … of the verdict that the row names */
    TRAIT_QUOTE,   /* an error with a quote, whole and without an extension */
    TRAIT_SENT,    /* its packet is known */
    TRAIT_EXTENSION,
    TRAIT_TYPE, /* one that is not of today */
};

/* A finding that a message shows by itself. */
struct fault_row {
    enum finding_name name;
    uint8_t about;    /* enum fault_about */
    uint8_t trait;    /* enum trait … */
    uint32_t anomaly; /* … and, of the first, 1 << enum anomaly */
    bool (*found)(const struct sight *sight, struct fault *fault);
};

/* ---- what errors are about ------------------------------------------------------------------- */

/* Its verdict says it all. */
static bool is_so(const struct sight *sight, struct fault *fault)
{
    (void)sight, (void)fault;
    return true;
}

/* Of neighbor solicitations :: is the right source (RFC 4862 5.4.2). */
static bool is_duplicate_detection(const struct headers *quoted)
{
    enum { NEIGHBOR_SOLICITATION = 135 };
    return quoted->family == FAMILY_IPV6 && quoted->proto == PROTO_ICMPV6 &&
           (quoted->has & HAS_ICMP_TYPE) != 0 && quoted->icmp_type == NEIGHBOR_SOLICITATION;
}

static bool is_of_bad_source(const struct sight *sight, struct fault *fault)
{
    const struct icmp *icmp = sight->packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    (void)fault;
    if (!icmp_is_error(icmp) || (icmp->has & ICMP_HAS_QUOTE) == 0 || is_duplicate_detection(quoted))
        return false;
    return true;
}

/* A number that was rewritten on the way is known from the packet. */
static bool is_out_of_window(const struct sight *sight, struct fault *fault)
{
    (void)fault;
    return sight->verdict->kind == VERDICT_FLOW;
}

/* ---- how they quote -------------------------------------------------------------------------- */

static bool is_incomplete(const struct icmp *icmp)
{
    return (icmp->has & ICMP_HAS_FRAGMENTS) != 0 && !icmp->complete;
}

/* RFC 792: the IP header and 8 bytes, unless the packet had less. */
static bool is_quote_short_v4(const struct icmp *icmp, struct fault *fault)
{
    enum { QUOTED_BYTES = 8 };
    const struct headers *quoted = &icmp->quote.ip;
    uint32_t due = quoted->header_length + QUOTED_BYTES;
    if (!icmp->quote.length_swapped && quoted->total_length >= quoted->header_length &&
        quoted->total_length < due)
        due = quoted->total_length;
    fault->value = icmp->quote.bytes;
    fault->limit = due;
    return icmp->quote.bytes < due;
}

/* RFC 4443 2.4(c): as much as makes a packet of 1280 bytes; some round that down. */
static bool is_quote_short_v6(const struct packet *packet, struct fault *fault)
{
    enum { MINIMUM_MTU = 1280, ROUNDED = 8 };
    const struct icmp *icmp = packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    uint32_t room =
        MINIMUM_MTU > packet->ip.total_length ? MINIMUM_MTU - packet->ip.total_length : 0;
    uint32_t due = icmp->quote.bytes + room;
    fault->value = icmp->quote.bytes;
    fault->limit = due < quoted->total_length ? due : quoted->total_length;
    return quoted->total_length > quoted->header_length && room >= ROUNDED &&
           icmp->quote.bytes < quoted->total_length;
}

/* With an extension a quote is cut and padded as RFC 4884 4 has it. */
static bool has_whole_quote(const struct icmp *icmp)
{
    return (icmp->has & (ICMP_HAS_QUOTE | ICMP_HAS_EXTENSION)) == ICMP_HAS_QUOTE &&
           !is_incomplete(icmp) && icmp_is_error(icmp);
}

static bool is_quote_short(const struct sight *sight, struct fault *fault)
{
    const struct packet *packet = sight->packet;
    if (packet->icmp->family == FAMILY_IPV4)
        return is_quote_short_v4(packet->icmp, fault);
    return is_quote_short_v6(packet, fault);
}

/* A checksum that follows from what else was rewritten is no news; nor is what the reporter and all
 * others on the path say again. */
static bool is_rewritten(const struct sight *sight, struct fault *fault)
{
    const uint32_t checksums = 1u << REWRITTEN_TCP_CHECKSUM | 1u << REWRITTEN_UDP_CHECKSUM;
    const struct verdict *verdict = sight->verdict;
    (void)fault;
    return (verdict->rewritten & ~checksums) != 0 ||
           ((verdict->rewritten & checksums) != 0 && verdict->checksum_fit == CHECKSUM_MISFITS);
}

/* The length attribute may count octets, as some routers have it, and may be what older ones left
 * in a field that they did not use. */
static bool is_extension_invalid(const struct sight *sight, struct fault *fault)
{
    const struct icmp *icmp = sight->packet->icmp;
    uint16_t tolerated = 1u << EXTENSION_LENGTH_IN_OCTETS | 1u << EXTENSION_LENGTH_WITHOUT;
    (void)fault;
    if (is_incomplete(icmp))
        return false;
    if ((icmp->has & ICMP_HAS_EXTENSION) != 0 &&
        icmp->extensions.checksum == EXTENSION_CHECKSUM_BAD)
        return true;
    /* Where the checksum proves the legacy layout, the length is older than RFC 4884. */
    if (icmp->extensions.layout == EXTENSION_LEGACY)
        tolerated |= 1u << EXTENSION_LENGTH_BEYOND_MESSAGE;
    return (icmp->has & ICMP_HAS_EXTENSION_ANOMALY) != 0 &&
           (icmp->extensions.anomalies & (uint16_t)~tolerated) != 0;
}

/* ---- types ----------------------------------------------------------------------------------- */

static bool has_status(const struct sight *sight, struct fault *fault, enum icmp_status status)
{
    const struct icmp *icmp = sight->packet->icmp;
    fault->value = icmp->type;
    return icmp_type_get((enum family)icmp->family, icmp->type)->status == status;
}

static bool is_deprecated(const struct sight *sight, struct fault *fault)
{
    return has_status(sight, fault, ICMP_DEPRECATED);
}

static bool is_unassigned(const struct sight *sight, struct fault *fault)
{
    return has_status(sight, fault, ICMP_UNASSIGNED);
}

static bool is_security_failure(const struct sight *sight, struct fault *fault)
{
    enum { PHOTURIS = 40, CODE_MAX = 5 };
    const struct icmp *icmp = sight->packet->icmp;
    fault->value = icmp->code;
    return icmp->family == FAMILY_IPV4 && icmp->type == PHOTURIS && icmp->code <= CODE_MAX;
}

#define NEEDS(anomaly) 1u << ANOMALY_##anomaly

static const struct fault_row rows[] = {
    {FINDING_ERROR_ABOUT_ICMP_ERROR, ABOUT_ERROR, TRAIT_ANOMALY, NEEDS(ERROR_ABOUT_ERROR), is_so},
    {FINDING_ERROR_ABOUT_MULTICAST, ABOUT_ERROR, TRAIT_ANOMALY, NEEDS(ABOUT_MULTICAST), is_so},
    {FINDING_ERROR_ABOUT_LATER_FRAGMENT, ABOUT_REPORTER | ABOUT_SRC, TRAIT_ANOMALY,
     NEEDS(ABOUT_LATER_FRAGMENT), is_so},
    {FINDING_ERROR_BAD_SOURCE, ABOUT_REPORTER | ABOUT_SRC, TRAIT_ANOMALY,
     NEEDS(QUOTED_SOURCE_NOT_HOST), is_of_bad_source},
    {FINDING_TCP_SEQ_OUT_OF_WINDOW, ABOUT_ERROR, TRAIT_ANOMALY, NEEDS(SEQ_OUT_OF_WINDOW),
     is_out_of_window},
    {FINDING_QUOTE_TOO_SHORT, ABOUT_REPORTER, TRAIT_QUOTE, 0, is_quote_short},
    {FINDING_QUOTE_REWRITTEN, ABOUT_SRC | ABOUT_DST, TRAIT_SENT, 0, is_rewritten},
    {FINDING_EXTENSION_INVALID, ABOUT_REPORTER, TRAIT_EXTENSION, 0, is_extension_invalid},
    {FINDING_DEPRECATED_TYPE, ABOUT_PACKET, TRAIT_TYPE, 0, is_deprecated},
    {FINDING_UNASSIGNED_TYPE, ABOUT_PACKET, TRAIT_TYPE, 0, is_unassigned},
    {FINDING_PHOTURIS_FAILURE, ABOUT_PACKET, TRAIT_TYPE, 0, is_security_failure},
};

static struct finding_about about_of(const struct fault_row *row, const struct fault *fault,
                                     const struct packet *packet)
{
    static const struct addr none;
    if (row->about == ABOUT_PACKET)
        return (struct finding_about){.src = packet->ip.src,
                                      .dst = packet->ip.dst,
                                      .family = packet->ip.family,
                                      .port = (uint16_t)fault->value};
    struct finding_about about = finding_about_error(packet);
    if ((row->about & ABOUT_REPORTER) == 0)
        about.reporter = none;
    if ((row->about & ABOUT_SRC) == 0)
        about.src = none;
    if ((row->about & ABOUT_DST) == 0)
        about.dst = none;
    return about;
}

/* A bit for each enum trait. Most messages have the quote, and no other. */
static unsigned traits_of(const struct sight *sight)
{
    const struct icmp *icmp = sight->packet->icmp;
    const struct verdict *verdict = sight->verdict;
    const bool judged = verdict != NULL;
    const bool current =
        icmp_type_get((enum family)icmp->family, icmp->type)->status == ICMP_CURRENT;
    const bool extended = (icmp->has & (ICMP_HAS_EXTENSION | ICMP_HAS_EXTENSION_ANOMALY)) != 0;
    return (unsigned)(judged && verdict->anomalies != 0) << TRAIT_ANOMALY |
           (unsigned)has_whole_quote(icmp) << TRAIT_QUOTE |
           (unsigned)(judged && (verdict->has & VERDICT_HAS_SENT) != 0) << TRAIT_SENT |
           (unsigned)extended << TRAIT_EXTENSION | (unsigned)!current << TRAIT_TYPE;
}

static void fault_check(struct message_faults *faults, const struct fault_row *row,
                        const struct sight *sight)
{
    struct fault fault = {0, 0};
    if ((row->anomaly != 0 && (row->anomaly & sight->verdict->anomalies) == 0) ||
        !row->found(sight, &fault))
        return;
    const struct finding_about about = about_of(row, &fault, sight->packet);
    struct finding *finding =
        findings_add(faults->track->findings, row->name, &about, sight->packet);
    if (finding == NULL)
        return;
    finding->value = fault.value;
    finding->limit = fault.limit;
}

static void message_check(struct message_faults *faults, const struct sight *sight)
{
    const unsigned traits = traits_of(sight);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((traits >> rows[i].trait & 1) != 0)
            fault_check(faults, &rows[i], sight);
}

/* ---- source quench --------------------------------------------------------------------------- */

struct quench_key {
    struct addr reporter, host;
};

struct quench {
    int64_t since_ns;
    uint32_t count; /* since then */
};

static bool quench_bursts(struct quench *quench, int64_t now_ns)
{
    int64_t age = time_between(quench->since_ns, now_ns);
    if (quench->count == 0 || age < 0 || age > (int64_t)QUENCH_BURST_S * NS_PER_S)
        *quench = (struct quench){.since_ns = now_ns};
    return ++quench->count >= QUENCH_BURST;
}

static void message_quench(struct message_faults *faults, const struct packet *packet)
{
    enum { SOURCE_QUENCH = 4 };
    if (packet->icmp->family != FAMILY_IPV4 || packet->icmp->type != SOURCE_QUENCH)
        return;
    const struct quench_key key = {packet->ip.src, packet->ip.dst};
    const struct finding_about about = {
        .reporter = packet->ip.src, .dst = packet->ip.dst, .family = FAMILY_IPV4};
    struct finding *finding =
        findings_add(faults->track->findings, FINDING_SOURCE_QUENCH, &about, packet);
    struct quench *quench = cache_add(&faults->quenches, &key, NULL);
    if (finding != NULL && quench != NULL && quench_bursts(quench, packet->time_ns))
        finding->severity = SEVERITY_MEDIUM;
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void faults_init(void *self, const struct track *track)
{
    struct message_faults *faults = self;
    *faults = (struct message_faults){.track = track};
    cache_init(&faults->quenches, &(struct cache_config){.key_size = sizeof(struct quench_key),
                                                         .value_size = sizeof(struct quench),
                                                         .max = QUENCH_PAIRS,
                                                         .seed = {track->seed[0], track->seed[1]}});
}

static void faults_fini(void *self)
{
    struct message_faults *faults = self;
    cache_fini(&faults->quenches);
}

static size_t faults_limit(void *self, double part)
{
    struct message_faults *faults = self;
    cache_limit(&faults->quenches, (size_t)(part * QUENCH_PAIRS));
    return cache_memory(&faults->quenches.config);
}

static void faults_message(void *self, const struct sight *sight)
{
    struct message_faults *faults = self;
    message_check(faults, sight);
    message_quench(faults, sight->packet);
}

static uint64_t faults_lost(const void *self)
{
    return ((const struct message_faults *)self)->quenches.evicted;
}

const struct tracker tracker_message_fault = {.init = faults_init,
                                              .fini = faults_fini,
                                              .limit = faults_limit,
                                              .messages = TRACKER_ALL,
                                              .message = faults_message,
                                              .lost = faults_lost};
