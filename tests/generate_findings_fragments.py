"""Findings about fragments: RFC 791 3.2, RFC 1858 3, RFC 3128, RFC 5722 3, RFC 7112 5, RFC 8200
4.5."""

from generate_findings_story import FOUR, SIX, Story, both, capture, lan
from generate_fragments import part, parts
from generate_packets import (FRAGMENT, ICMP, ICMP6, TCP, UDP, fragment_header, icmp4, icmp6,
                              ipv4, ipv6, tcp, udp)
from generate_timeline import A4, A6, B4, B6

ALL = ("fragment_overlap", "tiny_fragment", "ping_of_death")


def begin(side=FOUR):
    story = Story()
    story.connections(5, side)
    story.ping(side.a, side.b)
    return story


def large_echo(story, side, length=1000, seq=1):
    return story.echo(side.a, side.b, 77, seq, bytes(at % 251 for at in range(length)))


# ---- fragment_overlap ----------------------------------------------------------------------------


@both("tiny_fragment", "ping_of_death")
def fragment_overlap(side):
    """The second fragment says otherwise about 56 bytes that the first had."""
    story = begin(side)
    packet = large_echo(story, side, 600)
    forged = packet[:-600] + b"\xee" * 600
    story.add(part(packet, 900, 0, 304))
    second = story.add(part(forged, 900, 248, 608))
    story.fires("fragment_overlap", [second], severity="high", src_ip=side.a, dest_ip=side.b)
    story.may("bad_checksum")
    return story


