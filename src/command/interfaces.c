#include "command/interfaces.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* As tcpdump names them. */
static const struct {
    bpf_u_int32 mask, value;
    const char *name;
} flag_names[] = {
    {PCAP_IF_UP, PCAP_IF_UP, "Up"},
    {PCAP_IF_RUNNING, PCAP_IF_RUNNING, "Running"},
    {PCAP_IF_LOOPBACK, PCAP_IF_LOOPBACK, "Loopback"},
    {PCAP_IF_WIRELESS, PCAP_IF_WIRELESS, "Wireless"},
    {PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_CONNECTED, "Connected"},
    {PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_DISCONNECTED, "Disconnected"},
};

static void flags_format(const pcap_if_t *device, char *buf, size_t size)
{
    size_t used = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++)
        if ((device->flags & flag_names[i].mask) == flag_names[i].value && used < size)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     flag_names[i].name);
}

/* The bits of a netmask that are set; -1 where there is none. */
static int prefix_length(const struct sockaddr *netmask, const void *mask, size_t size)
{
    const uint8_t *bytes = mask;
    int bits = 0;
    if (netmask == NULL)
        return -1;
    for (size_t i = 0; i < size; i++)
        bits += __builtin_popcount(bytes[i]);
    return bits;
}

static void print_address(FILE *file, const pcap_addr_t *address)
{
    const struct sockaddr *own = address->addr;
    if (own == NULL || (own->sa_family != AF_INET && own->sa_family != AF_INET6))
        return;
    const bool v4 = own->sa_family == AF_INET;
    const size_t at =
        v4 ? offsetof(struct sockaddr_in, sin_addr) : offsetof(struct sockaddr_in6, sin6_addr);
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(own->sa_family, (const char *)own + at, text, sizeof text);
    const int length = prefix_length(address->netmask, (const char *)address->netmask + at,
                                     v4 ? sizeof(struct in_addr) : sizeof(struct in6_addr));
    fprintf(file, "    address %s", text);
    if (length >= 0)
        fprintf(file, "/%d", length);
    fputc('\n', file);
}

/* What --time-stamp-type takes; nothing where the host's clock is the only one, or is not told
 * without privileges. */
static void print_time_stamps(FILE *file, const char *name)
{
    char why[PCAP_ERRBUF_SIZE];
    int *types = NULL;
    pcap_t *pcap = pcap_create(name, why);
    int count = pcap != NULL ? pcap_list_tstamp_types(pcap, &types) : 0;
    for (int i = 0; i < count; i++) {
        const char *type = pcap_tstamp_type_val_to_name(types[i]);
        fprintf(file, "%s%s", i == 0 ? "    time stamps " : ", ", type != NULL ? type : "unknown");
    }
    if (count > 0) {
        fputc('\n', file);
        pcap_free_tstamp_types(types);
    }
    if (pcap != NULL)
        pcap_close(pcap);
}

/* The text of an error is clean: a name may hold almost anything. */
static void print_device(FILE *file, const pcap_if_t *device, unsigned number)
{
    char flags[128];
    struct error line = {""};
    const char *description = device->description;
    flags_format(device, flags, sizeof flags);
    error_set(&line, "%u.%s%s%s%s%s%s%s", number, device->name, description != NULL ? " (" : "",
              description != NULL ? description : "", description != NULL ? ")" : "",
              flags[0] != '\0' ? " [" : "", flags, flags[0] != '\0' ? "]" : "");
    fprintf(file, "%s\n", line.text);
}

int interfaces_print(FILE *file, bool detail, struct error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *devices = NULL;
    if (pcap_findalldevs(&devices, why) != 0)
        return error_set(error, "interfaces: %s", why);
    if (devices == NULL)
        return error_set(error, "no interface can be captured from: run it as root, or with "
                                "CAP_NET_RAW");
    unsigned number = 0;
    for (const pcap_if_t *device = devices; device != NULL; device = device->next) {
        print_device(file, device, ++number);
        for (const pcap_addr_t *address = device->addresses; detail && address != NULL;
             address = address->next)
            print_address(file, address);
        if (detail)
            print_time_stamps(file, device->name);
    }
    pcap_freealldevs(devices);
    return 0;
}
