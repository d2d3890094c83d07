#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from the generated captures.

usage: generate_seeds.py [DIRECTORY]      default: fuzz/seeds beside this script; crash-* stay"""

import os
import struct
import sys

sys.dont_write_bytecode = True
import generate_captures
import generate_errors
import generate_extensions
import generate_fragments
import generate_layers
import generate_links
import generate_packets
import generate_quotes
import generate_types
import generate_v6
import harness

SMALL = 4096
# In the order of the table in fuzz/link.c.
LINK_TYPES = [1, 0, 9, 12, 101, 108, 113, 228, 229, 276, 50, 51, 104, 105, 147, 65000, 6, 8, 10,
              100, 107, 109, 117, 119, 122, 127, 138, 163, 166, 192, 204, 205, 206, 219, 226, 239,
              240, 241, 242, 258, 281, 282, 284, 285]


def put(directory, name, data):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data)


def engine_seeds():
    """Without the many links and tunnels of which the target of links has a seed."""
    links = {"link-%s.pcap" % row[0] for row in generate_links.links()}
    links |= {"tunnel-%s.pcap" % row[0] for row in generate_links.tunnels()}
    for name, (data, _) in generate_captures.captures().items():
        if name in links:
            continue
        if len(data) <= SMALL and not name.startswith(("ng-be", "file-be-ns", "ng-le-e")):
            yield name, data


def message_of(packet):
    """(whether IPv6, ICMP message) of an IP packet without options, or None."""
    v6 = packet[0] >> 4 == 6
    if packet[6 if v6 else 9] != (generate_packets.ICMP6 if v6 else generate_packets.ICMP):
        return None
    return v6, packet[40 if v6 else 20:]


def icmp_seeds():
    """Each kind of message once: the longest of its type and code."""
    kinds = {}
    lines = [function() for function in generate_errors.CAPTURES if function.__name__ != "far_back"]
    lines.append(generate_types.every_code())
    for line in lines:
        for _, frame, _ in line.frames:
            message = message_of(frame[14:])
            if message is None or len(message[1]) < 4:
                continue
            kind = message[0], message[1][0], min(message[1][1], 1)
            kinds[kind] = max(kinds.get(kind, b""), message[1][:256], key=len)
    for (v6, kind, code), message in sorted(kinds.items()):
        yield "v%d-%d-%d" % (6 if v6 else 4, kind, code), bytes([v6, 0]) + message


def link_seeds():
    """The error of each link type and tunnel; of those that also differ by family, both."""
    alike = {row[0] for row in generate_links.links()}
    for name, link_type, link, _ in generate_layers.link_layers():
        line = generate_layers.exchange(generate_layers.Timeline(link=link))
        prefix = bytes([LINK_TYPES.index(link_type)])
        for version, number in [(4, 1)] if name in alike else [(4, 1), (6, 3)]:
            yield "%s-v%d" % (name, version), prefix + line.frames[number][1]
    for name, link, *_ in [*generate_layers.tunnel_links(), *generate_links.tunnels()]:
        line = generate_layers.exchange(generate_layers.Timeline(link=link))
        yield "tunnel-" + name, b"\0" + line.frames[1][1]
    line = generate_errors.headers_between()
    for number, (_, frame, _) in enumerate(line.frames):
        yield "headers-%d" % number, b"\0" + frame
    for proto in (4, 41, 47, 50, 132):
        body = struct.pack("!BBH", 0x45, 0, 60) + bytes(range(56))
        packet = generate_packets.ipv4("192.0.2.1", "192.0.2.2", proto, body)
        yield "proto-%d" % proto, b"\0" + generate_packets.ethernet(packet)


# In the order of the table in fuzz/extension.c: IPv6, type, where the length attribute is.
EXTENDED = [(False, 3, 5), (False, 11, 5), (False, 12, 5), (True, 1, 4), (True, 3, 4),
            (False, 42, 7), (True, 160, 7), (False, 40, 7), (False, 31, 7)]


def extension_seeds():
    """The errors and probes of the captures of extensions, of the errors those of IPv4 alone."""
    lines = [generate_extensions.extensions(), generate_extensions.layouts(),
             generate_extensions.probes(), generate_extensions.bodies_v4()]
    bodies = set()
    for line in lines:
        for _, frame, _ in line.frames:
            v6, message = message_of(frame[14:]) or (False, b"\xff")
            for number, (family, kind, length_at) in enumerate(EXTENDED):
                if (v6, message[0]) == (family, kind) and (not v6 or number == 6):
                    bodies.add(bytes([number, message[length_at], 0]) + message[8:])
    for number, body in enumerate(sorted(bodies)):
        yield "%03d" % number, body
        if number % 16 == 0:
            yield "%03d-cut" % number, body[:2] + b"\7" + body[3:]


def icmpv6_seeds():
    """Each message of the captures of ICMPv6 that can be read to its end, and the longest of each
    type with its end cut off by the capture."""
    longest, count = {}, 0
    for _, make in generate_v6.LINES:
        line = make()
        for number, (_, frame, _) in enumerate(line.frames, 1):
            message = message_of(frame[14:])[1]
            if not line.truth[str(number)].get("icmp.list_fault"):
                yield "%03d" % count, b"\0\0" + message
                count += 1
            longest[message[0]] = max(longest.get(message[0], b""), message, key=len)
    for kind, message in longest.items():
        yield "cut-%d" % kind, b"\0\x20" + message[:max(4, len(message) - 32)]


def fragments_seeds():
    """The captures of fragments, those that a byte can count; a cut one and one that waits long."""
    for function in generate_fragments.CAPTURES:
        line = function()
        pieces = [frame[14:] for _, frame, _ in line.frames if frame[12:14] != b"\x81\0"]
        pieces = [piece[:255] for piece in pieces]
        small = [generate_fragments.parts(generate_packets.echo(src, dst, 1, 2), 5, 24)
                 for src, dst, *_ in generate_fragments.both_families()]
        name = function.__name__.replace("_", "-")
        for clock in 0, 31, 0x80:
            yield "%s-%d" % (name, clock), b"".join(
                bytes([len(piece), clock]) + piece for piece in pieces)
    for number, pieces in enumerate(small):
        for order in (pieces, pieces[::-1], pieces[1:], pieces * 2, pieces[:1] * 6):
            yield "echo-%d-%d" % (number, len(order) * 2 + (order is pieces)), b"".join(
                bytes([len(piece), 0]) + piece for piece in order)


def quote_seeds():
    """Each packet of the captures of quotes, but the errors, as if it were quoted in full: carried
    in one of the target's ways, the next in another."""
    packets = set()
    for function in generate_quotes.CAPTURES:
        line = function()
        for number, (_, frame, _) in enumerate(line.frames, 1):
            if str(number) not in line.truth and frame[12:14] in (b"\x08\0", b"\x86\xdd"):
                packets.add(frame[14:])
    for number, packet in enumerate(sorted(packets)):
        yield "%03d" % number, bytes([number % 8 & ~2]) + packet


def main(args):
    top = args[0] if args else os.path.join(harness.TESTS, "fuzz", "seeds")
    for target, seeds in (("engine", engine_seeds), ("extension", extension_seeds),
                          ("fragments", fragments_seeds),
                          ("icmp", icmp_seeds), ("icmpv6", icmpv6_seeds),
                          ("link", link_seeds), ("quote", quote_seeds)):
        directory = os.path.join(top, target)
        if os.path.isdir(directory):
            for name in os.listdir(directory):
                if not name.startswith("crash-"):
                    os.remove(os.path.join(directory, name))
        for name, data in seeds():
            put(directory, name, data)


main(sys.argv[1:])
