#!/usr/bin/env python3
"""Measures what errors about packets that were never captured cost, which is for whoever sends them
to choose: 200,000 of them, each about another flow, alone and behind a million packets that are as
hard to tell from the quoted ones as can be (`make bench-floods`).

From the environment:
FLOODS_PACKETS  packets, in place of a million; errors go down with them
FLOODS_RUNS     how often each is run (3); the medians are shown
FLOODS_DIR      where the captures are made (bench-captures); each is removed after its runs
FLOODS_CHECK    1: fail unless every error is there and none is tied, as `make check` does"""

import json
import os
import statistics
import struct
import subprocess

PACKETS, ERRORS = 1_000_000, 200_000
UDP, TCP, ICMP = 17, 6, 1
INSIDE, OUTSIDE, SERVER, ROUTER = 0x0A000000, 0xCB000000, 0xC6336402, 0xC0000201
START = 1763629200


def ipv4(source, dest, proto, ident, payload):
    """Without its checksum, which nothing here looks at."""
    return struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(payload), ident, 0, 64, proto, 0, source,
                       dest) + payload


def datagram(number, source, ident):
    """Of one length; the payload is the number of the packet."""
    port = 1024 + number * 7 % 60000
    checksum = 1 + number * 40503 % 65535
    return ipv4(source + number % 100_000, SERVER, UDP, ident,
                struct.pack("!HHHHI", port, 53, 12, checksum, number))


def segment(number, source, ident):
    """All of one sequence number."""
    port = 1024 + number * 7 % 60000
    return ipv4(source + number % 100_000, SERVER, TCP, ident,
                struct.pack("!HHIIHHI", port, 80, 77, 0, 5 << 12 | 16, 65535, 0))


def error(number, quoted):
    icmp = struct.pack("!BBHI", 11, 0, 0, 0) + quoted[:28]
    return ipv4(ROUTER, INSIDE + number % 100_000, ICMP, 0, icmp)


# name, what packets there are before the errors (None: none), and what the errors quote
FLOODS = (
    ("errors alone", None, lambda n: datagram(n, OUTSIDE, 1 + n % 65535)),
    ("other traffic", lambda n: datagram(n, INSIDE, 1 + n * 31 % 65535),
     lambda n: datagram(n + 5, OUTSIDE, 1 + n % 65535)),
    ("one UDP length and IP id", lambda n: datagram(n, INSIDE, 7), lambda n: datagram(n, OUTSIDE, 7)),
    ("one UDP packet", lambda n: datagram(0, INSIDE, 7), lambda n: datagram(n, OUTSIDE, 7)),
    ("no IP id", lambda n: datagram(n, INSIDE, 0), lambda n: datagram(n, OUTSIDE, 0)),
    ("one TCP sequence number", lambda n: segment(n, INSIDE, 1 + n % 65534),
     lambda n: segment(n, OUTSIDE, 65535)),
)
PROGRAMS = (  # name, command; "before": without the errors
    ("loop", ["tests/bench/loop"]),
    ("before", ["./icmpscope", "-c", "PACKETS"]),
    ("text", ["./icmpscope"]),
    ("no wait", ["./icmpscope", "--reorder", "0"]),
    ("ndjson", ["./icmpscope", "-J"]),
)


def write(path, flood, packets, errors):
    """A packet a microsecond."""
    _, before, quoted = flood
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        frames = packets if before else 0
        for number in range(frames + errors):
            data = before(number) if number < frames else error(number - frames,
                                                                 quoted(number - frames))
            file.write(struct.pack("<IIII", START + number // 1_000_000, number % 1_000_000,
                                   len(data), len(data)) + data)
    return frames, errors


def measure(command):
    """(wall seconds, CPU seconds, peak KiB) of one run."""
    done = subprocess.run(["tests/bench/measure", *command], check=True, stdout=subprocess.PIPE)
    return tuple(float(number) for number in done.stdout.split())


def show(path, name, frames, runs):
    """`frames`: before the errors, and errors."""
    print("\n%s: %s packets, then %s errors" % (name, *(format(count, ",") for count in frames)))
    print("  %-8s %9s %9s %10s" % ("", "wall s", "CPU s", "peak MiB"))
    for program, command in PROGRAMS:
        if program == "before" and frames[0] == 0:
            continue
        command = [str(frames[0]) if word == "PACKETS" else word for word in command]
        figures = [measure([*command, path]) for _ in range(runs)]
        wall, cpu, peak = (statistics.median(column) for column in zip(*figures))
        print("  %-8s %9.3f %9.3f %10.1f" % (program, wall, cpu, peak / 1024))


def check(path, errors):
    done = subprocess.run(["./icmpscope", "-j", path], check=True, stdout=subprocess.PIPE)
    verdicts = json.loads(done.stdout)["errors"]["by_verdict"]
    assert verdicts == dict(dict.fromkeys(verdicts, 0), unmatched=errors), verdicts


def main():
    packets = int(os.environ.get("FLOODS_PACKETS", PACKETS))
    errors = ERRORS * packets // PACKETS
    runs = int(os.environ.get("FLOODS_RUNS", 3))
    directory = os.environ.get("FLOODS_DIR", "bench-captures")
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "flood.pcap")
    for flood in FLOODS:
        frames = write(path, flood, packets, errors)
        show(path, flood[0], frames, runs)
        if os.environ.get("FLOODS_CHECK"):
            check(path, errors)
        os.remove(path)


main()
