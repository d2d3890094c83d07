/* A handle of libpcap's that captures from an interface. nic.c is the only caller. */
#ifndef ICMPSCOPE_CAPTURE_NIC_OPEN_H
#define ICMPSCOPE_CAPTURE_NIC_OPEN_H

#include <pcap/pcap.h>

#include "base/error.h"
#include "capture/nic.h"

/* Activated, with its filter in the kernel, nonblocking, and hearing. NULL and one line in `error`.
 */
pcap_t *nic_open_handle(const char *name, const struct nic_config *config, struct error *error);

#endif
