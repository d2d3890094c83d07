#include "decode/icmp_body.h"

#include "decode/echo_payload.h"
#include "decode/extension.h"
#include "decode/icmp_body_parts.h"
#include "decode/icmp_body_v4.h"
#include "decode/icmp_body_v6.h"
#include "decode/quote.h"

enum { UNIT_V6 = 8 }; /* bytes that a length attribute counts in (RFC 4884 4) */

/* ---- queries -------------------------------------------------------------------------------- */

void icmp_body_id(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->id = wire_u16(word);
    out->seq = wire_u16(word + 2);
    out->has |= ICMP_HAS_ID;
}

void icmp_body_echo(struct extent *body, struct icmp *out)
{
    icmp_body_id(body, out);
    if (!(out->has & ICMP_HAS_ID))
        return;
    out->payload_length = body->wire;
    out->has |= ICMP_HAS_PAYLOAD;
    echo_payload_read(body->in, &out->payload);
}

/* ---- probes (RFC 8335) ---------------------------------------------------------------------- */

const char *const icmp_probe_state_names[ICMP_PROBE_STATES] = {
    "reserved", "incomplete", "reachable", "stale", "delay", "probe", "failed", "unassigned",
};

/* A sequence number of one byte, and behind it the flags, which are returned; 0 where they are not
 * there. */
static uint8_t take_probe(struct extent *body, struct icmp *out)
{
    icmp_body_id(body, out);
    if (!(out->has & ICMP_HAS_ID))
        return 0;
    uint8_t flags = out->seq & 0xff;
    out->seq >>= 8;
    return flags;
}

void icmp_body_probe_request(struct extent *body, struct icmp *out)
{
    enum { LOCAL = 1 };
    uint8_t flags = take_probe(body, out);
    if (!(out->has & ICMP_HAS_ID))
        return;
    out->probe.local = flags & LOCAL;
    out->has |= ICMP_HAS_PROBE_LOCAL;
    if (!extension_decode_probe(*body, &out->extensions))
        return;
    out->has |= ICMP_HAS_EXTENSION;
    if (out->extensions.anomalies != 0)
        out->has |= ICMP_HAS_EXTENSION_ANOMALY;
}

/* Of a code other than 0 the flags say nothing, and of an interface of the node itself the state.
 */
void icmp_body_probe_reply(struct extent *body, struct icmp *out)
{
    enum { STATE_SHIFT = 5, ACTIVE = 4, IPV4 = 2, IPV6 = 1 };
    uint8_t flags = take_probe(body, out);
    if (!(out->has & ICMP_HAS_ID) || out->code != 0)
        return;
    out->probe.active = flags & ACTIVE;
    out->probe.ipv4 = flags & IPV4;
    out->probe.ipv6 = flags & IPV6;
    out->probe.state = flags >> STATE_SHIFT;
    out->has |= ICMP_HAS_PROBE_REPLY;
    if (out->probe.state != 0)
        out->has |= ICMP_HAS_PROBE_STATE;
}

/* ---- errors --------------------------------------------------------------------------------- */

void icmp_body_quote(struct extent from, struct icmp *out)
{
    if (quote_decode(from, &out->quote))
        out->has |= ICMP_HAS_QUOTE;
}

void icmp_body_extended_quote(struct extent body, struct length_attribute attribute,
                              struct icmp *out)
{
    struct icmp_extensions *extensions = &out->extensions;
    struct extension_split split;
    extension_split(body, attribute.length, attribute.unit, &split);
    if (split.layout != EXTENSION_RFC4884 && attribute.beside != 0)
        split.anomalies = 0;
    icmp_body_quote(split.quote, out);

    extensions->anomalies = split.anomalies;
    extensions->layout = split.layout;
    if (split.layout != EXTENSION_NONE) {
        out->has |= ICMP_HAS_EXTENSION;
        extension_decode(split.extension, extensions);
    }
    if (extensions->anomalies != 0)
        out->has |= ICMP_HAS_EXTENSION_ANOMALY;
}

void icmp_body_plain_error(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        icmp_body_quote(*body, out);
}

static void decode_extended_v6(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (extent_take(body, 4, &word))
        icmp_body_extended_quote(
            *body,
            (struct length_attribute){word[0], UNIT_V6, (uint8_t)(word[1] | word[2] | word[3])},
            out);
}

