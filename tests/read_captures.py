"""Reads pcap and pcapng files, for the tests of what writes them: from the formats' specifications
alone (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng). Anything out of order raises ValueError."""

import collections
import struct

Packet = collections.namedtuple("Packet", "ns data wire link interface comments")
Interface = collections.namedtuple("Interface", "link name ticks offset")
PCAP_MAGICS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}  # ns in a unit of the fraction


def take(data, at, size):
    if at + size > len(data):
        raise ValueError("%d bytes at %d, and the file has %d" % (size, at, len(data)))
    return data[at:at + size]


# ---- pcap ----------------------------------------------------------------------------------------


def pcap(data):
    """[Packet …], and the magic in the byte order it was found in."""
    for order in "<>":
        magic, _, _, _, _, _, link = struct.unpack(order + "IHHiIII", take(data, 0, 24))
        if magic in PCAP_MAGICS:
            break
    else:
        raise ValueError("no magic of pcap")
    packets, at = [], 24
    while at < len(data):
        seconds, part, captured, wire = struct.unpack(order + "IIII", take(data, at, 16))
        packets.append(Packet(seconds * 10**9 + part * PCAP_MAGICS[magic],
                              take(data, at + 16, captured), wire, link & 0x3FFFFFF, 0, []))
        at += 16 + captured
    return packets


# ---- pcapng --------------------------------------------------------------------------------------


def options(order, data):
    """[(code, value) …]"""
    found, at = [], 0
    while at < len(data):
        code, size = struct.unpack(order + "HH", take(data, at, 4))
        if code == 0:
            return found
        found.append((code, take(data, at + 4, size)))
        at += 4 + size + -size % 4
    if found:
        raise ValueError("options without an end")
    return found


def interface(order, body):
    link, _, _ = struct.unpack(order + "HHI", take(body, 0, 8))
    given = dict(options(order, body[8:]))
    resolution = given.get(9, b"\x06")[0]
    ticks = 2**(resolution & 0x7F) if resolution & 0x80 else 10**resolution
    offset = struct.unpack(order + "q", given[14])[0] if 14 in given else 0
    return Interface(link, given.get(2, b"").decode(), ticks, offset)


def stamped(order, body, interfaces, obsolete=False):
    number, high, low, captured, wire = struct.unpack(order + "IIIII", take(body, 0, 20))
    if obsolete:
        number = struct.unpack(order + "H", body[:2])[0]
    face = interfaces[number]
    ns = (high << 32 | low) * 10**9 // face.ticks + face.offset * 10**9
    comments = [value.decode() for code, value in
                options(order, body[20 + captured + -captured % 4:]) if code == 1]
    return Packet(ns, take(body, 20, captured), wire, face.link, number, comments)


def blocks(data):
    """(byte order, type, body) of each."""
    at, order = 0, "<"
    while at < len(data):
        kind, length, magic = struct.unpack("<III", take(data, at, 12))
        if kind == 0x0A0D0D0A:
            order = "<" if magic == 0x1A2B3C4D else ">"
        kind, length = struct.unpack(order + "II", take(data, at, 8))
        if length % 4 or length < 12 or take(data, at + length - 4, 4) != data[at + 4:at + 8]:
            raise ValueError("a block of a wrong length at %d" % at)
        yield order, kind, data[at + 8:at + length - 4]
        at += length


class Pcapng:
    def __init__(self, data):
        self.packets = []
        self.interfaces = []
        self.program = ""
        for order, kind, body in blocks(data):
            if kind == 0x0A0D0D0A:
                self.interfaces = []
                self.program = dict(options(order, body[16:])).get(4, b"").decode()
            elif kind == 1:
                self.interfaces.append(interface(order, body))
            elif kind == 2 or kind == 6:
                self.packets.append(stamped(order, body, self.interfaces, kind == 2))
            elif kind == 3:
                wire = struct.unpack(order + "I", take(body, 0, 4))[0]
                self.packets.append(Packet(0, body[4:4 + wire], wire, self.interfaces[0].link, 0,
                                           []))


# ---- either --------------------------------------------------------------------------------------


def file_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read(path):
    """[Packet …]"""
    data = file_bytes(path)
    return Pcapng(data).packets if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap(data)
