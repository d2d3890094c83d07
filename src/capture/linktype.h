/* Link types of savefiles (LINKTYPE_) and of libpcap's calls on this system (DLT_). */
#ifndef ICMPSCOPE_CAPTURE_LINKTYPE_H
#define ICMPSCOPE_CAPTURE_LINKTYPE_H

#include <stdint.h>

enum {
    LINKTYPE_BITS_USED =
        0x03ffffff, /* of the field in a pcap file header; the others tell of FCS */
    LINKTYPE_OF_NFLOG = 239,
    LINKTYPE_NONE = 0xffff, /* stands for what does not fit a record; never assigned */
};

/* What libpcap's calls take for it. */
int linktype_to_dlt(uint16_t link_type);

/* What a savefile says for it, LINKTYPE_NONE where there is no such value. */
uint16_t linktype_from_dlt(int dlt);

/* The link type that the field of a file header or interface stands for. Files by old programs
 * hold this system's DLT_ value in its place, as libpcap takes them: 12, on Linux, is raw IP. */
uint16_t linktype_from_field(uint32_t field);

/* The longest packet that a capture of this type can sensibly hold, in bytes. */
uint32_t linktype_longest(uint16_t link_type);

/* What the snap length field of a file header or interface stands for: 0, and what an int cannot
 * hold, set no limit but the one above. */
uint32_t linktype_snap_length(uint16_t link_type, uint32_t field);

#endif
