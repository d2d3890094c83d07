#include "capture/packet_socket.h"

#if defined __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Reserved, and on no wire. */
enum { ETHERTYPE_OF_NONE = 0xffff };

void packet_socket_be_deaf(pcap_t *pcap)
{
    pcap_set_protocol_linux(pcap, ETHERTYPE_OF_NONE);
}

/* 0 for "any"; -1 with errno set. */
static int interface_index(int fd, const char *name)
{
    if (strcmp(name, "any") == 0)
        return 0;
    struct ifreq request = {.ifr_ifindex = 0};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    return ioctl(fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : -1;
}

/* What went wrong since the last call: binding to what is down succeeds, and fails. */
static int socket_error(int fd)
{
    int number = 0;
    socklen_t size = sizeof number;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        return -1;
    errno = number;
    return number == 0 ? 0 : -1;
}

int packet_socket_hear(int fd, const char *name)
{
    const int index = interface_index(fd, name);
    if (index < 0)
        return -1;
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return socket_error(fd);
}

void packet_socket_promiscuous(int fd, const char *name)
{
    const struct packet_mreq request = {.mr_ifindex = interface_index(fd, name),
                                        .mr_type = PACKET_MR_PROMISC};
    if (request.mr_ifindex > 0)
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

int packet_socket_filter(int fd, const struct bpf_program *code)
{
    _Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "the same instructions");
    if (code->bf_len > UINT16_MAX)
        return -1;
    const struct sock_fprog program = {.len = (unsigned short)code->bf_len,
                                       .filter = (struct sock_filter *)(void *)code->bf_insns};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int packet_socket_stop(int fd)
{
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const struct sock_fprog program = {.len = 1, .filter = nothing};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* The kernel begins anew with each question. */
int packet_socket_count(int fd, struct packet_counts *counts)
{
    struct tpacket_stats_v3 since = {0};
    socklen_t size = sizeof since;
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &since, &size) != 0)
        return -1;
    counts->received += since.tp_packets;
    counts->dropped += since.tp_drops;
    return 0;
}

bool packet_socket_is_orphan(int fd)
{
    struct sockaddr_ll address = {.sll_ifindex = 0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 && address.sll_ifindex == -1;
}

int packet_socket_hardware(int fd, const char *name)
{
    struct ifreq request = {.ifr_ifindex = 0};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    return ioctl(fd, SIOCGIFHWADDR, &request) == 0 ? request.ifr_hwaddr.sa_family : -1;
}

#else

#include <errno.h>

static int unknown(void)
{
    errno = ENOSYS;
    return -1;
}

void packet_socket_be_deaf(pcap_t *pcap)
{
    (void)pcap;
}

int packet_socket_hear(int fd, const char *name)
{
    (void)fd, (void)name;
    return unknown();
}

void packet_socket_promiscuous(int fd, const char *name)
{
    (void)fd, (void)name;
}

int packet_socket_filter(int fd, const struct bpf_program *code)
{
    (void)fd, (void)code;
    return unknown();
}

int packet_socket_stop(int fd)
{
    (void)fd;
    return unknown();
}

int packet_socket_count(int fd, struct packet_counts *counts)
{
    (void)fd, (void)counts;
    return unknown();
}

bool packet_socket_is_orphan(int fd)
{
    (void)fd;
    return false;
}

int packet_socket_hardware(int fd, const char *name)
{
    (void)fd, (void)name;
    return unknown();
}

#endif
