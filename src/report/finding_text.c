#include "report/finding_text.h"

#include <stdbool.h>
#include <string.h>

enum { NOUN_SIZE = 32 };

/* What stands between braces. */
struct slot {
    const char *name;
    size_t length;
    char noun[NOUN_SIZE]; /* "" without one */
};

static bool slot_is(const struct slot *slot, const char *name)
{
    return strlen(name) == slot->length && memcmp(name, slot->name, slot->length) == 0;
}

static const struct addr *addr_get(const struct slot *slot, const struct finding *finding)
{
    if (slot_is(slot, "src"))
        return &finding->story.src;
    if (slot_is(slot, "dst"))
        return &finding->story.dst;
    return slot_is(slot, "reporter") ? &finding->reporter : NULL;
}

static bool add_addr(struct line *line, const struct slot *slot, const struct finding *finding)
{
    const struct addr *addr = addr_get(slot, finding);
    if (addr == NULL)
        return false;
    if (slot->noun[0] != '\0' && addr_is_unspecified(addr))
        return true;
    if (slot->noun[0] != '\0')
        line_add(line, "%s ", slot->noun);
    line_add_addr(line, *addr, (enum family)finding->story.family);
    return true;
}

static bool number_get(const struct slot *slot, const struct finding *finding, uint64_t *number)
{
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {{"port", finding->port},
                   {"value", finding->value},
                   {"limit", finding->limit},
                   {"count", finding->seen.count}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (slot_is(slot, numbers[i].name)) {
            *number = numbers[i].number;
            return true;
        }
    return false;
}

static bool slot_add(struct line *line, const struct slot *slot, const struct finding *finding)
{
    uint64_t number;
    if (add_addr(line, slot, finding))
        return true;
    if (!number_get(slot, finding, &number))
        return false;
    if (slot->noun[0] != '\0')
        line_add_count(line, number, slot->noun);
    else
        line_add_number(line, number);
    return true;
}

/* "{name}" or "{name:noun}" at `text`, which begins with its brace. Returns its length, or 0. */
static size_t slot_read(struct slot *slot, const char *text)
{
    size_t length = strcspn(text, "}");
    if (text[length] == '\0')
        return 0;
    *slot = (struct slot){.name = text + 1, .length = strcspn(text + 1, ":}")};
    size_t noun = length > slot->length + 2 ? length - slot->length - 2 : 0;
    if (noun >= sizeof slot->noun)
        return 0;
    memcpy(slot->noun, slot->name + slot->length + (noun > 0), noun);
    return length + 1;
}

void finding_text_add(struct line *line, const char *text, const struct finding *finding)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        line_add(line, "%.*s", (int)plain, text);
        text += plain;
        if (*text == '\0')
            return;
        struct slot slot;
        size_t length = slot_read(&slot, text);
        if (length == 0 || !slot_add(line, &slot, finding)) {
            length = length == 0 ? 1 : length;
            line_add(line, "%.*s", (int)length, text);
        }
        text += length;
    }
}
