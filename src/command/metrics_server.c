#include "command/metrics_server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/metrics_address.h"

const bool metrics_server_is_there = true;

/* Bytes: for a request's head, and of all metrics. */
enum { METRICS_HEAD_MOST = 16 * 1024, METRICS_PAGE_MOST = 4 * 1024 * 1024 };

struct metrics_server {
    struct MHD_Daemon *daemon;
    int epoll;             /* its descriptor */
    struct icmpscope *run; /* while metrics_server_tend() runs */
    char url[METRICS_URL_SIZE];
};

/* ---- pages ----------------------------------------------------------------------------------- */

struct page {
    char *bytes;
    size_t size, capacity;
};

/* Twice as much each time. For icmpscope_write_metrics(). */
static int page_write(void *context, const char *bytes, size_t size)
{
    struct page *page = context;
    size_t capacity = page->capacity > 0 ? page->capacity : METRICS_HEAD_MOST;
    errno = ENOMEM;
    if (size > METRICS_PAGE_MOST - page->size)
        return -1;
    while (capacity < page->size + size)
        capacity *= 2;
    char *grown = capacity > page->capacity ? realloc(page->bytes, capacity) : page->bytes;
    if (grown == NULL)
        return -1;
    page->bytes = grown;
    page->capacity = capacity;
    memcpy(page->bytes + page->size, bytes, size);
    page->size += size;
    return 0;
}

static struct MHD_Response *response_of(const char *text)
{
    return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                           MHD_RESPMEM_PERSISTENT);
}

/* NULL where memory is short. */
static struct MHD_Response *response_of_metrics(struct icmpscope *run)
{
    struct page page = {NULL, 0, 0};
    struct MHD_Response *response = NULL;
    if (icmpscope_write_metrics(run, page_write, &page) == 0)
        response = MHD_create_response_from_buffer(page.size, page.bytes, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(page.bytes);
    return response;
}

struct answer {
    unsigned status;
    const char *type; /* of the content */
    struct MHD_Response *response;
};

static struct answer answer_to(const struct metrics_server *server, const char *method,
                               const char *url)
{
    static const char plain[] = "text/plain; charset=utf-8";
    const bool reads =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!reads)
        return (struct answer){MHD_HTTP_METHOD_NOT_ALLOWED, plain,
                               response_of("Only GET and HEAD are answered.\n")};
    if (strcmp(url, "/metrics") == 0)
        return (struct answer){MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
                               response_of_metrics(server->run)};
    if (strcmp(url, "/") == 0)
        return (struct answer){MHD_HTTP_OK, "text/html; charset=utf-8",
                               response_of("<!DOCTYPE html>\n<title>icmpscope</title>\n"
                                           "<p>icmpscope: <a href=\"/metrics\">metrics</a>\n")};
    return (struct answer){MHD_HTTP_NOT_FOUND, plain, response_of("There is /metrics alone.\n")};
}

/* For MHD_start_daemon(). A request's body is not waited for: the connection ends with the answer.
 */
static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *body,
                             size_t *body_size, void **state)
{
    (void)version, (void)body, (void)body_size, (void)state;
    const struct answer answer = answer_to(context, method, url);
    if (answer.response == NULL)
        return MHD_NO;
    MHD_add_response_header(answer.response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
    MHD_add_response_header(answer.response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(answer.response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, answer.status, answer.response);
    MHD_destroy_response(answer.response);
    return result;
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static int socket_listen(int fd, const struct metrics_address *address)
{
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address->socket, address->size) != 0)
        return -1;
    return listen(fd, METRICS_CLIENTS);
}

/* A socket that listens, or -1. */
static int socket_open(struct metrics_address *address)
{
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (socket_listen(fd, address) == 0 &&
        getsockname(fd, (struct sockaddr *)&address->socket, &address->size) == 0)
        return fd;
    const int failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

/* On success the daemon owns the socket. */
static int daemon_start(struct metrics_server *server, int fd)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, serve, server, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)METRICS_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)METRICS_SILENT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)METRICS_HEAD_MOST,
        MHD_OPTION_END);
    if (server->daemon == NULL)
        return -1;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll = info != NULL ? info->epoll_fd : -1;
    return 0;
}

struct metrics_server *metrics_server_open(const char *text, struct error *error)
{
    struct metrics_address address;
    struct metrics_server *server = calloc(1, sizeof *server);
    errno = EINVAL;
    int fd =
        server != NULL && metrics_address_parse(&address, text) == 0 ? socket_open(&address) : -1;
    if (fd < 0) {
        error_set(error, "--metrics %s: %s", text, strerror(errno));
        free(server);
        return NULL;
    }
    metrics_address_url(&address, server->url, sizeof server->url);
    if (daemon_start(server, fd) == 0)
        return server;
    error_set(error, "--metrics %s: the server does not start", text);
    close(fd);
    free(server);
    return NULL;
}

void metrics_server_close(struct metrics_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}

int metrics_server_descriptor(const struct metrics_server *server)
{
    return server->epoll;
}

void metrics_server_tend(struct metrics_server *server, struct icmpscope *run)
{
    if (server == NULL)
        return;
    server->run = run;
    MHD_run(server->daemon);
    server->run = NULL;
}

const char *metrics_server_url(const struct metrics_server *server)
{
    return server->url;
}
