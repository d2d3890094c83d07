"""Findings about path MTUs: RFC 1191 3 and 5, RFC 8201 4, RFC 5927 7, RFC 2923 2.1, RFC 4821."""

import struct

from generate_findings_story import FOUR, SIX, Story, Tcp, both, capture, error
from generate_packets import ACK, GRE, PSH, SYN
from generate_timeline import A4, B4, R4, R6, S4

TOLD = ("pmtu_too_low", "pmtu_not_smaller", "pmtu_without_df", "pmtu_ignored", "pmtu_black_hole")


def begin(side=FOUR):
    story = Story()
    story.connections(5, side)
    return story


def uploading(story, side, **how):
    """A connection on which A has said something, and been answered."""
    stream = Tcp(story, side.a, side.b, **how)
    stream.open()
    stream.say(300)
    stream.say(500, back=True)
    return stream


def full(stream):
    """The data that fills 1500 bytes."""
    return 1500 - stream.head


def adapt(story, stream, seq, length, mtu):
    """`length` bytes from `seq` again, in packets that fit."""
    at = seq
    while at < seq + length:
        size = min(mtu - stream.head, seq + length - at)
        stream.put(flags=ACK | PSH, length=size, seq=at)
        at += size
        story.wait(9)
        stream.put(True, ack=at)


def told(side, mtu, length=None, **how):
    """A segment of 1500 bytes (or `length` of data) is too large for R, and sent again as it fits
    (or would, where it is told what is none)."""
    story = begin(side)
    stream = uploading(story, side)
    seq, length = stream.next[0], length or full(stream)
    _, packet = stream.put(flags=ACK | PSH, length=length)
    story.wait(20)
    frame = story.add(error(packet, side.r, "too_big", mtu=mtu, **how))
    story.wait(20)
    least = 1280 if side.six else 552
    adapt(story, stream, seq, length, max(least, min(mtu or 0, 1499)))
    return story, frame


# ---- pmtu_too_low --------------------------------------------------------------------------------


@capture()
def pmtu_below_minimum():
    """68 is the least that any link has (RFC 791)."""
    story, frame = told(FOUR, 40)
    story.fires("pmtu_too_low", [frame], severity="high", count=1, reporter=R4)
    return story


@capture()
def pmtu_of_67():
    story, frame = told(FOUR, 67)
    story.fires("pmtu_too_low", [frame], severity="high", reporter=R4)
    return story


@capture()
def pmtu_low():
    """296 was that of serial lines; today it slows connections down."""
    story, frame = told(FOUR, 296)
    story.fires("pmtu_too_low", [frame], severity="low", count=1, reporter=R4)
    return story


@capture()
def pmtu_of_68_and_551():
    story, frame = told(FOUR, 551)
    story.fires("pmtu_too_low", [frame], severity="low", reporter=R4)
    stream = uploading(story, FOUR, sport=40001)
    _, packet = stream.put(flags=ACK | PSH, length=1000)
    frame = story.add(error(packet, S4, "too_big", mtu=68))
    story.fires("pmtu_too_low", [frame], severity="low", reporter=S4)
    return story


@capture()
def pmtu_below_minimum6():
    """1280 is the least that any link has (RFC 8200 5)."""
    story, frame = told(SIX, 1279)
    story.fires("pmtu_too_low", [frame], severity="high", count=1, reporter=R6)
    return story


@both(*TOLD)
def pmtu_of_the_least(side):
    return told(side, 1280 if side.six else 552)[0]


@both(*TOLD)
def pmtu_of_1400(side):
    return told(side, 1400)[0]


@capture(*TOLD)
def pmtu_not_told():
    """Routers older than RFC 1191 leave the field 0 (section 5); and what others have in it is no
    MTU: code 1 with 40."""
    story, _ = told(FOUR, 0)
    packet = story.datagram(A4, B4, 40000, 9)
    story.add(packet)
    story.add(error(packet, R4, "host", word=struct.pack("!HH", 0, 40)))
    return story


# ---- pmtu_not_smaller ----------------------------------------------------------------------------


@both("pmtu_too_low")
def pmtu_not_smaller(side):
    """A segment of 1400 bytes is said not to fit where 1500 do."""
    story, frame = told(side, 1500, length=1400 - (60 if side.six else 40))
    story.fires("pmtu_not_smaller", [frame], severity="medium", reporter=side.r)
    story.may("pmtu_ignored", "pmtu_black_hole", most="medium")
    return story


