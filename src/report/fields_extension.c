/* The rows of what an extension of a message holds (RFC 4884), and of a probe (RFC 8335). */
#include "decode/icmp.h"
#include "report/field.h"
#include "report/shape.h"

static const struct icmp_extensions *event_extensions(const struct field_source *from)
{
    return &from->event->packet->icmp->extensions;
}

static void put_integer(struct writer *writer, const char *key, int64_t value)
{
    writer->ops->integer(writer->self, key, value);
}

/* ---- objects -------------------------------------------------------------------------------- */

static const struct shape_row label_rows[] = {
    {"label", "int", "MPLS label", .always = true},
    {"tc", "int", "traffic class", .always = true},
    {"s", "int", "1: bottom of the stack", .always = true},
    {"ttl", "int", "TTL in the label", .always = true},
};

const struct shape shape_label = {"label", SHAPE_ROWS(label_rows)};

static void put_one_label(struct writer *writer, const struct extension_label *label)
{
    writer->ops->object_begin(writer->self, NULL);
    put_integer(writer, "label", label->label);
    put_integer(writer, "tc", label->tc);
    put_integer(writer, "s", label->s);
    put_integer(writer, "ttl", label->ttl);
    writer->ops->object_end(writer->self);
}

static void put_labels(struct writer *writer, const struct extension_object *object)
{
    size_t kept = object->label_count < EXTENSION_LABELS ? object->label_count : EXTENSION_LABELS;
    put_integer(writer, "label_count", object->label_count);
    if (kept == 0)
        return;
    writer->ops->array_begin(writer->self, "labels");
    for (size_t i = 0; i < kept; i++)
        put_one_label(writer, &object->labels[i]);
    writer->ops->array_end(writer->self);
}

static void put_object_ip(struct writer *writer, const struct extension_object *object)
{
    char text[ADDR_TEXT_SIZE];
    enum family family = (enum family)object->family;
    writer_string(writer, "ip", addr_format(object->ip, family, text, sizeof text));
}

static void put_object_name(struct writer *writer, const struct extension_object *object)
{
    writer->ops->text(writer->self, "name", object->name, object->name_size);
    if (object->name_length > object->name_size)
        put_integer(writer, "name_length", object->name_length);
}

/* "02:00:5e:10:00:01", of any length. */
static void put_object_address(struct writer *writer, const struct extension_object *object)
{
    static const char digits[] = "0123456789abcdef";
    char text[EXTENSION_ADDRESS * 3], *to = text;
    put_integer(writer, "address_family", object->afi);
    for (size_t i = 0; i < object->address_size; i++) {
        if (i > 0)
            *to++ = ':';
        *to++ = digits[object->address[i] >> 4];
        *to++ = digits[object->address[i] & 15];
    }
    if (to > text)
        writer->ops->text(writer->self, "address", text, (size_t)(to - text));
}

static void put_unknown(struct writer *writer, const struct extension_object *object)
{
    put_integer(writer, "class", object->class_num);
    put_integer(writer, "ctype", object->ctype);
    put_integer(writer, "length", object->length);
}

static void put_object_members(struct writer *writer, const struct extension_object *object)
{
    if (object->kind == EXTENSION_UNKNOWN)
        put_unknown(writer, object);
    if (object->has & OBJECT_HAS_LABELS)
        put_labels(writer, object);
    if (object->has & OBJECT_HAS_ROLE)
        writer_string(writer, "role", extension_role_names[object->role]);
    if (object->has & OBJECT_HAS_INDEX)
        put_integer(writer, "index", object->index);
    if (object->has & OBJECT_HAS_IP)
        put_object_ip(writer, object);
    if (object->has & OBJECT_HAS_ADDRESS)
        put_object_address(writer, object);
    if (object->has & OBJECT_HAS_NAME)
        put_object_name(writer, object);
    if (object->has & OBJECT_HAS_MTU)
        put_integer(writer, "mtu", object->mtu);
    if (object->has & OBJECT_HAS_POINTER)
        put_integer(writer, "pointer", object->pointer);
    if (object->malformed)
        writer->ops->boolean(writer->self, "malformed", true);
}

