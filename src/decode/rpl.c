/* RPL control messages (RFC 6550 6, RFC 9009 4): the code says which. */
#include "decode/icmp_body_v6.h"
#include "decode/rpl_read.h"
#include "decode/v6_store.h"

enum rpl_code {
    RPL_DIS = 0,
    RPL_DIO = 1,
    RPL_DAO = 2,
    RPL_DAO_ACK = 3,
    RPL_DCO = 7,
    RPL_DCO_ACK = 8,
    RPL_CHECK = 10, /* only ever secured */
    RPL_CODES = 11,
    RPL_SECURE = 0x80,
};

static bool take_dodag(struct extent *body, struct icmp_v6 *v6)
{
    const uint8_t *p;
    if (!extent_take(body, 16, &p))
        return false;
    v6->of.rpl.dodag_id = addr_from_ipv6(p);
    v6->has |= ICMP_V6_HAS_RPL_DODAG;
    return true;
}

/* ---- bases: each is followed by options -------------------------------------------------------
 */

typedef bool base_reader(struct extent *body, struct icmp_v6 *v6);

static bool read_dis(struct extent *body, struct icmp_v6 *v6)
{
    const uint8_t *p;
    (void)v6;
    return extent_take(body, 2, &p);
}

static bool read_dio(struct extent *body, struct icmp_v6 *v6)
{
    struct rpl *rpl = &v6->of.rpl;
    const uint8_t *p;
    if (!extent_take(body, 8, &p))
        return false;
    rpl->instance = p[0];
    rpl->version = p[1];
    rpl->rank = wire_u16(p + 2);
    rpl->grounded = p[4] & 0x80;
    rpl->mode = p[4] >> 3 & 7;
    rpl->preference = p[4] & 7;
    rpl->dtsn = p[5];
    v6->has |= ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DIO;
    return take_dodag(body, v6);
}

/* DAO and DCO ask for an acknowledgement, and name the DODAG where the next bit says so. */
static bool read_dao(struct extent *body, struct icmp_v6 *v6)
{
    struct rpl *rpl = &v6->of.rpl;
    const uint8_t *p;
    if (!extent_take(body, 4, &p))
        return false;
    rpl->instance = p[0];
    rpl->ack_requested = p[1] & 0x80;
    rpl->status = p[2];
    rpl->dao_sequence = p[3];
    v6->has |= ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DAO;
    return (p[1] & 0x40) == 0 || take_dodag(body, v6);
}

static bool read_dco(struct extent *body, struct icmp_v6 *v6)
{
    bool read = read_dao(body, v6);
    if (v6->has & ICMP_V6_HAS_RPL_DAO)
        v6->has |= ICMP_V6_HAS_RPL_STATUS;
    return read;
}

static bool read_ack(struct extent *body, struct icmp_v6 *v6)
{
    struct rpl *rpl = &v6->of.rpl;
    const uint8_t *p;
    if (!extent_take(body, 4, &p))
        return false;
    rpl->instance = p[0];
    rpl->ack_requested = false;
    rpl->dao_sequence = p[2];
    rpl->status = p[3];
    v6->has |= ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DAO | ICMP_V6_HAS_RPL_STATUS;
    return (p[1] & 0x80) == 0 || take_dodag(body, v6);
}

static bool read_check(struct extent *body, struct icmp_v6 *v6)
{
    struct rpl *rpl = &v6->of.rpl;
    const uint8_t *p, *counter;
    if (!extent_take(body, 4, &p))
        return false;
    rpl->instance = p[0];
    v6->has |= ICMP_V6_HAS_RPL_INSTANCE;
    if (!take_dodag(body, v6) || !extent_take(body, 4, &counter))
        return false;
    rpl->response = p[1] & 0x80;
    rpl->nonce = wire_u16(p + 2);
    rpl->destination_counter = wire_u32(counter);
    v6->has |= ICMP_V6_HAS_RPL_CHECK;
    return true;
}

static base_reader *const readers[RPL_CODES] = {
    [RPL_DIS] = read_dis,     [RPL_DIO] = read_dio, [RPL_DAO] = read_dao,
    [RPL_DAO_ACK] = read_ack, [RPL_DCO] = read_dco, [RPL_DCO_ACK] = read_ack,
    [RPL_CHECK] = read_check,
};

/* ---- security ---------------------------------------------------------------------------------
 */

enum { LEVELS = 4 }; /* of security; what is beyond means nothing yet, nor does what follows */
enum { KEY_GROUP = 0, KEY_PAIR = 1, KEY_SOURCE = 2, KEY_SIGNATURE = 3 };

/* Bytes of the key identifier (RFC 6550 6.1, figure 9). Signatures name a key only to encrypt. */
static uint32_t key_size(uint8_t mode, bool encrypted)
{
    static const uint8_t sizes[] = {[KEY_GROUP] = 1, [KEY_PAIR] = 0, [KEY_SOURCE] = 9};
    return mode == KEY_SIGNATURE ? (encrypted ? 9 : 0) : sizes[mode];
}

/* Bytes of the authentication code or signature at the end of the message (RFC 6550 6.1). */
static uint32_t trailer_size(uint8_t mode, uint8_t level)
{
    static const uint16_t sizes[2][LEVELS] = {{4, 4, 8, 8}, {384, 384, 256, 256}};
    return level < LEVELS ? sizes[mode == KEY_SIGNATURE][level] : 0;
}

static bool take_security(struct extent *body, struct icmp_v6 *v6)
{
    struct rpl *rpl = &v6->of.rpl;
    const uint8_t *p;
    if (!extent_take(body, 8, &p))
        return false;
    rpl->counter_is_time = p[0] & 0x80;
    rpl->algorithm = p[1];
    rpl->key_mode = p[2] >> 6;
    rpl->level = p[2] & 7;
    rpl->encrypted = rpl->level < LEVELS && (rpl->level & 1) != 0;
    rpl->counter = wire_u32(p + 4);
    rpl->key =
        v6_store_bytes(v6, extent_cut(body, key_size(rpl->key_mode, rpl->encrypted)), UINT8_MAX);
    v6->has |= ICMP_V6_HAS_RPL_SECURITY;

    uint32_t trailer = trailer_size(rpl->key_mode, rpl->level);
    *body = extent_cut(body, trailer < body->wire ? body->wire - trailer : 0);
    return rpl->level < LEVELS && !rpl->encrypted;
}

void icmp_v6_rpl(struct extent *body, struct icmp *out)
{
    bool secure = out->code & RPL_SECURE;
    uint8_t base = out->code & (RPL_SECURE - 1);
    if (base >= RPL_CODES || readers[base] == NULL || (base == RPL_CHECK && !secure))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    if (secure && !take_security(body, v6))
        return;
    if (readers[base](body, v6))
        rpl_options_read(*body, v6);
}
