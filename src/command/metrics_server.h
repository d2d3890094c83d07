/* --metrics: an HTTP server of one page, for Prometheus. It has no thread: it works while the
 * analysis calls metrics_server_tend(), and so sees numbers that fit together. A client that is
 * slow or silent waits for itself alone: nothing blocks, at most METRICS_CLIENTS are served at a
 * time, each for one request, and none that is silent for METRICS_SILENT_S.
 *
 * Life cycle: metrics_server_open() → metrics_server_tend() … → metrics_server_close(). main.c is
 * the only caller. It listens before privileges are given up. While packets are read it calls
 * accept4, recvfrom, sendto, sendmsg, writev, shutdown, setsockopt, getsockname, fcntl, epoll_ctl,
 * epoll_wait, close, clock_gettime, mmap and munmap, and opens no file.
 *
 * Built without libmicrohttpd there is none: metrics_server_none.c. */
#ifndef ICMPSCOPE_COMMAND_METRICS_SERVER_H
#define ICMPSCOPE_COMMAND_METRICS_SERVER_H

#include <stdbool.h>

#include "base/error.h"
#include "icmpscope.h"

enum { METRICS_CLIENTS = 8, METRICS_SILENT_S = 10 };

struct metrics_server; /* opaque */

/* Whether it was built in. */
extern const bool metrics_server_is_there;

/* Listens at `address` (command/metrics_address.h). NULL with a line in `error`. */
struct metrics_server *metrics_server_open(const char *address, struct error *error);

/* NULL is none. */
void metrics_server_close(struct metrics_server *server);

/* Can be read when there is something to do. */
int metrics_server_descriptor(const struct metrics_server *server);

/* Does what there is to do, and returns; NULL is none. */
void metrics_server_tend(struct metrics_server *server, struct icmpscope *run);

/* "http://127.0.0.1:9123/metrics", with the port that it got. */
const char *metrics_server_url(const struct metrics_server *server);

#endif
