"""Findings about single errors: what must not have been answered with one (RFC 1122 3.2.2, RFC 1812
4.3.2.7, RFC 4443 2.4(e)), too many of them, and those about nothing that was sent."""

from generate_fragments import parts
from generate_findings_story import FOUR, SIDES, SIX, Story, Tcp, both, capture, error
from generate_packets import ICMP6, SYN, address, icmp, icmp6, null
from generate_timeline import A4, A6, B4, B6, R4, R6

OF_SINGLE_ERRORS = ("error_about_icmp_error", "error_about_multicast", "error_about_later_fragment",
                    "error_bad_source")


def begin(side=FOUR):
    story = Story()
    story.connections(6, side)
    return story


# ---- error_about_icmp_error ----------------------------------------------------------------------


@both()
def error_about_error(side):
    """A router drops a port unreachable on its way back, and says so."""
    story = begin(side)
    asked = story.datagram(side.a, side.b, 40000, 9)
    story.add(asked)
    refused = error(asked, side.a, "port", dest=side.b)
    refused = error(story.datagram(side.b, side.a, 9, 40000), side.a, "port")
    story.add(story.datagram(side.b, side.a, 9, 40000))
    story.add(refused)
    frame = story.add(error(refused, side.r, "host"))
    story.fires("error_about_icmp_error", [frame], severity="medium", count=1, reporter=side.r)
    return story


@capture()
def error_about_redirect6():
    """RFC 4443 2.4(e.2)."""
    story = begin(SIX)
    body = bytes(4) + b"\xfe\x80" + bytes(13) + b"\x02" + b"\x20\x01\x0d\xb8" + bytes(12)
    message = icmp6("fe80::1", A6, 137, 0, b"\0\0\0\0", body[4:])
    redirect = story.ip("fe80::1", A6, ICMP6, message, ttl=255)
    frame = story.add(error(redirect, A6, "port", dest="fe80::1"))
    story.fires("error_about_icmp_error", [frame], severity="medium")
    return story


@both(*OF_SINGLE_ERRORS)
def errors_about_queries(side):
    """Of ICMP messages, only errors must go without: requests and replies are answered, and so is
    what has no registered type."""
    story = begin(side)
    for number, reply in enumerate((False, True)):
        sent = story.echo(side.a, side.b, 77, number, reply=reply)
        if reply:
            story.add(story.echo(side.b, side.a, 77, number))
        story.add(sent)
        story.add(error(sent, side.r, "host"))
    for kind in ((200, 201, 135) if side.six else (13, 42, 253)):
        sent = icmp(side.a, side.b, kind, 0, bytes(4), bytes(24))
        story.add(sent)
        story.add(error(sent, side.r, "net"))
    story.may("recon", "clock_offset", "nd_invalid", "unassigned_type", "echo_unsolicited")
    return story


@capture("error_about_icmp_error", "quote_too_short")
def error_type_not_captured():
    """The capture ends where the type of the quoted message would be; and messages that quote no
    more than an IP header, or a later fragment, in which there is no type."""
    story = begin()
    reply = error(story.datagram(B4, A4, 9, 40000), A4, "port")
    story.add(error(reply, R4, "host"), cut=14 + 20 + 8 + 20)
    ping = story.echo(A4, B4, 77, 1)
    story.add(ping)
    story.add(error(ping, R4, "host"), cut=14 + 20 + 8 + 20)
    return story


@capture("error_about_icmp_error")
def error_about_fragment_of_echo():
    """What is where a type would be is data: 3, as in an error."""
    story = begin()
    first, later = parts(story.echo(A4, B4, 77, 1, b"\3" * 400), 700, 208)
    story.add(first)
    story.add(later)
    frame = story.add(error(later, R4, "host"))
    story.fires("error_about_later_fragment", [frame], severity="medium", reporter=R4)
    return story


# ---- error_about_multicast -----------------------------------------------------------------------


@capture()
def error_about_multicast():
    """A host answers what was sent to a group, and to all."""
    story = begin()
    frames = []
    for group in "224.0.0.251", "255.255.255.255":
        sent = story.datagram(A4, group, 5353, 5353, df=0)
        story.add(sent)
        frames.append(story.add(error(sent, FOUR.near(5), "port", hops=64)))
    story.fires("error_about_multicast", frames[:1], severity="medium", reporter=FOUR.near(5))
    story.may("error_about_multicast")
    return story


@capture()
def error_about_multicast6():
    """Also those parameter problems that are no exception: code 0."""
    story = begin(SIX)
    sent = story.datagram(A6, "ff02::fb", 5353, 5353)
    story.add(sent)
    frame = story.add(error(sent, SIX.near(5), "port", hops=64))
    story.fires("error_about_multicast", [frame], severity="medium", reporter=SIX.near(5))
    story.add(sent)
    frame = story.add(error(sent, SIX.near(6), "header", hops=64))
    story.fires("error_about_multicast", [frame], severity="medium", reporter=SIX.near(6))
    return story


