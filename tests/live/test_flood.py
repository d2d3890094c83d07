#!/usr/bin/env python3
"""More packets than can be taken: tcpreplay as fast as it can into an interface, the command at the
other end. Every packet is accounted for, and memory stays as it is.

From the environment:
FLOOD_SECONDS   how long (3)
FLOOD_SENDERS   how many tcpreplays at once (1): each keeps a processor busy
FLOOD_RATE      packets a second of each, in place of top speed
FLOOD_LOSS      the most that may be lost, in percent. Where it is not set, memory is limited, the
                buffer small, and the command is stopped for a while so that packets are lost
FLOOD_PACKETS   of the capture that is sent again and again (60000), with a flow for each ten
FLOOD_SMALL     1: packets of 60 to 74 bytes, not of 488 on average
FLOOD_OPTIONS   further options of the command

`make flood` is the long form. Skipped where there are no namespaces, or no tcpreplay."""

import collections
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import namespaces
import harness

SECONDS = float(os.environ.get("FLOOD_SECONDS") or 3)
SENDERS = int(os.environ.get("FLOOD_SENDERS") or 1)
RATE = os.environ.get("FLOOD_RATE")
LOSS = os.environ.get("FLOOD_LOSS")
PACKETS = int(os.environ.get("FLOOD_PACKETS") or 60_000)
BUFFER_KIB = 65_536 if LOSS else 4096
STOPPED_SECONDS = 1
LIMIT_MIB = 64        # --max-memory of the short form
GROWTH_MIB = 4        # from the half of it on
REMEMBERED = 1 << 20  # the command remembers the latest packets: until then it grows
END_SECONDS = 20      # to take what still stands in the buffer, and tell of flows

Sample = collections.namedtuple("Sample", "seconds anonymous_kib resident_kib")


class Sampler(threading.Thread):
    """The memory of a process, ten times a second until it is gone."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.samples, self.cpu, self.over = pid, [], (0, 0), threading.Event()
        self.start()

    def run(self):
        begun = time.monotonic()
        while not self.over.wait(0.1):
            status = namespaces.status_of(self.pid)
            if "RssAnon" not in status:
                return
            self.cpu = namespaces.cpu_seconds(self.pid)
            self.samples.append(Sample(time.monotonic() - begun, status["RssAnon"],
                                       status["VmRSS"]))


def connect(net):
    """Two ends that say nothing themselves."""
    net.add("sender", "receiver")
    net.cable("sender", "in", "receiver", "out")
    for name, interface in ("sender", "in"), ("receiver", "out"):
        net.do(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        net.ip(name, "link", "set", interface, "arp", "off", "up")


def make_capture(directory):
    path = os.path.join(directory, "flood.pcap")
    small = ["-s"] if os.environ.get("FLOOD_SMALL") else []
    subprocess.run(["tests/bench/generate", "-n", str(PACKETS), "-f", str(max(1, PACKETS // 10)),
                    *small, path], check=True, stdout=subprocess.DEVNULL)
    return path


def send(net, capture):
    """How many all tcpreplays say that they sent, and in how many seconds."""
    pace = ["--pps=" + RATE] if RATE else ["--topspeed"]
    processes = [net.start("sender", "tcpreplay", "-q", "-i", "in", *pace, "--preload-pcap",
                           "--loop=0", "--no-flow-stats", "--duration=%d" % SECONDS, capture,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                 for _ in range(SENDERS)]
    said = [process.communicate()[0] for process in processes]
    sent = [int(re.search(r"Successful packets:\s+(\d+)", words).group(1)) for words in said]
    seconds = [float(re.search(r"sent in ([0-9.]+) seconds", words).group(1)) for words in said]
    return sum(sent), max(seconds)


def stop_for_a_while(process):
    time.sleep(SECONDS / 3)
    process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_SECONDS)
    process.send_signal(signal.SIGCONT)


def start(net, directory):
    limit = [] if LOSS else ["--max-memory", "%dM" % LIMIT_MIB]
    options = (os.environ.get("FLOOD_OPTIONS") or "").split()
    with open(os.path.join(directory, "out"), "wb") as out, \
            open(os.path.join(directory, "err"), "wb") as err:
        process = net.start("receiver", harness.program(), "-i", "out", "-J", "-B",
                            str(BUFFER_KIB), *limit, *options, stdout=out, stderr=err)
    ready = namespaces.eventually(lambda: process.poll() is not None or
                                  net.captures("receiver") > 0, 10)
    if not ready or process.poll() is not None:
        with open(os.path.join(directory, "err"), encoding="utf-8") as file:
            sys.exit("FAIL: it does not capture: " + file.read())
    time.sleep(0.3)
    return process


def finish(process):
    """Its exit status, and how long it took from being told to end."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=END_SECONDS)
    return status, time.monotonic() - begun


