/* What the tests of ICMP decoding share: messages, and the IP header in front of them. */
#ifndef ICMPSCOPE_TESTS_ICMP_MESSAGE_H
#define ICMPSCOPE_TESTS_ICMP_MESSAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/headers.h"
#include "decode/icmp.h"

/* IPv4, UDP 40001 > 53, 28 of 60 bytes; IPv6, UDP 40001 > 53, 48 of 60 bytes. */
#define QUOTE_V4                                                                                   \
    0x45, 0, 0, 60, 0x0b, 0xad, 0, 0, 63, 17, 0, 0, 10, 1, 2, 3, 192, 0, 2, 9, 0x9c, 0x41, 0, 53,  \
        0, 40, 0xbe, 0xef
#define ADDRESS_V6(last) 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define QUOTE_V6                                                                                   \
    0x60, 0, 0, 0, 0, 20, 17, 9, ADDRESS_V6(1), ADDRESS_V6(2), 0x9c, 0x41, 0, 53, 0, 20, 0xbe, 0xef

/* A redirect up to its options; two options. */
#define REDIRECT_V6       137, 0, 0, 0, 0, 0, 0, 0, ADDRESS_V6(0xfe), ADDRESS_V6(9)
#define LINK_LAYER_OPTION 2, 1, 1, 2, 3, 4, 5, 6
#define REDIRECTED_OPTION 4, 7, 0, 0, 0, 0, 0, 0, QUOTE_V6

/* The IP header in front of a message of `length` bytes. */
static inline struct headers make_ip(enum family family, size_t length)
{
    struct headers ip = {.has = HAS_IP | HAS_PROTO};
    ip.family = (uint8_t)family;
    ip.proto = family == FAMILY_IPV4 ? PROTO_ICMP : PROTO_ICMPV6;
    ip.header_length = family == FAMILY_IPV4 ? 20 : 40;
    ip.total_length = ip.header_length + (uint32_t)length;
    for (uint8_t i = 0; i < (family == FAMILY_IPV4 ? 4 : 16); i++) {
        ip.src.bytes[i] = (uint8_t)(0x10 + i);
        ip.dst.bytes[i] = (uint8_t)(0xf0 - i);
    }
    return ip;
}

/* Decodes the first `captured` bytes, copied to where a sanitizer sees a byte read too many. */
static inline enum decoded decode(const uint8_t *message, size_t captured, const struct headers *ip,
                                  struct icmp *out)
{
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(copy);
    if (captured > 0)
        memcpy(copy, message, captured);
    struct cursor in = cursor_over(copy, captured);
    enum decoded decoded = icmp_decode(&in, ip, out);
    free(copy);
    return decoded;
}

static inline struct icmp decode_whole(enum family family, const uint8_t *message, size_t size)
{
    struct headers ip = make_ip(family, size);
    struct icmp icmp;
    assert_int_equal(decode(message, size, &ip, &icmp), DECODED);
    assert_int_equal(icmp.family, family);
    assert_int_equal(icmp.length, size);
    return icmp;
}

#endif
