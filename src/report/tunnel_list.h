/* Encapsulations, as records write them. */
#ifndef ICMPSCOPE_REPORT_TUNNEL_LIST_H
#define ICMPSCOPE_REPORT_TUNNEL_LIST_H

#include <stddef.h>

#include "decode/packet.h"
#include "report/writer.h"

/* The array `key`: type, src_ip, dest_ip and id of each, as far as it has them. Nothing where there
 * are none. */
void tunnel_list_put(struct writer *writer, const char *key, const struct tunnel *list,
                     size_t count);

#endif
