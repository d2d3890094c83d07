"""Flows that were hit by an error, and what their senders then did: known by construction.

captures() yields (file name, bytes, truth): {path: value} of the one `flow` record that it gives."""

import struct

from generate_packets import ACK, FIN, RST, SYN, TCP, UDP, ip, tcp, udp
from generate_timeline import A4, A6, B4, B6, R4, R6, Timeline, unreachable, unreachable6

IDENT = [1000]


def udp_packet(src, dst, length):
    """Of `length` bytes, IP header included."""
    IDENT[0] += 1
    head = 48 if ":" in src else 28
    payload = udp(src, dst, 40000, 5000, b"u" * (length - head))
    return ip(src, dst, UDP, payload, **({} if ":" in src else {"ident": IDENT[0]}))


def tcp_packet(src, dst, flags, seq=1000, length=0, ports=(40000, 443), ack=0):
    """Of `length` bytes, IP header included; 0: without data."""
    IDENT[0] += 1
    head = 60 if ":" in src else 40
    payload = tcp(src, dst, *ports, b"t" * max(0, length - head), seq=seq, ack=ack, flags=flags)
    return ip(src, dst, TCP, payload, **({} if ":" in src else {"ident": IDENT[0]}))


def refused(packet):
    return unreachable6(packet, R6) if packet[0] >> 4 == 6 else unreachable(packet, R4)


def too_big(packet, mtu):
    if packet[0] >> 4 == 6:
        return unreachable6(packet, R6, 0, kind=2, word=struct.pack("!I", mtu))
    return unreachable(packet, R4, 4, word=struct.pack("!HH", 0, mtu))


def story(first, error, steps):
    """A capture of `first`, its `error`, then of (milliseconds after that, packet) each."""
    line = Timeline()
    line.add(first)
    line.add(error)
    told = line.clock - 10**6
    for after, packet in steps:
        line.clock = told + after * 10**6
        line.add(packet)
    return line.pcap()


def other_flow(src, dst):
    """What shows that the capture goes on."""
    return ip(src, dst, 253, b"elsewhere")


def wanted(verdict, packets=0, size=0, seconds=None):
    return {"aftermath.verdict": verdict, "aftermath.packets": packets, "aftermath.bytes": size,
            "aftermath.seconds": seconds}


def simple(a, b):
    """Stories without an MTU: (name, first packet, steps, truth)."""
    asks = udp_packet(a, b, 100)
    retry = [(after, udp_packet(a, b, 100)) for after in (5000, 10000, 12500)]
    syn, bare = tcp_packet(a, b, SYN), 60 if ":" in a else 40
    yield "udp-retries", asks, retry, wanted("continued", 3, 300, 12.5)
    yield "udp-stops", asks, [(3000, other_flow(a, b))], wanted("stopped")
    yield "udp-ends-early", asks, [(2999, other_flow(a, b))], wanted("unknown")
    yield "udp-answered", asks, retry[:1] + [(5001, ip(b, a, UDP, udp(b, a, 5000, 40000, b"yes")))], \
        wanted("recovered", 1, 100, 5.0)
    yield "syn-stops", syn, [(4000, other_flow(a, b))], dict(
        wanted("stopped"), **{"tcp.state": "syn_sent", "tcp.tcp_flags": "02", "flow.state": "new"})
    back = (443, 40000)
    yield "syn-rst", syn, [(50, tcp_packet(b, a, RST | ACK, 0, 0, back, 1001))], dict(
        wanted("reset"), **{"tcp.state": "closed", "tcp.tcp_flags_tc": "14", "tcp.rst": True})
    yield "syn-gives-up", syn, [(50, tcp_packet(a, b, RST))], wanted("reset", 1, bare, 0.05)
    yield "fin-unanswered", tcp_packet(a, b, ACK, 1000, 200), \
        [(50, tcp_packet(a, b, FIN | ACK, 1000 + 200 - bare))], wanted("reset", 1, bare, 0.05)


def path_mtu(a, b):
    """Packets of 1500 bytes, MTU 1400: (name, first packet, steps, truth)."""
    head = 60 if ":" in a else 40
    full = tcp_packet(a, b, ACK, 1000, 1500)
    datagram = udp_packet(a, b, 1500)

    def again(after, length, seq=1000):
        return after, tcp_packet(a, b, ACK, seq, length)
    yield "mtu-tcp-adapts", full, [again(1, 1400), again(2, head + 100, 1000 + 1400 - head)], \
        wanted("adapted", 2, 1400 + head + 100, 0.002)
    yield "mtu-tcp-ignores", full, [again(250, 1500), again(750, 1500)], \
        wanted("ignored", 2, 3000, 0.75)
    yield "mtu-tcp-in-flight", full, [again(1, 1500, 1000 + 1500 - head), again(100, 1500)], \
        wanted("continued", 2, 3000, 0.1)
    yield "mtu-tcp-offload", full, [again(1, 2740), again(300, 1500)], \
        wanted("continued", 2, 4240, 0.3)
    yield "mtu-udp-adapts", datagram, [(1, udp_packet(a, b, 1400))], \
        wanted("adapted", 1, 1400, 0.001)
    yield "mtu-udp-ignores", datagram, [(201, udp_packet(a, b, 1401))], \
        wanted("ignored", 1, 1401, 0.201)
    yield "mtu-udp-in-flight", datagram, [(199, udp_packet(a, b, 1500))], \
        wanted("continued", 1, 1500, 0.199)


def captures():
    for family, a, b in ("v4", A4, B4), ("v6", A6, B6):
        for name, first, steps, truth in simple(a, b):
            yield "%s-%s.pcap" % (name, family), story(first, refused(first), steps), truth
        for name, first, steps, truth in path_mtu(a, b):
            yield "%s-%s.pcap" % (name, family), story(first, too_big(first, 1400), steps), truth
    first = udp_packet(A4, B4, 1500)  # a router older than RFC 1191: the plateau is 1492
    yield "mtu-not-told.pcap", story(first, too_big(first, 0), [(300, udp_packet(A4, B4, 1493))]), \
        wanted("ignored", 1, 1493, 0.3)


def ports_used_again():
    """(bytes, truths): a connection that is refused and reset, then another of the same ports."""
    first, second = tcp_packet(A4, B4, SYN, 1000), tcp_packet(A4, B4, SYN, 900000)
    rst = tcp_packet(B4, A4, RST | ACK, 0, 0, (443, 40000), 1001)
    steps = [(10, rst), (20, tcp_packet(A4, B4, SYN, 1000)), (5000, second)]
    return story(first, refused(first), steps), [
        dict(wanted("reset", 1, 40, 0.02), **{"flow.reason": "tcp_reuse", "flow.pkts_toserver": 2}),
        dict(wanted(None, None, None), **{"flow.reason": "shutdown", "flow.pkts_toserver": 1,
                                          "tcp.state": "syn_sent", "icmp_errors.count": None})]