def read_output(directory):
    """The last `stats`, how many `icmp` records there are, and stderr. Lines are told by what they
    hold: not all of them need to be parsed."""
    stats, messages = None, 0
    with open(os.path.join(directory, "out"), "rb") as file:
        for line in file:
            messages += b'"event_type":"icmp"' in line
            if b'"event_type":"stats"' in line:
                stats = json.loads(line)["stats"]
    with open(os.path.join(directory, "err"), "rb") as file:
        return stats, messages, file.read()


def check_packets(checks, net, sent, stats, messages):
    """Each is counted once on its way, or as lost where it was lost. Returns the loss in percent."""
    first, last = net.counters("sender", "in")["tx"], net.counters("receiver", "out")["rx"]
    checks.that(sent in (first["packets"], first["packets"] + first["dropped"]), "sent", sent,
                "but the end that it went in at took", first["packets"], "and", first["dropped"])
    checks.equal(last["packets"], first["packets"], "packets that came to the other end")
    checks.equal(stats["received"], last["packets"], "packets that were received")
    checks.equal(stats["packets"], stats["received"] - stats["kernel_drops"],
                 "packets that were analysed, by those that were dropped")
    checks.equal(messages, stats["icmp_messages"], "records of ICMP messages")
    checks.that(stats["icmp_messages"] > stats["packets"] / 1000, "ICMP messages",
                stats["icmp_messages"])
    return 100 * stats["kernel_drops"] / last["packets"]


def check_memory(checks, samples, packets):
    """What it allocated itself: the kernel's buffer is mapped, and stays as it is."""
    half = [sample.anonymous_kib for sample in samples[len(samples) // 2:]]
    checks.that(len(half) > 5, "samples", len(samples))
    if not LOSS:
        checks.that(max(half) < LIMIT_MIB * 1024, "memory", max(half), "KiB")
    if LOSS and packets < 2.2 * REMEMBERED:
        print("too few packets to judge whether memory grows")
        return
    checks.that(max(half) - half[0] < GROWTH_MIB * 1024, "memory grew from", half[0], "to",
                max(half), "KiB")


def flood(checks, net, directory):
    connect(net)
    capture = make_capture(directory)
    process = start(net, directory)
    sampler = Sampler(process.pid)
    if not LOSS:
        threading.Thread(target=stop_for_a_while, args=[process]).start()
    sent, seconds = send(net, capture)
    time.sleep(0.5)
    sampler.over.set()
    status, ending = finish(process)
    stats, messages, said = read_output(directory)
    checks.equal(status, harness.OK, "exit status")
    checks.equal(said, b"", "stderr")
    if not checks.that(stats and "kernel_drops" in stats, "stats", stats):
        return
    loss = check_packets(checks, net, sent, stats, messages)
    check_memory(checks, sampler.samples, stats["packets"])
    checks.that(loss <= float(LOSS) if LOSS else loss > 0, "lost", loss, "%")
    print("%d packets in %.1f s, %d a second; lost %d (%.3f %%); %d ICMP messages"
          % (sent, seconds, sent / seconds, stats["kernel_drops"], loss, stats["icmp_messages"]))
    print("memory %.1f MiB, with the buffer %.1f; CPU %.1f s user, %.1f s system; ended in %.2f s"
          % (max(sample.anonymous_kib for sample in sampler.samples) / 1024,
             max(sample.resident_kib for sample in sampler.samples) / 1024, *sampler.cpu, ending))


def main():
    namespaces.enter("tcpreplay", "sysctl")
    checks = harness.Checks()
    with namespaces.network() as net, harness.scratch() as directory:
        flood(checks, net, directory)
    checks.finish()


main()
