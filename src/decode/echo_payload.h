/* What an echo carries, made small: nothing after decode/ looks at its bytes. */
#ifndef ICMPSCOPE_DECODE_ECHO_PAYLOAD_H
#define ICMPSCOPE_DECODE_ECHO_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/cursor.h"

/* Programs that can be told by what their echo requests carry. */
enum echo_program {
    ECHO_PROGRAM_NONE,     /* none of them, or several may be it */
    ECHO_PROGRAM_COUNTING, /* counts up, as many programs do: a ping's, but not whose */
    ECHO_PROGRAM_LINUX,    /* iputils, inetutils: time in two words of 64 bits, then 10 11 12 ... */
    ECHO_PROGRAM_BSD,      /* FreeBSD, macOS, Solaris: time as two big-endian words of 32 bits */
    ECHO_PROGRAM_OPENBSD,  /* time that is hidden and a MAC, 24 bytes, then 18 19 1a ... */
    ECHO_PROGRAM_WINDOWS,  /* abcdefghijklmnopqrstuvwabcdefghi */
    ECHO_PROGRAM_CISCO,    /* IOS: 8 bytes of its own, then abcd abcd ... (hexadecimal) */
    ECHO_PROGRAM_LIBOPING, /* oping, collectd: says so */
    ECHO_PROGRAM_WHATSUP,  /* WhatsUp Gold: says so */
    ECHO_PROGRAM_HPING,    /* XXXX... */
    ECHO_PROGRAMS
};

/* Names for the records; NULL of those that are no program's. */
extern const char *const echo_program_names[ECHO_PROGRAMS];

enum { ECHO_HEAD = 16, ECHO_SAMPLE = 256 };

struct echo_payload {
    uint64_t hash;     /* of what was captured of it; keyed with nothing */
    uint32_t captured; /* bytes that were */
    uint8_t program;   /* enum echo_program */
    uint8_t head_size; /* bytes of head that were there */
    uint16_t sampled;  /* of the first bytes, but of a program's: how many were looked at … */
    uint16_t distinct; /* … and how many different values they, or the steps between them, have:
                        * the lesser, as counting up is no disorder */
    uint8_t head[ECHO_HEAD]; /* for echo_payload_time() */
};

/* Of the bytes of an echo behind its sequence number, as far as they were captured. */
void echo_payload_read(struct cursor in, struct echo_payload *out);

/* The time of sending that a ping has put first, in any usual width, unit and order of bytes, where
 * it is within a day of `near_ns`. */
bool echo_payload_time(const struct echo_payload *payload, int64_t near_ns, int64_t *time_ns);

/* How much it looks like random bytes, in percent: of 16 bytes and more, above 80 for what is
 * encrypted or compressed, below 60 for text, 1 for a repeated byte; 0 for a program's. */
unsigned echo_payload_disorder(const struct echo_payload *payload);

#endif
