#include "base/quantity.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

int quantity_bytes(const char *text, uint64_t *bytes)
{
    static const char letters[] = "KMGT";
    uint64_t value = 0;
    if (!isdigit((unsigned char)*text))
        return -1;
    for (; isdigit((unsigned char)*text); text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return -1;
        value = 10 * value + digit;
    }

    const char *letter = *text != '\0' ? strchr(letters, toupper((unsigned char)*text)) : NULL;
    unsigned bits = letter != NULL ? 10 * (unsigned)(letter - letters + 1) : 0;
    text += letter != NULL;
    if (*text != '\0' && (letter == NULL || strcasecmp(text, "iB") != 0))
        return -1;
    if (value > UINT64_MAX >> bits)
        return -1;
    *bytes = value << bits;
    return 0;
}
