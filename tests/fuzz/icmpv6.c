/* The bytes are an ICMPv6 message, but for the first two: they say how much more of it there was on
 * the wire. What is read must stay in its bounds, and make a line of JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode/headers.h"
#include "decode/icmp.h"
#include "report/field.h"
#include "report/json_stream.h"
#include "target.h"

enum { PREFIX = 2, HEADER = 40 };

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "violated: %s\n", what);
    abort();
}

static void check_bounds(const struct icmp_v6 *v6)
{
    demand(v6->entries_kept <= V6_ENTRIES_MAX, "entries kept");
    demand(v6->entries_kept <= v6->entry_count, "entries counted");
    demand(v6->entries_fault < ENTRIES_FAULTS, "fault");
    demand(v6->addresses_used <= V6_ADDRESSES_MAX, "addresses");
    demand(v6->bytes_used <= V6_BYTES_MAX, "bytes");
}

/* Both families' rows: those of the other one must not apply. */
static void check_line(const struct icmp *icmp)
{
    struct packet packet = {.icmp = (struct icmp *)icmp};
    const struct event event = {.type = EVENT_ICMP, .packet = &packet};
    struct json_stream stream;
    json_error_t error;

    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    field_walk_flat(&writer, &fields_icmp_v4, &event, NULL);
    demand(stream.used == 1, "nothing of ICMPv4");
    field_walk_flat(&writer, &fields_icmp_v6, &event, NULL);
    size_t size = json_stream_finish(&stream);
    demand(size <= JSON_LINE_SIZE, "length of the line");
    json_t *value = json_loadb(stream.line, size, JSON_REJECT_DUPLICATES, &error);
    demand(json_is_object(value), error.text);
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX + 2)
        return 0;
    size -= PREFIX;
    struct headers ip = {.has = HAS_IP | HAS_PROTO,
                         .family = FAMILY_IPV6,
                         .proto = PROTO_ICMPV6,
                         .header_length = HEADER,
                         .total_length = HEADER + (uint32_t)size + wire_u16(data)};
    struct cursor in = cursor_over(data + PREFIX, size);
    struct icmp icmp;
    demand(icmp_decode(&in, &ip, &icmp) == DECODED, "type and code are there");
    check_bounds(&icmp.body.v6);
    check_line(&icmp);
    return 0;
}
