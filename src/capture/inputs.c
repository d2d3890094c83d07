#include "capture/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "capture/block.h"
#include "capture/source.h"

enum {
    INPUTS_MOST = 65535,
    READER_BATCH = 128,              /* records read ahead of each of several inputs */
    BUFFERS_MOST = 64 * 1024 * 1024, /* bytes, of all inputs together */
};

/* struct inputs.dry: all have records read ahead, or are at their end. */
static const size_t INPUTS_NONE_DRY = SIZE_MAX;

/* An open input, and the records of it that were read ahead. */
struct input_reader {
    struct source *source;
    struct record batch[READER_BATCH];
    size_t next, count; /* not given yet: from `next` up to `count` */
};

void inputs_init(struct inputs *inputs)
{
    *inputs = (struct inputs){.dry = INPUTS_NONE_DRY};
}

static int make_room(struct inputs *inputs, struct error *error)
{
    if (inputs->count < inputs->capacity)
        return 0;

    size_t capacity = inputs->capacity > 0 ? inputs->capacity * 2 : 4;
    struct input *list = realloc(inputs->list, capacity * sizeof *list);
    if (list == NULL)
        return error_set(error, "out of memory");
    inputs->list = list;
    struct inputs_turn *turns = realloc(inputs->turns, capacity * sizeof *turns);
    if (turns == NULL)
        return error_set(error, "out of memory");
    inputs->turns = turns;
    inputs->capacity = capacity;
    return 0;
}

static void input_close(struct input *input, enum input_state state)
{
    struct source *source = input->reader->source;
    if (source != NULL) {
        input->offset = source_offset(source);
        input->size = source_size(source);
        if (input->keeps)
            input->kept = source;
        else
            source_free(source);
    }
    free(input->reader);
    input->reader = NULL;
    input->state = state;
}

/* The one that comes next in the list. -1 where memory is short; one that cannot be used is not a
 * failure. */
static int input_open(struct inputs *inputs)
{
    struct input *input = &inputs->list[inputs->count];
    input->state = INPUT_UNREADABLE;
    input->reader = malloc(sizeof *input->reader);
    if (input->reader == NULL)
        return -1;

    input->reader->next = 0;
    input->reader->count = 0;
    const struct source_config config = {
        .capture = (uint16_t)inputs->count, .wait = inputs->wait, .memory = inputs->memory};
    input->reader->source = source_open(input->path, &config, &input->error);
    if (input->reader->source != NULL)
        input->state = INPUT_READING;
    else
        input_close(input, INPUT_UNREADABLE);
    return 0;
}

int inputs_add(struct inputs *inputs, const char *path, struct error *error)
{
    if (inputs->count == INPUTS_MOST)
        return error_set(error, "more than 65,535 captures");
    if (make_room(inputs, error) != 0)
        return -1;

    struct input *input = &inputs->list[inputs->count];
    *input = (struct input){.path = strdup(path)};
    if (input->path == NULL || input_open(inputs) != 0) {
        free(input->path);
        return error_set(error, "out of memory");
    }
    inputs->count++;
    return 0;
}

int inputs_listen(struct inputs *inputs, const char *name, const struct live_config *config,
                  const struct nic_config *own, struct error *error)
{
    if (make_room(inputs, error) != 0)
        return -1;
    if (inputs->live == NULL)
        inputs->live = live_new(config);
    struct input *input = &inputs->list[inputs->count];
    *input = (struct input){.path = strdup(name), .state = INPUT_READING};
    if (input->path == NULL || inputs->live == NULL) {
        free(input->path);
        return error_set(error, "out of memory");
    }
    struct nic_config config_own = *own;
    config_own.capture = (uint16_t)inputs->count++;
    config_own.memory = inputs->memory;
    if (live_add(inputs->live, input->path, &config_own, &input->error) != 0)
        input->state = INPUT_UNREADABLE;
    return 0;
}

int inputs_begin(struct inputs *inputs, size_t index)
{
    struct input *input = &inputs->list[index];
    if (inputs->live != NULL)
        return 0;
    if (input->state != INPUT_READING || source_begin(input->reader->source, &input->error) == 0)
        return 0;
    input_close(input, INPUT_UNREADABLE);
    return -1;
}

/* Returns how many; closes an input that has no more. */
static size_t input_read(struct input *input, struct record *records, size_t max)
{
    int got = source_read(input->reader->source, records, max, &input->error);
    if (got <= 0)
        input_close(input, got == 0 ? INPUT_DONE : INPUT_DAMAGED);
    return got > 0 ? (size_t)got : 0;
}

static bool turn_before(const struct inputs_turn *a, const struct inputs_turn *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->index < b->index;
}

static void turns_swap(struct inputs_turn *a, struct inputs_turn *b)
{
    struct inputs_turn other = *a;
    *a = *b;
    *b = other;
}

