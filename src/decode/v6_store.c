#include "decode/v6_store.h"

#include <string.h>

const char *const entries_fault_names[ENTRIES_FAULTS] = {
    [ENTRIES_ZERO_LENGTH] = "zero_length",
    [ENTRIES_OVERRUN] = "overrun",
};

struct slice v6_store_bytes(struct icmp_v6 *v6, struct extent from, uint32_t most)
{
    struct slice slice = {v6->bytes_used, 0,
                          from.wire < UINT16_MAX ? (uint16_t)from.wire : UINT16_MAX};
    size_t size = cursor_left(&from.in), room = sizeof v6->bytes - v6->bytes_used;
    size = size < most ? size : most;
    size = size < room ? size : room;
    if (size > 0)
        memcpy(v6->bytes + v6->bytes_used, from.in.p, size);
    v6->bytes_used = (uint16_t)(v6->bytes_used + size);
    slice.kept = (uint16_t)size;
    return slice;
}

void v6_store_address(struct icmp_v6 *v6, struct slice *slice, struct addr addr)
{
    if (slice->kept == V6_ENTRIES_MAX || v6->addresses_used == V6_ADDRESSES_MAX)
        return;
    v6->addresses[v6->addresses_used++] = addr;
    slice->kept++;
}

struct slice v6_store_addresses(struct icmp_v6 *v6, struct extent from)
{
    uint32_t total = from.wire / 16;
    struct slice slice = {v6->addresses_used, 0, total < UINT16_MAX ? (uint16_t)total : UINT16_MAX};
    const uint8_t *address;
    while (slice.kept < V6_ENTRIES_MAX && extent_take(&from, 16, &address)) {
        uint16_t kept = slice.kept;
        v6_store_address(v6, &slice, addr_from_ipv6(address));
        if (slice.kept == kept)
            break;
    }
    return slice;
}

/* ---- names ---------------------------------------------------------------------------------- */

enum { NAME_WIRE_MAX = 255, LABEL_MAX = 63, ESCAPED = 4 };

struct name {
    size_t used;
    char text[NAME_WIRE_MAX * ESCAPED];
};

static bool is_plain(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\';
}

static void name_put(struct name *name, uint8_t byte)
{
    if (is_plain(byte)) {
        name->text[name->used++] = (char)byte;
        return;
    }
    name->text[name->used++] = '\\';
    name->text[name->used++] = (char)('0' + byte / 100);
    name->text[name->used++] = (char)('0' + byte / 10 % 10);
    name->text[name->used++] = (char)('0' + byte % 10);
}

/* Without the label that ends it. False where it does not end, or is none. */
static bool name_read(struct extent *from, struct name *name)
{
    const uint8_t *size, *label;
    uint32_t wire = 1;
    name->used = 0;
    while (extent_take(from, 1, &size)) {
        uint8_t length = *size;
        if (length == 0)
            return true;
        wire += 1u + length;
        if (length > LABEL_MAX || wire > NAME_WIRE_MAX || !extent_take(from, length, &label))
            return false;
        if (name->used > 0)
            name->text[name->used++] = '.';
        for (uint8_t i = 0; i < length; i++)
            name_put(name, label[i]);
    }
    return false;
}

/* Whether there was room. */
static bool name_keep(struct icmp_v6 *v6, const struct name *name)
{
    if (name->used + 1 > sizeof v6->bytes - v6->bytes_used)
        return false;
    memcpy(v6->bytes + v6->bytes_used, name->text, name->used);
    v6->bytes[v6->bytes_used + name->used] = '\0';
    v6->bytes_used = (uint16_t)(v6->bytes_used + name->used + 1);
    return true;
}

struct slice v6_store_names(struct icmp_v6 *v6, struct extent from, uint16_t most)
{
    struct slice slice = {v6->bytes_used, 0, 0};
    struct name name;
    while (slice.total < most && name_read(&from, &name)) {
        if (name.used == 0)
            continue;
        /* None behind one that was left out: they stay in their order. */
        if (slice.kept == slice.total && slice.kept < V6_ENTRIES_MAX && name_keep(v6, &name))
            slice.kept++;
        slice.total++;
    }
    return slice;
}
