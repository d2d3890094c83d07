/* BPF capture filters over saved captures: libpcap compiles and runs them. */
#ifndef ICMPSCOPE_CAPTURE_FILTER_H
#define ICMPSCOPE_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/record.h"

struct filter; /* one expression; a program for each link type, compiled when first met, or before
                */

/* Checks that `expression` compiles: for Ethernet or, where it does not make sense there, for raw
 * IP, Linux's cooked captures, 802.11 or PF's log. NULL with libpcap's reason in `error`. */
struct filter *filter_new(const char *expression, struct error *error);

/* Compiles it for all link types that are `known`, and for no other from now on: names in it are
 * looked up in files and by DNS, which a confined process cannot do. */
void filter_compile(struct filter *filter, bool (*known)(uint16_t link_type));

/* Whether the record passes. An expression that does not compile for a record's link type lets
 * nothing of that link type pass; filter_refused() then counts it. */
bool filter_match(struct filter *filter, const struct record *record);

/* Records of link types that the expression does not compile for. */
uint64_t filter_refused(const struct filter *filter);

/* Reads an expression from a file (tcpdump's -F), comments from '#' on left out. The caller frees
 * the text. NULL and one line in `error`. */
char *filter_read_file(const char *path, struct error *error);

/* NULL is allowed. */
void filter_free(struct filter *filter);

#endif
