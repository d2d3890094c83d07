#include "track/rewriting.h"

#include "base/bits.h"
#include "base/room.h"
#include "decode/icmp.h"
#include "match/match.h"

void rewritings_init(struct rewritings *rewritings, const uint64_t seed[2])
{
    rewritings->left = 0;
    map_init(&rewritings->paths, &(struct map_config){sizeof(struct rewriting_path_key),
                                                      sizeof(struct rewriting_path),
                                                      REWRITING_PATHS_MAX,
                                                      {seed[0], seed[1] ^ 5}});
    map_init(&rewritings->map, &(struct map_config){sizeof(struct rewriting_key),
                                                    sizeof(struct rewriting),
                                                    REWRITING_MAX,
                                                    {seed[0], seed[1] ^ 6}});
}

size_t rewritings_limit(struct rewritings *rewritings, size_t paths, size_t fields)
{
    map_limit(&rewritings->paths, paths);
    map_limit(&rewritings->map, fields);
    return map_memory(&rewritings->paths.config) + map_memory(&rewritings->map.config);
}

void rewritings_fini(struct rewritings *rewritings)
{
    map_fini(&rewritings->paths);
    map_fini(&rewritings->map);
}

struct rewriting_key rewriting_key_of(const struct packet *error, const struct verdict *verdict,
                                      enum rewritten_field field)
{
    const struct headers *quoted = match_headers(error, verdict);
    return (struct rewriting_key){.path = {.src = quoted->src,
                                           .dst = quoted->dst,
                                           .family = quoted->family,
                                           .proto = quoted->proto},
                                  .field = field};
}

static bool is_ttl_exceeded(const struct icmp *icmp)
{
    enum { TIME_EXCEEDED = 11, TIME_EXCEEDED_V6 = 3, IN_TRANSIT = 0 };
    uint8_t type = icmp->family == FAMILY_IPV4 ? TIME_EXCEEDED : TIME_EXCEEDED_V6;
    return icmp->type == type && icmp->code == IN_TRANSIT;
}

uint8_t rewriting_hop(const struct packet *error, const struct verdict *verdict)
{
    uint8_t sent = verdict->sent.sent.ttl, quoted = match_headers(error, verdict)->ttl;
    if (is_ttl_exceeded(error->icmp))
        return sent;
    if (quoted > sent || sent - quoted == UINT8_MAX)
        return 0;
    return (uint8_t)(sent - quoted + 1);
}

static void take_nearer(uint8_t *hop, uint8_t other)
{
    if (other != 0 && (*hop == 0 || other < *hop))
        *hop = other;
}

static void path_error(struct rewriting_path *path, const struct verdict *verdict, uint8_t hop)
{
    take_nearer(&path->nearest, hop);
    for (uint32_t left = verdict->compared & ~verdict->rewritten; left != 0; left &= left - 1)
        take_nearer(&path->unchanged[bits_lowest(left)], hop);
}

static bool pair_is(const struct rewritten_pair *a, const struct rewritten_pair *b)
{
    return a->is_sent == b->is_sent && a->is_quoted == b->is_quoted && a->sent == b->sent &&
           a->quoted == b->quoted && addr_equal(&a->sent_ip, &b->sent_ip) &&
           addr_equal(&a->quoted_ip, &b->quoted_ip);
}

static void rewriting_error(struct rewriting *rewriting, const struct packet *error,
                            const struct verdict *verdict, enum rewritten_field field, uint8_t hop)
{
    bool nearer = hop != 0 && (rewriting->hop == 0 || hop < rewriting->hop);
    struct rewritten_pair pair = rewritten_get(error, verdict, field);
    bool misfits = verdict->checksum_fit == CHECKSUM_MISFITS;
    rewriting->varies |= rewriting->count > 0 && !pair_is(&pair, &rewriting->pair);
    rewriting->count++;
    rewriting->is_checksum = field == REWRITTEN_TCP_CHECKSUM || field == REWRITTEN_UDP_CHECKSUM;
    rewriting->fits += verdict->checksum_fit == CHECKSUM_FITS;
    rewriting->misfits += misfits;
    if (misfits && rewriting->misfits == 1)
        rewriting->pair = pair;
    if (rewriting->count > 1 && !nearer)
        return;
    rewriting->hop = hop;
    rewriting->family = error->ip.family;
    rewriting->reporter = error->ip.src;
    if (misfits || rewriting->misfits == 0)
        rewriting->pair = pair;
}

void rewritings_error(struct rewritings *rewritings, const struct packet *error,
                      const struct verdict *verdict)
{
    if ((verdict->has & VERDICT_HAS_SENT) == 0)
        return;
    struct rewriting_key key = rewriting_key_of(error, verdict, REWRITTEN_SRC_IP);
    struct rewriting_path *path = map_add(&rewritings->paths, &key.path, NULL);
    uint8_t hop = rewriting_hop(error, verdict);
    if (path != NULL)
        path_error(path, verdict, hop);
    for (uint32_t left = verdict->rewritten; left != 0; left &= left - 1) {
        key.field = bits_lowest(left);
        struct rewriting *rewriting = map_add(&rewritings->map, &key, NULL);
        if (rewriting != NULL)
            rewriting_error(rewriting, error, verdict, (enum rewritten_field)key.field, hop);
    }
}

const struct rewriting *rewritings_get(const struct rewritings *rewritings,
                                       const struct rewriting_key *key)
{
    return map_get(&rewritings->map, key);
}

bool rewriting_is_first(const struct rewritings *rewritings, const struct rewriting_key *key,
                        const struct rewriting *rewriting)
{
    const struct rewriting_path *path = map_get(&rewritings->paths, &key->path);
    if (path == NULL || rewriting->hop == 0)
        return false;
    uint8_t unchanged = path->unchanged[key->field];
    return path->nearest == rewriting->hop || (unchanged != 0 && unchanged < rewriting->hop);
}

void rewritings_make_room(struct rewritings *rewritings)
{
    rewritings->left +=
        room_make(&rewritings->paths, ROOM_BY_ORDER) + room_make(&rewritings->map, ROOM_BY_ORDER);
}

uint64_t rewritings_refused(const struct rewritings *rewritings)
{
    return rewritings->paths.refused + rewritings->map.refused + rewritings->left;
}
