#include <stddef.h>

#include "command/metrics_server.h"

const bool metrics_server_is_there = false;

struct metrics_server *metrics_server_open(const char *address, struct error *error)
{
    error_set(error, "--metrics %s: built without libmicrohttpd", address);
    return NULL;
}

void metrics_server_close(struct metrics_server *server)
{
    (void)server;
}

int metrics_server_descriptor(const struct metrics_server *server)
{
    (void)server;
    return -1;
}

void metrics_server_tend(struct metrics_server *server, struct icmpscope *run)
{
    (void)server, (void)run;
}

const char *metrics_server_url(const struct metrics_server *server)
{
    (void)server;
    return "";
}
