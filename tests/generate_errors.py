"""Captures in which errors are about packets that are known: who caused which, and what must not be
tied to anything."""

import struct

from generate_packets import (ACK, DEST_OPTIONS, ESP, GRE, HOP_BY_HOP, ICMP, SCTP, SYN, TCP, UDP,
                              ICMP6, echo, extension, icmp, icmp4, icmp6, ip, ipv4, ipv6, sctp, tcp,
                              udp)
from generate_timeline import (A4, A6, B4, B6, R4, R6, S4, Timeline, unreachable, unreachable6)

CAPTURES = []


def capture(function):
    CAPTURES.append(function)
    return function


def captures():
    for function in CAPTURES:
        line = function()
        yield function.__name__.replace("_", "-") + ".pcap", line.pcap(), line.truth


def datagram(src, dst, sport, dport, payload=b"icmpscope", **field):
    return ip(src, dst, UDP, udp(src, dst, sport, dport, payload), **field)


def segment(src, dst, sport, dport, payload=b"", **field):
    tcp_fields = {key: field.pop(key) for key in ("seq", "ack", "flags") if key in field}
    return ip(src, dst, TCP, tcp(src, dst, sport, dport, payload, **tcp_fields), **field)


@capture
def udp_refused():
    """Five datagrams that differ in the IP identification alone, each refused; then their bodies
    come back out of order."""
    line = Timeline()
    sent = []
    for ident in range(100, 105):
        packet = datagram(A4, B4, 40000, 69, ident=ident)
        frame = line.add(packet)
        sent.append((packet, frame))
        line.add(unreachable(packet, B4),
                 line.tied(frame, **{"icmp.name": "destination unreachable",
                                     "icmp.code_name": "port unreachable",
                                     "icmp.class": "error", "icmp.checksum": "good",
                                     "icmp_type": 3, "icmp_code": 3, "src_ip": B4, "dest_ip": A4,
                                     "quoted.src_ip": A4, "quoted.dest_ip": B4,
                                     "quoted.src_port": 40000, "quoted.dest_port": 69,
                                     "quoted.proto": "UDP", "quoted.ip_id": ident,
                                     "quoted.ttl": 64, "quoted.length": 37, "quoted.bytes": 28,
                                     "quoted.udp_length": 17, "quoted.df": True,
                                     "quoted.tcp_seq": None, "match.anomalies": None}))
    for packet, frame in reversed(sent):
        line.add(unreachable(packet, R4, code=13), line.tied(frame))
    return line


@capture
def udp_refused_v6():
    """Datagrams told apart by their checksum, for IPv6 has no identification."""
    line = Timeline()
    sent = []
    for number in range(4):
        packet = datagram(A6, B6, 40000, 69, b"request %d" % number)
        sent.append((packet, line.add(packet)))
    for packet, frame in sent:
        line.add(unreachable6(packet, B6), line.tied(frame, **{
            "icmp_type": 1, "icmp_code": 4, "icmp.checksum": "good", "proto": "IPv6-ICMP",
            "quoted.src_ip": A6, "quoted.dest_port": 69, "quoted.ip_id": None, "quoted.df": None}))
    return line


@capture
def udp_alike():
    """Datagrams of which nothing differs: that it was one of three can be said, and no more."""
    line = Timeline()
    packet = datagram(A6, B6, 40000, 69)
    for _ in range(3):
        line.add(packet)
    line.add(unreachable6(packet, B6), {"match.verdict": "flow", "match.candidates": 3,
                                        "match.pcap_cnt": None, "match.rtt_us": None})
    return line


@capture
def identification_reused():
    """The same IP identification twice, and one of 0: what else differs must decide."""
    line = Timeline()
    packets = [datagram(A4, B4, 40000, 53, body, ident=ident)
               for ident, body in ((7, b"one"), (7, b"two"), (0, b"three"), (0, b"four"))]
    frames = [line.add(packet) for packet in packets]
    for packet, frame in zip(packets, frames):
        line.add(unreachable(packet, B4), line.tied(frame))
    return line