static void turns_add(struct inputs *inputs, struct inputs_turn turn)
{
    struct inputs_turn *turns = inputs->turns;
    size_t at = inputs->waiting++;
    turns[at] = turn;
    while (at > 0 && turn_before(&turns[at], &turns[(at - 1) / 2])) {
        turns_swap(&turns[at], &turns[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

/* The first turn has got later: puts it where it belongs. */
static void turns_sink(struct inputs *inputs)
{
    struct inputs_turn *turns = inputs->turns;
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= inputs->waiting)
            return;
        if (child + 1 < inputs->waiting && turn_before(&turns[child + 1], &turns[child]))
            child++;
        if (turn_before(&turns[at], &turns[child]))
            return;
        turns_swap(&turns[at], &turns[child]);
        at = child;
    }
}

static void turns_remove_first(struct inputs *inputs)
{
    inputs->turns[0] = inputs->turns[--inputs->waiting];
    turns_sink(inputs);
}

/* Reads ahead, and gives the input its turn. */
static void input_fill(struct inputs *inputs, size_t index)
{
    struct input *input = &inputs->list[index];
    size_t count = input_read(input, input->reader->batch, READER_BATCH);
    if (count == 0)
        return;

    input->reader->next = 0;
    input->reader->count = count;
    turns_add(inputs, (struct inputs_turn){input->reader->batch[0].time_ns, (uint32_t)index});
}

static size_t count_reading(const struct inputs *inputs)
{
    size_t reading = 0;
    for (size_t i = 0; i < inputs->count; i++)
        reading += inputs->list[i].state == INPUT_READING;
    return reading;
}

static void share_out(struct inputs *inputs)
{
    inputs->shared = true;
    size_t reading = count_reading(inputs);
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->list[i].state != INPUT_READING)
            continue;
        struct source *source = inputs->list[i].reader->source;
        size_t size = BUFFERS_MOST / reading;
        if (inputs->memory != 0 && inputs->memory / 8 < size)
            size = inputs->memory / 8;
        source_set_block_size(source, size);
        if (reading > 1)
            input_fill(inputs, i);
        else
            inputs->dry = i;
    }
}

/* Records that lie ahead, in turn, until an input has none: reading more of it would take away
 * the bytes of those that were given. */
static size_t merge(struct inputs *inputs, struct record *records, size_t max)
{
    size_t count = 0;
    while (count < max && inputs->waiting > 0) {
        struct inputs_turn *first = &inputs->turns[0];
        struct input_reader *reader = inputs->list[first->index].reader;
        records[count++] = reader->batch[reader->next++];
        if (reader->next == reader->count) {
            inputs->dry = first->index;
            turns_remove_first(inputs);
            return count;
        }
        first->time_ns = reader->batch[reader->next].time_ns;
        turns_sink(inputs);
    }
    return count;
}

static size_t inputs_read_live(struct inputs *inputs, struct record *records, size_t max)
{
    size_t count = live_read(inputs->live, records, max);
    for (size_t i = 0; i < inputs->count && count == 0; i++)
        if (inputs->list[i].state == INPUT_READING)
            inputs->list[i].state = INPUT_DONE;
    return count;
}

size_t inputs_read(struct inputs *inputs, struct record *records, size_t max)
{
    if (inputs->live != NULL)
        return inputs_read_live(inputs, records, max);
    if (!inputs->shared)
        share_out(inputs);
    if (inputs->dry == INPUTS_NONE_DRY)
        return merge(inputs, records, max);

    size_t dry = inputs->dry;
    if (inputs->waiting == 0) { /* the only one left: nothing to merge it with */
        size_t count = input_read(&inputs->list[dry], records, max);
        if (count == 0)
            inputs->dry = INPUTS_NONE_DRY;
        return count;
    }
    inputs->dry = INPUTS_NONE_DRY;
    input_fill(inputs, dry);
    return merge(inputs, records, max);
}

bool inputs_may_keep(struct inputs *inputs)
{
    struct input *input = &inputs->list[0];
    if (inputs->live != NULL || inputs->count != 1 || input->state != INPUT_READING)
        return false;
    input->keeps = source_may_keep(input->reader->source);
    return input->keeps;
}

static struct source *source_of(const struct input *input)
{
    return input->reader != NULL ? input->reader->source : input->kept;
}

void inputs_keep(struct inputs *inputs)
{
    source_keep(source_of(&inputs->list[0]));
}

uint64_t inputs_turns(const struct inputs *inputs)
{
    return source_turns(source_of(&inputs->list[0]));
}

uint64_t inputs_offset(const struct inputs *inputs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->list[i];
        sum += input->reader != NULL ? source_offset(input->reader->source) : input->offset;
    }
    return sum;
}

uint64_t inputs_size(const struct inputs *inputs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->list[i];
        uint64_t size = input->reader != NULL ? source_size(input->reader->source) : input->size;
        if (size == 0 && input->state != INPUT_UNREADABLE)
            return 0;
        sum += size;
    }
    return sum;
}

void inputs_fini(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->list[i].reader != NULL)
            input_close(&inputs->list[i], INPUT_DONE);
        source_free(inputs->list[i].kept);
        free(inputs->list[i].path);
    }
    free(inputs->list);
    free(inputs->turns);
    live_free(inputs->live);
    inputs_init(inputs);
}
