"""Link layers and tunnels that generate_layers.py puts its exchange into, built from their
specifications alone: nothing here is shared with the decoder under test."""

import struct

import generate_packets as packets
from generate_packets import MAC_A, MAC_B, ethernet, ethertype
from generate_timeline import A4, A6

MAC_C, MAC_D = bytes.fromhex("020000000003"), bytes.fromhex("020000000004")


def is_v6(packet):
    return packet[0] >> 4 == 6


def snap(packet):
    """LLC and SNAP (IEEE 802.2, RFC 1042)."""
    return b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", ethertype(packet)) + packet


# ---- 802.11 and what captures put in front of it -------------------------------------------------

TO_DS, FROM_DS, RETRY, ORDER = 1, 2, 8, 0x80


def wlan(packet, flags=TO_DS, qos=False, amsdu=False, pad=False, swap=False):
    """A data frame (IEEE 802.11-2020 9.3.2). ORDER with qos adds HT control."""
    control = bytes([0x88 if qos else 0x08, flags])
    head = (control[::-1] if swap else control) + b"\x2c\0" + MAC_B + MAC_A + MAC_C + b"\x10\0"
    if flags & 3 == TO_DS | FROM_DS:
        head += MAC_D
    if qos:
        head += struct.pack("<H", 0x80 if amsdu else 0)
        if flags & ORDER:
            head += b"\0\0\0\0"
    if pad:
        head += b"\0" * (-len(head) % 4)
    body = snap(packet)
    if amsdu:
        first = MAC_B + MAC_A + struct.pack("!H", len(body)) + body
        first += b"\0" * (-len(first) % 4)
        body = first + MAC_B + MAC_C + struct.pack("!H", 8) + b"\xaa\xaa\x03\0\0\0\x08\x06"
    return head + body


def radiotap(frame, words=(0,), fields=b""):
    """radiotap.org: `words` are the bitmaps, of which all but the last say that more follow."""
    words = [word | 1 << 31 for word in words[:-1]] + [words[-1]]
    head = b"".join(struct.pack("<I", word) for word in words)
    return struct.pack("<BBH", 0, 0, 4 + len(head) + len(fields)) + head + fields + frame


TSFT, FLAGS, RATE = 1, 2, 4
HAS_FCS, DATA_PAD = 0x10, 0x20


def ppi(frame, link_type, fields=b""):
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), link_type) + fields + frame


def avs(frame, size=64):
    return struct.pack("!II", 0x80211001, size) + b"\0" * (size - 8) + frame


def prism(frame):
    return struct.pack("<II16s", 0x44, 144, b"wlan0") + b"\0" * 120 + frame


# ---- serial lines, old networks, pseudo headers --------------------------------------------------


def frame_relay(packet, address=b"\x18\x41"):
    """RFC 2427 4: DLCI 100, unnumbered information, NLPID."""
    return address + bytes([3, 0x8E if is_v6(packet) else 0xCC]) + packet


def token_ring(packet, route=b""):
    source = bytes([MAC_A[0] | 0x80]) + MAC_A[1:] if route else MAC_A
    return b"\x10\x40" + MAC_B + source + route + snap(packet)


def fddi(packet):
    return b"\x50" + MAC_B + MAC_A + snap(packet)


def pflog(packet, size=61, inet6=24):
    head = bytes([size, inet6 if is_v6(packet) else 2, 0, 0]) + b"em0".ljust(16, b"\0")
    head += b"\0" * 16 + struct.pack("!IIiiii", 0, 0xFFFFFFFF, -1, -1, 0, 0) + b"\x01"
    head = head.ljust(size, b"\0")[:size]
    return head + b"\0" * (-size % 4) + packet


def enc(packet, order="<"):
    return struct.pack(order + "I", 24 if is_v6(packet) else 2) + struct.pack("!II", 0x1234, 0) \
        + packet


def ipnet(packet):
    return struct.pack("!BBHIIIII", 1, 26 if is_v6(packet) else 2, 0, len(packet), 1, 0, 0, 0) \
        + packet


