"""Findings about what errors carry, quotes (RFC 792, 1812 4.3.2.3, 4443 2.4(c)) and extensions (RFC
4884 4, 5, 7 and 8), and about types and checksums of messages (RFC 6918, 6633, 2521, 792)."""

import struct

from generate_findings_story import FOUR, SIX, Story, both, capture, error, lan, ping_payload
from generate_packets import ICMP, ICMP6, checksum, icmp4, icmp6
from generate_timeline import A4, A6, B4, B6, R4, R6


def begin(side=FOUR):
    story = Story()
    story.connections(5, side)
    return story


def raw_icmp(story, src, dst, kind, code, word=bytes(4), body=b"", **field):
    if ":" in src:
        return story.ip(src, dst, ICMP6, icmp6(src, dst, kind, code, word, body), **field)
    return story.ip(src, dst, ICMP, icmp4(kind, code, word, body), **field)


# ---- quote_too_short -----------------------------------------------------------------------------


@capture()
def quote_too_short():
    """RFC 792 wants the header and 64 bits of data: of a header with options, that are more than 28
    bytes."""
    story = begin()
    packet = story.datagram(A4, B4, 40000, 9, bytes(100))
    story.add(packet)
    frame = story.add(error(packet, R4, "host", quote=24))
    story.fires("quote_too_short", [frame], severity="low", count=1, reporter=R4)
    packet = story.datagram(A4, B4, 40001, 9, bytes(100), options=b"\x94\x04\0\0")
    story.add(packet)
    frame = story.add(error(packet, B4, "host", quote=28))
    story.fires("quote_too_short", [frame], severity="low", count=1, reporter=B4)
    return story


@capture()
def quote_too_short6():
    """RFC 4443 2.4(c): as much as fits into 1280 bytes."""
    story = begin(SIX)
    packet = story.datagram(A6, B6, 40000, 9, bytes(500))
    story.add(packet)
    frame = story.add(error(packet, R6, "host", quote=48))
    story.fires("quote_too_short", [frame], severity="low", count=1, reporter=R6)
    return story


@both("quote_too_short", "quote_rewritten", "extension_invalid")
def quotes_long_enough(side):
    """The least; all of a packet that has less than that; and what the capture cut, which was there
    on the wire."""
    story = begin(side)
    least = 1232 if side.six else 28
    for number, length in enumerate((1400, 1184 if side.six else 8, 4, 0)):
        packet = story.datagram(side.a, side.b, 40000 + number, 9, bytes(length))
        story.add(packet)
        story.add(error(packet, side.r, "host", quote=least))
    for length in 4, 0:
        packet = story.ip(side.a, side.b, 253, bytes(length))
        story.add(packet)
        story.add(error(packet, side.r, "protocol"))
    packet = story.datagram(side.a, side.b, 41000, 9, bytes(1400))
    story.add(packet, cut=96)
    story.add(error(packet, side.r, "host"), cut=96)
    packet = story.datagram(side.a, side.b, 41001, 9, bytes(1400))
    story.add(packet, cut=60)
    story.add(error(packet, side.r, "host"), cut=60)
    return story


# ---- quote_rewritten -----------------------------------------------------------------------------


@both()
def quote_rewritten(side):
    """A router on the way marks what it forwards: traffic class 0 as sent, 40 as quoted."""
    story = begin(side)
    frames = []
    for number in range(3):
        packet = story.datagram(side.a, side.b, 40000 + number, 9, bytes(100), ttl=3)
        frames.append(story.add(packet))
        if side.six:
            marked = struct.pack("!I", 6 << 28 | 40 << 20) + packet[4:7] + b"\x01" + packet[8:]
        else:
            marked = packet[:1] + b"\x28" + packet[2:8] + b"\x01" + packet[9:]
        frames.append(story.add(error(marked, side.r, "ttl")))
    story.fires("quote_rewritten", frames[1:2], severity="info")
    return story


@both("quote_rewritten")
def quote_as_routers_must_change_it(side):
    """The TTL counts down, and in IPv4 the header's checksum follows."""
    story = begin(side)
    for number in range(3):
        packet = story.datagram(side.a, side.b, 40000 + number, 9, bytes(100), ttl=3)
        story.add(packet)
        if side.six:
            quote = packet[:7] + b"\x01" + packet[8:]
        else:
            quote = packet[:8] + b"\x01" + packet[9:10] + b"\0\0" + packet[12:]
            quote = quote[:10] + struct.pack("!H", checksum(quote[:20])) + quote[12:]
        story.add(error(quote, side.r, "ttl"))
    return story


# ---- extension_invalid ---------------------------------------------------------------------------

LABEL = struct.pack("!I", 16 << 12 | 1 << 8 | 1)


def extension_object(payload=LABEL, kind=1, subtype=1, length=None):
    length = 4 + len(payload) if length is None else length
    return struct.pack("!HBB", length, kind, subtype) + payload


