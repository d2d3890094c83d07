#include "capture/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CACHE_LINE = 64 };

int block_init(struct block *block, int fd)
{
    uint8_t *buffer = malloc(BLOCK_SIZE_FIRST);
    if (buffer == NULL)
        return -1;

    *block = (struct block){
        .fd = fd, .buffer = buffer, .capacity = BLOCK_SIZE_FIRST, .size = BLOCK_SIZE_FIRST};
    return 0;
}

int block_read_head(struct block *block, size_t count)
{
    while (block->end < count) {
        uint8_t *bytes = block->buffer + block->end;
        ssize_t got = wait_read(block->wait, block->fd, bytes, count - block->end);
        if (got < 0)
            return -1;
        if (got == 0)
            return 0;
        block->end += (size_t)got;
        block->file_end += (uint64_t)got;
    }
    return 0;
}

int block_decompress(struct block *block, const struct codec *codec)
{
    block->compress = compress_new(codec, block->fd, block->wait, block_bytes(block));
    if (block->compress != NULL && block->memory != 0)
        compress_limit(block->compress, block->memory / 2);
    block->position = block->end = 0;
    block->file_end = 0;
    return block->compress != NULL ? 0 : -1;
}

void block_fini(struct block *block)
{
    compress_free(block->compress);
    if (block->fd >= 0)
        close(block->fd);
    free(block->buffer);
    for (size_t i = 0; i < BLOCK_ROOMS - 1; i++)
        free(block->rooms[i].bytes);
    *block = (struct block){.fd = -1, .ended = true};
}

/* Where the unread tail goes, so that the next read is aligned in memory. */
static size_t front_of(size_t left)
{
    return (CACHE_LINE - left % CACHE_LINE) % CACHE_LINE;
}

static void move_to_front(struct block *block)
{
    size_t left = block_left(block);
    size_t front = front_of(left);
    if (front >= block->position)
        return;

    memmove(block->buffer + front, block_bytes(block), left);
    block->position = front;
    block->end = front + left;
}

static bool make_room(struct block *block, size_t size)
{
    if (block->capacity - block->end >= size)
        return true;

    size_t capacity = block->end + size;
    capacity += capacity / 4;
    size_t share = block->compress != NULL ? block->memory / 4 : block->memory / 4 * 3;
    if (block->memory != 0 && capacity > share)
        return false;
    uint8_t *buffer = realloc(block->buffer, capacity);
    if (buffer == NULL)
        return false;
    block->buffer = buffer;
    block->capacity = capacity;
    return true;
}

static bool end_reading(struct block *block, int failure)
{
    block->ended = true;
    block->failure = failure;
    return false;
}

/* The unread tail goes to the front of the buffer that was not used for longest. */
static bool take_turn(struct block *block)
{
    const size_t left = block_left(block), front = front_of(left);
    struct block_room next = block->rooms[0];
    if (next.bytes == NULL || next.capacity < front + left) {
        free(next.bytes);
        next =
            (struct block_room){malloc(block->capacity + CACHE_LINE), block->capacity + CACHE_LINE};
        block->rooms[0] = (struct block_room){NULL, 0};
    }
    if (next.bytes == NULL)
        return end_reading(block, ENOMEM);
    memcpy(next.bytes + front, block_bytes(block), left);
    memmove(block->rooms, block->rooms + 1, (BLOCK_ROOMS - 2) * sizeof next);
    block->rooms[BLOCK_ROOMS - 2] = (struct block_room){block->buffer, block->capacity};
    block->buffer = next.bytes;
    block->capacity = next.capacity;
    block->position = front;
    block->end = front + left;
    block->keeps = false;
    block->turns++;
    return true;
}

static ssize_t read_behind(struct block *block, size_t size)
{
    uint8_t *bytes = block->buffer + block->end;
    if (block->compress != NULL)
        return compress_read(block->compress, bytes, size);
    return wait_read(block->wait, block->fd, bytes, size);
}

/* One read, up to the next multiple of the block's size in the file. */
static bool read_once(struct block *block)
{
    if (block->ended)
        return false;

    size_t size = block->size - (size_t)(block->file_end % block->size);
    if (!make_room(block, size))
        return end_reading(block, ENOMEM);
    ssize_t got = read_behind(block, size);
    if (got <= 0)
        return end_reading(block, got < 0 ? errno : 0);
    block->end += (size_t)got;
    block->file_end += (uint64_t)got;
    return true;
}

bool block_fill(struct block *block, size_t length)
{
    if (!block->keeps)
        move_to_front(block);
    else if (!take_turn(block))
        return false;
    while (block_left(block) < length)
        if (!read_once(block))
            return false;
    return true;
}

bool block_skip(struct block *block, uint64_t length)
{
    while (block_left(block) < length) {
        length -= block_left(block);
        block->position = block->end;
        if (!block_fill(block, 1))
            return false;
    }
    block_move(block, (size_t)length);
    return true;
}
