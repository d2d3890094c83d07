/* The rows of `path`. */
#include "match/rewritten.h"
#include "report/field.h"
#include "report/field_story.h"
#include "report/shape.h"
#include "track/path.h"

static const struct path *path_of(const struct field_source *from)
{
    return (const struct path *)(const void *)from->event->story;
}

static void put_integer(struct writer *writer, const char *key, uint64_t value)
{
    writer_unsigned(writer, key, value);
}

/* ---- hops ------------------------------------------------------------------------------------ */

/* A record stays below 8 KiB: its hops share so many bytes, of which each takes some for what it
 * always tells, and the first ones what is left. */
enum { HOPS_BYTES = 6600, HOP_BYTES = 165, SILENT_BYTES = 36 };
enum { TIMES_BYTES = 140, LABEL_BYTES = 50, INTERFACE_BYTES = 330, REWRITTEN_BYTES = 420 };

struct telling {
    struct writer *writer;
    const struct path *path;
    const struct hops *hops;
    size_t left; /* bytes for what can be left out */
    size_t room; /* entries that there is room for … */
    size_t more; /* … and those that there is none for */
    size_t told;
};

static bool telling_takes(struct telling *telling, size_t bytes)
{
    if (telling->left < bytes)
        return false;
    telling->left -= bytes;
    return true;
}

static void put_times(struct telling *telling, const struct hop *hop)
{
    struct writer *writer = telling->writer;
    if (hop->timed == 0 || !telling_takes(telling, TIMES_BYTES))
        return;
    writer->ops->array_begin(writer->self, "rtt_us");
    for (size_t i = 0; i < hop->timed && i < HOP_TIMES; i++)
        put_integer(writer, NULL, hop->rtt_us[i]);
    writer->ops->array_end(writer->self);
    put_integer(writer, "rtt_min_us", hop->min_us);
    put_integer(writer, "rtt_max_us", hop->max_us);
}

