#!/usr/bin/env python3
"""Captures as they come: compressed, several at once, still being written, byte by byte through a
pipe, and more of them than may be open."""

import functools
import gzip
import json
import os
import random
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
import generate_layers
import generate_packets
import generate_timeline
import harness
from harness import DAMAGED, FAILED, OK

NDJSON = ("--format", "ndjson")
SECOND = 10**9
PATIENCE = 10  # seconds, on a busy machine, for what must come at once


class Bench:
    """The checks, a directory to work in, and a capture of a hundred refused datagrams."""

    def __init__(self, checks, directory):
        self.checks = checks
        self.directory = directory
        line = generate_timeline.Timeline()
        for _ in range(25):
            generate_layers.exchange(line)
        self.frames = line.frames
        self.plain = line.pcap()
        self.put("plain.pcap", self.plain)
        self.lines = self.icmp(self.run("plain.pcap").out)
        checks.equal(len(self.lines), 50, "icmp records of the plain capture")

    def put(self, name, data):
        with open(os.path.join(self.directory, name), "wb") as file:
            file.write(data)
        return name

    def run(self, *args, **how):
        return harness.Run([*NDJSON, *args], cwd=self.directory, **how)

    def start(self, *args, **how):
        how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.Popen([harness.program(), *args], cwd=self.directory, **how)

    def ended(self, run, status, *words):
        """With this exit status, and a line on stderr that has these words, or none."""
        self.checks.equal(run.status, status, run.args, "exit status", run.err)
        self.checks.equal(run.err.count(b"\n"), 1 if words else 0, run.args, "lines", run.err)
        for word in words:
            self.checks.that(word in run.err.decode(), run.args, "without", word, run.err)

    @staticmethod
    def icmp(out, strip=()):
        """The icmp records, without what names the capture."""
        lines = []
        for line in out.splitlines():
            record = json.loads(line)
            for place in record, record.get("match", {}):
                for key in ("pcap_filename", *strip):
                    place.pop(key, None)
            if record["event_type"] == "icmp":
                lines.append(record)
        return lines


def flows(out):
    """The flow records in an order of their own, without what names the capture."""
    found = []
    for line in out.splitlines():
        record = json.loads(line)
        if record["event_type"] == "flow":
            record.pop("pcap_filename", None)
            found.append(json.dumps(record, sort_keys=True))
    return sorted(found)


# ---- compressed ----------------------------------------------------------------------------------


def zstd(data, *options):
    """None without the command."""
    if shutil.which("zstd") is None:
        return None
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def supported(bench, data):
    """Whether this build reads it; where it does not, that it says so."""
    run = bench.run("-", stdin=data)
    if b"is compressed" not in run.err:
        return True
    bench.ended(run, FAILED, "; decompress it first")
    print("not in this build:", run.err.decode().strip())
    return False


@functools.cache
def compressions(bench):
    """(name, what compresses) of those that this build reads and this machine makes."""
    kinds = [("gzip", lambda data: gzip.compress(data, 6)), ("zstd", zstd)]
    return [(name, pack) for name, pack in kinds
            if pack(b"") is not None and supported(bench, pack(bench.plain))]


def compressed(bench):
    """Whatever the file is called, and also on standard input."""
    for _, pack in compressions(bench):
        half = len(bench.plain) // 2
        forms = [pack(bench.plain), pack(bench.plain[:half]) + pack(bench.plain[half:]),
                 pack(b"") + pack(bench.plain) + pack(b"")]
        for data in forms:
            bench.put("any.name", data)
            for run in bench.run("any.name"), bench.run("-", stdin=data):
                bench.ended(run, OK)
                bench.checks.that(bench.icmp(run.out) == bench.lines, run.args, "other records")


def every_capture_compressed(bench):
    for path in harness.captures_in(harness.PCAPS):
        with open(path, "rb") as file:
            data = file.read()
        whole = bench.run(path)
        for name, pack in compressions(bench):
            run = bench.run("-", stdin=pack(data))
            bench.checks.equal(run.status, whole.status, path, name)
            bench.checks.that(bench.icmp(run.out) == bench.icmp(whole.out), path, name, "records")
            bench.checks.that(flows(run.out) == flows(whole.out), path, name, "flows")


