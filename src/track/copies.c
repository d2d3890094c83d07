#include "track/copies.h"

#include <string.h>

#include "decode/icmp.h"

void copies_init(struct copies *copies, const uint64_t seed[2])
{
    memset(copies, 0, sizeof *copies);
    hash_secret_init(&copies->secret, seed);
}

static uint64_t headers_hash(const struct hash_secret *secret, const struct headers *ip)
{
    const uint32_t proto = ip->proto, tos_family = (uint32_t)ip->tos << 8 | ip->family;
    uint32_t words[HASH_MAX_WORDS] = {0};
    memcpy(words, &ip->src, sizeof ip->src);
    memcpy(words + 4, &ip->dst, sizeof ip->dst);
    words[8] = proto << 16 | tos_family;
    words[9] = (ip->has & HAS_IP_ID) != 0 ? ip->ip_id : 0;
    words[10] = (ip->has & HAS_PORTS) != 0 ? (uint32_t)ip->src_port << 16 | ip->dst_port : 0;
    words[11] = (ip->has & HAS_TCP_SEQ) != 0 ? ip->tcp_seq : 0;
    words[12] = (ip->has & HAS_ICMP_ID) != 0 ? (uint32_t)ip->icmp_id << 16 | ip->icmp_seq : 0;
    words[13] =
        (ip->has & HAS_UDP_LENGTH) != 0 ? (uint32_t)ip->udp_length << 16 | ip->udp_checksum : 0;
    words[14] = ip->total_length;
    return hash_words(secret, words, HASH_MAX_WORDS);
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
