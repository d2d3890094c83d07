"""Findings about errors that nobody sent a packet for, or that somebody forged (RFC 5927, RFC 8085
5.2, RFC 6633): those that match no flow, and those that match one but cannot be."""

from generate_findings_story import FOUR, SIX, Story, Tcp, both, capture, error
from generate_packets import ACK, FIN, PSH, RST, SYN
from generate_timeline import A4, B4, R4


def two_way(story, side, count=20):
    """What shows that the capture has both directions."""
    story.connections(count, side)


# ---- unsolicited_errors, backscatter -------------------------------------------------------------


def forged(story, side, number, what="port", reporter=None):
    """An error about a datagram that A never sent."""
    packet = story.datagram(side.a, side.far(1000 + number), 50000 - number, 123)
    return error(packet, reporter or side.r, what)


@both("backscatter", "error_rate", "icmp_flood")
def unsolicited_errors(side):
    """300 in 30 s, of three reporters, while 40 connections are seen whole."""
    story = Story()
    two_way(story, side)
    frames = []
    reporters = [side.r, side.s, side.far(999)]
    for number in range(300):
        frames.append(story.add(forged(story, side, number, "host", reporters[number % 3])))
        story.wait(99)
    story.connections(20, side, port=35000)
    story.fires("unsolicited_errors", severity="medium", dest_ip=side.a, among=frames)
    return story


def few_unsolicited(side):
    story = Story()
    two_way(story, side)
    for number in range(19):
        story.add(forged(story, side, number, "host"))
        story.wait(500)
    return story


@both("unsolicited_errors", "backscatter")
def unsolicited_errors_are_few(side):
    return few_unsolicited(side)


@both("unsolicited_errors", "backscatter", "error_rate")
def unsolicited_errors_among_more_that_match(side):
    """A capture that loses one packet in four: 40 errors find none, 120 do."""
    story = Story()
    two_way(story, side)
    for number in range(160):
        packet = story.datagram(side.a, side.far(100 + number), 20000 + number, 9)
        if number % 4:
            story.add(packet)
        story.add(error(packet, side.r, "host"))
        story.wait(50)
    return story


@both("unsolicited_errors", "backscatter")
def errors_in_one_direction(side):
    """What comes in, and nothing that goes out: of no flow both directions are seen."""
    story = Story()
    for number in range(20):
        stream = Tcp(story, side.a, side.far(number), 30000 + number)
        for _ in range(4):
            stream.put(True, ACK | PSH, 800)
    for number in range(100):
        packet = story.datagram(side.a, side.far(100 + number), 20000 + number, 9)
        story.add(error(packet, side.far(100 + number), "port"))
        story.wait(20)
    return story


@both("unsolicited_errors", "backscatter")
def errors_asymmetric(side):
    """Some ways out pass the capture and others do not: of 30 flows 15 are seen in one direction
    only, and the errors are about such."""
    story = Story()
    two_way(story, side, 15)
    for number in range(15):
        stream = Tcp(story, side.a, side.far(200 + number), 36000 + number)
        for _ in range(4):
            stream.put(True, ACK | PSH, 800)
    for number in range(60):
        packet = Tcp(story, side.a, side.far(200 + number % 15), 37000 + number).packet(flags=SYN)
        story.add(error(packet, side.far(200 + number % 15), "prohibited"))
        story.wait(100)
    return story


@both("unsolicited_errors", "backscatter")
def errors_from_before_the_capture(side):
    """A scan was under way when the capture began: its errors come in for two seconds more."""
    story = Story()
    for number in range(80):
        packet = story.datagram(side.a, side.far(100 + number), 20000 + number, 9)
        story.add(error(packet, side.far(100 + number), "port"))
        story.wait(24)
    two_way(story, side)
    return story


