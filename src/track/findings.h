/* What the capture shows to be wrong, or worth to know: each with how often, when, and the frames
 * that prove it. Trackers add; when all is read, findings are told, most severe first. */
#ifndef ICMPSCOPE_TRACK_FINDINGS_H
#define ICMPSCOPE_TRACK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "decode/packet.h"
#include "track/sightings.h"
#include "track/story.h"

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITIES };
extern const char *const severity_names[SEVERITIES];

/* FINDING_ERROR_BAD_SOURCE and so on: the rows of findings.def. */
enum finding_name {
#define FINDING(name, NAME, severity, reference, text, advice) FINDING_##NAME,
#include "track/findings.def"
#undef FINDING
    FINDINGS
};

/* A row. In `text` and `advice` {src}, {dst}, {reporter}, {port}, {value}, {limit} and {count}
 * stand for what a finding holds (report/finding_text.h). */
struct finding_type {
    const char *name;
    uint8_t severity;      /* enum severity, unless a finding says otherwise */
    const char *reference; /* RFC sections, or NULL */
    const char *text;      /* what is so, for a person */
    const char *advice;    /* what to do about it */
};
extern const struct finding_type finding_types[FINDINGS];

/* A stranger can make as many subjects as it likes: of each finding so many are kept apart, and the
 * rest counted (findings_more()). */
enum { FINDINGS_EACH = 256, FINDINGS_MAX = 4096 };

/* Whom and what it is about: findings of one name about the same are one. Zero what does not
 * apply, and what sights of one finding differ in. No padding. */
struct finding_about {
    struct addr src;      /* who does it; of errors who sent the packet that is quoted … */
    struct addr dst;      /* … and to whom, or who suffers it */
    struct addr reporter; /* who sent the error, or tells it */
    uint8_t family;       /* of all of them */
    uint8_t proto;        /* of the flow it is about, or 0 */
    uint16_t port;        /* what it is about: a port, a type and code, … */
};

struct finding_key {
    uint32_t name; /* enum finding_name */
    struct finding_about about;
};

struct finding {
    struct story story; /* set when it is told */
    uint32_t name;      /* enum finding_name */
    uint8_t severity;   /* enum severity; who adds may change it */
    uint16_t port;      /* of what it is about … */
    uint8_t proto;      /* … as finding_about has it … */
    struct addr reporter;
    uint64_t value, limit; /* numbers that its text names; set by who adds */
    struct sightings seen;
};

/* Of finding.story.has. */
enum finding_has { FINDING_HAS_REPORTER = 1u << 0, FINDING_HAS_PROTO = 1u << 1 };

/* What was told of a finding the last time. */
struct finding_told {
    uint64_t count, value, limit;
    int64_t last_ns;
    uint8_t severity;
    uint32_t round; /* findings.round when it was still there */
};

struct findings {
    struct map map;  /* struct finding_key → struct finding */
    struct map told; /* struct finding_key → struct finding_told: by findings_is_news() */
    uint32_t round;
    uint32_t kept[FINDINGS];
    uint64_t sights[FINDINGS];   /* of all subjects: only grows … */
    uint64_t reviewed[FINDINGS]; /* … and what they came to in a review, at most */
    struct sightings
        more[FINDINGS]; /* of subjects beyond FINDINGS_EACH, or that found the map full */
};

void findings_init(struct findings *findings, const uint64_t seed[2]);
void findings_fini(struct findings *findings);

/* Makes `copy` one of which trackers can say what they would if all ended now. What was told stays
 * with `findings`. -1 where memory runs out. */
int findings_copy(struct findings *copy, const struct findings *findings);

/* Lowers how many it may have. Returns the bytes that they may take then. */
size_t findings_limit(struct findings *findings, double part);

/* One more sight of it, in `packet`. Returns it, for its value, limit and severity: good until the
 * next is added. NULL where no more are kept apart. */
struct finding *findings_add(struct findings *findings, enum finding_name name,
                             const struct finding_about *about, const struct packet *packet);

/* The same for what was seen before it was sure. */
struct finding *findings_add_seen(struct findings *findings, enum finding_name name,
                                  const struct finding_about *about, const struct sightings *seen);

/* The finding, if there is one. */
struct finding *findings_get(const struct findings *findings, enum finding_name name,
                             const struct finding_about *about);

/* Of an ICMP error: who sent it, and the endpoints of the packet that it quotes. */
struct finding_about finding_about_error(const struct packet *packet);

/* How many of a name there are, and sightings of those that were not kept apart. */
size_t findings_count(const struct findings *findings, enum finding_name name);
const struct sightings *findings_more(const struct findings *findings, enum finding_name name);

/* A review found all this: in `so_far`, a copy. */
void findings_reviewed(struct findings *findings, const struct findings *so_far);

/* How often a finding was seen, of whatever subjects, whether they are kept or not: it only grows,
 * and what only a review can find counts from that on. */
uint64_t findings_sights(const struct findings *findings, enum finding_name name);

/* For lists: the more severe and the more frequent weigh more. Never 0. */
uint64_t finding_weight(const void *finding);

/* What all came to: fills in each finding's story, for the outputs. */
void findings_settle(struct findings *findings);

/* Whether it is not what was told of it before; from now on it is. */
bool findings_is_news(struct findings *findings, const struct finding_key *key,
                      const struct finding *finding);

/* All that there are now were asked for: what was told of others is forgotten. */
void findings_told_all(struct findings *findings);

/* Findings that were not seen for FINDING_DAY_NS leave, so that others find room; where three
 * quarters of those of a name are taken, after FINDING_HOUR_NS. They go on as findings_more(). */
#define FINDING_DAY_NS  (INT64_C(24) * 3600 * 1000000000)
#define FINDING_HOUR_NS (INT64_C(3600) * 1000000000)
void findings_make_room(struct findings *findings, int64_t now_ns);

uint64_t findings_refused(const struct findings *findings);

#endif