def structure(objects, sum_of=None):
    """RFC 4884 7: version 2 and a checksum over all of it."""
    head = b"\x20\0\0\0"
    value = checksum(head + objects) if sum_of is None else sum_of
    return head[:2] + struct.pack("!H", value) + objects


def extended(story, side, extension, quoted=128, words=None, **how):
    """A time exceeded with `quoted` bytes of a datagram, the length field (RFC 4884 4) and what
    follows."""
    packet = story.datagram(side.a, side.b, 40000 + len(story.frames), 9, bytes(300), ttl=3)
    story.add(packet)
    unit = 8 if side.six else 4
    words = quoted // unit if words is None else words
    word = struct.pack("!BBH", words, 0, 0) if side.six else struct.pack("!BBH", 0, words, 0)
    body = (packet[:quoted] + bytes(quoted))[:quoted] + extension
    kind = 3 if side.six else 11
    return story.add(raw_icmp(story, side.r, side.a, kind, 0, word, body, ttl=60), **how)


@both()
def extension_invalid(side):
    """What RFC 4884 does not allow, each from a router of its own kind."""
    fine = structure(extension_object())
    story = begin(side)
    frames = [
        extended(story, side, fine, quoted=144, words=200),
        extended(story, side, structure(extension_object(), sum_of=0x1234)),
        extended(story, side, structure(extension_object(length=2))),
        extended(story, side, structure(extension_object(LABEL + b"abcd", length=10))),
        extended(story, side, structure(extension_object(length=80))),
        extended(story, side, fine, quoted=64),
    ]
    story.fires("extension_invalid", frames[:1], severity="medium", reporter=side.r)
    story.may("quote_too_short")
    return story


def invalid_one(name, side, *args, **how):
    """Each alone, so that none hides behind another."""
    def story_of():
        story = begin(side)
        frame = extended(story, side, *args, **how)
        story.fires("extension_invalid", [frame], severity="medium", count=1, reporter=side.r)
        story.may("quote_too_short")
        return story
    story_of.__name__ = name + side.suffix
    capture()(story_of)


for each in FOUR, SIX:
    invalid_one("extension_checksum", each, structure(extension_object(), sum_of=0x1234))
    invalid_one("extension_object_too_short", each, structure(extension_object(length=2)))
    invalid_one("extension_object_overruns", each, structure(extension_object(length=80)))
    invalid_one("extension_object_unaligned", each,
                structure(extension_object(LABEL + b"abcd", length=10)))
    invalid_one("extension_quote_not_padded", each, structure(extension_object()), quoted=64)
    invalid_one("extension_length_beyond", each, structure(extension_object()), quoted=144,
                words=200)


@both("extension_invalid")
def extensions_valid(side):
    """As RFC 4884 wants it; without a checksum (7); as before it, at offset 128 with no length
    (5.5), or with what an old router left where the length is now; a long quote that only looks
    like that; one object of a class that nobody knows; and one that the capture cut."""
    story = begin(side)
    fine = structure(extension_object())
    for extension, how in ((fine, {}), (structure(extension_object(), sum_of=0), {}),
                           (fine, {"words": 0}), (fine, {"words": 93 if not side.six else 200}),
                           (bytes(range(32, 64)), {"words": 0}),
                           (structure(extension_object(bytes(8), 200, 9)), {}),
                           (structure(extension_object() * 3), {"quoted": 256}),
                           (structure(extension_object(), sum_of=0x1234), {"cut": 180})):
        extended(story, side, extension, **how)
    story.may("quote_too_short")
    return story


# ---- types ---------------------------------------------------------------------------------------


@capture()
def deprecated_types():
    """RFC 6918 2 and 3: each that it names, and that nobody else may use."""
    story = begin()
    frames = []
    for kind in (6, 15, 16, 17, 18) + tuple(range(30, 40)):
        frames.append(story.add(raw_icmp(story, A4, B4, kind, 0, bytes(4), bytes(28))))
        story.wait(100)
    story.fires("deprecated_type", severity="low", among=frames)
    story.may("recon", most="low")
    return story


@capture("deprecated_type", "unassigned_type")
def types_in_use():
    """Those that were not deprecated: router discovery, timestamps, Photuris, mobility experiments,
    PROBE, and what is for experiments."""
    story = begin()
    for kind in 9, 10, 13, 14, 40, 41, 42, 43, 253, 254:
        story.add(raw_icmp(story, A4, B4, kind, 0, b"\1\2\0\7", bytes(28)))
        story.wait(100)
    story.may("recon", "photuris_failure", "clock_offset", "rogue_router")
    return story


@capture()
def unassigned_types():
    story = begin()
    frames = [story.add(raw_icmp(story, A4, B4, kind, 0, bytes(4), bytes(28)))
              for kind in (1, 2, 7, 44, 100, 252)]
    story.fires("unassigned_type", severity="info", among=frames)
    return story


