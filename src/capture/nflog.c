#include "capture/nflog.h"

#include <string.h>

enum { HEADER = 4, VERSION_AT = 1, ATTRIBUTE_HEADER = 4, ATTRIBUTE_ALIGN = 4 };

static uint16_t turn_u16(uint8_t *p)
{
    uint8_t turned[2] = {p[1], p[0]};
    uint16_t value;
    memcpy(p, turned, sizeof turned);
    memcpy(&value, turned, sizeof value);
    return value;
}

void nflog_turn(uint8_t *frame, uint32_t cap_length, uint32_t wire_length)
{
    uint32_t left = cap_length < wire_length ? cap_length : wire_length;
    if (left < HEADER || frame[VERSION_AT] != 0)
        return;

    uint8_t *p = frame + HEADER;
    uint32_t captured = cap_length - HEADER;
    left -= HEADER;
    while (captured >= ATTRIBUTE_HEADER) {
        uint32_t length = turn_u16(p);
        turn_u16(p + 2);
        length = (length + ATTRIBUTE_ALIGN - 1) / ATTRIBUTE_ALIGN * ATTRIBUTE_ALIGN;
        if (length < ATTRIBUTE_HEADER || length > left)
            return;
        p += length;
        captured -= length;
        left -= length;
    }
}
