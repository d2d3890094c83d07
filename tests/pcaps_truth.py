"""Holds records against the tables that pcaps/truth makes of captures, by tshark: which frame each
error is about, and what became of the packet on its way."""

import collections
import os

import harness
import record_types

SAYS_REWRITTEN = hasattr(record_types, "REWRITTEN")  # or not yet
# r3 of pcaps/README, the first that sees what r2 has marked.
BEHIND_MARKING = {"198.51.100.6", "2001:db8:23::3"}
TRANSLATED = "the quote is as after address translation"


def icmp_records(path, extra=()):
    """{frame: record} of the `icmp` records, and the run."""
    run = harness.Run(["--format", "ndjson", "--events", "icmp", *extra, path])
    return {record["pcap_cnt"]: record for record in run.records()}, run


def hold(checks, where, record, expect):
    for path, value in expect.items():
        checks.equal(harness.member(record, path), value, where, path)


def is_untold(record):
    """Errors whose packet tshark can name and we cannot: in IPv6 a packet of an unknown protocol has
    nothing that identifies it."""
    quoted = record.get("quoted", {})
    return ":" in quoted.get("src_ip", "") and quoted.get("proto", "").isdigit()


def others_of(row):
    return [] if row["others"] == "-" else [int(number) for number in row["others"].split(",")]


def wanted_match(record, row):
    """What the match must be: some (verdict, candidates), and the frames that are right. By
    `others`, further frames fit: copies of the packet are still that packet, and retries that
    nothing tells apart leave open which it was."""
    others = others_of(row)
    quoted = record.get("quoted", {})
    if row["note"] == TRANSLATED:
        return wanted_translated(row)
    if row["trigger_frame"] == "-" and quoted.get("frag_offset"):
        return {("unkeyed", None)}, [None]  # of a datagram that is not there
    if row["trigger_frame"] == "-":
        return {("unmatched", None), ("reverse", None), ("flow", None)}, [None]
    if quoted.get("frag_offset"):
        return {("fragment", None)}, [int(row["trigger_frame"])]
    if quoted.get("proto") in ("TCP", "UDP") and "src_port" not in quoted:
        return {("unkeyed", None)}, [None]  # the capture cut them off
    if "retries" in row["note"]:
        return {("flow", 1 + len(others))}, [None]
    return {("exact", None)}, others + [int(row["trigger_frame"])]


def wanted_translated(row):
    """Of several packets that fit, one may be told by what tshark was not asked for."""
    frames = others_of(row) + [int(row["trigger_frame"])]
    verdicts = {("nat", count) for count in [None, *range(2, len(frames) + 1)]}
    return verdicts, frames + [None] * (len(frames) > 1)


def check_tied(checks, where, record, row):
    match = record.get("match", {})
    said = match.get("verdict"), match.get("candidates")
    verdicts, frames = wanted_match(record, row)
    if is_untold(record):
        verdicts, frames = {("flow", match.get("candidates"))}, [None]
    checks.that(said in verdicts, where, "verdict, candidates", said, "not", verdicts)
    checks.that(match.get("pcap_cnt") in frames, where, "frame", match.get("pcap_cnt"), "not",
                frames)


def check_rewritten(checks, where, record, row):
    """The type of service, where the packet is told; nothing else of it was rewritten."""
    match = record.get("match", {})
    said = match.get("rewritten", [])
    if not SAYS_REWRITTEN or match.get("verdict") != "exact":
        return
    wanted = []
    if row["tos"] != "-":
        sent, quoted = map(int, row["tos"].split(">"))
        wanted = [{"field": "tos", "sent": sent, "quoted": quoted}]
    told = [{key: entry.get(key) for key in ("field", "sent", "quoted")} for entry in said]
    checks.equal(told, wanted, where, "rewritten")
    hops = {row["reporter"]}
    if row["reporter"] not in BEHIND_MARKING:
        hops |= BEHIND_MARKING
    for entry in said:
        checks.that(entry.get("first_hop", row["reporter"]) in hops, where, "first hop", entry)


def check_doubts(checks, where, record):
    """None of these is forged: segments were in flight, and the only oddity is that of a NAT which
    leaves quotes as they are."""
    match, quoted = record["match"], record.get("quoted", {})
    astray = quoted.get("src_ip", record["dest_ip"]) != record["dest_ip"]
    wanted = ["outer_dest_not_quoted_source"] if astray else None
    checks.equal(match.get("anomalies"), wanted, where, "anomalies")
    if "tcp_seq" in quoted:
        wanted = ["in_window"] if match["verdict"] == "exact" else ["unknown", "in_window", None]
        checks.that(match.get("seq_check") in wanted, where, "seq_check", match.get("seq_check"))


def check_error(checks, where, record, row):
    hold(checks, where, record, {
        "icmp_type": int(row["type"]), "icmp_code": int(row["code"]), "src_ip": row["reporter"],
        "icmp.mtu": None if row["mtu"] == "-" else int(row["mtu"])})
    check_tied(checks, where, record, row)
    check_rewritten(checks, where, record, row)
    if "match" in record:
        check_doubts(checks, where, record)


def check_captures(checks, directory):
    """All captures there that truth.tsv has a row of. Returns the verdicts, counted."""
    captures, verdicts = {}, collections.Counter()
    for row in harness.read_table(os.path.join(directory, "truth.tsv")):
        captures.setdefault(row["capture"], {})[int(row["frame"])] = row
    for name, rows in captures.items():
        records, _ = icmp_records(os.path.join(directory, name))
        errors = {frame for frame, record in records.items() if "match" in record}
        checks.equal(errors, set(rows), name, "frames of errors and redirects")
        for frame in errors & set(rows):
            check_error(checks, "%s frame %d" % (name, frame), records[frame], rows[frame])
            verdicts[records[frame]["match"]["verdict"]] += 1
    return verdicts
