#include "report/pmtu_changes.h"

#include "base/timefmt.h"

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
