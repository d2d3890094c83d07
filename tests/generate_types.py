"""Every type and code of ICMP, both families: class, status and names of those that the RFCs below
describe, written here from their text."""

import os
import re
import struct

from generate_packets import icmp
from generate_timeline import A4, A6, B4, B6, R4, R6, Timeline, unreachable, unreachable6
from generate_errors import datagram

# (type, class, status, name): RFC 792, 950, 1256, 4884 (7), 6633 (source quench), 6918, 8335.
V4 = (
    (0, "reply", "current", "echo reply"),
    (3, "error", "current", "destination unreachable"),
    (4, "error", "deprecated", "source quench"),
    (5, "error", "current", "redirect"),
    (8, "request", "current", None),
    (9, "discovery", "current", "router advertisement"),
    (10, "discovery", "current", "router solicitation"),
    (11, "error", "current", "time exceeded"),
    (12, "error", "current", "parameter problem"),
    (13, "request", "current", None),
    (14, "reply", "current", "timestamp reply"),
    (15, "request", "deprecated", "information request"),
    (16, "reply", "deprecated", "information reply"),
    (17, "request", "deprecated", "address mask request"),
    (18, "reply", "deprecated", "address mask reply"),
    (30, None, "deprecated", "traceroute"),
    (42, "request", "current", "extended echo request"),
    (43, "reply", "current", "extended echo reply"),
    (253, None, "experimental", None),
    (254, None, "experimental", None),
    (44, None, "unassigned", None),
    (200, None, "unassigned", None),
)

# RFC 4443, 4861, 2710, 3810, 8335.
V6 = (
    (1, "error", "current", "destination unreachable"),
    (2, "error", "current", "packet too big"),
    (3, "error", "current", "time exceeded"),
    (4, "error", "current", "parameter problem"),
    (128, "request", "current", "echo request"),
    (129, "reply", "current", "echo reply"),
    (133, "discovery", "current", "router solicitation"),
    (134, "discovery", "current", "router advertisement"),
    (135, "discovery", "current", "neighbor solicitation"),
    (136, "discovery", "current", "neighbor advertisement"),
    (160, "request", "current", "extended echo request"),
    (161, "reply", "current", "extended echo reply"),
    (100, None, "experimental", None),
    (200, None, "experimental", None),
    (50, None, "unassigned", None),
    (250, None, "unassigned", None),
)

# The codes of the errors, with the names of RFC 792 and 1122 where they are plain.
CODES4 = {
    3: ("network unreachable", "host unreachable", "protocol unreachable", "port unreachable", None,
        "source route failed", None, None, None, None, None, None, None, None, None, None),
    5: (None, None, None, None),
    11: (None, None),
    12: (None, None, None),
}
CODES6 = {1: 9, 2: 1, 3: 2, 4: 11}


def of_type(kind, rows):
    expect = {"icmp_type": kind, "icmp.checksum": "good"}
    for row_kind, klass, status, name in rows:
        if kind == row_kind:
            expect["icmp.status"] = status
            if klass:
                expect["icmp.class"] = klass
            if name:
                expect["icmp.name"] = name
    return expect


def every_type(src, dst, rows, length):
    """Each type, code 0, with a body of `length` zero bytes."""
    line = Timeline()
    for kind in range(256):
        line.add(icmp(src, dst, kind, 0, payload=bytes(length)),
                 dict(of_type(kind, rows), icmp_code=0))
    return line


