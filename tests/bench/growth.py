#!/usr/bin/env python3
"""How time grows with the input (`make bench-growth`): 1, 2, 4 and 8 times the small packets, of as
many flows each time and of as many times the flows. Linear is to mean within a tenth: what a packet
takes is held against the smallest capture. Plots into the file named as its argument, by gnuplot.

From the environment, or as variables of make:
GROWTH_PACKETS  packets of the smallest capture (1250000), a flow for each ten
GROWTH_RUNS     how often each is run (5); the medians are shown
BENCH_DIR       where the captures are made (bench-captures); each is removed after its runs"""

import collections
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import measuring
from measuring import fixed, number, ratio

TIMES = (1, 2, 4, 8)
PACKETS_OF_FLOW = 10
TOLERANCE = 1.10
SERIES = (("flows fixed", False), ("flows growing", True))
PROGRAMS = {
    "empty loop": ["tests/bench/loop"],
    "text": ["./icmpscope", "--format", "text"],
    "ndjson": ["./icmpscope", "--format", "ndjson"],
}
Point = collections.namedtuple("Point", "packets flows figure")


def captures(packets):
    """(series, packets, flows, path) of each capture; the smallest is in both series."""
    for series, growing in SERIES:
        for times in TIMES:
            flows = max(1, packets // PACKETS_OF_FLOW * (times if growing else 1))
            path = measuring.generated("growth", packets * times, flows, ["-s"])
            yield series, packets * times, flows, path


def lines_of(packets, runs):
    """{(series, program): its Points, a capture each}, all measured in turns."""
    made = list(captures(packets))
    figures = measuring.in_turns({(name, path): [*command, path] for *_, path in made
                                  for name, command in PROGRAMS.items()}, runs)
    lines = collections.defaultdict(list)
    for series, count, flows, path in made:
        for name in PROGRAMS:
            lines[series, name].append(Point(count, flows, figures[name, path]))
    for path in {path for *_, path in made}:
        os.remove(path)
    return lines


def growth(point, first):
    """What a packet takes, as (wall, CPU, instructions), to what it takes in the first."""
    factor = point.packets / first.packets
    return tuple(ratio(ratio(getattr(point.figure, what), getattr(first.figure, what)), factor)
                 for what in ("wall", "cpu", "instructions"))


def show(lines):
    """Returns what grows by more than it should, in words."""
    rows, over = [], []
    for (series, program), points in lines.items():
        for point in points:
            wall, cpu, instructions = growth(point, points[0])
            rows.append([
                "%s: %s" % (series, program), number(point.packets), number(point.flows),
                fixed(point.figure.wall, 3), fixed(point.figure.wall / point.packets * 1e9, 1),
                fixed(wall, 2), fixed(cpu, 2),
                number(ratio(point.figure.instructions, point.packets)), fixed(instructions, 3)])
            if wall > TOLERANCE:
                over.append("%s, %s, %s packets: %.2f" % (series, program, number(point.packets), wall))
    measuring.table(["", "packets", "flows", "wall s", "ns a packet", "to ×1", "CPU to ×1",
                     "instructions a packet", "to ×1"], rows)
    return over


def plot(lines, out):
    """The numbers stand beside the captures, for whoever wants to draw them otherwise."""
    if shutil.which("gnuplot") is None:
        print("not plotted: there is no gnuplot")
        return
    data = os.path.join(measuring.directory(), "growth.tsv")
    counted = all(point.figure.instructions is not None
                  for points in lines.values() for point in points)
    with open(data, "w", encoding="utf-8") as file:
        for (series, program), points in lines.items():
            file.write('"%s, %s"\n' % (program, series))
            for point in points:
                instructions = ratio(point.figure.instructions, point.packets)
                file.write("%d\t%.6f\t%s\n" % (point.packets, point.figure.wall,
                                               "NaN" if instructions is None else instructions))
            file.write("\n\n")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "growth.gnuplot")
    settings = "data='%s'; out='%s'; lines=%d; counted=%d" % (data, out, len(lines), counted)
    subprocess.run(["gnuplot", "-e", settings, script], check=True)
    print("plotted: %s" % out)


def main():
    runs = measuring.environment("GROWTH_RUNS", 5)
    packets = measuring.environment("GROWTH_PACKETS", 1_250_000)
    print("%s\nMedians of %d." % (measuring.machine(), runs))
    lines = lines_of(packets, runs)
    over = show(lines)
    print("Beyond a tenth more for a packet than in the smallest capture: %s."
          % ("; ".join(over) or "none"))
    if len(sys.argv) > 1:
        plot(lines, sys.argv[1])


if __name__ == "__main__":
    main()
