"""The public types of records, written by hand: a key that is added to the output is added here, and
a type never changes. tests/test_cli_records.py holds every record against it."""

from record_types_v6 import ICMP_V6

TEXT, WHOLE, REAL, TRUTH = str, int, float, bool

# As doc/ promises them. An object is a dictionary, an array a list of one.
COMMON = {
    "timestamp": TEXT, "ts_us": WHOLE, "event_type": TEXT, "sensor": TEXT, "in_iface": TEXT,
    "in_iface": TEXT, "pcap_filename": TEXT, "pcap_cnt": WHOLE, "vlan": [WHOLE],
    "tunnel": [{"type": TEXT, "src_ip": TEXT, "dest_ip": TEXT, "id": WHOLE}],
    "src_ip": TEXT, "dest_ip": TEXT, "src_port": WHOLE, "dest_port": WHOLE, "proto": TEXT,
    "community_id": TEXT, "flow_community_id": TEXT,
}
LABEL = {"label": WHOLE, "tc": WHOLE, "s": WHOLE, "ttl": WHOLE}
EXTENSION = {  # RFC 4884 and those that fill it: 4950, 5837, 8335
    "object": TEXT, "labels": [LABEL], "label_count": WHOLE, "role": TEXT, "index": WHOLE,
    "ip": TEXT, "name": TEXT, "name_length": WHOLE, "address": TEXT, "address_family": WHOLE,
    "mtu": WHOLE, "pointer": WHOLE, "class": WHOLE, "ctype": WHOLE, "length": WHOLE,
    "malformed": TRUTH,
}
AGENT = {"seq": WHOLE, "lifetime_s": WHOLE, "flags": [TEXT], "care_of_count": WHOLE,
         "care_of": [TEXT]}
