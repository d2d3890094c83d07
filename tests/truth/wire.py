"""Packets and captures as bytes: from the RFCs, with nothing of the engine's. Made for speed: sums
of the internet checksum are taken of whole packets as numbers, since 65536 leaves 1 modulo 65535."""

import struct

ICMP, IPIP, TCP, UDP, GRE, ESP, ICMP6, SCTP = 1, 4, 6, 17, 47, 50, 58, 132
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
V4_HEADER, V6_HEADER = 20, 40
DF, MF = 0x4000, 0x2000

IPV4 = struct.Struct("!BBHHHBBH4s4s").pack
IPV6 = struct.Struct("!IHBB16s16s").pack
UDP_HEADER = struct.Struct("!HHHH").pack
TCP_HEADER = struct.Struct("!HHIIBBHHH").pack
ICMP_HEADER = struct.Struct("!BBHI").pack
U16 = struct.Struct("!H").pack
RECORD = struct.Struct("<IIII").pack
from_bytes = int.from_bytes


def checksum(data, more=0):
    """RFC 1071, of `data` and what else counts; 65535 stands for 0, which means the same."""
    total = from_bytes(data, "big")
    if len(data) & 1:
        total <<= 8
    return 65535 - (total + more) % 65535


def pseudo(src, dst, proto, length):
    """What addresses, protocol and length add to the checksum of a transport."""
    return from_bytes(src, "big") + from_bytes(dst, "big") + proto + length


def ipv4(src, dst, proto, payload, ident, flags=DF, ttl=64, tos=0):
    total = V4_HEADER + len(payload)
    head = IPV4(0x45, tos, total, ident, flags, ttl, proto, 0, src, dst)
    return head[:10] + U16(checksum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload, hops=64, tos=0, label=0):
    return IPV6(6 << 28 | tos << 20 | label, len(payload), proto, hops, src, dst) + payload


def mend(ip):
    """Recomputes the header checksum of an IPv4 packet in a bytearray."""
    ip[10:12] = b"\0\0"
    ip[10:12] = U16(checksum(ip[:(ip[0] & 15) * 4]))


def udp(src, dst, sport, dport, payload, summed=True):
    length = 8 + len(payload)
    head = UDP_HEADER(sport, dport, length, 0)
    if not summed:
        return head + payload
    value = checksum(head + payload, pseudo(src, dst, UDP, length))
    return UDP_HEADER(sport, dport, length, value) + payload


def tcp(src, dst, sport, dport, fields, options=b"", payload=b""):
    """`fields`: seq, ack, flags, window. `options` are padded already."""
    seq, ack, flags, window = fields
    words = 5 + len(options) // 4 << 4
    rest = options + payload
    head = TCP_HEADER(sport, dport, seq, ack, words, flags, window, 0, 0)
    value = checksum(head + rest, pseudo(src, dst, TCP, len(head) + len(rest)))
    return TCP_HEADER(sport, dport, seq, ack, words, flags, window, value, 0) + rest


def icmp(src, dst, kind, code, rest, payload):
    """`rest`: the second word of the header. Of the family of the addresses."""
    message = ICMP_HEADER(kind, code, 0, rest) + payload
    more = pseudo(src, dst, ICMP6, len(message)) if len(src) == 16 else 0
    return ICMP_HEADER(kind, code, checksum(message, more), rest) + payload


# ---- what packets are wrapped in -----------------------------------------------------------------

MACS = bytes.fromhex("020000000002020000000001")


def ethertype(ip):
    return b"\x86\xdd" if ip[0] >> 4 == 6 else b"\x08\0"


class Ethernet:
    """`vlans`, outermost first, of which each is another network."""

    def __init__(self, vlans=()):
        self.head = MACS + b"".join(b"\x81\0" + U16(vlan) for vlan in vlans)
        self.overhead = len(self.head) + 2

    def frame(self, ip, _direction):
        return self.head + ethertype(ip) + ip


class Tunnel:
    """Between two addresses, the near one first. Its own packets count up their identification."""

    def __init__(self, kind, near, far, ident, number):
        self.kind, self.ends, self.ident, self.number = kind, (near, far), ident, number
        self.head, self.proto = {
            "ipip": (b"", IPIP), "gre": (b"", GRE),
            "vxlan": (b"\x08\0\0\0" + struct.pack("!I", number << 8) + MACS, UDP)}[kind]
        self.overhead = 14 + V4_HEADER + {"ipip": 0, "gre": 8, "vxlan": 8 + 8 + 14}[kind]

    def frame(self, ip, direction):
        inside = ip
        src, dst = self.ends[direction], self.ends[1 - direction]
        proto = self.proto
        if self.kind == "gre":
            inside = b"\x20\0" + ethertype(ip) + struct.pack("!I", self.number) + ip
        elif self.kind == "vxlan":
            inside = self.head + ethertype(ip) + ip
            inside = UDP_HEADER(49152 + self.number % 1000, 4789, 8 + len(inside), 0) + inside
        elif ip[0] >> 4 == 6:
            proto = 41
        self.ident = self.ident + 1 & 0xFFFF
        return MACS + b"\x08\0" + ipv4(src, dst, proto, inside, self.ident, 0)


# ---- captures ------------------------------------------------------------------------------------


def pcap(frames, snaplen):
    """`frames`: (nanoseconds, bytes) in order. Ethernet, cut behind `snaplen` bytes."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snaplen, 1)]
    for time, frame in frames:
        wire = len(frame)
        if wire > snaplen:
            frame = frame[:snaplen]
        out.append(RECORD(time // 1000000000, time % 1000000000, len(frame), wire))
        out.append(frame)
    return b"".join(out)
