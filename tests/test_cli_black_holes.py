#!/usr/bin/env python3
"""Black holes without any ICMP, and MSS clamping, in captures of which it is known whether there is
one (generate_black_holes.py)."""

import os
import sys

sys.dont_write_bytecode = True
import generate_black_holes
import harness


def written(directory, name, data):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def check_hole(checks, path, side, truth):
    name = os.path.basename(path)
    records = harness.Run(["-J", "--events", "pmtu,finding", path]).records()
    found = [record for record in records
             if record.get("finding", {}).get("name") == "pmtu_black_hole"]
    told = [record["pmtu"] for record in records
            if record.get("pmtu", {}).get("outcome") == "black_hole_suspected"]
    if not checks.equal((len(found), len(told)), (truth is not None,) * 2, name, "found, told"):
        return
    if truth is None:
        return
    checks.equal((told[0]["largest_passed"], told[0]["smallest_refused"]), truth, name, "lengths")
    checks.equal((found[0]["src_ip"], found[0]["dest_ip"]), (side.a, side.b), name, "hosts")
    checks.equal(found[0]["finding"]["severity"], "high", name, "severity")
    checks.that("{:,} bytes".format(truth[1]) in found[0]["finding"]["text"], name, "text")


def check_clamp(checks, path, truth):
    (document,) = harness.Run(["-j", path]).records()
    clamped = {(entry["src_ip"], entry["dest_ip"]): (entry["mss_clamped"]["sent"],
                                                     entry["mss_clamped"]["seen"])
               for entry in document["pmtu"] if "mss_clamped" in entry}
    checks.equal(clamped, truth, os.path.basename(path), "MSS")


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        for name, side, data, truth in generate_black_holes.captures():
            check_hole(checks, written(directory, name, data), side, truth)
        for side, name, data, truth in generate_black_holes.clamps():
            path = written(directory, "clamp-%s%s.pcap" % (name, side.suffix), data)
            check_clamp(checks, path, truth)
    checks.finish()


main()
