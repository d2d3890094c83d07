#!/usr/bin/env python3
"""Clocks and queries in captures of which the truth is known (generate_clock.py), and the kernel's
answers in pcaps/timestamp.pcap."""

import os
import sys

sys.dont_write_bytecode = True
import generate_clock
import harness


def write(directory, name, data):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def hold(checks, where, record, truth):
    for path, value in truth.items():
        got = harness.member(record, path)
        if isinstance(value, tuple):
            checks.that(got is not None and value[0] <= got <= value[1], where, path, got)
        else:
            checks.equal(got, value, where, path)


def hold_all(checks, where, records, truths):
    if checks.equal(len(records), len(truths), where, "how many"):
        for record, truth in zip(records, truths):
            hold(checks, where, record, truth)


def find_entry(entries, truth):
    for entry in entries:
        if entry["src_ip"] == truth.get("src_ip", entry["src_ip"]) and \
                entry["dest_ip"] == truth.get("dest_ip", entry["dest_ip"]):
            return entry
    return {}


def check_story(checks, path, kind, member, records, entries):
    name = os.path.basename(path)
    hold_all(checks, name, harness.Run(["-J", "--events", kind, path]).records(), records)
    listed = harness.Run(["-j", path]).records()[0].get(member, [])
    for truth in entries:
        hold(checks, name + " list", find_entry(listed, truth), truth)
    text = harness.Run([path]).out.decode()
    checks.that({"clock": "CLOCKS", "query": "QUERIES"}[kind] in text, name, "has no section")
    checks.that(max(map(len, text.splitlines())) <= 100, name, "has a long line")


def check_finding(checks, path, value):
    found = [record for record in harness.Run(["-J", "--events", "finding", path]).records()
             if record["finding"]["name"] == "clock_offset"]
    checks.equal(len(found), value is not None, os.path.basename(path), "clock_offset")
    for record in found:
        hold(checks, os.path.basename(path), record,
             {"src_ip": generate_clock.A, "dest_ip": generate_clock.B, "finding.severity": "info",
              "finding.count": 1, "finding.evidence": [1, 2]})
        checks.that(format(value, ",") + " ms" in record["finding"]["text"], record)


def check_kernel(checks):
    """Both ends have the clock that the capture has, so no offset is beyond the milliseconds that
    times are cut to; the round trips are those of the frames' times as tshark tells them."""
    path = os.path.join(harness.PCAPS, "timestamp.pcap")
    records = harness.Run(["-J", "--events", "clock", path]).records()
    checks.equal([record["clock"]["rtt_us"] for record in records], [120, 83, 71, 89], "kernel")
    for record in records:
        hold(checks, "kernel", record, {"clock.standard": True, "clock.offset_ms": (-1, 1),
                                        "clock.reference": "requester"})


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        for name, data, records, entries, finding in generate_clock.clocks():
            path = write(directory, name, data)
            check_story(checks, path, "clock", "clock", records, entries)
            check_finding(checks, path, finding)
        for name, data, records, entries in generate_clock.queries():
            check_story(checks, write(directory, name, data), "query", "queries", records, entries)
    check_kernel(checks)
    checks.finish()


main()
