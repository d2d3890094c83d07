"""Pings of which it is known what became of each: a model of a path that loses, duplicates, delays and
damages packets, in Python alone. Times are in microseconds."""

import random
import struct

import generate_packets as packets
from generate_timeline import A4, A6, B4, B6, START

MILLISECOND, SECOND = 1000, 1000000
START_US = START // 1000
NEAR4, NEAR6 = "192.0.2.%d", "2001:db8:a::1:%x"


class Pings:
    """Packets in any order, captured by time; and what is true of each pair of hosts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sent = []  # (time, order of making, packet)
        self.truth = {}  # (src, dst): counters, and "rtts": (time of the reply, round-trip time)
        self.ident = 0

    def put(self, time, packet):
        self.sent.append((time, len(self.sent), packet))

    def number(self):
        """Another IPv4 identification for each packet."""
        self.ident += 1
        return self.ident

    def echo(self, time, src, dst, number, seq, payload, reply=False, ttl=64, ident=None):
        how = {"hops": ttl} if ":" in src else {"ttl": ttl, "ident": ident or self.number()}
        kind = ((129, 0) if reply else (128, 8))[":" not in src]
        packet = packets.icmp(src, dst, kind, 0, struct.pack("!HH", number, seq & 0xFFFF), payload,
                              **how)
        self.put(time, packet)
        return packet

    def pair(self, src, dst):
        return self.truth.setdefault((src, dst), {
            "sent": 0, "answered": 0, "lost": 0, "errors": 0, "late": 0, "duplicates": 0,
            "unsolicited": 0, "payload_changed": 0, "unanswered_at_end": 0, "replies": 0,
            "rtts": [], "order": [], "outcomes": []})

    def frames(self):
        return [((START_US + time) * 1000, packets.ethernet(packet), len(packets.ethernet(packet)))
                for time, _, packet in sorted(self.sent, key=lambda entry: entry[:2])]

    def pcap(self):
        return packets.pcap(self.frames())


def linux_payload(time, size=56):
    """As ping of iputils has it: a 64-bit timeval, and then bytes that count up."""
    seconds, micros = divmod(START_US + time, SECOND)
    return (struct.pack("<QQ", seconds, micros) + bytes(i % 256 for i in range(16, size)))[:size]


def answer(pings, truth, ping, at, changed=False):
    """The first reply to `ping`, a dictionary of what was asked, at the time `at`."""
    payload = ping["payload"]
    if changed:
        payload = payload[:30] + bytes([payload[30] ^ 0x40]) + payload[31:]
        truth["payload_changed"] += 1
    pings.echo(at, ping["dst"], ping["src"], ping["id"], ping["seq"], payload, reply=True, ttl=57)
    truth["answered"] += 1
    truth["replies"] += 1
    truth["rtts"].append((at, at - ping["time"]))
    truth["order"].append((at, ping["index"]))


def rough_path(seed, src, dst, count=400):
    """Everything at once: bursts of loss, replies that come twice or late enough to be overtaken, or
    with a bit turned; sequence numbers wrap. Behind it six seconds, so that all is settled."""
    pings = Pings(seed)
    truth = pings.pair(src, dst)
    roll = pings.random.random
    losing = False
    for index in range(count):
        time = index * 20 * MILLISECOND
        losing = roll() < (0.6 if losing else 0.05)
        ping = {"src": src, "dst": dst, "id": 4711, "seq": 65400 + index, "index": index,
                "time": time, "payload": linux_payload(time)}
        pings.echo(time, src, dst, 4711, ping["seq"], ping["payload"])
        truth["sent"] += 1
        truth["outcomes"].append(losing)
        if losing:
            truth["lost"] += 1
            continue
        rtt = int(pings.random.lognormvariate(9, 0.4))  # some 8 ms
        if roll() < 0.05:
            rtt += pings.random.randrange(50, 200) * MILLISECOND
        answer(pings, truth, ping, time + rtt, changed=roll() < 0.02)
        if roll() < 0.05:
            truth["duplicates"] += 1
            pings.echo(time + rtt + pings.random.randrange(1, 9) * MILLISECOND, dst, src, 4711,
                       ping["seq"], ping["payload"], reply=True, ttl=57)
    pings.put((count * 20 + 6000) * MILLISECOND, packets.ip(src, dst, packets.UDP, packets.udp(
        src, dst, 4000, 4001), **({} if ":" in src else {"ident": 1})))
    return pings


def group(seed, src, dst, near):
    """Five hosts answer each request to all of them, one of them twice."""
    pings = Pings(seed)
    truth = pings.pair(src, dst)
    for index in range(4):
        time = index * SECOND
        payload = linux_payload(time)
        pings.echo(time, src, dst, 815, index, payload)
        truth["sent"] += 1
        truth["answered"] += 1
        for host in range(5):
            at = time + 300 * (host + 1) + pings.random.randrange(200)
            pings.echo(at, near % (host + 20), src, 815, index, payload, reply=True)
            truth["replies"] += 1
            truth["rtts"].append((at, at - time))
        truth["duplicates"] += 1
        pings.echo(time + 9 * MILLISECOND, near % 22, src, 815, index, payload, reply=True)
        truth["outcomes"].append(False)
    truth["hosts"] = [near % (host + 20) for host in range(5)]
    return pings


def mirrored(seed, src, dst):
    """A port mirrors both directions, so that each packet is there twice, 20 us apart; and a router's
    interfaces both show it, the second time with a lower TTL."""
    pings = Pings(seed)
    truth = pings.pair(src, dst)
    for index in range(30):
        time = index * 100 * MILLISECOND
        payload = linux_payload(time)
        apart, lower = ((20, 0), (700, 1))[index % 2]
        for reply, at, ends in (False, time, (src, dst)), (True, time + 5000, (dst, src)):
            ident = pings.number()
            for turn in range(2):
                pings.echo(at + turn * apart, *ends, 99, index, payload, reply, 64 - turn * lower,
                           ident)
        truth["sent"] += 1
        truth["answered"] += 1
        truth["replies"] += 1
        truth["rtts"].append((time + 5000, 5000))
        truth["outcomes"].append(False)
    return pings


def ends(seed, src, dst):
    """A reply after seven seconds, an error instead of a reply, a reply that nobody asked for, and a
    request that the capture's end leaves open."""
    pings = Pings(seed)
    truth = pings.pair(src, dst)
    for index in range(12):
        time = index * SECOND
        ping = {"src": src, "dst": dst, "id": 7, "seq": index, "index": index, "time": time,
                "payload": linux_payload(time)}
        request = pings.echo(time, src, dst, 7, index, ping["payload"])
        truth["sent"] += 1
        truth["outcomes"].append(index == 2)
        if index == 2:
            answer(pings, truth, ping, time + 7 * SECOND + 123)
            truth["late"] += 1
        elif index == 4:
            kind, code = ((1, 3) if ":" in src else (3, 1))
            pings.put(time + 900, packets.icmp(dst, src, kind, code, payload=request[:68]))
            truth["errors"] += 1
        elif index == 11:
            truth["unanswered_at_end"] += 1
        else:
            answer(pings, truth, ping, time + 2000 + index)
    pings.echo(8 * SECOND + 500 * MILLISECOND, dst, src, 5000, 1, b"nobody asked", reply=True)
    truth["unsolicited"] += 1
    return pings


def captures():
    """Names, and what was made for each."""
    for six, (src, dst, near) in enumerate(((A4, B4, NEAR4), (A6, B6, NEAR6))):
        suffix = "6" if six else ""
        for seed in range(3):
            yield "rough-path-%d%s" % (seed, suffix), rough_path(seed, src, dst)
        yield "group" + suffix, group(11, src, "ff02::1" if six else "224.0.0.1", near)
        if not six:
            yield "broadcast", group(12, src, "192.0.2.255", near)
        yield "mirrored" + suffix, mirrored(13, src, dst)
        yield "ends" + suffix, ends(14, src, dst)
