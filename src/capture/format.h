/* What source.c asks of the reader of a savefile format, and what such a reader works on.
 *
 * A new format is one file that defines a struct format, and a row in source.c. */
#ifndef ICMPSCOPE_CAPTURE_FORMAT_H
#define ICMPSCOPE_CAPTURE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/block.h"
#include "capture/record.h"
#include "capture/source.h"

struct source {
    const struct format *format;
    struct block block;
    void *state;      /* the format's own: made by its open, freed by its close */
    uint64_t frame;   /* number of the last record given */
    uint64_t size;    /* of the file, as it is; 0: it has none */
    uint16_t capture; /* for the records */
};

enum { FORMAT_MAGIC_SIZE = 4 };

struct format {
    /* Whether a file that begins with these FORMAT_MAGIC_SIZE bytes is one. */
    bool (*recognise)(const uint8_t *head);
    /* Reads the file header, from the first byte on. -1 with one line in `error`; what it made is
     * then freed by close. */
    int (*open)(struct source *source, struct error *error);
    /* As source_read(). */
    int (*read)(struct source *source, struct record *records, size_t max, struct error *error);
    /* How far it has read. */
    uint64_t (*offset)(const struct source *source);
    void (*close)(struct source *source);
};

extern const struct format format_pcap;    /* pcap_file.c */
extern const struct format format_pcapng;  /* pcapng_file.c */
extern const struct format format_libpcap; /* libpcap_file.c: whatever it opens */

/* The file ended, or could not be read on, where something was begun: says so, and inside what.
 * Returns -1; 0 where reading was stopped on purpose, which is no fault of the file. */
int format_cut(const struct source *source, struct error *error, const char *inside, ...)
    __attribute__((format(printf, 3, 4)));

/* The same between two records: 0 where the file ends as it should. */
int format_end(const struct source *source, struct error *error);

/* The bytes at `offset` make no sense: says why. Returns -1. */
int format_damaged(uint64_t offset, struct error *error, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/* The offset of formats that read through the source's block. */
uint64_t format_block_offset(const struct source *source);

#endif
