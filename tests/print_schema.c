/* Prints doc/icmpscope.schema.json: the field table, and the shapes of what its calls write, as a
 * JSON Schema (draft 2020-12). `make regenerate-goldens` writes it; tests/test_schema.py holds the
 * committed file to it. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/document.h"
#include "report/field.h"
#include "report/member.h"
#include "report/shape.h"

struct schema {
    json_t *root, *defs;
};

/* One member on its way into an object's schema. */
struct property {
    const char *key, *type, *doc;
    const char *const *names;
    size_t name_count;
    const struct shape *shape;
    bool always;
    bool bounded; /* an integer from low to high */
    json_int_t low, high;
};

static json_t *checked(json_t *value)
{
    if (value == NULL)
        exit(EXIT_FAILURE);
    return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        exit(EXIT_FAILURE);
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        exit(EXIT_FAILURE);
}

static json_t *object_new(void)
{
    return checked(json_pack("{s:s,s:{},s:[],s:b}", "type", "object", "properties", "required",
                             "additionalProperties", 0));
}

static void object_require(json_t *object, const char *key)
{
    append(json_object_get(object, "required"), json_string(key));
}

static json_t *reference(const char *name)
{
    return checked(json_sprintf("#/$defs/%s", name));
}

static void shape_define(const struct schema *schema, const struct shape *shape);

/* ---- one member ------------------------------------------------------------------------------ */

/* NULL stands for none, and is left out of records. */
static json_t *enum_of(const struct property *property)
{
    json_t *list = checked(json_array());
    for (size_t i = 0; i < property->name_count; i++)
        if (property->names[i] != NULL && property->names[i][0] != '\0')
            append(list, json_string(property->names[i]));
    return list;
}

static bool names_are_whole(const struct property *property)
{
    for (size_t i = 0; i < property->name_count; i++)
        if (property->names[i] == NULL || property->names[i][0] == '\0')
            return false;
    return true;
}

static void put_scalar(const struct schema *schema, json_t *value, const struct property *property,
                       const char *type)
{
    static const char *const types[][2] = {{"int", "integer"},
                                           {"float", "number"},
                                           {"number", "number"},
                                           {"bool", "boolean"},
                                           {"object", "object"}};
    if (strcmp(type, "ip") == 0 || strcmp(type, "time") == 0) {
        put(value, "$ref", reference(type));
        return;
    }
    if (property->shape != NULL) {
        shape_define(schema, property->shape);
        put(value, "$ref", reference(property->shape->name));
        return;
    }
    const char *json = "string";
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i][0]) == 0)
            json = types[i][1];
    put(value, "type", json_string(json));
    if (property->names != NULL)
        put(value, "enum", enum_of(property));
    if (property->bounded) {
        put(value, "minimum", json_integer(property->low));
        put(value, "maximum", json_integer(property->high));
    }
}

static json_t *property_new(const struct schema *schema, const struct property *property)
{
    char type[32];
    json_t *value = checked(json_object());
    snprintf(type, sizeof type, "%s", property->type);
    char *list = strstr(type, "[]");
    put(value, "description", json_string(property->doc));
    if (list == NULL) {
        put_scalar(schema, value, property, type);
        return value;
    }
    *list = '\0';
    json_t *items = checked(json_object());
    put_scalar(schema, items, property, type);
    put(value, "type", json_string("array"));
    put(value, "items", items);
    return value;
}

/* The same key in rows that exclude each other, as of both families: it means either. */
static void property_join(json_t *before, const struct property *property)
{
    const char *doc = json_string_value(json_object_get(before, "description"));
    json_t *low = json_object_get(before, "minimum"), *high = json_object_get(before, "maximum");
    if (property->bounded && json_integer_value(low) > property->low)
        put(before, "minimum", json_integer(property->low));
    if (property->bounded && json_integer_value(high) < property->high)
        put(before, "maximum", json_integer(property->high));
    if (strstr(doc, property->doc) == NULL)
        put(before, "description", json_sprintf("%s; or: %s", doc, property->doc));
}