@both("pmtu_too_low")
def pmtu_equal(side):
    story, frame = told(side, 1500)
    story.fires("pmtu_not_smaller", [frame], severity="medium", count=1, reporter=side.r)
    return story


@both(*TOLD)
def pmtu_of_large_segments(side):
    """Captured before the card cuts them up: what was sent is 8,800 bytes long, and what the router
    quotes 1500."""
    story = begin(side)
    stream = uploading(story, side)
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=6 * full(stream))
    piece = stream.packet(flags=ACK, length=full(stream), seq=seq)
    story.wait(20)
    story.add(error(piece, side.r, "too_big", mtu=1400))
    story.wait(20)
    adapt(story, stream, seq, 6 * full(stream), 1400)
    return story


@capture(*TOLD)
def pmtu_of_tunnel():
    """What was too large is the packet around: 1480 do for what is in it, and not for the 1500 that
    it has with 24 bytes of GRE and IP."""
    story = begin()
    stream = Tcp(story, "10.1.0.2", "10.2.0.2")
    for back, flags in (False, SYN), (True, SYN | ACK), (False, ACK):
        inner = stream.packet(back, flags)
        stream.next[back] += bool(flags & SYN)
        src, dst = (A4, B4)[::-1] if back else (A4, B4)
        story.add(story.ip(src, dst, GRE, struct.pack("!HH", 0, 0x0800) + inner))
    inner = stream.packet(flags=ACK | PSH, length=1476 - 40)
    outer = story.ip(A4, B4, GRE, struct.pack("!HH", 0, 0x0800) + inner)
    assert len(outer) == 1500
    story.add(outer)
    story.add(error(outer, R4, "too_big", mtu=1480))
    return story


@capture("pmtu_not_smaller", "pmtu_too_low", "error_about_later_fragment")
def pmtu_of_swapped_length():
    """Hosts of old that quote the length in their own byte order: 0x0502 is 1282, and not 517; and
    some without the 20 bytes of the header: 1480 for 1500."""
    story = begin()
    for number, (length, quoted, mtu) in enumerate(((1282, 0x0205, 1280), (1500, 1480, 1492))):
        packet = story.datagram(A4, B4, 40000 + number, 9, bytes(length - 28))
        assert len(packet) == length
        story.add(packet)
        quote = packet[:2] + struct.pack("!H", quoted) + packet[4:]
        story.add(error(quote, R4, "too_big", mtu=mtu))
    return story


# ---- pmtu_without_df -----------------------------------------------------------------------------


@capture("pmtu_too_low", "pmtu_not_smaller")
def pmtu_without_df():
    """A packet that might have been fragmented: seen as it was sent, without DF."""
    story = begin()
    packet = story.datagram(A4, B4, 40000, 9, bytes(1400), df=0)
    story.add(packet)
    frame = story.add(error(packet, R4, "too_big", mtu=1300))
    story.fires("pmtu_without_df", [frame], severity="medium", count=1, reporter=R4)
    return story


@capture("pmtu_without_df")
def pmtu_with_df_cleared_on_the_way():
    """As it was sent, it had DF; a router before the one that reports took it away."""
    story = begin()
    packet = story.datagram(A4, B4, 40000, 9, bytes(1400))
    story.add(packet)
    cleared = packet[:6] + bytes([packet[6] & 0xBF]) + packet[7:]
    story.add(error(cleared, R4, "too_big", mtu=1300))
    story.may("quote_rewritten")
    return story


@capture("pmtu_without_df", "unsolicited_errors")
def pmtu_without_df_of_what_was_not_seen():
    """Of a packet that is not in the capture, nobody knows how it was sent."""
    story = begin()
    packet = story.datagram(A4, B4, 40000, 9, bytes(1400), df=0)
    story.add(error(packet, R4, "too_big", mtu=1300))
    return story


# ---- pmtu_ignored --------------------------------------------------------------------------------


def ignoring(side, hops=(64, 57), copies=4):
    story = begin(side)
    stream = uploading(story, side, hops=hops)
    seq = stream.next[0]
    _, packet = stream.put(flags=ACK | PSH, length=full(stream))
    story.wait(20)
    errors = [story.add(error(packet, side.r, "too_big", mtu=1400))]
    again = []
    for index in range(copies):
        story.wait(300 << index)
        frame, packet = stream.put(flags=ACK | PSH, length=full(stream), seq=seq)
        again.append(frame)
        story.wait(20)
        errors.append(story.add(error(packet, side.r, "too_big", mtu=1400)))
    story.wait(4000)
    return story, errors, again


