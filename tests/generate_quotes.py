"""Captures in which errors quote packets of every kind: each transport with no more of it than
RFC 792 wants and with more, chains of extension headers, and tunnels, of which the quoted packet is
the outer one and the flow that of the inner one."""

import struct

import generate_packets as packets
from generate_errors import datagram, segment
from generate_packets import (DEST_OPTIONS, ESP, FRAGMENT, GRE, HOP_BY_HOP, ICMP, ICMP6, IPIP,
                              ROUTING, SCTP, SIT, SYN, TCP, UDP, echo, extension, fragment_header,
                              ip, ipv4, ipv6, sctp, tcp, udp)
from generate_timeline import A4, A6, B4, B6, R4, R6, S4, Timeline, unreachable, unreachable6

CAPTURES = []
AH, DCCP, UDPLITE = 51, 33, 136
HOSTS = (A4, B4), (A6, B6)
# The ends of tunnels.
T4, U4 = "203.0.113.1", "203.0.113.2"
T6, U6 = "2001:db8:f::1", "2001:db8:f::2"


def capture(function):
    CAPTURES.append(function)
    return function


def captures():
    for function in CAPTURES:
        line = function()
        yield function.__name__.replace("_", "-") + ".pcap", line.pcap(), line.truth


def is_v6(packet):
    return packet[0] >> 4 == 6


def exceeded(packet, quote=None):
    """From a router on the way: the time of `packet` is over, and `quote` bytes of it are told."""
    quote = len(packet) if quote is None else quote
    if is_v6(packet):
        return unreachable6(packet, R6, kind=3, code=0, quote=quote)
    return unreachable(packet, R4, kind=11, code=0, quote=quote)


# ---- transports ----------------------------------------------------------------------------------

OPTIONS = (b"\x02\x04\x05\xb4" b"\x01\x03\x03\x07" b"\x04\x02"
           + b"\x08\x0a" + struct.pack("!II", 111, 222) + b"\x01\x01"
           + b"\x05\x12" + struct.pack("!IIII", 5000, 6000, 7000, 8000))


def transports(src, dst):
    """(protocol, bytes, what 8 bytes of it tell, what more of it tells besides)"""
    ports = {"src_port": 40000, "dest_port": 53}
    tail = bytes(range(60))
    yield TCP, tcp(src, dst, 40000, 53, tail, seq=7001, ack=9001, flags=SYN | 16, window=4321,
                   options=OPTIONS), dict(ports, tcp_seq=7001), \
        {"tcp_flags": "12", "tcp_ack": 9001, "tcp_window": 4321, "tcp_mss": 1460, "tcp_wscale": 7,
         "tcp_sack_permitted": True, "tcp_tsval": 111, "tcp_tsecr": 222,
         "tcp_sack": [{"left": 5000, "right": 6000}, {"left": 7000, "right": 8000}]}
    yield UDP, udp(src, dst, 40000, 53, tail), dict(ports, udp_length=68), {}
    yield UDPLITE, struct.pack("!HHHH", 40000, 53, 8, 0) + tail, ports, {}
    yield SCTP, sctp(40000, 53, 0xDEADBEEF), dict(ports, sctp_vtag=0xDEADBEEF), {}
    # RFC 4340 5.1: a data packet with 48 bits of sequence number, a request with 24.
    yield DCCP, struct.pack("!HHBBHBBHI", 40000, 53, 4, 0, 0, 2 << 1 | 1, 0, 0x1234, 0x56789ABC) \
        + tail, ports, {"dccp_seq": 0x123456789ABC}
    yield DCCP, struct.pack("!HHBBHI", 40001, 53, 3, 0, 0, 2 << 25 | 0xABCDEF) + tail, \
        {"src_port": 40001}, {"dccp_seq": 0xABCDEF}
    kind = 128 if ":" in src else 8
    message = echo(src, dst, 77, 5, payload=tail)[40 if ":" in src else 20:]
    yield ICMP6 if ":" in src else ICMP, message, \
        {"icmp_type": kind, "icmp_code": 0, "icmp_id": 77, "icmp_seq": 5, "src_port": None}, {}
    yield ESP, struct.pack("!II", 0xC0FFEE, 17) + tail, \
        {"esp_spi": 0xC0FFEE, "esp_seq": 17, "src_port": None}, {}
    yield GRE, struct.pack("!HHI", 0x2000, 0x88FF, 99) + tail, {"gre_key": 99}, {}
    yield GRE, struct.pack("!HHHHII", 0xB000, 0x88FF, 1, 0, 98, 3) + tail, {"src_port": None}, \
        {"gre_key": 98}


