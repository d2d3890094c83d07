"""Captures of packets whose addresses or ports are translated between the capture and who sends the
error about them. Both sides of a translation are built here from the same payload, as the device
would leave them: with checksums of their own, and all else as it was."""

import struct

from generate_errors import datagram, segment
from generate_packets import ACK, SYN, UDP, ethernet, icmp, ip, udp
from generate_timeline import B4, B6, R4, R6, Timeline, unreachable, unreachable6

CAPTURES = []

# Hosts behind the device (RFC 1918, 4193), and what they look like from outside (RFC 5737, 3849).
IN4, IN4_B, IN4_C, OUT4 = "10.0.0.2", "10.0.0.3", "10.0.0.4", "203.0.113.5"
IN6, OUT6 = "fd00:1:2:3::2", "2001:db8:d::5"


def capture(function):
    CAPTURES.append(function)
    return function


def captures():
    for function in CAPTURES:
        line = function()
        yield function.__name__.replace("_", "-") + ".pcap", line.pcap(), line.truth


def about(line, frame, **more):
    """That the next frame is about `frame`, through a translation."""
    expect = line.tied(frame, **{"match.verdict": "nat"})
    expect.update(more)
    return expect


def ping(src, dst, number, seq, **field):
    """An echo request."""
    return icmp(src, dst, 128 if ":" in src else 8, 0, struct.pack("!HH", number, seq),
                b"icmpscope", **field)


UNMATCHED = {"match.verdict": "unmatched", "match.pcap_cnt": None, "match.flow_id": None,
             "match.candidates": None, "match.anomalies": None}
ELSEWHERE = dict(UNMATCHED, **{"match.anomalies": ["outer_dest_not_quoted_source"]})


@capture
def nat_source():
    """Datagrams and segments from inside, quoted as they were outside: told to the inside host, and
    on the outside; with the port kept, and another one."""
    line = Timeline()
    for number, port in enumerate((40000, 61000)):
        body = b"question %d" % number
        frame = line.add(datagram(IN4, B4, 40000, 53, body, ident=77 + number))
        outside = datagram(OUT4, B4, port, 53, body, ident=77 + number)
        line.add(unreachable(outside, B4, dest=IN4), about(line, frame, **{
            "match.anomalies": ["outer_dest_not_quoted_source"], "quoted.src_ip": OUT4,
            "quoted.src_port": port}))
        line.add(unreachable(outside, B4), about(line, frame, **{"match.anomalies": None}))
    for number, ident in enumerate((1000, 0)):
        frame = line.add(segment(IN4, B4, 40001, 80, b"get", seq=77000 + number, ident=ident))
        outside = segment(OUT4, B4, 61001, 80, b"get", seq=77000 + number, ident=ident)
        line.add(unreachable(outside, R4, code=1, dest=IN4), about(line, frame))
        line.add(unreachable(outside, R4, code=1), about(line, frame))
    return line


@capture
def nat_source_without_identification():
    """Datagrams with an identification of 0: their payload, and the port or whom the error was sent
    to. With another port, and told outside, nothing is left but 16 bits of a sum."""
    line = Timeline()
    frame = line.add(datagram(IN4, B4, 40000, 53, b"question", ident=0))
    kept = datagram(OUT4, B4, 40000, 53, b"question", ident=0)
    changed = datagram(OUT4, B4, 61000, 53, b"question", ident=0)
    line.add(unreachable(kept, B4), about(line, frame))
    line.add(unreachable(kept, B4, dest=IN4), about(line, frame))
    line.add(unreachable(changed, B4, dest=IN4), about(line, frame))
    line.add(unreachable(changed, B4), UNMATCHED)
    return line


@capture
def nat_replies():
    """What a server inside answers, quoted as from its outside address."""
    line = Timeline()
    line.add(segment(B4, IN4, 50000, 8080, flags=SYN, seq=1, ident=5))
    frame = line.add(segment(IN4, B4, 8080, 50000, flags=SYN | ACK, seq=99123, ack=2, ident=0))
    outside = segment(OUT4, B4, 80, 50000, flags=SYN | ACK, seq=99123, ack=2, ident=0)
    line.add(unreachable(outside, R4, code=13), about(line, frame))
    return line


