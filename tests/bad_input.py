#!/usr/bin/env python3
"""Bad input, and bad luck with the output, over the command: one line on stderr that names the
file, the exit status of the contract, and never a partial result in the place of a whole one."""

import json
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import generate_captures
import generate_layers
import generate_packets
import generate_timeline
import harness
from harness import DAMAGED, FAILED, OK, USAGE

FORMATS = ("text", "json", "ndjson", "ecs")
PCAP_HEADER, RECORD_HEADER = 24, 16
SIGPIPE_EXIT = -signal.SIGPIPE


class Bench:
    """The checks, and a directory of captures in which each runs."""

    def __init__(self, checks, directory):
        self.checks = checks
        self.directory = directory
        line = generate_layers.exchange(generate_timeline.Timeline())
        self.frames = line.frames
        self.good = line.pcap()
        self.put("good.pcap", self.good)

    def path(self, name):
        return os.path.join(self.directory, name)

    def put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return name

    def get(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run(self, *args, **how):
        return harness.Run(list(args), cwd=self.directory, **how)

    def one_line(self, run, *words):
        """stderr is one line of the command's, in which each of the words stands."""
        text = run.err.decode("utf-8", "replace")
        self.checks.that(text.startswith("icmpscope: ") and text.endswith("\n")
                         and text.count("\n") == 1, run.args, "stderr is", repr(text))
        for word in words:
            self.checks.that(word in text, run.args, "stderr without", repr(word), repr(text))

    def status(self, run, wanted):
        self.checks.equal(run.status, wanted, run.args, "exit status")


def whole_records(data, frames):
    """How many frames of a capture stand whole in these bytes of it, and whether they end there."""
    end, count = PCAP_HEADER, 0
    while count < len(frames) and end + RECORD_HEADER + len(frames[count][1]) <= len(data):
        end += RECORD_HEADER + len(frames[count][1])
        count += 1
    return count, end == len(data)


# ---- what cannot be read -------------------------------------------------------------------------


def not_captures(bench):
    """Each alone: nothing comes out. Each among good ones: those are read all the same."""
    os.mkdir(bench.path("directory.pcap"))
    bench.put("empty.pcap", b"")
    bench.put("text.pcap", b"This is no capture, but a letter.\n" * 20)
    bench.put("one-byte.pcap", b"\xd4")
    bench.put("magic-only.pcap", bench.good[:4])
    bench.put("header-cut.pcap", bench.good[:PCAP_HEADER - 1])
    bench.put("ng-cut.pcapng", generate_packets.Pcapng().bytes()[:12])
    bench.put("noise.pcap", bytes(range(255, -1, -1)) * 8)
    names = ["missing.pcap", "directory.pcap", "empty.pcap", "text.pcap", "one-byte.pcap",
             "magic-only.pcap", "header-cut.pcap", "ng-cut.pcapng", "noise.pcap"]
    if os.geteuid() != 0:
        bench.put("secret.pcap", bench.good)
        os.chmod(bench.path("secret.pcap"), 0)
        names.append("secret.pcap")
    for name in names:
        for form in FORMATS:
            run = bench.run("--format", form, name)
            bench.status(run, FAILED)
            bench.one_line(run, name + ": ")
            bench.checks.equal(run.out, b"", run.args, "stdout")
        run = bench.run("--format", "ndjson", "--events", "icmp", "good.pcap", name)
        bench.status(run, FAILED)
        bench.one_line(run, name + ": ")
        bench.checks.equal(len(run.records()), 2, run.args, "records of the good one")
    run = bench.run("-r", "good.pcap", "missing.pcap", "text.pcap", "empty.pcap")
    bench.checks.equal(run.err.count(b"\n"), 3, "a line for each of three bad files", run.err)


def without_packets(bench):
    """A capture that holds nothing is whole."""
    bench.put("no-packets.pcap", bench.good[:PCAP_HEADER])
    bench.put("no-packets.pcapng", generate_packets.Pcapng().bytes())
    for name in "no-packets.pcap", "no-packets.pcapng":
        for form in FORMATS:
            run = bench.run("--format", form, name)
            bench.status(run, OK)
            bench.checks.equal(run.err, b"", run.args, "stderr")
        bench.checks.equal(json.loads(bench.run("-j", name).out)["packets"], 0, name)


# ---- what is cut off or damaged ------------------------------------------------------------------


def truncated(bench):
    """At every byte: what stands before the cut comes out, and the offset is named."""
    for cut in harness.some(range(PCAP_HEADER, len(bench.good))):
        data = bench.good[:cut]
        bench.put("cut.pcap", data)
        count, clean = whole_records(data, bench.frames)
        run = bench.run("--format", "ndjson", "--events", "icmp,stats", "cut.pcap")
        bench.status(run, OK if clean else DAMAGED)
        if clean:
            bench.checks.equal(run.err, b"", run.args, cut, "stderr")
        else:
            bench.one_line(run, "cut.pcap: ")
            offset_named(bench, run, data, count)
        icmp = [record for record in run.records() if record["event_type"] == "icmp"]
        bench.checks.equal(len(icmp), count // 2, "cut at", cut, "icmp records")


def offset_named(bench, run, data, count):
    """Where the record begins that is not whole, or where in it the file ends."""
    begin = PCAP_HEADER + sum(RECORD_HEADER + len(frame[1]) for frame in bench.frames[:count])
    digits = "".join(c if c.isdigit() else " " for c in run.err.decode())
    numbers = {int(word) for word in digits.split()}
    bench.checks.that(numbers & set(range(begin, len(data) + 1)), run.args, "an offset between",
                      begin, "and", len(data), "in", run.err)


def truncated_ng(bench):
    file = generate_packets.Pcapng()
    file.interface(generate_packets.ETHERNET)
    ends = [len(file.bytes())]
    for ns, data, _ in bench.frames:
        file.enhanced(0, ns // 1000, data)
        ends.append(len(file.bytes()))
    whole = file.bytes()
    for cut in harness.some(range(len(file.blocks[0]), len(whole))):
        bench.put("cut.pcapng", whole[:cut])
        run = bench.run("--format", "ndjson", "--events", "icmp", "cut.pcapng")
        clean = cut in ends or cut == len(file.blocks[0])
        bench.status(run, OK if clean else DAMAGED)
        if not clean:
            bench.one_line(run, "cut.pcapng: ")
        count = sum(end <= cut for end in ends[1:])
        bench.checks.equal(len(run.records()), count // 2, "ng cut at", cut, "icmp records")


def damaged(bench):
    """Garbage where the header of the third record should be."""
    before = PCAP_HEADER + sum(RECORD_HEADER + len(frame[1]) for frame in bench.frames[:2])
    huge = struct.pack("<IIII", 1763629200, 0, 0xFFFFFFF0, 0xFFFFFFF0)
    noise = bytes(byte | 0x80 for byte in range(200))
    for number, garbage in enumerate((huge, noise, huge + bench.good[before:])):
        name = bench.put("damaged-%d.pcap" % number, bench.good[:before] + garbage)
        run = bench.run("--format", "ndjson", "--events", "icmp", name, "good.pcap")
        bench.status(run, DAMAGED)
        bench.one_line(run, name + ": ", str(before))
        files = [record["pcap_filename"] for record in run.records()]
        bench.checks.equal(sorted(files), [name] + ["good.pcap"] * 2, run.args, "records")
    name = bench.put("damaged.pcap", bench.good[:before] + noise)
    for form in FORMATS:
        run = bench.run("--format", form, name)
        bench.status(run, DAMAGED)
        bench.checks.that(run.out, run.args, "says nothing of what could be read")


def time_runs_wild(bench):
    """Times that jump, and a fraction of a second beyond any, are said and change nothing else."""
    frames = [(ns, data, wire) for ns, data, wire in bench.frames]
    frames[2] = (0, *frames[2][1:])
    bench.put("backwards.pcap", generate_packets.pcap(frames))
    data = bytearray(bench.good)
    data[PCAP_HEADER + 4:PCAP_HEADER + 8] = struct.pack("<I", 4 * 10**9)
    bench.put("fraction.pcap", bytes(data))
    for name in "backwards.pcap", "fraction.pcap":
        run = bench.run("--format", "ndjson", "--events", "icmp", name)
        bench.checks.that(run.status in (OK, DAMAGED), name, "exit", run.status)
        bench.checks.equal(len(run.records()), 2, name, "icmp records")


def zeros_at_the_end(bench):
    """A tail of zeros, as of a file that was to grow, is no millions of packets."""
    bench.put("zeros.pcap", bench.good)
    with open(bench.path("zeros.pcap"), "r+b") as file:
        file.truncate(1 << 30)
    started = time.monotonic()
    run = bench.run("--format", "ndjson", "--events", "icmp", "zeros.pcap")
    bench.status(run, DAMAGED)
    bench.one_line(run, "zeros.pcap: ", str(len(bench.good)))
    bench.checks.equal(len(run.records()), 2, "zeros: icmp records")
    bench.checks.that(time.monotonic() - started < 10, "zeros: took too long")


# ---- standard input ------------------------------------------------------------------------------


def standard_input(bench):
    for args in ["-"], ["-r", "-"]:
        run = bench.run("--format", "ndjson", "--events", "icmp", *args, stdin=bench.good)
        bench.status(run, OK)
        bench.checks.equal(len(run.records()), 2, run.args, "icmp records")
    run = bench.run("-", stdin=bench.good[:-1])
    bench.status(run, DAMAGED)
    bench.one_line(run, "standard input: ")
    for data in b"", b"no capture at all, but a text":
        run = bench.run("-", stdin=data)
        bench.status(run, FAILED)
        bench.one_line(run, "standard input: ")


def interrupted(bench):
    """SIGINT ends the reading of a pipe that stays open; what there is comes out."""
    for number in signal.SIGINT, signal.SIGTERM:
        process = subprocess.Popen([harness.program(), "--format", "text", "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdin.write(bench.good)
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
        out, err = process.communicate()
        bench.checks.equal((process.returncode, err), (OK, b""), number, "while reading a pipe")
        bench.checks.that(b"4 packets, 2 ICMP" in out, number, "printed", out)


# ---- the output ----------------------------------------------------------------------------------


def full_disk(bench):
    for form in FORMATS:
        with open("/dev/full", "wb") as full:
            run = bench.run("--format", form, "good.pcap", stdout=full)
        bench.status(run, FAILED)
        bench.one_line(run, "standard output: ", "No space left on device")
        run = bench.run("--format", form, "-o", "/dev/full", "good.pcap")
        bench.status(run, FAILED)
        bench.one_line(run, "/dev/full: ", "No space left on device")
    for option in "--help", "--version":
        with open("/dev/full", "wb") as full:
            run = bench.run(option, stdout=full)
        bench.status(run, FAILED)
        bench.one_line(run, "standard output: ")


def closed_pipe(bench):
    """`icmpscope … | head -1`, with SIGPIPE as shells leave it, and ignored, as services do."""
    for restore in True, False:
        command = [harness.program(), "--format", "ndjson", "-l", "lengths.pcap"]
        process = subprocess.Popen(command, cwd=bench.directory, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, restore_signals=restore)
        json.loads(process.stdout.readline())
        process.stdout.close()
        err = process.stderr.read()
        bench.checks.that(process.wait(timeout=60) in (SIGPIPE_EXIT, FAILED), "closed pipe: exit",
                          process.returncode)
        bench.checks.equal(err, b"", "closed pipe: stderr")
        process.stderr.close()


def output_file(bench):
    """It appears when it is whole, and only then; the old one stays until that moment."""
    os.mkdir(bench.path("out"))

    def result(name, *args, wanted, content):
        before = set(os.listdir(bench.path("out")))
        run = bench.run("-o", "out/" + name, *args)
        bench.status(run, wanted)
        bench.checks.equal(run.out, b"", run.args, "stdout")
        names = set(os.listdir(bench.path("out")))
        bench.checks.equal(names, before | ({name} if content else set()), run.args, "files")
        if content and name in names:
            bench.checks.equal(bench.get("out/" + name), content, run.args, "content")
        return run

    whole = bench.run("good.pcap").out
    result("fresh", "good.pcap", wanted=OK, content=whole)
    bench.put("out/old", b"the old one\n")
    os.chmod(bench.path("out/old"), 0o640)
    result("old", "missing.pcap", wanted=FAILED, content=b"the old one\n")
    result("old", "-f", "no filter(", "good.pcap", wanted=USAGE, content=b"the old one\n")
    result("old", "good.pcap", wanted=OK, content=whole)
    bench.checks.equal(stat.S_IMODE(os.stat(bench.path("out/old")).st_mode), 0o640, "-o: mode")
    bench.put("cut.pcap", bench.good[:-1])
    cut = bench.run("cut.pcap").out
    result("old", "cut.pcap", wanted=DAMAGED, content=cut)
    run = result("absent/file", "good.pcap", wanted=FAILED, content=None)
    bench.one_line(run, "out/absent/file: ")


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def output_file_cut(bench):
    """A write that fails half way through leaves the old file and nothing else."""
    bench.put("out/kept", b"the old one\n")
    before = sorted(os.listdir(bench.path("out")))
    done = subprocess.run([harness.program(), "-J", "-o", "out/kept", "lengths.pcap"],
                          cwd=bench.directory, preexec_fn=limit_file_size, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    bench.checks.equal(done.returncode, FAILED, "-o cut: exit")
    bench.checks.that(done.stderr.startswith(b"icmpscope: out/kept: ") and
                      done.stderr.count(b"\n") == 1, "-o cut: stderr", done.stderr)
    bench.checks.equal(bench.get("out/kept"), b"the old one\n", "-o cut: content")
    bench.checks.equal(sorted(os.listdir(bench.path("out"))), before, "-o cut: files")


# ---- the command line ----------------------------------------------------------------------------


def wrong_usage(bench):
    bench.put("filter", b"# a comment\nicmp or (\n")
    for args in ([], ["--no-such-option", "good.pcap"], ["-Y", "good.pcap"],
                 ["-f", "icmp and and", "good.pcap"], ["-f", "tcp port", "good.pcap"],
                 ["-F", "filter", "good.pcap"], ["--format", "xml", "good.pcap"],
                 ["--format"], ["-c", "many", "good.pcap"], ["-c", "-1", "good.pcap"],
                 ["--duration", "-1", "good.pcap"], ["--duration", "nan", "good.pcap"],
                 ["--max-flows", "0", "good.pcap"], ["--max-flows", "9" * 30, "good.pcap"],
                 ["--events", "icmp,nonsense", "good.pcap"], ["--color", "perhaps", "good.pcap"],
                 ["--community-id-seed", "65536", "good.pcap"]):
        run = bench.run(*args)
        bench.status(run, USAGE)
        bench.one_line(run)
        bench.checks.equal(run.out, b"", args, "stdout")


def filter_hint(bench):
    """A filter in the place of a file, as tcpdump takes it."""
    for words in ["icmp"], ["icmp", "or", "icmp6"], ["host", "192.0.2.1"]:
        run = bench.run("good.pcap", *words)
        bench.one_line(run)
        text = " ".join(words)
        bench.checks.equal(run.err.decode(), "icmpscope: no such capture: %s; to filter, use -f "
                           "'%s'\n" % (text, text), words)
        bench.status(run, FAILED)
    run = bench.run("nosuchfile")
    bench.checks.that(b"-f" not in run.err, "a hint for what is no filter", run.err)


# ---- names that bite -----------------------------------------------------------------------------


def strange_names(bench):
    """Escapes, newlines and bytes that are no UTF-8, in the name of a capture."""
    for name in b"red\x1b[31m\nline.pcap", b"latin-\xe9\xff.pcap", b"c1-\xc2\x9b.pcap", \
            b"quote\"back\\slash.pcap", "h\u00fclle.pcap".encode():
        text = os.fsdecode(name)
        bench.put(text, bench.good)
        for form in FORMATS:
            run = bench.run("--format", form, text)
            bench.status(run, OK)
            check_harmless(bench, text, run.out)
            run.out.decode("utf-8")
        records = bench.run("--format", "ndjson", text).records()
        if name.isascii() or name.startswith(b"h"):
            bench.checks.equal({record["pcap_filename"] for record in records
                                if record["event_type"] == "icmp"}, {text}, "pcap_filename")
        bench.put(text, bench.good[:-1])
        run = bench.run(text)
        bench.status(run, DAMAGED)
        bench.one_line(run)
        check_harmless(bench, text, run.err)


def check_harmless(bench, name, output):
    text = output.decode("utf-8", "replace")
    bench.checks.that(all(c == "\n" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in text),
                      repr(name), "a control character in", repr(text[:200]))


TESTS = (not_captures, without_packets, truncated, truncated_ng, damaged, time_runs_wild,
         zeros_at_the_end, standard_input, interrupted, full_disk, closed_pipe, output_file,
         output_file_cut, wrong_usage, filter_hint, strange_names)


def main(args):
    checks = harness.Checks(most=100)
    with harness.scratch() as directory:
        generate_captures.write_all(directory)
        bench = Bench(checks, directory)
        for test in TESTS:
            if not args or test.__name__ in args:
                print("==", test.__name__, flush=True)
                test(bench)
    checks.finish()


main(sys.argv[1:])