@capture
def quoted_transports():
    """Each transport, of both families: its error quotes 8 bytes of it, then all."""
    line = Timeline()
    ident = 0
    for src, dst in HOSTS:
        fixed = 40 if ":" in src else 20
        for proto, body, short, more in transports(src, dst):
            ident += 1
            field = {} if ":" in src else {"ident": ident}
            packet = ip(src, dst, proto, body, **field)
            frame = line.add(packet, {} if proto in (ICMP, ICMP6) else None)
            told = {"quoted." + key: value for key, value in short.items()}
            rest = {"quoted." + key: value for key, value in more.items()}
            line.add(exceeded(packet, fixed + 8), dict(
                told, **dict.fromkeys(rest, None), **{"quoted.inner": None,
                                                      "quoted.bytes": fixed + 8}))
            told.update(rest, **{"quoted.inner": None})
            line.add(exceeded(packet), told if ":" in src else line.tied(frame, **told))
    return line


# ---- extension headers ---------------------------------------------------------------------------


@capture
def quoted_chains():
    """Each extension header of IPv6 alone and all of them in a row, and AH: what is behind it is
    told, unless it is cut off."""
    line = Timeline()
    body = udp(A6, B6, 40000, 53, b"icmpscope")
    routing = extension(UDP, b"\x04\0" + b"\0" * 4)
    single = [
        (HOP_BY_HOP, extension(UDP, b"\x05\x02\0\0\x01\0")),
        (DEST_OPTIONS, extension(UDP, b"\x01\x0a" + b"\0" * 10)),
        (ROUTING, routing),
        (FRAGMENT, fragment_header(UDP, 0, 0, 0x12345678)),
        (FRAGMENT, fragment_header(UDP, 0, 1, 0x12345679)),
        (AH, struct.pack("!BBHII", UDP, 4, 0, 5, 6) + b"\0" * 12),
    ]
    everything = b"".join((
        extension(DEST_OPTIONS, b"\x05\x02\0\0\x01\0"), extension(ROUTING, b"\x01\x04\0\0\0\0"),
        extension(FRAGMENT, b"\x04\0" + b"\0" * 4), fragment_header(AH, 0, 1, 0xAABBCCDD),
        struct.pack("!BBHII", DEST_OPTIONS, 4, 0, 5, 6) + b"\0" * 12,
        extension(UDP, b"\x01\x04\0\0\0\0")))
    told = {"quoted.proto": "UDP", "quoted.src_port": 40000, "quoted.dest_port": 53}
    for first, chain in single + [(HOP_BY_HOP, everything)]:
        packet = ipv6(A6, B6, first, chain + body)
        line.add(packet)
        line.add(exceeded(packet), dict(told, **{"quoted.udp_length": 17}))
        line.add(exceeded(packet, 40 + len(chain) + 4), dict(told, **{"quoted.udp_length": None}))
        line.add(exceeded(packet, 40 + len(chain) + 3), {"quoted.src_port": None})
    later = ipv6(A6, B6, FRAGMENT, fragment_header(UDP, 1448, 0, 0xAABBCCDD) + body)
    line.add(exceeded(later), {"quoted.frag_offset": 1448, "quoted.ip_id": 0xAABBCCDD,
                               "quoted.src_port": None, "quoted.proto": "UDP"})
    return line


# ---- tunnels -------------------------------------------------------------------------------------


def carried(port, head):
    """In UDP, behind a header of `head`, as most that do so are: with or without Ethernet."""
    return lambda inner: ipv4(T4, U4, UDP, udp(T4, U4, 49152, port, head + inner), ident=900)


def gtpu(inner):
    return carried(2152, struct.pack("!BBHI", 0x30, 0xFF, len(inner), 7))(inner)


def frame_of(inner):
    return packets.ethernet(inner, pad=False)


# (how it is carried, type, id, its outer addresses)
TUNNELS = [
    (lambda inner: ipv4(T4, U4, SIT if is_v6(inner) else IPIP, inner, ident=900), None, None),
    (lambda inner: ipv6(T6, U6, SIT if is_v6(inner) else IPIP, inner), "ipip", None),
    (lambda inner: ipv4(T4, U4, GRE, struct.pack("!HH", 0, packets.ethertype(inner)) + inner,
                        ident=900), "gre", None),
    (lambda inner: ipv6(T6, U6, GRE, struct.pack("!HHI", 0x2000, packets.ethertype(inner), 42)
                        + inner), "gre", 42),
    (lambda inner: carried(4789, b"\x08\0\0\0\0\0\x64\0")(frame_of(inner)), "vxlan", 100),
    (lambda inner: carried(6081, struct.pack("!HHI", 0, packets.ethertype(inner), 100 << 8))(inner),
     "geneve", 100),
    (gtpu, "gtpu", 7),
]


def tell_inner(packet):
    told = {"quoted.inner.src_ip": A4, "quoted.inner.dest_ip": B4, "quoted.inner.proto": "UDP",
            "quoted.inner.src_port": 40000, "quoted.inner.dest_port": 33434}
    if is_v6(packet):
        told.update({"quoted.inner.src_ip": A6, "quoted.inner.dest_ip": B6})
    return told