@capture("error_about_multicast")
def errors_allowed_about_multicast6():
    """RFC 4443 2.4(e.3): path MTU discovery works for groups, and options that ask for an answer
    get one."""
    story = begin(SIX)
    sent = story.datagram(A6, "ff0e::1234", 5004, 5004, b"m" * 1400)
    story.add(sent)
    story.add(error(sent, R6, "too_big", mtu=1300))
    story.add(error(sent, R6, "option"))
    return story


@capture("error_about_multicast")
def errors_about_hosts_numbered_255():
    """In a network larger than a /24, .255 and .0 are hosts."""
    story = begin()
    for host in "198.18.7.255", "198.18.8.0":
        sent = story.datagram(A4, host, 40000, 9)
        story.add(sent)
        story.add(error(sent, host, "port"))
    return story


# ---- error_about_later_fragment ------------------------------------------------------------------


@capture()
def error_about_later_fragment():
    story = begin()
    first, second, last = parts(story.datagram(A4, B4, 40000, 9, bytes(600)), 800, 208)
    for piece in first, second, last:
        story.add(piece)
    frame = story.add(error(second, R4, "host"))
    story.fires("error_about_later_fragment", [frame], severity="medium", count=1, reporter=R4)
    return story


@both("error_about_later_fragment")
def error_about_first_fragment(side):
    """The time for the others ran out; and in IPv6 nothing forbids errors about later ones."""
    story = begin(side)
    pieces = parts(story.datagram(side.a, side.b, 40000, 9, bytes(600)), 800, 208)
    for piece in pieces:
        story.add(piece)
    story.wait(30000)
    story.add(error(pieces[0], side.b, "reassembly"))
    if side.six:
        story.add(error(pieces[1], side.r, "host"))
    return story


# ---- error_bad_source ----------------------------------------------------------------------------


@capture()
def error_bad_source():
    """A router answers packets that name no host as their source, and tells them on."""
    story = begin()
    for number, source in enumerate(("0.0.0.0", "127.0.0.1", "224.0.0.5", "0.1.2.3")):
        sent = story.datagram(source, B4, 40000 + number, 9, df=0)
        story.add(sent)
        reporter = "203.0.113.%d" % (10 + number)
        frame = story.add(error(sent, reporter, "host", dest=A4))
        story.fires("error_bad_source", [frame], severity="medium", reporter=reporter)
    return story


@capture()
def error_bad_source6():
    """RFC 4443 2.4(e.6)."""
    story = begin(SIX)
    for number, source in enumerate(("::", "ff02::1")):
        sent = story.datagram(source, B6, 40000 + number, 9)
        story.add(sent)
        reporter = "2001:db8:c::%d" % (10 + number)
        frame = story.add(error(sent, reporter, "host", dest=A6))
        story.fires("error_bad_source", [frame], severity="medium", reporter=reporter)
    return story


@capture("error_bad_source")
def errors_on_loopback():
    """A capture on lo: the host talks to itself."""
    story = Story(link=null)
    for number in range(5):
        for host in "127.0.0.1", "::1":
            sent = story.datagram(host, host, 40000 + number, 9)
            story.add(sent)
            story.add(error(sent, host, "port", hops=64))
    sent = story.datagram("127.0.0.1", "127.0.0.53", 40000, 9)
    story.add(sent)
    story.add(error(sent, "127.0.0.53", "port", hops=64))
    return story


def solicitation(src, dst, target, option=b"", hops=255, code=0):
    body = address(target) + option
    return icmp(src, dst, 135, code, bytes(4), body, hops=hops)


@capture("error_bad_source", "nd_invalid")
def duplicate_address_detection6():
    """RFC 4862 5.4.2 asks from the unspecified address; somebody has an error to say about it."""
    story = begin(SIX)
    probe = solicitation("::", "ff02::1:ff00:9", "2001:db8:a::9")
    story.add(probe)
    story.wait(1000)
    story.add(error(probe, SIX.near(7), "header", dest=A6, hops=64))
    story.may("error_about_multicast")
    return story


# ---- routing_loop --------------------------------------------------------------------------------


