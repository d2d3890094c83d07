#!/usr/bin/env python3
"""Measures icmpscope against an empty libpcap loop, in the build directory (`make bench`): tables as
they stand in doc/performance.md.

From the environment, or as variables of make:
BENCH_ONLY      letters of the captures (abcde)
BENCH_PACKETS   packets of each capture, in place of millions; flows go down with them
BENCH_RUNS      how often each is run (5); the medians are shown
BENCH_CUT       packets of the cut that slow programs get (50000); 0: these are left out
BENCH_DIR       where the captures are made, and kept for the next time (bench-captures)

The programs take turns, so that a change in the machine's mood hits all of them. Each run's wall
time, CPU time and peak memory are those the kernel gives at its end."""

import collections
import os
import shutil
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import measuring
from measuring import fixed, number, ratio

Capture = collections.namedtuple("Capture", "letter what packets flows options")
CAPTURES = (
    Capture("a", "mixed", 5_000_000, 100_000, []),
    Capture("b", "small", 10_000_000, 1_000_000, ["-s"]),
    Capture("c", "ICMP only", 2_000_000, 100_000, ["-i"]),
    Capture("d", "small, 10 M flows", 10_000_000, 10_000_000, ["-s"]),
    Capture("e", "small, no ICMP", 10_000_000, 1_000_000, ["-s", "-e", "0"]),
)
PROGRAMS = (  # name, command with FILE for the capture
    ("empty loop", ["tests/bench/loop", "FILE"]),
    # Not -w /dev/null: where root runs it, tcpdump gives that to the user it becomes.
    ("tcpdump", ["tcpdump", "-r", "FILE", "-w", "-", "icmp"]),
    ("text", ["./icmpscope", "--format", "text", "FILE"]),
    ("json", ["./icmpscope", "--format", "json", "FILE"]),
    ("ndjson", ["./icmpscope", "--format", "ndjson", "FILE"]),
)
# Of this the wall time is what counts: it takes two processors, and more of their time.
TWO_THREADS = ("text, --jobs 2", ["./icmpscope", "--jobs", "2", "--format", "text", "FILE"])
TWO_THREADS_ON = "ab"
SLOW = (
    ("tshark", ["tshark", "-n", "-r", "FILE"]),
    ("tshark -T ek", ["tshark", "-n", "-r", "FILE", "-T", "ek"]),
    ("argus", ["argus", "-X", "-r", "FILE", "-w", "/dev/null"]),
)
SLOW_ON = "abc"  # d and e ask nothing new of them
FILE_HEADER, RECORD = 24, struct.Struct("<IIII")


