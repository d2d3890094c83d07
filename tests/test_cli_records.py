#!/usr/bin/env python3
"""Holds every record of every capture at hand against the public contract: keys, types, sizes,
times, Community IDs; and what the three formats count against each other."""

import base64
import collections
import datetime
import hashlib
import ipaddress
import json
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
import generate_captures
import harness
from record_types import RECORDS

VALUES = {
    "icmp.class": {"error", "request", "reply", "discovery", "other"},
    "icmp.status": {"current", "deprecated", "experimental", "unassigned"},
    "icmp.checksum": {"good", "bad", "unverified"},
    "match.verdict": {"exact", "flow", "reverse", "nat", "fragment", "unmatched", "unkeyed"},
    "redirect.outcome": {"obeyed", "ignored", "unknown"},
    "finding.severity": {"info", "low", "medium", "high"},
    "flow.state": {"new", "established", "closed"},
    "flow.reason": {"timeout", "forced", "tcp_reuse", "shutdown"},
    "tcp.state": {"syn_sent", "syn_recv", "established", "fin_wait1", "fin_wait2", "closing",
                  "time_wait", "close_wait", "last_ack", "closed"},
    "aftermath.verdict": {"stopped", "continued", "recovered", "adapted", "ignored", "reset",
                          "unknown"},
}
REQUIRED = {
    "": ("timestamp", "ts_us", "event_type"),
    "icmp": ("pcap_filename", "pcap_cnt", "src_ip", "dest_ip", "proto", "icmp_type", "icmp_code",
             "icmp"),
    "flow": ("src_ip", "dest_ip", "proto", "flow_id", "flow", "flow_community_id"),
    "finding": ("finding",),
}


# ---- types ---------------------------------------------------------------------------------------


