"""Captures of ICMP messages in fragments: put together where they can be, else read from the first."""

import generate_packets as packets
from generate_errors import datagram
from generate_packets import FRAGMENT, ICMP, ICMP6
from generate_timeline import A4, A6, B4, B6, R4, R6, Timeline, unreachable, unreachable6

CAPTURES = []


def capture(function):
    CAPTURES.append(function)
    return function


def captures():
    for function in CAPTURES:
        line = function()
        yield function.__name__.replace("_", "-") + ".pcap", line.pcap(), line.truth


def part(packet, ident, begin, end):
    """The bytes from `begin` to `end` of what an IP packet without options carries, as a fragment of
    its own (RFC 791 3.2, RFC 8200 4.5)."""
    v6 = packet[0] >> 4 == 6
    body = packet[40 if v6 else 20:]
    more = end < len(body)
    if not v6:
        src, dst = (".".join(map(str, packet[at:at + 4])) for at in (12, 16))
        return packets.ipv4(src, dst, packet[9], body[begin:end], ident=ident, df=0, mf=more,
                            offset=begin)
    src, dst = (str(packets.ipaddress.ip_address(packet[at:at + 16])) for at in (8, 24))
    header = packets.fragment_header(packet[6], begin, more, ident)
    return packets.ipv6(src, dst, FRAGMENT, header + body[begin:end])


def parts(packet, ident, size):
    length = len(packet) - (40 if packet[0] >> 4 == 6 else 20)
    return [part(packet, ident, at, min(at + size, length)) for at in range(0, length, size)]


def whole(count, length, **more):
    return {"icmp.checksum": "good", "icmp.fragments": count, "icmp.complete": True,
            "icmp.length": length, **more}


def lone(count=1, **more):
    return {"icmp.checksum": "unverified", "icmp.fragments": count, "icmp.complete": False, **more}


def both_families():
    yield A4, B4, R4, unreachable
    yield A6, B6, R6, unreachable6


@capture
def fragments_put_together():
    """Pings of both families, in order, in the reverse order, and with each fragment seen twice, as
    behind a mirror port."""
    line = Timeline()
    for src, dst, _, _ in both_families():
        for ident, reverse, copies in (1, False, 1), (2, True, 1), (3, False, 2):
            packet = packets.echo(src, dst, 7, ident, payload=bytes(range(256)) * 3)
            pieces = parts(packet, ident, 296)
            pieces = pieces[::-1] if reverse else pieces
            for piece in pieces[:-1]:
                for _ in range(copies):
                    line.add(piece)
            line.add(pieces[-1], whole(len(pieces), 776, **{"icmp.id": 7, "icmp.seq": ident,
                                                            "icmp.payload_length": 768,
                                                            "src_ip": src, "dest_ip": dst}))
            for _ in range(copies - 1):
                line.add(pieces[-1])
    return line


@capture
def fragments_of_errors():
    """An error about a datagram, in two fragments; then one of which the second is missing, and
    after it a packet that its quote would fit as well."""
    line = Timeline()
    for src, dst, reporter, refuse in both_families():
        sent = datagram(src, dst, 40000, 53, bytes(500), **{"ident": 5} if src == A4 else {})
        frame = line.add(sent)
        error = refuse(sent, reporter, quote=400)
        first, last = parts(error, 70, 256)
        line.add(first)
        line.add(last, line.tied(frame, **whole(2, 408, **{"quoted.bytes": 400,
                                                           "quoted.dest_port": 53})))
        lost = datagram(src, dst, 40000, 53, bytes(400), **{"ident": 6} if src == A4 else {})
        frame = line.add(lost)
        error = refuse(lost, reporter, quote=400)
        line.add(parts(error, 71, 256)[0], line.tied(frame, **lone(**{"quoted.dest_port": 53})))
        line.add(lost)
    return line


@capture
def fragments_that_contradict():
    """What came first stays in IPv4; a datagram of IPv6 with such fragments is none (RFC 5722)."""
    line = Timeline()
    for src, dst, _, _ in both_families():
        packet = packets.echo(src, dst, 9, 1, payload=bytes(range(200)))
        forged = packet[:-100] + b"\xee" * 100
        first, last = parts(packet, 80, 144)
        line.add(first, lone(2, **{"icmp.seq": 1}) if src == A6 else None)
        line.add(part(forged, 80, 96, 160))
        line.add(last, whole(3, 208, **{"icmp.checksum": "bad"}) if src == A4 else None)
    return line


@capture
def fragments_apart():
    """One identification in two VLANs, between other hosts, and of another protocol: fragments that
    do not belong together. Then one that reaches beyond the longest packet."""
    line = Timeline()
    packet = packets.echo(A4, B4, 11, 1, payload=bytes(300))
    first, last = parts(packet, 90, 160)
    other = parts(packets.echo(B4, A4, 11, 1, payload=bytes(300)), 90, 160)[1]
    udp = parts(datagram(A4, B4, 1, 2, bytes(300)), 90, 160)[1]
    line.link = lambda p: packets.ethernet(p, [100])
    line.add(first, lone(vlan=[100]))
    line.link = lambda p: packets.ethernet(p, [200])
    line.add(last)
    line.link = packets.ethernet
    line.add(other)
    line.add(udp)
    line.add(packets.ipv4(A4, B4, ICMP, bytes(100), ident=90, df=0, offset=65504))
    line.add(packets.ipv6(A6, B6, FRAGMENT,
                          packets.fragment_header(ICMP6, 65528, 0, 90) + bytes(100)))
    line.wait(31000)
    line.add(last)
    return line


@capture
def fragments_quoted():
    """Errors about later fragments: tied to the fragment by the identification, and to the flow of
    the first one, whichever of them came first; without it to the fragment alone; and one about a
    fragment that is not there."""
    line = Timeline()

    def error_about(fragment, **expect):
        line.add(unreachable(fragment, R4, kind=11, code=0, quote=28), expect)

    def tied(frame, **more):
        return line.tied(frame, **{"match.verdict": "fragment", "quoted.src_port": None, **more})

    first, second, last = parts(datagram(A4, B4, 40000, 53, bytes(600)), 7, 208)
    line.add(first)
    frame = line.add(second)
    line.add(last)
    error_about(second, **tied(frame, **{"match.flow_id": 1, "quoted.frag_offset": 208}))

    first, last = parts(datagram(A4, B4, 40001, 53, bytes(300)), 8, 208)
    frame = line.add(last)
    line.add(first)
    error_about(last, **tied(frame, **{"match.flow_id": 2, "quoted.frag_offset": 208}))

    last = parts(datagram(A4, B4, 40002, 53, bytes(300)), 9, 208)[1]
    frame = line.add(last)
    error_about(last, **tied(frame, **{"match.flow_id": None}))

    unseen = parts(datagram(A4, B4, 40003, 53, bytes(300)), 10, 208)[1]
    error_about(unseen, **{"match.verdict": "unkeyed", "match.pcap_cnt": None,
                           "match.flow_id": None})
    return line