def compressed_and_cut(bench):
    """What could be read is given, then one line says where the compressed file ends."""
    chance = random.Random(1)
    for name, pack in compressions(bench):
        noise = [(ns, data + chance.randbytes(900), wire + 900) for ns, data, wire in bench.frames]
        data = pack(generate_packets.pcap(noise))
        before = 0
        for cut in range(5, len(data), len(data) // 60):
            run = bench.run("-", stdin=data[:cut])
            got = bench.icmp(run.out)
            bench.ended(run, FAILED if not run.out else DAMAGED,
                        "standard input: truncated at byte %d, inside the %s data" % (cut, name))
            bench.checks.that(got == bench.lines[:len(got)], name, cut, "other records")
            bench.checks.that(len(got) >= before, name, cut, "fewer records than of less")
            before = len(got)
        if name == "gzip":
            bench.checks.that(before > 40, name, "only", before, "records of nearly all")


def compressed_and_damaged(bench):
    for name, pack in compressions(bench):
        data = bytearray(pack(bench.plain))
        run = bench.run("-", stdin=bytes(data) + b"garbage")
        bench.ended(run, DAMAGED, "damaged at byte %d, behind the %s data" % (len(data), name))
        bench.checks.that(bench.icmp(run.out) == bench.lines, name, "records before garbage")
        for at in range(len(data) // 2, len(data) // 2 + 8):
            data[at] ^= 0xFF
        run = bench.run("-", stdin=bytes(data))
        bench.checks.that(run.status in (FAILED, DAMAGED), name, "damaged, exit", run.status)
        bench.checks.equal(run.err.count(b"\n"), 1, name, "damaged", run.err)


def measure(bench, name):
    """(seconds, peak KiB, stderr) of one run over a file. No peak where the tests' own program
    that measures it is not built, or under sanitizers, which have one of their own."""
    started = time.monotonic()
    tool = os.path.join(os.path.dirname(harness.program()), "tests", "bench", "measure")
    if not os.access(tool, os.X_OK) or "-fsanitize" in os.environ.get("TEST_CFLAGS", ""):
        err = bench.run("-q", name).err
        return time.monotonic() - started, 0, err
    done = subprocess.run([tool, "0", harness.program(), "-q", name], cwd=bench.directory,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return time.monotonic() - started, int(done.stdout.split()[2]), done.stderr


def bombs(bench):
    """10 GB of zeros behind a capture's records, in 10 MB; and a hundred thousand times the same
    packets, which have to be read, in the memory of a few."""
    if not any(name == "gzip" for name, _ in compressions(bench)):
        return
    _, usual, _ = measure(bench, "plain.pcap")
    zeros = gzip.compress(bytes(100 * 10**6), 9)
    bench.put("zeros.gz", gzip.compress(bench.plain) + zeros * 100)
    seconds, peak, err = measure(bench, "zeros.gz")
    where = "once decompressed, damaged at byte %d: zeros in place of frame %d" % (
        len(bench.plain), len(bench.frames) + 1)
    bench.checks.that(where in err.decode(), "bomb:", err)
    bench.checks.that(seconds < PATIENCE, "bomb: took", seconds, "seconds")
    bench.checks.that(peak < usual + 8192, "bomb: KiB", peak, "usual", usual)
    bench.put("same.gz", gzip.compress(bench.plain) + gzip.compress(bench.plain[24:] * 1000, 9))
    _, peak, err = measure(bench, "same.gz")
    bench.checks.equal(err, b"", "the same again and again")
    bench.checks.that(peak < usual + 65536, "the same again: KiB", peak, "usual", usual)


# ---- several -------------------------------------------------------------------------------------


def merged(bench):
    """Dealt out to a pcap, a compressed pcapng and standard input, it is what it was in one; and
    what mergecap makes of the three."""
    kinds = compressions(bench)
    ng = generate_packets.Pcapng()
    ng.interface(generate_packets.ETHERNET, resolution=9)
    for ns, data, wire in bench.frames[1::3]:
        ng.enhanced(0, ns, data, wire)
    last = generate_packets.pcap(bench.frames[2::3], order=">", nanoseconds=True)
    bench.put("a.pcap", generate_packets.pcap(bench.frames[::3]))
    bench.put("b.pcapng", ng.bytes())
    bench.put("b.packed", kinds[0][1](ng.bytes()) if kinds else ng.bytes())
    bench.put("c.pcap", last)
    numbers = ("pcap_cnt",)
    whole = bench.run("plain.pcap").out
    run = bench.run("a.pcap", "b.packed", "-", stdin=last)
    bench.ended(run, OK)
    bench.checks.that(bench.icmp(run.out, numbers) == bench.icmp(whole, numbers), "dealt out")
    bench.checks.that(flows(run.out) == flows(whole), "dealt out: flows")
    files = {record["pcap_filename"] for record in run.records() if "pcap_cnt" in record}
    bench.checks.that(files == {"a.pcap", "b.packed", "-"}, "dealt out: files", files)
    if shutil.which("mergecap") is None:
        print("no mergecap")
        return
    subprocess.run(["mergecap", "-w", "merged", "a.pcap", "b.pcapng", "c.pcap"], check=True,
                   cwd=bench.directory)
    other = bench.run("merged").out
    bench.checks.that(bench.icmp(run.out, numbers) == bench.icmp(other, numbers), "by mergecap")


def many(bench):
    """More captures than may be open by default, up to what the system allows; then it says so."""
    names = [bench.put("many-%03d.pcap" % i, generate_packets.pcap(bench.frames[i:i + 1]))
             for i in range(100)]

    def run(soft, hard):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        process = bench.start("-j", *names, preexec_fn=limit, stdin=subprocess.DEVNULL)
        out, err = process.communicate(timeout=60)
        return process.returncode, json.loads(out)["packets"], err

    bench.checks.equal(run(50, 500), (OK, 100, b""), "a soft limit that can be raised")
    status, packets, err = run(50, 50)
    bench.checks.equal(status, FAILED, "too many: exit status")
    bench.checks.that(30 < packets < 50, "too many: packets", packets)
    lines = err.decode().splitlines()
    bench.checks.equal(len(lines), 100 - packets, "too many: lines")
    bench.checks.that(all("Too many open files" in line and "ulimit -n" in line for line in lines),
                      "too many:", lines[:1])


# ---- limits --------------------------------------------------------------------------------------


def at(*seconds):
    """The first frame of an exchange, at these times."""
    frame = generate_layers.exchange(generate_timeline.Timeline()).frames[0][1]
    return generate_packets.pcap([(round(s * SECOND), frame, len(frame)) for s in seconds],
                                 nanoseconds=True)


def packets(run):
    return [record["stats"]["packets"] for record in run.records()
            if record["event_type"] == "stats"][-1]


def duration(bench):
    """The packet at the very end is out, the one a nanosecond before is in."""
    bench.put("times.pcap", at(100, 100.5, 100.999999999, 101, 101.5, 100.2))
    bench.put("early.pcap", at(99.9, 100.3))
    for options, files, wanted in (
            (["--duration", "1"], ["times.pcap"], 3),
            (["--duration", "1.000000001"], ["times.pcap"], 4),
            (["--duration", "0.5"], ["times.pcap"], 1),
            (["--duration", "0.500000001"], ["times.pcap"], 2),
            (["--duration", "100"], ["times.pcap"], 6),
            # The first packet of the timeline starts it, whichever file is named first.
            (["--duration", "0.6"], ["times.pcap", "early.pcap"], 3),
            (["--duration", "0.6"], ["early.pcap", "times.pcap"], 3),
            (["--duration", "1", "-c", "2"], ["times.pcap"], 2),
            (["-c", "1"], ["times.pcap", "early.pcap"], 1),
            (["-c", "8"], ["times.pcap", "early.pcap"], 8),
            (["-c", "9"], ["times.pcap", "early.pcap"], 8)):
        run = bench.run(*options, *files)
        bench.ended(run, OK)
        bench.checks.equal(packets(run), wanted, run.args, "packets")
    # A clock that was set back after the first packet does not move the beginning.
    bench.put("back.pcap", at(100, 1, 2, 100.5))
    bench.checks.equal(packets(bench.run("--duration", "1", "back.pcap")), 4, "set back: packets")


def limits_count_what_passed(bench):
    """Every fourth frame is an IPv4 error, a millisecond after its datagram; four between them."""
    run = bench.run("-f", "icmp", "-c", "3", "plain.pcap")
    bench.checks.equal(packets(run), 3, run.args, "packets")
    bench.checks.equal([record["pcap_cnt"] for record in bench.icmp(run.out)], [2, 6, 10], run.args)
    run = bench.run("-f", "icmp", "--duration", "0.008", "plain.pcap")
    bench.checks.equal([record["pcap_cnt"] for record in bench.icmp(run.out)], [2, 6], run.args)


# ---- as it is written ----------------------------------------------------------------------------


def growing(bench):
    """A capture is read to the end that it has: a whole packet's, or it is truncated."""
    end = 24 + sum(16 + len(data) for _, data, _ in bench.frames[:4])
    for size, status, count in (end, OK, 2), (end + 9, DAMAGED, 2), (end - 1, DAMAGED, 1):
        bench.put("growing.pcap", bench.plain[:size])
        run = bench.run("growing.pcap")
        bench.ended(run, status, *["truncated at byte %d" % size] * (status == DAMAGED))
        bench.checks.equal(len(bench.icmp(run.out)), count, "growing, bytes", size)


def trickle(bench):
    """A byte at a time, with pauses."""
    end = 24 + sum(16 + len(data) for _, data, _ in bench.frames[:4])
    data = bench.plain[:end]
    forms = [data] + [pack(data) for _, pack in compressions(bench)]
    for form in forms:
        process = bench.start(*NDJSON, "-")
        for i in range(len(form)):
            process.stdin.write(form[i:i + 1])
            process.stdin.flush()
            if i % 50 == 0:
                time.sleep(0.002)
        out, err = process.communicate(timeout=60)
        bench.checks.equal((process.returncode, err), (OK, b""), "trickle")
        bench.checks.that(bench.icmp(out) == bench.lines[:2], "trickle: other records", out)


def read_line(process):
    """A line of its stdout, or None where none comes in time."""
    line, until = b"", time.monotonic() + PATIENCE
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], until - time.monotonic())
        if not ready:
            return None
        got = os.read(process.stdout.fileno(), 1)
        if not got:
            return None
        line += got
    return line


def streams(bench):
    """(name, pieces) of the first exchange: what must be there for its record to come, and then
    what is needed for the next."""
    def pieces(head, records):
        return [head + records[0] + records[1], records[2] + records[3]]
    records = [generate_packets.pcap([frame])[24:] for frame in bench.frames[:4]]
    yield "pcap", pieces(bench.plain[:24], records)
    ng = generate_packets.Pcapng()
    ng.interface(generate_packets.ETHERNET)
    for ns, data, wire in bench.frames[:4]:
        ng.enhanced(0, ns // 1000, data, wire)
    yield "pcapng", pieces(b"".join(ng.blocks[:2]), ng.blocks[2:])
    if any(name == "gzip" for name, _ in compressions(bench)):
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        yield "gzip", [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
                       for piece in pieces(bench.plain[:24], records)]


def at_once(bench):
    """With -l a record is out as soon as its packet is whole, while the pipe stays open; SIGINT
    then ends it."""
    for name, pieces in streams(bench):
        process = bench.start(*NDJSON, "-l", "--events", "icmp", "-")
        for piece in pieces:
            process.stdin.write(piece)
            process.stdin.flush()
            line = read_line(process)
            if not bench.checks.that(line is not None, name, "no record came"):
                break
            bench.checks.equal(json.loads(line)["match"]["verdict"], "exact", name)
        process.send_signal(signal.SIGINT)
        bench.checks.equal(process.wait(timeout=PATIENCE), OK, name, "after SIGINT")
        process.communicate()


def count_ends_a_pipe(bench):
    """-c needs no packet after the last one."""
    process = bench.start(*NDJSON, "-c", "2", "-")
    process.stdin.write(bench.plain[:24 + sum(16 + len(f[1]) for f in bench.frames[:2])])
    process.stdin.flush()
    try:
        status = process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        status = "still there"
    bench.checks.equal(status, OK, "-c 2 of an open pipe")
    out, _ = process.communicate()
    bench.checks.equal(len(bench.icmp(out)), 1, "-c 2 of an open pipe: records")


TESTS = (compressed, every_capture_compressed, compressed_and_cut, compressed_and_damaged, bombs,
         merged, many, duration, limits_count_what_passed, growing, trickle, at_once,
         count_ends_a_pipe)


def main(args):
    checks = harness.Checks()
    with harness.scratch() as directory:
        bench = Bench(checks, directory)
        for test in TESTS:
            if not args or test.__name__ in args:
                print("==", test.__name__, flush=True)
                test(bench)
    checks.finish()


main(sys.argv[1:])