@both("pmtu_black_hole", "kept_sending", "error_rate")
def pmtu_ignored(side):
    """Told five times, and sent in the same size four times more."""
    story, errors, again = ignoring(side)
    story.fires("pmtu_ignored", [errors[0], again[0]], severity="medium", src_ip=side.a,
                dest_ip=side.b)
    return story


@both(*TOLD)
def pmtu_in_flight(side):
    """Six more of the size were on their way or in the card's queue when the error came; then the
    sender does what it was told."""
    story = begin(side)
    stream = uploading(story, side)
    seq, packets = stream.next[0], []
    for _ in range(4):
        packets.append(stream.put(flags=ACK | PSH, length=full(stream))[1])
    story.wait(2)
    story.soon(error(packets[0], side.r, "too_big", mtu=1400))
    for _ in range(6):
        packets.append(stream.put(flags=ACK | PSH, length=full(stream))[1])
        story.clock -= 10**6 - 12000
    for packet in packets[1:]:
        story.add(error(packet, side.r, "too_big", mtu=1400))
    story.wait(5)
    adapt(story, stream, seq, 10 * full(stream), 1400)
    return story


@both(*TOLD)
def pmtu_and_plain_loss(side):
    """The sender adapts; a packet of the new size is lost, and sent again three times."""
    story, _ = told(side, 1400)
    stream = uploading(story, side, sport=40001)
    seq = stream.next[0]
    _, packet = stream.put(flags=ACK | PSH, length=full(stream))
    story.add(error(packet, side.r, "too_big", mtu=1400))
    for wait in 20, 300, 600, 1200:
        story.wait(wait)
        stream.put(flags=ACK | PSH, length=1400 - stream.head, seq=seq)
    stream.put(True, ack=seq + 1400 - stream.head)
    adapt(story, stream, seq + 1400 - stream.head, 100, 1400)
    return story


@both("pmtu_ignored", "pmtu_black_hole")
def pmtu_error_behind_filter(side):
    """Captured three routers away from the sender (its packets have been 64 and are 61): whether
    the errors passed the filter there, this capture cannot tell."""
    return ignoring(side, hops=(61, 60))[0]


# ---- pmtu_black_hole -----------------------------------------------------------------------------


def retry(story, stream, seq):
    for index in range(6):
        story.wait(250 << index)
        stream.put(flags=ACK | PSH, length=full(stream), seq=seq)


def stalled(side, copies=4, hops=(64, 57)):
    """A full segment never arrives, and what follows it, being small, does: each is answered with
    the same acknowledgement. Returns the story, its connection, where it stalls, and the frames."""
    story = begin(side)
    stream = uploading(story, side, hops=hops)
    seq = stream.next[0]
    frames = [stream.put(flags=ACK | PSH, length=full(stream))[0]]
    for _ in range(3):
        stream.put(flags=ACK | PSH, length=200)
        story.wait(20)
        stream.put(True, ack=seq)
        story.wait(5)
    for index in range(copies):
        story.wait(250 << index)
        frames.append(stream.put(flags=ACK | PSH, length=full(stream), seq=seq)[0])
    return story, stream, seq, frames


@both("pmtu_ignored", "kept_sending")
def pmtu_black_hole(side):
    """Given up by the sender after six copies; meanwhile the server still answers what is small."""
    story, stream, seq, frames = stalled(side, copies=6)
    story.wait(1000)
    stream.put(True, ACK | PSH, 50, ack=seq)
    stream.put(flags=ACK)
    story.wait(5000)
    story.connections(3, side, port=36000)
    story.fires("pmtu_black_hole", severity="high", src_ip=side.a, dest_ip=side.b, some=frames)
    return story


@both("pmtu_ignored")
def pmtu_black_hole_that_is_found(side):
    """RFC 4821: the same data in smaller packets is acknowledged at once."""
    story, stream, seq, frames = stalled(side, copies=4)
    story.wait(4000)
    adapt(story, stream, seq, full(stream), 1280 if side.six else 576)
    stream.put(True)
    for _ in range(5):
        stream.say(500)
    story.fires("pmtu_black_hole", severity="high", src_ip=side.a, dest_ip=side.b, some=frames)
    return story


