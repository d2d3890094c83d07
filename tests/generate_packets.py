"""Builds packets and capture files for the tests, from the RFCs alone: it shares no code, table or
constant with the decoder under test. Python's standard library only."""

import functools
import ipaddress
import struct

ICMP, IPIP, TCP, UDP, SIT, GRE, ESP, ICMP6, SCTP = 1, 4, 6, 17, 41, 47, 50, 58, 132
HOP_BY_HOP, ROUTING, FRAGMENT, DEST_OPTIONS = 0, 43, 44, 60


def checksum(data):
    """The internet checksum (RFC 1071), as the number that belongs into the header."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@functools.lru_cache(4096)
def address(text):
    return ipaddress.ip_address(text).packed


def pseudo_header(src, dst, proto, length):
    src, dst = address(src), address(dst)
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def with_checksum(segment, offset, pseudo=b""):
    """`segment` with its checksum at `offset`, which must hold 0."""
    value = checksum(pseudo + segment)
    return segment[:offset] + struct.pack("!H", value) + segment[offset + 2:]


# ---- IP ------------------------------------------------------------------------------------------


def ipv4(src, dst, proto, payload, **field):
    """RFC 791. Fields: ident, df, mf, offset (bytes), ttl, tos, options (padded here), length, ihl
    (words), version."""
    options = field.get("options", b"")
    options += b"\0" * (-len(options) % 4)
    ihl = field.get("ihl", 5 + len(options) // 4)
    flags = field.get("df", 1) << 14 | field.get("mf", 0) << 13 | field.get("offset", 0) // 8
    head = struct.pack("!BBHHHBBH", field.get("version", 4) << 4 | ihl, field.get("tos", 0),
                       field.get("length", 20 + len(options) + len(payload)),
                       field.get("ident", 0), flags, field.get("ttl", 64), proto, 0)
    head += address(src) + address(dst) + options
    return with_checksum(head, 10) + payload


def ipv6(src, dst, proto, payload, **field):
    """RFC 8200. Fields: hops, traffic_class, label, length (of what follows the fixed header)."""
    first = 6 << 28 | field.get("traffic_class", 0) << 20 | field.get("label", 0)
    head = struct.pack("!IHBB", first, field.get("length", len(payload)), proto,
                       field.get("hops", 64))
    return head + address(src) + address(dst) + payload


def extension(following, body=b""):
    """A hop-by-hop, destination or routing header: the body is padded to eight bytes."""
    body += b"\0" * (-(len(body) + 2) % 8)
    return struct.pack("!BB", following, (len(body) + 2) // 8 - 1) + body


def fragment_header(following, offset, more, ident):
    return struct.pack("!BBHI", following, 0, offset | more, ident)


def ip(src, dst, proto, payload, **field):
    """Of the family of its addresses, with the fields that family has."""
    return (ipv6 if ":" in src else ipv4)(src, dst, proto, payload, **field)


# ---- transports ----------------------------------------------------------------------------------


def udp(src, dst, sport, dport, payload=b""):
    """RFC 768, ready for ip(): src and dst are for the checksum."""
    segment = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return with_checksum(segment, 6, pseudo_header(src, dst, UDP, len(segment)))


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def tcp(src, dst, sport, dport, payload=b"", **field):
    """RFC 9293. Fields: seq, ack, flags, window, options."""
    options = field.get("options", b"")
    options += b"\0" * (-len(options) % 4)
    segment = struct.pack("!HHIIBBHHH", sport, dport, field.get("seq", 0), field.get("ack", 0),
                          (5 + len(options) // 4) << 4, field.get("flags", ACK),
                          field.get("window", 65535), 0, 0) + options + payload
    return with_checksum(segment, 16, pseudo_header(src, dst, TCP, len(segment)))


def sctp(sport, dport, vtag, chunks=b"\x03\0\0\x10" + b"\0" * 12):
    """RFC 9260. The CRC32c is left 0: nothing here judges it."""
    return struct.pack("!HHII", sport, dport, vtag, 0) + chunks


# ---- ICMP ----------------------------------------------------------------------------------------


def icmp4(kind, code, rest=b"\0\0\0\0", payload=b""):
    """RFC 792: `rest` is the second word of the header."""
    return with_checksum(struct.pack("!BBH", kind, code, 0) + rest + payload, 2)


def icmp6(src, dst, kind, code, rest=b"\0\0\0\0", payload=b""):
    """RFC 4443, with the pseudo header in the checksum."""
    message = struct.pack("!BBH", kind, code, 0) + rest + payload
    return with_checksum(message, 2, pseudo_header(src, dst, ICMP6, len(message)))


def icmp(src, dst, kind, code, rest=b"\0\0\0\0", payload=b"", **field):
    """A whole IP packet with an ICMP message of the family of its addresses."""
    if ":" in src:
        return ipv6(src, dst, ICMP6, icmp6(src, dst, kind, code, rest, payload), **field)
    return ipv4(src, dst, ICMP, icmp4(kind, code, rest, payload), **field)


def echo(src, dst, ident, seq, reply=False, payload=bytes(range(56)), **field):
    kind = ((129, 0) if reply else (128, 8))[":" not in src]
    return icmp(src, dst, kind, 0, struct.pack("!HH", ident, seq), payload, **field)


# ---- link layers ---------------------------------------------------------------------------------

ETHERNET, PPP, RAW, NULL, LOOP, SLL, SLL2 = 1, 9, 101, 0, 108, 113, 276
PPP_HDLC, PPP_ETHER, CISCO_HDLC, BSD_RAW = 50, 51, 104, 12
MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def ethertype(packet):
    return 0x86DD if packet[0] >> 4 == 6 else 0x0800


def ethernet(packet, vlans=(), pad=True, kind=None, tpids=None):
    """IEEE 802.3, VLAN ids outermost first; padded to 60 bytes as a network card does."""
    head = MAC_B + MAC_A
    tpids = tpids or [0x88A8] * (len(vlans) - 1) + [0x8100]
    for tpid, vlan in zip(tpids, vlans):
        head += struct.pack("!HH", tpid, vlan)
    frame = head + struct.pack("!H", ethertype(packet) if kind is None else kind) + packet
    return frame + b"\0" * max(0, 60 - len(frame)) if pad else frame


def sll(packet):
    return struct.pack("!HHH", 0, 1, 6) + MAC_A + b"\0\0" + struct.pack("!H", ethertype(packet)) \
        + packet


def sll2(packet):
    return struct.pack("!HHIHBB", ethertype(packet), 0, 2, 1, 0, 6) + MAC_A + b"\0\0" + packet


def null(packet, order="<"):
    """BSD loopback: the family in the byte order of the host that captured. 24, 28 and 30 are
    IPv6 on NetBSD, FreeBSD and macOS."""
    return struct.pack(order + "I", 24 if packet[0] >> 4 == 6 else 2) + packet


def loop(packet):
    return null(packet, ">")


def ppp(packet):
    return b"\xff\x03" + struct.pack("!H", 0x57 if packet[0] >> 4 == 6 else 0x21) + packet


def pppoe(packet, session=7):
    """RFC 2516, without the Ethernet header."""
    body = ppp(packet)[2:]
    return struct.pack("!BBHH", 0x11, 0, session, len(body)) + body


def cisco_hdlc(packet):
    return b"\x0f\0" + struct.pack("!H", ethertype(packet)) + packet


def raw(packet):
    return packet


# ---- capture files -------------------------------------------------------------------------------


def pcap(frames, link_type=ETHERNET, order="<", nanoseconds=False, snaplen=262144):
    """Classic pcap. `frames` are (ns since the epoch, bytes captured, length on the wire)."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link_type)]
    for ns, data, wire in frames:
        fraction = ns % 10**9 // (1 if nanoseconds else 1000)
        out.append(struct.pack(order + "IIII", ns // 10**9, fraction, len(data), wire) + data)
    return b"".join(out)


class Pcapng:
    """Blocks of a pcapng file, appended in order."""

    def __init__(self, order="<"):
        self.order = order
        self.blocks = []
        self.section()

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(self.order + "I", len(body) + 12)
        self.blocks.append(struct.pack(self.order + "I", kind) + size + body + size)

    def option(self, code, value):
        return struct.pack(self.order + "HH", code, len(value)) + value \
            + b"\0" * (-len(value) % 4)

    def section(self, order=None):
        self.order = order or self.order
        self.block(0x0A0D0D0A, struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1))

    def interface(self, link_type, snaplen=0, resolution=None, offset=None):
        """`resolution` is the if_tsresol byte, `offset` if_tsoffset in seconds."""
        body = struct.pack(self.order + "HHI", link_type, 0, snaplen)
        if resolution is not None:
            body += self.option(9, bytes([resolution]))
        if offset is not None:
            body += self.option(14, struct.pack(self.order + "q", offset))
        self.block(1, body + self.option(0, b""))

    def enhanced(self, interface, stamp, data, wire=None):
        """`stamp` in units of the interface's resolution."""
        self.block(6, struct.pack(self.order + "IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF,
                                  len(data), len(data) if wire is None else wire) + data)

    def obsolete(self, interface, stamp, data):
        self.block(2, struct.pack(self.order + "HHIIII", interface, 0xFFFF, stamp >> 32,
                                  stamp & 0xFFFFFFFF, len(data), len(data)) + data)

    def simple(self, data):
        self.block(3, struct.pack(self.order + "I", len(data)) + data)

    def bytes(self):
        return b"".join(self.blocks)
