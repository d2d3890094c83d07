/* The rows of `clock`. */
#include "report/field.h"
#include "report/field_story.h"
#include "track/clock.h"

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "clock", FIELD_KEY(name), .part = PART_STORY, FIELD_MEMBER(struct clock, member), \
        .has = bits, .doc = text                                                                   \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked for the time"),
    FIELD_STORY_DST("who was asked, and answered"),
    ROW("id", id, 0, "identifier of the request"),
    ROW("seq", seq, 0, "sequence number of the request"),
    {.group = "clock",
     FIELD_KEY("rtt_us"),
     .type = FIELD_NS_AS_US,
     .part = PART_STORY,
     .offset = offsetof(struct clock, rtt_ns),
     .doc = "microseconds from the request to its reply, where they were captured"},
    ROW("standard", standard, CLOCK_HAS_STANDARD,
        "whether the reply's times are milliseconds since midnight UTC in network byte order"),
    ROW("byte_swapped", byte_swapped, CLOCK_HAS_STANDARD,
        "whether they surely are in the other byte order, as Windows sends them"),
    ROW("offset_ms", offset_ms, CLOCK_HAS_OFFSET,
        "milliseconds that the clock of dest_ip is ahead of the other: negative where it is "
        "behind, modulo a day"),
    {.group = "clock",
     FIELD_KEY("reference"),
     .type = FIELD_NAME8,
     .part = PART_STORY,
     .offset = offsetof(struct clock, reference),
     .has = CLOCK_HAS_OFFSET,
     FIELD_NAMES(clock_reference_names),
     .doc = "the other clock: requester, that of src_ip; or, where its request tells no time, "
            "capture"},
    ROW("request_pcap_cnt", request_frame, 0, "frame of the request"),
};

const struct field_table fields_clock = FIELD_TABLE(rows);