static void decode_parameter_problem_v6(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->pointer = wire_u32(word);
    out->has |= ICMP_HAS_POINTER;
    icmp_body_quote(*body, out);
}

static void decode_too_big(struct extent *body, struct icmp *out)
{
    const uint8_t *word;
    if (!extent_take(body, 4, &word))
        return;
    out->mtu = wire_u32(word);
    out->has |= ICMP_HAS_MTU;
    icmp_body_quote(*body, out);
}

/* ---- which is which ------------------------------------------------------------------------- */

/* [0]: ICMP, [1]: ICMPv6. */
static icmp_body_decoder *const decoders[2][256] = {
    [0][0] = icmp_body_echo,
    [0][3] = icmp_v4_unreachable,
    [0][4] = icmp_body_plain_error,
    [0][5] = icmp_v4_redirect,
    [0][6] = icmp_v4_unspecified,
    [0][8] = icmp_body_echo,
    [0][9] = icmp_v4_router_advertisement,
    [0][11] = icmp_v4_time_exceeded,
    [0][12] = icmp_v4_parameter_problem,
    [0][13] = icmp_v4_timestamp,
    [0][14] = icmp_v4_timestamp,
    [0][15] = icmp_body_id,
    [0][16] = icmp_body_id,
    [0][17] = icmp_v4_mask,
    [0][18] = icmp_v4_mask,
    [0][30] = icmp_v4_traceroute,
    [0][31] = icmp_v4_conversion_error,
    [0][32] = icmp_v4_unspecified,
    [0][33] = icmp_v4_unspecified,
    [0][34] = icmp_v4_unspecified,
    [0][35] = icmp_v4_unspecified,
    [0][36] = icmp_v4_unspecified,
    [0][37] = icmp_body_id,
    [0][38] = icmp_v4_domain_name_reply,
    [0][39] = icmp_v4_unspecified,
    [0][40] = icmp_v4_security_failure,
    [0][41] = icmp_v4_mobility,
    [0][42] = icmp_body_probe_request,
    [0][43] = icmp_body_probe_reply,
    [0][253] = icmp_v4_unspecified,
    [0][254] = icmp_v4_unspecified,

    [1][1] = decode_extended_v6,
    [1][2] = decode_too_big,
    [1][3] = decode_extended_v6,
    [1][4] = decode_parameter_problem_v6,
    [1][100] = icmp_body_plain_error,
    [1][101] = icmp_body_plain_error,
    [1][128] = icmp_body_echo,
    [1][129] = icmp_body_echo,
    [1][130] = icmp_v6_listener_query,
    [1][131] = icmp_v6_listener_report,
    [1][132] = icmp_v6_listener_report,
    [1][133] = icmp_v6_router_solicitation,
    [1][134] = icmp_v6_router_advertisement,
    [1][135] = icmp_v6_neighbor_solicitation,
    [1][136] = icmp_v6_neighbor_advertisement,
    [1][137] = icmp_v6_redirect,
    [1][138] = icmp_v6_renumbering,
    [1][139] = icmp_v6_node_info,
    [1][140] = icmp_v6_node_info,
    [1][141] = icmp_v6_router_solicitation,
    [1][142] = icmp_v6_router_solicitation,
    [1][143] = icmp_v6_listener_report_v2,
    [1][144] = icmp_v6_home_agents_request,
    [1][145] = icmp_v6_home_agents,
    [1][146] = icmp_v6_prefix_solicitation,
    [1][147] = icmp_v6_prefix_advertisement,
    [1][148] = icmp_v6_path_solicitation,
    [1][149] = icmp_v6_path_advertisement,
    [1][150] = icmp_v6_mobility_experiment,
    [1][151] = icmp_v6_multicast_router,
    [1][154] = icmp_v6_fast_handover,
    [1][155] = icmp_v6_rpl,
    [1][156] = icmp_v6_locators,
    [1][157] = icmp_v6_duplicate_address,
    [1][158] = icmp_v6_duplicate_address,
    [1][159] = icmp_v6_mpl,
    [1][160] = icmp_body_probe_request,
    [1][161] = icmp_body_probe_reply,
};

void icmp_body_decode(struct extent body, struct icmp *out)
{
    icmp_body_decoder *decode = decoders[out->family == FAMILY_IPV6][out->type];
    if (decode != NULL)
        decode(&body, out);
}
