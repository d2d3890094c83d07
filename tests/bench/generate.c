/* Writes a capture for the benchmark: TCP and UDP packets of many flows in random order, IPv6 in a
 * third of the flows, and one packet in 200 an ICMP error that quotes one of the latest packets. Or
 * ICMP alone: errors about packets of such flows that are not in the capture, but that one message
 * in 200 is an echo request, and one an error about one of these. The same seed gives the same
 * capture. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ETHERNET = 14,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    UDP_HEADER = 8,
    TCP_HEADER = 20,
    ICMP_HEADER = 8,
    ECHO_DATA = 56,
    FRAME_MAX = 1514,
    QUOTE_MAX = 64,
    QUOTABLE = 4096, /* packets back that an error may be about */
    ERROR_ONE_IN = 200,
    UDP_ONE_IN = 5,
    IPV6_ONE_IN = 3,
};

/* What an error needs to know of a packet. */
struct sent {
    bool v6;
    uint8_t bytes[QUOTE_MAX]; /* from its IP header on */
};

struct generator {
    FILE *out;
    uint64_t random;
    uint64_t flows;
    uint64_t error_one_in; /* 0: none is */
    bool small;
    uint64_t errors;  /* written */
    uint64_t tieable; /* of these, about packets in the capture */
    uint64_t sent_count;
    struct sent sent[QUOTABLE];
    uint8_t frame[FRAME_MAX];
};

struct shape {
    bool v6, udp;
    uint64_t flow;
    size_t ip_size; /* of the IP packet, in bytes */
};

/* xorshift64* (Vigna, 2016). */
static uint64_t random_next(struct generator *g)
{
    g->random ^= g->random >> 12;
    g->random ^= g->random << 25;
    g->random ^= g->random >> 27;
    return g->random * 2685821657736338717u;
}

static uint64_t random_below(struct generator *g, uint64_t limit)
{
    return (random_next(g) >> 11) % limit;
}

/* Spreads the number of a flow over its addresses and ports (splitmix64). */
static uint64_t flow_mix(uint64_t flow)
{
    uint64_t z = flow * 0x9e3779b97f4a7c15u + 1;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void put16(uint8_t *p, uint64_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint64_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value);
}

static uint32_t sum16(const uint8_t *p, size_t size, uint32_t sum)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    return size % 2 ? sum + (uint32_t)(p[size - 1] << 8) : sum;
}

static uint16_t sum_fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* 10/8 for the clients, 172.16/12 for the servers, 2001:db8::/32 for both. */
static void addresses_put(uint8_t *p, uint64_t flow, bool v6)
{
    uint64_t mixed = flow_mix(flow);
    if (!v6) {
        put32(p, 0x0a000000u | (mixed & 0xffffff));
        put32(p + 4, 0xac100000u | (mixed >> 24 & 0xfffff));
        return;
    }
    memset(p, 0, 32);
    put32(p, 0x20010db8);
    put32(p + 12, mixed & 0xffffff);
    put32(p + 16, 0x20010db8);
    put32(p + 20, 1);
    put32(p + 28, mixed >> 24 & 0xfffff);
}

static void ipv4_put(struct generator *g, uint8_t *p, size_t size, uint8_t proto)
{
    static const uint8_t head[] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64};
    memcpy(p, head, sizeof head);
    put16(p + 2, size);
    put16(p + 4, random_next(g) >> 32);
    p[9] = proto;
    put16(p + 10, 0);
    put16(p + 10, sum_fold(sum16(p, IPV4_HEADER, 0)));
}

static void ipv6_put(uint8_t *p, size_t size, uint8_t proto)
{
    put32(p, 6u << 28);
    put16(p + 4, size - IPV6_HEADER);
    p[6] = proto;
    p[7] = 64;
}

/* Sequence numbers and UDP checksums are random: what identifies a packet differs. */
static void transport_put(struct generator *g, uint8_t *p, const struct shape *shape, size_t size)
{
    uint64_t mixed = flow_mix(shape->flow);
    put16(p, 1024 + (mixed >> 44) % 60000);
    put16(p + 2, shape->udp ? 53 : 443);
    if (shape->udp) {
        put16(p + 4, size);
        put16(p + 6, 1 + random_below(g, 65535));
        return;
    }
    put32(p + 4, random_next(g) >> 32);
    put32(p + 8, random_next(g) >> 32);
    put16(p + 12, 5 << 12 | 0x10);
    put16(p + 14, 65535);
    put32(p + 16, 0);
}

