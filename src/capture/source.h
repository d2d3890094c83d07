/* Where packets come from. A source gives records a batch at a time until it ends.
 *
 * Life cycle: source_open() → source_begin() → source_read() until 0 or -1 → source_free().
 * inputs.c, which makes one timeline out of several, is the only caller. */
#ifndef ICMPSCOPE_CAPTURE_SOURCE_H
#define ICMPSCOPE_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/record.h"
#include "capture/wait.h"

struct source; /* opaque; owns its file and buffers */

struct source_config {
    uint16_t capture;        /* put into every record */
    const struct wait *wait; /* how it waits for what is no regular file, or NULL */
    size_t memory; /* bytes that its buffers may take; 0: no limit but those of each format */
};

/* What records of 64 KiB take, and decompressing with the least of windows. */
enum { SOURCE_MEMORY_LEAST = 256 * 1024, SOURCE_DECOMPRESSION_LEAST = 1024 * 1024 };

/* Opens a savefile, or standard input for "-", and reads nothing of it. NULL and one line in
 * `error` (without the file's name, which the caller puts before it) where it is missing or not
 * readable. Never blocks but for the file itself. */
struct source *source_open(const char *path, const struct source_config *config,
                           struct error *error);

/* Reads what it is: pcap and pcapng by our own reader, told by their magic, compressed by gzip or
 * zstd or not; anything else by libpcap. -1 and one line in `error` where it is empty or not a
 * capture: it is then only to be freed. Opens nothing any more.
 *
 * Where config->wait is stopped, this fails; later, a read that would wait ends the source, as if
 * the file ended there. */
int source_begin(struct source *source, struct error *error);

/* How much one read of the file asks for; the default is best for one file, less saves memory with
 * many. Before the first source_read(). */
void source_set_block_size(struct source *source, size_t size);

/* Fills at most `max` (> 0) records; their bytes stay valid until the next call. Returns how many,
 * 0 at the end, or -1 with one line in `error` (what is wrong and at which byte offset) where the
 * capture is truncated or damaged: what could be read was given before. After 0 or -1 it is over.
 */
int source_read(struct source *source, struct record *records, size_t max, struct error *error);

/* What the last read gave stays for longer: while source_turns(), which no read makes grow by more
 * than one, has grown by less than SOURCE_KEPT. To be asked after each read of which it is wanted;
 * takes some more memory. Not where source_may_keep() says no: reads are small, memory is limited,
 * or libpcap reads. Both behind source_begin(). */
enum { SOURCE_KEPT = 3 };
bool source_may_keep(const struct source *source);
void source_keep(struct source *source);
uint64_t source_turns(const struct source *source);

/* Bytes read of the file so far, and its size (0 where it has none: a pipe); of the compressed file
 * where it is compressed. */
uint64_t source_offset(const struct source *source);
uint64_t source_size(const struct source *source);

/* NULL is allowed. */
void source_free(struct source *source);

#endif
