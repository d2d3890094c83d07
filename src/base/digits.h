/* Digits of numbers, written several at a time: a record has some thirty numbers, and where the
 * branches of a loop depend on their lengths, the processor guesses wrong once a number. */
#ifndef ICMPSCOPE_BASE_DIGITS_H
#define ICMPSCOPE_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What digits_put() may write over: up to 20 digits, and what it stores beyond its last one. */
enum { DIGITS_ROOM = 24 };

/* Four and eight characters, the first of them in the lowest byte. Where bytes stand so in memory,
 * a single store. */
static inline void digits_store_four(char *to, uint32_t characters)
{
    to[0] = (char)characters;
    to[1] = (char)(characters >> 8);
    to[2] = (char)(characters >> 16);
    to[3] = (char)(characters >> 24);
}

static inline void digits_store(char *to, uint64_t characters)
{
    to[0] = (char)characters;
    to[1] = (char)(characters >> 8);
    to[2] = (char)(characters >> 16);
    to[3] = (char)(characters >> 24);
    to[4] = (char)(characters >> 32);
    to[5] = (char)(characters >> 40);
    to[6] = (char)(characters >> 48);
    to[7] = (char)(characters >> 56);
}

/* How many of the lowest bytes of `bytes`, which is not 0, are zero. */
static inline unsigned digits_zeros(uint64_t bytes)
{
#if defined __GNUC__ || defined __clang__
    return (unsigned)__builtin_ctzll(bytes) / 8;
#else
    unsigned zeros = 0;
    while ((bytes >> 8 * zeros & 0xff) == 0)
        zeros++;
    return zeros;
#endif
}

/* The eight digits of a value below 10^8, as numbers 0 to 9: a byte each, the first one lowest. The
 * value is halved in lanes of one word: into 2 of four digits, 4 of two, 8 of one. */
static inline uint64_t digits_split(uint32_t value)
{
    uint64_t four = value / 10000 | (uint64_t)(value % 10000) << 32;
    uint64_t hundreds = (four * 5243 >> 19) & UINT64_C(0x0000007f0000007f);
    uint64_t two = hundreds | (four - hundreds * 100) << 16;
    uint64_t tens = (two * 103 >> 10) & UINT64_C(0x000f000f000f000f);
    return tens | (two - tens * 10) << 8;
}

static inline char *digits_put_eight(char *to, uint32_t value)
{
    digits_store(to, digits_split(value) | UINT64_C(0x3030303030303030));
    return to + 8;
}

/* As many as a value below 10^8 has. */
static inline char *digits_put_short(char *to, uint32_t value)
{
    uint64_t digits = digits_split(value);
    unsigned zeros = digits_zeros(digits | UINT64_C(1) << 56);
    digits_store(to, (digits | UINT64_C(0x3030303030303030)) >> 8 * zeros);
    return to + 8 - zeros;
}

/* Writes the value in decimal at `to`, where DIGITS_ROOM bytes are free. Returns its end. */
static inline char *digits_put(char *to, uint64_t value)
{
    enum { EIGHT = 100000000 };
    if (value < EIGHT)
        return digits_put_short(to, (uint32_t)value);
    uint64_t high = value / EIGHT;
    if (high < EIGHT)
        to = digits_put_short(to, (uint32_t)high);
    else
        to = digits_put_eight(digits_put_short(to, (uint32_t)(high / EIGHT)),
                              (uint32_t)(high % EIGHT));
    return digits_put_eight(to, (uint32_t)(value % EIGHT));
}

/* The same, with a sign where it is negative: a byte more. */
static inline char *digits_put_signed(char *to, int64_t value)
{
    *to = '-';
    return digits_put(to + (value < 0), value < 0 ? -(uint64_t)value : (uint64_t)value);
}

/* Two digits of a value below 100. */
static inline char *digits_put_two(char *to, unsigned value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    memcpy(to, pairs + 2 * (size_t)value, 2);
    return to + 2;
}

#endif