@both("unsolicited_errors", "backscatter")
def errors_of_equal_cost_paths(side):
    """RFC 7690: routers tell one server of what its twins behind the same address sent too
    large."""
    story = Story()
    for number in range(20):
        stream = Tcp(story, side.far(number), side.a, 30000 + number, 443, hops=(57, 64))
        stream.open()
        stream.say(300)
        stream.say(1200, back=True)
    for number in range(60):
        stream = Tcp(story, side.a, side.far(300 + number), 443, 31000 + number)
        packet = stream.packet(flags=ACK, length=1440)
        story.add(error(packet, side.far(2000 + number), "too_big", mtu=1400))
        story.wait(200)
    return story


@both("unsolicited_errors", "backscatter", "echo_loss")
def errors_through_a_filter(side):
    """A capture of ICMP alone: pings are seen whole, and of what 60 errors are about nothing."""
    story = Story()
    for seq in range(60):
        story.ping(side.a, side.far(seq % 10), 77, seq)
        packet = story.datagram(side.a, side.far(100 + seq), 20000 + seq, 9)
        story.add(error(packet, side.far(100 + seq), "port"))
        story.wait(500)
    return story


@both("unsolicited_errors", "backscatter")
def connections_of_which_packets_are_missing(side):
    """The capture loses one packet in seven, and so the SYN of every seventh connection."""
    story = Story()
    for number in range(20):
        story.connections(10, side, first=10 * number, port=30000 + 10 * number)
        story.wait(2000)
    story.frames = [frame for at, frame in enumerate(story.frames) if at % 7 != 3]
    return story


@both()
def backscatter(side):
    """Somebody sends from our address: 60 hosts refuse, and 60 accept what we never asked."""
    story = Story()
    two_way(story, side)
    frames = []
    for number in range(60):
        host = side.far(1000 + number)
        frames.append(story.add(forged(story, side, number, "port", host)))
        story.wait(150)
        stream = Tcp(story, side.a, side.far(1200 + number), 45000 + number, 80)
        story.add(stream.packet(True, SYN | ACK))
        story.wait(150)
    story.connections(5, side, port=35000)
    story.fires("backscatter", severity="medium", dest_ip=side.a)
    story.may("unsolicited_errors")
    return story


@both("backscatter")
def backscatter_is_our_own_scan(side):
    """The same answers, and the packets that they are about."""
    story = Story()
    two_way(story, side)
    for number in range(60):
        host = side.far(1000 + number)
        packet = story.datagram(side.a, host, 50000 - number, 123)
        story.add(packet)
        story.add(error(packet, host, "port"))
        story.wait(50)
        stream = Tcp(story, side.a, side.far(1200 + number), 45000 + number, 80)
        story.add(stream.packet(flags=SYN))
        story.add(stream.packet(True, SYN | ACK))
        story.add(stream.packet(flags=RST))
        story.wait(50)
    return story


# ---- tcp_seq_out_of_window -----------------------------------------------------------------------


def upload(story, side, count=12, **how):
    """A connection that sends, and is answered. Returns it and its last segment."""
    stream = Tcp(story, side.a, side.b, **how)
    stream.open()
    packet = None
    for _ in range(count):
        _, packet = stream.put(flags=ACK | PSH, length=1000)
        stream.put(True)
        stream.say(100, back=True)
        story.wait(20)
    return stream, packet


@both("hard_error_on_established")
def forged_sequence(side):
    """Somebody who knows addresses and ports guesses: 2^30 off. The connection does not care."""
    story = Story()
    story.connections(5, side)
    stream, _ = upload(story, side)
    guess = stream.packet(flags=ACK, length=500, seq=stream.next[0] + 2**30, ident=0x5151)
    frame = story.add(error(guess, side.r, "host", quote=28 if not side.six else None))
    for _ in range(5):
        stream.say(400)
        stream.say(400, back=True)
    story.fires("tcp_seq_out_of_window", [frame], severity="high", count=1)
    return story


