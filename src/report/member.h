/* Members of the objects in a list, as the field table has them for records: a row each. What the
 * options and records of ICMPv6 messages are written from. */
#ifndef ICMPSCOPE_REPORT_MEMBER_H
#define ICMPSCOPE_REPORT_MEMBER_H

#include <stddef.h>
#include <stdint.h>

#include "decode/icmp_v6.h"
#include "report/writer.h"

enum member_kind {
    MEMBER_U8,
    MEMBER_U16,
    MEMBER_U32,
    MEMBER_U64,
    MEMBER_BOOL,
    MEMBER_IP,     /* struct addr: an IPv6 address */
    MEMBER_SET8,   /* uint8_t, left out where 0 */
    MEMBER_NAME8,  /* uint8_t, an index into .names */
    MEMBER_HEX,    /* struct slice of bytes: "00ff"; left out where empty */
    MEMBER_LINK,   /* the same, as a link-layer address: "00:ff" */
    MEMBER_TEXT,   /* the same, as text */
    MEMBER_DOMAIN, /* struct slice of names: the first of them */
    MEMBER_DOMAINS,
    MEMBER_IPS, /* struct slice of addresses */
};

struct member {
    uint8_t type; /* of the entry that has it */
    uint8_t kind; /* enum member_kind */
    uint16_t offset;
    const char *key;
    const char *const *names;
    size_t name_count;
    const char *doc; /* meaning and unit, one line */
};

/* In a row: the names that its values have. */
#define MEMBER_NAMES(list) .names = list, .name_count = sizeof(list) / sizeof(list)[0]

/* In a row: where a member is, and the kind that its type in C says. */
#define MEMBER_SCALAR(struct_type, member)                                                         \
    .kind = _Generic(((struct_type *)NULL)->member, uint8_t                                        \
                     : MEMBER_U8, uint16_t                                                         \
                     : MEMBER_U16, uint32_t                                                        \
                     : MEMBER_U32, uint64_t                                                        \
                     : MEMBER_U64, bool                                                            \
                     : MEMBER_BOOL, struct addr                                                    \
                     : MEMBER_IP),                                                                 \
    .offset = offsetof(struct_type, member)

struct member_table {
    const struct member *rows;
    size_t count;
};

extern const struct member_table members_nd;  /* struct nd_option */
extern const struct member_table members_rpl; /* struct rpl_option */
extern const struct member_table members_mld; /* struct mld_record; of type 0, as the next */
extern const struct member_table members_mpl; /* struct mpl_seed */

/* Where an entry stands, and what it is written to. */
struct member_place {
    struct writer *writer;
    const struct icmp_v6 *v6; /* has what slices name */
};

/* Writes the members that an entry of `type` at `entry` has; false where no row is about it. */
bool members_put(const struct member_place *place, const struct member_table *table, uint8_t type,
                 const void *entry);

/* Each of them alone, as a value of `key`. Nothing for an empty slice. */
void member_put_hex(const struct member_place *place, const char *key, struct slice slice);
void member_put_domains(const struct member_place *place, const char *key, struct slice slice);
void member_put_ips(const struct member_place *place, const char *key, struct slice slice,
                    enum family family);

#endif
