/* What went wrong, in one line for a person. */
#ifndef ICMPSCOPE_BASE_ERROR_H
#define ICMPSCOPE_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_SIZE = 512 };

struct error {
    char text[ERROR_TEXT_SIZE]; /* "" while nothing has failed; no newline */
};

/* Sets the text as printf does; what is not UTF-8 or would act on a terminal becomes '?' (a file
 * name may hold anything). The first error wins: one that is set already stays. `error` may be
 * NULL. Returns -1, so that a function can fail with `return error_set(error, …)`. */
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool error_is_set(const struct error *error);

#endif
