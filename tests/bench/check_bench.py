#!/usr/bin/env python3
"""The benchmarks with a few packets: that they run, that what they measure is the whole job, and that
a limit that is missed is told. No time is judged."""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import bench
import floods
import growth
import measuring

HERE = os.path.dirname(os.path.abspath(__file__))
PACKETS = 5000


def run(script, *args, **settings):
    subprocess.run([sys.executable, os.path.join(HERE, script), *args],
                   env=dict(os.environ, **settings), check=True)


def summary(path):
    return floods.summary(path)


def check_capture(capture, directory):
    """What the generator says it wrote is what is read, each error tied or not as it meant it."""
    path = os.path.join(directory, "capture.pcap")
    flows = max(1, capture.flows * PACKETS // capture.packets)
    written = subprocess.run(["tests/bench/generate", "-n", str(PACKETS), "-f", str(flows),
                              *capture.options, path], check=True, stdout=subprocess.PIPE)
    errors, tieable = map(int, written.stdout.split())
    counted = int(subprocess.run(["tests/bench/loop", path], check=True,
                                 stdout=subprocess.PIPE).stdout)
    document = summary(path)
    verdicts = document["errors"]["by_verdict"]
    assert document["packets"] == counted == PACKETS, (document["packets"], counted)
    assert document["errors"]["total"] == errors, (errors, document["errors"])
    assert verdicts["exact"] == tieable and verdicts["unmatched"] == errors - tieable, (
        tieable, verdicts)
    assert document["health"]["bad_checksum"] == 0, document["health"]
    alone = capture.letter == "c"
    assert document["icmp"]["messages"] == (PACKETS if alone else errors), document["icmp"]
    assert (tieable > 0) == (capture.letter != "e") and (errors > tieable) == alone


def check_judgement():
    """By hand: each limit just held, and just missed."""
    limits = floods.Limits(seconds=1.0, mib=32, times=2.0)

    def figure(wall, cpu, peak):
        return measuring.Figure(wall, cpu, peak, None)

    like = figure(1.0, 0.5, 1)
    assert not floods.missed(limits, figure(1.0, 1.0, 32), figure(9, 2.3, 99), like)
    assert len(floods.missed(limits, figure(1.01, 1.0, 32), figure(9, 2.3, 99), like)) == 1
    assert len(floods.missed(limits, figure(1.0, 1.0, 32.1), figure(9, 2.3, 99), like)) == 1
    assert len(floods.missed(limits, figure(1.0, 1.01, 32), figure(9, 2.3, 99), like)) == 1
    assert len(floods.missed(limits, figure(1.0, 1.0, 32), figure(9, 2.31, 99), like)) == 1
    first = growth.Point(1000, 1, figure(1.0, 1.0, 1))
    assert growth.growth(growth.Point(8000, 1, figure(8.0, 9.6, 1)), first) == (1.0, 1.2, None)
    scaled = bench.scaled(figure(1.5, 1.25, 7), figure(0.5, 0.25, 3), 10)
    assert scaled == figure(10.5, 10.25, 7), scaled


def check_runs(directory):
    settings = {"BENCH_DIR": directory, "BENCH_PACKETS": "1000", "BENCH_RUNS": "1",
                "GROWTH_PACKETS": "500", "GROWTH_RUNS": "1", "FLOODS_SCALE": "0.1",
                "FLOODS_RUNS": "1", "FLOODS_CHECK": "1", "MEMORY_SCALE": "0.1", "MEMORY_CHECK": "1",
                "MEMORY_ONLY": "mixed"}
    run("bench.py", **settings, BENCH_ONLY="abde", BENCH_CUT="0")
    run("bench.py", **settings, BENCH_ONLY="c", BENCH_CUT="20")
    run("growth.py", os.path.join(directory, "growth.svg"), **settings)
    run("floods.py", **settings)
    if "-fsanitize" not in os.environ.get("TEST_CFLAGS", ""):  # these have memory of their own
        run("memory.py", **settings)


def main():
    check_judgement()
    with tempfile.TemporaryDirectory(prefix="icmpscope-bench-") as directory:
        for capture in bench.CAPTURES:
            check_capture(capture, directory)
        check_runs(directory)


main()
