#include "command/option_row.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"

int option_refuse(const struct given *given, const char *wanted, struct error *error)
{
    const struct option_row *row = given->row;
    if (row->name != NULL)
        return error_set(error, "--%s: '%s' is not %s", row->name, given->value, wanted);
    return error_set(error, "-%c: '%s' is not %s", row->letter, given->value, wanted);
}

int option_number(const struct given *given, uint64_t max, uint64_t *number, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(given->value, &end, 10);
    if (!isdigit((unsigned char)given->value[0]) || *end != '\0' || errno != 0 || value > max)
        return option_refuse(given, "a number in range", error);
    *number = value;
    return 0;
}

int option_name(const char *const *names, size_t count, const char *value, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == length && memcmp(names[i], value, length) == 0)
            return (int)i;
    return -1;
}

int option_seconds(const struct given *given, int64_t *ns, struct error *error)
{
    static const double longest = 1e9; /* seconds: thirty years, and far from overflowing */
    char *end;
    double seconds = strtod(given->value, &end);
    if (*end != '\0' || end == given->value || !(seconds > 0 && seconds <= longest))
        return option_refuse(given, "a number of seconds", error);
    *ns = (int64_t)(seconds * NS_PER_S);
    return 0;
}
