#include "report/router_text.h"

#include <stdio.h>

const char *router_mac_format(const uint8_t *mac, char *buf, size_t size)
{
    snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
    return buf;
}

const char *router_prefix_format(const struct addr *prefix, uint8_t length, char *buf, size_t size)
{
    char text[ADDR_TEXT_SIZE];
    snprintf(buf, size, "%s/%u", addr_format(*prefix, FAMILY_IPV6, text, sizeof text), length);
    return buf;
}