def mistyped(value, wanted, path):
    """What is wrong with `value`, one line each."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            yield "%s is no object" % path
            return
        for key, inner in value.items():
            if key not in wanted:
                yield "%s.%s is in no table" % (path, key)
            else:
                yield from mistyped(inner, wanted[key], "%s.%s" % (path, key))
    elif isinstance(wanted, list):
        if not isinstance(value, list) or not value:
            yield "%s is no array, or an empty one" % path
            return
        for inner in value:
            yield from mistyped(inner, wanted[0], path + "[]")
    elif type(value) is not wanted:
        yield "%s is %s, not %s" % (path, type(value).__name__, wanted.__name__)
    elif value == "":
        yield "%s is empty: absent is never \"\"" % path


def only_once(pairs):
    """For json: an object in which no key stands twice."""
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice: %r" % [key for key, _ in pairs])
    return record


def microseconds(text):
    """Of a timestamp as the contract writes it, else None."""
    if not re.fullmatch(r"\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text):
        return None
    then = datetime.datetime.strptime(text[:-1], "%Y-%m-%dT%H:%M:%S.%f")
    since = then - datetime.datetime(1970, 1, 1)
    return (since.days * 86400 + since.seconds) * 10**6 + since.microseconds


def check_line(checks, where, line):
    """One record by itself. Returns it."""
    checks.that(len(line) < 8192, where, "a line of", len(line), "bytes")
    record = json.loads(line.decode("utf-8"), object_pairs_hook=only_once)
    kind = record.get("event_type")
    if not checks.that(kind in RECORDS, where, "event_type", kind):
        return record
    for problem in mistyped(record, RECORDS[kind], kind):
        checks.that(False, where, problem)
    for key in REQUIRED[""] + REQUIRED.get(kind, ()):
        checks.that(key in record, where, kind, "without", key)
    for path, allowed in VALUES.items():
        value = harness.member(record, path)
        if value is not None:
            checks.that(value in allowed, where, path, value)
    checks.equal(microseconds(record["timestamp"]), record["ts_us"], where, "timestamp")
    checks.that(not re.search(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]", line), where,
                "holds a control character")
    return record


# ---- Community ID, from its specification ----------------------------------------------------------

# Type → type of its counterpart. All others are one-way.
ICMP4_PAIRS = {0: 8, 8: 0, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17, 10: 9, 9: 10}
ICMP6_PAIRS = {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130,
               144: 145, 145: 144, 139: 140, 140: 139}
PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132, "ICMP": 1, "IPv6-ICMP": 58}


def community_id(src, dst, proto, ports, seed=0):
    """`ports` as they are; of ICMP its type and code."""
    src, dst = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
    one_way = False
    if proto in (1, 58):
        pairs = ICMP4_PAIRS if proto == 1 else ICMP6_PAIRS
        one_way = ports[0] not in pairs
        ports = (ports[0], pairs.get(ports[0], ports[1]))
    if not one_way and (src, ports[0]) > (dst, ports[1]):
        src, dst, ports = dst, src, ports[::-1]
    data = struct.pack("!H", seed) + src + dst + struct.pack("!BBHH", proto, 0, *ports)
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def check_community_ids(checks, where, record):
    proto = PROTOCOLS.get(record.get("proto"))
    if record["event_type"] == "icmp":
        ports = record["icmp_type"], record["icmp_code"]
    else:
        ports = record.get("src_port"), record.get("dest_port")
    if "community_id" in record and proto and None not in ports:
        checks.equal(record["community_id"],
                     community_id(record["src_ip"], record["dest_ip"], proto, ports),
                     where, "community_id")
    quoted = record.get("quoted", record if record["event_type"] == "flow" else {})
    quoted = quoted["inner"] if harness.member(record, "match.inner") else quoted
    proto = PROTOCOLS.get(quoted.get("proto"))
    ports = quoted.get("src_port"), quoted.get("dest_port")
    if proto in (6, 17, 132) and None not in ports and "flow_community_id" in record:
        checks.equal(record["flow_community_id"],
                     community_id(quoted["src_ip"], quoted["dest_ip"], proto, ports),
                     where, "flow_community_id")
    elif proto in (6, 17, 132) and None not in ports:
        checks.that(False, where, "has no flow_community_id")


# ---- the three formats -----------------------------------------------------------------------------


def check_counts(checks, where, records, document):
    """Of the document against the records it is made of."""
    messages = [record for record in records if record["event_type"] == "icmp"]
    errors = [record for record in messages if record["icmp"]["class"] == "error"]
    checks.equal(document["icmp"]["messages"], len(messages), where, "messages")
    checks.equal(sum(row["count"] for row in document["icmp"]["by_type"]), len(messages),
                 where, "the sum of by_type")
    checks.equal(document["errors"]["total"], len(errors), where, "errors")
    for part in "by_cause", "by_reporter":
        checks.equal(sum(row["count"] for row in document["errors"][part]), len(errors), where,
                     "the sum of", part)
    verdicts = collections.Counter(record["match"]["verdict"] for record in errors)
    said = {key: count for key, count in document["errors"]["by_verdict"].items() if count}
    checks.equal(said, dict(verdicts), where, "by_verdict")
    doubts = collections.Counter(name for record in records if "match" in record
                                 for name in record["match"].get("anomalies", ()))
    checks.equal(document["errors"]["by_anomaly"], dict(doubts), where, "by_anomaly")
    hit = {record["match"]["flow_id"] for record in messages
           if "flow_id" in record.get("match", {})}
    checks.equal(document["flows"]["affected"], len(hit), where, "flows affected")
    flows = {record["flow_id"] for record in records if record["event_type"] == "flow"}
    checks.equal(flows, hit, where, "flow records")
    bad = sum(record["icmp"]["checksum"] == "bad" for record in messages)
    checks.equal(document["health"]["bad_checksum"], bad, where, "bad checksums")


def check_text(checks, where, text, document):
    lines = text.decode("utf-8").splitlines()
    for line in lines:
        checks.that(len(line) <= 100, where, "a line of", len(line), "columns")
        checks.equal(line, line.rstrip(), where, "a line with blanks at its end")
    numbers = re.search(r"([\d,]+) packets?, ([\d,]+) ICMP(?: \(([\d,]+) errors?\))?", text.decode())
    if not checks.that(numbers is not None, where, "text without counts"):
        return
    counted = [int((number or "0").replace(",", "")) for number in numbers.groups()]
    checks.equal(counted, [document["packets"], document["icmp"]["messages"],
                           document["errors"]["total"]], where, "text: packets, ICMP, errors")


def check_capture(checks, path):
    where = os.path.basename(path)
    events = harness.Run(["--format", "ndjson", path])
    checks.that(events.status in (harness.OK, harness.DAMAGED), where, "exit", events.status)
    checks.that(events.out == b"" or events.out.endswith(b"\n"), where, "no newline at the end")
    records = [check_line(checks, where, line) for line in events.out.splitlines()]
    for record in records:
        check_community_ids(checks, where, record)
    summary = harness.Run(["--format", "json", path])
    text = harness.Run(["--format", "text", path])
    for run in summary, text:
        checks.equal((run.status, run.err), (events.status, events.err), where, run.args[1])
    document = json.loads(summary.out.decode("utf-8"), object_pairs_hook=only_once)
    check_counts(checks, where, records, document)
    check_text(checks, where, text.out, document)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        generate_captures.write_all(directory)
        for place in directory, harness.PCAPS, harness.SHARED:
            for path in harness.some(harness.captures_in(place)):
                check_capture(checks, path)
    checks.finish()


main()
