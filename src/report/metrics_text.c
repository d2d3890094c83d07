#include "report/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"

/* In the help of a metric a quote stands for itself, in a label it does not. */
static void put_escaped(struct out *out, const char *text, const char *special)
{
    while (*text != '\0') {
        const size_t plain = strcspn(text, special);
        out_bytes(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        const char escape[2] = {'\\', *text == '\n' ? 'n' : *text};
        out_bytes(out, escape, sizeof escape);
        text++;
    }
}

void metric_begin(struct out *out, const char *name, enum metric_type type, const char *help)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    out_printf(out, "# HELP %s ", name);
    put_escaped(out, help, "\\\n");
    out_printf(out, "\n# TYPE %s %s\n", name, types[type]);
}

static void put_name(struct out *out, const struct metric_sample *sample)
{
    out_text(out, sample->name);
    for (size_t i = 0; i < sample->count; i++) {
        out_printf(out, "%s%s=\"", i == 0 ? "{" : ",", sample->labels[i].name);
        put_escaped(out, sample->labels[i].value, "\\\"\n");
        out_text(out, "\"");
    }
    if (sample->count > 0)
        out_text(out, "}");
}

void metric_number(struct out *out, const struct metric_sample *sample, uint64_t number)
{
    put_name(out, sample);
    out_printf(out, " %" PRIu64 "\n", number);
}

void metric_seconds(struct out *out, const struct metric_sample *sample, int64_t ns)
{
    char text[METRIC_SECONDS_SIZE];
    put_name(out, sample);
    out_printf(out, " %s\n", metric_format_seconds(ns, text, sizeof text));
}

const char *metric_format_seconds(int64_t ns, char *buf, size_t size)
{
    const uint64_t whole = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    int length = snprintf(buf, size, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "",
                          whole / NS_PER_S, whole % NS_PER_S);
    while (length > 0 && buf[length - 1] == '0')
        buf[--length] = '\0';
    if (length > 0 && buf[length - 1] == '.')
        buf[--length] = '\0';
    return buf;
}
