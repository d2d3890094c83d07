#!/usr/bin/env python3
"""A pipe that stays open: what waited long enough is told by the clock, and a signal ends it."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import generate_packets as packets
import harness
from generate_timeline import A4, B4, MILLISECOND, R4, START, unreachable

SECOND = 1000 * MILLISECOND
SOON = 20  # seconds: far more than it takes, on the busiest machine


class Piped:
    """The command with a pipe that is written to as the test goes on."""

    def __init__(self, args):
        self.process = subprocess.Popen([harness.program(), *args, "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.begun = time.monotonic()
        self.text = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def write(self, data):
        self.process.stdin.write(data)

    def records(self):
        return [json.loads(line) for line in self.text.split(b"\n")[:-1]]

    def wait_for(self, wanted):
        """The first record that `wanted` takes, and after how long; None where none comes."""
        begun = time.monotonic()
        while time.monotonic() - begun < SOON:
            for record in self.records():
                if wanted(record):
                    return record, time.monotonic() - begun
            if self.selector.select(0.5):
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    break
                self.text += data
        return None, time.monotonic() - begun

    def end(self, number=None):
        """Ends it by a signal, or by the end of its input. Returns its status and the time."""
        begun = time.monotonic()
        if number is not None:
            self.process.send_signal(number)
            rest = self.process.stdout.read()
            self.process.wait(timeout=SOON)
            self.process.stdin.close()
        else:
            self.process.stdin.close()
            rest = self.process.stdout.read()
            self.process.wait(timeout=SOON)
        self.text += rest
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.returncode, time.monotonic() - begun


def capture(frames):
    return packets.pcap([(time_ns, packets.ethernet(data), len(packets.ethernet(data)))
                         for time_ns, data in frames], packets.ETHERNET, nanoseconds=True)


def same_as_file(checks, piped, data, args, where):
    """What came by the clock is what the file gives, but for where it was read, and the order."""
    def comparable(records, name):
        lines = [json.dumps(record, sort_keys=True) for record in records
                 if record["event_type"] != "stats"]
        return sorted(line.replace('"pcap_filename": "%s"' % name, "") for line in lines)
    with harness.scratch() as directory:
        path = os.path.join(directory, "same.pcap")
        with open(path, "wb") as file:
            file.write(data)
        run = harness.Run([*args, path])
    checks.equal(comparable(piped.records(), "-"), comparable(run.records(), path), where,
                 "as the file")


def lost_echo(checks):
    """Requests 100 ms apart, of which one had no reply: it is lost after 5 s, and what a pipe may
    hold back for 2 s comes on top."""
    frames = []
    for seq in range(4):
        frames.append((START + seq * 100 * MILLISECOND, packets.echo(A4, B4, 7, seq)))
        if seq != 1:
            frames.append((START + seq * 100 * MILLISECOND + MILLISECOND,
                           packets.echo(B4, A4, 7, seq, reply=True)))
    data = capture(frames)
    piped = Piped(["-J"])
    piped.write(data)
    record, taken = piped.wait_for(lambda record: record.get("echo", {}).get("status") == "lost")
    checks.that(record is not None, "a lost request on an open pipe is told")
    if record is not None:
        checks.equal(record["echo"]["seq"], 1, "the lost one")
        checks.that(taken >= 5 + 2 - 1, "not before it is lost: after %.1f s" % taken)
    checks.that(not any(record["event_type"] == "stats" for record in piped.records()),
                "the end has not come")
    checks.equal(piped.end()[0], harness.OK, "status at the end of the pipe")


def held_error(checks):
    """An error that no packet fits waits 50 ms for one: on an open pipe as well."""
    datagram = packets.ip(A4, B4, packets.UDP, packets.udp(A4, B4, 30000, 53, b"none"), ident=9)
    data = capture([(START, unreachable(datagram, R4))])
    piped = Piped(["-J"])
    piped.write(data)
    record, taken = piped.wait_for(lambda record: record["event_type"] == "icmp")
    checks.that(record is not None, "an error that waited is told on an open pipe")
    if record is not None:
        checks.equal(record["match"]["verdict"], "unmatched", "its verdict")
    status, taken = piped.end(signal.SIGTERM)
    checks.equal(status, harness.OK, "status after a signal")
    checks.that(taken < 5, "a signal ends it at once: %.1f s" % taken)
    checks.equal(piped.records()[-1]["event_type"], "stats", "the last record")
    same_as_file(checks, piped, data, ["-J"], "a held error")


def packet_in_time(checks):
    """An error whose packet comes with the next piece of the pipe is tied to it."""
    datagram = packets.ip(A4, B4, packets.UDP, packets.udp(A4, B4, 30000, 53, b"late"), ident=9)
    frames = [(START, unreachable(datagram, R4)), (START + 10 * MILLISECOND, datagram)]
    data, first = capture(frames), capture(frames[:1])
    piped = Piped(["-J"])
    piped.write(first)
    time.sleep(1)
    checks.equal(piped.records(), [], "nothing is told while a buffer may hold the packet")
    piped.write(data[len(first):])
    checks.equal(piped.end()[0], harness.OK, "status")
    verdicts = [record["match"]["verdict"] for record in piped.records()
                if record["event_type"] == "icmp"]
    checks.equal(verdicts, ["exact"], "the verdict")
    same_as_file(checks, piped, data, ["-J"], "in two pieces")


def interval(checks):
    """stats, and findings once, each second of an open pipe: a sweep of 40 hosts in 4 s."""
    hosts = ["198.51.100.%d" % number for number in range(1, 41)]
    data = capture([(START + number * 100 * MILLISECOND, packets.echo(A4, host, 7, number))
                    for number, host in enumerate(hosts)])
    piped = Piped(["-J", "--interval", "1"])
    piped.write(data)
    record, _ = piped.wait_for(
        lambda record: record.get("finding", {}).get("name") == "host_sweep")
    checks.that(record is not None, "a finding is told at an interval")
    if record is not None:
        checks.equal(record["finding"]["count"], len(hosts), "its count")
    stats = [record for record in piped.records() if record["event_type"] == "stats"]
    checks.that(stats is not None and piped.process.poll() is None, "it goes on")
    time.sleep(3)
    checks.equal(piped.end(signal.SIGINT)[0], harness.OK, "status")
    told = [record for record in piped.records()
            if record.get("finding", {}).get("name") == "host_sweep"]
    checks.equal(len(told), 1, "a finding that has not changed is told once")
    stats = [record for record in piped.records() if record["event_type"] == "stats"]
    checks.that(len(stats) >= 3, "stats each second")


def idle_signal(checks):
    """A pipe that never brought a byte, and one that brought a header only."""
    for data in b"", capture([]):
        piped = Piped(["-J"])
        if data:
            piped.write(data)
        time.sleep(1)
        _, taken = piped.end(signal.SIGTERM)
        checks.that(taken < 5, "a signal ends it at once: %.1f s" % taken)


def live_flow(checks):
    """Packets of now through a pipe: a flow that is idle ends by the clock, and not in a file."""
    now = time.time_ns()
    old = now - 70 * SECOND
    frames = [(old, packets.echo(A4, B4, 7, 0)), (now, packets.echo(B4, A4, 9, 0))]
    data = capture(frames)
    args = ["-J", "--all-flows", "--events", "flow", "--idle", "icmp=1"]
    piped = Piped(args)
    piped.write(data)
    record, _ = piped.wait_for(lambda record: record["event_type"] == "flow")
    checks.that(record is not None, "an idle flow of a live pipe ends")
    if record is not None:
        checks.equal(record["flow"]["reason"], "timeout", "why it ends")
        checks.equal(record["src_ip"], A4, "which one ends")
    piped.end()
    with harness.scratch() as directory:
        path = os.path.join(directory, "now.pcap")
        with open(path, "wb") as file:
            file.write(data)
        reasons = [record["flow"]["reason"] for record in harness.Run([*args, path]).records()]
    checks.equal(reasons, ["shutdown", "shutdown"], "of a file they end with it")


def main():
    checks = harness.Checks()
    for test in lost_echo, held_error, packet_in_time, interval, idle_signal, live_flow:
        test(checks)
    checks.finish()


main()
