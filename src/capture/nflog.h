/* The byte order of NFLOG frames (LINKTYPE_NFLOG), which is that of the machine that captured. */
#ifndef ICMPSCOPE_CAPTURE_NFLOG_H
#define ICMPSCOPE_CAPTURE_NFLOG_H

#include <stdint.h>

/* Turns the length and type of each attribute, in place, from the byte order that is not this
 * machine's into the one that is: as libpcap hands such frames on. Stops at the first attribute
 * that makes no sense. */
void nflog_turn(uint8_t *frame, uint32_t cap_length, uint32_t wire_length);

#endif