@capture
def nat_destination():
    """Packets to an outside address, quoted as they were inside: to another host, and another port.
    Where nothing about a packet is new, one source may have sent the same to both."""
    line = Timeline()
    frame = line.add(datagram(B4, OUT4, 40000, 53, b"question", ident=9))
    line.add(unreachable(datagram(B4, IN4, 40000, 5353, b"question", ident=9), IN4),
             about(line, frame))
    line.add(datagram(B4, OUT4, 40001, 53, b"question", ident=0))
    line.add(unreachable(datagram(B4, IN4, 40001, 53, b"question", ident=0), IN4), UNMATCHED)
    frame = line.add(segment(B4, OUT4, 40002, 80, flags=SYN, seq=5551, ident=10))
    line.add(unreachable(segment(B4, IN4, 40002, 80, flags=SYN, seq=5551, ident=10), R4, code=1),
             about(line, frame))
    line.add(segment(B4, OUT4, 40003, 80, flags=SYN, seq=5552, ident=0))
    line.add(unreachable(segment(B4, IN4, 40003, 80, flags=SYN, seq=5552, ident=0), R4, code=1,
                         quote=40), UNMATCHED)
    frame = line.add(segment(B4, OUT4, 40004, 80, b"more", seq=5553, ack=777, ident=0))
    inside = segment(B4, IN4, 40004, 80, b"more", seq=5553, ack=777, ident=0)
    line.add(unreachable(inside, R4, code=1, quote=40), about(line, frame))
    line.add(unreachable(inside, R4, code=1), UNMATCHED)
    other = segment(B4, IN4, 40004, 80, b"more", seq=5553, ack=778, ident=0)
    line.add(unreachable(other, R4, code=1, quote=40), UNMATCHED)
    return line


@capture
def nat_answers_from_outside():
    """Captured outside: an answer to the outside address, quoted as it was inside."""
    line = Timeline()
    frame = line.add(datagram(B4, OUT4, 53, 61000, b"answer", ident=21))
    inside = datagram(B4, IN4, 53, 40000, b"answer", ident=21)
    line.add(unreachable(inside, IN4), about(line, frame))
    line.add(unreachable(inside, OUT4), about(line, frame))
    return line


@capture
def nat_of_both():
    """Source and destination translated: no endpoint is left to go by."""
    line = Timeline()
    line.add(segment(IN4, OUT4, 40000, 80, b"get", seq=77001, ident=5))
    line.add(unreachable(segment("10.0.0.1", IN4_B, 61000, 8080, b"get", seq=77001, ident=5),
                         IN4_B), UNMATCHED)
    return line


@capture
def nat_echo():
    """Pings, of which the device translates the identifier as it does ports."""
    line = Timeline()
    frame = line.add(ping(IN4, B4, 77, 3, ident=900), {})
    line.add(unreachable(ping(OUT4, B4, 1024, 3, ident=900), R4, code=1), about(line, frame))
    frame = line.add(ping(IN4, B4, 78, 4, ident=0), {})
    line.add(unreachable(ping(OUT4, B4, 1025, 4, ident=0), R4, code=1, dest=IN4),
             about(line, frame))
    line.add(unreachable(ping(OUT4, B4, 1025, 4, ident=0), R4, code=1), UNMATCHED)
    line.add(unreachable(ping(OUT4, B4, 1024, 4, ident=900), R4, code=1), UNMATCHED)
    line.add(unreachable(ping(OUT4, B4, 1024, 3, ident=901), R4, code=1), UNMATCHED)
    return line


@capture
def nat_ipv6():
    """A prefix for a prefix (RFC 6296), which leaves ports, checksums and the address's second half
    as they were: ffff:ffff of fd00:1:2:3 and of 2001:db8:d:X add up to the same, carries included.
    And one address for all, with another port."""
    line = Timeline()
    words = [0xFD00, 1, 2, 3]
    subnet = (sum(words) - 0x2001 - 0xDB8 - 0xD) % 0xFFFF
    neutral = "2001:db8:d:%x::2" % subnet
    packet = datagram(IN6, B6, 40000, 53, b"question")
    outside = datagram(neutral, B6, 40000, 53, b"question")
    assert packet[40:] == outside[40:]
    frame = line.add(packet)
    line.add(unreachable6(outside, B6), about(line, frame))
    frame = line.add(ping(IN6, B6, 77, 3), {})
    line.add(unreachable6(ping(neutral, B6, 77, 3), R6), about(line, frame))
    line.add(unreachable6(ping(neutral, B6, 77, 4), R6), UNMATCHED)
    frame = line.add(segment(IN6, B6, 40001, 80, b"get", seq=77001))
    line.add(unreachable6(segment(OUT6, B6, 61000, 80, b"get", seq=77001), R6),
             about(line, frame))
    frame = line.add(datagram(IN6, B6, 40002, 53, b"another"))
    outside = datagram(OUT6, B6, 61000, 53, b"another")
    line.add(unreachable6(outside, B6, dest=IN6), about(line, frame))
    line.add(unreachable6(outside, B6), UNMATCHED)
    line.add(unreachable6(datagram(OUT6, B6, 40002, 53, b"Another"), B6), UNMATCHED)
    return line


