"""Findings about who says where to send to: redirects (RFC 1122 3.2.2.2, RFC 4861 8.1), Neighbor
Discovery (RFC 4861 6.1 and 7.1, RFC 6980 5) and routers that nobody set up (RFC 6104)."""

import struct

from generate_findings_story import FOUR, SIX, Story, capture, error, lan, mac
from generate_packets import (FRAGMENT, ICMP, ICMP6, address, ethernet, fragment_header, icmp4,
                              icmp6, ipv6)
from generate_timeline import A4, A6

ROUTER4, OTHER4 = "192.0.2.254", "192.0.2.253"
ROUTER6, OTHER6, ROGUE6 = "fe80::fe", "fe80::fd", "fe80::bad"
HOST6 = "fe80::1"
ALL_NODES = "ff02::1"


def begin(side=FOUR):
    story = Story()
    story.connections(5, side)
    return story


# ---- redirect_suspect, IPv4 ----------------------------------------------------------------------


def arp(story, sender, ip, target, reply_to=None):
    """RFC 826: a request, or the reply to the one at `reply_to`."""
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2 if reply_to else 1)
    body += sender + address(ip) + (reply_to or bytes(6)) + address(target)
    frame = (reply_to or b"\xff" * 6) + sender + b"\x08\x06" + body
    story.soon(frame, 500)


def with_macs(packet, src, dst):
    return dst + src + ethernet(packet)[12:]


MAC_A, MAC_ROUTER, MAC_OTHER, MAC_EVIL = (bytes.fromhex("0200000004" + end)
                                          for end in ("01", "fe", "fd", "66"))


def redirected(gateway, reporter=ROUTER4, sender=MAC_ROUTER, obeyed=MAC_OTHER, copies=1):
    """A sends to a far network by way of its router, is redirected to `gateway`, and follows."""
    story = Story(link=lambda packet: packet)
    for owner, ip in (MAC_ROUTER, ROUTER4), (MAC_OTHER, OTHER4):
        arp(story, MAC_A, A4, ip)
        arp(story, owner, ip, A4, MAC_A)
    for number in range(4):
        asked = story.datagram(A4, FOUR.far(number), 40000 + number, 53)
        story.add(with_macs(asked, MAC_A, MAC_ROUTER))
        answer = story.datagram(FOUR.far(number), A4, 53, 40000 + number, b"answer", ttl=57)
        story.add(with_macs(answer, MAC_ROUTER, MAC_A))
    sent = story.datagram(A4, FOUR.far(9), 40009, 9, bytes(100))
    story.add(with_macs(sent, MAC_A, MAC_ROUTER))
    told = story.ip(reporter, A4, ICMP, icmp4(5, 1, address(gateway), sent[:28]), df=0)
    frame = story.add(with_macs(told, sender, MAC_A))
    for _ in range(copies - 1):
        story.soon(with_macs(told, sender, MAC_A))
    for _ in range(3):
        story.wait(300)
        again = story.datagram(A4, FOUR.far(9), 40009, 9, bytes(100))
        story.add(with_macs(again, MAC_A, obeyed))
        story.add(with_macs(story.datagram(FOUR.far(9), A4, 9, 40009, b"answer", ttl=57), obeyed,
                            MAC_A))
    return story, frame


@capture()
def redirect_by_another_host():
    """Not the router that A uses, but a host of its network tells A to send by way of itself."""
    story, frame = redirected("192.0.2.66", "192.0.2.66", MAC_EVIL, MAC_EVIL)
    story.fires("redirect_suspect", [frame], reporter="192.0.2.66", src_ip=A4, dest_ip=FOUR.far(9))
    return story


@capture()
def redirect_out_of_the_network():
    """A gateway that A cannot reach without a gateway."""
    story, frame = redirected("198.18.7.7", obeyed=MAC_ROUTER)
    story.fires("redirect_suspect", [frame], reporter=ROUTER4, src_ip=A4)
    return story


@capture("redirect_suspect")
def redirect_of_the_router():
    """As it should be: the router that was used, and another one in the same network."""
    return redirected(OTHER4)[0]


@capture("redirect_suspect")
def redirect_seen_twice():
    return redirected(OTHER4, copies=3)[0]


@capture("redirect_suspect")
def redirect_where_nothing_else_is_seen():
    """The message alone, of a capture with a filter."""
    story = Story()
    sent = story.datagram(A4, FOUR.far(9), 40009, 9, bytes(100))
    story.add(story.ip(ROUTER4, A4, ICMP, icmp4(5, 1, address(OTHER4), sent[:28]), df=0))
    return story


