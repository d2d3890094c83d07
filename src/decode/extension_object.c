#include "decode/extension_object.h"

#include <string.h>

#include "decode/checksum.h"

const char *const extension_layout_names[EXTENSION_LAYOUTS] = {
    [EXTENSION_NONE] = "none",
    [EXTENSION_RFC4884] = "rfc4884",
    [EXTENSION_LEGACY] = "legacy",
};

const char *const extension_checksum_names[EXTENSION_CHECKSUMS] = {
    [EXTENSION_CHECKSUM_UNVERIFIED] = "unverified",
    [EXTENSION_CHECKSUM_GOOD] = "good",
    [EXTENSION_CHECKSUM_BAD] = "bad",
    [EXTENSION_CHECKSUM_ABSENT] = "absent",
};

const char *const extension_anomaly_names[EXTENSION_ANOMALIES] = {
    [EXTENSION_LENGTH_BEYOND_MESSAGE] = "length_beyond_message",
    [EXTENSION_LENGTH_WITHOUT] = "length_without_extension",
    [EXTENSION_LENGTH_IN_OCTETS] = "length_in_octets",
    [EXTENSION_SHORT_QUOTE] = "short_quote",
    [EXTENSION_OBJECT_TOO_SHORT] = "object_too_short",
    [EXTENSION_OBJECT_BEYOND_MESSAGE] = "object_beyond_message",
    [EXTENSION_OBJECT_UNALIGNED] = "object_unaligned",
    [EXTENSION_OBJECT_CONTENT] = "object_content",
};

const char *const extension_object_names[EXTENSION_KINDS] = {
    [EXTENSION_UNKNOWN] = "unknown",
    [EXTENSION_MPLS] = "mpls",
    [EXTENSION_INTERFACE] = "interface",
    [EXTENSION_INTERFACE_ID] = "interface_id",
    [EXTENSION_INFORMATION] = "extended_information",
    [EXTENSION_NODE_ID] = "node_id",
};

const char *const extension_role_names[EXTENSION_ROLES] = {
    [EXTENSION_INCOMING] = "incoming",
    [EXTENSION_INCOMING_SUB_IP] = "incoming_sub_ip",
    [EXTENSION_OUTGOING] = "outgoing",
    [EXTENSION_NEXT_HOP] = "next_hop",
};

enum { HEADER = 4, OBJECT_HEADER = 4, VERSION = 2, AFI_IPV4 = 1, AFI_IPV6 = 2 };

/* ---- what objects hold ---------------------------------------------------------------------- */

/* Lends the next `size` bytes of an object. Its length may leave no room for them; that the capture
 * cut them off is not its fault. */
static bool object_take(struct extent *in, uint32_t size, struct extension_object *out,
                        const uint8_t **bytes)
{
    if (extent_take(in, size, bytes))
        return true;
    out->malformed = out->malformed || in->wire < size;
    return false;
}

static bool object_take_u32(struct extent *in, struct extension_object *out, uint32_t *value,
                            enum extension_object_has has)
{
    const uint8_t *bytes;
    if (!object_take(in, 4, out, &bytes))
        return false;
    *value = wire_u32(bytes);
    out->has |= (uint8_t)has;
    return true;
}

static bool object_take_ip(struct extent *in, struct extension_object *out)
{
    bool v6 = out->afi == AFI_IPV6;
    const uint8_t *bytes;
    if (!object_take(in, v6 ? 16 : 4, out, &bytes))
        return false;
    out->ip = v6 ? addr_from_ipv6(bytes) : addr_from_ipv4(bytes);
    out->family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    out->has |= OBJECT_HAS_IP;
    return true;
}

/* Padded with NULs, which are no part of it. */
static void object_put_name(const uint8_t *bytes, size_t size, struct extension_object *out)
{
    while (size > 0 && bytes[size - 1] == 0)
        size--;
    if (size == 0)
        return;
    out->name_length = (uint16_t)size;
    out->name_size = size < EXTENSION_NAME ? (uint8_t)size : EXTENSION_NAME;
    memcpy(out->name, bytes, out->name_size);
    out->has |= OBJECT_HAS_NAME;
}

