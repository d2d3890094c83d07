#include "report/rewritten_list.h"

#include "report/names.h"
#include "report/shape.h"

static const struct shape_row rows[] = {
    {"field", FIELD_ENUM(rewritten_names), .doc = "what was changed", .always = true},
    {"sent_ip", "ip", .doc = "the address as captured"},
    {"quoted_ip", "ip", .doc = "... and as quoted"},
    {"sent", "int", .doc = "the value as captured; of what is set or not 1 or 0"},
    {"quoted", "int", .doc = "... and as quoted"},
    {"consistent", "bool",
     .doc = "of a checksum: whether its change is what the other changes make"},
    {"first_hop", "ip", .doc = "the first hop that quotes it changed"},
    {"first_hop_ttl", "int", .doc = "... and the TTL that reaches it"},
};

const struct shape shape_rewritten = {"rewritten", SHAPE_ROWS(rows)};

static void put_ip(struct writer *writer, const char *key, struct addr addr, uint8_t family)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(writer, key, addr_format(addr, (enum family)family, text, sizeof text));
}

static void put_pair(struct writer *writer, const struct rewritten_pair *pair)
{
    if (pair->sent_family != FAMILY_NONE) {
        put_ip(writer, "sent_ip", pair->sent_ip, pair->sent_family);
        put_ip(writer, "quoted_ip", pair->quoted_ip, pair->quoted_family);
        return;
    }
    if (pair->is_sent)
        writer_unsigned(writer, "sent", pair->sent);
    if (pair->is_quoted)
        writer_unsigned(writer, "quoted", pair->quoted);
}

static void put_first_hop(struct writer *writer, const struct report *report,
                          const struct rewriting_key *key, const struct rewriting *rewriting)
{
    if (rewriting == NULL || !rewriting_is_first(report->rewritings, key, rewriting))
        return;
    put_ip(writer, "first_hop", rewriting->reporter, rewriting->family);
    writer_unsigned(writer, "first_hop_ttl", rewriting->hop);
}

static bool is_checksum(uint32_t field)
{
    return field == REWRITTEN_TCP_CHECKSUM || field == REWRITTEN_UDP_CHECKSUM;
}

static void put_field(struct writer *writer, const struct event *event, const struct report *report,
                      enum rewritten_field field)
{
    const struct verdict *verdict = event->verdict;
    struct rewritten_pair pair = rewritten_get(event->packet, verdict, field);
    writer->ops->object_begin(writer->self, NULL);
    writer_string(writer, "field", rewritten_names[field]);
    put_pair(writer, &pair);
    if (is_checksum(field) && verdict->checksum_fit != CHECKSUM_FIT_UNKNOWN)
        writer->ops->boolean(writer->self, "consistent", verdict->checksum_fit == CHECKSUM_FITS);
    if (report->rewritings != NULL) {
        struct rewriting_key key = rewriting_key_of(event->packet, verdict, field);
        put_first_hop(writer, report, &key, rewritings_get(report->rewritings, &key));
    }
    writer->ops->object_end(writer->self);
}

void rewritten_list_put(struct writer *writer, const char *key, const struct event *event,
                        const struct report *report)
{
    const uint32_t known = (1u << REWRITTEN_FIELDS) - 1;
    if ((event->verdict->rewritten & known) == 0 || event->packet == NULL ||
        event->packet->icmp == NULL)
        return;
    writer->ops->array_begin(writer->self, key);
    for (unsigned i = 0; i < REWRITTEN_FIELDS; i++)
        if ((event->verdict->rewritten >> i & 1) != 0)
            put_field(writer, event, report, (enum rewritten_field)i);
    writer->ops->array_end(writer->self);
}

void rewritten_entry_put(struct writer *writer, const struct report *report,
                         const struct rewriting_key *key, const struct rewriting *rewriting)
{
    char text[PROTO_NAME_SIZE];
    writer_string(writer, "field", rewritten_names[key->field]);
    put_pair(writer, &rewriting->pair);
    if (rewriting->varies)
        writer->ops->boolean(writer->self, "varies", true);
    if (rewriting->is_checksum && rewriting->fits + rewriting->misfits > 0)
        writer->ops->boolean(writer->self, "consistent", rewriting->misfits == 0);
    put_ip(writer, "src_ip", key->path.src, key->path.family);
    put_ip(writer, "dest_ip", key->path.dst, key->path.family);
    writer_string(writer, "proto", proto_name(key->path.proto, text, sizeof text));
    put_first_hop(writer, report, key, rewriting);
    writer_unsigned(writer, "count", rewriting->count);
}
