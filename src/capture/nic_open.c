#include "capture/nic_open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/packet_socket.h"

static const char any[] = "any";

/* What activating says, for whoever reads it at night. */
static int refuse_activation(pcap_t *pcap, const char *name, int status, struct error *error)
{
    const char *why = pcap_geterr(pcap);
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return error_set(error, "there is no such interface; icmpscope -D lists those there are");
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return error_set(error, "you do not have the permission to capture: run it as root, or "
                                "with CAP_NET_RAW (setcap cap_net_raw+ep FILE; see the manual)");
    case PCAP_ERROR_IFACE_NOT_UP:
        return error_set(error, "is down; to bring it up: ip link set %s up", name);
    default:
        break;
    }
    if (strstr(why, strerror(ENOMEM)) != NULL)
        return error_set(error, "no memory for the kernel's buffer: try less with -B (%s)", why);
    return error_set(error, "%s", why[0] != '\0' ? why : pcap_statustostr(status));
}

static int refuse_time_stamp_type(pcap_t *pcap, const char *wanted, struct error *error)
{
    char list[ERROR_TEXT_SIZE / 2] = "";
    size_t used = 0;
    int *types = NULL;
    int count = pcap_list_tstamp_types(pcap, &types);
    for (int i = 0; i < count; i++) {
        const char *name = pcap_tstamp_type_val_to_name(types[i]);
        if (name == NULL || used + strlen(name) + sizeof ", " > sizeof list)
            continue;
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", name);
    }
    if (count > 0)
        pcap_free_tstamp_types(types);
    return error_set(error, "has no time stamps of type '%s'; it has: %s", wanted,
                     used > 0 ? list : "host");
}

static int set_time_stamps(pcap_t *pcap, const char *wanted, struct error *error)
{
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO); /* else microseconds, and known */
    if (wanted == NULL)
        return 0;
    int type = pcap_tstamp_type_name_to_val(wanted);
    if (type < 0 || pcap_set_tstamp_type(pcap, type) != 0)
        return refuse_time_stamp_type(pcap, wanted, error);
    return 0;
}

static int activate(pcap_t *pcap, const char *name, const struct icmpscope_live *live,
                    struct error *error)
{
    pcap_set_snaplen(pcap, (int)live->snap_length);
    pcap_set_promisc(pcap, live->promiscuous && strcmp(name, any) != 0);
    pcap_set_timeout(pcap, NIC_TIMEOUT_MS);
    pcap_set_immediate_mode(pcap, live->immediate);
    if (live->buffer_kib != 0)
        pcap_set_buffer_size(pcap, (int)(live->buffer_kib * 1024));
    if (set_time_stamps(pcap, live->time_stamp_type, error) != 0)
        return -1;
    packet_socket_be_deaf(pcap);
    int status = pcap_activate(pcap);
    return status >= 0 ? 0 : refuse_activation(pcap, name, status, error);
}

/* Linux's cooked header of old does not say on which interface a packet was. */
static void prefer_cooked_v2(pcap_t *pcap)
{
#ifdef DLT_LINUX_SLL2
    int *types = NULL;
    int count = pcap_datalink(pcap) == DLT_LINUX_SLL ? pcap_list_datalinks(pcap, &types) : 0;
    for (int i = 0; i < count; i++)
        if (types[i] == DLT_LINUX_SLL2)
            pcap_set_datalink(pcap, DLT_LINUX_SLL2);
    if (types != NULL)
        pcap_free_datalinks(types);
#else
    (void)pcap;
#endif
}

/* The directions as a filter: in the kernel, where what does not pass is not counted. What is sent
 * on the loopback is seen twice there, and is left out going out, as libpcap does. */
static const char *direction_filter(const char *name, enum icmpscope_direction direction)
{
    static const char *const filters[][3] = {
        [ICMPSCOPE_INOUT] = {NULL, "inbound", "not (outbound and ifindex 1)"},
        [ICMPSCOPE_IN] = {"inbound", "inbound", "inbound"},
        [ICMPSCOPE_OUT] = {"outbound", "outbound and not ifindex 1", "outbound and not ifindex 1"},
    };
    const bool loopback = strcmp(name, "lo") == 0;
    return filters[direction][strcmp(name, any) == 0 ? 2 : loopback ? 1 : 0];
}

static bool is_cooked(pcap_t *pcap)
{
    const int dlt = pcap_datalink(pcap);
#ifdef DLT_LINUX_SLL2
    if (dlt == DLT_LINUX_SLL2)
        return true;
#endif
    return dlt == DLT_LINUX_SLL;
}