static void object_add(const struct schema *schema, json_t *object, const struct property *property)
{
    json_t *properties = json_object_get(object, "properties");
    json_t *before = json_object_get(properties, property->key);
    if (before != NULL) {
        property_join(before, property);
        return;
    }
    put(properties, property->key, property_new(schema, property));
    if (property->always)
        object_require(object, property->key);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool field_stands_always(const struct field *field)
{
    const struct property names = {.names = field->names, .name_count = field->name_count};
    if (field->type == FIELD_CALL || field->type == FIELD_SHORT)
        return field->always;
    return field->has == 0 && field->family == FAMILY_NONE && field->part != PART_ICMP_V4 &&
           field->part != PART_ICMP_V6 && field->type != FIELD_REAL && names_are_whole(&names);
}

static struct property field_property(const struct field *field)
{
    static const struct {
        const char *type;
        json_int_t low, high;
    } kinds[FIELD_TYPES] = {
        [FIELD_U8] = {NULL, 0, UINT8_MAX},
        [FIELD_U16] = {NULL, 0, UINT16_MAX},
        [FIELD_U32] = {NULL, 0, UINT32_MAX},
        [FIELD_U64] = {NULL, 0, INT64_MAX},
        [FIELD_I32] = {NULL, INT32_MIN, INT32_MAX},
        [FIELD_IP] = {"ip", 0, 0},
        [FIELD_NS_ISO] = {"time", 0, 0},
    };
    const char *type = kinds[field->type].type;
    return (struct property){.key = field->key,
                             .type = type != NULL ? type : field_json_type(field),
                             .doc = field->doc,
                             .names = field->names,
                             .name_count = field->name_count,
                             .shape = field->shape,
                             .always = field_stands_always(field),
                             .bounded = kinds[field->type].high != 0,
                             .low = kinds[field->type].low,
                             .high = kinds[field->type].high};
}

static struct property member_property(const struct member *member)
{
    static const struct {
        const char *type;
        json_int_t high;
    } kinds[] = {
        [MEMBER_U8] = {"int", UINT8_MAX},   [MEMBER_U16] = {"int", UINT16_MAX},
        [MEMBER_U32] = {"int", UINT32_MAX}, [MEMBER_U64] = {"int", INT64_MAX},
        [MEMBER_BOOL] = {"bool", 0},        [MEMBER_IP] = {"ip", 0},
        [MEMBER_SET8] = {"int", UINT8_MAX}, [MEMBER_NAME8] = {"string", 0},
        [MEMBER_HEX] = {"string", 0},       [MEMBER_LINK] = {"string", 0},
        [MEMBER_TEXT] = {"string", 0},      [MEMBER_DOMAIN] = {"string", 0},
        [MEMBER_DOMAINS] = {"string[]", 0}, [MEMBER_IPS] = {"ip[]", 0},
    };
    return (struct property){.key = member->key,
                             .type = kinds[member->kind].type,
                             .doc = member->doc,
                             .names = member->names,
                             .name_count = member->name_count,
                             .bounded = kinds[member->kind].high != 0,
                             .high = kinds[member->kind].high};
}

static void add_fields(const struct schema *schema, json_t *object, const struct field_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct property property = field_property(&table->fields[i]);
        object_add(schema, object, &property);
    }
}

static void add_members(const struct schema *schema, json_t *object,
                        const struct member_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct property property = member_property(&table->rows[i]);
        object_add(schema, object, &property);
    }
}

static void shape_define(const struct schema *schema, const struct shape *shape)
{
    if (json_object_get(schema->defs, shape->name) != NULL)
        return;
    json_t *object = object_new();
    put(schema->defs, shape->name, object);
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_row *row = &shape->rows[i];
        const struct property property = {.key = row->key,
                                          .type = row->json_type,
                                          .doc = row->doc,
                                          .names = row->names,
                                          .name_count = row->name_count,
                                          .shape = row->shape,
                                          .always = row->always};
        object_add(schema, object, &property);
    }
    if (shape->fields != NULL)
        add_fields(schema, object, shape->fields);
    for (size_t i = 0; i < SHAPE_TABLES && shape->members[i] != NULL; i++)
        add_members(schema, object, shape->members[i]);
}