static void put_labels(struct telling *telling, const struct hop *hop)
{
    struct writer *writer = telling->writer;
    if (hop->label_count == 0 || !telling_takes(telling, LABEL_BYTES * hop->label_count))
        return;
    writer->ops->array_begin(writer->self, "labels");
    for (size_t i = 0; i < hop->label_count; i++) {
        writer->ops->object_begin(writer->self, NULL);
        put_integer(writer, "label", hop->labels[i].label);
        put_integer(writer, "tc", hop->labels[i].tc);
        put_integer(writer, "s", hop->labels[i].s);
        put_integer(writer, "ttl", hop->labels[i].ttl);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static void put_interface(struct telling *telling, const struct hop *hop)
{
    const struct hop_interface *interface = &hop->interface;
    struct writer *writer = telling->writer;
    char text[ADDR_TEXT_SIZE];
    if (interface->has == 0 || !telling_takes(telling, INTERFACE_BYTES))
        return;
    writer->ops->object_begin(writer->self, "interface");
    writer_string(writer, "role", extension_role_names[interface->role]);
    if ((interface->has & OBJECT_HAS_INDEX) != 0)
        put_integer(writer, "index", interface->index);
    if ((interface->has & OBJECT_HAS_IP) != 0)
        writer_string(
            writer, "ip",
            addr_format(interface->ip, (enum family)interface->family, text, sizeof text));
    if ((interface->has & OBJECT_HAS_NAME) != 0)
        writer->ops->text(writer->self, "name", interface->name, interface->name_size);
    writer->ops->object_end(writer->self);
}

static void put_answer(struct telling *telling, const struct hop *hop)
{
    struct writer *writer = telling->writer;
    char text[ADDR_TEXT_SIZE];
    writer_string(
        writer, "ip",
        addr_format(hop->ip, (enum family)telling->path->story.family, text, sizeof text));
    put_integer(writer, "answers", hop->answers);
    if (hop->timed > 0)
        put_integer(writer, "rtt_avg_us", hop->sum_us / hop->timed);
    put_times(telling, hop);
    if (hop->answer == HOP_UNREACHABLE) {
        put_integer(writer, "icmp_type", hop->type);
        put_integer(writer, "icmp_code", hop->code);
    }
    if (hop->nat)
        writer->ops->boolean(writer->self, "nat", true);
    if (hop->rewritten != 0 && telling_takes(telling, REWRITTEN_BYTES))
        field_put_bits(writer, "rewritten", hop->rewritten, rewritten_names, REWRITTEN_FIELDS);
    put_labels(telling, hop);
    put_interface(telling, hop);
}

/* What was sent and lost is told once for a TTL, and not for those that share place 0. */
static void put_entry(struct telling *telling, size_t place, const struct hop *hop, bool first)
{
    struct writer *writer = telling->writer;
    const struct path *path = telling->path;
    const size_t ttl = place == 0 && hop != NULL ? hop->ttl : place;
    if (telling->told == telling->room)
        return;
    telling->told++;
    writer->ops->object_begin(writer->self, NULL);
    put_integer(writer, "ttl", ttl);
    if (hop != NULL)
        put_answer(telling, hop);
    if (first && ttl == place && path_lost(path, place) > 0 && !path->ordinary)
        put_integer(writer, "lost", path_lost(path, place));
    writer->ops->object_end(writer->self);
}

static void put_ttl(struct telling *telling, size_t place)
{
    const struct path *path = telling->path;
    uint32_t link = path->hops[place];
    bool first = true;
    if (link == 0 && path->sent[place] > 0)
        put_entry(telling, place, NULL, true);
    for (const struct hop *hop; (hop = hops_get(telling->hops, link)) != NULL; link = hop->next) {
        put_entry(telling, place, hop, first);
        first = false;
    }
}

static void telling_reserve(struct telling *telling, size_t bytes)
{
    if (telling->left < bytes) {
        telling->left = 0;
        telling->more++;
        return;
    }
    telling->left -= bytes;
    telling->room++;
}

static void telling_reserve_ttl(struct telling *telling, size_t place)
{
    const struct path *path = telling->path;
    const struct hop *hop = hops_get(telling->hops, path->hops[place]);
    if (hop == NULL && path->sent[place] > 0)
        telling_reserve(telling, SILENT_BYTES);
    for (; hop != NULL; hop = hops_get(telling->hops, hop->next))
        telling_reserve(telling, HOP_BYTES);
}

/* In the order in which hops are told. */
static struct telling telling_of(struct writer *writer, const struct field_source *from)
{
    struct telling telling = {.writer = writer,
                              .path = path_of(from),
                              .hops = &from->report->stories->paths.hops,
                              .left = HOPS_BYTES};
    for (size_t ttl = 1; ttl <= telling.path->end; ttl++)
        telling_reserve_ttl(&telling, ttl);
    telling_reserve_ttl(&telling, 0);
    return telling;
}

static const struct shape_row interface_rows[] = {
    {"role", FIELD_ENUM(extension_role_names), .doc = "which interface of the hop (RFC 5837)"},
    {"index", "int", .doc = "its ifIndex"},
    {"ip", "ip", .doc = "its address"},
    {"name", "string", .doc = "its name"},
};

static const struct shape shape_interface = {"hop_interface", SHAPE_ROWS(interface_rows)};

static const struct shape_row hop_rows[] = {
    {"ttl", "int", "TTL as sent", .always = true},
    {"ip", "ip", .doc = "who answered; absent of a silent hop"},
    {"answers", "int", .doc = "its answers"},
    {"rtt_avg_us", "int", .doc = "mean round-trip time, microseconds"},
    {"rtt_us", "int[]", .doc = "round-trip times of the first 8, microseconds"},
    {"rtt_min_us", "int", .doc = "the shortest of all"},
    {"rtt_max_us", "int", .doc = "the longest of all"},
    {"icmp_type", "int", .doc = "where it refused: type of the error"},
    {"icmp_code", "int", .doc = "... and its code"},
    {"nat", "bool", .doc = "true: its errors quote translated addresses or ports"},
    {"rewritten", FIELD_ENUMS(rewritten_names), .doc = "what its errors quote changed"},
    {"labels", FIELD_OBJECTS(shape_label), .doc = "MPLS labels that the packet had there"},
    {"interface", FIELD_OBJECT(shape_interface), .doc = "interface that it came in by"},
    {"lost", "int", .doc = "probes of this TTL that were not answered"},
};

static const struct shape shape_hop = {"hop", SHAPE_ROWS(hop_rows)};

static void put_hops(struct writer *writer, const char *key, const struct field_source *from)
{
    struct telling telling = telling_of(writer, from);
    writer->ops->array_begin(writer->self, key);
    for (size_t ttl = 1; ttl <= telling.path->end; ttl++)
        put_ttl(&telling, ttl);
    put_ttl(&telling, 0);
    writer->ops->array_end(writer->self);
}

static void put_hops_more(struct writer *writer, const char *key, const struct field_source *from)
{
    struct telling telling = telling_of(writer, from);
    if (telling.more > 0)
        put_integer(writer, key, telling.more);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void put_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_proto(writer, key, path_of(from)->proto);
}

/* The first and the last one. */
static void put_frames(struct writer *writer, const char *key, const struct field_source *from)
{
    writer->ops->array_begin(writer->self, key);
    put_integer(writer, NULL, path_of(from)->first.frame);
    put_integer(writer, NULL, path_of(from)->last.frame);
    writer->ops->array_end(writer->self);
}

#define PATH_ROW(name, member, bits, text)                                                         \
    {                                                                                              \
        .group = "path", FIELD_KEY(name), .part = PART_STORY, FIELD_MEMBER(struct path, member),   \
        .has = bits, .doc = text                                                                   \
    }
#define NAME_ROW(name, member, bits, all, text)                                                    \
    {                                                                                              \
        .group = "path", FIELD_KEY(name), .type = FIELD_NAME8, .part = PART_STORY,                 \
        .offset = offsetof(struct path, member), .has = bits, FIELD_NAMES(all), .doc = text        \
    }
#define TIME_ROW(name, member, text)                                                               \
    {                                                                                              \
        .group = "path", FIELD_KEY(name), .type = FIELD_NS_ISO, .part = PART_STORY,                \
        .offset = offsetof(struct path, member), .doc = text                                       \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who sent the probes; of packets that circle, who sent those"),
    FIELD_STORY_DST("whom they were sent to"),
    {FIELD_KEY("proto"), .type = FIELD_CALL, .part = PART_STORY, .call = put_proto,
     .json_type = FIELD_ALWAYS("string"), .doc = "protocol of the packets"},
    NAME_ROW("method", method, PATH_HAS_METHOD, path_method_names, "udp, tcp or icmp"),
    NAME_ROW("style", style, PATH_HAS_STYLE, path_style_names,
             "classic: the destination port rises with each probe; paris: all have the same ports; "
             "multipath: a few pairs of ports, each with several TTLs"),
    PATH_ROW("reached", reached, PATH_HAS_PROBES, "whether the destination answered"),
    PATH_ROW("destination_ttl", destination_ttl, PATH_HAS_DESTINATION,
             "lowest TTL that the destination answered to: how many hops it is away"),
    PATH_ROW("loop", loop, 0,
             "whether packets circle: routers that answer again and again, or (without reached) "
             "packets whose TTL ought to be enough, and that ran out of it"),
    PATH_ROW("nat", nat, PATH_HAS_NAT, "true: errors quote translated addresses or ports"),
    PATH_ROW("rounds", rounds, PATH_HAS_ROUNDS, "how often the TTL began anew"),
    PATH_ROW("probes", probes, PATH_HAS_PROBES, "probes that were captured, copies left out"),
    PATH_ROW("answers", answers, 0, "answers to them"),
    PATH_ROW("passes", passes, PATH_HAS_PASSES,
             "of packets that circle: how often, at least, one came by where they were captured"),
    TIME_ROW("first", first_ns, "when the first packet of it was seen: UTC, RFC 3339"),
    TIME_ROW("last", last_ns, "when the last one was"),
    {.group = "path",
     FIELD_KEY("frames"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .call = put_frames,
     .json_type = "int[]",
     .doc = "the first and the last frame of it"},
    {.group = "path",
     FIELD_KEY("hops"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .call = put_hops,
     .json_type = FIELD_OBJECTS(shape_hop),
     .doc = "who answered, by TTL as sent: ttl, ip (absent of a silent hop), answers, rtt_us (of "
            "the first 8), rtt_min_us, rtt_avg_us, rtt_max_us, lost (probes of that TTL), labels, "
            "interface, nat, rewritten, icmp_type and icmp_code (where it refused)"},
    {.group = "path",
     FIELD_KEY("hops_more"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .call = put_hops_more,
     .json_type = "int",
     .doc = "how many more there are than a record has room for"},
};

const struct field_table fields_path = FIELD_TABLE(rows);
