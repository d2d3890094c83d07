#!/usr/bin/env python3
"""With several threads all that is told is what one tells, to the byte: over all captures there are,
in each format, merged, filtered, cut short, damaged, and through a pipe.

JOBS_CASES=few runs those that a slow build has time for."""

import os
import random
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import generate_fragments
import generate_packets as packets
import harness
from generate_timeline import A4, B4, R4, Timeline, unreachable
from harness import DAMAGED, OK, USAGE

FEW = os.environ.get("JOBS_CASES") == "few"
FORMATS = (["-J", "--all-flows"], ["--format", "json"], ["--format", "text", "-v"],
           ["--format", "ecs"])
PATIENCE = 60  # seconds


class Told:
    """All that a run says."""

    def __init__(self, args, jobs, directory, stdin=None):
        self.directory = directory
        for name in "evidence.pcap", "evidence.pcapng":
            if os.path.exists(os.path.join(directory, name)):
                os.unlink(os.path.join(directory, name))
        self.run = harness.Run([*args, "--jobs", str(jobs)], cwd=directory, stdin=stdin)

    def everything(self):
        # What is forgotten hangs on where a secret of the run has put it: test_jobs.c has one secret.
        out = re.sub(rb'"forgotten_fragments":\d+', b"", self.run.out)
        return self.run.status, out, self.run.err, self.evidence()

    def evidence(self):
        found = []
        for name in "evidence.pcap", "evidence.pcapng":
            path = os.path.join(self.directory, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    found.append(file.read())
        return found


def same(checks, directory, args, stdin=None, status=None):
    """Returns what one thread told."""
    one = Told(args, 1, directory, stdin).everything()
    for jobs in (2,) if FEW else (2, 3):
        more = Told(args, jobs, directory, stdin).everything()
        for name, first, second in zip(("status", "output", "errors", "evidence"), one, more):
            checks.that(first == second, *[os.path.basename(arg) for arg in args][:8],
                        "with %d threads: another" % jobs, name)
    if status is not None:
        checks.equal(one[0], status, *args, "exit status", one[2][-300:])
    return one


def all_captures():
    found = []
    for folder in harness.PCAPS, os.path.join(harness.TESTS, "cases"), harness.SHARED:
        found += harness.captures_in(folder)
    return found


def each_capture_tells_the_same(checks, directory):
    captures = all_captures()
    for number, path in enumerate(captures[::8] if FEW else captures):
        form = FORMATS[number % len(FORMATS)]
        suffix = ("pcap", "pcapng")[number // len(FORMATS) % 2]
        same(checks, directory, [*form, "-w", "evidence." + suffix, path])


def several_merged_tell_the_same(checks, directory):
    captures = harness.captures_in(harness.PCAPS)
    for form in FORMATS[:1] if FEW else FORMATS:
        told = same(checks, directory, [*form, *captures], status=OK)
        checks.that(len(told[1]) > 5000, "the captures tell something")
    same(checks, directory, ["-J", "-w", "evidence.pcapng", *captures], status=OK)
    same(checks, directory, ["-J", "-f", "icmp or icmp6 or udp", *captures], status=OK)


def made(directory, name, *args):
    """A capture of the benchmark's generator: flows in random order, errors about the latest."""
    generator = os.path.abspath("tests/bench/generate")
    if not os.access(generator, os.X_OK):
        return None
    path = os.path.join(directory, name)
    subprocess.run([generator, *args, path], check=True, stdout=subprocess.DEVNULL)
    return path


def write(directory, name, line):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(line.pcap())
    return path


def fragments(rand):
    """Pings in fragments, many of which never come: they are given up in the midst of it all."""
    line = Timeline()
    for number in range(2500):
        pieces = generate_fragments.parts(packets.echo(A4, B4, 7, number, payload=bytes(88)),
                                          number, 32)
        if rand.random() < 0.5:
            pieces.remove(rand.choice(pieces))
        rand.shuffle(pieces)
        for piece in pieces:
            line.add(piece)
            line.wait(rand.choice((0, 1, 20)))
    return line


def busy_captures_tell_the_same(checks, directory):
    """Of many batches, so that the threads are at different places."""
    count = 20000 if FEW else 150000
    small = made(directory, "small.pcap", "-s", "-n", str(count), "-f", str(count // 10))
    if small is None:
        checks.that(False, "tests/bench/generate was not built")
        return
    told = same(checks, directory, ["-J", "--all-flows", small], status=OK)
    checks.that(told[1].count(b"\n") > count // 200, "errors are told")
    for more in (["-w", "evidence.pcap"], ["-c", "6401"], ["-c", "6400"], ["--duration", "0.001"], ["-f", "udp"],
                 ["--reorder", "0"], ["--idle", "tcp=1,udp=1"]):
        same(checks, directory, ["-J", *more, small], status=OK)
    with open(small, "rb") as file:
        data = file.read()
    cut = os.path.join(directory, "cut.pcap")
    with open(cut, "wb") as file:
        file.write(data[:len(data) // 2 + 7])
    same(checks, directory, ["-J", cut], status=DAMAGED)
    same(checks, directory, ["-J", cut, small], status=DAMAGED)
    same(checks, directory, ["-J", "-"], stdin=data[:len(data) // 4], status=DAMAGED)


def fragments_tell_the_same(checks, directory):
    path = write(directory, "fragments.pcap", fragments(random.Random(7)))
    told = same(checks, directory, ["-J", "-w", "evidence.pcapng", path], status=OK)
    checks.that(b'"complete":false' in told[1], "fragments are given up")


def traceroutes(count):
    """Among small packets probes with low TTLs, which are looked at as a whole: while the file is read
    on, and what was read before them is still to be judged."""
    line = Timeline()
    for number in range(count):
        goal = "198.18.%d.%d" % (number // 250, 1 + number % 250)  # RFC 2544
        for ttl in range(1, 9):
            probe = packets.ip(A4, goal, packets.UDP,
                               packets.udp(A4, goal, 40000 + number, 33433 + ttl, b"probe"),
                               ident=number * 8 + ttl, ttl=ttl)
            line.add(probe)
            line.add(unreachable(probe, "203.0.113.%d" % ttl, code=0, dest=A4, kind=11))
            for other in range(6):
                line.add(packets.ip(B4, R4, packets.UDP,
                                    packets.udp(B4, R4, 20000 + other, 20000, b"something else"),
                                    ident=number, ttl=64))
    return line


def lent_bytes_stay(checks, directory):
    """Packets of which the whole is wanted when more has been read."""
    count = 60 if FEW else 400
    path = write(directory, "traceroutes.pcap", traceroutes(count))
    told = same(checks, directory, ["-J", path], status=OK)
    checks.equal(told[1].count(b'"event_type":"path"'), count, "paths")


def a_pipe_is_told_as_soon(checks, _):
    """What comes through a pipe that stays open is told, and a signal ends it."""
    line = Timeline()
    datagram = packets.ip(A4, B4, packets.UDP, packets.udp(A4, B4, 30000, 53, b"there"), ident=9)
    line.add(datagram)
    line.add(unreachable(datagram, R4))
    data = line.pcap()
    process = subprocess.Popen([harness.program(), "-J", "-l", "--jobs", "2", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    begun = time.monotonic()
    process.stdin.write(data)
    process.stdin.flush()
    first = process.stdout.readline()
    checks.that(b'"event_type":"icmp"' in first, "the first record", first)
    checks.that(time.monotonic() - begun < PATIENCE / 3, "it takes its time")
    process.send_signal(signal.SIGUSR1)
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    checks.equal(process.wait(PATIENCE), OK, "exit status")
    checks.that(b'"stats"' in rest, "the rest", rest)
    process.stdin.close()


def the_option_is_read(checks, directory):
    tour = os.path.join(harness.PCAPS, "tour.pcap")
    text = harness.Run([tour]).out
    document = harness.Run(["--format", "json", tour]).out
    for args, wanted in ((["-j", "2"], text), (["-j2"], text), (["--jobs", "1"], text),
                         (["-j"], document), (["-j", "2", "-j"], document),
                         (["-j", "--jobs", "2"], document)):
        run = harness.Run([*args, tour], cwd=directory)
        checks.equal((run.status, run.out == wanted), (OK, True), *args, run.err)
    for args in ["-j", "0"], ["--jobs", "-1"], ["-jx"], ["--jobs", "x"], ["-j", "4096"]:
        checks.equal(harness.Run([*args, tour]).status, USAGE, *args)


def main():
    checks = harness.Checks()
    for test in (the_option_is_read, each_capture_tells_the_same, several_merged_tell_the_same,
                 busy_captures_tell_the_same, fragments_tell_the_same, lent_bytes_stay,
                 a_pipe_is_told_as_soon):
        with harness.scratch() as directory:
            begun = time.monotonic()
            test(checks, directory)
            print("%5.1f s  %s" % (time.monotonic() - begun, test.__name__))
    checks.finish()


main()