static const struct shape_row object_rows[] = {
    {"object", FIELD_ENUM(extension_object_names), .doc = "what it is", .always = true},
    {"class", "int", .doc = "Class-Num, of an object that is not known"},
    {"ctype", "int", .doc = "C-Type, of one that is not known"},
    {"length", "int", .doc = "bytes, of one that is not known"},
    {"label_count", "int", .doc = "labels there are"},
    {"labels", FIELD_OBJECTS(shape_label), .doc = "the first of them, outermost first"},
    {"role", FIELD_ENUM(extension_role_names), .doc = "which interface it is about (RFC 5837)"},
    {"index", "int", .doc = "ifIndex of the interface"},
    {"ip", "ip", .doc = "address of the interface or node"},
    {"address_family", "int", .doc = "of an address that a probe asks about: IANA's number"},
    {"address", "string", .doc = "... its bytes, hexadecimal, with colons"},
    {"name", "string", .doc = "name of the interface or node"},
    {"name_length", "int", .doc = "bytes that the name has, where not all of it is here"},
    {"mtu", "int", .doc = "MTU of the interface in bytes"},
    {"pointer", "int", .doc = "octet at fault, from 0"},
    {"malformed", "bool", .doc = "true: it contradicts itself"},
};

static const struct shape shape_object = {"extension_object", SHAPE_ROWS(object_rows)};

static void put_extensions(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp_extensions *extensions = event_extensions(from);
    if (extensions->count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < extensions->count && i < EXTENSION_OBJECTS; i++) {
        const struct extension_object *object = &extensions->objects[i];
        writer->ops->object_begin(writer->self, NULL);
        writer_string(writer, "object", extension_object_names[object->kind]);
        put_object_members(writer, object);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static void put_anomalies(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_bits(writer, key, event_extensions(from)->anomalies, extension_anomaly_names,
                   EXTENSION_ANOMALIES);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define PROBE_ROW(name, member, bits, text)                                                        \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .part = PART_ICMP, FIELD_MEMBER(struct icmp, member),    \
        .has = bits, .doc = text                                                                   \
    }
#define NAME_ROW(name, member, bits, all, text)                                                    \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .type = FIELD_NAME8, .part = PART_ICMP,                  \
        .offset = offsetof(struct icmp, member), .has = bits, FIELD_NAMES(all), .doc = text        \
    }
#define LIST_ROW(name, bits, function, type_name, text)                                            \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_ICMP, .has = bits,      \
        .call = function, .json_type = type_name, .doc = text                                      \
    }

static const struct field rows[] = {
    PROBE_ROW("local", probe.local, ICMP_HAS_PROBE_LOCAL,
              "of a probe: whether it asks about an interface of the node itself, not a neighbor"),
    PROBE_ROW("active", probe.active, ICMP_HAS_PROBE_REPLY,
              "of a probe's reply: whether the interface is"),
    PROBE_ROW("ipv4", probe.ipv4, ICMP_HAS_PROBE_REPLY, "... and whether IPv4 runs on it"),
    PROBE_ROW("ipv6", probe.ipv6, ICMP_HAS_PROBE_REPLY, "... and whether IPv6 does"),
    NAME_ROW("state", probe.state, ICMP_HAS_PROBE_STATE, icmp_probe_state_names,
             "... of a neighbor: incomplete, reachable, stale, delay, probe, failed (RFC 8335 3)"),
    NAME_ROW("extension_layout", extensions.layout, ICMP_HAS_EXTENSION, extension_layout_names,
             "where the extension stands: rfc4884, or legacy: without a length attribute"),
    NAME_ROW("extension_checksum", extensions.checksum, ICMP_HAS_EXTENSION,
             extension_checksum_names,
             "of the extension: good, bad, absent (not sent), unverified (not all captured)"),
    PROBE_ROW("extension_count", extensions.count, ICMP_HAS_EXTENSION,
              "objects that the extension holds; extensions lists the first 8"),
    LIST_ROW("extensions", ICMP_HAS_EXTENSION, put_extensions, FIELD_OBJECTS(shape_object),
             "objects of the extension: object (mpls, interface, interface_id, "
             "extended_information, node_id, unknown) and what it holds"),
    LIST_ROW("extension_anomalies", ICMP_HAS_EXTENSION_ANOMALY, put_anomalies,
             FIELD_ENUMS(extension_anomaly_names),
             "what is not as RFC 4884 wants it: length_beyond_message, object_too_short, ..."),
};

const struct field_table fields_extension =
    FIELD_TABLE_SOME(rows, PART_ICMP,
                     ICMP_HAS_PROBE_LOCAL | ICMP_HAS_PROBE_REPLY | ICMP_HAS_PROBE_STATE |
                         ICMP_HAS_EXTENSION | ICMP_HAS_EXTENSION_ANOMALY);
