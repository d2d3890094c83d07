#!/usr/bin/env python3
"""Holds --format ecs to ndjson and to the Elastic Common Schema: every record of every capture at hand
is translated here by hand-written rules, and must be the same; nothing of it may be lost; names and
types are those of the ECS field reference, 8.17."""

import copy
import functools
import ipaddress
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import generate_captures
import harness

# Of the ECS field reference: what is used here, with its type.
KEYWORD, LONG, DATE, IP, TEXT = "keyword", "long", "date", "ip", "match_only_text"
PARTY = {"address": KEYWORD, "ip": IP, "port": LONG, "bytes": LONG, "packets": LONG, "mac": KEYWORD}
FIELDS = {
    "@timestamp": DATE, "message": TEXT, "ecs.version": KEYWORD,
    "event.action": KEYWORD, "event.category": [KEYWORD], "event.dataset": KEYWORD,
    "event.duration": LONG, "event.end": DATE, "event.kind": KEYWORD, "event.module": KEYWORD,
    "event.outcome": KEYWORD, "event.severity": LONG, "event.start": DATE, "event.type": [KEYWORD],
    "log.file.path": KEYWORD, "network.bytes": LONG, "network.community_id": KEYWORD,
    "network.iana_number": KEYWORD, "network.inner.vlan.id": KEYWORD, "network.packets": LONG,
    "network.transport": KEYWORD, "network.type": KEYWORD, "network.vlan.id": KEYWORD,
    "observer.ingress.interface.name": KEYWORD, "observer.name": KEYWORD,
    "observer.product": KEYWORD, "observer.type": KEYWORD, "observer.version": KEYWORD,
    "related.ip": [IP], "rule.name": KEYWORD, "rule.reference": KEYWORD,
}
for party in "client", "server", "source", "destination":
    FIELDS.update({"%s.%s" % (party, name): kind for name, kind in PARTY.items()})
ALLOWED = {  # of the categorization fields
    "event.kind": {"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error",
                   "signal"},
    "event.category": {"network"},
    "event.type": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "event.outcome": {"failure", "success", "unknown"},
}

# IANA's protocol numbers, by the names of EVE.
NUMBERS = {
    "HOPOPT": 0, "ICMP": 1, "IGMP": 2, "IP-in-IP": 4, "TCP": 6, "EGP": 8, "UDP": 17, "DCCP": 33,
    "IPv6": 41, "IPv6-Route": 43, "IPv6-Frag": 44, "RSVP": 46, "GRE": 47, "ESP": 50, "AH": 51,
    "IPv6-ICMP": 58, "IPv6-NoNxt": 59, "IPv6-Opts": 60, "EIGRP": 88, "OSPF": 89, "ETHERIP": 97,
    "PIM": 103, "IPComp": 108, "VRRP": 112, "PGM": 113, "L2TP": 115, "SCTP": 132, "Mobility": 135,
    "UDPLite": 136, "MPLS-in-IP": 137, "manet": 138, "HIP": 139, "Shim6": 140, "WESP": 141,
    "ROHC": 142, "Ethernet": 143,
}
SEVERITIES = {"info": 1, "low": 2, "medium": 3, "high": 4}
OUTCOMES = {"answered": "success", "lost": "failure", "unanswered": "failure", "adapted": "success",
            "ignored": "failure", "black_hole_suspected": "failure"}
KINDS = {"finding": "alert", "stats": "metric", "pmtu": "state", "router": "state"}
TYPES = {"flow": ["connection", "end"], "icmp": ["protocol"], "echo": ["connection", "protocol"],
         "clock": ["connection", "protocol"], "query": ["connection", "protocol"]}

# What stands under another name only.
MOVED = {"timestamp": "@timestamp", "src_ip": "source.ip", "src_port": "source.port",
         "dest_ip": "destination.ip", "dest_port": "destination.port",
         "community_id": "network.community_id", "sensor": "observer.name",
         "in_iface": "observer.ingress.interface.name", "pcap_filename": "log.file.path"}
MOVED_IN = {
    "flow": {"start": "event.start", "end": "event.end", "bytes_toserver": "source.bytes",
             "bytes_toclient": "destination.bytes", "pkts_toserver": "source.packets",
             "pkts_toclient": "destination.packets"},
    "finding": {"first": "event.start", "last": "event.end", "name": "rule.name",
                "text": "message", "reference": "rule.reference"},
    "path": {"first": "event.start", "last": "event.end"},
    "redirect": {"first": "event.start", "last": "event.end"},
    "router": {"first": "event.start", "last": "event.end"},
}
NO_ADDRESS = {"mask", "prefix", "match_prefix", "name", "names", "address", "link_address"}
RELATED_MAX = 32


