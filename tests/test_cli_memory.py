#!/usr/bin/env python3
"""--max-memory is a promise: floods of everything that is kept by key, under several caps, in each
format and with an evidence capture, and the peak that the kernel accounts for the process at its end."""

import gzip
import json
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import generate_packets
import harness

RAW = 101  # LINKTYPE_RAW
HERE4, THERE4 = bytes((192, 0, 2, 1)), bytes((198, 51, 100, 7))
HERE6 = bytes.fromhex("20010db8000000000000000000000001")
PREFIX6 = bytes.fromhex("20010db800010000")

RECORD = struct.Struct("<IIII")
IPV4 = struct.Struct("!BBHHHBBH4s4s")
UDP = struct.Struct("!HHHH")
DATAGRAM = struct.Struct("!BBHHHBBH4sIHHHH")  # IPv4 and UDP


class Capture:
    """Written as it grows: 100,000 packets a second of capture time."""

    def __init__(self, directory, name):
        self.path = os.path.join(directory, name)
        self.file = open(self.path, "wb", buffering=1 << 20)
        self.file.write(generate_packets.pcap([], RAW))
        self.count = 0

    def add(self, packet):
        self.file.write(RECORD.pack(1700000000 + self.count // 100000, self.count % 100000 * 10,
                                    len(packet), len(packet)) + packet)
        self.count += 1

    def done(self):
        self.file.close()
        return self.path


def ipv4(proto, src, dst, body, ident=1, fragment=0):
    return IPV4.pack(0x45, 0, 20 + len(body), ident, fragment, 64, proto, 0, src, dst) + body


def ipv6(proto, src, dst, body):
    return struct.pack("!IHBB", 6 << 28, len(body), proto, 64) + src + dst + body


def datagram(number):
    """A flow for each number."""
    return DATAGRAM.pack(0x45, 0, 28, number & 0xFFFF or 1, 0, 64, 17, 0, HERE4,
                         0x0A000000 + (number >> 14), 1024 + (number & 0x3FFF), 53, 8, 0)


def datagram6(number):
    return ipv6(17, HERE6, PREFIX6 + struct.pack("!Q", number), UDP.pack(4000, 53, 8, 1))


def error(quoted, number):
    """From a reporter of its own, of many codes."""
    return ipv4(1, struct.pack("!I", 0x0B000000 + number), quoted[12:16],
                struct.pack("!BBHI", 3, number % 16, 0, 0) + quoted)


def error6(quoted, number):
    reporter = PREFIX6 + struct.pack("!Q", 1 << 40 | number)
    return ipv6(58, reporter, quoted[8:24],
                struct.pack("!BBHI", 1, number % 7, 0, 0) + quoted)


def flows(directory):
    """More flows of a packet each than there is room for."""
    capture = Capture(directory, "flows.pcap")
    for number in range(300000):
        capture.add(datagram(number))
    return capture.done()


def everything(directory):
    """Flows and errors of both families, captured and not; reporters, types and codes; fragments of
    ICMP that need the most room each, and of UDP; echo."""
    capture = Capture(directory, "everything.pcap")
    for number in range(50000):
        packet, packet6 = datagram(number), datagram6(number)
        capture.add(packet)
        capture.add(packet6)
        capture.add(error(packet, number))
        capture.add(error6(packet6 if number % 2 else datagram6(1 << 32 | number), number))
        capture.add(ipv4(1, HERE4, THERE4, struct.pack("!BBHHH", 8, 0, 0, number & 0xFFFF, 1)))
        ident = number & 0xFFFF
        source = struct.pack("!I", 0x0C000000 + (number >> 16))
        capture.add(ipv4(1, source, THERE4, bytes(64), ident, 0x2000 | 8100 - number % 64))
        capture.add(ipv4(17, source, THERE4, UDP.pack(1, 2, 1400, 0) + bytes(8), ident, 0x2000))
    return capture.done()


def kinds(directory):
    """Each type and code that there can be, in errors about distinct flows that were not captured."""
    capture = Capture(directory, "kinds.pcap")
    for number in range(65536):
        body = struct.pack("!BBHI", number & 0xFF, number >> 8 & 0xFF, 0, 0) + datagram(number)
        capture.add(ipv4(1, struct.pack("!I", 0x0D000000 + number), HERE4, body))
    return capture.done()


def packed(directory):
    """A capture behind the largest window that zlib has, and a long packet."""
    capture = Capture(directory, "plain.pcap")
    for number in range(200):
        capture.add(ipv4(17, HERE4, THERE4, UDP.pack(1, number, 8, 0) + os.urandom(60000)))
    path = os.path.join(directory, "packed.pcap.gz")
    with open(capture.done(), "rb") as plain, gzip.open(path, "wb", 1) as file:
        file.write(plain.read())
    return path


def measured(args, out):
    """(exit status, peak KiB) by a small program: Linux counts the memory of whoever starts a
    process towards its peak."""
    tool = os.path.join(os.path.dirname(harness.program()), "tests", "bench", "measure")
    done = subprocess.run([tool, "0", harness.program(), "-o", out, *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, int(done.stdout.split()[2]), done.stderr


def counters(path, form):
    with open(path, encoding="utf-8") as file:
        if form == "json":
            return json.load(file)["health"]
        lines = file.readlines()
    return json.loads(lines[-1])["stats"] if form == "ndjson" else None


def hold(checks, directory, path, sizes, full):
    """`full`: what must have given way, or been refused, at the first of the sizes. One form of each
    is told by two threads."""
    out = os.path.join(directory, "out")
    for megabytes in sizes:
        for form in "text", "json", "ndjson":
            where = "%s, %dM, %s:" % (os.path.basename(path), megabytes, form)
            evidence = ["-w", out + ".pcapng", "--jobs", "2"] if form == "text" else []
            status, peak, err = measured(["--max-memory", "%dM" % megabytes, "--format", form,
                                          *evidence, path], out)
            checks.equal(status, harness.OK, where, "status")
            checks.equal(err, b"", where, "stderr")
            checks.that(peak < megabytes * 1024, where, "peak KiB", peak)
            health = counters(out, form)
            for counter in full if health is not None and megabytes == sizes[0] else ():
                checks.that(health[counter] > 0, where, counter, "is counted")


def refused(checks, directory):
    """What cannot work is told before anything is read."""
    path = os.path.join(directory, "packed.pcap.gz")
    run = harness.Run(["--max-memory", "32767K", path])
    checks.equal(run.status, harness.USAGE, "too little: status")
    checks.that(b"32M" in run.err, "too little: says what would do:", run.err)
    run = harness.Run(["--max-memory", "32M"] + [path] * 2000)
    checks.equal(run.status, harness.USAGE, "too many captures: status")
    checks.equal(run.err.count(b"\n"), 1, "too many captures: says so", run.err)


def main():
    tool = os.path.join(os.path.dirname(harness.program()), "tests", "bench", "measure")
    if "-fsanitize" in os.environ.get("TEST_CFLAGS", ""):
        harness.skip("sanitizers have memory of their own")
    if not os.access(tool, os.X_OK):
        harness.skip("tests/bench/measure is not built")
    checks = harness.Checks()
    with harness.scratch() as directory:
        hold(checks, directory, flows(directory), (48,), ["evicted_flows"])
        hold(checks, directory, everything(directory), (32, 96),
             ["evicted_flows", "uncounted", "hurried_errors", "incomplete_fragments",
              "evicted_fragments", "forgotten_fragments"])
        hold(checks, directory, kinds(directory), (32,), ["uncounted"])
        hold(checks, directory, packed(directory), (32,), [])
        refused(checks, directory)
    checks.finish()


main()
