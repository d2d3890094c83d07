#include "capture/nic.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "capture/linktype.h"
#include "capture/nic_open.h"
#include "capture/packet_socket.h"

enum { ARENA_USUAL = 1024 * 1024, COUNTERS = 2 };

struct nic {
    char *name;
    pcap_t *pcap;
    int fd;       /* libpcap's, or -1 */
    int hardware; /* ARPHRD_ of the interface; -1 where it is not known */
    enum nic_state state;
    bool promiscuous;
    uint16_t capture, link_type;
    int64_t fraction_ns; /* what the unit of a time stamp's second part is */
    uint64_t frame;      /* packets that were read */
    struct packet_counts seen;
    struct nic_counts counts;
    int counters[COUNTERS]; /* files of the system that say what the interface dropped, or -1 */
    uint64_t counted_before[COUNTERS];

    /* While a batch is read. */
    struct record *records;
    size_t count, max;
    size_t used, size, longest; /* of the arena; room for the longest packet ends a batch */
    uint8_t *arena;
};

/* ---- what the interface itself dropped --------------------------------------------------------
 */

/* pcap_stats() opens these files each time: here they stay open. -1 where it is not known. */
static int counter_read(int fd, uint64_t *value)
{
    char text[32] = "";
    ssize_t size = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;
    if (size <= 0)
        return -1;
    *value = strtoull(text, NULL, 10);
    return 0;
}

static void counters_open(struct nic *nic)
{
    static const char *const files[COUNTERS] = {"rx_missed_errors", "rx_fifo_errors"};
    nic->counts.interface_known = true;
    for (size_t i = 0; i < COUNTERS; i++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/class/net/%.32s/statistics/%s", nic->name, files[i]);
        nic->counters[i] = strchr(nic->name, '/') == NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (counter_read(nic->counters[i], &nic->counted_before[i]) != 0)
            nic->counts.interface_known = false;
    }
}

