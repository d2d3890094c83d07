#include "base/net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { NET_TEXT_MAX = ADDR_TEXT_SIZE + 4 };

static int parse_addr(struct net *net, const char *text)
{
    *net = (struct net){.family = FAMILY_IPV4};
    if (inet_pton(AF_INET, text, net->addr.bytes) == 1)
        return 0;
    net->family = FAMILY_IPV6;
    return inet_pton(AF_INET6, text, net->addr.bytes) == 1 ? 0 : -1;
}

static int parse_bits(struct net *net, const char *text)
{
    char *end;
    unsigned long most = net->family == FAMILY_IPV4 ? 32 : 128;
    unsigned long bits = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : most + 1;
    if (bits > most || *end != '\0')
        return -1;
    net->bits = (uint8_t)bits;
    return 0;
}

/* Of the byte at `index`, the bits that count. */
static uint8_t net_mask(const struct net *net, size_t index)
{
    size_t bits = net->bits > 8 * index ? net->bits - 8 * index : 0;
    return bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);
}

int net_parse(struct net *net, const char *text)
{
    char addr[NET_TEXT_MAX];
    size_t length = strcspn(text, "/");
    if (length >= sizeof addr)
        return -1;
    memcpy(addr, text, length);
    addr[length] = '\0';
    if (parse_addr(net, addr) != 0)
        return -1;
    net->bits = net->family == FAMILY_IPV4 ? 32 : 128;
    if (text[length] == '/' && parse_bits(net, text + length + 1) != 0)
        return -1;
    for (size_t i = 0; i < sizeof net->addr.bytes; i++)
        net->addr.bytes[i] &= net_mask(net, i);
    return 0;
}

bool net_contains(const struct net *net, const struct addr *addr, enum family family)
{
    if (family != (enum family)net->family)
        return false;
    for (size_t i = 0; i < sizeof addr->bytes && 8 * i < net->bits; i++)
        if ((addr->bytes[i] & net_mask(net, i)) != net->addr.bytes[i])
            return false;
    return true;
}
