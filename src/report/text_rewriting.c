/* REWRITTEN ON THE WAY: what came out of the net otherwise than it went in. */
#include <inttypes.h>

#include "report/line.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

enum { REWRITINGS_SHOWN = 10 };

/* How the values of a field are told. */
enum telling { TELL_NUMBERS, TELL_HEX, TELL_FLAG, TELL_ADDRESSES, TELL_CHECKSUM };

static const struct {
    const char *name;
    enum telling telling;
} words[REWRITTEN_FIELDS] = {
    [REWRITTEN_SRC_IP] = {"source", TELL_ADDRESSES},
    [REWRITTEN_DEST_IP] = {"destination", TELL_ADDRESSES},
    [REWRITTEN_SRC_PORT] = {"source port", TELL_NUMBERS},
    [REWRITTEN_DEST_PORT] = {"destination port", TELL_NUMBERS},
    [REWRITTEN_TOS] = {"TOS", TELL_NUMBERS},
    [REWRITTEN_ECN] = {"ECN", TELL_NUMBERS},
    [REWRITTEN_IP_ID] = {"IP identification", TELL_NUMBERS},
    [REWRITTEN_LENGTH] = {"length", TELL_NUMBERS},
    [REWRITTEN_DF] = {"DF bit", TELL_FLAG},
    [REWRITTEN_IP_OPTIONS] = {"bytes of IP options", TELL_NUMBERS},
    [REWRITTEN_FLOW_LABEL] = {"flow label", TELL_HEX},
    [REWRITTEN_TCP_SEQ] = {"TCP sequence number", TELL_NUMBERS},
    [REWRITTEN_TCP_ACK] = {"TCP acknowledgement", TELL_NUMBERS},
    [REWRITTEN_TCP_FLAGS] = {"TCP flags", TELL_HEX},
    [REWRITTEN_TCP_WINDOW] = {"TCP window", TELL_NUMBERS},
    [REWRITTEN_TCP_MSS] = {"TCP MSS", TELL_NUMBERS},
    [REWRITTEN_TCP_WINDOW_SCALE] = {"TCP window scale", TELL_NUMBERS},
    [REWRITTEN_TCP_SACK_PERMITTED] = {"TCP SACK", TELL_FLAG},
    [REWRITTEN_TCP_TIMESTAMPS] = {"TCP timestamps", TELL_FLAG},
    [REWRITTEN_TCP_CHECKSUM] = {"TCP checksum", TELL_CHECKSUM},
    [REWRITTEN_UDP_LENGTH] = {"UDP length", TELL_NUMBERS},
    [REWRITTEN_UDP_CHECKSUM] = {"UDP checksum", TELL_CHECKSUM},
    [REWRITTEN_ICMP_ID] = {"ICMP identifier", TELL_NUMBERS},
    [REWRITTEN_ICMP_SEQ] = {"ICMP sequence number", TELL_NUMBERS},
};

/* "1460 became 1380", "1460 removed" */
static void line_add_numbers(struct line *line, const struct rewritten_pair *pair)
{
    if (!pair->is_quoted)
        line_add(line, "%" PRIu32 " removed", pair->sent);
    else if (!pair->is_sent)
        line_add(line, "%" PRIu32 " added", pair->quoted);
    else
        line_add(line, "%" PRIu32 " became %" PRIu32, pair->sent, pair->quoted);
}

static void line_add_addresses(struct line *line, const struct rewritten_pair *pair)
{
    line_add_addr(line, pair->sent_ip, (enum family)pair->sent_family);
    line_add(line, " became ");
    line_add_addr(line, pair->quoted_ip, (enum family)pair->quoted_family);
}

static void line_add_checksum(struct line *line, const struct rewritten_pair *pair)
{
    if (pair->sent == pair->quoted)
        line_add(line, "0x%04" PRIx32 " left as it was, though what it covers changed", pair->sent);
    else
        line_add(line, "0x%04" PRIx32 " became 0x%04" PRIx32 ", which nothing listed here explains",
                 pair->sent, pair->quoted);
}

static void line_add_pair(struct line *line, uint32_t field, const struct rewritten_pair *pair)
{
    line_add(line, "%s ", words[field].name);
    switch (words[field].telling) {
    case TELL_NUMBERS:
        return line_add_numbers(line, pair);
    case TELL_HEX:
        return line_add(line, "0x%02" PRIx32 " became 0x%02" PRIx32, pair->sent, pair->quoted);
    case TELL_FLAG:
        return line_add(line, "%s", pair->quoted != 0 ? "added" : "removed");
    case TELL_ADDRESSES:
        return line_add_addresses(line, pair);
    case TELL_CHECKSUM:
        return line_add_checksum(line, pair);
    }
}

/* ", first seen at 192.0.2.1 (hop 3)" */
static void line_add_hop(struct line *line, const struct rewriting *rewriting, bool first)
{
    line_add(line, ", %sseen at ", first ? "first " : "");
    line_add_addr(line, rewriting->reporter, (enum family)rewriting->family);
    if (rewriting->hop != 0)
        line_add(line, " (hop" LINE_TIE "%u)", rewriting->hop);
}

/* "UDP 192.0.2.9 > 198.51.100.2: " */
static void line_add_path(struct line *line, const struct rewriting_path_key *path)
{
    char text[PROTO_NAME_SIZE];
    const char *proto = proto_name(path->proto, text, sizeof text);
    line_add(line, "%s%s ", proto == text ? "protocol " : "", proto);
    line_add_addr(line, path->src, (enum family)path->family);
    line_add(line, " > ");
    line_add_addr(line, path->dst, (enum family)path->family);
    line_add(line, ": ");
}

static void print_rewriting(struct page *page, const struct report *report, size_t position)
{
    const struct rewriting_key *key = map_key_at(&report->rewritings->map, position);
    const struct rewriting *rewriting = map_value_at(&report->rewritings->map, position);
    struct line line;
    line_init(&line);
    line_add_path(&line, &key->path);
    line_add_pair(&line, key->field, &rewriting->pair);
    line_add(&line, "%s", rewriting->varies && !rewriting->is_checksum ? " and others" : "");
    line_add_hop(&line, rewriting, rewriting_is_first(report->rewritings, key, rewriting));
    line_add(&line, ", in ");
    line_add_count(&line, rewriting->count, "error");
    page_text(page, 2, line.text);
}

/* A checksum that follows from what else was rewritten is no news. */
static uint64_t rewriting_weight(const void *value)
{
    const struct rewriting *rewriting = value;
    return rewriting->is_checksum ? rewriting->misfits : rewriting->count;
}

void text_rewriting(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "REWRITTEN ON THE WAY",
                                  .map = &report->rewritings->map,
                                  .weight = rewriting_weight,
                                  .shown = REWRITINGS_SHOWN,
                                  .print = print_rewriting});
}