def chosen():
    """The captures, with as many packets as were asked for."""
    wanted = os.environ.get("BENCH_PACKETS")
    letters = os.environ.get("BENCH_ONLY") or "abcde"
    for capture in CAPTURES:
        if capture.letter not in letters:
            continue
        if wanted:
            flows = max(1, capture.flows * int(wanted) // capture.packets)
            capture = capture._replace(packets=int(wanted), flows=flows)
        yield capture


def commands(programs, path):
    """{name: command} of those that are installed."""
    found = {}
    for name, command in programs:
        program = command[0] if "/" in command[0] else shutil.which(command[0])
        if program:
            found[name] = [program, *(path if word == "FILE" else word for word in command[1:])]
    return found


def show(capture, path, figures):
    print("\n### %s (%s): %s packets, %s flows, %.0f MB" % (
        capture.letter, capture.what, number(capture.packets), number(capture.flows),
        os.path.getsize(path) / 1e6))
    base = figures["empty loop"]
    rows = []
    for program, figure in figures.items():
        rows.append([
            "%s: %s" % (capture.letter, program), number(capture.packets / figure.wall),
            fixed(figure.wall, 3), fixed(figure.cpu, 3), fixed(figure.peak, 1),
            fixed(ratio(figure.wall, base.wall), 2), fixed(ratio(figure.cpu, base.cpu), 2),
            number(ratio(figure.instructions, capture.packets))])
    measuring.table(["", "packets a second", "wall s", "CPU s", "peak MiB", "wall to loop",
                     "CPU to loop", "instructions a packet"], rows)


# ---- programs that would take too long over all of it -----------------------------------------


def cut(path, packets):
    """A capture of the first packets of another, which holds as many."""
    out = "%s.%d" % (path, packets)
    with open(path, "rb") as source, open(out, "wb") as file:
        file.write(source.read(FILE_HEADER))
        for _ in range(packets):
            head = source.read(RECORD.size)
            file.write(head + source.read(RECORD.unpack(head)[2]))
    return out


def scaled(on_cut, start, factor):
    """What all packets would take: the time to start, measured with none, is not multiplied."""
    wall, cpu = (begin + max(whole - begin, 0) * factor
                 for begin, whole in zip(start[:2], on_cut[:2]))
    return on_cut._replace(wall=wall, cpu=cpu)


def measure_slow(path, packets, runs):
    """{name: Figure}, scaled, and how many packets the cut has."""
    cut_packets = min(packets, measuring.environment("BENCH_CUT", 50_000))
    if cut_packets == 0:
        return {}, 0
    whole, none = cut(path, cut_packets), cut(path, 0)
    on_cut = measuring.in_turns(commands(SLOW, whole), runs, warm=False)
    start = measuring.in_turns(commands(SLOW, none), runs, warm=False)
    os.remove(whole)
    os.remove(none)
    factor = packets / cut_packets
    return {name: scaled(on_cut[name], start[name], factor) for name in on_cut}, cut_packets


def show_slow(capture, figures, slow, cut_packets):
    print("On the first %s packets; times (without those to start) multiplied by %g, which is how many"
          "\npackets there are in all for each of these. Memory is what the cut took." % (
              number(cut_packets), capture.packets / cut_packets))
    base, ours = figures["empty loop"], figures["text"]
    rows = []
    for program, figure in slow.items():
        rows.append(["%s: %s" % (capture.letter, program), number(capture.packets / figure.wall),
                     fixed(figure.wall, 1), fixed(figure.cpu, 1), fixed(figure.peak, 1),
                     fixed(ratio(figure.cpu, base.cpu), 1), fixed(ratio(figure.cpu, ours.cpu), 1)])
    measuring.table(["", "packets a second", "wall s, scaled", "CPU s, scaled", "peak MiB of the cut",
                     "CPU to loop", "CPU to text"], rows)


def records(path):
    """How many lines of ndjson are written."""
    with subprocess.Popen(["./icmpscope", "--format", "ndjson", path],
                          stdout=subprocess.PIPE) as process:
        count = sum(block.count(b"\n") for block in iter(lambda: process.stdout.read(1 << 20), b""))
    return count


def show_events(capture, path, figures, slow):
    """The rate of events, of which this capture has as good as nothing else; against tshark's, whose
    documents are one a packet, one message of ours to one of tshark's."""
    wall, lines = figures["ndjson"].wall, records(path)
    print("%s: ndjson: %s records, %s a second" % (capture.letter, number(lines),
                                                   number(lines / wall)), end="")
    if "tshark -T ek" in slow:
        theirs = slow["tshark -T ek"].wall
        print("; %s messages a second for %s of tshark -T ek: %.1f times" % (
            number(capture.packets / wall), number(capture.packets / theirs), theirs / wall), end="")
    print(flush=True)


def bench(capture, runs):
    path = measuring.generated(capture.letter, capture.packets, capture.flows, capture.options)
    programs = [*PROGRAMS, *([TWO_THREADS] if capture.letter in TWO_THREADS_ON else [])]
    figures = measuring.in_turns(commands(programs, path), runs)
    show(capture, path, figures)
    slow, cut_packets = {}, 0
    if capture.letter in SLOW_ON:
        slow, cut_packets = measure_slow(path, capture.packets, runs)
    if slow:
        show_slow(capture, figures, slow, cut_packets)
    if capture.letter == "c":
        show_events(capture, path, figures, slow)


def main():
    runs = measuring.environment("BENCH_RUNS", 5)
    print("%s\nMedians of %d." % (measuring.machine(), runs))
    for capture in chosen():
        bench(capture, runs)


if __name__ == "__main__":
    main()