@both("tcp_seq_out_of_window")
def sequence_before_capture(side):
    """Two segments are seen of a connection that was there before: nobody knows its window."""
    story = Story()
    story.connections(5, side)
    stream = Tcp(story, side.a, side.b)
    stream.put(flags=ACK, length=200)
    early = stream.packet(flags=ACK, length=1000, seq=stream.next[0] - 400000)
    story.add(error(early, side.r, "net"))
    return story


@both("tcp_seq_out_of_window")
def sequence_in_the_gap(side):
    """The capture lost 300 kB that the other side acknowledges: the error is about the last of
    it."""
    story = Story()
    story.connections(5, side)
    stream, _ = upload(story, side)
    missed = stream.packet(flags=ACK, length=1000, seq=stream.next[0] + 299000)
    stream.next[0] += 300000
    stream.put(True, ack=stream.next[0] - 1000)
    story.add(error(missed, side.r, "net"))
    stream.say(500)
    return story


@both("tcp_seq_out_of_window")
def sequence_wraps(side):
    """Numbers that pass 2^32; errors about segments at either side of it."""
    story = Story()
    story.connections(5, side)
    stream = Tcp(story, side.a, side.b, seq=2**32 - 3001)
    stream.open()
    for _ in range(6):
        _, packet = stream.put(flags=ACK | PSH, length=1000)
        story.add(error(packet, side.r, "net"))
        stream.put(True)
        story.wait(30)
    return story


@both("tcp_seq_out_of_window")
def sequence_within_large_segment(side):
    """Captured before the card cuts it up: one segment of 43,440 bytes, and an error about each of
    three of what went out, one of which is gone after the next acknowledgement."""
    story = Story()
    story.connections(5, side)
    stream = Tcp(story, side.a, side.b)
    stream.open()
    start = stream.next[0]
    stream.put(flags=ACK | PSH, length=43440)
    for index in 1, 15, 29:
        piece = stream.packet(flags=ACK, length=1448, seq=start + 1448 * index)
        story.add(error(piece, side.r, "net", quote=28 if not side.six else None))
    stream.put(True)
    stream.say(500)
    return story


@both("tcp_seq_out_of_window")
def sequence_acknowledged_by_its_copy(side):
    """A segment was sent twice; the first copy arrived after all and was acknowledged, and then
    comes the error about the second."""
    story = Story()
    story.connections(5, side)
    stream = Tcp(story, side.a, side.b)
    stream.open()
    stream.say(300)
    seq = stream.next[0]
    stream.put(flags=ACK | PSH, length=1000)
    story.wait(250)
    _, again = stream.put(flags=ACK | PSH, length=1000, seq=seq)
    stream.put(True)
    for _ in range(4):
        stream.say(1000)
    story.add(error(again, side.r, "net"))
    return story


@capture("tcp_seq_out_of_window", "pmtu_not_smaller")
def sequence_rewritten_by_firewall():
    """A firewall adds the same to each sequence number on the way out, and leaves quotes as they
    are: all but that is as in the packets sent, the identification too."""
    story = Story()
    story.connections(5)
    stream = Tcp(story, A4, B4)
    stream.open()
    shift = 0x31234567
    for _ in range(5):
        ident = next(story.idents)
        seq = stream.next[0]
        stream.put(flags=ACK | PSH, length=1000, ident=ident)
        outside = stream.packet(flags=ACK | PSH, length=1000, ident=ident, seq=seq + shift)
        story.add(error(outside, R4, "net"))
        stream.put(True)
        story.wait(20)
    return story


# ---- hard_error_on_established -------------------------------------------------------------------


def established(side, what, after):
    """Data both ways for two seconds, then an error about the newest segment of A, then `after`."""
    story = Story()
    story.connections(5, side)
    stream, _ = upload(story, side, 40)
    _, packet = stream.put(flags=ACK | PSH, length=700)
    frame = story.add(error(packet, side.b, what))
    after(story, stream)
    return story, frame