static void decode_mpls(struct extent *in, struct extension_object *out)
{
    const uint8_t *entry;
    out->has |= OBJECT_HAS_LABELS;
    while (in->wire > 0 && object_take(in, 4, out, &entry)) {
        if (out->label_count < EXTENSION_LABELS)
            out->labels[out->label_count] = (struct extension_label){
                wire_u32(entry) >> 12, entry[2] >> 1 & 7, entry[2] & 1, entry[3]};
        out->label_count++;
    }
}

/* RFC 5837 4.2: the length of an address is that of its family, so behind one of a family unknown
 * to it nothing can be found. */
static bool take_address(struct extent *in, struct extension_object *out)
{
    const uint8_t *head;
    if (!object_take(in, 4, out, &head))
        return false;
    out->afi = wire_u16(head);
    if (out->afi == AFI_IPV4 || out->afi == AFI_IPV6)
        return object_take_ip(in, out);
    out->malformed = true;
    return false;
}

/* RFC 5837 4.3: its length counts itself, and is 64 at most; a longer one is to be ignored. */
static bool take_name(struct extent *in, struct extension_object *out)
{
    enum { LONGEST = 64 };
    const uint8_t *length, *name;
    if (!object_take(in, 1, out, &length))
        return false;
    if (*length == 0 || *length > LONGEST) {
        out->malformed = true;
        return false;
    }
    if (!object_take(in, *length - 1u, out, &name))
        return false;
    object_put_name(name, *length - 1u, out);
    return true;
}

enum { CTYPE_INDEX = 8, CTYPE_IP = 4, CTYPE_NAME = 2, CTYPE_MTU = 1 };

static void decode_interface(struct extent *in, struct extension_object *out)
{
    out->role = out->ctype >> 6;
    out->has |= OBJECT_HAS_ROLE;
    if ((out->ctype & CTYPE_INDEX) && !object_take_u32(in, out, &out->index, OBJECT_HAS_INDEX))
        return;
    if ((out->ctype & CTYPE_IP) && !take_address(in, out))
        return;
    if ((out->ctype & CTYPE_NAME) && !take_name(in, out))
        return;
    if (out->ctype & CTYPE_MTU)
        object_take_u32(in, out, &out->mtu, OBJECT_HAS_MTU);
}

/* Bits of RFC 5837; what others may announce stands behind. */
static void decode_node_id(struct extent *in, struct extension_object *out)
{
    if ((out->ctype & CTYPE_IP) && !take_address(in, out))
        return;
    if (out->ctype & CTYPE_NAME)
        take_name(in, out);
}

static void decode_interface_name(struct extent *in, struct extension_object *out)
{
    const uint8_t *name;
    uint32_t size = in->wire;
    if (object_take(in, size, out, &name))
        object_put_name(name, size, out);
}

static void decode_interface_index(struct extent *in, struct extension_object *out)
{
    object_take_u32(in, out, &out->index, OBJECT_HAS_INDEX);
}

/* RFC 8335 2.1: a length of the address stands beside its family, which may be a MAC address. */
static void decode_interface_address(struct extent *in, struct extension_object *out)
{
    const uint8_t *head, *bytes;
    if (!object_take(in, 4, out, &head))
        return;
    out->afi = wire_u16(head);
    if (out->afi == AFI_IPV4 || out->afi == AFI_IPV6) {
        out->malformed = head[2] != (out->afi == AFI_IPV6 ? 16 : 4);
        if (!out->malformed)
            object_take_ip(in, out);
        return;
    }
    if (!object_take(in, head[2], out, &bytes))
        return;
    out->address_size = head[2] < EXTENSION_ADDRESS ? head[2] : EXTENSION_ADDRESS;
    memcpy(out->address, bytes, out->address_size);
    out->has |= OBJECT_HAS_ADDRESS;
}

static void decode_information(struct extent *in, struct extension_object *out)
{
    object_take_u32(in, out, &out->pointer, OBJECT_HAS_POINTER);
}

/* ---- objects -------------------------------------------------------------------------------- */

enum { ANY_CTYPE = 0 };

static const struct object_class {
    uint8_t class_num, ctype, kind;
    void (*decode)(struct extent *in, struct extension_object *out);
} classes[] = {
    {1, 1, EXTENSION_MPLS, decode_mpls},
    {2, ANY_CTYPE, EXTENSION_INTERFACE, decode_interface},
    {3, 1, EXTENSION_INTERFACE_ID, decode_interface_name},
    {3, 2, EXTENSION_INTERFACE_ID, decode_interface_index},
    {3, 3, EXTENSION_INTERFACE_ID, decode_interface_address},
    {4, 1, EXTENSION_INFORMATION, decode_information},
    {5, ANY_CTYPE, EXTENSION_NODE_ID, decode_node_id},
};