@capture
def tcp_retransmitted():
    """A segment, and the same again with another identification; in IPv6 with another timestamp and
    so another checksum, or bit for bit the same, which nothing tells apart."""
    line = Timeline()
    first, again = (segment(A4, B4, 50000, 80, b"x" * 100, seq=1000, ident=ident)
                    for ident in (10, 11))
    frames = [line.add(first), line.add(again)]
    line.add(unreachable(first, R4, code=4, word=struct.pack("!HH", 0, 1400)), line.tied(
        frames[0], **{"icmp.mtu": 1400, "quoted.tcp_seq": 1000, "quoted.tcp_flags": None}))
    line.add(unreachable(again, R4, code=4, quote=40), line.tied(frames[1], **{
        "icmp.mtu": 0, "quoted.proto": "TCP"}))
    packet = segment(A6, B6, 50000, 80, b"x" * 100, seq=1000)
    line.add(packet)
    line.add(packet)
    line.add(segment(A6, B6, 50000, 80, b"x" * 100, seq=1100))
    line.add(unreachable6(packet, R6, kind=2, code=0, word=struct.pack("!I", 1280)), {
        "match.verdict": "flow", "match.candidates": 2, "icmp.mtu": 1280})
    retries = [segment(A6, B6, 50000, 80, text * 100, seq=2000) for text in (b"y", b"z")]
    frames = [line.add(retry) for retry in retries]
    for frame, retry in zip(frames, retries):
        line.add(unreachable6(retry, R6), line.tied(frame))
    return line


@capture
def tcp_handshake():
    """A whole connection; its answers must not be taken for what was refused."""
    line = Timeline()
    syn = segment(A4, B4, 50000, 443, seq=99, flags=SYN, ident=1)
    line.add(syn)
    line.add(segment(B4, A4, 443, 50000, seq=499, ack=100, flags=SYN | ACK, ident=1))
    line.add(segment(A4, B4, 50000, 443, seq=100, ack=500, ident=2))
    sent = segment(A4, B4, 50000, 443, b"GET", seq=100, ack=500, ident=3)
    frame = line.add(sent)
    line.add(segment(B4, A4, 443, 50000, b"OK", seq=500, ack=103, ident=3))
    line.add(unreachable(sent, R4, code=1), line.tied(frame))
    line.add(unreachable(syn, R4, kind=11, code=0), line.tied(1))
    return line


@capture
def hops_udp():
    """Ports that rise, TTLs that rise, three routers and the end."""
    line = Timeline()
    for ttl, reporter in enumerate((R4, S4, "203.0.113.252", B4), 1):
        for probe in range(3):
            port = 33434 + 3 * (ttl - 1) + probe
            packet = datagram(A4, B4, 50001, port, ident=port, ttl=ttl)
            frame = line.add(packet)
            kind, code = (3, 3) if reporter == B4 else (11, 0)
            line.add(unreachable(packet[:8] + b"\x01" + packet[9:], reporter, kind=kind, code=code),
                     line.tied(frame, icmp_type=kind, icmp_code=code, src_ip=reporter))
    return line


@capture
def hops_echo():
    """Echo requests of one identifier, told apart by their sequence numbers alone."""
    line = Timeline()
    for src, dst, reporter in ((A4, B4, R4), (A6, B6, R6)):
        pings = [echo(src, dst, 77, seq) for seq in range(1, 4)]
        frames = [line.add(ping, {"icmp.class": "request", "icmp.id": 77, "icmp.seq": seq,
                                  "match": None, "quoted": None})
                  for seq, ping in enumerate(pings, 1)]
        for seq, (ping, frame) in enumerate(zip(pings, frames), 1):
            error = unreachable(ping, reporter, kind=11, code=0) if src == A4 else \
                unreachable6(ping, reporter, kind=3, code=0)
            line.add(error, line.tied(frame, **{"quoted.icmp_id": 77, "quoted.icmp_seq": seq,
                                                "quoted.icmp_type": 8 if src == A4 else 128}))
        line.add(echo(dst, src, 77, 3, reply=True), {"icmp.class": "reply", "icmp.seq": 3})
    return line


@capture
def nothing_to_tie():
    """Errors about flows of which the other direction, or nothing, or too little is known."""
    line = Timeline()
    line.add(datagram(B4, A4, 53, 40000, ident=1))
    line.add(unreachable(datagram(A4, B4, 40000, 53, ident=9), R4), {"match.verdict": "reverse"})
    stranger = datagram(A4, B4, 40001, 53, ident=9)
    line.add(unreachable(stranger, R4), {"match.verdict": "unmatched", "match.flow_id": None})
    line.wait(60)
    line.add(stranger)  # too late: an error is about what was before it
    for quote in (20, 21, 22, 23):
        line.add(unreachable(stranger, R4, quote=quote), {
            "match.verdict": "unkeyed", "quoted.src_ip": A4, "quoted.dest_ip": B4,
            "quoted.bytes": quote, "quoted.src_port": None, "quoted.dest_port": None})
    for quote in (0, 1, 10, 19):
        line.add(unreachable(stranger, R4, dest=A4, quote=quote), {
            "match.verdict": "unkeyed", "quoted.src_port": None, "quoted.src_ip": None})
    line.add(unreachable6(datagram(A6, B6, 1, 2), R6), {"match.verdict": "unmatched"})
    return line


