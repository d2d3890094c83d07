/* Buffered output that forgets no failure. */
#ifndef ICMPSCOPE_REPORT_OUT_H
#define ICMPSCOPE_REPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out_sink {
    int (*write)(void *context, const char *bytes, size_t size); /* 0, or -1 with errno set */
    void *context;
};

struct out {
    struct out_sink sink;
    int failure; /* errno of the first failed write, 0 while all is well; then nothing more goes out
                  */
    size_t used;
    char buffer[65536];
};

void out_init(struct out *out, struct out_sink sink);
void out_bytes(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);
void out_printf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands all that is buffered to the sink. 0, or -1 where anything ever failed. */
int out_flush(struct out *out);

#endif