/* ---- records --------------------------------------------------------------------------------- */

/* Parts that each event has whose record has rows of them. */
static bool part_stands_always(enum field_part part)
{
    static const bool always[PARTS] = {
        [PART_EVENT] = true, [PART_PACKET] = true, [PART_HEADERS] = true, [PART_ICMP] = true,
        [PART_FLOW] = true,  [PART_TALLY] = true,  [PART_STORY] = true,
    };
    return always[part];
}

/* The object of a group is a definition of its own: "icmp.quoted". */
static json_t *group_get(const struct schema *schema, const struct field_record *record,
                         json_t *object, const char *group)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", record->name, group);
    json_t *found = json_object_get(schema->defs, name);
    if (found != NULL)
        return found;
    found = object_new();
    put(schema->defs, name, found);
    put(json_object_get(object, "properties"), group,
        checked(json_pack("{s:o}", "$ref", reference(name))));
    return found;
}

static bool is_required(const json_t *object, const char *key)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(object, "required"), i, value)
    {
        if (strcmp(json_string_value(value), key) == 0)
            return true;
    }
    return false;
}

static void record_add(const struct schema *schema, const struct field_record *record,
                       json_t *object, const struct field *field)
{
    struct property property = field_property(field);
    bool stands = part_stands_always(field->part);
    if (field->group == NULL) {
        property.always = property.always && stands;
        object_add(schema, object, &property);
        return;
    }
    object_add(schema, group_get(schema, record, object, field->group), &property);
    if (property.always && stands && !is_required(object, field->group))
        object_require(object, field->group);
}

static void record_define(const struct schema *schema, const struct field_record *record)
{
    json_t *object = object_new();
    put(schema->defs, record->name, object);
    for (size_t i = 0; i < FIELD_TABLES && record->tables[i] != NULL; i++)
        for (size_t j = 0; j < record->tables[i]->count; j++)
            record_add(schema, record, object, &record->tables[i]->fields[j]);
    json_t *properties = json_object_get(object, "properties");
    put(json_object_get(properties, "event_type"), "const", json_string(record->name));
    put(properties, "truncated",
        json_pack(
            "{s:s,s:b}", "description",
            "true: a line has no room for all of the record; what is missing is left out whole",
            "const", 1));
    json_t *chosen =
        json_pack("{s:{s:[s],s:{s:{s:s}}},s:{s:o}}", "if", "required", "event_type", "properties",
                  "event_type", "const", record->name, "then", "$ref", reference(record->name));
    append(json_object_get(schema->root, "allOf"), chosen);
}

/* ---- the document ---------------------------------------------------------------------------- */

/* Its members; of sections those that doc/icmpscope.1 promises. Entries of lists may have more. */
static const struct shape_row count_rows[] = {
    {"messages", "int", .doc = "ICMP messages", .always = true},
    {"by_type", "object[]", .doc = "how many of each type and code", .always = true},
};
static const struct shape shape_icmp = {"summary.icmp", SHAPE_ROWS(count_rows)};

static const struct shape_row error_rows[] = {
    {"total", "int", .doc = "ICMP errors", .always = true},
    {"by_verdict", "object", .doc = "a count for each verdict", .always = true},
    {"by_anomaly", "object", .doc = "a count for each anomaly that there is", .always = true},
    {"by_cause", "object[]", .doc = "by type and code", .always = true},
    {"by_reporter", "object[]", .doc = "by who sent them", .always = true},
};
static const struct shape shape_errors = {"summary.errors", SHAPE_ROWS(error_rows)};

static const struct shape_row flow_rows[] = {
    {"seen", "int", .doc = "flows", .always = true},
    {"affected", "int", .doc = "flows that errors were about", .always = true},
    {"by_aftermath", "object", .doc = "how many went on in which way", .always = true},
    {"list", "object[]", .doc = "those that errors were about", .always = true},
    {"not_captured", "object[]", .doc = "flows of which only quotes were seen", .always = true},
};
static const struct shape shape_flows = {"summary.flows", SHAPE_ROWS(flow_rows)};