def every_code():
    """The codes of the errors, each about the same datagram, and one code beyond the last."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    for kind, names in CODES4.items():
        for code, name in enumerate(names + (None,)):
            expect = {"icmp_type": kind, "icmp_code": code, "match.pcap_cnt": frame}
            if name:
                expect["icmp.code_name"] = name
            line.add(unreachable(packet, R4, kind=kind, code=code), expect)
    packet = datagram(A6, B6, 40000, 53)
    frame = line.add(packet)
    for kind, codes in CODES6.items():
        for code in range(codes + 1):
            line.add(unreachable6(packet, R6, kind=kind, code=code,
                                  word=struct.pack("!I", 1280 if kind == 2 else 0)),
                     {"icmp_type": kind, "icmp_code": code, "match.pcap_cnt": frame})
    return line


REGISTRY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "decode",
                        "icmp_types.def")
ROW = re.compile(r'^ICMP_(?:TYPE|CODE)\((\d), (\d+), (?:(\d+), )?(?:"(.*?)"|NULL),', re.M)


def every_row():
    """Each row of the registry as a message: what the tables say of a type and a code is what comes
    out. That the tables are right is for test_icmp_types.c to say."""
    with open(REGISTRY, encoding="utf-8") as file:
        text = file.read()
    line = Timeline()
    rows = ROW.findall(text)
    assert len(rows) == len(re.findall(r"^ICMP_(?:TYPE|CODE)\(", text, re.M)) > 200
    names = {(family, kind): name for family, kind, code, name in rows if code == ""}
    coded = {(family, kind) for family, kind, code, _ in rows if code != ""}
    for family, kind, code, name in rows:
        if code == "" and (family, kind) in coded:
            continue
        expect = {"icmp_type": int(kind), "icmp_code": int(code or 0),
                  "icmp.name": names[family, kind], "icmp.checksum": "good"}
        if code != "":
            expect["icmp.code_name"] = name or None
        src, dst = (A4, B4) if family == "4" else (A6, B6)
        line.add(icmp(src, dst, int(kind), int(code or 0), payload=bytes(64)), expect)
    return line


def every_length():
    """Each type with bodies of 0 to 64 bytes, of which none may be read beyond its end."""
    line = Timeline()
    for kind in tuple(range(0, 48)) + (253,):
        for length in range(0, 65, 3):
            line.add(icmp(A4, B4, kind, 0, b"\xff\xff\xff\xff"[:length], bytes(max(0, length - 4))),
                     {"icmp_type": kind, "icmp.length": 4 + length})
    for kind in tuple(range(0, 6)) + tuple(range(127, 162)):
        for length in range(0, 65, 3):
            line.add(icmp(A6, B6, kind, 0, b"\xff\xff\xff\xff"[:length], bytes(max(0, length - 4))),
                     {"icmp_type": kind, "icmp.length": 4 + length})
    return line


def quotes_of_every_shape():
    """Quotes of 0 to 60 bytes under each header length from 0 to 15 words (which lies, but for
    5 and above): ports only where header and four bytes more are quoted."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    line.add(packet)
    for ihl in range(16):
        lying = bytes([0x40 | ihl]) + packet[1:20] + b"\0" * (max(ihl, 5) - 5) * 4 + packet[20:]
        lying += b"\0" * 60
        for length in range(0, 61):
            whole = ihl >= 5 and length >= ihl * 4
            keyed = ihl >= 5 and length >= ihl * 4 + 4
            expect = {"icmp_type": 3}
            if not keyed:
                expect.update({"match.verdict": "unkeyed", "quoted.src_port": None})
            else:
                expect.update({"quoted.src_port": 40000, "quoted.dest_port": 53})
            if whole:
                expect["quoted.src_ip"] = A4
            line.add(unreachable(lying, R4, dest=A4, quote=length), expect)
    return line


def captures():
    yield "types-v4.pcap", *finished(every_type(A4, B4, V4, 36))
    yield "types-v6.pcap", *finished(every_type(A6, B6, V6, 56))
    yield "types-empty-v4.pcap", *finished(every_type(A4, B4, V4, 0))
    yield "registry.pcap", *finished(every_row())
    yield "codes.pcap", *finished(every_code())
    yield "lengths.pcap", *finished(every_length())
    yield "quote-shapes.pcap", *finished(quotes_of_every_shape())


def finished(line):
    return line.pcap(), line.truth
