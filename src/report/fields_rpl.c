/* The members of the options of RPL. */
#include "decode/nd_option.h"
#include "decode/rpl_option.h"
#include "report/member.h"

#define ROW(option, name, member, text)                                                            \
    {                                                                                              \
        .type = option, .key = name, MEMBER_SCALAR(struct rpl_option, of.member), .doc = text      \
    }

static const struct member rows[] = {
    ROW(RPL_ROUTE, "prefix", prefix.prefix, "where the route leads"),
    ROW(RPL_ROUTE, "prefix_length", prefix.length, "bits"),
    {.type = RPL_ROUTE,
     .key = "preference",
     .kind = MEMBER_NAME8,
     .offset = offsetof(struct rpl_option, of.prefix.preference),
     MEMBER_NAMES(nd_preference_names),
     .doc = "high, medium, low or reserved"},
    ROW(RPL_ROUTE, "lifetime_s", prefix.lifetime_s, "seconds; 4294967295: for ever"),
    ROW(RPL_CONFIGURATION, "authenticated", configuration.authenticated, "A: keys are needed"),
    ROW(RPL_CONFIGURATION, "path_control_size", configuration.path_control, "bits, less one"),
    ROW(RPL_CONFIGURATION, "interval_doublings", configuration.doublings, "of the trickle timer"),
    ROW(RPL_CONFIGURATION, "interval_min_log2_ms", configuration.minimum,
        "shortest interval of the trickle timer: 2^n ms"),
    ROW(RPL_CONFIGURATION, "redundancy", configuration.redundancy, "of the trickle timer; 0: none"),
    ROW(RPL_CONFIGURATION, "max_rank_increase", configuration.max_rank_increase, "0: any"),
    ROW(RPL_CONFIGURATION, "min_hop_rank_increase", configuration.min_hop_rank_increase,
        "rank that a hop costs at least"),
    ROW(RPL_CONFIGURATION, "objective", configuration.objective, "objective code point"),
    ROW(RPL_CONFIGURATION, "default_lifetime", configuration.lifetime,
        "of routes, in units of lifetime_unit_s; 255: for ever"),
    ROW(RPL_CONFIGURATION, "lifetime_unit_s", configuration.lifetime_unit_s, "seconds"),
    ROW(RPL_TARGET, "prefix", prefix.prefix, "that can be reached"),
    ROW(RPL_TARGET, "prefix_length", prefix.length, "bits"),
    ROW(RPL_TRANSIT, "external", transit.external, "E: the target is outside of the network"),
    ROW(RPL_TRANSIT, "path_control", transit.path_control, "bits"),
    ROW(RPL_TRANSIT, "path_sequence", transit.sequence, "of what is said of the target"),
    ROW(RPL_TRANSIT, "path_lifetime", transit.lifetime,
        "in units of lifetime_unit_s; 255: for ever, 0: lost"),
    ROW(RPL_SOLICITED, "instance", solicited.instance, "asked for"),
    ROW(RPL_SOLICITED, "by_version", solicited.by_version, "V: version must be this"),
    ROW(RPL_SOLICITED, "by_instance", solicited.by_instance, "I: instance must be this"),
    ROW(RPL_SOLICITED, "by_dodag", solicited.by_dodag, "D: dodag_id must be this"),
    ROW(RPL_SOLICITED, "dodag_id", solicited.dodag_id, "asked for"),
    ROW(RPL_SOLICITED, "version", solicited.version, "asked for"),
    ROW(RPL_PREFIX, "prefix", prefix.prefix, "the prefix"),
    ROW(RPL_PREFIX, "prefix_length", prefix.length, "bits"),
    ROW(RPL_PREFIX, "on_link", prefix.on_link, "L: its addresses are on this link"),
    ROW(RPL_PREFIX, "autonomous", prefix.autonomous, "A: nodes may form addresses from it"),
    ROW(RPL_PREFIX, "router_address", prefix.router_address, "R: prefix is the whole address"),
    ROW(RPL_PREFIX, "valid_lifetime_s", prefix.lifetime_s, "seconds; 4294967295: for ever"),
    ROW(RPL_PREFIX, "preferred_lifetime_s", prefix.preferred_s, "seconds; 4294967295: for ever"),
    ROW(RPL_DESCRIPTOR, "descriptor", descriptor, "32 bits, for who tagged the target"),
};

const struct member_table members_rpl = {rows, sizeof rows / sizeof rows[0]};
