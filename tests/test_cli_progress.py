#!/usr/bin/env python3
"""How far it is, told while captures are read: a line on a terminal's stderr, and on a signal."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import generate_layers
import generate_timeline
import harness
from harness import OK

PATIENCE = 10  # seconds, on a busy machine, for what must come at once


class Bench:
    """The checks, and a capture of a hundred frames, every second of them an error."""

    def __init__(self, checks):
        self.checks = checks
        line = generate_timeline.Timeline()
        for _ in range(25):
            generate_layers.exchange(line)
        self.frames = line.frames
        self.plain = line.pcap()

    @staticmethod
    def start(*args, **how):
        how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.Popen([harness.program(), *args], **how)


def watch(bench, *args, stdout=subprocess.PIPE, term="xterm"):
    """What a terminal on stderr (and stdout) gets while the capture comes slowly through a pipe."""
    ours, theirs = pty.openpty()
    environment = dict(os.environ, TERM=term, NO_COLOR="1")
    process = bench.start(*args, "-", stderr=theirs, env=environment,
                          stdout=theirs if stdout == "terminal" else stdout)
    os.close(theirs)
    size = len(bench.plain) // 12
    for i in range(0, len(bench.plain), size):
        process.stdin.write(bench.plain[i:i + size])
        process.stdin.flush()
        time.sleep(0.08)
    process.stdin.close()
    shown = b""
    try:
        while True:
            got = os.read(ours, 65536)
            if not got:
                break
            shown += got
    except OSError:  # EIO: the other side is closed
        pass
    os.close(ours)
    out = process.stdout.read() if process.stdout else b""
    if process.stdout:
        process.stdout.close()
    bench.checks.equal(process.wait(timeout=PATIENCE), OK, args, "watched")
    return shown.decode(), out


def screen(text):
    """The lines that are left standing, as a terminal shows them."""
    lines = [[]]
    column = 0
    for character in text:
        if character == "\r":
            column = 0
        elif character == "\n":
            lines.append([])
        else:
            line = lines[-1]
            line.extend(" " * (column + 1 - len(line)))
            line[column] = character
            column += 1
    return [line for line in ("".join(line).rstrip() for line in lines) if line]


def progress_line(bench):
    """Redrawn in its place, plain ASCII, narrower than the terminal; nothing of it stays."""
    shown, out = watch(bench, "--format", "json")
    drawn = [part.rstrip() for part in shown.split("\r") if part.strip()]
    bench.checks.that(1 <= len(drawn) <= 15, "drawn", len(drawn), "times", shown)
    bench.checks.that(all(" ICMP messages, " in part and "/s, " in part for part in drawn), drawn)
    bench.checks.that(all(len(part) < 80 and part.isascii() and part.isprintable()
                          for part in drawn), drawn)
    bench.checks.equal(screen(shown), [], "left on the terminal")
    bench.checks.equal(json.loads(out)["packets"], 100, "progress line: the result")


def progress_line_and_text(bench):
    """On the same terminal as the summary it is gone before that comes."""
    shown, _ = watch(bench, "--format", "text", stdout="terminal")
    bench.checks.that(" ICMP messages, " in shown, "no line beside text", shown)
    left = screen(shown)
    bench.checks.that(left and left[0].startswith("icmpscope  "), "left before the text", left[:2])
    bench.checks.that(not any(" ICMP messages, " in line for line in left), "left", left)


def no_progress_line(bench):
    for args, how in ((["--progress", "never", "-j"], {}), (["-J"], {"stdout": "terminal"}),
                      (["-j"], {"term": "dumb"})):
        shown, _ = watch(bench, *args, **how)
        bench.checks.that("ICMP messages," not in shown, args, "shows a line", shown)
    shown, _ = watch(bench, "-J")
    bench.checks.that(" ICMP messages, " in shown, "no line beside ndjson in a pipe")


def status_on_signal(bench):
    """SIGUSR1 prints one line and disturbs nothing, while the pipe is idle, too."""
    half = 24 + sum(16 + len(frame[1]) for frame in bench.frames[:50])
    process = bench.start("-J", "--events", "icmp", "-")
    process.stdin.write(bench.plain[:half])
    process.stdin.flush()
    time.sleep(0.5)
    for _ in range(2):
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.1)
    process.stdin.write(bench.plain[half:])
    out, err = process.communicate(timeout=60)
    lines = err.decode().splitlines()
    bench.checks.equal(process.returncode, OK, "SIGUSR1: exit status")
    bench.checks.equal(len(lines), 2, "SIGUSR1: lines", lines)
    bench.checks.that(all(line.startswith("icmpscope: ") and
                          line.endswith(", 25 ICMP messages, 50 packets") for line in lines), lines)
    records = [json.loads(line) for line in out.splitlines()]
    bench.checks.equal([record["pcap_cnt"] for record in records], list(range(2, 101, 2)),
                       "SIGUSR1: frames of the records")


TESTS = (progress_line, progress_line_and_text, no_progress_line, status_on_signal)


def main(args):
    checks = harness.Checks()
    bench = Bench(checks)
    for test in TESTS:
        if not args or test.__name__ in args:
            print("==", test.__name__, flush=True)
            test(bench)
    checks.finish()


main(sys.argv[1:])
