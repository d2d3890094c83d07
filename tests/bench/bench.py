#!/usr/bin/env python3
"""Measures icmpscope against an empty libpcap loop, in the build directory (`make bench`).

From the environment:
BENCH_PACKETS   packets of the captures, in place of 5 and 10 million; flows go down with them
BENCH_RUNS      how often each is run (5); the medians are shown
BENCH_DIR       where the captures are made, and kept for the next time (bench-captures)
BENCH_CHECK     1: fail unless the figures are sane, as `make check` does with few packets

The programs take turns, so that a change in the machine's mood hits all of them. Each run's wall
time, CPU time and peak memory are those the kernel gives at its end."""

import json
import os
import statistics
import subprocess

CAPTURES = (  # name, packets, flows, options of the generator
    ("mixed", 5_000_000, 100_000, []),
    ("small", 10_000_000, 1_000_000, ["-s"]),
)
PROGRAMS = (  # name, command before the capture
    ("loop", ["tests/bench/loop"]),
    ("text", ["./icmpscope", "--format", "text"]),
    ("ndjson", ["./icmpscope", "--format", "ndjson"]),
)
ERRORS_ONE_IN = 200


def scaled():
    """The captures, as many packets as BENCH_PACKETS asks for."""
    wanted = os.environ.get("BENCH_PACKETS")
    for name, packets, flows, options in CAPTURES:
        if wanted:
            flows = max(1, flows * int(wanted) // packets)
            packets = int(wanted)
        yield name, packets, flows, options


def make_capture(directory, name, packets, flows, options):
    """Its path. One of the same numbers that is there already is taken."""
    path = os.path.join(directory, "%s-%d-%d.pcap" % (name, packets, flows))
    if not os.path.exists(path):
        command = ["tests/bench/generate", "-n", str(packets), "-f", str(flows), *options]
        subprocess.run(command + [path + ".part"], check=True, stdout=subprocess.DEVNULL)
        os.rename(path + ".part", path)
    return path


def measure(command):
    """(wall seconds, CPU seconds, peak KiB) of one run."""
    done = subprocess.run(["tests/bench/measure", *command], check=True, stdout=subprocess.PIPE)
    return tuple(float(number) for number in done.stdout.split())


def measure_all(path, runs):
    """{program: [(wall, cpu, peak) …]}; the first round warms the page cache and does not count."""
    figures = {name: [] for name, _ in PROGRAMS}
    for round_number in range(runs + 1):
        for name, command in PROGRAMS:
            figure = measure(command + [path])
            if round_number > 0:
                figures[name].append(figure)
    return figures


def show(name, packets, flows, path, figures):
    """Returns the ratios to the empty loop."""
    print("\n%s: %s packets, %s flows, %.0f MB" % (
        name, format(packets, ","), format(flows, ","), os.path.getsize(path) / 1e6))
    print("  %-8s %14s %9s %9s %10s %8s" % (
        "", "packets/s", "wall s", "CPU s", "peak MiB", "to loop"))
    ratios = {}
    base = statistics.median(wall for wall, _, _ in figures["loop"])
    for program, runs in figures.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*runs))
        ratios[program] = wall / base
        print("  %-8s %14s %9.3f %9.3f %10.1f %8.2f" % (
            program, format(round(packets / wall), ","), wall, cpu, peak / 1024, wall / base))
    return ratios


def check_sane(path, packets):
    """That the capture is what it should be, and all of it was analysed."""
    done = subprocess.run(["./icmpscope", "--format", "json", path], check=True,
                          stdout=subprocess.PIPE)
    document = json.loads(done.stdout)
    counted = int(subprocess.run(["tests/bench/loop", path], check=True,
                                 stdout=subprocess.PIPE).stdout)
    errors = document["errors"]["total"]
    assert document["packets"] == counted == packets, (document["packets"], counted)
    assert packets // ERRORS_ONE_IN // 4 <= errors <= packets // ERRORS_ONE_IN * 4, errors
    assert document["errors"]["by_verdict"].get("exact", 0) == errors, document["errors"]
    assert document["health"]["bad_checksum"] == 0, document["health"]


def main():
    runs = int(os.environ.get("BENCH_RUNS", 5))
    directory = os.environ.get("BENCH_DIR", "bench-captures")
    os.makedirs(directory, exist_ok=True)
    for name, packets, flows, options in scaled():
        path = make_capture(directory, name, packets, flows, options)
        ratios = show(name, packets, flows, path, measure_all(path, runs))
        assert all(ratio > 0 for ratio in ratios.values())
        if os.environ.get("BENCH_CHECK"):
            check_sane(path, packets)


main()