static int compile(pcap_t *pcap, struct bpf_program *code, const char *expression)
{
    return pcap_compile(pcap, code, expression, 1, PCAP_NETMASK_UNKNOWN);
}

/* What is wanted, of that direction. */
static int compile_directed(pcap_t *pcap, struct bpf_program *code, const char *wanted,
                            const char *direction)
{
    char *both = NULL;
    if (direction == NULL)
        return compile(pcap, code, wanted);
    if (asprintf(&both, wanted[0] != '\0' ? "(%s) and (%s)" : "%s", direction, wanted) < 0)
        return -1;
    int status = compile(pcap, code, both);
    free(both);
    return status;
}

/* libpcap runs a new filter itself, too, over what may be in the ring already. There it knows
 * nothing of directions, but in cooked headers: any other program goes past it. */
static int put_filter(pcap_t *pcap, struct bpf_program *code)
{
    struct bpf_program all;
    if (is_cooked(pcap))
        return pcap_setfilter(pcap, code);
    if (compile(pcap, &all, "") != 0)
        return -1;
    int status = pcap_setfilter(pcap, &all);
    pcap_freecode(&all);
    if (status == 0 && packet_socket_filter(pcap_get_selectable_fd(pcap), code) != 0)
        status = pcap_setfilter(pcap, code);
    return status;
}

/* One is set even where none is wanted: it cuts packets to the snapshot length in the kernel. */
static int set_filter(pcap_t *pcap, const char *name, const struct nic_config *config,
                      struct error *error)
{
    struct bpf_program code, directed;
    const char *wanted = config->filter != NULL ? config->filter : "";
    if (compile(pcap, &code, wanted) != 0)
        return error_set(error, "filter: %s", pcap_geterr(pcap));
    const char *direction = direction_filter(name, config->live->direction);
    if (compile_directed(pcap, &directed, wanted, direction) == 0) {
        pcap_freecode(&code);
        code = directed;
    }
    int status = put_filter(pcap, &code);
    pcap_freecode(&code);
    return status == 0 ? 0 : error_set(error, "filter: %s", pcap_geterr(pcap));
}

static int set_direction(pcap_t *pcap, enum icmpscope_direction direction, struct error *error)
{
    static const pcap_direction_t directions[] = {
        [ICMPSCOPE_INOUT] = PCAP_D_INOUT, [ICMPSCOPE_IN] = PCAP_D_IN, [ICMPSCOPE_OUT] = PCAP_D_OUT};
    if (direction == ICMPSCOPE_INOUT || pcap_setdirection(pcap, directions[direction]) == 0)
        return 0;
    return error_set(error, "-Q: %s", pcap_geterr(pcap));
}

static int handle_set(pcap_t *pcap, const char *name, const struct nic_config *config,
                      struct error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    if (activate(pcap, name, config->live, error) != 0)
        return -1;
    prefer_cooked_v2(pcap);
    if (set_filter(pcap, name, config, error) != 0 ||
        set_direction(pcap, config->live->direction, error) != 0)
        return -1;
    if (pcap_setnonblock(pcap, 1, why) != 0)
        return error_set(error, "%s", why);
    if (packet_socket_hear(pcap_get_selectable_fd(pcap), name) != 0 && errno != ENOSYS)
        return error_set(error, "%s", strerror(errno));
    return 0;
}

pcap_t *nic_open_handle(const char *name, const struct nic_config *config, struct error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(name, why);
    if (pcap == NULL) {
        error_set(error, "%s", why);
        return NULL;
    }
    if (handle_set(pcap, name, config, error) == 0)
        return pcap;
    pcap_close(pcap);
    return NULL;
}

int nic_check_filter(const char *expression, struct error *error)
{
    static const int tried[] = {DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL, DLT_IEEE802_11_RADIO};
    enum { SNAP_LENGTH = 256 * 1024 };
    struct error why = {""};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        struct bpf_program code;
        pcap_t *pcap = pcap_open_dead(tried[i], SNAP_LENGTH);
        if (pcap == NULL)
            return error_set(error, "out of memory");
        int status = pcap_compile(pcap, &code, expression, 1, PCAP_NETMASK_UNKNOWN);
        if (status == 0)
            pcap_freecode(&code);
        else
            error_set(&why, "%s", pcap_geterr(pcap));
        pcap_close(pcap);
        if (status == 0)
            return 0;
    }
    return error_set(error, "%s", why.text);
}