/* One that has been made anew has other files, and the count stands still. */
static void counters_update(struct nic *nic)
{
    for (size_t i = 0; i < COUNTERS && nic->counts.interface_known; i++) {
        uint64_t value;
        if (counter_read(nic->counters[i], &value) != 0 || value < nic->counted_before[i])
            continue;
        nic->counts.dropped_by_interface += value - nic->counted_before[i];
        nic->counted_before[i] = value;
    }
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static int arena_make(struct nic *nic, size_t memory, struct error *error)
{
    nic->longest = (size_t)pcap_snapshot(nic->pcap);
    nic->size = nic->longest + ARENA_USUAL;
    if (memory != 0 && memory < nic->size)
        nic->size = memory > nic->longest ? memory : nic->longest;
    nic->arena = malloc(nic->size);
    return nic->arena != NULL ? 0 : error_set(error, "out of memory");
}

static int nic_set(struct nic *nic, const struct nic_config *config, struct error *error)
{
    nic->pcap = nic_open_handle(nic->name, config, error);
    if (nic->pcap == NULL || arena_make(nic, config->memory, error) != 0)
        return -1;
    const bool nanoseconds = pcap_get_tstamp_precision(nic->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    nic->fd = pcap_get_selectable_fd(nic->pcap);
    nic->fraction_ns = nanoseconds ? 1 : 1000;
    nic->link_type = linktype_from_dlt(pcap_datalink(nic->pcap));
    nic->hardware = packet_socket_hardware(nic->fd, nic->name);
    nic->promiscuous = config->live->promiscuous;
    nic->capture = config->capture;
    counters_open(nic);
    return 0;
}

struct nic *nic_open(const char *name, const struct nic_config *config, struct error *error)
{
    struct nic *nic = calloc(1, sizeof *nic);
    if (nic == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    nic->fd = nic->counters[0] = nic->counters[1] = -1;
    nic->name = strdup(name);
    if (nic->name == NULL)
        error_set(error, "out of memory");
    else if (nic_set(nic, config, error) == 0)
        return nic;
    nic_free(nic);
    return NULL;
}

void nic_free(struct nic *nic)
{
    if (nic == NULL)
        return;
    for (size_t i = 0; i < COUNTERS; i++)
        if (nic->counters[i] >= 0)
            close(nic->counters[i]);
    if (nic->pcap != NULL)
        pcap_close(nic->pcap);
    free(nic->arena);
    free(nic->name);
    free(nic);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* libpcap's bytes are the kernel's again before a batch is whole. The packet that leaves no room
 * for another as long as may come is the last of it. */
static void nic_keep(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct nic *nic = (struct nic *)context;
    const size_t room = nic->size - nic->used;
    const size_t length = header->caplen < room ? header->caplen : room;
    uint8_t *copy = nic->arena + nic->used;
    memcpy(copy, bytes, length);
    nic->used += length;
    nic->records[nic->count++] = (struct record){
        .time_ns = (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec * nic->fraction_ns,
        .frame = ++nic->frame,
        .bytes = copy,
        .cap_length = (uint32_t)length,
        .wire_length = header->len,
        .link_type = nic->link_type,
        .capture = nic->capture,
    };
    if (nic->count == nic->max || nic->size - nic->used < nic->longest)
        pcap_breakloop(nic->pcap);
}

static void nic_lose(struct nic *nic, enum nic_state state, struct error *news)
{
    static const char *const lines[] = {
        [NIC_DOWN] = "went down; waiting for it to come back",
        [NIC_GONE] = "was removed; waiting for it to come back",
    };
    if (nic->state == NIC_LISTENING)
        nic->counts.lost++;
    nic->state = state;
    error_set(news, "%s", lines[state]);
}

/* libpcap may notice before the kernel has told the socket. */
static bool nic_is_away(const struct nic *nic)
{
    return packet_socket_is_orphan(nic->fd) || packet_socket_hardware(nic->fd, nic->name) < 0;
}

static void nic_fail(struct nic *nic, struct error *news)
{
    if (!nic_is_away(nic)) {
        nic->state = NIC_BROKEN;
        error_set(news, "%s; it is given up", pcap_geterr(nic->pcap));
    } else if (nic->state != NIC_GONE) {
        nic_lose(nic, NIC_GONE, news);
    }
}

/* libpcap says that an interface went down by wanting to be called more often, and no more than
 * that until it is known whether it is still there. */
static void nic_judge(struct nic *nic, struct error *news)
{
    const bool down = pcap_get_required_select_timeout(nic->pcap) != NULL;
    if (down && nic->state == NIC_LISTENING)
        nic_lose(nic, NIC_DOWN, news);
    if (down || nic->state != NIC_DOWN)
        return;
    nic->state = NIC_LISTENING;
    error_set(news, "is back");
}

size_t nic_read(struct nic *nic, struct record *records, size_t max, struct error *news)
{
    if (nic->state == NIC_BROKEN)
        return 0;
    nic->records = records;
    nic->count = nic->used = 0;
    nic->max = max;
    const int status = pcap_dispatch(nic->pcap, (int)max, nic_keep, (u_char *)nic);
    if (status < 0 && status != PCAP_ERROR_BREAK)
        nic_fail(nic, news);
    else
        nic_judge(nic, news);
    return nic->count;
}

void nic_look_again(struct nic *nic, struct error *news)
{
    if (nic->state != NIC_GONE)
        return;
    const int hardware = packet_socket_hardware(nic->fd, nic->name);
    if (hardware < 0)
        return;
    if (hardware != nic->hardware) {
        nic->state = NIC_BROKEN;
        error_set(news, "is back with another link type: start icmpscope again to capture from it");
        return;
    }
    if (packet_socket_hear(nic->fd, nic->name) != 0 && errno != ENETDOWN)
        return;
    if (nic->promiscuous)
        packet_socket_promiscuous(nic->fd, nic->name);
    nic->state = NIC_DOWN; /* until libpcap finds it up */
}

enum nic_state nic_state(const struct nic *nic)
{
    return nic->state;
}

int nic_descriptor(const struct nic *nic)
{
    return nic->state == NIC_LISTENING || nic->state == NIC_DOWN ? nic->fd : -1;
}

/* ---- the end --------------------------------------------------------------------------------- */

void nic_stop(struct nic *nic)
{
    packet_socket_stop(nic->fd);
}

static void count_by_libpcap(struct nic *nic)
{
    struct pcap_stat counts;
    if (pcap_stats(nic->pcap, &counts) != 0)
        return;
    nic->counts.received = counts.ps_recv;
    nic->counts.dropped = counts.ps_drop;
}

void nic_count(struct nic *nic)
{
    if (packet_socket_count(nic->fd, &nic->seen) != 0) {
        count_by_libpcap(nic);
        return;
    }
    nic->counts.received = nic->seen.received;
    nic->counts.dropped = nic->seen.dropped;
    counters_update(nic);
}

bool nic_is_drained(struct nic *nic)
{
    nic_count(nic);
    return nic->state == NIC_BROKEN || nic->frame + nic->counts.dropped == nic->counts.received;
}

const struct nic_counts *nic_counts(const struct nic *nic)
{
    return &nic->counts;
}
