#!/usr/bin/env python3
"""Paths: of captures made here all is known (generate_paths.py); of those in pcaps/ what the programs
themselves printed (*.said) is held against what is told."""

import os
import re
import sys

sys.dont_write_bytecode = True
import generate_paths
import harness

MOST_BYTES = 8192


def paths_of(path):
    run = harness.Run(["-J", "--events", "path", path])
    for line in run.out.splitlines():
        if len(line) >= MOST_BYTES:
            sys.exit("a line of %d bytes" % len(line))
    return run.records(), run


# ---- captures of which all is known --------------------------------------------------------------


def same_hops(checks, name, hops, wanted):
    got = []
    for hop in hops:
        entry = {key: hop[key] for key in ("ttl", "ip", "answers", "lost", "labels", "interface",
                                           "nat", "icmp_type", "icmp_code") if key in hop}
        if "rtt_us" in hop:
            entry["rtt_us"] = sorted(hop["rtt_us"])
        got.append(entry)
    for entry in wanted:
        if "rtt_us" in entry and len(entry["rtt_us"]) > 8:
            entry["rtt_us"] = next((hop["rtt_us"] for hop in got if hop.get("ip") == entry["ip"]
                                    and hop["ttl"] == entry["ttl"]
                                    and set(hop["rtt_us"]) <= set(entry["rtt_us"])), None)
    checks.equal(got, wanted, name, "hops")


def check_generated(checks, directory):
    for name, data, truths in generate_paths.captures():
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(data)
        records, run = paths_of(path)
        checks.equal(run.err, b"", name, "stderr")
        if not checks.equal(len(records), len(truths), name, "paths"):
            continue
        key = lambda told: (told["method"], told["dest_ip"])
        told = {key(dict(record, **record["path"])): dict(record, **record["path"])
                for record in records}
        for truth, hops in truths:
            record = told.get(key(truth), {})
            for member, value in truth.items():
                if member != "end":
                    checks.equal(record.get(member), value, name, member)
            same_hops(checks, name, record.get("hops", []), hops)
            for hop in record.get("hops", []):
                if "rtt_us" in hop:
                    checks.that(hop["rtt_min_us"] <= hop["rtt_avg_us"] <= hop["rtt_max_us"], name,
                                "least, mean and most")
        check_summaries(checks, name, path, len(truths))


def check_summaries(checks, name, path, count):
    document = harness.Run(["-j", path]).records()[0]
    checks.equal(len(document["paths"]), count, name, "paths in the document")
    text = harness.Run(["-v", path]).out.decode()
    section = re.search(r"^PATHS\n((?:  .*\n)*)", text, re.M)
    titles = re.findall(r"^  \S+ > \S+ ", section[1], re.M) if section else []
    checks.equal(len(titles), count, name, "paths in the text")
    checks.that(all(len(line) <= 100 for line in text.splitlines()), name, "width")


# ---- what programs printed -----------------------------------------------------------------------


def commands(path):
    """(command, its lines)"""
    with open(path, encoding="utf-8") as file:
        for block in re.split(r"^\$ ", file.read(), flags=re.M)[1:]:
            lines = block.splitlines()
            yield lines[0], lines[1:]


def read_traceroute(lines):
    """{ttl: {router: [ms, ...]}}, what had no answer under None."""
    hops = {}
    for line in lines:
        row = re.match(r"\s*(\d+) {1,4}(\S.*)", line)
        if not row:
            continue
        router, answers = None, hops.setdefault(int(row[1]), {})
        for word in re.findall(r"\*|[\d.]+ ms|[\da-f]+[:.][\da-f:.]+", row[2]):
            if word == "*":
                answers.setdefault(None, []).append(0)
            elif word.endswith(" ms"):
                answers.setdefault(router, []).append(float(word[:-3]))
            else:
                router = word
    return hops


def read_nmap(lines):
    rows = (re.match(r"(\d+)\s+([\d.]+) ms\s+(\S+)$", line) for line in lines)
    return {int(row[1]): {row[3]: [float(row[2])]} for row in rows if row}


def read_tracepath(lines):
    hops = {}
    for line in lines:
        row = re.match(r"\s*(\d+):\s+(\S+)\s+([\d.]+)ms (?!pmtu)", line)
        if row:
            hops.setdefault(int(row[1]), {}).setdefault(row[2], []).append(float(row[3]))
    return hops


