#!/usr/bin/env python3
"""What senders did after an error, in captures of which that is known (generate_aftermath.py)."""

import os
import sys

sys.dont_write_bytecode = True
import generate_aftermath
import harness


def flow_records(directory, name, data):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(data)
    return path, harness.Run(["-J", "--events", "flow", "--all-flows", path]).records()


def hold(checks, where, record, truth):
    for path, value in truth.items():
        checks.equal(harness.member(record, path), value, where, path)


def check_stories(checks, directory):
    for name, data, truth in generate_aftermath.captures():
        path, records = flow_records(directory, name, data)
        hit = [record for record in records if "icmp_errors" in record]
        if not checks.equal(len(hit), 1, name, "flows hit"):
            continue
        hold(checks, name, hit[0], truth)
        counts = harness.Run(["-j", path]).records()[0]["flows"]["by_aftermath"]
        verdict = truth["aftermath.verdict"]
        checks.equal({key for key, count in counts.items() if count}, {verdict}, name, "document")


def check_ports_used_again(checks, directory):
    data, truths = generate_aftermath.ports_used_again()
    _, records = flow_records(directory, "ports-used-again.pcap", data)
    if checks.equal(len(records), len(truths), "ports used again: flows"):
        for record, truth in zip(records, truths):
            hold(checks, "ports used again", record, truth)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        check_stories(checks, directory)
        check_ports_used_again(checks, directory)
    checks.finish()


main()