static const struct object_class *object_class_get(uint8_t class_num, uint8_t ctype)
{
    static const struct object_class unknown = {.kind = EXTENSION_UNKNOWN};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].class_num == class_num &&
            (classes[i].ctype == ANY_CTYPE || classes[i].ctype == ctype))
            return &classes[i];
    return &unknown;
}

static void object_decode(const uint8_t *header, struct extent *content,
                          struct extension_object *out)
{
    const struct object_class *is = object_class_get(header[2], header[3]);
    out->length = wire_u16(header);
    out->class_num = header[2];
    out->ctype = header[3];
    out->kind = is->kind;
    out->has = 0;
    out->label_count = 0;
    out->malformed = false;
    if (is->decode != NULL)
        is->decode(content, out);
}

static uint16_t length_anomalies(uint16_t length, const struct extent *behind_header)
{
    uint16_t anomalies = 0;
    if (length < OBJECT_HEADER)
        return 1u << EXTENSION_OBJECT_TOO_SHORT;
    if (length % 4 != 0)
        anomalies |= 1u << EXTENSION_OBJECT_UNALIGNED;
    if (length - OBJECT_HEADER > (int64_t)behind_header->wire)
        anomalies |= 1u << EXTENSION_OBJECT_BEYOND_MESSAGE;
    return anomalies;
}

/* Reads the next object, past which `in` moves. False where there is none behind it. */
static bool object_next(struct extent *in, struct icmp_extensions *out)
{
    const uint8_t *header;
    if (in->wire == 0)
        return false;
    if (!extent_take(in, OBJECT_HEADER, &header)) {
        if (in->wire < OBJECT_HEADER)
            out->anomalies |= 1u << EXTENSION_OBJECT_TOO_SHORT;
        return false;
    }
    uint16_t length = wire_u16(header), anomalies = length_anomalies(length, in);
    out->anomalies |= anomalies;
    if (length < OBJECT_HEADER)
        return false;

    struct extent content = extent_cut(in, length - OBJECT_HEADER);
    if (out->count < EXTENSION_OBJECTS) {
        struct extension_object *object = &out->objects[out->count];
        object_decode(header, &content, object);
        if (object->malformed)
            out->anomalies |= 1u << EXTENSION_OBJECT_CONTENT;
    }
    out->count++;
    return true;
}

/* ---- the extension -------------------------------------------------------------------------- */

/* Of an extension whose header was taken: `from` begins with it. */
static uint8_t judge_checksum(const struct extent *from)
{
    const uint8_t *header = from->in.p;
    if (wire_u16(header + 2) == 0)
        return EXTENSION_CHECKSUM_ABSENT;
    if (!extent_is_whole(from))
        return EXTENSION_CHECKSUM_UNVERIFIED;
    return checksum_is_good(checksum_add(0, header, from->wire)) ? EXTENSION_CHECKSUM_GOOD
                                                                 : EXTENSION_CHECKSUM_BAD;
}

void extension_decode(struct extent from, struct icmp_extensions *out)
{
    struct extent in = from;
    const uint8_t *header;
    out->count = 0;
    out->checksum = EXTENSION_CHECKSUM_UNVERIFIED;
    if (!extent_take(&in, HEADER, &header))
        return;
    out->checksum = judge_checksum(&from);
    while (object_next(&in, out))
        ;
}

bool extension_decode_probe(struct extent from, struct icmp_extensions *out)
{
    struct extent in = from;
    const uint8_t *header, *object;
    if (!extent_take(&in, HEADER, &header) || header[0] >> 4 != VERSION)
        return false;
    out->layout = EXTENSION_RFC4884;
    out->anomalies = 0;
    if (extent_take(&in, OBJECT_HEADER, &object) && wire_u16(object) >= OBJECT_HEADER &&
        HEADER + wire_u16(object) <= (int64_t)from.wire)
        from = extent_cut(&from, HEADER + (uint32_t)wire_u16(object));
    extension_decode(from, out);
    return true;
}
