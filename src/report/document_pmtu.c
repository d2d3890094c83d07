/* pmtu: paths of which the MTU was told, swept or suspected. */
#include "base/timefmt.h"
#include "report/document_part.h"
#include "report/pmtu_changes.h"
#include "track/pmtu.h"

static void put_time(const struct document *document, const char *key, int64_t ns)
{
    char text[TIMEFMT_SIZE];
    writer_string(document->writer, key, timefmt_iso(ns, text, sizeof text));
}

static void put_addr(const struct document *document, const char *key, struct addr addr,
                     enum family family)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(document->writer, key, addr_format(addr, family, text, sizeof text));
}

static void put_history(const struct document *document, const struct pmtu_path *path,
                        enum family family)
{
    const struct pmtu_change *now = pmtu_history_now(&path->history);
    if (now == NULL)
        return;
    if (now->mtu != 0)
        writer_unsigned(document->writer, "mtu", now->mtu);
    if (now->told)
        put_addr(document, "reporter", now->reporter, family);
    document->writer->ops->boolean(document->writer->self, "plateau", path->plateau);
    pmtu_changes_put(document->writer, "changes", &path->history, family);
    writer_unsigned(document->writer, "change_count", path->history.count);
}

static void put_flows(const struct document *document, const struct pmtu_path *path)
{
    document_open(document, "by_outcome");
    for (size_t i = 0; i < PMTU_OUTCOMES; i++)
        writer_unsigned(document->writer, pmtu_outcome_names[i], path->flows[i]);
    document_close(document);
    if (path->flows[PMTU_ADAPTED] > 0)
        writer_unsigned(document->writer, "adapted_after_us",
                        (uint64_t)timefmt_us(path->adapted_ns > 0 ? path->adapted_ns : 0));
}

static void put_bounds(const struct document *document, const struct pmtu_path *path)
{
    if (path->passed != 0)
        writer_unsigned(document->writer, "largest_passed", path->passed);
    if (path->refused != 0)
        writer_unsigned(document->writer, "smallest_refused", path->refused);
}

static void put_clamp(const struct document *document, const struct pmtu_path *path,
                      enum family family)
{
    if (path->mss_sent == 0)
        return;
    document_open(document, "mss_clamped");
    writer_unsigned(document->writer, "sent", path->mss_sent);
    writer_unsigned(document->writer, "seen", path->mss_seen);
    if (path->mss_has_hop)
        put_addr(document, "first_hop", path->mss_hop, family);
    document_close(document);
}

static void put_path(const struct document *document, const void *key, const void *value)
{
    const struct pmtu_path_key *ends = key;
    const struct pmtu_path *path = value;
    const enum family family = (enum family)ends->family;
    struct pmtu_advice advice;
    put_addr(document, "src_ip", ends->src, family);
    put_addr(document, "dest_ip", ends->dst, family);
    put_time(document, "first", path->first_ns);
    put_time(document, "last", path->last_ns);
    writer_unsigned(document->writer, "errors", path->errors);
    document->writer->ops->boolean(document->writer->self, "swept", path->swept);
    put_history(document, path, family);
    put_bounds(document, path);
    put_flows(document, path);
    put_clamp(document, path, family);
    if (pmtu_path_advise(&advice, path, family))
        pmtu_advice_put(document->writer, "advice", &advice);
}

void document_put_pmtu(struct document *document)
{
    const struct pmtus *pmtus = &document->report->stories->pmtus;
    document_put_ranked(document,
                        &(struct document_list){"pmtu", &pmtus->paths, pmtu_path_weight, put_path});
}