def nflog(packet, order="<"):
    def attribute(kind, value):
        return struct.pack(order + "HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
    head = struct.pack("!BBH", 10 if is_v6(packet) else 2, 0, 5)
    header = attribute(1, struct.pack("!HBB", ethertype(packet), 1, 0))
    return head + header + attribute(10, b"prefix\0") + attribute(9, packet)


def pktap(frame, link_type):
    head = struct.pack("<III", 108, 1, link_type) + b"en0".ljust(24, b"\0")
    return head.ljust(108, b"\0") + frame


def sll(packet, hardware, protocol):
    return struct.pack("!HHH", 0, hardware, 6) + MAC_A + b"\0\0" + struct.pack("!H", protocol) \
        + packet


def wlan_links():
    """(name, LINKTYPE, link); LINKTYPE values from tcpdump.org/linktypes.html."""
    yield "wlan", 105, wlan
    yield "wlan-from-ds", 105, lambda p: wlan(p, FROM_DS | RETRY)
    yield "wlan-no-ds", 105, lambda p: wlan(p, 0)
    yield "wlan-both-ds", 105, lambda p: wlan(p, TO_DS | FROM_DS)
    yield "wlan-qos", 105, lambda p: wlan(p, qos=True)
    yield "wlan-qos-both-ds", 105, lambda p: wlan(p, TO_DS | FROM_DS, qos=True)
    yield "wlan-qos-ht", 105, lambda p: wlan(p, TO_DS | ORDER, qos=True)
    yield "wlan-qos-ht-both-ds", 105, lambda p: wlan(p, TO_DS | FROM_DS | ORDER, qos=True)
    yield "wlan-amsdu", 105, lambda p: wlan(p, FROM_DS, qos=True, amsdu=True)
    yield "radiotap", 127, lambda p: radiotap(wlan(p))
    yield "radiotap-fields", 127, lambda p: radiotap(
        wlan(p), [TSFT | FLAGS | RATE], b"\x11" * 8 + bytes([0, 2]))
    yield "radiotap-fcs", 127, lambda p: radiotap(
        wlan(p) + b"\xfc" * 4, [FLAGS | RATE], bytes([HAS_FCS, 2]))
    yield "radiotap-pad", 127, lambda p: radiotap(
        wlan(p, qos=True, pad=True), [FLAGS], bytes([DATA_PAD]))
    yield "radiotap-words", 127, lambda p: radiotap(
        wlan(p, qos=True, pad=True), [TSFT | FLAGS | 1 << 29, 0],
        b"\0" * 4 + b"\x11" * 8 + bytes([DATA_PAD]))
    yield "avs", 163, lambda p: avs(wlan(p))
    yield "prism", 119, lambda p: prism(wlan(p))
    yield "prism-avs", 119, lambda p: avs(wlan(p))
    yield "ppi", 192, lambda p: ppi(wlan(p), 105)
    yield "ppi-ethernet", 192, lambda p: ppi(ethernet(p), 1, struct.pack("<HHI", 30000, 4, 0))
    yield "sll-radiotap", 113, lambda p: sll(radiotap(wlan(p)), 803, 4)


def other_links():
    yield "ppp-direction", 166, lambda p: b"\0" + packets.ppp(p)[1:]
    yield "ppp-with-dir", 204, lambda p: b"\1" + packets.ppp(p)
    yield "cisco-hdlc-with-dir", 205, lambda p: b"\0" + packets.cisco_hdlc(p)
    yield "slip", 8, lambda p: b"\0" + p[:1] + b"\0" * 14 + p
    yield "frame-relay", 107, frame_relay
    yield "frame-relay-snap", 107, lambda p: b"\x18\x41\x03\0\x80" + snap(p)[3:]
    yield "frame-relay-cisco", 107, lambda p: b"\x18\x41" + struct.pack("!H", ethertype(p)) + p
    yield "frame-relay-4", 107, lambda p: frame_relay(p, b"\x18\x40\x00\x01")
    yield "frame-relay-with-dir", 206, lambda p: b"\1" + frame_relay(p)
    yield "atm", 100, snap
    yield "atm-bridged", 100, lambda p: b"\xaa\xaa\x03\0\x80\xc2\0\x07\0\0" + ethernet(p)
    yield "token-ring", 6, token_ring
    yield "token-ring-routed", 6, lambda p: token_ring(p, b"\x06\x30\0\x11\0\x20")
    yield "fddi", 10, fddi
    yield "ip-over-fc", 122, lambda p: b"\x10\0" + MAC_B + b"\x10\0" + MAC_A + snap(p)
    yield "ieee1394", 138, lambda p: b"\0\1" + MAC_B + b"\0\1" + MAC_A \
        + struct.pack("!H", ethertype(p)) + p
    yield "ipoib", 242, lambda p: bytes(40) + struct.pack("!HH", ethertype(p), 0) + p
    yield "pflog", 117, pflog
    yield "pflog-old", 117, lambda p: pflog(p, 45)
    yield "pflog-long", 117, lambda p: pflog(p, 100)
    yield "pflog-freebsd", 117, lambda p: pflog(p, 64, inet6=28)
    yield "enc", 109, enc
    yield "enc-big-endian", 109, lambda p: enc(p, ">")
    yield "ipnet", 226, ipnet
    yield "nflog", 239, nflog
    yield "pktap", 258, lambda p: pktap(ethernet(p), 1)
    yield "pktap-raw", 258, lambda p: pktap(p, 12)
    yield "netanalyzer", 240, lambda p: b"\0\0\0\x4b" + ethernet(p) + b"\xfc" * 4
    yield "netanalyzer-preamble", 241, \
        lambda p: b"\0\0\0\x4b" + b"\x55" * 7 + b"\xd5" + ethernet(p) + b"\xfc" * 4
    yield "sll-frame-relay", 113, lambda p: sll(frame_relay(p), 770, 0)
    yield "sll-vlan", 113, lambda p: sll(struct.pack("!HH", 7, ethertype(p)) + p, 1, 0x8100)


def tagged_links():
    """Tags between the addresses and the ethertype that are not 802.1Q's."""
    def tag(kind, body):
        return lambda p: ethernet(body + struct.pack("!H", ethertype(p)) + p, kind=kind)

    yield "vn-tag", 1, tag(0x8926, struct.pack("!I", 0x80010002))
    yield "e-tag", 1, tag(0x893F, struct.pack("!IH", 1, 2))
    yield "hsr", 1, lambda p: ethernet(
        struct.pack("!HHH", len(p) + 6, 1, ethertype(p)) + p, kind=0x892F)
    yield "security-group", 1, tag(0x8909, struct.pack("!BBHH", 1, 1, 1, 100))
    yield "macsec", 1, lambda p: ethernet(
        struct.pack("!BBI", 0x20, 0, 1) + MAC_A + b"\0\1" + struct.pack("!H", ethertype(p)) + p
        + b"\xfc" * 16, kind=0x88E5)


def switch_links():
    """Ethernet on the port between a switch and its processor: what Linux calls DSA."""
    def tag(body):
        return lambda p: MAC_B + MAC_A + body + struct.pack("!H", ethertype(p)) + p

    yield "brcm", 281, tag(b"\x20\0\0\x08")
    yield "brcm-prepend", 282, lambda p: b"\x20\0\0\x08" + ethernet(p)
    yield "dsa", 284, tag(b"\xc0\x18\0\0")
    yield "edsa", 285, tag(b"\xda\xda\0\0\xc0\x18\0\0")


def links():
    yield from switch_links()
    yield from tagged_links()
    yield from wlan_links()
    yield from other_links()


# ---- tunnels -------------------------------------------------------------------------------------

OUTER = "203.0.113.1", "203.0.113.2"
GRE, ETHERIP, L2TP, MPLS_IN_IP = 47, 97, 115, 137


def comes_from_a(packet):
    source = packet[8:24] if is_v6(packet) else packet[12:16]
    return source in (packets.address(A4), packets.address(A6))


def outer(inner, proto, payload):
    """A tunnel's packet: what comes from A goes one way, all else the other."""
    ends = OUTER if comes_from_a(inner) else OUTER[::-1]
    if isinstance(payload, tuple):
        port, body = payload
        payload = packets.udp(*ends, 49152, port, body)
    return ethernet(packets.ipv4(*ends, proto, payload))


def in_udp(port, build):
    return lambda packet: outer(packet, packets.UDP, (port, build(packet)))


def in_gre(build):
    """`build` makes all behind the IP header, and gets the direction too."""
    return lambda packet: outer(packet, GRE, build(packet))


def nvgre(packet):
    """RFC 7637: the last 8 bits of the key are of the flow, here of its direction."""
    flow = 1 if comes_from_a(packet) else 2
    return struct.pack("!HHI", 0x2000, 0x6558, 5001 << 8 | flow) + ethernet(packet)


def erspan(packet, version):
    if version == 1:
        return struct.pack("!HH", 0, 0x88BE) + ethernet(packet)
    head = struct.pack("!HHI", 0x1000, 0x88BE if version == 2 else 0x22EB, 1)
    head += struct.pack("!HHI", (version - 1) << 12 | 5, 100, 0)
    return head + (struct.pack("!HH", 0, 0) if version == 3 else b"") + ethernet(packet)


def pptp(packet):
    """RFC 2637 4.1: each side has a call of its own."""
    body = packets.ppp(packet)
    return struct.pack("!HHHHI", 0x3001, 0x880B, len(body), 9, 1) + body


def l2tp(packet):
    return struct.pack("!HHH", 2, 5, 6) + packets.ppp(packet)


def l2tpv3(packet, cookie=b""):
    return outer(packet, L2TP, struct.pack("!I", 7) + cookie + ethernet(packet))


def gpe(packet, protocol, body):
    return struct.pack("!BHBI", 0x0C, 0, protocol, 42 << 8) + body


def gue(packet):
    return struct.pack("!BBH", 0, packets.SIT if is_v6(packet) else packets.IPIP, 0) + packet


def capwap(frame, flags, more=b""):
    """RFC 5415 4.3: binding 802.11, radio 1."""
    words = 2 + len(more) // 4
    return struct.pack("!II", words << 19 | 1 << 14 | 1 << 9 | flags, 0) + more + frame


NATIVE, WIRELESS = 0x100, 0x20


def nsh(packet):
    return struct.pack("!HBBI", 0x0FC6, 1, 2 if is_v6(packet) else 1, 42 << 8 | 255) + bytes(16) \
        + packet


def mpls(packet):
    return struct.pack("!II", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64) + packet


def wccp(packet):
    """Only of IPv4: IPv6 goes as GRE has it."""
    if is_v6(packet):
        return struct.pack("!HH", 0, 0x86DD) + packet
    return struct.pack("!HHI", 0, 0x883E, 0x01020304) + packet


def tunnels():
    """(name, link, type in the record, id in the record or None, whether it has an outer packet)"""
    def pbb(packet):
        return ethernet(struct.pack("!I", 0x20000000 | 74565) + ethernet(packet), [100],
                        kind=0x88E7, tpids=[0x88A8])

    yield "nvgre", in_gre(nvgre), "nvgre", 5001, True
    yield "gretap", in_gre(lambda p: struct.pack("!HHI", 0x2000, 0x6558, 5) + ethernet(p)), \
        "gre", 5, True
    yield "wccp", in_gre(wccp), "gre", None, True
    yield "erspan-1", in_gre(lambda p: erspan(p, 1)), "erspan", None, True
    yield "erspan-2", in_gre(lambda p: erspan(p, 2)), "erspan", 100, True
    yield "erspan-3", in_gre(lambda p: erspan(p, 3)), "erspan", 100, True
    yield "pptp", in_gre(pptp), "pptp", 9, True
    yield "etherip", lambda p: outer(p, ETHERIP, b"\x30\0" + ethernet(p)), "etherip", None, True
    yield "l2tpv3", l2tpv3, "l2tpv3", 7, True
    yield "l2tpv3-cookie", lambda p: l2tpv3(p, b"\x11" * 8 + b"\x40\0\0\1"), "l2tpv3", 7, True
    yield "mpls-in-ip", lambda p: outer(p, MPLS_IN_IP, mpls(p)), "mpls", 17, False
    yield "pbb", pbb, "pbb", 74565, False
    yield "nsh", lambda p: ethernet(nsh(p), kind=0x894F), "nsh", 42, False
    yield "pseudowire", lambda p: ethernet(mpls(bytes(4) + ethernet(p)), kind=0x8847), \
        "mpls", 17, False
    yield "pseudowire-bare", lambda p: ethernet(mpls(ethernet(p)), kind=0x8847), "mpls", 17, False
    yield from guesses()


def guesses():
    """Those of which a UDP port tells."""
    yield "l2tp", in_udp(1701, l2tp), "l2tp", 5 << 16 | 6, True
    yield "vxlan-linux", in_udp(8472, lambda p: struct.pack("!II", 1 << 27, 42 << 8)
                                + ethernet(p)), "vxlan", 42, True
    yield "vxlan-gpe-ip", in_udp(4790, lambda p: gpe(p, 2 if is_v6(p) else 1, p)), \
        "vxlan_gpe", 42, True
    yield "vxlan-gpe-ethernet", in_udp(4790, lambda p: gpe(p, 3, ethernet(p))), \
        "vxlan_gpe", 42, True
    yield "gue", in_udp(6080, gue), "gue", None, True
    yield "gue-direct", in_udp(6080, lambda p: p), "gue", None, True
    yield "mpls-in-udp", in_udp(6635, mpls), "mpls", 17, False
    yield "tzsp", in_udp(37008, lambda p: b"\1\0\0\1\x0a\1\xc4\0\1" + ethernet(p)), \
        "tzsp", None, True
    yield "capwap-ethernet", in_udp(5247, lambda p: capwap(ethernet(p), 0)), "capwap", None, True
    yield "capwap-wlan", in_udp(5247, lambda p: capwap(wlan(p), NATIVE)), "capwap", None, True
    yield "capwap-swapped", in_udp(5247, lambda p: capwap(
        wlan(p, qos=True, swap=True), NATIVE | WIRELESS, b"\4\xe7\x4f\0\0\0\0\0")), \
        "capwap", None, True
