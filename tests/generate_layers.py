"""The same exchange in every link layer and every form of capture file: the answer must be the same."""

import struct

import generate_links
import generate_packets as packets
from generate_errors import datagram
from generate_links import OUTER, comes_from_a, outer
from generate_timeline import (A4, A6, B4, B6, MILLISECOND, R4, START, Timeline, unreachable,
                               unreachable6)

BYTE_ORDERS = ("<", "le"), (">", "be")


def exchange(line, expect=None):
    """Of both families, a refused datagram each."""
    for version, packet in (4, datagram(A4, B4, 40000, 53, ident=1)), \
            (6, datagram(A6, B6, 40000, 53)):
        frame = line.add(packet)
        error = (unreachable if version == 4 else unreachable6)(packet, B4 if version == 4 else B6)
        line.add(error, line.tied(frame, **{"icmp.checksum": "good", **(expect or {})}))
    return line


def link_layers():
    vlan = {"vlan": [100]}
    stack = {"vlan": [200, 100]}
    yield "ethernet", packets.ETHERNET, packets.ethernet, {"vlan": None}
    yield "vlan", packets.ETHERNET, lambda p: packets.ethernet(p, [100]), vlan
    yield "vlan-priority", packets.ETHERNET, lambda p: packets.ethernet(p, [0xE000 | 100]), vlan
    yield "qinq", packets.ETHERNET, lambda p: packets.ethernet(p, [200, 100]), stack
    yield "vlan-stack", packets.ETHERNET, \
        lambda p: packets.ethernet(p, [200, 100], tpids=[0x8100, 0x8100]), stack
    yield "unpadded", packets.ETHERNET, lambda p: packets.ethernet(p, pad=False), {}
    yield "trailer", packets.ETHERNET, lambda p: packets.ethernet(p) + b"\xde\xad\xbe\xef", {}
    yield "sll", packets.SLL, packets.sll, {}
    yield "sll2", packets.SLL2, packets.sll2, {}
    yield "null", packets.NULL, packets.null, {}
    yield "null-big-endian", packets.NULL, lambda p: packets.null(p, ">"), {}
    yield "loop", packets.LOOP, packets.loop, {}
    yield "ppp", packets.PPP, packets.ppp, {}
    yield "ppp-hdlc", packets.PPP_HDLC, packets.ppp, {}
    yield "pppoe", packets.PPP_ETHER, packets.pppoe, {}
    yield "cisco-hdlc", packets.CISCO_HDLC, packets.cisco_hdlc, {}
    yield "raw", packets.RAW, packets.raw, {}
    yield "raw-bsd", packets.BSD_RAW, packets.raw, {}
    yield "raw-mpls", 219, generate_links.mpls, {"tunnel.0.type": "mpls", "tunnel.0.id": 17}
    for name, link_type, link in generate_links.links():
        yield name, link_type, link, {"vlan": [7]} if name == "sll-vlan" else {}


def file_forms():
    """Classic pcap, in the four forms that a magic number tells."""
    for order, letter in BYTE_ORDERS:
        for nanoseconds in False, True:
            name = "file-%s-%s" % (letter, "ns" if nanoseconds else "us")
            line = exchange(Timeline())
            yield name, line.pcap(order=order, nanoseconds=nanoseconds), line.truth


def stamped(line):
    """The truth with the time of each record, which must survive the form of the file."""
    for frame, expect in line.truth.items():
        expect["ts_us"] = line.frames[int(frame) - 1][0] // 1000
    return line.truth


