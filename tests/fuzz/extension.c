/* The bytes are the body of an error behind its header: a quoted packet, and perhaps an extension.
 * The first says which type it is of, the second is the length attribute, the third how much the
 * capture has cut off. */
#include <stdlib.h>
#include <string.h>

#include "decode/icmp.h"
#include "target.h"

enum { PREFIX = 3, HEADER4 = 20, HEADER6 = 40, ICMP_HEADER = 8, LARGEST = 4096 };

/* Types that may be extended, and where their length attribute is; probes have none. */
static const struct {
    uint8_t family, type, length_at;
} errors[] = {
    {FAMILY_IPV4, 3, 5},   {FAMILY_IPV4, 11, 5}, {FAMILY_IPV4, 12, 5},
    {FAMILY_IPV6, 1, 4},   {FAMILY_IPV6, 3, 4},  {FAMILY_IPV4, 42, 7},
    {FAMILY_IPV6, 160, 7}, {FAMILY_IPV4, 40, 7}, {FAMILY_IPV4, 31, 7},
};

static void require(int holds)
{
    if (!holds)
        abort();
}

static void object_check(const struct extension_object *object)
{
    require(object->kind < EXTENSION_KINDS);
    require(object->length >= 4);
    require(!(object->has & OBJECT_HAS_ROLE) || object->role < EXTENSION_ROLES);
    require(!(object->has & OBJECT_HAS_LABELS) || object->label_count <= object->length / 4);
    require(!(object->has & OBJECT_HAS_ADDRESS) || object->address_size <= EXTENSION_ADDRESS);
    require(!(object->has & OBJECT_HAS_IP) || object->family == FAMILY_IPV4 ||
            object->family == FAMILY_IPV6);
    if (object->has & OBJECT_HAS_NAME)
        require(object->name_size > 0 && object->name_size <= EXTENSION_NAME &&
                object->name_size <= object->name_length && object->name_length < object->length);
}

static void extensions_check(const struct icmp *icmp, size_t size)
{
    const struct icmp_extensions *extensions = &icmp->extensions;
    require(extensions->layout == EXTENSION_RFC4884 || extensions->layout == EXTENSION_LEGACY);
    require(extensions->checksum < EXTENSION_CHECKSUMS);
    require(extensions->count <= size / 4);
    for (size_t i = 0; i < extensions->count && i < EXTENSION_OBJECTS; i++)
        object_check(&extensions->objects[i]);
}

static void icmp_check(const struct icmp *icmp, size_t size)
{
    if (icmp->has & ICMP_HAS_QUOTE) {
        require(icmp->quote.ip.has & HAS_IP);
        require(icmp->quote.bytes <= size);
    }
    if (icmp->has & ICMP_HAS_EXTENSION)
        extensions_check(icmp, size);
    if (icmp->has & ICMP_HAS_EXTENSION_ANOMALY)
        require(icmp->extensions.anomalies > 0 &&
                icmp->extensions.anomalies < 1u << EXTENSION_ANOMALIES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX || size > LARGEST)
        return 0;
    size_t which = data[0] % (sizeof errors / sizeof errors[0]), body = size - PREFIX;
    bool v6 = errors[which].family == FAMILY_IPV6;
    uint8_t message[ICMP_HEADER + LARGEST] = {errors[which].type};
    message[errors[which].length_at] = data[1];
    memcpy(message + ICMP_HEADER, data + PREFIX, body);

    size_t whole = ICMP_HEADER + body, captured = whole - (data[2] < whole ? data[2] : whole);
    struct headers ip = {
        .has = HAS_IP | HAS_PROTO,
        .family = errors[which].family,
        .proto = v6 ? PROTO_ICMPV6 : PROTO_ICMP,
        .header_length = v6 ? HEADER6 : HEADER4,
    };
    ip.total_length = ip.header_length + (uint32_t)whole;

    uint8_t *copy = malloc(captured > 0 ? captured : 1); /* ends where a sanitizer looks */
    require(copy != NULL);
    memcpy(copy, message, captured);
    struct cursor in = cursor_over(copy, captured);
    struct icmp icmp;
    if (icmp_decode(&in, &ip, &icmp) == DECODED)
        icmp_check(&icmp, body);
    free(copy);
    return 0;
}
