/* The members of the records of multicast listeners and of MPL forwarders. */
#include "report/member.h"

/* RFC 9777 5.2.12 */
static const char *const record_names[256] = {
    [1] = "mode_is_include",   [2] = "mode_is_exclude",   [3] = "change_to_include",
    [4] = "change_to_exclude", [5] = "allow_new_sources", [6] = "block_old_sources",
};

static const struct member mld_rows[] = {
    {.key = "record",
     .kind = MEMBER_NAME8,
     .offset = offsetof(struct mld_record, type),
     MEMBER_NAMES(record_names),
     .doc = "what is said of the sources"},
    {.key = "type", MEMBER_SCALAR(struct mld_record, type), .doc = "its number"},
    {.key = "group", MEMBER_SCALAR(struct mld_record, group), .doc = "the multicast address"},
    {.key = "source_count",
     MEMBER_SCALAR(struct mld_record, sources.total),
     .doc = "sources that it claims to list"},
    {.key = "sources",
     .kind = MEMBER_IPS,
     .offset = offsetof(struct mld_record, sources),
     .doc = "the first 16"},
};

static const struct member mpl_rows[] = {
    {.key = "seed",
     .kind = MEMBER_HEX,
     .offset = offsetof(struct mpl_seed, id),
     .doc = "its identifier, hexadecimal; absent: the sender"},
    {.key = "first_sequence",
     MEMBER_SCALAR(struct mpl_seed, first_sequence),
     .doc = "lowest sequence number that is buffered"},
    {.key = "bitmap",
     .kind = MEMBER_HEX,
     .offset = offsetof(struct mpl_seed, bitmap),
     .doc = "which messages are buffered, hexadecimal"},
};

const struct member_table members_mld = {mld_rows, sizeof mld_rows / sizeof mld_rows[0]};
const struct member_table members_mpl = {mpl_rows, sizeof mpl_rows / sizeof mpl_rows[0]};