def pcapng_resolutions():
    """if_tsresol in powers of ten and of two. 2^-20 holds no whole millisecond but the first: times
    are not compared there."""
    for order, letter in BYTE_ORDERS:
        for resolution, units in (None, 10**6), (3, 10**3), (6, 10**6), (9, 10**9), (12, 10**12):
            line = exchange(Timeline())
            file = packets.Pcapng(order)
            base = START if resolution == 12 else 0  # 64 bits hold 213 days of picoseconds
            file.interface(packets.ETHERNET, resolution=resolution, offset=base // 10**9)
            for ns, data, wire in line.frames:
                file.enhanced(0, (ns - base) * units // 10**9, data, wire)
            name = "ng-%s-%s" % (letter, "default" if resolution is None else "e%d" % resolution)
            yield name, file.bytes(), stamped(line)
    line = Timeline()
    exchange(line)
    file = packets.Pcapng()
    file.interface(packets.ETHERNET, resolution=0x80 | 20)
    for ns, data, wire in line.frames:
        file.enhanced(0, (ns << 20) // 10**9, data, wire)
    for expect in line.truth.values():
        del expect["match.rtt_us"]
    yield "ng-binary", file.bytes(), line.truth


def pcapng_interfaces():
    """Three interfaces of different link types and clocks, the packet on one, its error on another;
    then a second section in the other byte order, in which interface 0 is another one."""
    line = exchange(Timeline(link=packets.raw))
    file = packets.Pcapng("<")
    file.interface(packets.RAW, resolution=9)
    file.interface(packets.SLL, resolution=6)
    file.interface(packets.ETHERNET, resolution=3, offset=1000)
    file.block(0x40000BAD, b"a custom block that nobody knows")
    (ns1, raw1, _), (ns2, raw2, _), (ns3, raw3, _), (ns4, raw4, _) = line.frames
    file.enhanced(0, ns1, raw1)
    file.enhanced(1, ns2 // 1000, packets.sll(raw2))
    file.block(5, struct.pack("<III", 0, 0, 0))  # interface statistics
    file.enhanced(2, ns3 // MILLISECOND - 1000 * 1000, packets.ethernet(raw3))
    file.section(">")
    file.interface(packets.RAW)
    file.enhanced(0, ns4 // 1000, raw4)
    return "ng-interfaces", file.bytes(), stamped(line)


def pcapng_blocks():
    """Simple and obsolete packet blocks. A simple one has no time: it is 0."""
    line = exchange(Timeline())
    file = packets.Pcapng()
    file.interface(packets.ETHERNET)
    for number, (ns, data, _) in enumerate(line.frames):
        if number < 2:
            file.obsolete(0, ns // 1000, data)
        else:
            file.simple(data)
    line.truth["4"]["match.rtt_us"] = 0
    return "ng-blocks", file.bytes(), line.truth


GRE_PROTO, VXLAN_PORT, GENEVE_PORT, GTPU_PORT = 47, 4789, 6081, 2152


def tunnel_links():
    """(name, link, type in the record, id in the record or None); type None: it depends on the
    family; "": the error comes outside of it."""
    def ipip(packet):
        return outer(packet, packets.SIT if packet[0] >> 4 == 6 else packets.IPIP, packet)

    def mpls(packet):
        stack = struct.pack("!II", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64)
        return packets.ethernet(stack + packet, kind=0x8847)

    def pppoe(packet):
        return packets.ethernet(packets.pppoe(packet), kind=0x8864)

    def gre(packet):
        head = struct.pack("!HHI", 0x2000, packets.ethertype(packet), 99)
        return outer(packet, GRE_PROTO, head + packet)

    def vxlan(packet):
        body = struct.pack("!II", 1 << 27, 42 << 8) + packets.ethernet(packet)
        return outer(packet, packets.UDP, (VXLAN_PORT, body))

    def geneve(packet):
        body = struct.pack("!BBHI", 1, 0, 0x6558, 42 << 8) + b"\0" * 4 + packets.ethernet(packet)
        return outer(packet, packets.UDP, (GENEVE_PORT, body))

    def gtpu(packet):
        body = struct.pack("!BBHI", 0x30, 0xFF, len(packet), 0xABCD) + packet
        return outer(packet, packets.UDP, (GTPU_PORT, body))

    def mpls_one_way(packet):
        """The last router but one takes the labels off: what comes back has none."""
        return mpls(packet) if comes_from_a(packet) else packets.ethernet(packet)

    yield "ipip", ipip, None, None
    yield "mpls", mpls, "mpls", None
    yield "mpls-one-way", mpls_one_way, "", None
    yield "pppoe", pppoe, "pppoe", 7
    yield "gre", gre, "gre", 99
    yield "vxlan", vxlan, "vxlan", 42
    yield "geneve", geneve, "geneve", 42
    yield "gtpu", gtpu, "gtpu", 0xABCD


def tunnels():
    """The exchange inside a tunnel: addresses, ports and errors are those of the inner packets."""
    for name, link, kind, ident, has_outer in generate_links.tunnels():
        ends = OUTER[::-1] if has_outer else (None, None)
        expect = {"tunnel.0.type": kind, "tunnel.0.id": ident, "tunnel.0.src_ip": ends[0],
                  "tunnel.0.dest_ip": ends[1], "tunnel.1": None}
        line = exchange(Timeline(link=link), expect)
        yield "tunnel-" + name, line.pcap(), line.truth
    for name, link, kind, ident in tunnel_links():
        line = exchange(Timeline(link=link))
        for frame, source in ("2", B4), ("4", B6):
            expect = line.truth[frame]
            expect["src_ip"] = source
            by_family = "sit" if frame == "4" else "ipip"
            expect["tunnel.0.type"] = by_family if kind is None else kind or None
            if ident is not None:
                expect["tunnel.0.id"] = ident
        yield "tunnel-" + name, line.pcap(), line.truth


def nflog_big_endian():
    """Of another machine: the order of the attributes is that of the file."""
    line = exchange(Timeline(link=lambda packet: generate_links.nflog(packet, ">")))
    return "nflog-big-endian", line.pcap(239, order=">"), line.truth


def cut_short():
    """The exchange at every snaplen of an Ethernet frame with a refused datagram: no more can be
    said than what is there, and what is there must be."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    for cut in range(0, 14 + 20 + 8 + 28 + 1):
        inner = cut - 14 - 20
        expect = {"icmp_type": 3, "icmp_code": 3} if inner >= 2 else None
        if expect and inner < 8 + 28:
            expect["icmp.checksum"] = "unverified"
        if expect and inner < 8 + 20:
            expect.update({"match.verdict": "unkeyed", "quoted.src_ip": None})
        elif expect and inner < 8 + 24:
            expect.update({"match.verdict": "unkeyed", "quoted.src_ip": A4,
                           "quoted.src_port": None})
        elif expect:
            expect.update({"match.verdict": "exact", "match.pcap_cnt": frame})
        line.add(unreachable(packet, R4), expect, cut=cut)
    return "cut-short", line.pcap(), line.truth


def captures():
    for name, link_type, link, expect in link_layers():
        line = exchange(Timeline(link=link), expect)
        yield "link-%s.pcap" % name, line.pcap(link_type), line.truth
    everything = list(file_forms()) + list(pcapng_resolutions()) + list(tunnels())
    everything += [nflog_big_endian(), pcapng_interfaces(), pcapng_blocks(), cut_short()]
    for name, data, truth in everything:
        suffix = ".pcapng" if name.startswith("ng-") else ".pcap"
        yield name + suffix, data, truth