@both("kept_sending", "echo_loss")
def routing_loop_of_two(side):
    """Two routers each take the other for the way to a network: what A sends there with a TTL of 64
    comes to its end between them."""
    story = begin(side)
    frames = []
    for seq in range(8):
        if seq % 2:
            packet = Tcp(story, side.a, side.far(500), 40000).packet(flags=SYN)
        else:
            packet = story.echo(side.a, side.far(500), 77, seq)
        story.add(packet)
        story.wait(60)
        frames.append(story.add(error(expired(packet), (side.r, side.s)[seq % 2], "ttl")))
        story.wait(1000)
    story.fires("routing_loop", severity="medium", src_ip=side.a, dest_ip=side.far(500),
                some=frames)
    return story


def expired(packet):
    """As it is when its TTL has run out."""
    return packet[:7] + b"\x01" + packet[8:] if packet[0] >> 4 == 6 else \
        packet[:8] + b"\x01" + packet[9:]


@both("routing_loop", "unsolicited_errors")
def packets_of_short_lives(side):
    """Time exceeded about what was sent to go only so far: by a program that keeps NATs open with a
    TTL of 6; captured when few hops were left; about fragments that never came; and of what was not
    captured."""
    story = begin(side)
    for number in range(8):
        packet = story.datagram(side.a, side.far(number), 3074, 3074, ttl=6)
        story.add(packet)
        story.add(error(expired(packet), side.far(4000 + number), "ttl", hops=58))
        story.wait(500)
    for number in range(8):
        packet = story.datagram(side.far(70 + number), side.a, 40000, 9, ttl=2)
        story.add(packet)
        story.add(error(expired(packet), side.near(1), "ttl", hops=64))
        story.wait(500)
    first = parts(story.datagram(side.a, side.b, 40000, 9, bytes(600)), 801, 208)[0]
    story.add(first)
    story.wait(30000)
    story.add(error(first, side.b, "reassembly"))
    for number in range(4):
        packet = story.datagram(side.a, side.far(20 + number), 41000, 9)
        story.add(error(expired(packet), side.far(4000), "ttl"))
    return story


# ---- error_rate ----------------------------------------------------------------------------------


def refuse_many(story, side, count, gap, reporters=1, hosts=40):
    """`count` errors, `gap` microseconds apart, to as many as 40 hosts that are told in turn.
    Returns their frames."""
    frames = []
    for number in range(count):
        src = side.near(number % hosts)
        packet = Tcp(story, src, side.far(number % 2000), 20000 + number).packet(flags=SYN)
        story.soon(packet, 30)
        reporter = side.r if reporters == 1 else side.far(5000 + number % reporters)
        frames.append(story.soon(error(packet, reporter, "host"), gap - 30))
    return frames


@both()
def error_rate(side):
    """500 a second for five seconds, about as many connections of 40 hosts."""
    story = begin(side)
    frames = refuse_many(story, side, 2500, 2000)
    story.fires("error_rate", severity="low", reporter=side.r, among=frames)
    return story


@both("error_rate", "icmp_flood", "unsolicited_errors", "kept_sending")
def errors_below_the_rate(side):
    """90 in a second, then 50 a second for six; and 400 in one second by ten reporters."""
    story = begin(side)
    refuse_many(story, side, 90, 10000)
    story.wait(3000)
    refuse_many(story, side, 300, 20000)
    story.wait(3000)
    refuse_many(story, side, 400, 2500, reporters=10)
    return story


@capture("error_rate", "unsolicited_errors", "udp_scan", "kept_sending", "error_about_multicast")
def traceroutes_of_many():
    """A host traces the ways to eight others at once, 16 probes in flight, as traceroute does; mtr
    goes on with one for 30 rounds."""
    story = begin()
    probe = 0
    for target in range(8):
        for ttl in range(1, 11):
            for _ in range(3):
                trace_hop(story, FOUR.far(target), ttl, 10, 33434 + probe % 90, 40000 + probe)
                probe += 1
    for _ in range(30):
        for ttl in range(1, 11):
            probe += 1
            trace_hop(story, B4, ttl, 10, 33434 + probe, 41000)
            story.wait(90)
    return story


def trace_hop(story, target, ttl, hops, dport, sport):
    packet = story.datagram(A4, target, sport, dport, bytes(32), ttl=ttl, df=0)
    story.soon(packet, 200)
    if ttl < hops:
        story.soon(error(expired(packet), "203.0.113.%d" % ttl, "ttl", hops=64 - ttl), 200)
    else:
        story.soon(error(expired(packet), target, "port", hops=64 - ttl), 200)


@capture("error_rate", "icmp_flood")
def errors_seen_twice():
    """60 a second, each copied by the mirror port."""
    story = Story()
    for number in range(300):
        packet = Tcp(story, A4, FOUR.far(number), 20000 + number).packet(flags=SYN)
        told = error(packet, R4, "host")
        for frame in packet, packet, told, told:
            story.soon(frame, 15)
        story.clock += 16606 * 1000
    return story
