"""Paths that swallow large packets without a word, and what only looks like it: known by
construction. Beside those of generate_findings_pmtu.py: what a capture may hide (large segments of
a host that leaves cutting up to its network card, copies, a beginning or an end that is missing), and
where the proof lies elsewhere than in the connection's own acknowledgements.

captures() yields (file name, bytes, truth): None, or (longest that passed, shortest that did not).
clamps() yields (file name, bytes, truth): {(source, destination): (MSS sent, MSS seen)}."""

import struct

from generate_findings_story import SIDES, Story, Tcp
from generate_packets import ACK, PSH, RST, SYN

CAPTURES = []


def capture(function):
    CAPTURES.append(function)
    return function


class Upload:
    """A has said something small and been answered; then a full segment is not acknowledged."""

    def __init__(self, side, opened=True, **how):
        self.side, self.story = side, Story()
        self.stream = Tcp(self.story, side.a, side.b, **how)
        if opened:
            self.stream.open()
        self.stream.say(100)
        self.stream.say(50, back=True)
        self.at = self.stream.next[0]
        self.head = self.stream.head
        self.full = 1500 - self.head

    def sack(self, first, length, blocks=1):
        """The server has what begins there, and says so (RFC 2018)."""
        edges = struct.pack("!II", first % 2**32, (first + length) % 2**32)
        older = struct.pack("!II", (first + 30000) % 2**32, (first + 31000) % 2**32)
        options = b"\1\1" + bytes([5, 2 + 8 * blocks]) + edges + older * (blocks - 1)
        return self.stream.put(True, ack=self.at, options=options)[0]

    def flight(self, small=300, answered=True, large=None):
        """The full segment, and a small one behind it."""
        self.stream.put(flags=ACK | PSH, length=large or self.full)
        behind = self.stream.next[0]
        self.stream.put(flags=ACK | PSH, length=small)
        if answered:
            self.sack(behind, small)
        return behind

    def again(self, *waits, length=None, **how):
        """Sent again after so many milliseconds each."""
        for wait in waits:
            self.story.wait(wait - 1)
            self.stream.put(flags=ACK | PSH, length=length or self.full, seq=self.at, **how)

    def end(self, wait=5000):
        self.story.wait(wait)
        self.story.connections(2, self.side)
        return self.story


BACKOFF = (200, 400, 800, 1600)


@capture
def selectively_acknowledged(side):
    upload = Upload(side)
    upload.flight()
    upload.again(*BACKOFF)
    return upload.end(), (upload.head + 300, 1500)


@capture
def with_two_blocks(side):
    """The newest comes first; both are of small ones."""
    upload = Upload(side)
    behind = upload.flight(answered=False)
    upload.sack(behind, 300, blocks=1)
    upload.again(*BACKOFF)
    return upload.end(), (upload.head + 300, 1500)


@capture
def numbers_that_wrap(side):
    upload = Upload(side, seq=2**32 - 900)
    upload.flight()
    upload.again(*BACKOFF)
    return upload.end(), (upload.head + 300, 1500)


@capture
def beginning_is_missing(side):
    upload = Upload(side, opened=False)
    upload.flight()
    upload.again(*BACKOFF)
    return upload.end(), (upload.head + 300, 1500)


@capture
def captured_before_it_is_cut_up(side):
    """Segments of the sender are three packets long, which by the SYNs have 1460 bytes of data."""
    upload = Upload(side)
    upload.flight(large=3 * upload.full)
    upload.again(*BACKOFF, length=3 * upload.full)
    return upload.end(), (upload.head + 300, 1460 + upload.head)


@capture
def cut_up_and_beginning_is_missing(side):
    """Without an MSS nobody knows how long the packets were."""
    upload = Upload(side, opened=False)
    upload.flight(large=3 * upload.full)
    upload.again(*BACKOFF, length=3 * upload.full)
    return upload.end(), None


@capture
def a_ping_is_answered_meanwhile(side):
    """Nothing small of the connection was sent; between the two hosts it passes."""
    upload = Upload(side)
    upload.stream.put(flags=ACK | PSH, length=upload.full)
    upload.again(*BACKOFF)
    upload.story.ping(side.a, side.b)
    upload.again(3200)
    # 56 bytes of data with 8 of ICMP; what was acknowledged before is longer
    return upload.end(), (max(upload.head + 100, 64 + (40 if side.six else 20)), 1500)


@capture
def another_connection_is_opened_meanwhile(side):
    upload = Upload(side)
    upload.stream.put(flags=ACK | PSH, length=upload.full)
    upload.again(*BACKOFF)
    Tcp(upload.story, side.a, side.b, sport=40001).open()
    upload.again(3200)
    return upload.end(), (upload.head + 100, 1500)


@capture
def a_ping_is_answered_and_small_data_are_not(side):
    """The connection is blocked (as by a filter that has seen enough), whatever the size."""
    upload = Upload(side)
    upload.flight(answered=False)
    upload.again(*BACKOFF)
    upload.story.ping(side.a, side.b)
    upload.again(3200)
    return upload.end(), None


@capture
def data_of_the_server_go_on(side):
    """It sends for two seconds, and nothing twice: what acknowledges it passes, and is small."""
    upload = Upload(side)
    upload.stream.put(flags=ACK | PSH, length=upload.full)
    upload.again(200, 400)
    for _ in range(3):
        upload.stream.put(True, ACK | PSH, 100, ack=upload.at)
        upload.story.wait(20)
        upload.stream.put()
        upload.story.wait(600)
    upload.again(800, 1600)
    return upload.end(), (upload.head + 100, 1500)


