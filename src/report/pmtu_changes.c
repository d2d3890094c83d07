#include "report/pmtu_changes.h"

#include "base/timefmt.h"
#include "report/shape.h"

static const struct shape_row change_rows[] = {
    {"timestamp", "time", "when", .always = true},
    {"mtu", "int", "bytes of IP packet", .always = true},
    {"reporter", "ip", .doc = "who told it; absent where a packet of that length arrived"},
};

const struct shape shape_mtu_change = {"mtu_change", SHAPE_ROWS(change_rows)};

static const struct shape_row advice_rows[] = {
    {"mtu", "int", "bytes of IP packet", .always = true},
    {"tcp_mss", "int", "bytes of a TCP segment, for headers without options", .always = true},
    {"ping_payload", "int", "bytes, for ping -s", .always = true},
};

const struct shape shape_mtu_advice = {"mtu_advice", SHAPE_ROWS(advice_rows)};

static void put_change(struct writer *writer, const struct pmtu_change *change, enum family family)
{
    char time[TIMEFMT_SIZE], addr[ADDR_TEXT_SIZE];
    writer->ops->object_begin(writer->self, NULL);
    writer_string(writer, "timestamp", timefmt_iso(change->time_ns, time, sizeof time));
    writer_unsigned(writer, "mtu", change->mtu);
    if (change->told)
        writer_string(writer, "reporter", addr_format(change->reporter, family, addr, sizeof addr));
    writer->ops->object_end(writer->self);
}

void pmtu_changes_put(struct writer *writer, const char *key, const struct pmtu_history *history,
                      enum family family)
{
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < history->kept; i++)
        put_change(writer, &history->list[i], family);
    writer->ops->array_end(writer->self);
}

void pmtu_advice_put(struct writer *writer, const char *key, const struct pmtu_advice *advice)
{
    writer->ops->object_begin(writer->self, key);
    writer_unsigned(writer, "mtu", advice->mtu);
    writer_unsigned(writer, "tcp_mss", advice->tcp_mss);
    writer_unsigned(writer, "ping_payload", advice->ping_payload);
    writer->ops->object_end(writer->self);
}
