#!/usr/bin/env python3
"""Holds findings against captures of which it is known what is to be found in them
(generate_findings.py), and against a list of all that is found in real ones, each with the reason
why it is right (findings-reviewed.tsv).

usage: test_cli_findings.py [PART...] only captures whose names have one of these parts"""

import os
import re
import sys

sys.dont_write_bytecode = True
import generate_findings
import generate_findings_story
import harness

DEFINITIONS = os.path.join(harness.TOP, "src", "track", "findings.def")
REVIEWED = os.path.join(harness.TESTS, "findings-reviewed.tsv")
SEVERITIES = generate_findings_story.SEVERITIES
# Of what one finding of a name must say; the rest are members of the record.
ABOUT_EVIDENCE = ("evidence", "some", "among")


def known_names():
    """Those that the program can give; None where it gives no findings yet."""
    if not os.path.exists(DEFINITIONS):
        return None
    with open(DEFINITIONS, encoding="utf-8") as file:
        return set(re.findall(r"^FINDING\(\s*(\w+)", file.read(), re.M))


def findings(path, *options):
    run = harness.Run(["-J", "--events", "finding", *options, path])
    return [{**record, **record["finding"]} for record in run.records()], run


def faults(record, wanted):
    """What is wrong with `record` as the finding that is wanted."""
    evidence = set(record.get("evidence", []))
    missing = set(wanted["evidence"]) - evidence
    if missing:
        yield "evidence %s lacks %s" % (sorted(evidence), sorted(missing))
    if "some" in wanted and not evidence & set(wanted["some"]):
        yield "evidence %s has none of %s" % (sorted(evidence), sorted(wanted["some"])[:8])
    if "among" in wanted and (not evidence or evidence - set(wanted["among"])):
        yield "evidence %s is not of the frames it is about" % sorted(evidence)
    for key, value in wanted.items():
        if key not in ABOUT_EVIDENCE and record.get(key) != value:
            yield "%s is %r, not %r" % (key, record.get(key), value)


def check_fires(checks, name, wanted, records):
    """Some record is as it is wanted."""
    for entry in wanted[1]:
        tried = [list(faults(record, entry)) for record in records if record["name"] == wanted[0]]
        best = min(tried, key=len, default=["is not found"])
        checks.that(not best, name + ":", wanted[0] + ":", "; ".join(best))


def words(record):
    about = [record[key] for key in ("reporter", "src_ip", "dest_ip") if key in record]
    return "%s, %s: %s; frames %s: %s" % (record["severity"], " > ".join(about), record["count"],
                                          record.get("evidence"), record["text"])


def check_capture(checks, name, records, truth, known):
    for fired in truth["fires"].items():
        if fired[0] in known:
            check_fires(checks, name, fired, records)
    said = {}
    for record in records:
        said.setdefault(record["name"], record)
    for found in sorted(set(said) - set(truth["fires"])):
        most = truth["may"].get(found)
        level = SEVERITIES.index(said[found]["severity"])
        checks.that(most and level <= SEVERITIES.index(most), name + ":", found + ":",
                    "must not be found (%s)" % words(said[found]))
    for silent in truth["silent"]:
        checks.that(silent in truth["fires"] or silent in truth["may"] or silent not in said,
                    name + ":", silent + ":", "is a near miss")


def check_shape(checks, name, record):
    """A finding stands on frames, and says in words what it is."""
    evidence = record.get("evidence", [])
    where = name, record.get("name"), record.get("evidence")
    checks.that(evidence and len(evidence) == len(set(evidence)), *where, "evidence, each once")
    checks.that(record.get("severity") in SEVERITIES, *where, "severity", record.get("severity"))
    checks.that(record.get("count", 0) >= 1, *where, "count", record.get("count"))
    checks.that(record.get("first", "~") <= record.get("last", ""), *where, "first and last")
    checks.that(record.get("text"), *where, "text")


def check_generated(checks, directory, known, parts, captures):
    fired, near = set(), set()
    for name, data, truth in captures:
        fired |= set(truth["fires"])
        near |= set(truth["silent"]) - set(truth["fires"]) - set(truth["may"])
        if parts and not any(part in name for part in parts):
            continue
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(data)
        records, run = findings(path)
        checks.equal(run.status, harness.OK, name, "exit status")
        checks.equal(run.err, b"", name, "stderr")
        for record in records:
            check_shape(checks, name, record)
        check_capture(checks, name, records, truth, known)
        os.remove(path)
    checks.equal(known - fired, set(), "findings that no capture must give")
    checks.equal(known - near, set(), "findings that no capture comes near")


def subject(record):
    """Whom a finding is about, as the list names it."""
    return ">".join(str(record.get(key, "-")) for key in ("reporter", "src_ip", "dest_ip"))


def reviewed(captures):
    """{(capture, finding, subject)} of the list, of captures that are here."""
    here = {os.path.basename(path) for path in captures}
    rows = harness.read_table(REVIEWED)
    return {(row["capture"], row["finding"], row["subject"]) for row in rows
            if row["capture"] in here and row["why it is right"].strip()}


def check_reviewed(checks):
    """Over real captures, what is of medium severity or above is what was looked at, and no
    more."""
    captures = harness.some(harness.captures_in(harness.PCAPS) + harness.captures_in(harness.SHARED))
    said = {}
    for path in captures:
        records, _ = findings(path)
        for record in records:
            check_shape(checks, os.path.basename(path), record)
            if SEVERITIES.index(record["severity"]) >= SEVERITIES.index("medium"):
                said[os.path.basename(path), record["name"], subject(record)] = record
    listed = reviewed(captures)
    for key in sorted(set(said) - listed):
        checks.that(False, "not reviewed:", "\t".join(key) + "\t", words(said[key]))
    for key in sorted(listed - set(said)):
        checks.that(False, "reviewed, but not found:", "\t".join(key))
    checks.that(captures, "captures to look at")


def check_home(checks, directory, captures):
    """Backscatter hits what is ours: so --home says, where it is given."""
    path = os.path.join(directory, "backscatter.pcap")
    data, truth = next(capture[1:] for capture in captures if capture[0] == "backscatter.pcap")
    with open(path, "wb") as file:
        file.write(data)
    victim = truth["fires"]["backscatter"][0]["dest_ip"]
    for homes, found in (((), True), ((victim,), True), (("100.64.0.0/10", victim + "/24"), True),
                         (("100.64.0.0/10",), False)):
        options = [word for home in homes for word in ("--home", home)]
        names = {record["name"] for record in findings(path, *options)[0]}
        checks.equal("backscatter" in names, found, "backscatter with --home", homes)


def main():
    known = known_names()
    if known is None:
        harness.skip("no src/track/findings.def")
    checks = harness.Checks(most=400)
    captures = list(generate_findings.captures())
    with harness.scratch() as directory:
        check_generated(checks, directory, known, sys.argv[1:], captures)
        if not sys.argv[1:]:
            check_home(checks, directory, captures)
    if not sys.argv[1:]:
        check_reviewed(checks)
    checks.finish()


main()
