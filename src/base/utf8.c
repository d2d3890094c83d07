#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* RFC 3629 section 3: a row for each length, by the bits that the first byte begins with. */
struct form {
    uint8_t mask, lead;
    size_t length;
    uint32_t first; /* below this, the form is overlong */
};

static const struct form *form_of(uint8_t byte)
{
    static const struct form forms[] = {{0x80, 0x00, 1, 0},
                                        {0xe0, 0xc0, 2, 0x80},
                                        {0xf0, 0xe0, 3, 0x800},
                                        {0xf8, 0xf0, 4, 0x10000}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if ((byte & forms[i].mask) == forms[i].lead)
            return &forms[i];
    return NULL;
}

size_t utf8_decode(const char *bytes, size_t size, uint32_t *code)
{
    const uint8_t *p = (const uint8_t *)bytes;
    const struct form *form = size > 0 ? form_of(p[0]) : NULL;
    if (form == NULL || form->length > size)
        return 0;

    uint32_t value = p[0] & (uint8_t)~form->mask;
    for (size_t i = 1; i < form->length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < form->first || surrogate || value > 0x10ffff)
        return 0;
    *code = value;
    return form->length;
}

bool utf8_valid(const char *bytes, size_t size)
{
    uint32_t code;
    for (size_t at = 0, length; at < size; at += length) {
        length = utf8_decode(bytes + at, size - at, &code);
        if (length == 0)
            return false;
    }
    return true;
}

bool utf8_is_control(uint32_t code)
{
    static const struct range ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
    };
    return in_ranges(code, ranges, sizeof ranges / sizeof ranges[0]);
}

unsigned utf8_columns(uint32_t code)
{
    /* Blocks, after Unicode's EastAsianWidth.txt; generous at their edges. */
    static const struct range ranges[] = {
        {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2e80, 0xa4cf},   {0xa960, 0xa97f},
        {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe6f},   {0xff01, 0xff60},
        {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f000, 0x1faff},
        {0x20000, 0x3fffd},
    };
    return in_ranges(code, ranges, sizeof ranges / sizeof ranges[0]) ? 2 : 1;
}
