/* The rows of `redirect`. */
#include "decode/icmp.h"
#include "report/field.h"
#include "report/field_story.h"
#include "track/link_neighbors.h"
#include "track/redirect.h"

static const struct redirect *redirect_of(const struct field_source *from)
{
    return (const struct redirect *)(const void *)from->event->story;
}

static void put_code_name(struct writer *writer, const char *key, const struct field_source *from)
{
    enum { IPV4_REDIRECT = 5 };
    const struct redirect *redirect = redirect_of(from);
    enum family family = (enum family)redirect->story.family;
    uint8_t type = family == FAMILY_IPV4 ? IPV4_REDIRECT : ND_REDIRECT;
    writer_string(writer, key, icmp_code_get(family, type, redirect->code)->name);
}

static void put_reasons(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_bits(writer, key, redirect_of(from)->reasons, redirect_reason_names,
                   REDIRECT_REASONS);
}

#define ROW(name, member, text)                                                                    \
    {                                                                                              \
        .group = "redirect", FIELD_KEY(name), .part = PART_STORY,                                  \
        FIELD_MEMBER(struct redirect, member), .doc = text                                         \
    }

#define TIME_ROW(name, kind, member, bits, text)                                                   \
    {                                                                                              \
        .group = "redirect", FIELD_KEY(name), .type = kind, .part = PART_STORY, .has = bits,       \
        .offset = offsetof(struct redirect, member), .doc = text                                   \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who was told"),
    FIELD_STORY_DST("for what destination"),
    {FIELD_KEY("reporter"), .part = PART_STORY, FIELD_MEMBER(struct redirect, reporter),
     .doc = "who told it"},
    ROW("gateway", gateway,
        "what to send it to: the better router, or (IPv6) the destination itself"),
    {.group = "redirect",
     FIELD_KEY("code_name"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .has = REDIRECT_HAS_CODE_NAME,
     .call = put_code_name,
     .json_type = "string",
     .doc = "for a host or a network, and of which type of service"},
    {.group = "redirect",
     FIELD_KEY("outcome"),
     .type = FIELD_NAME8,
     .part = PART_STORY,
     .offset = offsetof(struct redirect, outcome),
     FIELD_NAMES(redirect_outcome_names),
     .doc = "obeyed, ignored or unknown: where the host's packets to the destination went then"},
    {.group = "redirect",
     FIELD_KEY("legitimate"),
     .part = PART_STORY,
     FIELD_MEMBER(struct redirect, legitimate),
     .has = REDIRECT_HAS_LEGITIMATE,
     .doc = "whether it was right to obey it, where that is known"},
    {.group = "redirect",
     FIELD_KEY("reasons"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .has = REDIRECT_HAS_REASONS,
     .call = put_reasons,
     .json_type = FIELD_ENUMS(redirect_reason_names),
     .doc = "why not: the manual explains them"},
    ROW("count", seen.count, "how often it was told"),
    TIME_ROW("first", FIELD_NS_ISO, seen.first_ns, 0, "when it was told first: UTC, RFC 3339"),
    TIME_ROW("last", FIELD_NS_ISO, seen.last_ns, 0, "when it was told last"),
    ROW("packets_old", packets_old,
        "packets of the host to the destination since, to the router that it used before"),
    ROW("packets_new", packets_new, "the same, to the new one"),
    {.group = "redirect",
     FIELD_KEY("obeyed_cnt"),
     .part = PART_STORY,
     FIELD_MEMBER(struct redirect, obeyed_frame),
     .has = REDIRECT_HAS_OBEYED,
     .doc = "frame of the first of these"},
    TIME_ROW("obeyed_after_us", FIELD_NS_AS_US, obeyed_after_ns, REDIRECT_HAS_OBEYED,
             "from the first redirect to that"),
};

const struct field_table fields_redirect = FIELD_TABLE(rows);