def read_mtr_raw(lines):
    """Which of several routers answered is told once only: all are put under one name."""
    hops = {}
    for line in lines:
        row = re.match(r"p (\d+) (\d+) ", line)
        if row:
            hops.setdefault(int(row[1]) + 1, {}).setdefault("any", []).append(int(row[2]) / 1000)
    return hops


def read_mtr_report(lines):
    """{ttl: (router, answers, lost, best, worst)}"""
    hops = {}
    for line in lines:
        row = re.match(r"\s*(\d+)\.\|-- (\S+)\s+([\d.]+)%\s+(\d+)((?:\s+[\d.]+){5})", line)
        if row:
            sent, times = int(row[4]), [float(time) for time in row[5].split()]
            answers = round(sent * (1 - float(row[3]) / 100))
            hops[int(row[1])] = row[2], answers, sent - answers, times[2], times[3]
    return hops


READERS = (("mtr .* -l ", read_mtr_raw), ("(busybox )?traceroute6? ", read_traceroute),
           ("scamper ", read_traceroute), ("tracepath ", read_tracepath), ("nmap ", read_nmap))
# A program looks at its clock some time before and after the kernel stamps a packet: of the first
# probes it takes most.
SLACK_MS = {"traceroute": 1.2, "busybox": 1.2, "scamper": 1.2, "tracepath": 1.2, "nmap": 1.2, "mtr": 6}


def near(program, said, told_us):
    return -0.2 <= said - told_us / 1000 <= SLACK_MS[program]


def told_hops(record, together):
    hops = {}
    for hop in record["path"]["hops"]:
        answers = hops.setdefault(hop["ttl"], {})
        if "ip" in hop:
            answers.setdefault("any" if together else hop["ip"], []).extend(hop["rtt_us"])
        if "lost" in hop:
            answers[None] = [0] * hop["lost"]
    return hops


def hold_hops(checks, where, said, told, complete):
    program = where[1].split()[0]
    last = max(told)
    for ttl, answers in said.items():
        if ttl > last:
            continue  # beyond the destination
        for router, times in answers.items():
            got = told.get(ttl, {}).get(router, [])
            if router is None and not complete:
                continue  # the capture ends before the program gives up
            if not checks.equal(len(got), len(times), *where, ttl, router, "answers"):
                continue
            if router is not None:
                for one, other in zip(sorted(times), sorted(got)):
                    checks.that(near(program, one, other), *where, ttl, router, one, other)
        if complete and program != "scamper":
            checks.equal(set(told.get(ttl, {})) - {None}, set(answers) - {None}, *where, ttl)


def hold_report(checks, where, lines, record):
    hops = {hop["ttl"]: hop for hop in record["path"]["hops"]}
    for ttl, (router, answers, lost, best, worst) in read_mtr_report(lines).items():
        hop = hops.get(ttl, {})
        checks.equal((hop.get("ip"), hop.get("answers"), hop.get("lost", 0)),
                     (router, answers, lost), *where, ttl)
        checks.that(near("mtr", best + 0.1, hop.get("rtt_min_us", -10**6)), *where, ttl, "best")
        checks.that(near("mtr", worst + 0.1, hop.get("rtt_max_us", -10**6)), *where, ttl, "worst")


def check_command(checks, where, command, lines, records):
    words = command.split()
    record = next((record for record in records if record["dest_ip"] == words[-1]
                   and "reached" in record["path"]), None)
    if not checks.that(record, *where, "has no path"):
        return False
    if re.match("mtr .* -r ", command):
        hold_report(checks, where, lines, record)
        return True
    reader = next((reader for start, reader in READERS if re.match(start, command)), None)
    if reader is None:
        return False
    said = reader(lines)
    checks.that(said, *where, "said nothing")
    complete = "loop" not in where[0]
    hold_hops(checks, where, said, told_hops(record, reader is read_mtr_raw), complete)
    checks.equal(record["path"]["loop"], "loop" in where[0], *where, "loop")
    return True


TRACERS = re.compile(r"(busybox )?(traceroute|tracepath|mtr|scamper|nmap .*--traceroute)")


def check_said(checks):
    held = 0
    for name in sorted(os.listdir(harness.PCAPS)):
        if not re.match(r"(hops|loop).*\.said$", name):
            continue
        records, _ = paths_of(os.path.join(harness.PCAPS, name[:-5] + ".pcap"))
        for command, lines in commands(os.path.join(harness.PCAPS, name)):
            if TRACERS.match(command):
                held += check_command(checks, (name, command), command, lines, records)
    checks.that(held >= 40, "programs whose output was looked at:", held)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        check_generated(checks, directory)
    check_said(checks)
    checks.finish()


main()
