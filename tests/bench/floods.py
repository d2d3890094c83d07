#!/usr/bin/env python3
"""Measures what it costs to be sent what somebody chose so that it costs much (`make bench-floods`),
holds it against the limits, and fails where one is missed.

From the environment, or as variables of make:
FLOODS_SCALE    percent of the packets (100): the limits mean nothing with fewer
FLOODS_ONLY     only the floods whose name has this in it
FLOODS_RUNS     how often each is run (3); the medians are shown
FLOODS_CHECK    1: fail unless all that was sent was seen as what it is, and do not judge times
BENCH_DIR       where the captures are made (bench-captures); each is removed after its runs"""

import collections
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import flood_packets as packets
import measuring
from measuring import fixed, number, ratio

# `make`: the packet of a number. `limits`: seconds, MiB, times the flood named `like`; None: none.
# `seen`: {path in the summary: what has to stand there for so many packets}.
Flood = collections.namedtuple("Flood", "name count make limits like seen", defaults=(None, None))
Limits = collections.namedtuple("Limits", "seconds mib times", defaults=(None, None, None))
TWICE = 2.3  # the most that twice the packets may cost
PROGRAMS = {"text": ["./icmpscope"], "ndjson": ["./icmpscope", "-J"]}

FLOWS, FIRST, PARTS, ERRORS = 500_000, 200_000, 50_000, 200_000
LIKE_RANDOM, FIRSTS, OVERLAPS, UNSEEN = (
    Limits(times=2.0), Limits(seconds=1.0, mib=32), Limits(seconds=0.5), Limits(seconds=1.0))
RANDOM_V4, RANDOM_V6, RANDOM_ECHO = "UDP, random", "UDP over IPv6, random", "echo, random"
MIXED = packets.scattered
EACH_A_FLOW = {"flows.seen": lambda count: count}
ALL_UNMATCHED = {"errors.total": lambda count: count,
                 "errors.by_verdict.unmatched": lambda count: count}
NEVER_COMPLETE = {"health.incomplete_fragments": lambda count: count}


def random_udp4(n):
    return packets.udp4(MIXED(n), MIXED(n + 1), MIXED(n))


def many_quotes(name, address):
    """Errors about as many flows that were never seen, each of an address of its own."""
    return Flood(name, ERRORS, lambda n: packets.error(packets.datagram(0, address(n), 1 + n % 65535)),
                 UNSEEN, None, ALL_UNMATCHED)


