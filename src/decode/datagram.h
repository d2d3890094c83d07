/* The bytes of one datagram that comes in fragments, in any order (RFC 791 3.2, RFC 8200 4.5). What
 * a fragment costs depends on its own size alone, however many came before it. */
#ifndef ICMPSCOPE_DECODE_DATAGRAM_H
#define ICMPSCOPE_DECODE_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/cursor.h"

enum { DATAGRAM_BLOCK = 8, DATAGRAM_MAX = 65535 };

/* What a fragment brings. Its offset is a multiple of DATAGRAM_BLOCK and so, where more follow, is
 * its size; it ends within DATAGRAM_MAX and is not empty. */
struct datagram_piece {
    uint32_t offset;
    bool more; /* it is not the last */
    struct cursor bytes;
};

struct datagram {
    uint8_t *bytes; /* of the blocks that came, and behind their room … */
    uint64_t *came; /* … a bit for each block: of one allocation */
    uint32_t capacity;
    uint32_t reach;  /* where the furthest piece ends */
    uint32_t size;   /* of the whole; 0 until the last piece came */
    uint32_t blocks; /* that came */
};

/* What is allocated beside the bytes themselves is at most a 64th of them and DATAGRAM_EXTRA. */
enum { DATAGRAM_EXTRA = 16 };

enum datagram_fit {
    PIECE_NEW,
    PIECE_COPY,        /* all of it was there, and the same */
    PIECE_CONTRADICTS, /* some of it was there, and different */
    PIECE_MISFITS,     /* it and the datagram end differently: nothing changed */
    PIECE_REFUSED,     /* no memory: nothing changed */
};

void datagram_init(struct datagram *datagram);
void datagram_fini(struct datagram *datagram);

/* Adds a piece. What came first stays: of one that contradicts only what is new is taken. */
enum datagram_fit datagram_add(struct datagram *datagram, const struct datagram_piece *piece);

bool datagram_is_whole(const struct datagram *datagram);

#endif
