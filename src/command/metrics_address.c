#include "command/metrics_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One to five digits. */
static int port_parse(const char *text, uint16_t *port)
{
    enum { DIGITS = 5 };
    const size_t length = strlen(text);
    unsigned number = 0;
    if (length == 0 || length > DIGITS || strspn(text, "0123456789") != length)
        return -1;
    while (*text != '\0')
        number = number * 10 + (unsigned)(*text++ - '0');
    *port = (uint16_t)number;
    return number <= UINT16_MAX ? 0 : -1;
}

static int host_v4(struct metrics_address *address, const char *host, uint16_t port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&address->socket;
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    address->size = sizeof *in;
    return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -1;
}

static int host_v6(struct metrics_address *address, const char *host, uint16_t port)
{
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address->socket;
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(port);
    address->size = sizeof *in;
    return inet_pton(AF_INET6, host, &in->sin6_addr) == 1 ? 0 : -1;
}

int metrics_address_parse(struct metrics_address *address, const char *text)
{
    char host[INET6_ADDRSTRLEN + 2] = "127.0.0.1"; /* brackets */
    const char *colon = strrchr(text, ':');
    const size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    uint16_t port;
    memset(address, 0, sizeof *address);
    if (port_parse(colon != NULL ? colon + 1 : text, &port) != 0 || length >= sizeof host)
        return -1;
    if (colon != NULL) {
        memcpy(host, text, length);
        host[length] = '\0';
    }
    if (host[0] != '[')
        return host_v4(address, host, port);
    if (host[length - 1] != ']')
        return -1;
    host[length - 1] = '\0';
    return host_v6(address, host + 1, port);
}

const char *metrics_address_url(const struct metrics_address *address, char *buf, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->socket.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address->socket;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(buf, size, "http://[%s]:%u/metrics", host, (unsigned)ntohs(in->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->socket;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(buf, size, "http://%s:%u/metrics", host, (unsigned)ntohs(in->sin_port));
    }
    return buf;
}
