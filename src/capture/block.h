/* A file read in large blocks, decompressed where it is compressed: formats are parsed in place,
 * out of its buffer.
 *
 * Plain read(2), no mapping: a mapped file that somebody cuts short underneath kills the process.
 * Files, pipes and standard input are read alike; nothing here seeks. */
#ifndef ICMPSCOPE_CAPTURE_BLOCK_H
#define ICMPSCOPE_CAPTURE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/compress.h"
#include "capture/wait.h"

enum { BLOCK_SIZE_FIRST = 4096, BLOCK_SIZE_LEAST = 16 * 1024, BLOCK_SIZE_MOST = 128 * 1024 };

/* How many buffers there are in turn where what was borrowed is to stay for longer: of the size of
 * one read, they fit into a second cache of half a megabyte. */
enum { BLOCK_ROOMS = 3 };

struct block_room {
    uint8_t *bytes;
    size_t capacity;
};

struct block {
    int fd;                    /* owned; -1: none */
    struct compress *compress; /* owned; NULL: the file is not compressed */
    uint8_t *buffer;           /* the unread bytes are from `position` up to `end` */
    size_t position, end, capacity;
    size_t memory; /* bytes that all of it may take; 0: no limit. The buffer has three quarters of
                    * it, or one beside a window of half of it */
    size_t size;   /* how much one read asks for */
    uint64_t file_end;                        /* offset in the file, as decompressed, of `end` */
    const struct wait *wait;                  /* how reads wait, or NULL */
    struct block_room rooms[BLOCK_ROOMS - 1]; /* of block_keep(): the next one first */
    uint64_t turns;                           /* how often another buffer was taken; … */
    bool keeps;                               /* … it is to be at the next read */
    bool ended;                               /* no more reads: the end, an error, or a stop */
    int failure; /* errno of what ended it, or COMPRESS_FAULT; 0: the end of the file */
};

/* Takes over `fd`. -1 where memory is short; `fd` is then still the caller's. */
int block_init(struct block *block, int fd);

/* Reads the first `count` bytes (at most BLOCK_SIZE_FIRST) and none behind them; fewer where the
 * file ends before. -1 with errno set. */
int block_read_head(struct block *block, size_t count);

/* What block_read_head() read is the head of a compressed file, CODEC_MAGIC_SIZE bytes of it: all
 * that is read from here on is what it decompresses to. Nothing else was read before, and `wait` is
 * set. -1 where memory is short. */
int block_decompress(struct block *block, const struct codec *codec);

void block_fini(struct block *block);

static inline size_t block_left(const struct block *block)
{
    return block->end - block->position;
}

/* The unread bytes. Good until more are wanted than there are. */
static inline uint8_t *block_bytes(const struct block *block)
{
    return block->buffer + block->position;
}

/* The offset in the file, as decompressed, of the first unread byte. */
static inline uint64_t block_offset(const struct block *block)
{
    return block->file_end - block_left(block);
}

/* Reads until `length` unread bytes stand in one piece; all that were borrowed before become
 * invalid. False where the file ends before (block->failure says how), or memory does. The buffer
 * grows with the bytes that are there, not with what was asked for. */
bool block_fill(struct block *block, size_t length);

/* What was borrowed stays for longer: the next read goes to another buffer, and once `turns` has
 * grown by BLOCK_ROOMS to the same again. */
static inline void block_keep(struct block *block)
{
    block->keeps = true;
}

static inline bool block_want(struct block *block, size_t length)
{
    return block_left(block) >= length || block_fill(block, length);
}

/* `length` of them were read: at most block_left(). */
static inline void block_move(struct block *block, size_t length)
{
    block->position += length;
}

/* Reads and forgets, however much it is. False where the file ends before. */
bool block_skip(struct block *block, uint64_t length);

#endif