@capture
def nat_flow_label():
    """One address for all with another port, and the flow label that the host gave the flow."""
    line = Timeline()
    frame = line.add(datagram(IN6, B6, 40000, 53, b"question", label=0x54321))
    line.add(unreachable6(datagram(OUT6, B6, 61000, 53, b"question", label=0x54320), B6), UNMATCHED)
    line.add(unreachable6(datagram(OUT6, B6, 61000, 53, b"questioN", label=0x54321), B6), UNMATCHED)
    line.add(unreachable6(datagram(OUT6, B6, 61000, 53, b"question", label=0x54321), B6),
             about(line, frame))
    answer = datagram(B6, OUT6, 53, 61001, b"answer", label=0x65432)
    frame = line.add(answer)
    line.add(unreachable6(datagram(B6, IN6, 53, 40009, b"answer", label=0x65432), IN6),
             about(line, frame))
    line.add(unreachable6(datagram(B6, IN6, 53, 40009, b"answer", label=0x65433), IN6), UNMATCHED)
    line.add(segment(B6, OUT6, 50000, 80, flags=SYN, seq=5551, label=0x12345))
    line.add(unreachable6(segment(B6, IN6, 50000, 80, flags=SYN, seq=5551, label=0x12345), R6),
             UNMATCHED)
    frame = line.add(ping(IN6, B6, 77, 3, label=0x54322), {})
    line.add(unreachable6(ping(OUT6, B6, 78, 3, label=0x54322), B6), about(line, frame))
    return line


@capture
def nat_put_together():
    """A datagram in two fragments, which the device puts together before it sends it on."""
    line = Timeline()
    whole = udp(IN4, B4, 40000, 53, bytes(100))
    frame = line.add(ip(IN4, B4, UDP, whole[:64], ident=77, df=0, mf=1))
    line.add(ip(IN4, B4, UDP, whole[64:], ident=77, df=0, offset=64))
    outside = datagram(OUT4, B4, 61000, 53, bytes(100), ident=77, df=0)
    line.add(unreachable(outside, B4), about(line, frame))
    return line


@capture
def nat_hosts_alike():
    """Three hosts that sent the same, behind one address: whom the error is sent on to says whose it
    was, and otherwise that it was one of three is all there is to say."""
    line = Timeline()
    frames = {host: line.add(datagram(host, B4, 40000, 53, b"question", ident=7))
              for host in (IN4, IN4_B, IN4_C)}
    outside = datagram(OUT4, B4, 61000, 53, b"question", ident=7)
    line.add(unreachable(outside, B4), {
        "match.verdict": "nat", "match.candidates": 3, "match.pcap_cnt": None,
        "match.flow_id": None, "match.rtt_us": None})
    for host, frame in frames.items():
        line.add(unreachable(outside, B4, dest=host), about(line, frame))
    return line


@capture
def nat_of_nobody():
    """What many hosts sent alike, or one to several others, says nothing of a translation."""
    line = Timeline()
    for host in range(2, 12):
        line.add(datagram("10.0.0.%d" % host, B4, 40000, 53, b"question", ident=7))
    line.add(unreachable(datagram(OUT4, B4, 40000, 53, b"question", ident=7), B4), UNMATCHED)
    for host in range(2, 4):
        line.add(datagram(IN4, "198.51.100.10%d" % host, 40000, 53, b"scan", ident=7))
    line.add(unreachable(datagram(IN4, "198.51.100.104", 40000, 53, b"scan", ident=7), R4),
             UNMATCHED)
    line.add(datagram(IN6, B6, 40000, 33434, b"traceroute"))
    line.add(unreachable6(datagram(IN6, B6, 40000, 33435, b"traceroute"), R6), UNMATCHED)
    line.add(segment(IN6, B6, 40000, 80, seq=1234567, flags=SYN))
    line.add(unreachable6(segment(IN6, "2001:db8:b::3", 40000, 80, seq=1234567, flags=SYN), R6),
             UNMATCHED)
    return line


