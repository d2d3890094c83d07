#!/usr/bin/env python3
"""The manual's PIPELINES, run as they stand there on pcaps/tour.pcap, against what tshark counts."""

import collections
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import harness

TOUR = os.path.join(harness.PCAPS, "tour.pcap")
ERRORS = "icmp.type in {3,4,5,11,12} || icmpv6.type in {1,2,3,4}"


def examples():
    """The displays of the section, as a shell reads them."""
    with open(os.path.join(harness.TOP, "doc", "icmpscope.1"), encoding="utf-8") as file:
        section = file.read().partition(".Sh PIPELINES\n")[2].partition("\n.Sh ")[0]
    found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.M | re.S)
    return [text.replace("\\-", "-").replace("\\e", "\\") for text in found]


def run(checks, text):
    directory = os.path.dirname(harness.program())
    done = subprocess.run(["bash", "-c", "set -o pipefail; " + text.replace("trace.pcap", TOUR)],
                          capture_output=True, text=True, check=False,
                          env=dict(os.environ, PATH=directory + ":" + os.environ["PATH"],
                                   LC_ALL="C"))
    checks.equal((done.returncode, done.stderr), (0, ""), text)
    return done.stdout.splitlines()


def errors_by_tshark():
    """(time to the minute, protocol, reporter, type, code) of each error, of the outermost headers."""
    names = ["frame.time_epoch", "ip.src", "ipv6.src", "icmp.type", "icmp.code", "icmpv6.type",
             "icmpv6.code"]
    fields = [word for name in names for word in ("-e", name)]
    done = subprocess.run(["tshark", "-n", "-r", TOUR, "-Y", ERRORS, "-T", "fields", "-E",
                           "occurrence=f", *fields], capture_output=True, text=True, check=True)
    minute = subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M", "-f", "-"], capture_output=True,
                            text=True, check=True, input="".join(
                                "@%s\n" % line.split("\t")[0] for line in done.stdout.splitlines()))
    for line, time in zip(done.stdout.splitlines(), minute.stdout.split()):
        _, source, source6, kind, code, kind6, code6 = line.split("\t")
        if source:
            yield time, "ICMP", source, int(kind), int(code)
        else:
            yield time, "IPv6-ICMP", source6, int(kind6), int(code6)


def counted(lines):
    """Of `uniq -c`: what was counted → how often."""
    return {tuple(line.split()[1:]): int(line.split()[0]) for line in lines}


def main():
    for tool in "bash", "jq", "tshark":
        if not shutil.which(tool):
            harness.skip("no " + tool)
    checks = harness.Checks()
    unreachable, by_minute, as_csv, advice, findings = examples()
    errors = list(errors_by_tshark())

    lines = run(checks, unreachable)
    wanted = collections.Counter((error[2],) for error in errors
                                 if error[1] == "ICMP" and error[3] == 3)
    checks.equal(counted(lines), dict(wanted), "who reports unreachable")
    checks.equal([int(line.split()[0]) for line in lines], sorted(wanted.values(), reverse=True),
                 "the most first")

    wanted = collections.Counter((time, proto, str(kind), str(code))
                                 for time, proto, _, kind, code in errors)
    checks.equal(counted(run(checks, by_minute)), dict(wanted), "errors by minute")

    if shutil.which("mlr"):
        lines = run(checks, as_csv)
        checks.equal(lines[:1], ["src_ip,icmp_type,icmp_code,count"], "the first line of the CSV")
        wanted = collections.Counter(map(str, ("%s,%d,%d" % error[2:] for error in errors)))
        checks.equal(dict(line.rsplit(",", 1) for line in lines[1:]),
                     {row: str(count) for row, count in wanted.items()}, "CSV by Miller")
    else:
        print("no mlr: its example was not tried")

    # Told 1400 by both routers on the way; less IP and TCP headers of 20 + 20 or 40 + 20 bytes. Of the
    # black hole nothing from 1280 on is known to arrive.
    checks.equal(sorted(run(checks, advice)),
                 ["2001:db8:80::80\t1400\t1340", "203.0.113.80\t1400\t1360",
                  "203.0.113.81\t1280\t1240"],
                 "MTU and MSS")
    checks.equal(run(checks, findings), ["high\tpmtu_black_hole"], "findings")
    checks.finish()


main()
