#!/usr/bin/env python3
"""Path MTUs: in captures of which they are known (generate_pmtu.py), and in those of a real kernel,
whose ping printed what it was told."""

import os
import re
import sys

sys.dont_write_bytecode = True
import generate_pmtu
import harness

# As pcaps/README says: r3 tells 1400. Times are those of tshark between the first error and the first
# segment that is sent again.
REAL = {
    "pmtu-tcp.pcap": [{
        "pcap_cnt": 9, "src_ip": "192.168.1.114", "dest_ip": "203.0.113.80", "dest_port": 9000,
        "pmtu.outcome": "adapted", "pmtu.mtu": 1400, "pmtu.reporter": "198.51.100.6",
        "pmtu.errors": 5, "pmtu.smallest_refused": 1500, "pmtu.largest_passed": 1400,
        "pmtu.adapted_after_us": 59, "pmtu.advice.tcp_mss": 1360}],
    "pmtu6-tcp.pcap": [{
        "pcap_cnt": 9, "src_ip": "2001:db8:1::114", "dest_ip": "2001:db8:80::80",
        "pmtu.outcome": "adapted", "pmtu.mtu": 1400, "pmtu.reporter": "2001:db8:23::3",
        "pmtu.errors": 5, "pmtu.smallest_refused": 1500, "pmtu.advice.tcp_mss": 1340}],
    "nat-inside.pcap": [
        {"dest_ip": "203.0.113.80", "proto": "TCP", "pmtu.outcome": "adapted", "pmtu.errors": 4},
        {"dest_ip": "203.0.113.81", "proto": "UDP", "pmtu.outcome": "unknown", "pmtu.errors": 1}],
    "nat-stateless.pcap": [{"proto": "TCP", "pmtu.outcome": "ignored", "pmtu.ignored_packets": 1,
                            "pmtu.errors": 6}],
}


def member(record, path):
    """As harness.member(), and of arrays by number."""
    value = record
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def hold(checks, where, entries, truths, what):
    if not checks.equal(len(entries), len(truths), where, what):
        return
    for entry, truth in zip(entries, truths):
        for path, value in truth.items():
            checks.equal(member(entry, path), value, where, what, path)


def pmtu_records(path):
    return harness.Run(["-J", "--events", "pmtu", path]).records()


def check_text(checks, where, path, listed):
    """A line for each path, and one of advice, where there is some."""
    text = harness.Run(["-v", path]).out.decode()
    section = re.search(r"^PATH MTU\n((?:  .*\n)+)", text, re.M)
    if not checks.equal(section is not None, bool(listed), where, "PATH MTU"):
        return
    lines = re.sub(r"\n {4}(?! *->|over)", " ", section.group(1)).split("\n") if listed else []
    for entry in listed:
        about = "  %s > %s: " % (entry["src_ip"], entry["dest_ip"])
        checks.that(any(line.startswith(about) for line in lines), where, about, "is in the text")
        numbers = entry.get("advice")
        if numbers:
            words = "MTU %(mtu)d: TCP MSS %(tcp_mss)d, ping -s %(ping_payload)d" % numbers
            checks.that(words in section.group(1), where, words, "is in the text")
    checks.that(all(len(line) <= 100 for line in text.split("\n")), where, "lines of 100 columns")


def check_stories(checks, directory):
    for name, data, truth in generate_pmtu.stories():
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(data)
        hold(checks, name, pmtu_records(path), truth["records"], "records")
        listed = harness.Run(["-j", path]).records()[0]["pmtu"]
        if truth["paths"] is not None:
            hold(checks, name, listed, truth["paths"], "paths")
        check_text(checks, name, path, listed)


def check_real(checks):
    for name, truths in REAL.items():
        path = os.path.join(harness.TOP, "pcaps", name)
        hold(checks, name, pmtu_records(path), truths, "records")


def said_of_sweep(path):
    """What ping printed: by host the payloads that were answered, those that were not, MTUs told."""
    said, host = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            start = re.match(r"\$ ping .* -s (\d+) (\S+)", line)
            if start:
                payload, host = int(start[1]), said.setdefault(start[2], ([], [], set()))
            if "packets transmitted" in line:
                host[" 0% packet loss" not in line].append(payload)
            told = re.search(r"mtu ?= ?(\d+)", line)
            if told:
                host[2].add(int(told[1]))
    return said


def check_sweep(checks, name, head):
    """The bounds are those that ping itself saw; IP and ICMP headers are `head` bytes."""
    path = os.path.join(harness.TOP, "pcaps", name)
    records = {record["dest_ip"]: record["pmtu"] for record in pmtu_records(path + ".pcap")
               if record["pmtu"]["source"] == "swept"}
    said = said_of_sweep(path + ".said")
    checks.equal(len(said), 2, name, "hosts that ping was run for")
    checks.equal(sorted(records), sorted(said), name, "sweeps")
    for host, (answered, lost, told) in said.items():
        pmtu = records.get(host, {})
        checks.equal(pmtu.get("largest_passed"), max(answered) + head, name, host, "passed")
        checks.equal(pmtu.get("smallest_refused"), min(lost) + head, name, host, "refused")
        checks.equal({pmtu.get("mtu")} - {None}, told, name, host, "MTU told")
        outcome = "unknown" if told else "black_hole_suspected"
        checks.equal(pmtu.get("outcome"), outcome, name, host, "outcome")


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        check_stories(checks, directory)
    check_real(checks)
    check_sweep(checks, "ping-sweep", 28)
    check_sweep(checks, "ping6-sweep", 48)
    checks.finish()


main()