@capture
def data_of_the_server_are_sent_again(side):
    """What acknowledges them does not arrive either."""
    upload = Upload(side)
    upload.stream.put(flags=ACK | PSH, length=upload.full)
    upload.again(200, 400)
    first = upload.stream.next[1]
    upload.stream.put(True, ACK | PSH, 100, ack=upload.at)
    for _ in range(3):
        upload.stream.put()
        upload.story.wait(700)
        upload.stream.put(True, ACK | PSH, 100, ack=upload.at, seq=first)
    upload.again(800, 1600)
    return upload.end(), None


@capture
def comes_down_by_itself(side):
    """tcp_mtu_probing of Linux."""
    upload = Upload(side)
    upload.flight()
    upload.again(200, 400, 800)
    upload.again(1600, length=1200 - upload.head)
    upload.stream.put(True, ack=upload.at + 1200 - upload.head)
    return upload.end(), (1200, 1500)


@capture
def comes_down_and_large_ones_pass_later(side):
    """Whatever it was, it was not the size."""
    upload = Upload(side)
    upload.flight()
    upload.again(200, 400, 800)
    upload.again(1600, length=1200 - upload.head)
    upload.stream.put(True, ack=upload.stream.next[0])
    for _ in range(3):
        upload.stream.say(upload.full)
    return upload.end(), None


@capture
def comes_down_in_vain(side):
    """To 576 bytes, and nothing comes back: the peer is gone."""
    upload = Upload(side)
    upload.flight(small=600)
    upload.again(*BACKOFF)
    upload.again(3200, 6400, length=576 - upload.head)
    return upload.end(), None


@capture
def acknowledged_in_the_end(side):
    upload = Upload(side)
    upload.flight()
    upload.again(*BACKOFF)
    upload.story.wait(20)
    upload.stream.put(True)
    return upload.end(), None


@capture
def others_of_that_length_arrive(side):
    """One is lost again and again, by chance or for what is in it."""
    upload = Upload(side)
    upload.flight()
    behind = upload.stream.next[0]
    upload.stream.put(flags=ACK | PSH, length=upload.full)
    upload.sack(behind, upload.full)
    upload.again(*BACKOFF)
    return upload.end(), None


@capture
def capture_ends_too_early(side):
    upload = Upload(side)
    upload.flight()
    upload.again(200, 400)
    return upload.story, None


@capture
def refused_by_a_reset(side):
    upload = Upload(side)
    upload.flight()
    upload.again(200, 400)
    upload.stream.put(True, RST | ACK, ack=upload.at)
    return upload.end(), None


@capture
def copies_of_a_mirror_port(side):
    """Each packet twice: what is sent twice more is seen four times more."""
    upload = Upload(side)
    upload.flight()
    upload.again(200, 400)
    frames = upload.story.frames
    upload.story.frames = [frame for pair in zip(frames, [(ns + 30000, data, wire)
                                                          for ns, data, wire in frames])
                           for frame in pair]
    return upload.end(), None


@capture
def small_segments(side):
    """576 bytes pass on each path of IPv4, 1280 of IPv6."""
    upload = Upload(side)
    length = (1280 if side.six else 576) - upload.head
    upload.flight(large=length)
    upload.again(*BACKOFF, length=length)
    return upload.end(), None


def captures():
    for side in SIDES:
        for function in CAPTURES:
            story, truth = function(side)
            name = function.__name__.replace("_", "-") + side.suffix
            yield "hole-%s.pcap" % name, side, story.pcap(), truth


# ---- the MSS of SYNs -----------------------------------------------------------------------------


def mss(value):
    return struct.pack("!BBH", 2, 4, value)


def with_ttl(packet, hops):
    """The same, further on its way; the checksum of the header is not looked at."""
    at = 7 if packet[0] >> 4 == 6 else 8
    return packet[:at] + bytes([hops]) + packet[at + 1:]


def handshake(side, seen, later=200, order=1):
    """A SYN and its answer, each captured twice, `later` us apart, the second time with another
    MSS. With `order` -1 the copy that is further on its way is captured first."""
    story = Story()
    stream = Tcp(story, side.a, side.b)
    for back, flags in (False, SYN), (True, SYN | ACK):
        sent = stream.packet(back, flags, options=mss(1460), ident=77)
        changed = with_ttl(stream.packet(back, flags, options=mss(seen[back]), ident=77), 50)
        for packet in (sent, changed)[::order]:
            story.soon(packet, later)
        stream.next[back] += 1
    stream.put()
    return story.pcap()


def sent_again(side):
    """A second later, with a smaller MSS: by the host itself."""
    story = Story()
    stream = Tcp(story, side.a, side.b)
    story.add(stream.packet(flags=SYN, options=mss(1460)))
    story.wait(1000)
    story.add(stream.packet(flags=SYN, options=mss(536)))
    return story.pcap()


def clamps():
    for side in SIDES:
        there, back = (side.a, side.b), (side.b, side.a)
        yield side, "both", handshake(side, (1412, 1400)), {there: (1460, 1412), back: (1460, 1400)}
        yield side, "one", handshake(side, (1460, 1400)), {back: (1460, 1400)}
        yield side, "backwards", handshake(side, (1412, 1460), order=-1), {there: (1460, 1412)}
        yield side, "same", handshake(side, (1460, 1460)), {}
        yield side, "raised", handshake(side, (1480, 1460)), {}
        yield side, "apart", handshake(side, (1412, 1400), later=60000), {}
        yield side, "sent-again", sent_again(side), {}
