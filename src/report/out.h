/* Buffered output that forgets no failure. */
#ifndef ICMPSCOPE_REPORT_OUT_H
#define ICMPSCOPE_REPORT_OUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out_sink {
    int (*write)(void *context, const char *bytes, size_t size); /* 0, or -1 with errno set */
    void *context;
};

struct out {
    struct out_sink sink;
    atomic_int failure; /* errno of the first failure, 0 while all is well; then nothing more goes
                         * out. Another thread may look at it */
    size_t used;
    char buffer[65536];
};

void out_init(struct out *out, struct out_sink sink);

/* What one call gives reaches the sink in one piece: a line that is given whole is written whole.
 */
void out_bytes(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);
void out_printf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Something else than a write went wrong, and the output would not be whole: ENOMEM. */
void out_fail(struct out *out, int failure);

/* Hands all that is buffered to the sink. 0, or -1 where anything ever failed. */
int out_flush(struct out *out);

#endif