def goes_on(story, stream):
    for _ in range(40):
        story.wait(30)
        stream.say(700)
        stream.say(100, back=True)


@both("tcp_seq_out_of_window", "kept_sending")
def hard_error_on_established(side):
    """Port unreachable, and the server that is said to have no such port goes on talking."""
    story, frame = established(side, "port", goes_on)
    story.fires("hard_error_on_established", [frame], severity="high")
    return story


@capture("tcp_seq_out_of_window", "kept_sending")
def hard_error_protocol():
    story, frame = established(FOUR, "protocol", goes_on)
    story.fires("hard_error_on_established", [frame], severity="high")
    return story


@both("hard_error_on_established", "kept_sending")
def soft_error_on_established(side):
    """RFC 1122 4.2.3.9: a host or net unreachable is no more than a hint, and TCP has to go on."""
    return established(side, "host", goes_on)[0]


@both("hard_error_on_established")
def server_restarted(side):
    """Nothing more comes from the port; what is sent again is refused as well."""
    def refused(story, stream):
        for wait in 200, 400, 800:
            story.wait(wait)
            _, packet = stream.put(flags=ACK | PSH, length=700, seq=stream.next[0] - 700)
            story.add(error(packet, side.b, "port"))
        stream.put(flags=RST)
    story = established(side, "port", refused)[0]
    story.may("kept_sending")
    return story


@both("hard_error_on_established")
def server_restarted_with_reset(side):
    """The host is back, and resets what it does not know."""
    def reset(story, stream):
        story.wait(300)
        stream.put(flags=ACK | PSH, length=700, seq=stream.next[0] - 700)
        stream.put(True, RST)
    return established(side, "port", reset)[0]


@both("hard_error_on_established", "kept_sending")
def connection_refused(side):
    """SYNs that a filter answers with port unreachable: no connection was there."""
    story = Story()
    story.connections(5, side)
    stream = Tcp(story, side.a, side.b)
    for wait in 0, 1000, 2000:
        story.wait(wait)
        packet = stream.packet(flags=SYN)
        story.add(packet)
        story.add(error(packet, side.b, "port"))
    return story


@both("hard_error_on_established")
def error_after_close(side):
    """Both sides have closed; a late segment is refused."""
    story = Story()
    stream, _ = upload(story, side, 5)
    stream.close()
    story.wait(100)
    _, packet = stream.put(flags=ACK | FIN, seq=stream.next[0] - 1)
    story.add(error(packet, side.b, "port"))
    return story


# ---- source_quench -------------------------------------------------------------------------------


@capture()
def source_quench():
    """RFC 6633: no host should send any, and none obey."""
    story = Story()
    stream, packet = upload(story, FOUR)
    frame = story.add(error(packet, R4, "quench"))
    goes_on(story, stream)
    story.fires("source_quench", [frame], severity="low", reporter=R4)
    story.may("deprecated_type")
    return story


@capture("pmtu_too_low", "tcp_seq_out_of_window")
def source_quench_burst():
    """Twenty in two seconds: somebody wants this upload to be slow."""
    story = Story()
    stream, _ = upload(story, FOUR)
    frames = []
    for _ in range(20):
        _, packet = stream.put(flags=ACK | PSH, length=700)
        frames.append(story.add(error(packet, R4, "quench")))
        stream.put(True)
        story.wait(97)
    story.fires("source_quench", severity="medium", reporter=R4, among=frames)
    story.may("deprecated_type")
    return story


@capture("source_quench", "deprecated_type")
def parameter_problems6():
    """Type 4 in ICMPv6 is another thing."""
    story = Story()
    story.connections(5, SIX)
    for number in range(12):
        packet = story.datagram(SIX.a, SIX.b, 40000 + number, 9)
        story.add(packet)
        story.add(error(packet, SIX.b, "header"))
        story.wait(100)
    return story


