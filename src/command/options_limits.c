/* What is kept, and for how long. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "base/timefmt.h"
#include "command/option_row.h"

static int apply_max_flows(struct options *options, const struct given *given, struct error *error)
{
    uint64_t flows;
    if (option_number(given, UINT32_MAX - 1, &flows, error) != 0)
        return -1;
    options->config.max_flows = (size_t)flows;
    return flows == 0 ? option_refuse(given, "a number of flows from 1 on", error) : 0;
}

static int apply_max_memory(struct options *options, const struct given *given, struct error *error)
{
    uint64_t bytes;
    if (quantity_bytes(given->value, &bytes) != 0 || bytes == 0 || bytes > SIZE_MAX)
        return option_refuse(given, "an amount of memory, like 96M or 2GiB", error);
    options->config.max_memory = (size_t)bytes;
    return 0;
}

/* "tcp=600,udp=30" */
static int apply_idle(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {[ICMPSCOPE_IDLE_OTHER] = "other",
                                        [ICMPSCOPE_IDLE_TCP] = "tcp",
                                        [ICMPSCOPE_IDLE_UDP] = "udp",
                                        [ICMPSCOPE_IDLE_ICMP] = "icmp",
                                        [ICMPSCOPE_IDLE_SCTP] = "sctp"};
    enum { SECONDS_MOST = 365 * 24 * 3600 };
    for (const char *p = given->value;; p++) {
        size_t length = strcspn(p, "=");
        int idle = option_name(names, ICMPSCOPE_IDLES, p, length);
        p += length + (p[length] == '=');
        char *end = (char *)p;
        errno = 0;
        unsigned long seconds = isdigit((unsigned char)*p) ? strtoul(p, &end, 10) : 0;
        if (idle < 0 || seconds == 0 || seconds > SECONDS_MOST || (*end != '\0' && *end != ','))
            return option_refuse(given, "a list like tcp=3600,udp=300,icmp=60,sctp=3600,other=300",
                                 error);
        options->config.idle_s[idle] = (uint32_t)seconds;
        p = end;
        if (*p == '\0')
            return 0;
    }
}

/* Milliseconds of capture time, or fractions of one. */
static int apply_reorder(struct options *options, const struct given *given, struct error *error)
{
    static const double longest =
        3600e3; /* an hour: errors come in time, or their packets do not */
    char *end;
    double ms = strtod(given->value, &end);
    if (*end != '\0' || end == given->value || !(ms >= 0 && ms <= longest))
        return option_refuse(given, "a number of milliseconds up to an hour", error);
    options->config.reorder_ns = (int64_t)(ms * NS_PER_MS);
    return 0;
}

static const struct option_row rows[] = {
    {0, "max-flows", "N", "keep at most N flows, default 4194304; the oldest give way",
     apply_max_flows},
    {0, "max-memory", "SIZE", "stay below SIZE (96M, 2G): less is kept of everything",
     apply_max_memory},
    {0, "idle", "LIST", "seconds after which idle flows end: tcp=3600,udp=300,icmp=60, ...",
     apply_idle},
    {0, "reorder", "MS", "how much later than an error its packet may come, default 50",
     apply_reorder},
};

const struct option_group options_limits = {rows, sizeof rows / sizeof rows[0]};