ICMP = {
    "name": TEXT, "code_name": TEXT, "class": TEXT, "status": TEXT, "checksum": TEXT,
    "length": WHOLE, "fragments": WHOLE, "complete": TRUTH,
    "id": WHOLE, "seq": WHOLE, "mtu": WHOLE, "gateway": TEXT, "pointer": WHOLE,
    "originate_ms": WHOLE, "receive_ms": WHOLE, "transmit_ms": WHOLE, "target": TEXT,
    "payload_length": WHOLE, "data_length": WHOLE, "standard": TRUTH, "mask": TEXT,
    "lifetime_s": WHOLE, "router_count": WHOLE, "routers": [{"ip": TEXT, "preference": WHOLE}],
    "mobility_agent": AGENT, "prefix_length_count": WHOLE, "prefix_lengths": [WHOLE],
    "trace_id": WHOLE, "hops_out": WHOLE, "hops_back": WHOLE, "link_bytes_per_s": WHOLE,
    "link_mtu": WHOLE, "ttl_s": WHOLE, "name_count": WHOLE, "names": [TEXT],
    "names_malformed": TRUTH, "spi": WHOLE, "subtype": WHOLE,
    "local": TRUTH, "active": TRUTH, "ipv4": TRUTH, "ipv6": TRUTH, "state": TEXT,
    "extension_layout": TEXT, "extension_checksum": TEXT, "extension_count": WHOLE,
    "extensions": [EXTENSION], "extension_anomalies": [TEXT],
}
assert all(ICMP_V6[key] == ICMP[key] for key in ICMP.keys() & ICMP_V6.keys())
ICMP.update(ICMP_V6)
TUNNEL = {"type": TEXT, "src_ip": TEXT, "dest_ip": TEXT, "id": WHOLE}
INNER = {  # the packet in a quoted tunnel
    "tunnel": [TUNNEL], "src_ip": TEXT, "dest_ip": TEXT, "proto": TEXT, "src_port": WHOLE,
    "dest_port": WHOLE, "ip_id": WHOLE, "ttl": WHOLE, "tos": WHOLE, "length": WHOLE,
    "frag_offset": WHOLE, "tcp_seq": WHOLE, "udp_length": WHOLE, "icmp_type": WHOLE,
    "icmp_code": WHOLE, "icmp_id": WHOLE, "icmp_seq": WHOLE, "sctp_vtag": WHOLE,
    "esp_spi": WHOLE, "esp_seq": WHOLE, "gre_key": WHOLE,
}
QUOTED = {
    "src_ip": TEXT, "dest_ip": TEXT, "proto": TEXT, "src_port": WHOLE, "dest_port": WHOLE,
    "ip_id": WHOLE, "ttl": WHOLE, "tos": WHOLE, "length": WHOLE, "bytes": WHOLE, "df": TRUTH,
    "frag_offset": WHOLE, "tcp_seq": WHOLE, "tcp_flags": TEXT, "udp_length": WHOLE,
    "icmp_type": WHOLE, "icmp_code": WHOLE, "icmp_id": WHOLE, "icmp_seq": WHOLE,
    "sctp_vtag": WHOLE, "sctp_tsn": WHOLE, "esp_spi": WHOLE, "esp_seq": WHOLE, "gre_key": WHOLE,
    "gre_seq": WHOLE, "dccp_seq": WHOLE,
    "tcp_ack": WHOLE, "tcp_window": WHOLE, "tcp_mss": WHOLE, "tcp_wscale": WHOLE,
    "tcp_sack_permitted": TRUTH, "tcp_sack": [{"left": WHOLE, "right": WHOLE}],
    "tcp_tsval": WHOLE, "tcp_tsecr": WHOLE, "inner": INNER,
}
REWRITTEN = {
    "field": TEXT, "sent": WHOLE, "quoted": WHOLE, "sent_ip": TEXT, "quoted_ip": TEXT,
    "consistent": TRUTH, "first_hop": TEXT, "first_hop_ttl": WHOLE,
}
MATCH = {
    "verdict": TEXT, "pcap_cnt": WHOLE, "pcap_filename": TEXT, "rtt_us": WHOLE, "flow_id": WHOLE,
    "inner": TRUTH, "candidates": WHOLE, "seq_check": TEXT, "rewritten": [REWRITTEN],
    "anomalies": [TEXT],
}
FLOW = {
    "pkts_toserver": WHOLE, "pkts_toclient": WHOLE, "bytes_toserver": WHOLE,
    "bytes_toclient": WHOLE, "start": TEXT, "end": TEXT, "age": WHOLE, "state": TEXT,
    "reason": TEXT,
}
TCP = {  # of a flow
    "tcp_flags": TEXT, "tcp_flags_ts": TEXT, "tcp_flags_tc": TEXT, "syn": TRUTH, "fin": TRUTH,
    "rst": TRUTH, "psh": TRUTH, "ack": TRUTH, "urg": TRUTH, "ecn": TRUTH, "cwr": TRUTH,
    "state": TEXT,
}
AFTERMATH = {"verdict": TEXT, "packets": WHOLE, "bytes": WHOLE, "seconds": REAL}
ERRORS = {
    "count": WHOLE, "first": TEXT, "last": TEXT,
    "by": [{"reporter": TEXT, "icmp_type": WHOLE, "icmp_code": WHOLE, "count": WHOLE,
            "mtu": WHOLE}],
    "by_more": WHOLE,
}
STATS = dict.fromkeys((
    "packets", "bytes", "icmp_messages", "errors", "flows_seen", "truncated", "snapped",
    "malformed", "unsupported_link", "bad_checksum", "unverified_checksum", "unassigned_type",
    "time_backwards", "unfiltered", "evicted_flows", "timed_out_flows", "hurried_errors",
    "incomplete_fragments", "evicted_fragments", "forgotten_fragments", "fragment_overlap",
    "ping_of_death", "tiny_fragments", "uncounted", "evidence_packets", "evidence_missed",
    "received", "kernel_drops", "interface_drops", "interface_losses"), WHOLE)
