/* The packet inside the tunnel whose outer packet an ICMP error quotes. */
#ifndef ICMPSCOPE_DECODE_QUOTE_TUNNEL_H
#define ICMPSCOPE_DECODE_QUOTE_TUNNEL_H

#include "decode/layer.h"

/* A router inside a tunnel's path quotes the outer packet. Where d->packet is an ICMP message that
 * does so and quotes enough, the inner one is decoded too: by the same layers that decode captured
 * packets, and with the context that it has when it is captured where the message was. Sets
 * quote.inner and its bit in quote.has; leaves all else alone. The bytes that quote.payload borrows
 * must still be there. */
void quote_tunnel_decode(const struct dissection *d);

#endif
