#include "decode/icmp.h"

#include <stddef.h>

/* Numbers the rows of the codes in the order of icmp_types.def. FIRST_4_3 is the number of the
 * first row of ICMP type 3: the enumerator behind it steps back, so that a type takes no number. */
enum code_number {
#define ICMP_TYPE(family, type, name, class, status, quotes, rfc)                                  \
    FIRST_##family##_##type, BACK_##family##_##type = FIRST_##family##_##type - 1,
#define ICMP_CODE(family, type, code, name, status, rfc) ROW_##family##_##type##_##code,
#include "decode/icmp_types.def"
#undef ICMP_TYPE
#undef ICMP_CODE
    CODE_ROWS
};

struct type_row {
    struct icmp_type type;
    uint16_t first_code; /* enum code_number; the rows of its codes follow one another */
};

/* [0]: ICMP, [1]: ICMPv6. A type without a row has no name. */
static const struct type_row type_rows[2][256] = {
#define ICMP_TYPE(family, type, name, class, status, quotes, rfc)                                  \
    [family == 6][type] = {{name, ICMP_##class, ICMP_##status, quotes, rfc},                       \
                           FIRST_##family##_##type},
#define ICMP_CODE(family, type, code, name, status, rfc)
#include "decode/icmp_types.def"
#undef ICMP_TYPE
#undef ICMP_CODE
};

struct code_row {
    struct icmp_code code;
    bool v6;
    uint8_t type, number;
};

static const struct code_row code_rows[CODE_ROWS] = {
#define ICMP_TYPE(family, type, name, class, status, quotes, rfc)
#define ICMP_CODE(family, type, code, name, status, rfc)                                           \
    {{name, ICMP_##status, rfc}, family == 6, type, code},
#include "decode/icmp_types.def"
#undef ICMP_TYPE
#undef ICMP_CODE
};

static const struct icmp_type unassigned_type = {"unassigned", ICMP_OTHER, ICMP_UNASSIGNED, false,
                                                 NULL};
static const struct icmp_code unassigned_code = {"unassigned", ICMP_UNASSIGNED, NULL};

/* Any code of a type that has no rows of codes: it is what the type is. */
static const struct icmp_code uncoded[ICMP_STATUSES] = {
    [ICMP_CURRENT] = {NULL, ICMP_CURRENT, NULL},
    [ICMP_DEPRECATED] = {NULL, ICMP_DEPRECATED, NULL},
    [ICMP_EXPERIMENTAL] = {NULL, ICMP_EXPERIMENTAL, NULL},
    [ICMP_UNASSIGNED] = {NULL, ICMP_UNASSIGNED, NULL},
};

const char *const icmp_class_names[ICMP_CLASSES] = {
    [ICMP_ERROR] = "error",         [ICMP_REQUEST] = "request", [ICMP_REPLY] = "reply",
    [ICMP_DISCOVERY] = "discovery", [ICMP_OTHER] = "other",
};

const char *const icmp_status_names[ICMP_STATUSES] = {
    [ICMP_CURRENT] = "current",
    [ICMP_DEPRECATED] = "deprecated",
    [ICMP_EXPERIMENTAL] = "experimental",
    [ICMP_UNASSIGNED] = "unassigned",
};

/* Types without a row are no errors. */
const bool icmp_error_types[2][256] = {
#define ICMP_TYPE(family, type, name, class, status, quotes, rfc)                                  \
    [(family) == 6][type] = ICMP_##class == ICMP_ERROR,
#define ICMP_CODE(family, type, code, name, status, rfc)
#include "decode/icmp_types.def"
#undef ICMP_TYPE
#undef ICMP_CODE
};

const struct icmp_type *icmp_type_get(enum family family, uint8_t type)
{
    const struct icmp_type *row = &type_rows[family == FAMILY_IPV6][type].type;
    return row->name != NULL ? row : &unassigned_type;
}

static bool code_row_is_of(size_t row, bool v6, uint8_t type)
{
    return row < CODE_ROWS && code_rows[row].v6 == v6 && code_rows[row].type == type;
}

const struct icmp_code *icmp_code_get(enum family family, uint8_t type, uint8_t code)
{
    bool v6 = family == FAMILY_IPV6;
    const struct type_row *row = &type_rows[v6][type];
    if (row->type.name == NULL)
        return &unassigned_code;
    if (!code_row_is_of(row->first_code, v6, type))
        return &uncoded[row->type.status];

    for (size_t i = row->first_code; code_row_is_of(i, v6, type); i++)
        if (code_rows[i].number == code)
            return &code_rows[i].code;
    return &unassigned_code;
}