STATS.update(sandbox=[TEXT], sandbox_missing=[TEXT])
FINDING = {
    "name": TEXT, "severity": TEXT, "count": WHOLE, "first": TEXT, "last": TEXT,
    "evidence": [WHOLE], "evidence_pcap": [TEXT], "text": TEXT, "advice": TEXT, "reference": TEXT,
}
CLOCK = {
    "id": WHOLE, "seq": WHOLE, "rtt_us": WHOLE, "standard": TRUTH, "byte_swapped": TRUTH,
    "offset_ms": WHOLE, "reference": TEXT, "request_pcap_cnt": WHOLE,
}
QUERY = {
    "kind": TEXT, "status": TEXT, "id": WHOLE, "seq": WHOLE, "rtt_us": WHOLE,
    "request_pcap_cnt": WHOLE, "code": WHOLE, "code_name": TEXT, "mask": TEXT,
    "router_count": WHOLE, "router": TEXT, "lifetime_s": WHOLE, "local": TRUTH, "active": TRUTH,
    "ipv4": TRUTH, "ipv6": TRUTH, "state": TEXT, "qtype": WHOLE, "name": TEXT,
    "name_count": WHOLE, "addresses": [TEXT], "address_count": WHOLE,
}
REDIRECT = {
    "gateway": TEXT, "code_name": TEXT, "outcome": TEXT, "legitimate": TRUTH, "reasons": [TEXT],
    "count": WHOLE, "first": TEXT, "last": TEXT, "packets_old": WHOLE, "packets_new": WHOLE,
    "obeyed_cnt": WHOLE, "obeyed_after_us": WHOLE,
}
HOP = {
    "ttl": WHOLE, "ip": TEXT, "answers": WHOLE, "rtt_us": [WHOLE], "rtt_min_us": WHOLE,
    "rtt_avg_us": WHOLE, "rtt_max_us": WHOLE, "lost": WHOLE, "labels": [LABEL], "nat": TRUTH,
    "interface": {"role": TEXT, "index": WHOLE, "ip": TEXT, "name": TEXT}, "rewritten": [TEXT],
    "icmp_type": WHOLE, "icmp_code": WHOLE,
}
PATH = {
    "method": TEXT, "style": TEXT, "reached": TRUTH, "destination_ttl": WHOLE, "loop": TRUTH,
    "nat": TRUTH, "rounds": WHOLE, "probes": WHOLE, "answers": WHOLE, "passes": WHOLE,
    "first": TEXT, "last": TEXT, "frames": [WHOLE], "hops": [HOP], "hops_more": WHOLE,
}
ECHO = {
    "id": WHOLE, "seq": WHOLE, "status": TEXT, "rtt_us": WHOLE, "late": TRUTH, "request_cnt": WHOLE,
    "reply_cnt": WHOLE, "reply_ttl": WHOLE, "replier": TEXT, "payload_length": WHOLE,
    "payload_equal": TRUTH, "program": TEXT, "sent_at": TEXT, "payload_age_us": WHOLE,
    "error": {"reporter": TEXT, "icmp_type": WHOLE, "icmp_code": WHOLE, "pcap_cnt": WHOLE},
}
PMTU = {
    "source": TEXT, "outcome": TEXT, "mtu": WHOLE, "plateau": TRUTH, "reporter": TEXT,
    "errors": WHOLE, "largest_passed": WHOLE, "smallest_refused": WHOLE,
    "adapted_after_us": WHOLE, "ignored_packets": WHOLE,
    "advice": {"mtu": WHOLE, "tcp_mss": WHOLE, "ping_payload": WHOLE},
    "changes": [{"timestamp": TEXT, "mtu": WHOLE, "reporter": TEXT}], "change_count": WHOLE,
}
ROUTER = {
    "mac": TEXT, "count": WHOLE, "first": TEXT, "last": TEXT, "lifetime_s": WHOLE,
    "preference": TEXT, "hop_limit": WHOLE, "managed": TRUTH, "other_config": TRUTH,
    "reachable_ms": WHOLE, "retransmit_ms": WHOLE, "mtu": WHOLE, "prefix_count": WHOLE,
    "prefixes": [{"prefix": TEXT, "on_link": TRUTH, "autonomous": TRUTH, "valid_lifetime_s": WHOLE,
                  "preferred_lifetime_s": WHOLE}],
    "routes": [{"prefix": TEXT, "preference": TEXT, "lifetime_s": WHOLE}], "dns_servers": [TEXT],
    "addresses": [{"ip": TEXT, "preference": WHOLE}], "changes": [TEXT], "change_count": WHOLE,
    "changed": TEXT,
}
RECORDS = {
    "icmp": dict(COMMON, icmp_type=WHOLE, icmp_code=WHOLE, icmp=ICMP, quoted=QUOTED, match=MATCH),
    "flow": dict(COMMON, flow_id=WHOLE, icmp_type=WHOLE, icmp_code=WHOLE, flow=FLOW, tcp=TCP,
                 icmp_errors=ERRORS, aftermath=AFTERMATH),
    "stats": dict(COMMON, stats=STATS),
    "router": dict(COMMON, router=ROUTER),
    "redirect": dict(COMMON, reporter=TEXT, redirect=REDIRECT),
    "path": dict(COMMON, path=PATH),
    "pmtu": dict(COMMON, flow_id=WHOLE, pmtu=PMTU),
    "echo": dict(COMMON, echo=ECHO),
    "finding": dict(COMMON, reporter=TEXT, finding=FINDING),
    "clock": dict(COMMON, clock=CLOCK),
    "query": dict(COMMON, query=QUERY),
}
