"""What the scripts here share that write ICMP by hand."""

import socket
import struct


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def message(kind, code, body, ends=None):
    """With its checksum; for ICMPv6 over the addresses (source, destination) of `ends`, too."""
    pseudo = b""
    if ends:
        pseudo = b"".join(socket.inet_pton(socket.AF_INET6, end) for end in ends)
        pseudo += struct.pack("!II", 4 + len(body), socket.IPPROTO_ICMPV6)
    start = struct.pack("!BB", kind, code)
    return start + struct.pack("!H", checksum(pseudo + start + b"\0\0" + body)) + body