/* Bytes of the IP packet: 60 to 74 with the Ethernet header, or what a link carries, a mean of
 * about 490. */
static size_t size_draw(struct generator *g, bool small, size_t least)
{
    uint64_t kind = random_below(g, 100);
    size_t size = 46 + random_below(g, 15);
    if (!small && kind >= 85)
        size = 80 + random_below(g, 700);
    else if (!small && kind >= 60)
        size = 1500;
    return size < least ? least : size;
}

static struct shape shape_draw(struct generator *g)
{
    struct shape shape = {.flow = random_below(g, g->flows)};
    uint64_t mixed = flow_mix(shape.flow);
    shape.v6 = shape.flow % IPV6_ONE_IN == 0;
    shape.udp = (mixed >> 60) % UDP_ONE_IN == 0;
    size_t least =
        (shape.v6 ? IPV6_HEADER : IPV4_HEADER) + (size_t)(shape.udp ? UDP_HEADER : TCP_HEADER);
    shape.ip_size = size_draw(g, g->small, least);
    return shape;
}

static void ethernet_put(uint8_t *frame, bool v6)
{
    memset(frame, 2, 12);
    put16(frame + 12, v6 ? 0x86dd : 0x0800);
}

/* An IP packet of a flow into g->frame. */
static struct shape packet_make(struct generator *g)
{
    struct shape shape = shape_draw(g);
    uint8_t *ip = g->frame + ETHERNET;
    size_t header = shape.v6 ? IPV6_HEADER : IPV4_HEADER;
    ethernet_put(g->frame, shape.v6);
    addresses_put(ip + (shape.v6 ? 8 : 12), shape.flow, shape.v6);
    if (shape.v6)
        ipv6_put(ip, shape.ip_size, shape.udp ? 17 : 6);
    else
        ipv4_put(g, ip, shape.ip_size, shape.udp ? 17 : 6);
    transport_put(g, ip + header, &shape, shape.ip_size - header);
    return shape;
}

static struct sent sent_take(const struct generator *g, bool v6)
{
    struct sent sent = {.v6 = v6};
    memcpy(sent.bytes, g->frame + ETHERNET, QUOTE_MAX);
    return sent;
}

static void sent_remember(struct generator *g, bool v6)
{
    g->sent[g->sent_count++ % QUOTABLE] = sent_take(g, v6);
}

/* Ethernet and IP around `icmp_size` bytes of ICMP, whose addresses and checksum (over what the
 * rest of g->frame holds) are there already. Returns the size of the frame. */
static size_t icmp_finish(struct generator *g, bool v6, size_t icmp_size)
{
    uint8_t *ip = g->frame + ETHERNET;
    size_t header = v6 ? IPV6_HEADER : IPV4_HEADER;
    uint8_t *icmp = ip + header;
    uint32_t pseudo = 0;
    ethernet_put(g->frame, v6);
    if (v6) {
        ipv6_put(ip, header + icmp_size, 58);
        pseudo = sum16(ip + 8, 32, (uint32_t)icmp_size + 58);
    } else {
        ipv4_put(g, ip, header + icmp_size, 1);
    }
    put16(icmp + 2, sum_fold(sum16(icmp, icmp_size, pseudo)));
    return ETHERNET + header + icmp_size;
}

/* From a router to the sender of a packet: its quote is the IP header and 8 bytes in IPv4 (RFC
 * 792), in IPv6 more of it. */
static size_t error_make(struct generator *g, const struct sent *sent)
{
    uint8_t *ip = g->frame + ETHERNET;
    size_t header = sent->v6 ? IPV6_HEADER : IPV4_HEADER;
    uint8_t *icmp = ip + header;
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = sent->v6 ? 1 : 3;
    icmp[1] = 1;
    memcpy(icmp + ICMP_HEADER, sent->bytes, header + 8);

    size_t half = sent->v6 ? 16 : 4;
    uint8_t *source = ip + (sent->v6 ? 8 : 12);
    addresses_put(source, random_below(g, 50), sent->v6);
    memcpy(source + half, sent->bytes + (sent->v6 ? 8 : 12), half);
    g->errors++;
    return icmp_finish(g, sent->v6, ICMP_HEADER + header + 8);
}

