#include "capture/linktype.h"

#include <limits.h>
#include <pcap/pcap.h>
#include <stddef.h>

/* Those that differ between systems, after https://www.tcpdump.org/linktypes.html; all others are
 * the same number on both sides. */
static const struct {
    uint16_t link_type;
    int dlt;
} differing[] = {
    {100, DLT_ATM_RFC1483}, {101, DLT_RAW},    {102, DLT_SLIP_BSDOS}, {103, DLT_PPP_BSDOS},
    {106, DLT_ATM_CLIP},    {246, DLT_PFSYNC}, {258, DLT_PKTAP},
};

enum { DIFFERING = sizeof differing / sizeof differing[0] };

enum { LONGEST = 256 * 1024 };

/* The protocols whose messages may be longer. */
static const struct {
    int dlt;
    uint32_t bytes;
} longest[] = {
    {DLT_DBUS, 128u * 1024 * 1024},
    {DLT_USBPCAP, 1024u * 1024},
    {DLT_EBHSCR, 8u * 1024 * 1024},
};

int linktype_to_dlt(uint16_t link_type)
{
    for (size_t i = 0; i < DIFFERING; i++)
        if (differing[i].link_type == link_type)
            return differing[i].dlt;
    return link_type;
}

uint16_t linktype_from_dlt(int dlt)
{
    for (size_t i = 0; i < DIFFERING; i++)
        if (differing[i].dlt == dlt)
            return differing[i].link_type;
    return dlt >= 0 && dlt < LINKTYPE_NONE ? (uint16_t)dlt : LINKTYPE_NONE;
}

uint16_t linktype_from_field(uint32_t field)
{
    uint32_t value = field & LINKTYPE_BITS_USED;
    if (value >= LINKTYPE_NONE)
        return LINKTYPE_NONE;
    return linktype_from_dlt(linktype_to_dlt((uint16_t)value));
}

uint32_t linktype_longest(uint16_t link_type)
{
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++)
        if (longest[i].dlt == linktype_to_dlt(link_type))
            return longest[i].bytes;
    return LONGEST;
}

uint32_t linktype_snap_length(uint16_t link_type, uint32_t field)
{
    return field == 0 || field > INT_MAX ? linktype_longest(link_type) : field;
}
