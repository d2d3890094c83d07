/* How the options of RPL are read: between the files that share the work. */
#ifndef ICMPSCOPE_DECODE_RPL_READ_H
#define ICMPSCOPE_DECODE_RPL_READ_H

#include "decode/extent.h"
#include "decode/icmp_v6.h"

/* Reads the options that `from` holds to its end, padding left out, and says so in v6->has. */
void rpl_options_read(struct extent from, struct icmp_v6 *v6);

#endif