/* About one of the latest packets in the capture. */
static size_t error_of_latest(struct generator *g)
{
    uint64_t latest = g->sent_count < QUOTABLE ? g->sent_count : QUOTABLE;
    g->tieable++;
    return error_make(g, &g->sent[random_below(g, latest)]);
}

/* About a packet that is not in the capture. */
static size_t error_of_unseen(struct generator *g)
{
    struct shape shape = packet_make(g);
    struct sent sent = sent_take(g, shape.v6);
    return error_make(g, &sent);
}

static size_t echo_request_make(struct generator *g)
{
    uint64_t flow = random_below(g, g->flows);
    bool v6 = flow % IPV6_ONE_IN == 0;
    uint8_t *ip = g->frame + ETHERNET;
    uint8_t *icmp = ip + (v6 ? IPV6_HEADER : IPV4_HEADER);
    addresses_put(ip + (v6 ? 8 : 12), flow, v6);
    memset(icmp, 0, ICMP_HEADER + ECHO_DATA);
    icmp[0] = v6 ? 128 : 8;
    put16(icmp + 4, flow_mix(flow) >> 44);
    put16(icmp + 6, random_next(g) >> 32);
    size_t size = icmp_finish(g, v6, ICMP_HEADER + ECHO_DATA);
    sent_remember(g, v6);
    return size;
}

/* The next frame of a capture of ICMP alone. */
static size_t message_next(struct generator *g)
{
    uint64_t kind = random_below(g, ERROR_ONE_IN);
    if (kind == 0 || g->sent_count == 0)
        return echo_request_make(g);
    return kind == 1 ? error_of_latest(g) : error_of_unseen(g);
}

static size_t frame_next(struct generator *g)
{
    bool first = g->sent_count == 0;
    if (!first && g->error_one_in != 0 && random_below(g, g->error_one_in) == 0)
        return error_of_latest(g);
    struct shape shape = packet_make(g);
    sent_remember(g, shape.v6);
    return ETHERNET + shape.ip_size;
}

static void frame_write(struct generator *g, uint64_t number, size_t size)
{
    uint32_t head[] = {1763629200u + (uint32_t)(number / 1000000), (uint32_t)(number % 1000000),
                       (uint32_t)size, (uint32_t)size};
    fwrite(head, sizeof head, 1, g->out);
    fwrite(g->frame, size, 1, g->out);
}

static void capture_write(struct generator *g, uint64_t packets, size_t (*next)(struct generator *))
{
    uint32_t head[] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, 1};
    fwrite(head, sizeof head, 1, g->out);
    for (uint64_t i = 0; i < packets; i++)
        frame_write(g, i, next(g));
}

static int usage(void)
{
    fputs(
        "usage: generate [-is] [-e ONE_IN] [-n PACKETS] [-f FLOWS] [-r SEED] FILE\n"
        "  -i  ICMP alone, all but one message in 200 about packets that are not in the capture\n"
        "  -s  small packets, 60 to 74 bytes; else a mean of about 490\n"
        "  -e  one packet in so many is an ICMP error, by default in 200; 0: none\n"
        "prints how many errors there are, and how many of them are about packets in the capture\n",
        stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static struct generator g = {.random = 1, .flows = 100000, .error_one_in = ERROR_ONE_IN};
    size_t (*next)(struct generator *) = frame_next;
    uint64_t packets = 5000000;
    int option;
    while ((option = getopt(argc, argv, "ise:n:f:r:")) != -1) {
        if (option == 'i')
            next = message_next;
        else if (option == 's')
            g.small = true;
        else if (option == 'e')
            g.error_one_in = strtoull(optarg, NULL, 10);
        else if (option == 'n')
            packets = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            g.flows = strtoull(optarg, NULL, 10);
        else if (option == 'r')
            g.random = strtoull(optarg, NULL, 10);
        else
            return usage();
    }
    if (optind + 1 != argc || g.flows == 0 || g.random == 0)
        return usage();

    g.out = fopen(argv[optind], "wb");
    if (g.out == NULL) {
        perror(argv[optind]);
        return 1;
    }
    capture_write(&g, packets, next);
    if (ferror(g.out) || fclose(g.out) != 0) {
        perror(argv[optind]);
        return 1;
    }
    printf("%" PRIu64 " %" PRIu64 "\n", g.errors, g.tieable);
    return 0;
}