def tunnelled(line):
    """Three datagrams through each tunnel; the second does not arrive. The same hosts exchange the
    same datagrams outside of it, and one in another tunnel: these are not meant."""
    for tens, (wrap, kind, ident) in enumerate(TUNNELS):
        for src, dst in HOSTS:
            inner = [datagram(src, dst, 40000, 33434, b"probe %d" % number,
                              **({} if ":" in src else {"ident": number}))
                     for number in range(10 * tens + 1, 10 * tens + 4)]
            line.add(inner[1])
            line.add(ipv4(T4, S4, GRE, struct.pack("!HH", 0, packets.ethertype(inner[1]))
                          + inner[1]))
            sent = [wrap(packet) for packet in inner]
            frames = [line.add(packet) for packet in sent]
            outer = (T6, U6) if is_v6(sent[1]) else (T4, U4)
            line.add(exceeded(sent[1]), line.tied(frames[1], **tell_inner(inner[1]), **{
                "quoted.src_ip": outer[0], "quoted.dest_ip": outer[1],
                "quoted.inner.tunnel.0.type": kind or ("sit" if ":" in src else "ipip"),
                "match.inner": True, "quoted.inner.tunnel.0.id": ident, "quoted.inner.tunnel.1": None,
                "quoted.inner.tunnel.0.src_ip": outer[0],
                "quoted.inner.tunnel.0.dest_ip": outer[1]}))
            # From the sender's side of the tunnel, about the plain one.
            line.add(exceeded(inner[1]), {"match.pcap_cnt": frames[0] - 2, "quoted.inner": None,
                                          "match.verdict": "exact", "match.inner": None})
    return line


@capture
def quoted_tunnels():
    return tunnelled(Timeline())


@capture
def quoted_tunnels_vlan():
    """The same with all of it in VLANs: they are part of the context."""
    return tunnelled(Timeline(link=lambda packet: packets.ethernet(packet, [200, 100])))


@capture
def quoted_tunnel_cuts():
    """A GRE tunnel, quoted at every length: what there is of the inner packet is told, and ports and
    identification make it known."""
    line = Timeline()
    inner = datagram(A4, B4, 40000, 33434, b"probe", ident=1)
    packet = ipv4(T4, U4, GRE, b"\0\0\x08\0" + inner, ident=900)
    frame = line.add(packet)
    for quote in range(20, len(packet) + 1):
        told = {"quoted.inner": None, "match.verdict": "unmatched"}
        if quote >= 44:
            told = {"quoted.inner.src_ip": A4, "quoted.inner.src_port": None,
                    "match.verdict": "unmatched"}
        if quote >= 48:
            told = line.tied(frame, **tell_inner(packet))
        line.add(exceeded(packet, quote), told)
    return line


@capture
def quoted_tunnel_contents():
    """Other things that a tunnel carries: an echo, an error, a segment, a fragment, and tunnels."""
    line = Timeline()

    def through(inner, proto=IPIP, expect=None):
        packet = ipv4(T4, U4, proto, inner)
        return packet, line.add(packet, expect)

    ping, frame = through(echo(A4, B4, 77, 5), expect={"tunnel.0.type": "ipip"})
    line.add(exceeded(ping), line.tied(frame, **{
        "quoted.inner.proto": "ICMP", "quoted.inner.icmp_type": 8, "quoted.inner.icmp_id": 77,
        "quoted.inner.icmp_seq": 5}))
    error, _ = through(unreachable(datagram(A4, B4, 1, 2), R4, code=3),
                       expect={"tunnel.0.type": "ipip", "quoted.src_port": 1})
    line.add(exceeded(error), {"match.verdict": "unmatched", "quoted.inner.icmp_type": 3,
                               "quoted.inner.src_ip": R4})
    stream, frame = through(segment(A4, B4, 50000, 80, b"x" * 100, seq=1000, ident=2))
    line.add(exceeded(stream), line.tied(frame, **{"quoted.inner.tcp_seq": 1000,
                                                   "quoted.inner.src_port": 50000}))
    later, _ = through(datagram(A4, B4, 40000, 53, ident=3, offset=1480, df=0))
    line.add(exceeded(later), {"match.verdict": "unmatched", "quoted.inner.frag_offset": 1480,
                               "quoted.inner.src_port": None})
    deep = ipv6(A6, B6, GRE, b"\0\0\x08\0" + datagram(A4, B4, 40000, 53, ident=4))
    double, frame = through(deep, SIT)
    line.add(exceeded(double), line.tied(frame, **{
        "quoted.inner.tunnel.0.type": "sit", "quoted.inner.tunnel.1.type": "gre",
        "quoted.inner.tunnel.1.src_ip": A6, "quoted.inner.src_ip": A4,
        "quoted.inner.src_port": 40000}))
    triple, _ = through(ipv4(S4, U4, SIT, deep))
    line.add(exceeded(triple), {
        "match.verdict": "unmatched", "quoted.inner.tunnel.1.type": "sit",
        "quoted.inner.tunnel.2": None, "quoted.inner.src_ip": A6, "quoted.inner.proto": "GRE"})
    return line