static const struct shape_row tool_rows[] = {
    {"name", "string", .doc = "icmpscope", .always = true},
    {"version", "string", .doc = "its version", .always = true},
};
static const struct shape shape_tool = {"summary.tool", SHAPE_ROWS(tool_rows)};

static const struct shape_row summary_rows[] = {
    {"schema_version", "int", .doc = "raised where a member changes", .always = true},
    {"tool", FIELD_OBJECT(shape_tool), .doc = "what wrote it", .always = true},
    {"sensor", "string", .doc = "as --sensor gives it"},
    {"captures", "object[]", .doc = "what was read", .always = true},
    {"packets", "int", .doc = "packets that passed the filter", .always = true},
    {"bytes", "int", .doc = "their bytes on the wire", .always = true},
    {"first", "time", .doc = "time of the first packet"},
    {"last", "time", .doc = "time of the last one"},
    {"icmp", FIELD_OBJECT(shape_icmp), .doc = "messages", .always = true},
    {"errors", FIELD_OBJECT(shape_errors), .doc = "errors", .always = true},
    {"flows", FIELD_OBJECT(shape_flows), .doc = "flows", .always = true},
    {"echo", "object[]", .doc = "pairs of hosts and their pings", .always = true},
    {"clock", "object[]", .doc = "pairs of hosts and their clocks", .always = true},
    {"queries", "object[]", .doc = "other questions and their answers", .always = true},
    {"pmtu", "object[]", .doc = "path MTUs", .always = true},
    {"paths", "object[]", .doc = "traceroutes and loops", .always = true},
    {"redirects", "object[]", .doc = "redirects", .always = true},
    {"routers", "object[]", .doc = "routers that advertise", .always = true},
    {"rewriting", "object[]", .doc = "what was rewritten on which path", .always = true},
    {"findings", "object[]", .doc = "what is wrong", .always = true},
};
static const struct shape shape_summary = {"summary", SHAPE_ROWS(summary_rows)};

static void summary_define(const struct schema *schema)
{
    shape_define(schema, &shape_summary);
    json_t *summary = json_object_get(schema->defs, "summary");
    json_t *health = object_new();
    add_fields(schema, health, &fields_health);
    put(schema->defs, "summary.health", health);
    put(json_object_get(summary, "properties"), "health",
        checked(json_pack("{s:o}", "$ref", reference("summary.health"))));
    object_require(summary, "health");
    put(json_object_get(json_object_get(summary, "properties"), "schema_version"), "const",
        json_integer(DOCUMENT_SCHEMA_VERSION));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char time_pattern[] = "^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                   "\\.[0-9]{6}Z$";
static const char ip_pattern[] = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$";

static void schema_define(const struct schema *schema)
{
    json_t *kinds = json_array();
    put(schema->defs, "ip",
        json_pack("{s:s,s:s,s:s}", "description", "an IPv4 or IPv6 address", "type", "string",
                  "pattern", ip_pattern));
    put(schema->defs, "time",
        json_pack("{s:s,s:s,s:s}", "description", "UTC, RFC 3339, six digits of a second", "type",
                  "string", "pattern", time_pattern));
    for (size_t i = 0; i < EVENT_TYPES; i++) {
        append(kinds, json_string(field_records[i].name));
        record_define(schema, &field_records[i]);
    }
    put(schema->root, "properties", json_pack("{s:{s:o}}", "event_type", "enum", kinds));
    summary_define(schema);
}

int main(void)
{
    struct schema schema = {.defs = checked(json_object())};
    schema.root = checked(json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:[s],s:[],s:o}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "$id", "urn:icmpscope:schema:1", "title",
        "Records of icmpscope", "description",
        "One line of --format ndjson, by its event_type. The document of --format json is "
        "#/$defs/summary.",
        "type", "object", "required", "event_type", "allOf", "$defs", schema.defs));
    schema_define(&schema);
    bool failed = json_dumpf(schema.root, stdout, JSON_INDENT(1)) != 0;
    json_decref(schema.root);
    return failed || putchar('\n') == EOF || fclose(stdout) != 0;
}
