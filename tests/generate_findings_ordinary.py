"""Ordinary traffic, in which nothing is to be found: as it was, and as captures spoil it. Each is a
near miss of all findings."""

from generate_findings_errors import expired
from generate_findings_nd import HOST6, OTHER6, ROUTER6, mtu_option, neighbour, prefix, routers_say
from generate_findings_nd import solicitation
from generate_findings_pmtu import adapt, full
from generate_findings_story import (SIX, FOUR, Story, Tcp, capture, error, lan, mac, ping_payload)
from generate_fragments import parts
from generate_packets import ACK, PSH, RST, SYN, address

ALL = ("error_about_icmp_error", "error_about_multicast", "error_about_later_fragment",
       "error_bad_source", "error_rate", "routing_loop", "unsolicited_errors", "backscatter",
       "tcp_seq_out_of_window", "hard_error_on_established", "source_quench", "pmtu_too_low",
       "pmtu_not_smaller", "pmtu_without_df", "pmtu_ignored", "pmtu_black_hole", "kept_sending",
       "quote_too_short", "quote_rewritten", "extension_invalid", "deprecated_type",
       "unassigned_type", "redirect_suspect", "nd_invalid", "rogue_router", "address_conflict",
       "fragment_overlap", "tiny_fragment", "ping_of_death", "echo_unsolicited", "echo_mismatch",
       "echo_loss", "icmp_tunnel", "smurf", "icmp_flood", "host_sweep", "udp_scan", "recon", "photuris_failure",
       "bad_checksum", "clock_offset")


def discover(story):
    options = [prefix("2001:db8:a::"), mtu_option(1500)]
    routers_say(story, options, (ROUTER6, OTHER6), 1)
    for number in range(1, 4):
        story.add(solicitation(story, HOST6, SIX.near(number)))
        story.add(neighbour(story, SIX.near(number), HOST6, SIX.near(number)))


def trace(story, side, hops=8):
    port = 33434
    for ttl in range(1, hops + 1):
        for _ in range(3):
            packet = story.datagram(side.a, side.b, 45000, port, bytes(32), ttl=ttl, df=0)
            port += 1
            story.add(packet)
            story.wait(ttl)
            if ttl < hops:
                story.add(error(expired(packet), side.far(4000 + ttl), "ttl", hops=64 - ttl))
            else:
                story.add(error(expired(packet), side.b, "port", hops=64 - ttl))


def large_pings(story, side):
    for seq in range(4):
        payload = ping_payload(story.clock, 2000)
        for ends, reply in ((side.a, side.b), False), ((side.b, side.a), True):
            packet = story.echo(*ends, 91, seq, payload, reply=reply)
            for piece in parts(packet, 600 + 2 * seq + reply, 1448):
                story.add(piece)
            story.wait(20)


def upload(story, side):
    """Too large for a router on the way, and then right."""
    stream = Tcp(story, side.a, side.b, 47000)
    stream.open()
    stream.say(300)
    seq, length = stream.next[0], full(stream)
    _, packet = stream.put(flags=ACK | PSH, length=length)
    story.wait(20)
    story.add(error(packet, side.r, "too_big", mtu=1400))
    story.wait(5)
    adapt(story, stream, seq, length, 1400)
    for _ in range(20):
        stream.say(1400 - stream.head)
    stream.say(900, back=True)
    stream.close()


def refusals(story, side):
    """A resolver that asks once more, a filter, a host that is not there, a closed port of TCP."""
    for _ in range(2):
        packet = story.datagram(side.a, side.b, 48000, 53)
        story.add(packet)
        story.add(error(packet, side.b, "port"))
        story.wait(1000)
    for number in range(3):
        packet = Tcp(story, side.a, side.far(700 + number), 48100 + number).packet(flags=SYN)
        story.add(packet)
        story.add(error(packet, side.r, ("prohibited", "host", "net")[number]))
    closed = Tcp(story, side.a, side.b, 48200, 81)
    closed.put(flags=SYN)
    closed.put(True, RST | ACK, seq=0)


def pings(story, side):
    for seq in range(40):
        story.ping(side.a, side.b, 90, seq, lost=seq == 17)
        story.wait(90)
    for seq in range(1, 10):
        for ttl in range(1, 6):
            payload = bytes(36)
            packet = story.echo(side.a, side.far(800), 92, 10 * seq + ttl, payload, ttl=ttl)
            story.add(packet)
            story.wait(10)
            if ttl < 5:
                story.add(error(expired(packet), side.far(4100 + ttl), "ttl"))
            else:
                story.add(story.echo(side.far(800), side.a, 92, 10 * seq + ttl, payload,
                                     reply=True))
            story.wait(80)


def ordinary(side, **how):
    story = Story(**how)
    if side.six:
        discover(story)
    story.connections(12, side)
    story.lookups(10, side)
    pings(story, side)
    trace(story, side)
    upload(story, side)
    refusals(story, side)
    large_pings(story, side)
    story.connections(12, side, port=31000)
    story.wait(4000)
    story.lookups(5, side, port=21000)
    return story


# ---- what captures do to it ----------------------------------------------------------------------


def as_it_was(frames):
    return frames


def twice(frames):
    """By a mirror port of both directions."""
    return [(ns + copy * 9000, data, wire) for ns, data, wire in frames for copy in range(2)]


def cut(length):
    def cut_all(frames):
        return [(ns, data[:length], wire) for ns, data, wire in frames]
    cut_all.__name__ = "cut_at_%d" % length
    return cut_all


HERE = {mac(address(FOUR.a)), mac(address(SIX.a)), mac(address(HOST6))}


def going_out(frames):
    return [frame for frame in frames if frame[1][6:12] in HERE]


def coming_in(frames):
    return [frame for frame in frames if frame[1][6:12] not in HERE]


def second_half(frames):
    return frames[len(frames) // 2:]


def last_tenth(frames):
    return frames[len(frames) * 9 // 10:]


def errors_alone(frames):
    """With a filter for ICMP."""
    kept = []
    for frame in frames:
        six = frame[1][12:14] == b"\x86\xdd"
        if frame[1][20 if six else 23] in (1, 58):
            kept.append(frame)
    return kept


for each in FOUR, SIX:
    for spoil in (as_it_was, twice, cut(60), cut(96), cut(128), going_out, coming_in, second_half,
                  last_tenth, errors_alone):
        def story_of(side=each, change=spoil):
            story = ordinary(side)
            story.frames = change(story.frames)
            return story
        story_of.__name__ = "ordinary_%s%s" % (spoil.__name__, each.suffix)
        capture(*ALL)(story_of)


@capture(*ALL)
def ordinary_in_vlans():
    """One after the other, in two VLANs."""
    story = ordinary(FOUR, link=lambda packet: lan(packet, (100,)))
    other = ordinary(FOUR, link=lambda packet: lan(packet, (100, 200)), start=story.clock)
    story.frames += other.frames
    return story
