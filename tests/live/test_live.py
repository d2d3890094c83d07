#!/usr/bin/env python3
"""Real networks: pcaps/make builds them of network namespaces, with a NAT, a router that marks and a
narrow link, and programs talk through them. The command reads what tcpdump captures, live from a
pipe, and the same from the file; tshark says what is right (pcaps/truth).

Skipped where there are no namespaces, or a program that this needs is not there."""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
import pcaps_truth

SCENES = "nat", "nat6", "nat-stateless", "nat6-stateless"
SECONDS = 120  # for all of them, on a machine with much else to do
# Of a scene through the NAT there must be at least so many; by its parts, several times that.
LEAST = {"exact": 100, "nat": 50, "fragment": 1}


def start(scene, directory):
    make = os.path.join(harness.PCAPS, "make")
    environment = dict(os.environ, PCAPS_LIVE="'%s' -J -l -" % harness.program(), LC_ALL="C.UTF-8",
                       TZ="UTC")
    return subprocess.Popen([make, "-o", directory, scene], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True)


def end(process):
    """Of what we started, all. pcaps/make ends what runs in its namespaces when it is told to."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


def make_captures(checks, directory):
    """Whether the scenes were made; where this machine cannot, the test is skipped."""
    processes = {scene: start(scene, directory) for scene in SCENES}
    try:
        for scene, process in processes.items():
            said = process.communicate(timeout=SECONDS)[0]
            if process.returncode == harness.SKIPPED:
                harness.skip(" ".join(said.split()))
            checks.equal(process.returncode, 0, scene, "made; it said", said)
    except subprocess.TimeoutExpired:
        checks.that(False, "made within", SECONDS, "s")
    finally:
        for process in processes.values():
            end(process)
    return not checks.failed


def without_names(value):
    """A record without the names of the captures, the only thing a pipe does not have."""
    if isinstance(value, dict):
        return {key: without_names(inner) for key, inner in value.items() if key != "pcap_filename"}
    if isinstance(value, list):
        return [without_names(inner) for inner in value]
    return value


def records_in(path):
    with open(path, "rb") as file:
        return [harness.json.loads(line) for line in file if line.endswith(b"\n")]


def is_told(record):
    """Its packet stood before it, so that nothing was waited for."""
    return harness.member(record, "match.verdict") == "exact"


def check_live(checks, path):
    """What was said live is what is said of the file, and errors were reported as they came."""
    name = os.path.basename(path)
    live = records_in(path + ".live")
    with open(path + ".stderr", "rb") as file:
        checks.equal(file.read(), b"", name, "live: stderr")
    again = harness.Run(["-J", path])
    checks.equal(again.status, harness.OK, name, "exit status")
    checks.equal([without_names(record) for record in live],
                 [without_names(record) for record in again.records()], name, "live records")
    early = records_in(path + ".early")
    checks.equal([record for record in early if is_told(record)],
                 [record for record in live if is_told(record)], name, "told before the end")


def check_aftermath(checks, directory):
    """A sender that hears of the narrow link sends smaller; one whose NAT leaves the quote as it is
    does not know that it is meant."""
    for capture, wanted in (("nat-inside", "adapted"), ("nat6-inside", "adapted"),
                            ("nat-stateless", "ignored"), ("nat6-stateless", "ignored")):
        run = harness.Run(["-J", "--events", "flow", os.path.join(directory, capture + ".pcap")])
        said = {harness.member(record, "aftermath.verdict") for record in run.records()
                if record["proto"] == "TCP"}
        checks.equal(said, {wanted}, capture, "aftermath of the upload")


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        if make_captures(checks, directory):
            captures = harness.captures_in(directory)
            for path in captures:
                if os.path.exists(path + ".live"):
                    check_live(checks, path)
            subprocess.run([os.path.join(harness.PCAPS, "truth"), directory], check=True)
            verdicts = pcaps_truth.check_captures(checks, directory)
            print("%d captures; errors by verdict: %s" % (len(captures), dict(verdicts)))
            for verdict, least in LEAST.items():
                checks.that(verdicts[verdict] >= least, "only", verdicts[verdict], verdict)
            check_aftermath(checks, directory)
    checks.finish()


main()
