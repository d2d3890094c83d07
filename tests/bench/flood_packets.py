"""The packets of the floods, as whoever sends them would choose them: IP packets, without the link.
Checksums of ICMP are good where they are judged, others are 0, at which nothing here looks."""

import struct

UDP, TCP, ICMP, FRAGMENT, ICMP6 = 17, 6, 1, 44, 58
INSIDE, OUTSIDE, SERVER, ROUTER = 0x0A000000, 0xCB000000, 0xC6336402, 0xC0000201
PREFIX6 = bytes.fromhex("20010db800000000")
MORE = 0x2000
START = 1763629200
IPV4 = struct.Struct("!BBHHHBBHII")
UDP_HEADER = struct.Struct("!HHHH")
RECORD = struct.Struct("<IIII")


def write(path, packets):
    """A capture of raw IP, a packet a microsecond. Returns how many there are."""
    count = 0
    with open(path, "wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for count, data in enumerate(packets, 1):
            file.write(RECORD.pack(START + count // 1_000_000, count % 1_000_000, len(data),
                                   len(data)) + data)
    return count


def scattered(number):
    """Another for each number below 2^32, in no order that a simple hash keeps: odd multipliers and
    shifts to the right can be undone."""
    number = number * 0x9E3779B1 & 0xFFFFFFFF
    number ^= number >> 15
    number = number * 0x85EBCA77 & 0xFFFFFFFF
    return number ^ number >> 13


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, dest, proto, payload, ident=1, fragment=0):
    return IPV4.pack(0x45, 0, 20 + len(payload), ident, fragment, 64, proto, 0, source,
                     dest) + payload


def ipv6(source, dest, proto, payload):
    """The addresses as the low 64 bits of one prefix."""
    return struct.pack("!IHBB8sQ8sQ", 6 << 28, len(payload), proto, 64, PREFIX6, source, PREFIX6,
                       dest) + payload


# ---- flows ------------------------------------------------------------------------------------


def udp4(source, dest, ports):
    """`ports`: both in 32 bits."""
    return ipv4(source, dest, UDP, UDP_HEADER.pack(ports >> 16, ports & 0xFFFF, 8, 0))


def udp6(source, ports):
    return ipv6(source, 1, UDP, UDP_HEADER.pack(ports >> 16, ports & 0xFFFF, 8, 1))


def echo(number):
    """A request with an id and sequence number for each number."""
    body = struct.pack("!BBHI", 8, 0, 0, number)
    return ipv4(INSIDE, SERVER, ICMP,
                struct.pack("!BBHI", 8, 0, checksum(body), number))


# ---- fragments --------------------------------------------------------------------------------


def first_udp(number, size):
    """The first fragment of a datagram of its own, with `size` bytes."""
    payload = UDP_HEADER.pack(4000, 53, 8000, 0) + bytes(size - 8)
    return ipv4(INSIDE + (number >> 16), SERVER, UDP, payload, number & 0xFFFF, MORE)


def first_icmp(number, size):
    payload = struct.pack("!BBHI", 8, 0, 0, number) + bytes(size - 8)
    return ipv4(INSIDE + (number >> 16), SERVER, ICMP, payload, number & 0xFFFF, MORE)


def first_icmp6(number, size):
    head = struct.pack("!BBHI", ICMP6, 0, 1, number)
    return ipv6(2, 1, FRAGMENT, head + struct.pack("!BBHI", 128, 0, 0, number) + bytes(size - 8))


def part(proto, ident, offset, size):
    """Of the datagram `ident`; offset and size in bytes, multiples of 8. Its end is never sent."""
    return ipv4(INSIDE, SERVER, proto, bytes(size), ident, MORE | offset // 8)


# ---- errors -----------------------------------------------------------------------------------


def datagram(number, source, ident):
    """Of one length; the payload is the number of the packet."""
    port = 1024 + number * 7 % 60000
    return ipv4(source + number % 100_000, SERVER, UDP,
                struct.pack("!HHHHI", port, 53, 12, 1 + number * 40503 % 65535, number), ident)


def segment(number, source, ident):
    """All of one sequence number."""
    port = 1024 + number * 7 % 60000
    return ipv4(source + number % 100_000, SERVER, TCP,
                struct.pack("!HHIIHHI", port, 80, 77, 0, 5 << 12 | 16, 65535, 0), ident)


def error(quoted, router=ROUTER):
    """To whom sent the quoted packet."""
    body = struct.pack("!BBHI", 11, 0, 0, 0) + quoted[:28]
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ipv4(router, struct.unpack("!I", quoted[12:16])[0], ICMP, body)
