"""Findings about paths: packets that circle, and traceroutes, in which the TTL is meant to run out."""

from generate_findings_story import SIX, Story, Tcp, both, capture, error
from generate_packets import SYN, UDP, udp
from generate_rewritten import with_ttl


def routers(side, count):
    """One a hop."""
    return ["2001:db8:c::%x" % (hop + 1) if side.six else "203.0.113.%d" % (hop + 1)
            for hop in range(count)]


def probe(story, side, ttl, number):
    return story.datagram(side.a, side.b, 40000, 33434 + number, bytes(32), ttl=ttl)


def on_its_way(packet, ttl):
    """As a router sends it on."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([ttl]) + packet[8:]
    return with_ttl(packet, ttl)


@both("hard_error_on_established")
def routing_loop_of_a_connection(side):
    """The TTL of 64 runs out of a connection's SYNs, at two routers in turn."""
    story = Story()
    story.connections(3, side)
    stream = Tcp(story, side.a, side.b, 41000, 443)
    frames = []
    for number in range(4):
        _, packet = stream.put(flags=SYN, seq=1000)
        story.wait(300)
        frames.append(story.add(error(packet, (side.r, side.s)[number % 2], "ttl")))
        story.wait(1000 << number)
    story.fires("routing_loop", frames, severity="medium", src_ip=side.a, dest_ip=side.b)
    return story


@both()
def routing_loop_once(side):
    """A single packet: routes may just have changed."""
    story = Story()
    story.connections(3, side)
    packet = story.datagram(side.a, side.b, 40000, 53)
    story.add(packet)
    frame = story.add(error(packet, side.r, "ttl"))
    story.fires("routing_loop", [frame], severity="low", src_ip=side.a, dest_ip=side.b)
    return story


@both()
def routing_loop_on_the_link(side):
    """Captured between two routers that send a packet to each other: no error is seen."""
    story = Story()
    packet = story.datagram(side.a, side.b, 40000, 53)
    frames = [story.soon(on_its_way(packet, ttl), 100) for ttl in range(61, 0, -1)]
    story.fires("routing_loop", severity="medium", src_ip=side.a, dest_ip=side.b, among=frames)
    return story


@both()
def routing_loop_of_three(side):
    """A circle of three routers, of which one link is captured: the TTL is three lower each time."""
    story = Story()
    packet = story.datagram(side.a, side.b, 40000, 53)
    frames = [story.soon(on_its_way(packet, ttl), 30000) for ttl in range(60, 0, -3)]
    story.fires("routing_loop", severity="medium", src_ip=side.a, dest_ip=side.b, among=frames)
    return story


@both()
def routing_loop_in_a_traceroute(side):
    """From the third hop on, two routers in turn, to the last TTL."""
    story = Story()
    hops = routers(side, 4)
    frames = []
    for ttl in range(1, 31):
        packet = probe(story, side, ttl, ttl)
        frames.append(story.soon(packet, 2000))
        router = hops[ttl - 1] if ttl < 3 else hops[2 + ttl % 2]
        frames.append(story.soon(error(packet, router, "ttl"), 2000))
    story.fires("routing_loop", severity="medium", src_ip=side.a, dest_ip=side.b, among=frames)
    return story


@both("routing_loop", "udp_scan")
def traceroute_reaches(side):
    """Five hops with three probes each, then the host refuses."""
    story = Story()
    story.connections(3, side)
    hops, number = routers(side, 5), 0
    for ttl in range(1, 7):
        for _ in range(3):
            packet = probe(story, side, ttl, number)
            story.add(packet)
            reached = ttl == 6
            story.add(error(packet, side.b if reached else hops[ttl - 1],
                            "port" if reached else "ttl"))
            number += 1
    return story


@both("routing_loop")
def traceroute_over_paths_of_different_length(side):
    """Probes with ports of their own are balanced over two paths, one a hop longer: one router answers
    two TTLs."""
    story = Story()
    hops, number = routers(side, 8), 0
    short, long = [hops[0], hops[1], hops[4], hops[5]], [hops[0], hops[2], hops[3], hops[4], hops[5]]
    for ttl in range(1, 7):
        for path in short, long, short:
            packet = probe(story, side, ttl, number)
            story.add(packet)
            reached = ttl > len(path)
            story.add(error(packet, side.b if reached else path[ttl - 1],
                            "port" if reached else "ttl"))
            number += 1
    return story


@both("routing_loop")
def traceroute_to_a_silent_host(side):
    """A router that answers two hops in a row (it sends on what has a TTL of 0), then nobody."""
    story = Story()
    hops = routers(side, 3)
    hops.insert(1, hops[1])
    for ttl in range(1, 31):
        packet = probe(story, side, ttl, ttl)
        story.add(packet)
        if ttl <= len(hops):
            story.add(error(packet, hops[ttl - 1], "ttl"))
        story.wait(200)
    return story


@both("routing_loop")
def packets_that_live_on_their_link(side):
    """What is sent with a TTL of 1, or to a group, never ran out of one that was high enough."""
    story = Story()
    story.connections(3, side)
    group, far = ("ff02::fb", "ff05::c") if side.six else ("224.0.0.251", "239.255.255.250")
    for number in range(10):
        story.add(story.ip(side.a, group, UDP, udp(side.a, group, 5353, 5353, b"who"), ttl=255))
        story.add(story.ip(side.a, far, UDP, udp(side.a, far, 41000 + number, 1900, b"M"), ttl=2))
        packet = story.datagram(side.a, side.b, 41000, 179, ttl=1)
        story.add(packet)
        story.add(error(packet, side.r, "ttl"))
    return story


@both("routing_loop")
def time_exceeded_of_packets_not_seen(side):
    """Their TTL is not known: they may have been probes."""
    story = Story()
    story.connections(3, side)
    for number in range(5):
        packet = story.datagram(side.a, side.b, 42000 + number, 53)
        story.add(error(packet, side.r, "ttl"))
    story.may("unsolicited_errors", most="medium")
    return story


@both("routing_loop")
def one_packet_on_several_hops(side):
    """Captured on four links of a router farm, one after the other: it does not circle."""
    story = Story()
    for number in range(20):
        packet = story.datagram(side.a, side.b, 42000 + number, 53)
        for ttl in 30, 29, 28, 27:
            story.soon(on_its_way(packet, ttl), 50)
    return story


@capture("routing_loop")
def reassembly_that_took_too_long():
    """Time exceeded, but not of the TTL."""
    side = SIX
    story = Story()
    packet = story.datagram(side.a, side.b, 40000, 53)
    story.add(packet)
    story.add(error(packet, side.b, "reassembly"))
    return story
