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
    [ANOMALY_SEQ_OUT_OF_WINDOW] = "seq_out_of_window",
    [ANOMALY_QUOTED_TTL_ABOVE_SENT] = "quoted_ttl_above_sent",
    [ANOMALY_ERROR_AFTER_FLOW_CLOSED] = "error_after_flow_closed",
    [ANOMALY_FASTER_THAN_POSSIBLE] = "faster_than_possible",
    [ANOMALY_FLOW_EVICTED] = "flow_evicted",
    [ANOMALY_MTU_NOT_BELOW_LENGTH] = "mtu_not_below_length",
    [ANOMALY_MTU_BELOW_MINIMUM] = "mtu_below_minimum",
    [ANOMALY_ABOUT_PACKET_WITHOUT_DF] = "about_packet_without_df",
    [ANOMALY_QUOTED_SOURCE_NOT_HOST] = "quoted_source_not_host",
};

const char *const seq_check_names[SEQ_CHECKS] = {
    [SEQ_UNKNOWN] = "unknown",
    [SEQ_IN_WINDOW] = "in_window",
    [SEQ_OUT_OF_WINDOW] = "out_of_window",
};