@capture
def captured_before_its_packet():
    """Two queues: the error comes out first. Its packet has no time of its own to it, and must be
    known by its identification; where it has none, it may be one that was sent again."""
    line = Timeline()
    late = datagram(A4, B4, 40002, 53, ident=9)
    line.add(unreachable(late, R4), {"match.verdict": "exact", "match.pcap_cnt": 2,
                                     "match.rtt_us": None})
    line.add(late)
    again = datagram(A6, B6, 40003, 53)
    line.add(unreachable6(again, R6), {"match.verdict": "flow", "match.pcap_cnt": None})
    line.add(again)
    return line


@capture
def protocols():
    """Transports with other identities than TCP's and UDP's."""
    line = Timeline()
    for ident, (proto, body, path, value) in enumerate((
            (SCTP, sctp(7, 8, 0xDEADBEEF), "quoted.sctp_vtag", 0xDEADBEEF),
            (ESP, struct.pack("!II", 0xC0FFEE, 1) + b"\0" * 24, "quoted.esp_spi", 0xC0FFEE),
            (GRE, struct.pack("!HHI", 0x2000, 0x0800, 99) + b"\0" * 24, "quoted.gre_key", 99)), 1):
        packet = ipv4(A4, B4, proto, body, ident=ident)
        frame = line.add(packet)
        line.add(unreachable(packet, R4, code=2), line.tied(frame, **{path: value}))
    packet = ipv4(A4, B4, 253, b"experimental", ident=9)
    frame = line.add(packet)
    line.add(unreachable(packet, B4, code=2), line.tied(frame, **{"quoted.src_port": None}))
    return line


