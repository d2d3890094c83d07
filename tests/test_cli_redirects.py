#!/usr/bin/env python3
"""Redirects and what came of them: in captures of which that is known (generate_redirects.py), and in
those of a real kernel (pcaps/README says what its hosts did)."""

import os
import sys

sys.dont_write_bytecode = True
import generate_redirects
import harness

# Frames and times are those that tshark shows: the redirects by type, packets of the host by the
# MAC address they go to (02:00:00:00:00:03 is r1, :04 is rb, :02 is the box).
REAL = {
    "redirect.pcap": [{
        "pcap_cnt": 2, "src_ip": "192.168.1.114", "dest_ip": "192.0.2.10",
        "reporter": "192.168.1.1", "redirect.gateway": "192.168.1.2", "redirect.count": 2,
        "redirect.outcome": "obeyed", "redirect.obeyed_cnt": 10, "redirect.legitimate": True}],
    "redirect6.pcap": [{
        "pcap_cnt": 2, "src_ip": "2001:db8:1::114", "dest_ip": "2001:db8:2::10",
        "reporter": "fe80::1", "redirect.gateway": "fe80::2", "redirect.count": 1,
        "redirect.outcome": "obeyed", "redirect.obeyed_cnt": 7, "redirect.legitimate": True}],
    "redirect-ignored.pcap": [{
        "redirect.gateway": "192.168.1.2", "redirect.count": 5, "redirect.outcome": "ignored",
        "redirect.reasons": None}],
    "redirect6-ignored.pcap": [{
        "redirect.gateway": "fe80::2", "redirect.count": 5, "redirect.outcome": "ignored",
        "redirect.reasons": None}],
    "redirect-forged.pcap": [
        {"reporter": "192.168.1.105", "redirect.outcome": "ignored", "redirect.legitimate": False},
        {"reporter": "192.168.1.1", "redirect.outcome": "obeyed", "redirect.legitimate": False}],
    "redirect6-forged.pcap": [
        {"reporter": "fe80::105", "redirect.legitimate": False, "redirect.packets_new": 0},
        {"reporter": "fe80::1", "redirect.outcome": "obeyed", "redirect.legitimate": False}],
}


def check(checks, path, truths):
    name = os.path.basename(path)
    records = harness.Run(["-J", "--events", "redirect", path]).records()
    records.sort(key=lambda record: record["ts_us"])
    if not checks.equal(len(records), len(truths), name, "redirects"):
        return
    for record, truth in zip(records, truths):
        for key, value in truth.items():
            checks.equal(harness.member(record, key), value, name, key)
    check_document(checks, name, path, records)


def check_document(checks, name, path, records):
    """The same redirects, with the same members."""
    listed = harness.Run(["-j", path]).records()[0]["redirects"]
    flat = [dict(record["redirect"], reporter=record["reporter"], src_ip=record["src_ip"],
                 dest_ip=record["dest_ip"]) for record in records]
    for entry in flat:
        checks.that(entry in listed, name, "not in the document:", entry)
    checks.equal(len(listed), len(flat), name, "redirects in the document")
    text = harness.Run([path]).out.decode()
    checks.that("\nREDIRECTS\n" in text, name, "no REDIRECTS in the text")
    for entry in flat:
        checks.that(entry["reporter"] + " told " + entry["src_ip"] in " ".join(text.split()), name,
                    "not in the text:", entry)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        for name, data, truths in generate_redirects.captures():
            path = os.path.join(directory, name)
            with open(path, "wb") as file:
                file.write(data)
            check(checks, path, truths)
    for name, truths in REAL.items():
        check(checks, os.path.join(harness.PCAPS, name), truths)
    checks.finish()


main()
