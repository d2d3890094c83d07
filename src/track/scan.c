#include "track/scan.h"

#include <string.h>

#include "decode/icmp.h"

enum scan_kind { SCAN_SWEEP, SCAN_UDP, SCAN_RECON, SCAN_KINDS };

/* What is found of a subject of each kind. */
static const struct scan_row {
    enum finding_name name;
    uint32_t least; /* objects */
    uint8_t proto;
} rows[SCAN_KINDS] = {
    [SCAN_SWEEP] = {FINDING_HOST_SWEEP, SCAN_SWEEP_HOSTS, 0},
    [SCAN_UDP] = {FINDING_UDP_SCAN, SCAN_UDP_PORTS, PROTO_UDP},
    [SCAN_RECON] = {FINDING_RECON, 1, 0},
};

static struct subject_key key_of(enum scan_kind kind, const struct headers *ip)
{
    struct subject_key key;
    memset(&key, 0, sizeof key);
    key.host = ip->src;
    key.kind = (uint8_t)kind;
    key.family = ip->family;
    return key;
}

static void scans_add(struct scans *scans, const struct subject_key *key, const struct addr *object,
                      const struct packet *packet)
{
    struct counted *subject = distinct_add(&scans->distinct, key, object, packet->time_ns);
    if (subject == NULL)
        return;
    sightings_add(&subject->seen, packet);
    subject->found = subject->most >= rows[key->kind].least;
}

static void scan_gone(void *context, const struct subject_key *key, const struct counted *subject)
{
    struct scans *scans = context;
    const struct scan_row *row = &rows[key->kind];
    struct finding_about about = {
        .src = key->host, .dst = key->other, .family = key->family, .proto = row->proto};
    if (!subject->found)
        return;
    if (key->kind == SCAN_RECON && subject->most == 1)
        about.dst = subject->first;
    struct finding *finding =
        findings_add_seen(scans->track->findings, row->name, &about, &subject->seen);
    if (finding == NULL)
        return;
    finding->limit = row->least;
    if (subject->most > finding->value)
        finding->value = subject->most;
}

/* ---- messages -------------------------------------------------------------------------------- */

static bool is_type(const struct icmp *icmp, uint8_t v4, uint8_t v6)
{
    return icmp->type == (icmp->family == FAMILY_IPV4 ? v4 : v6);
}

static void scans_sweep(struct scans *scans, const struct packet *packet)
{
    const struct subject_key key = key_of(SCAN_SWEEP, &packet->ip);
    if (!addr_is_multicast(&packet->ip.dst, (enum family)packet->ip.family))
        scans_add(scans, &key, &packet->ip.dst, packet);
}

/* Timestamp, information and address mask requests of IPv4. */
static void scans_recon(struct scans *scans, const struct packet *packet)
{
    const struct subject_key key = key_of(SCAN_RECON, &packet->ip);
    scans_add(scans, &key, &packet->ip.dst, packet);
}

/* Probes of traceroute and mtr reach their target with a TTL that is nearly spent; no host sends
 * so low a one else. */
static bool is_probe(const struct headers *quoted)
{
    enum { NEARLY_SPENT = 20 };
    return quoted->ttl < NEARLY_SPENT;
}

/* What comes too late is refused by who has asked for it: a resolver's answers. */
static bool is_answer(const struct sight *sight, const struct headers *quoted)
{
    enum { WELL_KNOWN = 1024 };
    const struct flow *flow = sight->verdict->flow;
    if (flow != NULL && flow->initiator != sight->verdict->direction)
        return true;
    return quoted->src_port < WELL_KNOWN && quoted->dst_port >= WELL_KNOWN;
}

static bool is_traced(const struct scans *scans, const struct subject_key *key, int64_t now_ns)
{
    const struct counted *subject = distinct_get(&scans->distinct, key);
    return subject != NULL && subject->marked &&
           time_between(subject->marked_ns, now_ns) <= scan_window_ns;
}

static void scans_refused(struct scans *scans, const struct sight *sight, struct subject_key *key)
{
    const struct packet *packet = sight->packet;
    const struct headers *quoted = &packet->icmp->quote.ip;
    struct addr port = {{(uint8_t)(quoted->dst_port >> 8), (uint8_t)quoted->dst_port}};
    if (!addr_equal(&packet->ip.src, &quoted->dst) || is_probe(quoted) ||
        is_answer(sight, quoted) || is_traced(scans, key, packet->time_ns))
        return;
    scans_add(scans, key, &port, packet);
}

/* Errors about UDP: refused ports, and the way to them that somebody traces. */
static void scans_error(struct scans *scans, const struct sight *sight)
{
    enum { PORT = 3, PORT_V6 = 4 };
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    if ((icmp->has & ICMP_HAS_QUOTE) == 0 || quoted->proto != PROTO_UDP ||
        (quoted->has & HAS_PORTS) == 0)
        return;
    struct subject_key key = key_of(SCAN_UDP, quoted);
    key.other = quoted->dst;
    if (is_type(icmp, 3, 1) && icmp->code == (icmp->family == FAMILY_IPV4 ? PORT : PORT_V6)) {
        scans_refused(scans, sight, &key);
    } else if (is_type(icmp, 11, 3) && icmp->code == 0) {
        struct counted *subject = distinct_subject(&scans->distinct, &key);
        if (subject == NULL)
            return;
        subject->marked = true;
        subject->marked_ns = packet->time_ns;
    }
}

static void scans_message(void *self, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    if (sight->verdict != NULL)
        scans_error(self, sight);
    else if (is_type(icmp, 8, 128))
        scans_sweep(self, packet);
    else if (icmp->family == FAMILY_IPV4 &&
             (icmp->type == 13 || icmp->type == 15 || icmp->type == 17))
        scans_recon(self, packet);
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void scans_init(void *self, const struct track *track)
{
    struct scans *scans = self;
    scans->track = track;
    distinct_init(&scans->distinct, track->seed, scan_window_ns);
    scans->distinct.gone = scan_gone;
    scans->distinct.context = scans;
}

static void scans_fini(void *self)
{
    struct scans *scans = self;
    distinct_fini(&scans->distinct);
}

static size_t scans_limit(void *self, double part)
{
    struct scans *scans = self;
    return distinct_limit(&scans->distinct, part);
}

static void scans_review(void *self, int64_t now_ns)
{
    struct scans *scans = self;
    (void)now_ns;
    distinct_review(&scans->distinct);
}

static void scans_finish(void *self, int64_t now_ns)
{
    struct scans *scans = self;
    (void)now_ns;
    distinct_finish(&scans->distinct);
}

static uint64_t scans_lost(const void *self)
{
    const struct scans *scans = self;
    return scans->distinct.lost;
}

const struct tracker tracker_scan = {.init = scans_init,
                                     .fini = scans_fini,
                                     .limit = scans_limit,
                                     .messages = TRACKER_ALL,
                                     .message = scans_message,
                                     .review = scans_review,
                                     .finish = scans_finish,
                                     .lost = scans_lost};