@capture
def headers_between():
    """IPv4 options and IPv6 extension headers, in the packet and so in its quote."""
    line = Timeline()
    router_alert, record_route = b"\x94\x04\0\0", b"\x07\x27\x04" + b"\0" * 36
    for ident, options in enumerate((router_alert, record_route), 1):
        packet = datagram(A4, B4, 40000, 53, ident=ident, options=options)
        frame = line.add(packet)
        line.add(unreachable(packet, R4, quote=20 + len(options) // 4 * 4 + 12),
                 line.tied(frame, **{"quoted.src_port": 40000, "quoted.dest_port": 53}))
    body = udp(A6, B6, 40000, 53, b"icmpscope")
    chain = extension(DEST_OPTIONS, b"\x05\x02\0\0\x01\0") + extension(UDP) + body
    packet = ipv6(A6, B6, HOP_BY_HOP, chain)
    frame = line.add(packet)
    line.add(unreachable6(packet, R6, kind=4, code=1, word=struct.pack("!I", 40)),
             line.tied(frame, **{"quoted.src_port": 40000, "quoted.proto": "UDP",
                                 "icmp.pointer": 40}))
    message = icmp6(R6, A6, 1, 0, payload=packet)
    line.add(ipv6(R6, A6, HOP_BY_HOP, extension(ICMP6) + message), {
        "match.pcap_cnt": frame, "icmp.checksum": "good"})
    return line


@capture
def reasons_to_doubt():
    """Errors that no host should send, or that were forged."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    line.add(unreachable(packet, R4, dest="192.0.2.99"), line.tied(
        frame, **{"match.anomalies": ["outer_dest_not_quoted_source"]}))
    swapped = packet[:2] + packet[3:1:-1] + packet[4:]
    line.add(unreachable(swapped, R4), line.tied(
        frame, **{"match.anomalies": ["quoted_ip_length_byte_swapped"]}))
    error = unreachable(packet, R4)
    line.add(unreachable(error, A4), {"match.anomalies": ["error_about_error"],
                                      "quoted.icmp_type": 3})
    multicast = datagram(A4, "224.0.0.251", 5353, 5353, ident=2)
    frame = line.add(multicast)
    line.add(unreachable(multicast, R4), line.tied(
        frame, **{"match.anomalies": ["about_multicast"]}))
    multicast = datagram(A6, "ff05::fb", 5353, 5353)
    frame = line.add(multicast)
    line.add(unreachable6(multicast, R6, kind=2, code=0, word=struct.pack("!I", 1280)),
             line.tied(frame, **{"match.anomalies": ["mtu_not_below_length"]}))
    line.add(unreachable6(multicast, R6), line.tied(
        frame, **{"match.anomalies": ["about_multicast"]}))
    return line


@capture
def later_fragments():
    """A datagram in three fragments. What stands in the place of the ports of the later ones must
    not be read as ports."""
    line = Timeline()
    body = udp(A4, B4, 40000, 53, bytes(range(256)) * 12)
    pieces = [ipv4(A4, B4, UDP, body[start:start + 1480], ident=5, df=0, offset=start,
                   mf=int(start + 1480 < len(body))) for start in range(0, len(body), 1480)]
    frames = [line.add(piece) for piece in pieces]
    line.add(unreachable(pieces[0], R4, kind=11, code=1), line.tied(
        frames[0], **{"quoted.src_port": 40000, "quoted.frag_offset": 0}))
    line.add(unreachable(pieces[1], R4, code=1), {
        "match.verdict": "fragment", "match.pcap_cnt": frames[1], "match.flow_id": 1,
        "quoted.frag_offset": 1480, "quoted.src_port": None, "quoted.dest_port": None,
        "quoted.udp_length": None, "quoted.ip_id": 5})
    return line


@capture
def seen_twice():
    """A capture on "any" shows a packet that is forwarded as it comes and as it goes."""
    line = Timeline()
    for ttl in (64, 63):
        line.add(datagram(A4, B4, 40000, 53, ident=1, ttl=ttl))
    line.add(unreachable(datagram(A4, B4, 40000, 53, ident=1, ttl=62), B4), {
        "match.verdict": "exact", "match.candidates": None})
    return line


@capture
def segmentation_offload():
    """The sending host captures one large segment where three went out, each with an identification
    of its own."""
    line = Timeline()
    line.add(segment(A4, B4, 50000, 80, b"a" * 10, seq=990, ident=4))
    frame = line.add(segment(A4, B4, 50000, 80, b"x" * 4380, seq=1000, ident=5))
    line.add(segment(A4, B4, 50000, 80, b"y" * 10, seq=5380, ident=8))
    third = segment(A4, B4, 50000, 80, b"x" * 1460, seq=1000 + 2 * 1460, ident=7)
    line.add(unreachable(third, R4, code=4, word=struct.pack("!HH", 0, 1400)), line.tied(frame))
    return line


@capture
def far_back():
    """A flow so busy that the packet lies beyond what one error may cost."""
    line = Timeline()
    sent = [datagram(A4, B4, 40000, 53, ident=ident) for ident in range(1, 2101)]
    for packet in sent:
        line.add(packet)
    line.add(unreachable(sent[1599], R4), line.tied(1600))
    line.add(unreachable(sent[0], R4), {"match.verdict": "flow", "match.pcap_cnt": None})
    return line


@capture
def checksums():
    """Good, bad, and such as nobody can judge."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    good = icmp4(3, 3, payload=packet[:28])
    for message, verdict in ((good, "good"), (good[:2] + b"\x12\x34" + good[4:], "bad"),
                             (icmp4(3, 3, payload=packet[:29]), "good")):
        line.add(ipv4(R4, A4, ICMP, message), {"icmp.checksum": verdict, "match.pcap_cnt": frame})
    line.add(ipv4(R4, A4, ICMP, good), {"icmp.checksum": "unverified"}, cut=14 + 20 + 8 + 24)
    line.add(ipv4(R4, A4, ICMP, good[:24], mf=1, df=0), {"icmp.checksum": "unverified"})
    message = icmp6(R6, A6, 128, 0, b"\0\1\0\1", b"odd")
    line.add(ipv6(R6, A6, ICMP6, message), {"icmp.checksum": "good"})
    line.add(ipv6(R6, B6, ICMP6, message), {"icmp.checksum": "bad"})  # another pseudo header
    return line


@capture
def bodies():
    """What the header of each type holds beside the quoted packet."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    line.add(unreachable(packet, R4, kind=5, code=1, word=bytes([203, 0, 113, 1])),
             {"icmp.gateway": "203.0.113.1", "quoted.src_port": 40000, "match.pcap_cnt": frame})
    line.add(unreachable(packet, R4, kind=12, code=0, word=b"\x14\0\0\0"), {"icmp.pointer": 20})
    line.add(unreachable(packet, R4, kind=4, code=0), line.tied(
        frame, **{"icmp.status": "deprecated", "icmp.class": "error"}))
    times = struct.pack("!HHIII", 7, 9, 1000, 2000, 0x80000BB8)
    for kind, klass in ((13, "request"), (14, "reply")):
        line.add(icmp(A4, B4, kind, 0, times[:4], times[4:]), {
            "icmp.id": 7, "icmp.seq": 9, "icmp.originate_ms": 1000, "icmp.receive_ms": 2000,
            "icmp.transmit_ms": 0x80000BB8, "icmp.class": klass})
    return line


def interleaved():
    """Two captures of one link whose frames take turns: what is sent stands in one, what comes back
    in the other. The truth names the frame; that it is in the other capture is for its reader."""
    sent, received = Timeline(), Timeline()
    for ident in range(1, 6):
        packet = datagram(A4, B4, 40000, 53, ident=ident)
        frame = sent.add(packet)
        received.clock = sent.clock
        received.add(unreachable(packet, B4), {"match.pcap_cnt": frame})
        sent.clock = received.clock
    return sent, received
