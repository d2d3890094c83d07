#include "report/member.h"

#include <string.h>

enum { HEX_MAX = 64 };

static void put_integer(const struct member_place *place, const char *key, int64_t value)
{
    place->writer->ops->integer(place->writer->self, key, value);
}

static void put_ip(const struct member_place *place, const char *key, const struct addr *addr,
                   enum family family)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(place->writer, key, addr_format(*addr, family, text, sizeof text));
}

/* Bytes of a slice, two digits each, with `between` between them where it is not NUL. */
static void put_digits(const struct member_place *place, const char *key, struct slice slice,
                       char between)
{
    static const char digits[] = "0123456789abcdef";
    char text[3 * HEX_MAX + 1], *to = text;
    for (uint16_t i = 0; i < slice.kept && i < HEX_MAX; i++) {
        uint8_t byte = place->v6->bytes[slice.at + i];
        if (i > 0 && between != '\0')
            *to++ = between;
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    *to = '\0';
    writer_string(place->writer, key, text);
}

void member_put_hex(const struct member_place *place, const char *key, struct slice slice)
{
    put_digits(place, key, slice, '\0');
}

static void put_text(const struct member_place *place, const char *key, struct slice slice)
{
    const char *text = (const char *)place->v6->bytes + slice.at;
    if (slice.kept > 0)
        place->writer->ops->text(place->writer->self, key, text, slice.kept);
}

static void put_domain(const struct member_place *place, const char *key, struct slice slice)
{
    if (slice.kept > 0)
        writer_string(place->writer, key, (const char *)place->v6->bytes + slice.at);
}

void member_put_domains(const struct member_place *place, const char *key, struct slice slice)
{
    const char *name = (const char *)place->v6->bytes + slice.at;
    if (slice.kept == 0)
        return;
    place->writer->ops->array_begin(place->writer->self, key);
    for (uint16_t i = 0; i < slice.kept; i++) {
        writer_string(place->writer, NULL, name);
        name += strlen(name) + 1;
    }
    place->writer->ops->array_end(place->writer->self);
}

void member_put_ips(const struct member_place *place, const char *key, struct slice slice,
                    enum family family)
{
    if (slice.kept == 0)
        return;
    place->writer->ops->array_begin(place->writer->self, key);
    for (uint16_t i = 0; i < slice.kept; i++)
        put_ip(place, NULL, &place->v6->addresses[slice.at + i], family);
    place->writer->ops->array_end(place->writer->self);
}

static void put_slice(const struct member_place *place, const struct member *row,
                      struct slice slice)
{
    switch ((enum member_kind)row->kind) {
    case MEMBER_HEX:
        return put_digits(place, row->key, slice, '\0');
    case MEMBER_LINK:
        return put_digits(place, row->key, slice, ':');
    case MEMBER_TEXT:
        return put_text(place, row->key, slice);
    case MEMBER_DOMAIN:
        return put_domain(place, row->key, slice);
    case MEMBER_DOMAINS:
        return member_put_domains(place, row->key, slice);
    default:
        return member_put_ips(place, row->key, slice, FAMILY_IPV6);
    }
}

static void put_member(const struct member_place *place, const struct member *row, const void *at)
{
    switch ((enum member_kind)row->kind) {
    case MEMBER_SET8:
        if (*(const uint8_t *)at == 0)
            return;
        /* fallthrough */
    case MEMBER_U8:
        return put_integer(place, row->key, *(const uint8_t *)at);
    case MEMBER_U16:
        return put_integer(place, row->key, *(const uint16_t *)at);
    case MEMBER_U32:
        return put_integer(place, row->key, *(const uint32_t *)at);
    case MEMBER_U64:
        return writer_unsigned(place->writer, row->key, *(const uint64_t *)at);
    case MEMBER_BOOL:
        place->writer->ops->boolean(place->writer->self, row->key, *(const bool *)at);
        return;
    case MEMBER_IP:
        return put_ip(place, row->key, at, FAMILY_IPV6);
    case MEMBER_NAME8:
        return writer_string(place->writer, row->key, row->names[*(const uint8_t *)at]);
    default:
        return put_slice(place, row, *(const struct slice *)at);
    }
}

bool members_put(const struct member_place *place, const struct member_table *table, uint8_t type,
                 const void *entry)
{
    bool any = false;
    for (size_t i = 0; i < table->count; i++) {
        const struct member *row = &table->rows[i];
        if (row->type == type) {
            put_member(place, row, (const char *)entry + row->offset);
            any = true;
        }
    }
    return any;
}
