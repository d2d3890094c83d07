#include "decode/datagram.h"

#include <stdlib.h>
#include <string.h>

void datagram_init(struct datagram *datagram)
{
    *datagram = (struct datagram){.bytes = NULL};
}

void datagram_fini(struct datagram *datagram)
{
    free(datagram->bytes);
    datagram->bytes = NULL;
    datagram->came = NULL;
    datagram->capacity = 0;
}

/* Where the bits are, behind so many bytes, which they follow aligned. */
static size_t came_offset(uint32_t capacity)
{
    return ((size_t)capacity + 7) / 8 * 8;
}

static size_t came_size(uint32_t capacity)
{
    size_t blocks = ((size_t)capacity + DATAGRAM_BLOCK - 1) / DATAGRAM_BLOCK;
    return (blocks + 63) / 64 * sizeof(uint64_t);
}

static bool datagram_resize(struct datagram *datagram, uint32_t capacity)
{
    const size_t before = came_size(datagram->capacity), size = came_size(capacity);
    uint8_t *bytes = realloc(datagram->bytes, came_offset(capacity) + size);
    if (bytes == NULL)
        return false;
    uint8_t *came = bytes + came_offset(capacity);
    memmove(came, bytes + came_offset(datagram->capacity), before);
    memset(came + before, 0, size - before);
    datagram->bytes = bytes;
    datagram->came = (uint64_t *)(void *)came;
    datagram->capacity = capacity;
    return true;
}

/* Pieces that grow a datagram step by step move its bytes no more often than it doubles. */
static bool datagram_reserve(struct datagram *datagram, uint32_t end)
{
    if (end <= datagram->capacity)
        return true;
    uint32_t capacity = 2 * datagram->capacity;
    if (capacity < end)
        capacity = end;
    if (capacity > DATAGRAM_MAX)
        capacity = DATAGRAM_MAX;
    return datagram_resize(datagram, capacity);
}

static bool ends_agree(const struct datagram *datagram, uint32_t end, bool more)
{
    if (more)
        return datagram->size == 0 || end <= datagram->size;
    return datagram->size == 0 ? end >= datagram->reach : end == datagram->size;
}

/* One block, or the last one's bytes, which are fewer in all pieces that hold it. */
static enum datagram_fit block_add(struct datagram *datagram, uint32_t offset,
                                   const struct cursor *bytes)
{
    uint32_t block = offset / DATAGRAM_BLOCK;
    uint64_t bit = UINT64_C(1) << block % 64, *word = &datagram->came[block / 64];
    if (*word & bit) {
        bool same = memcmp(datagram->bytes + offset, bytes->p, cursor_left(bytes)) == 0;
        return same ? PIECE_COPY : PIECE_CONTRADICTS;
    }
    memcpy(datagram->bytes + offset, bytes->p, cursor_left(bytes));
    *word |= bit;
    datagram->blocks++;
    return PIECE_NEW;
}

/* Marks the blocks from `block` to the one before `end`, a word at a time. */
static void blocks_mark(struct datagram *datagram, uint32_t block, uint32_t end)
{
    datagram->blocks += end - block;
    for (uint32_t next; block < end; block = next) {
        next = (block / 64 + 1) * 64;
        uint64_t above = next <= end ? 0 : UINT64_MAX << end % 64;
        datagram->came[block / 64] |= UINT64_MAX << block % 64 & ~above;
    }
}

/* All of a piece that lies behind what came: as most do, which come in their order. */
static enum datagram_fit blocks_append(struct datagram *datagram,
                                       const struct datagram_piece *piece)
{
    size_t size = cursor_left(&piece->bytes);
    uint32_t end = (uint32_t)(piece->offset + size + DATAGRAM_BLOCK - 1) / DATAGRAM_BLOCK;
    memcpy(datagram->bytes + piece->offset, piece->bytes.p, size);
    blocks_mark(datagram, piece->offset / DATAGRAM_BLOCK, end);
    return PIECE_NEW;
}

static enum datagram_fit blocks_add(struct datagram *datagram, const struct datagram_piece *piece)
{
    struct cursor rest = piece->bytes;
    bool fresh = false, contradicts = false;
    for (uint32_t offset = piece->offset; cursor_left(&rest) > 0; offset += DATAGRAM_BLOCK) {
        struct cursor bytes = cursor_cut(&rest, DATAGRAM_BLOCK);
        enum datagram_fit fit = block_add(datagram, offset, &bytes);
        fresh = fresh || fit == PIECE_NEW;
        contradicts = contradicts || fit == PIECE_CONTRADICTS;
    }
    return contradicts ? PIECE_CONTRADICTS : fresh ? PIECE_NEW : PIECE_COPY;
}

enum datagram_fit datagram_add(struct datagram *datagram, const struct datagram_piece *piece)
{
    uint32_t end = piece->offset + (uint32_t)cursor_left(&piece->bytes);
    if (!ends_agree(datagram, end, piece->more))
        return PIECE_MISFITS;
    if (!datagram_reserve(datagram, end))
        return PIECE_REFUSED;
    bool ends = !piece->more && datagram->size == 0;
    if (ends)
        datagram->size = end;
    bool behind = piece->offset >= datagram->reach;
    if (end > datagram->reach)
        datagram->reach = end;
    enum datagram_fit fit = behind ? blocks_append(datagram, piece) : blocks_add(datagram, piece);
    return fit == PIECE_COPY && ends ? PIECE_NEW : fit;
}

bool datagram_is_whole(const struct datagram *datagram)
{
    uint32_t blocks = (datagram->size + DATAGRAM_BLOCK - 1) / DATAGRAM_BLOCK;
    return datagram->size > 0 && datagram->blocks == blocks;
}
