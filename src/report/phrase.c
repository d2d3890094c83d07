#include "report/phrase.h"

#include <stddef.h>

#include "decode/icmp.h"

enum { ANY = -1 };

/* A row without a code stands behind those that have one. */
static const struct row {
    uint8_t family, type;
    int16_t code;
    struct phrase phrase;
} rows[] = {
    {FAMILY_IPV4, 3, 0, {"network unreachable", WHO_SAYS}},
    {FAMILY_IPV4, 3, 1, {"host unreachable", WHO_SAYS}},
    {FAMILY_IPV4, 3, 2, {"protocol refused", WHO_BY}},
    {FAMILY_IPV4, 3, 3, {"refused", WHO_BY}},
    {FAMILY_IPV4, 3, 4, {"too big for the path", WHO_AT}},
    {FAMILY_IPV4, 3, 5, {"source route failed", WHO_AT}},
    {FAMILY_IPV4, 3, 6, {"network unknown", WHO_SAYS}},
    {FAMILY_IPV4, 3, 7, {"host unknown", WHO_SAYS}},
    {FAMILY_IPV4, 3, 8, {"source host isolated", WHO_SAYS}},
    {FAMILY_IPV4, 3, 9, {"blocked", WHO_BY}},
    {FAMILY_IPV4, 3, 10, {"blocked", WHO_BY}},
    {FAMILY_IPV4, 3, 11, {"network unreachable for its type of service", WHO_SAYS}},
    {FAMILY_IPV4, 3, 12, {"host unreachable for its type of service", WHO_SAYS}},
    {FAMILY_IPV4, 3, 13, {"blocked", WHO_BY}},
    {FAMILY_IPV4, 3, 14, {"blocked for its precedence", WHO_BY}},
    {FAMILY_IPV4, 3, 15, {"blocked for its precedence", WHO_BY}},
    {FAMILY_IPV4, 3, ANY, {"unreachable", WHO_SAYS}},
    {FAMILY_IPV4, 4, ANY, {"told to slow down", WHO_BY}},
    {FAMILY_IPV4, 5, ANY, {"told", WHO_BY}},
    {FAMILY_IPV4, 11, 0, {"TTL ran out", WHO_AT}},
    {FAMILY_IPV4, 11, 1, {"not all fragments arrived", WHO_AT}},
    {FAMILY_IPV4, 11, ANY, {"out of time", WHO_AT}},
    {FAMILY_IPV4, 12, ANY, {"header rejected", WHO_BY}},
    {FAMILY_IPV4, 40, ANY, {"IPsec failure", WHO_AT}},
    {FAMILY_IPV6, 1, 0, {"no route", WHO_SAYS}},
    {FAMILY_IPV6, 1, 1, {"blocked", WHO_BY}},
    {FAMILY_IPV6, 1, 2, {"beyond the scope of its source address", WHO_SAYS}},
    {FAMILY_IPV6, 1, 3, {"address unreachable", WHO_SAYS}},
    {FAMILY_IPV6, 1, 4, {"refused", WHO_BY}},
    {FAMILY_IPV6, 1, 5, {"blocked for its source address", WHO_BY}},
    {FAMILY_IPV6, 1, 6, {"route rejected", WHO_BY}},
    {FAMILY_IPV6, 1, 7, {"source route failed", WHO_AT}},
    {FAMILY_IPV6, 1, 8, {"headers too long", WHO_SAYS}},
    {FAMILY_IPV6, 1, ANY, {"unreachable", WHO_SAYS}},
    {FAMILY_IPV6, 2, ANY, {"too big for the path", WHO_AT}},
    {FAMILY_IPV6, 3, 0, {"hop limit ran out", WHO_AT}},
    {FAMILY_IPV6, 3, 1, {"not all fragments arrived", WHO_AT}},
    {FAMILY_IPV6, 3, ANY, {"out of time", WHO_AT}},
    {FAMILY_IPV6, 4, 1, {"protocol refused", WHO_BY}},
    {FAMILY_IPV6, 4, 2, {"option not understood", WHO_BY}},
    {FAMILY_IPV6, 4, ANY, {"header rejected", WHO_BY}},
    {FAMILY_IPV6, 137, ANY, {"told", WHO_BY}},
};

const struct phrase *phrase_get(enum family family, uint8_t type, uint8_t code)
{
    static const struct phrase general = {"answered with an error", WHO_BY};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        if (row->family == family && row->type == type && (row->code == ANY || row->code == code))
            return &row->phrase;
    }
    return &general;
}

const char *phrase_who(const struct phrase *phrase, bool several)
{
    static const char *const forms[WHO_FORMS][2] = {[WHO_BY] = {" by ", " by "},
                                                    [WHO_AT] = {" at ", " at "},
                                                    [WHO_SAYS] = {", says ", ", say "}};
    return forms[phrase->who][several];
}

void line_add_code(struct line *line, enum family family, uint8_t type, uint8_t code)
{
    line_add(line, "%s%u/%u", family == FAMILY_IPV6 ? "v6 " : "", type, code);
}

/* Names that people know better than the registry's, or that are shorter. */
static const struct nickname {
    uint8_t family, type, code;
    const char *name;
} nicknames[] = {
    {FAMILY_IPV4, 3, 13, "administratively prohibited"},
    {FAMILY_IPV4, 8, 0, "echo request"},
    {FAMILY_IPV6, 1, 1, "administratively prohibited"},
    {FAMILY_IPV6, 1, 5, "source address against policy"},
    {FAMILY_IPV6, 4, 0, "parameter problem: header field"},
    {FAMILY_IPV6, 4, 1, "parameter problem: next header"},
    {FAMILY_IPV6, 4, 2, "parameter problem: option"},
    {FAMILY_IPV6, 143, 0, "multicast listener report (v2)"},
};

static const char *nickname_get(enum family family, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < sizeof nicknames / sizeof nicknames[0]; i++) {
        const struct nickname *row = &nicknames[i];
        if (row->family == family && row->type == type && row->code == code)
            return row->name;
    }
    return NULL;
}

/* Types whose codes are named so that they speak for themselves. */
static bool code_says_all(enum family family, uint8_t type)
{
    return family == FAMILY_IPV6 ? type == 1 || type == 3 : type == 3 || type == 5 || type == 11;
}

void line_add_type(struct line *line, enum family family, uint8_t type, uint8_t code)
{
    const struct icmp_type *row = icmp_type_get(family, type);
    const struct icmp_code *code_row = icmp_code_get(family, type, code);
    const char *nickname = nickname_get(family, type, code);
    bool coded = code_row->name != NULL && row->status != ICMP_UNASSIGNED;

    if (nickname != NULL)
        line_add(line, "%s", nickname);
    else if (!coded)
        line_add(line, "%s", row->name);
    else if (code_row->status == ICMP_UNASSIGNED)
        line_add(line, "%s: unassigned code", row->name);
    else if (code_says_all(family, type))
        line_add(line, "%s", code_row->name);
    else
        line_add(line, "%s: %s", row->name, code_row->name);
}