def overlapping(name, proto, of_datagram, where):
    """`of_datagram`: how many fragments each has. `where`: (offset, size) of one, in 8 bytes."""
    return Flood("overlapping " + name, PARTS, lambda n: packets.part(
        proto, n // of_datagram + 1 & 0xFFFF, *(8 * units for units in where(n))), OVERLAPS)


FLOODS = (
    Flood(RANDOM_V4, FLOWS, random_udp4, Limits(), None, EACH_A_FLOW),
    Flood("UDP, sources in sequence", FLOWS,
          lambda n: packets.udp4(packets.INSIDE + n, packets.SERVER, 4000 << 16 | 53), LIKE_RANDOM,
          RANDOM_V4, EACH_A_FLOW),
    Flood("UDP, sources 65,536 apart", FLOWS,
          lambda n: packets.udp4(n << 16 & 0xFFFFFFFF | n >> 16, packets.SERVER, 4000 << 16 | 53),
          LIKE_RANDOM, RANDOM_V4, EACH_A_FLOW),
    Flood("UDP, ports in sequence", FLOWS,
          lambda n: packets.udp4(packets.INSIDE, packets.SERVER, 1 << 28 | n), LIKE_RANDOM, RANDOM_V4,
          EACH_A_FLOW),
    Flood("UDP, both in sequence", FLOWS,
          lambda n: packets.udp4(packets.INSIDE + n, packets.SERVER + n, 1 << 28 | n), LIKE_RANDOM,
          RANDOM_V4, EACH_A_FLOW),
    Flood(RANDOM_V6, FLOWS, lambda n: packets.udp6(MIXED(n) << 32 | MIXED(n + 1), MIXED(n)), Limits(),
          None, EACH_A_FLOW),
    Flood("UDP over IPv6, sources in sequence", FLOWS, lambda n: packets.udp6(n, 4000 << 16 | 53),
          LIKE_RANDOM, RANDOM_V6, EACH_A_FLOW),
    Flood(RANDOM_ECHO, ERRORS, lambda n: packets.echo(MIXED(n)), Limits(), None),
    Flood("echo, ids in sequence", ERRORS, lambda n: packets.echo(n << 16 & 0xFFFFFFFF | n >> 16),
          LIKE_RANDOM, RANDOM_ECHO),
    Flood("first fragments, UDP, 64 bytes", FIRST, lambda n: packets.first_udp(n, 64), FIRSTS),
    Flood("first fragments, UDP, 1,480 bytes", FIRST, lambda n: packets.first_udp(n, 1480), FIRSTS),
    Flood("first fragments, ICMP, 64 bytes", FIRST, lambda n: packets.first_icmp(n, 64), FIRSTS, None,
          NEVER_COMPLETE),
    Flood("first fragments, ICMP, 1,480 bytes", FIRST, lambda n: packets.first_icmp(n, 1480), FIRSTS,
          None, NEVER_COMPLETE),
    Flood("first fragments, ICMPv6, 1,432 bytes", FIRST, lambda n: packets.first_icmp6(n, 1432),
          FIRSTS, None, NEVER_COMPLETE),
    overlapping("at random, UDP", packets.UDP, 50_000,
                lambda n: (MIXED(n) % 8000, 8 + MIXED(n + 1) % 160)),
    overlapping("at random, ICMP", packets.ICMP, 50_000,
                lambda n: (MIXED(n) % 8000, 8 + MIXED(n + 1) % 160)),
    overlapping("at random, 16 a datagram, ICMP", packets.ICMP, 16,
                lambda n: (MIXED(n) % 180, 8 + MIXED(n + 1) % 160)),
    overlapping("by all but 8 bytes, ICMP", packets.ICMP, 8000, lambda n: (n % 8000, 175)),
    overlapping("backwards, by 8 of 16 bytes, ICMP", packets.ICMP, 8000,
                lambda n: (7999 - n % 8000, 2)),
    overlapping("in nothing, holes between all, ICMP", packets.ICMP, 4000,
                lambda n: (n * 1597 % 4000 * 2, 1)),
    many_quotes("errors about unseen flows, random", MIXED),
    many_quotes("errors about unseen flows, in sequence", lambda n: packets.OUTSIDE + n),
    Flood("errors about unseen flows, each of another router", ERRORS,
          lambda n: packets.error(packets.datagram(n, packets.OUTSIDE, 1 + n % 65535),
                                  packets.INSIDE + n), UNSEEN, None, ALL_UNMATCHED),
)

# Errors about flows that were not captured, behind five times as many packets that are as hard to
# tell from the quoted ones as can be: name, the packets, and what the errors quote.
SEARCHES = (
    ("other traffic", lambda n: packets.datagram(n, packets.INSIDE, 1 + n * 31 % 65535),
     lambda n: packets.datagram(n + 5, packets.OUTSIDE, 1 + n % 65535)),
    ("one UDP length and IP id", lambda n: packets.datagram(n, packets.INSIDE, 7),
     lambda n: packets.datagram(n, packets.OUTSIDE, 7)),
    ("one UDP packet", lambda n: packets.datagram(0, packets.INSIDE, 7),
     lambda n: packets.datagram(n, packets.OUTSIDE, 7)),
    ("no IP id", lambda n: packets.datagram(n, packets.INSIDE, 0),
     lambda n: packets.datagram(n, packets.OUTSIDE, 0)),
    ("one TCP sequence number", lambda n: packets.segment(n, packets.INSIDE, 1 + n % 65534),
     lambda n: packets.segment(n, packets.OUTSIDE, 65535)),
)
SEARCH_PROGRAMS = {  # "before": the packets without the errors
    "loop": ["tests/bench/loop"],
    "before": ["./icmpscope", "-c", "BEFORE"],
    "text": ["./icmpscope"],
    "no wait": ["./icmpscope", "--reorder", "0"],
    "ndjson": ["./icmpscope", "-J"],
}


def scaled(count):
    return max(10, int(count * measuring.environment("FLOODS_SCALE", 100.0) / 100))


def capture_path(times=1):
    return os.path.join(measuring.directory(), "flood-%d.pcap" % times)


def summary(path):
    done = subprocess.run(["./icmpscope", "-j", path], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def check(flood, path, count):
    """Nothing was passed over: what each packet is, is counted."""
    document = summary(path)
    for where, wanted in {"packets": lambda n: n, **(flood.seen or {})}.items():
        found = document
        for key in where.split("."):
            found = found[key]
        assert found == wanted(count), (flood.name, where, found, count)


# ---- floods with limits -----------------------------------------------------------------------


def figures_of(flood, count, runs):
    """{(program, times): Figure}: of so many packets, and of twice as many, all in turns."""
    paths = {times: capture_path(times) for times in (1, 2)}
    for times, path in paths.items():
        packets.write(path, map(flood.make, range(times * count)))
    figures = measuring.in_turns({(name, times): [*command, path] for name, command in PROGRAMS.items()
                                  for times, path in paths.items()}, runs)
    for times, path in paths.items():
        if os.environ.get("FLOODS_CHECK"):
            check(flood, path, times * count)
        os.remove(path)
    return figures


def missed(limits, figure, double, like):
    """What of the limits is missed, in words. `like`: the figure of what it is held against."""
    growth = double.cpu / figure.cpu
    reasons = []
    if limits.seconds is not None and figure.wall > limits.seconds:
        reasons.append("%.2f s, at most %g" % (figure.wall, limits.seconds))
    if limits.mib is not None and figure.peak > limits.mib:
        reasons.append("%.1f MiB, at most %g" % (figure.peak, limits.mib))
    if limits.times is not None and figure.cpu > limits.times * like.cpu:
        reasons.append("%.2f times, at most %g" % (figure.cpu / like.cpu, limits.times))
    if growth > TWICE:
        reasons.append("%.2f times for twice as many, at most %g" % (growth, TWICE))
    return reasons


def limit_text(limits):
    texts = (("%g s", limits.seconds), ("%g MiB", limits.mib), ("%g × random", limits.times))
    return ", ".join(text % limit for text, limit in texts if limit is not None)


def flood_row(flood, program, like, figures):
    """`figures`: of it, of twice as many packets. A row without what it misses."""
    figure, double = figures
    return ["%s: %s" % (flood.name, program), number(scaled(flood.count)), fixed(figure.wall, 3),
            fixed(figure.cpu, 3), fixed(figure.peak, 1),
            fixed(figure.cpu / like.cpu, 2) if flood.like else "", fixed(double.cpu / figure.cpu, 2),
            number(ratio(figure.instructions, scaled(flood.count))),
            fixed(ratio(double.instructions, figure.instructions), 2), limit_text(flood.limits)]


def flood_rows(chosen, runs, misses):
    """A row for each of them and each program. Adds what misses its limit to `misses`."""
    known = {}
    for flood in chosen:
        count = scaled(flood.count)
        measured = figures_of(flood, count, runs)
        for program in PROGRAMS:
            figures = measured[program, 1], measured[program, 2]
            known[flood.name, program] = figures[0]
            like = known.get((flood.like, program))
            reasons = missed(flood.limits, *figures, like)
            misses += ["%s: %s: %s" % (flood.name, program, reason) for reason in reasons]
            yield flood_row(flood, program, like, figures) + ["; ".join(reasons) or "holds"]


def floods(runs, only):
    """Shows all, and returns what misses its limit."""
    chosen = [flood for flood in FLOODS if only in flood.name]
    chosen = [flood for flood in FLOODS
              if flood in chosen or flood.name in (other.like for other in chosen)]
    misses = []
    measuring.table(["", "packets", "wall s", "CPU s", "peak MiB", "CPU to random",
                     "CPU of twice as many", "instructions a packet", "of twice as many", "limit", ""],
                    flood_rows(chosen, runs, misses))
    return misses


# ---- errors behind other packets --------------------------------------------------------------


def search_rows(name, before, quoted, runs):
    """Rows of one; there is no limit but the one on errors alone."""
    path, count, errors = capture_path(), scaled(5 * ERRORS), scaled(ERRORS)
    packets.write(path, (before(n) if n < count else packets.error(quoted(n - count))
                         for n in range(count + errors)))
    commands = {program: [str(count) if word == "BEFORE" else word for word in command] + [path]
                for program, command in SEARCH_PROGRAMS.items()}
    figures = measuring.in_turns(commands, runs)
    if os.environ.get("FLOODS_CHECK"):
        verdicts = summary(path)["errors"]["by_verdict"]
        other = verdicts["unmatched"] + verdicts["nat"]  # which a few are by chance
        assert other == errors and verdicts["nat"] <= errors / 1000, (name, verdicts)
    os.remove(path)
    return [["%s: %s" % (name, program), fixed(figure.wall, 3), fixed(figure.cpu, 3),
             fixed(figure.peak, 1), number(ratio(figure.instructions, count + errors))]
            for program, figure in figures.items()]


def searches(runs, only):
    chosen = [one for one in SEARCHES if only in one[0]]
    if chosen:
        print("%s errors about unseen flows behind %s packets:" % (
            number(scaled(ERRORS)), number(scaled(5 * ERRORS))))
        measuring.table(["", "wall s", "CPU s", "peak MiB", "instructions a packet"],
                        (row for one in chosen for row in search_rows(*one, runs)))


def main():
    runs = measuring.environment("FLOODS_RUNS", 3)
    only = os.environ.get("FLOODS_ONLY", "")
    print("%s\nMedians of %d." % (measuring.machine(), runs))
    reasons = floods(runs, only)
    searches(runs, only)
    if os.environ.get("FLOODS_CHECK"):
        return 0
    print("\n".join(["Missed:", *reasons]) if reasons else "None missed.")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
