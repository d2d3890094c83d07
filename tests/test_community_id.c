/* Community ID v1, against the test data of its specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/community_id.h"
#include "traffic.h"

struct vector {
    uint8_t proto;
    const char *src;
    int src_port; /* or ICMP type; -1: none */
    const char *dst;
    int dst_port; /* or ICMP code */
    uint16_t seed;
    const char *id;
};

static struct headers headers_of(const struct vector *row)
{
    struct headers headers;
    if (row->src_port < 0) {
        headers = ip_of(row->proto, row->src, row->dst);
    } else if (row->proto == PROTO_ICMP || row->proto == PROTO_ICMPV6) {
        headers = icmp_of(row->src, row->dst, (uint8_t)row->src_port, (uint8_t)row->dst_port);
        headers.proto = row->proto;
    } else {
        headers = ports_of(row->proto, row->src, (uint16_t)row->src_port, row->dst,
                           (uint16_t)row->dst_port);
    }
    return headers;
}

static void id_is(const struct headers *headers, uint16_t seed, const char *id)
{
    char buf[COMMUNITY_ID_SIZE];
    assert_ptr_equal(community_id_format(headers, seed, buf, sizeof buf), buf);
    assert_string_equal(buf, id);
}

/* From corelight/community-id-spec, baseline/, and corelight/pycommunityid, tests/. */
static const struct vector published[] = {
    {1, "192.168.0.89", 8, "192.168.0.1", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.89", 8, "192.168.0.1", 0, 1, "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
    {1, "192.168.0.1", 0, "192.168.0.89", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.1", 0, "192.168.0.89", 20, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.89", 20, "192.168.0.1", 0, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
    {1, "192.168.0.89", 20, "192.168.0.1", 0, 1, "1:lCXHHxavE1Vq3oX9NH5ladQg02o="},
    {1, "192.168.0.89", 20, "192.168.0.1", 1, 1, "1:Ie3wmFyxiEyikbsbcO03d2nh+PM="},
    {1, "10.0.0.1", 11, "10.0.0.2", 0, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
    {58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 0, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "fe80::260:97ff:fe07:69ea", 136, "fe80::200:86ff:fe05:80da", 0, 1,
     "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
    {58, "fe80::260:97ff:fe07:69ea", 135, "fe80::200:86ff:fe05:80da", 0, 0,
     "1:zavyT/cezQr1fmImYCwYnMXbgck="},
    {58, "fe80::200:86ff:fe05:80da", 133, "ff02::2", 0, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
    {58, "fe80::260:97ff:fe07:69ea", 134, "ff02::1", 0, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
    {58, "3ffe:507:0:1:200:86ff:fe05:80da", 128, "3ffe:501:0:1001::2", 0, 0,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    {58, "3ffe:501:0:1001::2", 129, "3ffe:507:0:1:200:86ff:fe05:80da", 0, 0,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    {58, "3ffe:507:0:1:260:97ff:fe07:69ea", 3, "3ffe:507:0:1:200:86ff:fe05:80da", 0, 0,
     "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w="},
    {58, "3ffe:507:0:1:200:86ff:fe05:80da", 3, "3ffe:507:0:1:260:97ff:fe07:69ea", 0, 0,
     "1:/OGBt9BN1ofenrmSPWYicpij2Vc="},
    {58, "3ffe:501:1800:2345::2", 3, "3ffe:507:0:1:200:86ff:fe05:80da", 0, 0,
     "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
    {58, "3ffe:501:410:0:2c0:dfff:fe47:33e", 1, "3ffe:507:0:1:200:86ff:fe05:80da", 4, 0,
     "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
    {6, "128.232.110.120", 34855, "66.35.250.204", 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "66.35.250.204", 80, "128.232.110.120", 34855, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
    {6, "10.0.0.1", 10, "10.0.0.2", 11569, 0, "1:SXBGMX1lBOwhhoDrZynfROxnhnM="},
    {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25, 0,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {17, "192.168.1.52", 54585, "8.8.8.8", 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {17, "8.8.8.8", 53, "192.168.1.52", 54585, 1, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
    {132, "192.168.170.8", 7, "192.168.170.56", 80, 0, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="},
    {132, "192.168.170.56", 7, "192.168.170.8", 7, 0, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
    {46, "10.1.24.4", -1, "10.1.12.1", -1, 0, "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="},
    {46, "10.1.12.1", -1, "10.1.24.4", -1, 1, "1:BK3BVW3U2eemuwVQVN3zd/GULno="},
    {46, "10.1.12.2", -1, "10.1.12.1", -1, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
};

static void published_vectors_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        struct headers headers = headers_of(&published[i]);
        id_is(&headers, published[i].seed, published[i].id);
    }
}

/* Computed with SHA-1 and base64 of Python, after the pseudo code of the specification: only TCP,
 * UDP, SCTP and ICMP have ports in it. */
static const struct vector computed[] = {
    {PROTO_UDPLITE, "192.0.2.1", 1000, "192.0.2.2", 2000, 0, "1:hJQqTAs482C47Golt797f3yOhSE="},
    {PROTO_DCCP, "192.0.2.1", 1000, "192.0.2.2", 2000, 0, "1:O4FMOHS4+cvXKoBIbc2+OvBmMbU="},
    {PROTO_ESP, "2001:db8::2", -1, "2001:db8::1", -1, 0, "1:JIAyWiD7dl1e74CJAdetAUPF/To="},
    {PROTO_UDP, "192.168.1.52", 54585, "8.8.8.8", 53, 65535, "1:1c0sHCoATkBKASmf2ONv66KRA5s="},
    {PROTO_UDP, "127.0.0.1", 40000, "127.0.0.1", 53, 0, "1:gir0IfrzfLF5jsdNt5PFAnifXH0="},
};

static void what_the_published_vectors_leave_out_follows_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof computed / sizeof computed[0]; i++) {
        struct headers headers = headers_of(&computed[i]);
        id_is(&headers, computed[i].seed, computed[i].id);
    }
}

static void headers_that_lack_what_is_hashed_have_no_id(void **state)
{
    (void)state;
    struct headers nothing = {.has = 0};
    id_is(&nothing, 0, "");
    struct headers cut = ip_of(PROTO_TCP, "192.0.2.1", "192.0.2.2");
    id_is(&cut, 0, "");
    struct headers unreached = ip_of(PROTO_GRE, "2001:db8::1", "2001:db8::2");
    unreached.has &= ~(uint32_t)HAS_PROTO;
    id_is(&unreached, 0, "");
    struct headers message = ip_of(PROTO_ICMP, "192.0.2.1", "192.0.2.2");
    id_is(&message, 0, "");
    struct headers later = ip_of(PROTO_UDP, "192.0.2.1", "192.0.2.2");
    later.has |= HAS_FRAGMENT;
    later.frag_offset = 1480;
    id_is(&later, 0, "");
}

static void a_buffer_that_is_too_small_stays_within_bounds(void **state)
{
    (void)state;
    struct headers headers = headers_of(&published[0]);
    char *buf = malloc(COMMUNITY_ID_SIZE - 1);
    assert_non_null(buf);
    assert_string_equal(community_id_format(&headers, 0, buf, COMMUNITY_ID_SIZE - 1), "");
    buf[0] = 'x';
    community_id_format(&headers, 0, buf, 0);
    assert_int_equal(buf[0], 'x');
    free(buf);
}

/* "-" stands for no port. */
static int port_from(const char *text)
{
    return strcmp(text, "-") == 0 ? -1 : atoi(text);
}

static void line_holds(char *line)
{
    char *columns[8] = {NULL};
    size_t count = 0;
    for (char *word = strtok(line, "\t\n"); word != NULL && count < 8; word = strtok(NULL, "\t\n"))
        columns[count++] = word;
    assert_true(count >= 7);
    const struct vector row = {.proto = (uint8_t)atoi(columns[0]),
                               .src = columns[1],
                               .src_port = port_from(columns[2]),
                               .dst = columns[3],
                               .dst_port = port_from(columns[4]),
                               .seed = (uint16_t)atoi(columns[5]),
                               .id = columns[6]};
    struct headers headers = headers_of(&row);
    id_is(&headers, row.seed, row.id);
}

/* They lie beside the shared captures. */
static void the_shared_vectors_hold(void **state)
{
    (void)state;
    char path[4096], line[512];
    const char *captures = getenv("ICMPSCOPE_CAPTURES"), *srcdir = getenv("srcdir");
    if (captures != NULL)
        snprintf(path, sizeof path, "%s/../community-id-vectors.tsv", captures);
    else
        snprintf(path, sizeof path, "%s/../shared/community-id-vectors.tsv",
                 srcdir != NULL ? srcdir : ".");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("skipped: there is no %s\n", path);
        skip();
    }
    size_t rows = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (line[0] != '#' && line[0] != '\n') {
            line_holds(line);
            rows++;
        }
    fclose(file);
    assert_true(rows > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_hold),
        cmocka_unit_test(what_the_published_vectors_leave_out_follows_the_specification),
        cmocka_unit_test(headers_that_lack_what_is_hashed_have_no_id),
        cmocka_unit_test(a_buffer_that_is_too_small_stays_within_bounds),
        cmocka_unit_test(the_shared_vectors_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
