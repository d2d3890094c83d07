#!/usr/bin/env python3
"""Routers and neighbors: in captures of which it is known what they say (generate_routers.py), and in
those of radvd, whose advertisements rdisc6 printed beside them (pcaps/*.said)."""

import os
import re
import sys

sys.dont_write_bytecode = True
import generate_routers
import harness

DISCOVERY = {"nd_invalid", "rogue_router", "address_conflict"}


def records_of(path, kind):
    return harness.Run(["-J", "--events", kind, path]).records()


def check_routers(checks, name, path, truths):
    records = records_of(path, "router")
    if not checks.equal(len(records), len(truths), name, "routers"):
        return
    for record, truth in zip(records, truths):
        for key, value in truth.items():
            checks.equal(harness.member(record, key), value, name, key)
    listed = harness.Run(["-j", path]).records()[0]["routers"]
    for record in records:
        entry = dict(record["router"], src_ip=record["src_ip"])
        checks.that(entry in listed, name, "not in the document:", entry)
    text = harness.Run([path]).out.decode()
    checks.that("\nROUTERS\n" in text, name, "no ROUTERS in the text")
    checks.that(max(map(len, text.splitlines())) <= 100, name, "a line of the text is too long")


def check_findings(checks, name, path, wanted):
    found = {record["finding"]["name"]: record["finding"]["severity"]
             for record in records_of(path, "finding")}
    checks.equal({key: value for key, value in found.items() if key in DISCOVERY}, wanted, name,
                 "findings")


def check_generated(checks):
    with harness.scratch() as directory:
        for name, data, routers, findings in generate_routers.captures():
            path = os.path.join(directory, name)
            with open(path, "wb") as file:
                file.write(data)
            if routers is not None:
                # An advertisement that is not heeded makes no router.
                heeded = [truth for truth in routers if truth.get("src_ip") != "2001:db8:1::1"]
                check_routers(checks, name, path, heeded)
            check_findings(checks, name, path, findings)


def printed(text):
    """What rdisc6 said of each router, by its address: the last time."""
    routers = {}
    for block in re.findall(r"Hop limit.*?from \S+", text, re.S):
        def number(label, block=block):
            found = re.search(label + r"\s*:\s+(?:unspecified \()?(0x[0-9a-f]+|\d+)", block)
            return int(found[1], 0) if found else None
        net = re.search(r"Prefix\s*: (\S+)", block)
        routers[re.search(r"from (\S+)", block)[1]] = {
            "router.hop_limit": number("Hop limit"),
            "router.lifetime_s": number("Router lifetime"),
            "router.preference": re.search(r"Router preference\s*:\s+(\w+)", block)[1],
            "router.mtu": number(" MTU"),
            "router.prefixes.0.prefix": net[1] if net else None,
            "router.prefixes.0.valid_lifetime_s": number("Valid time"),
            "router.prefixes.0.preferred_lifetime_s": number("Pref. time"),
            "router.mac": re.search(r"Source link-layer address: (\S+)", block)[1].lower(),
        }
    return routers


def check_real(checks, name):
    with open(os.path.join(harness.PCAPS, name + ".said"), encoding="utf-8") as file:
        said = printed(file.read())
    records = {record["src_ip"]: record
               for record in records_of(os.path.join(harness.PCAPS, name + ".pcap"), "router")}
    checks.equal(set(records), set(said), name, "routers")
    for ip, truth in said.items():
        for key, value in truth.items():
            checks.equal(harness.member(records.get(ip, {}), key), value, name, ip, key)


def main():
    checks = harness.Checks()
    check_generated(checks)
    for name in "routers6", "rogue6":
        check_real(checks, name)
    check_findings(checks, "renumber6", os.path.join(harness.PCAPS, "renumber6.pcap"), {})
    check_findings(checks, "routers6", os.path.join(harness.PCAPS, "routers6.pcap"), {})
    checks.finish()


main()
