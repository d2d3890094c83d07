#include "match/verdict.h"

const char *const verdict_names[VERDICTS] = {
    [VERDICT_EXACT] = "exact",       [VERDICT_FLOW] = "flow",
    [VERDICT_REVERSE] = "reverse",   [VERDICT_NAT] = "nat",
    [VERDICT_FRAGMENT] = "fragment", [VERDICT_UNMATCHED] = "unmatched",
    [VERDICT_UNKEYED] = "unkeyed",
};

const char *const anomaly_names[ANOMALIES] = {
    [ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE] = "outer_dest_not_quoted_source",
    [ANOMALY_ERROR_ABOUT_ERROR] = "error_about_error",
    [ANOMALY_ABOUT_MULTICAST] = "about_multicast",
    [ANOMALY_ABOUT_LATER_FRAGMENT] = "about_later_fragment",
    [ANOMALY_QUOTED_IP_LENGTH_SWAPPED] = "quoted_ip_length_byte_swapped",
    [ANOMALY_BAD_CHECKSUM] = "bad_checksum",
};