@both("pmtu_ignored")
def pmtu_black_hole_in_headers(side):
    """Of each packet no more was captured than its headers: lengths are those of the wire."""
    story, _, _, frames = stalled(side, copies=6)
    story.frames = [(ns, data[:14 + 60 + 20], wire) for ns, data, wire in story.frames]
    story.wait(5000)
    story.connections(3, side, port=36000)
    story.fires("pmtu_black_hole", severity="high", src_ip=side.a, dest_ip=side.b, some=frames)
    return story


@both("pmtu_black_hole")
def full_segment_lost(side):
    """Lost twice, and there at the third time; ten others of that size arrive."""
    story, stream, _, _ = stalled(side, copies=2)
    story.wait(20)
    stream.put(True)
    for _ in range(10):
        stream.say(full(stream))
    return story


@both("pmtu_black_hole")
def full_segments_pass_and_then_the_path_fails(side):
    """Full segments were acknowledged; then nothing comes back any more, of whatever size."""
    story = begin(side)
    stream = uploading(story, side)
    for _ in range(10):
        stream.say(full(stream))
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=full(stream))
    stream.put(flags=ACK | PSH, length=200)
    retry(story, stream, seq)
    return story


@both("pmtu_black_hole")
def path_fails_and_all_is_seen_twice(side):
    """The same at a mirror port: an acknowledgement and its copy are not two."""
    story = begin(side)
    stream = uploading(story, side)
    stream.put(flags=ACK | PSH, length=full(stream))
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=full(stream))
    stream.put(flags=ACK | PSH, length=200)
    stream.put(True, ack=seq)
    retry(story, stream, seq)
    story.frames = [(ns + copy * 9000, data, wire)
                    for ns, data, wire in story.frames for copy in range(2)]
    return story


@both("pmtu_black_hole")
def zero_window(side):
    """The server has no room: it acknowledges each probe with a window of 0, and the sender probes
    with all that it has."""
    story = begin(side)
    stream = uploading(story, side)
    stream.put(flags=ACK | PSH, length=full(stream))
    stream.put(True, window=0)
    seq = stream.next[0]
    for index in range(6):
        story.wait(250 << index)
        stream.put(flags=ACK | PSH, length=full(stream), seq=seq)
        stream.put(True, ack=seq, window=0)
    return story


@both("pmtu_black_hole")
def dead_peer(side):
    """The server dies after the handshake: neither large nor small is answered."""
    story = begin(side)
    stream = uploading(story, side)
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=full(stream))
    stream.put(flags=ACK | PSH, length=200)
    retry(story, stream, seq)
    return story


@both("pmtu_black_hole")
def acknowledgements_not_captured(side):
    """One direction only: that full segments are sent again is all there is."""
    story = Story()
    stream = Tcp(story, side.a, side.b)
    stream.put(flags=SYN)
    stream.put()
    stream.put(flags=ACK | PSH, length=300)
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=full(stream))
    for index in range(5):
        stream.put(flags=ACK | PSH, length=200)
        story.wait(250 << index)
        stream.put(flags=ACK | PSH, length=full(stream), seq=seq)
    return story


@both("pmtu_black_hole")
def full_segments_seen_twice(side):
    """A mirror port's copies are no retransmissions."""
    story = begin(side)
    stream = uploading(story, side)
    for _ in range(10):
        _, packet = stream.put(flags=ACK | PSH, length=full(stream))
        story.clock -= 10**6 - 15000
        for _ in range(4):
            story.soon(packet, 15)
        stream.put(flags=ACK | PSH, length=100)
        story.wait(20)
        stream.put(True)
    return story


@capture("pmtu_black_hole")
def full_segments_without_df():
    """What may be fragmented does not vanish for its size."""
    story = begin()
    stream = uploading(story, FOUR)
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=1460, df=0)
    for index in range(5):
        stream.put(flags=ACK | PSH, length=200, df=0)
        story.wait(20)
        stream.put(True, ack=seq)
        story.wait(250 << index)
        stream.put(flags=ACK | PSH, length=1460, seq=seq, df=0)
    return story


@both("pmtu_black_hole", "pmtu_ignored")
def pmtu_error_comes_late(side):
    """The router tells after the third copy only (its errors are limited), and the sender adapts:
    that is no black hole."""
    story, stream, seq, _ = stalled(side, copies=3)
    packet = stream.packet(flags=ACK | PSH, length=full(stream), seq=seq)
    story.add(packet)
    story.wait(20)
    story.add(error(packet, side.r, "too_big", mtu=1400))
    story.wait(20)
    adapt(story, stream, seq, full(stream), 1400)
    stream.put(True)
    return story