@capture("tiny_fragment", "ping_of_death")
def fragment_teardrop():
    """CA-1997-28: a second fragment that ends within the first one. Of UDP."""
    story = begin()
    datagram = udp(A4, B4, 1, 2, bytes(range(48)))
    story.add(ipv4(A4, B4, UDP, datagram[:36 // 8 * 8 + 8], ident=242, df=0, mf=1))
    second = story.add(ipv4(A4, B4, UDP, b"\xff\xff\xff\xff", ident=242, df=0, offset=24))
    story.fires("fragment_overlap", [second], severity="high", src_ip=A4, dest_ip=B4)
    return story


@both(*ALL)
def fragments_seen_twice(side):
    """By a mirror port, each at once; and once more as a whole."""
    story = begin(side)
    pieces = parts(large_echo(story, side), 901, 304)
    for piece in pieces:
        story.soon(piece)
        story.soon(piece)
    for piece in pieces:
        story.soon(piece)
    return story


@both(*ALL)
def fragments_cut_anew(side):
    """Sent again over a path with a smaller MTU: other borders, the same data."""
    story = begin(side)
    packet = large_echo(story, side)
    for piece in parts(packet, 902, 504)[:-1] + parts(packet, 902, 304):
        story.add(piece)
    return story


@both(*ALL)
def fragments_of_one_number(side):
    """An identification is used again 70 s later, for other data; and at the same time in another
    VLAN, and by another protocol."""
    story = Story(link=lambda packet: packet)
    for text, wait in (b"one", 70000), (b"two", 0):
        for piece in parts(story.echo(side.a, side.b, 77, 1, text * 300), 903, 304):
            story.add(lan(piece))
        story.wait(wait)
    for vlan, text in (10, b"three"), (20, b"four!"):
        for piece in parts(story.echo(side.a, side.b, 77, 2, text * 180), 904, 304)[:-1]:
            story.add(lan(piece, (vlan,)))
    for piece in parts(story.datagram(side.a, side.b, 1, 2, b"other" * 180), 904, 304):
        story.add(lan(piece, (10,)))
    return story


@both(*ALL)
def fragments_cut_by_the_capture(side):
    """100 bytes of each, in which they are alike: what is behind them nobody has seen."""
    story = begin(side)
    for piece in parts(large_echo(story, side), 905, 304):
        story.add(piece, cut=100)
        story.add(piece[:120] + b"\xee" * (len(piece) - 120), cut=100)
    for piece in parts(story.datagram(side.a, side.b, 40000, 53, bytes(600)), 906, 304):
        story.add(piece, cut=14 + (48 if side.six else 20) + 4)
    return story


# ---- tiny_fragment -------------------------------------------------------------------------------


@capture("fragment_overlap", "ping_of_death")
def tiny_fragment():
    """Eight bytes of TCP, so that the flags come in the second fragment."""
    story = begin()
    segment = tcp(A4, B4, 40000, 23, b"login", flags=2)
    first = story.add(ipv4(A4, B4, TCP, segment[:8], ident=910, df=0, mf=1))
    story.add(ipv4(A4, B4, TCP, segment[8:], ident=910, df=0, offset=8))
    story.fires("tiny_fragment", [first], severity="high", count=1, src_ip=A4, dest_ip=B4)
    return story


@capture("fragment_overlap", "ping_of_death")
def tiny_fragment6():
    """RFC 7112: the first fragment has to hold all headers, that of TCP included."""
    story = begin(SIX)
    segment = tcp(A6, B6, 40000, 23, b"login", flags=2)
    first = story.add(ipv6(A6, B6, FRAGMENT, fragment_header(TCP, 0, 1, 910) + segment[:8]))
    story.add(ipv6(A6, B6, FRAGMENT, fragment_header(TCP, 8, 0, 910) + segment[8:]))
    story.fires("tiny_fragment", [first], severity="high", count=1, src_ip=A6, dest_ip=B6)
    return story


@both(*ALL)
def fragments_small_but_whole(side):
    """First fragments with all of a header of eight bytes; last ones with a few bytes; a packet
    that is no fragment and too short for TCP; and in IPv6 one that has the header of fragments and
    is whole (RFC 6946)."""
    story = begin(side)
    for packet in (story.datagram(side.a, side.b, 40000, 53, bytes(100)),
                   story.echo(side.a, side.b, 77, 3, bytes(100))):
        story.add(part(packet, 911, 0, 8))
        story.add(part(packet, 911, 8, 108))
    segment = story.ip(side.a, side.b, TCP, tcp(side.a, side.b, 40000, 80, bytes(100)))
    story.add(part(segment, 912, 0, 112))
    story.add(part(segment, 912, 112, 120))
    story.add(story.ip(side.a, side.b, TCP, tcp(side.a, side.b, 40001, 80)[:8]))
    if side.six:
        story.add(ipv6(A6, B6, FRAGMENT, fragment_header(UDP, 0, 0, 9) + udp(A6, B6, 7, 9)))
    return story


# ---- ping_of_death -------------------------------------------------------------------------------


def oversized(side, length):
    """A ping of which the IP packet, once put together, has `length` bytes of data."""
    story = begin(side)
    rest, payload = b"\0\x4d\0\1", bytes(length - 8)
    data = icmp6(A6, B6, 128, 0, rest, payload) if side.six else icmp4(8, 0, rest, payload)
    frames = []
    for at in range(0, length, 1480):
        more = at + 1480 < length
        piece = data[at:at + 1480]
        if side.six:
            frames.append(story.add(ipv6(A6, B6, FRAGMENT,
                                         fragment_header(ICMP6, at, more, 920) + piece)))
        else:
            frames.append(story.add(ipv4(A4, B4, ICMP, piece, ident=920, df=0, mf=more, offset=at)))
    return story, frames


@capture("fragment_overlap", "tiny_fragment")
def ping_of_death():
    """`ping -l 65510` of 1996: with the header, 65,538 bytes (RFC 791 3.1: 65,535 at most)."""
    story, frames = oversized(FOUR, 65518)
    story.fires("ping_of_death", frames[-1:], severity="high", src_ip=A4, dest_ip=B4)
    return story


@both("fragment_overlap", "tiny_fragment")
def ping_of_death_by_one_fragment(side):
    """The last offset there is, and 1,000 bytes."""
    story = begin(side)
    if side.six:
        packet = ipv6(A6, B6, FRAGMENT, fragment_header(ICMP6, 65528, 0, 921) + bytes(1000))
    else:
        packet = ipv4(A4, B4, ICMP, bytes(1000), ident=921, df=0, offset=65528)
    frame = story.add(packet)
    story.fires("ping_of_death", [frame], severity="high", count=1, src_ip=side.a, dest_ip=side.b)
    return story


@both(*ALL)
def largest_ping(side):
    """`ping -s 65507`, in IPv6 -s 65527: as long as a packet may be."""
    return oversized(side, 65535 if side.six else 65515)[0]
