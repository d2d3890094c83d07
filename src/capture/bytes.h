/* Fields of savefile headers, in the byte order of the file. */
#ifndef ICMPSCOPE_CAPTURE_BYTES_H
#define ICMPSCOPE_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t bytes_u16(const uint8_t *p, bool big_endian)
{
    return (uint16_t)(big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t bytes_u32(const uint8_t *p, bool big_endian)
{
    uint32_t big = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    uint32_t little = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
    return big_endian ? big : little;
}

static inline uint64_t bytes_u64(const uint8_t *p, bool big_endian)
{
    uint64_t first = bytes_u32(p, big_endian), second = bytes_u32(p + 4, big_endian);
    return big_endian ? first << 32 | second : second << 32 | first;
}

/* Whether this machine stores the most significant byte first. */
static inline bool bytes_host_big_endian(void)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

#endif
