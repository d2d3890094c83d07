/* Where --metrics listens: "9123" is that port of this host alone, "192.0.2.1:9123" and
 * "[2001:db8::1]:9123" are of one of its addresses, "0.0.0.0:9123" and "[::]:9123" of all. */
#ifndef ICMPSCOPE_COMMAND_METRICS_ADDRESS_H
#define ICMPSCOPE_COMMAND_METRICS_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

struct metrics_address {
    struct sockaddr_storage socket;
    socklen_t size;
};

/* Names are not looked up. Port 0 is any that is free. -1 where it is something else. */
int metrics_address_parse(struct metrics_address *address, const char *text);

/* "http://[::1]:9123/metrics". Returns `buf`. */
enum { METRICS_URL_SIZE = 80 };
const char *metrics_address_url(const struct metrics_address *address, char *buf, size_t size);

#endif
