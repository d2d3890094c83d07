#include "track/findings.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"

const char *const severity_names[SEVERITIES] = {[SEVERITY_INFO] = "info",
                                                [SEVERITY_LOW] = "low",
                                                [SEVERITY_MEDIUM] = "medium",
                                                [SEVERITY_HIGH] = "high"};

const struct finding_type finding_types[FINDINGS] = {
#define FINDING(name, NAME, severity, reference, text, advice)                                     \
    [FINDING_##NAME] = {#name, SEVERITY_##severity, reference, text, advice},
#include "track/findings.def"
#undef FINDING
};

static struct map_config findings_config(const uint64_t seed[2], size_t value_size)
{
    return (struct map_config){.key_size = sizeof(struct finding_key),
                               .value_size = value_size,
                               .max = FINDINGS_MAX,
                               .seed = {seed[0], seed[1]}};
}

void findings_init(struct findings *findings, const uint64_t seed[2])
{
    memset(findings, 0, sizeof *findings);
    const struct map_config config = findings_config(seed, sizeof(struct finding));
    const struct map_config told = findings_config(seed, sizeof(struct finding_told));
    map_init(&findings->map, &config);
    map_init(&findings->told, &told);
}

int findings_copy(struct findings *copy, const struct findings *findings)
{
    *copy = *findings;
    copy->told = (struct map){0};
    return map_copy(&copy->map, &findings->map);
}

void findings_fini(struct findings *findings)
{
    map_fini(&findings->map);
    map_fini(&findings->told);
}

size_t findings_limit(struct findings *findings, double part)
{
    map_limit(&findings->map, (size_t)(part * FINDINGS_MAX));
    map_limit(&findings->told, (size_t)(part * FINDINGS_MAX));
    return map_memory(&findings->map.config) + map_memory(&findings->told.config);
}

static struct finding_key key_of(enum finding_name name, const struct finding_about *about)
{
    struct finding_key key;
    memset(&key, 0, sizeof key);
    key.name = (uint32_t)name;
    key.about = *about;
    return key;
}

static struct finding *finding_open(struct findings *findings, const struct finding_key *key)
{
    struct finding *finding = map_get(&findings->map, key);
    if (finding != NULL || findings->kept[key->name] >= FINDINGS_EACH)
        return finding;
    finding = map_add(&findings->map, key, NULL);
    if (finding == NULL)
        return NULL;
    findings->kept[key->name]++;
    finding->name = key->name;
    finding->severity = finding_types[key->name].severity;
    finding->port = key->about.port;
    finding->proto = key->about.proto;
    finding->reporter = key->about.reporter;
    return finding;
}

struct finding *findings_add_seen(struct findings *findings, enum finding_name name,
                                  const struct finding_about *about, const struct sightings *seen)
{
    const struct finding_key key = key_of(name, about);
    struct finding *finding = finding_open(findings, &key);
    findings->sights[name] += seen->count;
    sightings_merge(finding != NULL ? &finding->seen : &findings->more[name], seen);
    return finding;
}

struct finding *findings_add(struct findings *findings, enum finding_name name,
                             const struct finding_about *about, const struct packet *packet)
{
    const struct finding_key key = key_of(name, about);
    struct finding *finding = finding_open(findings, &key);
    findings->sights[name]++;
    sightings_add(finding != NULL ? &finding->seen : &findings->more[name], packet);
    return finding;
}

struct finding *findings_get(const struct findings *findings, enum finding_name name,
                             const struct finding_about *about)
{
    const struct finding_key key = key_of(name, about);
    return map_get(&findings->map, &key);
}

size_t findings_count(const struct findings *findings, enum finding_name name)
{
    return findings->kept[name];
}

const struct sightings *findings_more(const struct findings *findings, enum finding_name name)
{
    return &findings->more[name];
}

void findings_reviewed(struct findings *findings, const struct findings *so_far)
{
    for (size_t i = 0; i < FINDINGS; i++)
        if (so_far->sights[i] > findings->reviewed[i])
            findings->reviewed[i] = so_far->sights[i];
}

uint64_t findings_sights(const struct findings *findings, enum finding_name name)
{
    const uint64_t seen = findings->sights[name], reviewed = findings->reviewed[name];
    return seen > reviewed ? seen : reviewed;
}

uint64_t finding_weight(const void *value)
{
    const struct finding *finding = value;
    const uint64_t most = ((uint64_t)1 << 48) - 1;
    uint64_t count = finding->seen.count < most ? finding->seen.count : most;
    return ((uint64_t)finding->severity << 48 | count) + 1;
}

static uint32_t has_addr(const struct addr *addr, uint32_t bit)
{
    return addr_is_unspecified(addr) ? 0 : bit;
}

static void finding_settle(struct finding *finding, const struct finding_about *about)
{
    uint32_t has = about->proto != 0 ? FINDING_HAS_PROTO : 0;
    if (about->family != FAMILY_NONE)
        has |= has_addr(&about->src, STORY_HAS_SRC) | has_addr(&about->dst, STORY_HAS_DST) |
               has_addr(&about->reporter, FINDING_HAS_REPORTER);
    sightings_sort(&finding->seen);
    finding->story =
        (struct story){.has = has, .family = about->family, .src = about->src, .dst = about->dst};
}

void findings_settle(struct findings *findings)
{
    for (size_t i = 0; i < findings->map.count; i++) {
        const struct finding_key *key = map_key_at(&findings->map, i);
        finding_settle(map_value_at(&findings->map, i), &key->about);
    }
}

/* ---- told while it runs ---------------------------------------------------------------------- */

/* Without room it is told again each time. */
bool findings_is_news(struct findings *findings, const struct finding_key *key,
                      const struct finding *finding)
{
    bool fresh;
    struct finding_told *told = map_add(&findings->told, key, &fresh);
    const struct finding_told now = {.count = finding->seen.count,
                                     .value = finding->value,
                                     .limit = finding->limit,
                                     .last_ns = finding->seen.last_ns,
                                     .severity = finding->severity,
                                     .round = findings->round};
    if (told == NULL)
        return true;
    const struct finding_told before = *told;
    *told = now;
    return fresh || before.count != now.count || before.value != now.value ||
           before.limit != now.limit || before.last_ns != now.last_ns ||
           before.severity != now.severity;
}

static bool told_is_past(void *context, const void *key, void *value)
{
    const struct findings *findings = context;
    (void)key;
    return ((const struct finding_told *)value)->round != findings->round;
}

void findings_told_all(struct findings *findings)
{
    map_prune(&findings->told, told_is_past, findings);
    findings->round++;
}

struct leaving {
    struct findings *findings;
    int64_t now_ns;
    bool crowded[FINDINGS];
};

static bool finding_leaves(void *context, const void *key, void *value)
{
    struct leaving *leaving = context;
    struct findings *findings = leaving->findings;
    struct finding *finding = value;
    const int64_t stay_ns = leaving->crowded[finding->name] ? FINDING_HOUR_NS : FINDING_DAY_NS;
    (void)key;
    if (time_between(finding->seen.last_ns, leaving->now_ns) < stay_ns)
        return false;
    sightings_merge(&findings->more[finding->name], &finding->seen);
    findings->kept[finding->name]--;
    return true;
}

void findings_make_room(struct findings *findings, int64_t now_ns)
{
    struct leaving leaving = {.findings = findings, .now_ns = now_ns};
    bool crowded = findings->map.count >= findings->map.config.max / 4 * 3;
    for (size_t i = 0; i < FINDINGS; i++)
        leaving.crowded[i] = crowded || findings->kept[i] >= FINDINGS_EACH / 4 * 3;
    map_prune(&findings->map, finding_leaves, &leaving);
}

struct finding_about finding_about_error(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    struct finding_about about = {.reporter = packet->ip.src, .family = packet->ip.family};
    if ((icmp->has & ICMP_HAS_QUOTE) == 0 || quoted->family != packet->ip.family)
        return about;
    about.src = quoted->src;
    about.dst = quoted->dst;
    return about;
}

/* Those beyond FINDINGS_EACH are told with their name, and miss nothing. */
uint64_t findings_refused(const struct findings *findings)
{
    return findings->map.refused;
}