def strings(value, key=None):
    """(key, text) of each, in the order of the record."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


@functools.lru_cache(4096)
def is_address(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def addresses(record):
    found = [text for key, text in strings(record) if key not in NO_ADDRESS and is_address(text)]
    return list(dict.fromkeys(found))[:RELATED_MAX]


def translated(record):
    """What the ECS record must have beside `icmpscope`, with dotted names."""
    kind = record["event_type"]
    own = record.get(kind, {})
    want = {"ecs.version": "8.17.0", "event.module": "icmpscope", "event.category": ["network"],
            "event.dataset": "icmpscope." + kind, "event.kind": KINDS.get(kind, "event"),
            "event.type": TYPES.get(kind, ["info"]), "observer.product": "icmpscope",
            "observer.type": "sensor",
            "event.action": own["name"] if kind in ("icmp", "finding") else kind}
    want.update((name, record[key]) for key, name in MOVED.items() if key in record)
    want.update((name, own[key]) for key, name in MOVED_IN.get(kind, {}).items() if key in own)
    for side in "source", "destination":
        if side + ".ip" in want:
            want[side + ".address"] = want[side + ".ip"]
    if kind == "router" and "mac" in own:
        want["source.mac"] = own["mac"].upper().replace(":", "-")
    if kind == "pmtu" and "flow_community_id" in record:
        want["network.community_id"] = record["flow_community_id"]
    if "proto" in record:
        name = record["proto"]
        want["network.iana_number"] = name if name.isdigit() else str(NUMBERS[name])
        if not name.isdigit():
            want["network.transport"] = name.lower()
    ip = record.get("src_ip") or record.get("dest_ip")
    if ip:
        want["network.type"] = "ipv%d" % ipaddress.ip_address(ip).version
    if "vlan" in record:
        want["network.vlan.id"] = str(record["vlan"][0])
        if len(record["vlan"]) > 1:
            want["network.inner.vlan.id"] = str(record["vlan"][-1])
    if addresses(record):
        want["related.ip"] = addresses(record)
    if kind == "flow":
        want["network.bytes"] = own["bytes_toserver"] + own["bytes_toclient"]
        want["network.packets"] = own["pkts_toserver"] + own["pkts_toclient"]
    if kind in ("echo", "clock", "query") and "rtt_us" in own:
        want["event.duration"] = own["rtt_us"] * 1000
    if kind in ("echo", "query", "pmtu"):
        want["event.outcome"] = OUTCOMES.get(own.get("status") or own.get("outcome"), "unknown")
    if kind == "finding":
        want["event.severity"] = SEVERITIES[own["severity"]]
    if kind in ("flow", "echo", "clock", "query"):
        for side, other in ("source", "client"), ("destination", "server"):
            want.update((other + name[len(side):], value) for name, value in list(want.items())
                        if name.startswith(side + ".") and name != side + ".mac")
    return want


def left(record):
    """What must stand under `icmpscope`."""
    kind = record["event_type"]
    rest = {key: copy.copy(value) for key, value in record.items()
            if key not in MOVED and key != "event_type"}
    for key in MOVED_IN.get(kind, {}):
        rest[kind].pop(key, None)
    if kind == "router":
        rest[kind].pop("mac", None)
    return rest


def flat(value, path=""):
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, path + key + ".")
        else:
            yield path + key, inner


def is_of_type(value, kind):
    if isinstance(kind, list):
        return isinstance(value, list) and value and all(is_of_type(v, kind[0]) for v in value)
    if kind == LONG:
        return type(value) is int and -2**63 <= value < 2**63
    return isinstance(value, str) and value != "" and (kind != IP or is_address(value)) and \
        (kind != DATE or re.fullmatch(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value))


def only_once(pairs):
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice: %r" % [key for key, _ in pairs])
    return record


def microseconds(start, end):
    def clock(text):
        hours, minutes, seconds = text[-16:-1].split(":")
        return (int(hours) * 60 + int(minutes)) * 60 * 10**6 + int(seconds.replace(".", ""))
    return (clock(end) - clock(start)) % (86400 * 10**6)


def check_span(checks, where, names):
    """Of a flow the time between its packets, of less than a day here, to the microsecond."""
    span = names.pop("event.duration")
    us = microseconds(names["event.start"], names["event.end"])
    checks.that(span < 0 or abs(span // 1000 % (86400 * 10**6) - us) <= 1, where, "duration", span)


def check_line(checks, where, line, record):
    checks.that(len(line) < 8192, where, "a line of", len(line), "bytes")
    got = json.loads(line, object_pairs_hook=only_once)
    checks.that("truncated" not in got, where, "truncated stands outside of icmpscope")
    own = got.pop("icmpscope")
    names = dict(flat(got))
    for name, value in names.items():
        checks.that(name in FIELDS and is_of_type(value, FIELDS[name]), where, name, value)
        for word in value if isinstance(value, list) else [value]:
            checks.that(word in ALLOWED.get(name, {word}), where, name, word)
    checks.that(re.fullmatch(r"\d+\.\d+.*", names.pop("observer.version")), where, "version")
    if record["event_type"] == "flow":
        check_span(checks, where, names)
    checks.equal(names, translated(record), where, record["event_type"])
    if own.pop("truncated", False):
        for key, value in own.items():
            checks.that(key in record, where, key)
        return True
    checks.equal(own, left(record), where, record["event_type"], "under icmpscope")
    return False


def check_capture(checks, path, kinds):
    where = os.path.basename(path)
    common = ["--all-flows", "--sensor", "a \"sensor\"", path]
    plain = harness.Run(["--format", "ndjson"] + common)
    ecs = harness.Run(["--format", "ecs"] + common)
    checks.equal((ecs.status, ecs.err), (plain.status, plain.err), where)
    records, lines = plain.records(), ecs.out.splitlines()
    if not checks.equal(len(lines), len(records), where, "lines"):
        return
    cut = sum(check_line(checks, where, line, record) for line, record in zip(lines, records))
    checks.equal(cut, 0, where, "lines that were cut")
    kinds.update(record["event_type"] for record in records)


def main():
    checks, kinds = harness.Checks(), set()
    with harness.scratch() as directory:
        generate_captures.write_all(directory)
        for place in directory, harness.PCAPS, harness.SHARED:
            for path in harness.some(harness.captures_in(place)):
                check_capture(checks, path, kinds)
    checks.equal(len(kinds), 11, "types of record")
    checks.finish()


main()