@capture()
def redirect_where_the_network_is_not_known():
    """10.0.1.1 may be of the network of 10.0.0.5, or not."""
    story = Story()
    sent = story.datagram("10.0.0.5", "198.18.0.9", 40009, 9, bytes(100))
    story.add(sent)
    message = icmp4(5, 1, address("10.0.1.1"), sent[:28])
    story.add(story.ip("10.0.0.1", "10.0.0.5", ICMP, message, df=0))
    story.may("redirect_suspect", most="medium")
    return story


# ---- redirect_suspect, IPv6 ----------------------------------------------------------------------


def redirect6(story, src, sent, target, hops=255):
    """RFC 4861 4.5, with the redirected header option (4.6.3)."""
    quote = sent + bytes(-len(sent) % 8)
    option = bytes([4, 1 + len(quote) // 8]) + bytes(6) + quote
    body = address(target) + sent[24:40] + option
    return story.ip(src, A6, ICMP6, icmp6(src, A6, 137, 0, bytes(4), body), ttl=hops)


def redirected6(src=ROUTER6, target=OTHER6, hops=255):
    story = begin(SIX)
    story.add(advertisement(story, ROUTER6, [prefix("2001:db8:a::")]))
    sent = story.datagram(A6, SIX.far(9), 40009, 9, bytes(100))
    story.add(sent)
    frame = story.add(redirect6(story, src, sent, target, hops))
    story.add(story.datagram(SIX.far(9), A6, 9, 40009, b"answer", ttl=57))
    return story, frame


@capture()
def redirect_from_afar6():
    """A hop limit of 57: it was forwarded, and so is not of this link."""
    story, frame = redirected6(hops=57)
    story.fires("redirect_suspect", [frame], severity="high")
    story.may("nd_invalid")
    return story


@capture()
def redirect_of_global_source6():
    """A router redirects from its link-local address, or is none."""
    story, frame = redirected6(src="2001:db8:a::fe")
    story.fires("redirect_suspect", [frame], severity="high")
    story.may("nd_invalid")
    return story


@capture("redirect_suspect", "nd_invalid")
def redirect_of_the_router6():
    return redirected6()[0]


@capture("redirect_suspect", "nd_invalid")
def redirect_to_neighbour6():
    """The destination is on the link: the target is the destination itself (RFC 4861 4.5)."""
    story, _ = redirected6(target=SIX.far(9))
    return story


# ---- nd_invalid ----------------------------------------------------------------------------------


def option(kind, content):
    content += bytes(-(len(content) + 2) % 8)
    return bytes([kind, (len(content) + 2) // 8]) + content


SOURCE = option(1, bytes.fromhex("020000000601"))


def prefix(text, valid=86400, preferred=14400, length=64):
    return option(3, struct.pack("!BBIII", length, 0xC0, valid, preferred, 0) + address(text))


def mtu_option(mtu):
    return option(5, struct.pack("!HI", 0, mtu))


def advertisement(story, src, options, lifetime=1800, hops=255, dest=ALL_NODES, code=0):
    rest = struct.pack("!BBH", 64, 0, lifetime)
    body = bytes(8) + option(1, mac(address(src))) + b"".join(options)
    return story.ip(src, dest, ICMP6, icmp6(src, dest, 134, code, rest, body), ttl=hops)


def solicitation(story, src, target, options=SOURCE, hops=255, code=0):
    dest = "ff02::1:ff00:0"
    body = address(target) + options
    return story.ip(src, dest, ICMP6, icmp6(src, dest, 135, code, bytes(4), body), ttl=hops)


def neighbour(story, src, dest, target, hops=255, flags=0x60):
    word = struct.pack("!I", flags << 24)
    body = address(target) + option(2, bytes.fromhex("020000000602"))
    return story.ip(src, dest, ICMP6, icmp6(src, dest, 136, 0, word, body), ttl=hops)


def discovery_with(name, make):
    """A capture with good discovery and one message that is not."""
    def story_of():
        story = quiet_link()
        packet, who = make(story)
        frame = story.add(packet)
        story.fires("nd_invalid", [frame], severity="high", count=1, src_ip=who)
        return story
    story_of.__name__ = name
    capture()(story_of)


def quiet_link():
    """What any link has: two routers with one prefix, hosts that ask for each other, and groups."""
    story = begin(SIX)
    routers_say(story, [prefix("2001:db8:a::"), mtu_option(1500)])
    ask = icmp6(HOST6, "ff02::2", 133, 0, bytes(4), SOURCE)
    story.add(story.ip(HOST6, "ff02::2", ICMP6, ask, ttl=255))
    for number in range(1, 4):
        target = SIX.near(number)
        story.add(solicitation(story, A6, target))
        story.add(neighbour(story, target, A6, target))
    probe = icmp6("::", "ff02::1:ff00:9", 135, 0, bytes(4), address("2001:db8:a::9"))
    story.add(story.ip("::", "ff02::1:ff00:9", ICMP6, probe, ttl=255))
    group = icmp6(HOST6, "ff02::16", 143, 0, struct.pack("!HH", 0, 1),
                  b"\4\0\0\0" + address("ff02::1:ff00:9"))
    story.add(story.ip(HOST6, "ff02::16", ICMP6, group, ttl=1))
    return story


def routers_say(story, options, routers=(ROUTER6, OTHER6), rounds=2, **how):
    frames = []
    for _ in range(rounds):
        for router in routers:
            frames.append(story.add(advertisement(story, router, options, **how)))
            story.wait(700)
        story.wait(10000)
    return frames


def fragmented(story):
    """RFC 6980 5."""
    packet = solicitation(story, A6, SIX.near(5))
    body = packet[40:]
    return ipv6(A6, "ff02::1:ff00:0", FRAGMENT, fragment_header(ICMP6, 0, 0, 77) + body,
                hops=255), A6


discovery_with("nd_from_afar6", lambda story: (
    solicitation(story, "2001:db8:f::1", SIX.near(5), hops=64), "2001:db8:f::1"))
discovery_with("nd_neighbour_from_afar6", lambda story: (
    neighbour(story, SIX.near(5), A6, SIX.near(5), hops=254), SIX.near(5)))
discovery_with("nd_router_from_afar6", lambda story: (
    advertisement(story, ROUTER6, [prefix("2001:db8:a::"), mtu_option(1500)], hops=63), ROUTER6))
discovery_with("nd_code6", lambda story: (
    solicitation(story, A6, SIX.near(5), code=1), A6))
discovery_with("nd_option_of_nothing6", lambda story: (
    solicitation(story, A6, SIX.near(5), options=b"\1\0" + bytes(6)), A6))
discovery_with("nd_fragmented6", fragmented)


@capture("nd_invalid", "rogue_router", "redirect_suspect")
def discovery_as_it_should_be6():
    return quiet_link()


@capture("nd_invalid")
def discovery_cut_by_the_capture6():
    """In the middle of an option, and of a target."""
    story = begin(SIX)
    for cut in (14 + 40 + 24 + 2, 14 + 40 + 24 + 5, 14 + 40 + 12):
        story.add(solicitation(story, A6, SIX.near(5)), cut=cut)
    return story


@capture("nd_invalid")
def quoted_discovery6():
    """Errors about it have crossed routers, and what they quote has been a hop further."""
    story = begin(SIX)
    packet = solicitation(story, A6, SIX.near(5))
    story.add(error(packet[:7] + b"\x01" + packet[8:], SIX.r, "ttl"))
    for kind in 128, 130, 143, 155:
        story.add(story.ip(A6, SIX.b, ICMP6, icmp6(A6, SIX.b, kind, 0, bytes(4), bytes(64)),
                           ttl=64))
    story.may("error_about_multicast", "error_about_icmp_error", "quote_too_short")
    return story


# ---- rogue_router --------------------------------------------------------------------------------


@capture("nd_invalid")
def rogue_router6():
    """A host with a prefix and an MTU of its own, besides the router."""
    story = begin(SIX)
    good = routers_say(story, [prefix("2001:db8:a::"), mtu_option(1500)], (ROUTER6,))
    bad = routers_say(story, [prefix("2001:db8:bad::"), mtu_option(1280)], (ROGUE6,))
    good += routers_say(story, [prefix("2001:db8:a::"), mtu_option(1500)], (ROUTER6,))
    story.fires("rogue_router", bad[:1], severity="medium", src_ip=ROGUE6, among=good + bad)
    return story


@capture("rogue_router")
def routers_of_two_links6():
    """In one capture of a trunk: each VLAN has its own."""
    story = Story(link=lambda packet: packet)
    for _ in range(3):
        for vlan, router, text in (10, ROUTER6, "2001:db8:a::"), (20, OTHER6, "2001:db8:b::"):
            story.add(lan(advertisement(story, router, [prefix(text), mtu_option(1500)]), (vlan,)))
            story.wait(1000)
    return story


@capture("rogue_router")
def renumbering6():
    """RFC 4192: the new prefix comes beside the old one, whose preferred lifetime ends; the routers
    do not change at the same moment."""
    story = begin(SIX)
    old, new = prefix("2001:db8:a::"), prefix("2001:db8:e::")
    gone = prefix("2001:db8:a::", valid=7200, preferred=0)
    same = mtu_option(1500)
    for first, second in ((old, old), (old + new, old), (old + new, old + new),
                          (gone + new, old + new), (gone + new, gone + new), (new, gone + new),
                          (new, new)):
        story.add(advertisement(story, ROUTER6, [first, same]))
        story.wait(2000)
        story.add(advertisement(story, OTHER6, [second, same]))
        story.wait(10000)
    return story


@capture("rogue_router")
def router_leaves6():
    """The one stops (a lifetime of 0, RFC 4861 6.2.5), and what it says of its prefix ends; the
    other takes over."""
    story = begin(SIX)
    options = [prefix("2001:db8:a::"), mtu_option(1500)]
    routers_say(story, options)
    story.add(advertisement(story, ROUTER6, [prefix("2001:db8:a::", 0, 0), mtu_option(1500)], 0))
    routers_say(story, options, (OTHER6,))
    return story


@capture("rogue_router")
def router_changes_its_mind6():
    """One router: other lifetimes, which count down, and another MTU after it was set up anew."""
    story = begin(SIX)
    for left, mtu in (3600, 1500), (3500, 1500), (3400, 1492), (3300, 1492):
        story.add(advertisement(story, ROUTER6, [prefix("2001:db8:a::", left, left // 2),
                                                 mtu_option(mtu)]))
        story.wait(100000)
    return story


# ---- address_conflict ----------------------------------------------------------------------------

TARGET = "2001:db8:a::9"


def probe_for(story, target=TARGET, sender=b"\2\0\0\0\6\x09"):
    """RFC 4862 5.4.2: asked by who wants to have the address."""
    group = "ff02::1:ff00:9"
    packet = story.ip("::", group, ICMP6, icmp6("::", group, 135, 0, bytes(4), address(target)),
                      ttl=255)
    return b"\x33\x33\xff\0\0\x09" + sender + ethernet(packet)[12:]


def claim(story, sender, flags=0x20, dest=ALL_NODES):
    """A neighbour advertisement of the address, by the host with that MAC."""
    body = address(TARGET) + option(2, sender)
    word = struct.pack("!I", flags << 24)
    packet = story.ip(TARGET, dest, ICMP6, icmp6(TARGET, dest, 136, 0, word, body), ttl=255)
    return b"\x33\x33\0\0\0\1" + sender + ethernet(packet)[12:]


def unframed():
    return Story(link=lambda packet: packet)


@capture("nd_invalid", "error_bad_source")
def address_conflict6():
    """A host wants an address, and another one has it (RFC 4862 5.4.4)."""
    story = unframed()
    asked = story.add(probe_for(story))
    story.wait(20)
    told = story.add(claim(story, b"\2\0\0\0\6\x77"))
    story.fires("address_conflict", [told], severity="medium", some=[asked, told],
                dest_ip=TARGET)
    return story


@capture("address_conflict", "nd_invalid")
def address_taken_in_peace6():
    """Asked for twice by one host, each copied by the mirror port; nobody has it; then the host
    says that it has, and answers who asks for it. The same host, with the same MAC, comes back
    later."""
    story = unframed()
    for _ in range(2):
        for _ in range(2):
            probe = probe_for(story)
            story.soon(probe, 10)
            story.soon(probe, 10)
            story.wait(1000)
        story.wait(1000)
        for _ in range(3):
            story.add(claim(story, b"\2\0\0\0\6\x09"))
            story.add(lan(solicitation(story, HOST6, TARGET)))
            story.add(claim(story, b"\2\0\0\0\6\x09", 0x60, HOST6))
        story.wait(600000)
    return story


@capture("address_conflict")
def address_in_two_vlans6():
    """Two hosts have the address, each on its own link."""
    story = unframed()
    for vlan, end in (10, b"\x09"), (20, b"\x77"):
        tag = b"\x81\0\0" + bytes([vlan])
        for frame in (probe_for(story, sender=b"\2\0\0\0\6" + end),
                      claim(story, b"\2\0\0\0\6" + end)):
            story.add(frame[:12] + tag + frame[12:])
            story.wait(500)
    return story
