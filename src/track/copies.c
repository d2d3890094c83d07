#include "track/copies.h"

#include <string.h>

#include "decode/icmp.h"

void copies_init(struct copies *copies, const uint64_t seed[2])
{
    memset(copies, 0, sizeof *copies);
    hash_secret_init(&copies->secret, seed);
}

/* What an address adds to a sum, as the words from `at` on. */
static uint64_t addr_hash(const struct hash_secret *secret, size_t at, const struct addr *addr)
{
    uint32_t words[4];
    memcpy(words, addr->bytes, sizeof words);
    return hash_pair(secret, at, words[0], words[1]) +
           hash_pair(secret, at + 2, words[2], words[3]);
}

/* Sixteen words. */
static uint64_t headers_hash(const struct hash_secret *secret, const struct headers *ip)
{
    const uint32_t has = ip->has, proto = ip->proto;
    const uint32_t kind = proto << 16 | (uint32_t)ip->tos << 8 | ip->family;
    const uint32_t id = (has & HAS_IP_ID) != 0 ? ip->ip_id : 0;
    const uint32_t ports = (has & HAS_PORTS) != 0 ? (uint32_t)ip->src_port << 16 | ip->dst_port : 0;
    const uint32_t seq = (has & HAS_TCP_SEQ) != 0 ? ip->tcp_seq : 0;
    const uint32_t icmp = (has & HAS_ICMP_ID) != 0 ? (uint32_t)ip->icmp_id << 16 | ip->icmp_seq : 0;
    const uint32_t udp =
        (has & HAS_UDP_LENGTH) != 0 ? (uint32_t)ip->udp_length << 16 | ip->udp_checksum : 0;
    uint64_t sum =
        secret->words[0] + addr_hash(secret, 1, &ip->src) + addr_hash(secret, 5, &ip->dst);
    sum += hash_pair(secret, 9, kind, id) + hash_pair(secret, 11, ports, seq);
    sum += hash_pair(secret, 13, icmp, udp) + hash_pair(secret, 15, ip->total_length, 0);
    return hash_mix(sum);
}

uint64_t copies_content(const struct hash_secret *secret, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    uint64_t hash = headers_hash(secret, &packet->ip) + ((uint64_t)icmp->type << 8 | icmp->code);
    if ((icmp->has & ICMP_HAS_QUOTE) != 0)
        hash = hash_mix(hash) + headers_hash(secret, &icmp->quote.ip);
    return hash_mix(hash) | 1;
}

bool copies_have(struct copies *copies, const struct packet *packet, uint64_t content)
{
    uint64_t hash = content != 0 ? content : copies_content(&copies->secret, packet);
    struct copies_place *place = &copies->places[hash >> 32 & (COPIES_REMEMBERED - 1)];
    int64_t since = time_between(place->time_ns, packet->time_ns);
    bool copy = place->hash == hash && since >= 0 && since <= copies_soon_ns;
    *place = (struct copies_place){copy ? 0 : hash, packet->time_ns};
    return copy;
}