@capture
def nat_near_misses():
    """All but one thing is as it would be."""
    line = Timeline()
    line.add(datagram(IN4, B4, 40000, 53, b"question", ident=77))
    line.add(segment(IN4, B4, 40001, 80, b"get", seq=77001, ident=78))
    for error in (
            datagram(OUT4, B4, 40000, 53, b"questioN", ident=77),    # payload
            datagram(OUT4, B4, 40000, 53, b"question", ident=79),    # identification
            datagram(OUT4, B4, 40000, 53, b"question\0\0", ident=77),  # length
            datagram(OUT4, B4, 40000, 54, b"question", ident=77),    # port of the destination
            datagram(OUT4, "198.51.100.3", 40000, 53, b"question", ident=77),
            segment(OUT4, B4, 40001, 80, b"get", seq=77002, ident=78),
            segment(OUT4, B4, 40001, 80, b"get", seq=77001, ident=79),
            ip(OUT4, B4, 136, udp(OUT4, B4, 40000, 53, b"question"), ident=77)):
        line.add(unreachable(error, R4), UNMATCHED)
        line.add(unreachable(error, R4, dest=IN4), ELSEWHERE)
    line.wait(10001)
    line.add(unreachable(datagram(OUT4, B4, 40000, 53, b"question", ident=77), R4), UNMATCHED)
    return line


@capture
def nat_checksum_offload():
    """A capture on the sending host, before its network card computes the checksum: that it is not
    what was quoted says nothing."""
    line = Timeline()
    segment_sent = bytearray(udp(IN4, B4, 40000, 53, b"question"))
    words = [10 << 8, 2, 198 << 8 | 51, 100 << 8 | 2, UDP, len(segment_sent)]
    partial = sum(words) % 0xFFFF
    segment_sent[6:8] = partial.to_bytes(2, "big")
    frame = line.add(ip(IN4, B4, UDP, bytes(segment_sent), ident=300))
    outside = datagram(OUT4, B4, 40000, 53, b"question", ident=300)
    line.add(unreachable(outside, B4), about(line, frame))
    line.add(unreachable(outside, B4, dest=IN4), about(line, frame))
    line.add(unreachable(datagram(OUT4, B4, 61000, 53, b"question", ident=300), B4), UNMATCHED)
    return line


@capture
def nat_both_sides():
    """Captured inside and outside: a packet that stands there as it is quoted is the one, also where
    it was captured a little after the error."""
    line = Timeline()
    line.add(datagram(IN4, B4, 40000, 53, b"question", ident=77))
    outside = datagram(OUT4, B4, 61000, 53, b"question", ident=77)
    frame = line.add(outside)
    line.add(unreachable(outside, B4), line.tied(frame))
    inside = datagram(IN4, B4, 40000, 53, b"question", ident=77)
    line.add(unreachable(inside, B4), line.tied(frame - 1))
    line.add(datagram(IN4_B, B4, 40000, 53, b"question", ident=78))
    outside = datagram(OUT4, B4, 61001, 53, b"question", ident=78)
    line.add(unreachable(outside, B4), {"match.verdict": "exact", "match.rtt_us": None,
                                        "match.pcap_cnt": len(line.frames) + 2})
    line.add(outside)
    return line


@capture
def nat_in_one_vlan():
    """The device is in the VLAN of the error; a packet in another one is another flow's."""
    line = Timeline(link=lambda packet: packet)
    sent = datagram(IN4, B4, 40000, 53, b"question", ident=77)
    outside = datagram(OUT4, B4, 61000, 53, b"question", ident=77)
    line.add(ethernet(sent, (10,)))
    line.add(ethernet(unreachable(outside, B4), (20,)), UNMATCHED)
    frame = line.add(ethernet(sent, (20,)))
    line.add(ethernet(unreachable(outside, B4), (20,)), about(line, frame))
    return line
