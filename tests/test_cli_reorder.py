#!/usr/bin/env python3
"""Errors that were captured before their packets: two captures whose clocks differ, with the time
between them known."""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
import generate_packets as packets
import harness
from generate_timeline import A4, B4, MILLISECOND, R4, START, unreachable

MICROSECOND = 1000


def write(directory, name, frames):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(packets.pcap([(time, data, len(data)) for time, data in frames],
                                packets.ETHERNET, nanoseconds=True))
    return path


def datagram(number):
    return packets.ip(A4, B4, packets.UDP, packets.udp(A4, B4, 30000 + number, 53, b"late"),
                      ident=number + 1)


def pair(directory, early_ns, count=20, step_ns=100 * MILLISECOND):
    """Packets in one file, errors about them in another whose clock is `early_ns` behind; and, behind
    all of them, a packet that ends the waiting."""
    sent = [(START + number * step_ns, packets.ethernet(datagram(number)))
            for number in range(count)]
    told = [(START + number * step_ns - early_ns,
             packets.ethernet(unreachable(datagram(number), R4))) for number in range(count)]
    sent.append((START + count * step_ns, packets.ethernet(datagram(count))))
    return write(directory, "sent.pcap", sent), write(directory, "told.pcap", told)


def records(run):
    return [record for record in run.records() if record["event_type"] == "icmp"]


def in_time(checks, directory):
    """Up to 50 ms, that one included, each error finds its packet: not one more."""
    for early_us, option, tied in ((5000, [], True), (49000, [], True), (50000, [], True),
                                   (50001, [], False), (51000, [], False),
                                   (51000, ["--reorder", "51"], True),
                                   (800, ["--reorder", "0.8"], True),
                                   (801, ["--reorder", "0.8"], False),
                                   (1, ["--reorder", "0"], False)):
        sent, told = pair(directory, early_us * MICROSECOND)
        for files in (sent, told), (told, sent):
            where = "%d us early, %s" % (early_us, " ".join(option))
            run = harness.Run(["-J", "--events", "icmp", *option, *files])
            found = records(run)
            checks.equal(run.status, harness.OK, where, "status")
            checks.equal(len(found), 20, where, "records")
            for number, record in enumerate(found):
                match = record["match"]
                checks.equal(record["pcap_cnt"], number + 1, where, "order")
                checks.equal(match["verdict"] == "exact", tied, where, "exact")
                checks.equal(match.get("pcap_cnt"), number + 1 if tied else None, where, "frame")
                checks.equal("rtt_us" in match, False, where, "no time between them")


def all_are_told(checks, directory):
    """Where the reading ends, nothing waits any more: after -c, at the end of a capture."""
    sent, told = pair(directory, 5 * MILLISECOND, count=20, step_ns=MICROSECOND)
    run = harness.Run(["-J", "-c", "20", sent, told])
    checks.equal(len(records(run)), 20, "errors alone: records")
    checks.equal({record["match"]["verdict"] for record in records(run)}, {"unmatched"},
                 "errors alone: verdicts")
    run = harness.Run(["-J", told])
    checks.equal(len(records(run)), 20, "at the end: records")
    document = harness.Run(["-j", "-c", "30", sent, told]).records()[0]
    checks.equal(document["errors"]["by_verdict"]["exact"], 10, "-c in between: tied")
    checks.equal(document["errors"]["total"], 20, "-c in between: errors")


def interrupted(checks, directory):
    """What waits when a signal comes is told."""
    _, told = pair(directory, 0, count=3, step_ns=MICROSECOND)
    with open(told, "rb") as file:
        data = file.read()
    process = subprocess.Popen([harness.program(), "-J", "-l", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    extra = [(START + 500 * MILLISECOND, packets.ethernet(unreachable(datagram(9), R4)))]
    process.stdin.write(data + packets.pcap([(time, frame, len(frame)) for time, frame in extra],
                                            packets.ETHERNET, nanoseconds=True)[24:])
    process.stdin.flush()
    first = process.stdout.readline()  # the fourth error ended the waiting of the first three
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    lines = [harness.json.loads(line) for line in (first + out).splitlines()]
    checks.equal(process.returncode, harness.OK, "interrupted: status")
    checks.equal(err, b"", "interrupted: stderr")
    checks.equal([line["event_type"] for line in lines], ["icmp"] * 4 + ["stats"],
                 "interrupted: records")


def too_many(checks, directory):
    """1,024 wait; of 3,000 that come at once the first 1,976 are judged at once, and counted."""
    sent, told = pair(directory, 5 * MILLISECOND, count=3000, step_ns=MICROSECOND)
    document = harness.Run(["-j", sent, told]).records()[0]
    checks.equal(document["health"]["hurried_errors"], 1976, "too many: counted")
    checks.equal(document["errors"]["by_verdict"]["exact"], 1024, "too many: tied")
    checks.equal(document["errors"]["total"], 3000, "too many: errors")
    text = harness.Run([sent, told]).out.decode()
    checks.that("1,976  errors did not wait for their packets" in " ".join(text.split(" ")),
                "too many: the summary says so")


def broken_clocks(checks, directory):
    """An error stamped a century late holds up none of those behind it."""
    frames = [(4 * 10**18, packets.ethernet(unreachable(datagram(0), R4)))]
    frames += [(START + number * 100 * MILLISECOND, packets.ethernet(unreachable(datagram(9), R4)))
               for number in range(5)]
    document = harness.Run(["-J", "--events", "icmp", write(directory, "odd.pcap", frames)])
    checks.equal([record["pcap_cnt"] for record in document.records()], [1, 2, 3, 4, 5, 6],
                 "stamped in 2096: order")
    process = harness.Run(["-J", "--reorder", "3600000", write(directory, "odd.pcap", frames)])
    checks.equal(len(records(process)), 6, "stamped in 2096, waiting an hour: records")


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        for check in in_time, all_are_told, interrupted, too_many, broken_clocks:
            check(checks, directory)
    checks.finish()


main()