@capture()
def unassigned_types6():
    story = begin(SIX)
    frames = [story.add(raw_icmp(story, A6, B6, kind, 0, bytes(4), bytes(64)))
              for kind in (5, 99, 170, 199)]
    story.fires("unassigned_type", severity="info", among=frames)
    return story


@capture("unassigned_type")
def types_of_experiments6():
    """100, 101, 200 and 201 are for private experiments (RFC 4443 2.1), 160 and 161 PROBE, and 15
    to 18 deprecated only in ICMPv4."""
    story = begin(SIX)
    for kind in 100, 101, 160, 161, 200, 201, 130, 143, 155:
        story.add(raw_icmp(story, A6, B6, kind, 0, b"\1\2\0\7", bytes(64)))
    return story


@capture()
def photuris_failure():
    """RFC 2521 2 to 4."""
    story = begin()
    frames = []
    for code in range(6):
        packet = story.ip(A4, B4, 50, struct.pack("!II", 0x1001, code) + bytes(32))
        story.add(packet)
        frames.append(story.add(raw_icmp(story, B4, A4, 40, code, bytes(4), packet[:28])))
    story.fires("photuris_failure", frames[:1], severity="info", src_ip=B4, dest_ip=A4)
    return story


@capture("photuris_failure")
def not_photuris():
    """Another code; and ICMPv6 type 40, which is nothing."""
    story = begin()
    packet = story.ip(A4, B4, 50, struct.pack("!II", 0x1001, 1) + bytes(32))
    story.add(packet)
    story.add(raw_icmp(story, B4, A4, 40, 6, bytes(4), packet[:28]))
    story.add(raw_icmp(story, B6, A6, 40, 0, bytes(4), bytes(64)))
    story.may("unassigned_type", "quote_too_short")
    return story


@capture()
def recon():
    """Requests that nobody needs but who explores; of ICMPv4 alone."""
    return exploring(begin())


@capture()
def recon_in_vlan():
    return exploring(Story(link=lambda packet: lan(packet, (20,))))


def exploring(story):
    frames = []
    for kind, length in (13, 12), (17, 4), (15, 0):
        for host in range(3):
            frames.append(story.add(raw_icmp(story, A4, FOUR.far(100 + host), kind, 0, b"\1\2\0\7",
                                             bytes(length))))
            story.wait(100)
    story.fires("recon", severity="low", src_ip=A4, among=frames)
    story.may("deprecated_type")
    return story


@both("recon")
def queries_of_daily_use(side):
    """Echo and router discovery; and a reply to what somebody else asked."""
    story = begin(side)
    for number in range(5):
        story.ping(side.a, side.b, seq=number)
    if side.six:
        story.add(raw_icmp(story, "fe80::9", "ff02::2", 133, 0, ttl=255))
    else:
        story.add(raw_icmp(story, A4, "224.0.0.2", 10, 0, ttl=1))
        story.add(raw_icmp(story, B4, A4, 14, 0, b"\1\2\0\7", bytes(12)))
    return story


# ---- bad_checksum --------------------------------------------------------------------------------


def spoiled(packet):
    """One bit of the ICMP message is not what it was."""
    return packet[:-1] + bytes([packet[-1] ^ 4])


@both("echo_loss", "echo_unsolicited")
def bad_checksum(side):
    """Two of 20 replies arrive damaged."""
    story = begin(side)
    frames = []
    for seq in range(20):
        payload = ping_payload(story.clock)
        story.add(story.echo(side.a, side.b, 77, seq, payload))
        reply = story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=57)
        if seq in (5, 11):
            frames.append(story.add(spoiled(reply)))
        else:
            story.add(reply)
        story.wait(500)
    story.fires("bad_checksum", frames, severity="low", count=2, src_ip=side.b, dest_ip=side.a)
    story.may("echo_mismatch")
    return story


@both("bad_checksum")
def checksum_left_to_the_card(side):
    """Captured on the sending host: what it sends has half a checksum, and is answered all the
    same."""
    story = begin(side)
    for seq in range(10):
        payload = ping_payload(story.clock)
        request = story.echo(side.a, side.b, 77, seq, payload)
        at = 42 if side.six else 22
        story.add(request[:at] + b"\x5a\x5a" + request[at + 2:])
        story.wait(9)
        story.add(story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=57))
        story.wait(500)
    return story


@both("bad_checksum")
def checksum_of_a_part(side):
    """Cut by the capture; and with bytes behind the packet that are not of it."""
    story = begin(side)
    for seq in range(4):
        payload = ping_payload(story.clock, 400)
        story.add(story.echo(side.a, side.b, 77, seq, payload), cut=(96, 70, 128, 200)[seq])
        story.add(story.echo(side.b, side.a, 77, seq, payload, reply=True), cut=96)
    plain = story.link
    story.link = lambda packet: plain(packet) + b"\xde\xad\xbe\xef\x55"
    story.ping(side.a, side.b, seq=9)
    return story
