/* Capturing from interfaces; the letters are tcpdump's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "command/option_row.h"

static int apply_interface(struct options *options, const struct given *given, struct error *error)
{
    if (given->value[0] == '\0')
        return option_refuse(given, "an interface", error);
    options->interfaces[options->config.interface_count++] = given->value;
    return 0;
}

static int apply_list(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->action = OPTIONS_LIST;
    return 0;
}

/* 0 is the default, as for tcpdump. */
static int apply_snap_length(struct options *options, const struct given *given,
                             struct error *error)
{
    const uint32_t most = options->config.live.snap_length;
    uint64_t length;
    if (option_number(given, most, &length, error) != 0)
        return -1;
    options->config.live.snap_length = length != 0 ? (uint32_t)length : most;
    return 0;
}

static int apply_buffer(struct options *options, const struct given *given, struct error *error)
{
    enum { KIB_MOST = INT32_MAX / 1024 };
    uint64_t kib;
    if (option_number(given, KIB_MOST, &kib, error) != 0)
        return -1;
    options->config.live.buffer_kib = (uint32_t)kib;
    return kib == 0 ? option_refuse(given, "a number of KiB from 1 on", error) : 0;
}

static int apply_not_promiscuous(struct options *options, const struct given *given,
                                 struct error *error)
{
    (void)given, (void)error;
    options->config.live.promiscuous = false;
    return 0;
}

static int apply_direction(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {
        [ICMPSCOPE_INOUT] = "inout", [ICMPSCOPE_IN] = "in", [ICMPSCOPE_OUT] = "out"};
    int direction = option_name(names, 3, given->value, strlen(given->value));
    if (direction < 0)
        return option_refuse(given, "in, out or inout", error);
    options->config.live.direction = (enum icmpscope_direction)direction;
    return 0;
}

static int apply_immediate(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.live.immediate = true;
    return 0;
}

static int apply_time_stamp_type(struct options *options, const struct given *given,
                                 struct error *error)
{
    (void)error;
    options->config.live.time_stamp_type = given->value;
    return 0;
}

static int apply_interval(struct options *options, const struct given *given, struct error *error)
{
    return option_seconds(given, &options->config.interval_ns, error);
}

static const struct option_row rows[] = {
    {'i', NULL, "IFACE", "capture from IFACE until it is stopped; repeatable, 'any' is all of them",
     apply_interface},
    {'D', "list-interfaces", NULL, "list the interfaces, and end", apply_list},
    {'s', NULL, "LEN", "look at LEN bytes of each packet, default 262144", apply_snap_length},
    {'B', NULL, "KIB", "size of the kernel's buffer of each interface, default 2048", apply_buffer},
    {'p', NULL, NULL, "do not put the interfaces into promiscuous mode", apply_not_promiscuous},
    {'Q', NULL, "DIR", "packets that come in, that go out, or inout (default)", apply_direction},
    {0, "immediate-mode", NULL, "take each packet at once, not blocks of them", apply_immediate},
    {0, "time-stamp-type", "TYPE", "whose clock stamps packets, like adapter_unsynced; -D lists",
     apply_time_stamp_type},
    {0, "interval", "SECONDS", "stats and what was found, so often; default 60 with -i",
     apply_interval},
};

const struct option_group options_live = {rows, sizeof rows / sizeof rows[0]};
