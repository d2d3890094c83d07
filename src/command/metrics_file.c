#include "command/metrics_file.h"

#include <errno.h>

#include "base/timefmt.h"

void metrics_file_init(struct metrics_file *file, struct outfile *out, int64_t interval_ns)
{
    static const int64_t usual_ns = INT64_C(60) * NS_PER_S;
    *file = (struct metrics_file){.out = out->path != NULL ? out : NULL,
                                  .interval_ns = interval_ns > 0 ? interval_ns : usual_ns,
                                  .next_ns = INT64_MIN};
}

static int put(void *context, const char *bytes, size_t size)
{
    return outfile_write(context, bytes, size);
}

int metrics_file_write(struct metrics_file *file, struct icmpscope *run, struct error *error)
{
    struct outfile *out = file->out;
    if (out == NULL)
        return 0;
    file->failing = true;
    if (outfile_renew(out, error) != 0)
        return -1;
    const bool whole = icmpscope_write_metrics(run, put, out) == 0;
    if (!whole && out->failure == 0)
        out->failure = errno;
    if (outfile_close(out, whole, error) != 0)
        return -1;
    file->failing = false;
    return 0;
}

int metrics_file_tend(struct metrics_file *file, struct icmpscope *run, int64_t now_ns,
                      struct error *error)
{
    const bool failing = file->failing;
    struct error again = {""};
    if (file->out == NULL || now_ns < file->next_ns)
        return 0;
    file->next_ns = now_ns + file->interval_ns;
    if (metrics_file_write(file, run, &again) == 0 || failing)
        return 0;
    return error_set(error, "%s", again.text);
}
