/* The pcap savefile (draft-ietf-opsawg-pcap), with times in nanoseconds. */
#include "base/timefmt.h"
#include "capture/linktype.h"
#include "report/savefile.h"

enum { PCAP_MAJOR = 2, PCAP_MINOR = 4, PCAP_SNAPLEN = 262144 };

static const uint32_t PCAP_NANOSECONDS = 0xa1b23c4d;

struct pcap_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t reserved[2];
    uint32_t snaplen;
    uint32_t link_type;
};

struct pcap_record {
    uint32_t seconds, nanoseconds;
    uint32_t cap_length, wire_length;
};

_Static_assert(sizeof(struct pcap_header) == 24 && sizeof(struct pcap_record) == 16,
               "no padding: written as they are");

static void pcap_begin(struct savefile *file, uint16_t link_type)
{
    uint32_t longest = linktype_longest(link_type);
    struct pcap_header header = {.magic = PCAP_NANOSECONDS,
                                 .major = PCAP_MAJOR,
                                 .minor = PCAP_MINOR,
                                 .snaplen = longest > PCAP_SNAPLEN ? longest : PCAP_SNAPLEN,
                                 .link_type = link_type};
    file->link_type = link_type;
    out_bytes(&file->out, (const char *)&header, sizeof header);
}

/* Seconds are unsigned, 32 bits: from 1970 to 2106. Other times are moved to the nearer end. */
static void record_set_time(struct pcap_record *head, int64_t time_ns)
{
    int64_t seconds = time_ns / NS_PER_S;
    if (time_ns < 0)
        return;
    head->seconds = seconds <= UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    head->nanoseconds =
        seconds <= UINT32_MAX ? (uint32_t)(time_ns % NS_PER_S) : (uint32_t)NS_PER_S - 1;
}

static bool pcap_packet(struct savefile *file, const struct record *record, const char *comment)
{
    (void)comment;
    if (record->link_type != file->link_type)
        return false;
    struct pcap_record head = {.cap_length = record->cap_length,
                               .wire_length = record->wire_length};
    record_set_time(&head, record->time_ns);
    out_bytes(&file->out, (const char *)&head, sizeof head);
    out_bytes(&file->out, (const char *)record->bytes, record->cap_length);
    return true;
}

const struct savefile_format savefile_pcap = {pcap_begin, pcap_packet};
