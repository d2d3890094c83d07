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
    datagram->capacity = 0;
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
    uint8_t *bytes = realloc(datagram->bytes, capacity);
    if (bytes == NULL)
        return false;
    datagram->bytes = bytes;
    datagram->capacity = capacity;
    return true;
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

/* All of a piece that lies behind what came: as most do, which come in their order. */
static enum datagram_fit blocks_append(struct datagram *datagram,
                                       const struct datagram_piece *piece)
{
    size_t size = cursor_left(&piece->bytes);
    uint32_t block = piece->offset / DATAGRAM_BLOCK;
    uint32_t end = (uint32_t)(piece->offset + size + DATAGRAM_BLOCK - 1) / DATAGRAM_BLOCK;
    memcpy(datagram->bytes + piece->offset, piece->bytes.p, size);
    datagram->blocks += end - block;
    for (; block < end; block++)
        datagram->came[block / 64] |= UINT64_C(1) << block % 64;
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
