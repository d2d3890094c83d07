#include "intake.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "decode/decode.h"

void intake_complain(const struct intake *intake, const char *line)
{
    if (intake->config->complain != NULL)
        intake->config->complain(intake->config->context, line);
}

static void complain_input(const struct intake *intake, const struct input *input)
{
    const char *name = strcmp(input->path, "-") == 0 ? "standard input" : input->path;
    struct error line = {""};
    error_set(&line, "%s: %s", name, input->error.text);
    intake_complain(intake, line.text);
}

/* A user of tcpdump gives the filter as bare words, which are file names here: those from `first`
 * on that are no files. Returns how many were taken for a filter, and told so. */
static size_t hint_filter(const struct intake *intake, size_t first)
{
    const struct icmpscope_config *config = intake->config;
    char words[ERROR_TEXT_SIZE / 4] = "";
    size_t used = 0, next = first;
    while (next < config->file_count && access(config->files[next], F_OK) != 0 &&
           used + strlen(config->files[next]) + 2 < sizeof words) {
        const char *space = used > 0 ? " " : "";
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", space,
                                 config->files[next++]);
    }
    struct filter *filter = used > 0 ? filter_new(words, NULL) : NULL;
    if (filter == NULL)
        return 0;
    filter_free(filter);

    struct error line = {""};
    error_set(&line, "no such capture: %s; to filter, use -f '%s'", words, words);
    intake_complain(intake, line.text);
    return next - first;
}

/* Every input that can be read is, whatever the others are. */
static int inputs_open(struct intake *intake, struct error *error)
{
    size_t hinted = 0;
    for (size_t i = 0; i < intake->config->file_count; i++) {
        if (inputs_add(&intake->inputs, intake->config->files[i], error) != 0)
            return -1;
        const struct input *input = &intake->inputs.list[i];
        if (input->state != INPUT_UNREADABLE)
            continue;
        if (i >= hinted)
            hinted = i + hint_filter(intake, i);
        if (i >= hinted)
            complain_input(intake, input);
    }
    return 0;
}

/* Every interface that can be captured from is. */
static enum icmpscope_status interfaces_open(struct intake *intake, struct error *error)
{
    const struct icmpscope_config *config = intake->config;
    const struct live_config live = {.wait = &intake->wait,
                                     .clock = config->clock,
                                     .complain = config->complain,
                                     .context = config->context};
    const struct nic_config own = {.live = &config->live, .filter = config->filter};
    if (config->clock == NULL) {
        error_set(error, "interfaces need a clock");
        return ICMPSCOPE_USAGE;
    }
    if (config->filter != NULL && nic_check_filter(config->filter, error) != 0)
        return ICMPSCOPE_USAGE;
    for (size_t i = 0; i < config->interface_count; i++) {
        if (inputs_listen(&intake->inputs, config->interfaces[i], &live, &own, error) != 0)
            return ICMPSCOPE_FAILED;
        if (intake->inputs.list[i].state == INPUT_UNREADABLE)
            complain_input(intake, &intake->inputs.list[i]);
    }
    return ICMPSCOPE_OK;
}

/* The worst of what happened to the inputs. */
enum icmpscope_status intake_status(const struct intake *intake)
{
    bool unreadable = false, damaged = false;
    for (size_t i = 0; i < intake->inputs.count; i++) {
        const struct input *input = &intake->inputs.list[i];
        unreadable = unreadable || input->state == INPUT_UNREADABLE;
        damaged = damaged || input->state == INPUT_DAMAGED;
        if (input->state == INPUT_DAMAGED)
            complain_input(intake, input);
    }
    return unreadable ? ICMPSCOPE_FAILED : damaged ? ICMPSCOPE_DAMAGED : ICMPSCOPE_OK;
}

void intake_begin(struct intake *intake)
{
    for (size_t i = 0; i < intake->inputs.count; i++)
        if (inputs_begin(&intake->inputs, i) != 0)
            complain_input(intake, &intake->inputs.list[i]);
}

bool intake_is_usable(const struct intake *intake)
{
    for (size_t i = 0; i < intake->inputs.count; i++)
        if (intake->inputs.list[i].state != INPUT_UNREADABLE)
            return true;
    return false;
}

static bool is_decoded(uint16_t link_type)
{
    return decode_link_type_known(link_type, NULL);
}

enum icmpscope_status intake_open(struct intake *intake, const struct icmpscope_config *config,
                                  size_t memory, struct error *error)
{
    intake->config = config;
    inputs_init(&intake->inputs);
    intake->inputs.wait = &intake->wait;
    intake->inputs.memory = memory;
    if (config->interface_count > 0)
        return interfaces_open(intake, error);
    if (config->filter != NULL) {
        intake->filter = filter_new(config->filter, error);
        if (intake->filter == NULL)
            return ICMPSCOPE_USAGE;
        filter_compile(intake->filter, is_decoded);
    }
    return inputs_open(intake, error) == 0 ? ICMPSCOPE_OK : ICMPSCOPE_FAILED;
}

void intake_close(struct intake *intake)
{
    filter_free(intake->filter);
    inputs_fini(&intake->inputs);
}
