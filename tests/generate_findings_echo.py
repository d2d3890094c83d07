"""Findings about echo and timestamps over time: RFC 792, RFC 1122 3.2.2.6, RFC 2644."""

import struct

from generate_findings_story import FOUR, Story, both, capture, ping_payload
from generate_packets import ICMP, icmp4
from generate_timeline import A4, B4


def begin(side=FOUR, pings=5):
    """Other pings are answered, so that the capture is seen to have both directions."""
    story = Story()
    story.connections(5, side)
    for seq in range(pings):
        story.ping(side.a, side.far(50), 5, seq)
    return story


# ---- echo_unsolicited ----------------------------------------------------------------------------


@both("backscatter")
def echo_unsolicited(side):
    """Replies of a host that nobody asked, among pings that are answered."""
    story = begin(side)
    frames = []
    story.wait(60000)
    for seq in range(5):
        frames.append(story.add(story.echo(side.far(60), side.a, 99, seq, reply=True, ttl=57)))
        story.ping(side.a, side.far(50), 5, 10 + seq)
        story.wait(300)
    story.fires("echo_unsolicited", severity="low", among=frames, src_ip=side.far(60),
                dest_ip=side.a)
    return story


@both("echo_unsolicited", "backscatter", "echo_loss")
def echo_replies_only(side):
    """One direction: what comes in."""
    story = Story()
    for seq in range(40):
        story.add(story.echo(side.b, side.a, 77, seq, reply=True, ttl=57))
        story.add(story.echo(side.far(1), side.a, 78, seq, reply=True, ttl=57))
        story.wait(500)
    return story


@both("echo_unsolicited", "echo_loss")
def echo_requests_only(side):
    """One direction: what goes out."""
    story = Story()
    for seq in range(60):
        story.add(story.echo(side.a, side.b, 77, seq))
        story.add(story.echo(side.a, side.far(1), 78, seq))
        story.wait(500)
    return story


@both("echo_unsolicited", "echo_mismatch", "echo_loss")
def echo_asked_before_the_capture(side):
    """The first replies are to requests from before it."""
    story = Story()
    for seq in range(3):
        story.add(story.echo(side.b, side.a, 77, seq, reply=True, ttl=57))
        story.wait(30)
    for seq in range(3, 30):
        story.ping(side.a, side.b, seq=seq)
        story.wait(100)
    return story


@both("echo_unsolicited", "echo_mismatch", "echo_loss", "icmp_flood")
def echo_seen_twice(side):
    """By a mirror port, each packet; and then the requests only."""
    story = begin(side)
    for seq in range(60):
        payload = ping_payload(story.clock)
        request = story.echo(side.a, side.b, 77, seq, payload)
        reply = story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=57)
        story.soon(request, 12)
        story.soon(request, 9000)
        story.soon(reply, 12)
        if seq < 30:
            story.soon(reply, 9000)
        story.wait(90)
    return story


@both("echo_unsolicited", "echo_mismatch", "echo_loss")
def echo_duplicated_on_the_way(side):
    """Each request is answered twice, the second time 30 ms later."""
    story = begin(side)
    for seq in range(25):
        payload = ping_payload(story.clock)
        story.ping(side.a, side.b, seq=seq, payload=payload)
        story.wait(30)
        story.add(story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=56))
        story.wait(100)
    return story


@both("echo_unsolicited", "smurf", "backscatter")
def echo_to_a_group(side):
    """Twelve hosts answer a ping to their group: that is no broadcast."""
    story = begin(side)
    group = "ff02::1" if side.six else "224.0.0.1"
    for seq in range(5):
        payload = ping_payload(story.clock)
        story.add(story.echo(side.a, group, 77, seq, payload))
        for number in range(12):
            story.add(story.echo(side.near(number), side.a, 77, seq, payload, reply=True))
        story.wait(900)
    return story


# ---- echo_mismatch -------------------------------------------------------------------------------


@both("icmp_tunnel", "echo_unsolicited", "bad_checksum")
def echo_mismatch(side):
    """Two of 20 replies carry other data than was sent."""
    story = begin(side)
    wrong = None
    for seq in range(20):
        payload = ping_payload(story.clock)
        request = story.add(story.echo(side.a, side.b, 77, seq, payload))
        story.wait(9)
        if seq in (7, 8):
            payload = payload[:20] + b"\xff\xfe" + payload[22:]
        reply = story.add(story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=57))
        wrong = wrong or (seq == 7 and [request, reply])
        story.wait(500)
    story.fires("echo_mismatch", wrong, severity="medium", src_ip=side.b, dest_ip=side.a)
    return story


@both("echo_mismatch", "echo_unsolicited")
def echo_of_one_number(side):
    """A monitor gives all requests one number and other data, and has two of them on the way at
    once; later a number is used again."""
    story = begin(side)
    for _ in range(15):
        first, second = ping_payload(story.clock), ping_payload(story.clock + 5000000)
        story.add(story.echo(side.a, side.b, 77, 0, first))
        story.add(story.echo(side.a, side.b, 77, 0, second))
        story.wait(8)
        story.add(story.echo(side.b, side.a, 77, 0, first, reply=True, ttl=57))
        story.add(story.echo(side.b, side.a, 77, 0, second, reply=True, ttl=57))
        story.wait(200)
    return story


@both("echo_mismatch", "icmp_tunnel")
def echo_cut_by_the_capture(side):
    """Captured with different lengths, as where two interfaces' captures are merged: what was cut
    is not another payload."""
    story = begin(side)
    for seq in range(40):
        payload = bytes(story.random.randrange(256) for _ in range(400))
        story.add(story.echo(side.a, side.b, 77, seq, payload), cut=96)
        story.wait(9)
        story.add(story.echo(side.b, side.a, 77, seq, payload, reply=True, ttl=57), cut=128)
        story.wait(100)
    return story


# ---- echo_loss -----------------------------------------------------------------------------------


def pinged(side, count, lost, gap=190):
    story = begin(side)
    frames = {}
    for seq in range(count):
        frames[seq] = story.ping(side.a, side.b, seq=seq, lost=seq in lost)
        story.wait(gap)
    return story, frames


@both("icmp_flood", "echo_unsolicited", "echo_mismatch")
def echo_loss(side):
    """30 of 100, in three bursts of ten."""
    lost = set(range(20, 30)) | set(range(50, 60)) | set(range(75, 85))
    story, frames = pinged(side, 100, lost)
    story.wait(5000)
    story.connections(3, side, port=36000)
    story.fires("echo_loss", severity="medium", some=[frames[seq][0] for seq in lost],
                src_ip=side.a, dest_ip=side.b)
    return story


@both("echo_loss")
def echo_loss_is_small(side):
    """Four of 100."""
    return pinged(side, 100, {10, 40, 41, 80})[0]


@both("echo_loss")
def echo_loss_of_few(side):
    """Five of 15: too few to speak of a share."""
    return pinged(side, 15, {3, 4, 5, 9, 10})[0]


@both("echo_loss")
def echo_ends_with_the_capture(side):
    """30 requests, 50 ms apart, and the capture ends before their replies come."""
    story = begin(side)
    for seq in range(30):
        story.add(story.echo(side.a, side.b, 77, seq))
        story.wait(30)
    return story


@both("echo_loss", "echo_unsolicited")
def echo_over_a_slow_path(side):
    """Replies after 2.4 s, while others are asked: by satellite and a full queue."""
    story = begin(side)
    payloads = {}
    for step in range(72):
        if step < 60:
            payloads[step] = ping_payload(story.clock)
            story.add(story.echo(side.a, side.b, 77, step, payloads[step]))
        if step >= 12:
            story.add(story.echo(side.b, side.a, 77, step - 12, payloads[step - 12], reply=True))
        story.wait(199)
    return story


# ---- icmp_tunnel ---------------------------------------------------------------------------------


@both("icmp_flood", "echo_loss")
def icmp_tunnel(side):
    """Requests and replies of all sizes, each with enciphered data of its own."""
    story = begin(side)
    frames = []
    for seq in range(80):
        for reply, ends in (False, (side.a, side.b)), (True, (side.b, side.a)):
            size = story.random.choice((40, 90, 300, 700, 1100, 1400))
            data = bytes(story.random.randrange(256) for _ in range(size))
            frames.append(story.add(story.echo(*ends, 77, seq, data, reply=reply)))
            story.wait(15)
    story.fires("icmp_tunnel", severity="medium", among=frames)
    story.may("echo_mismatch", "echo_unsolicited", most="medium")
    return story


WINDOWS = b"abcdefghijklmnopqrstuvwabcdefghi"


@both("icmp_tunnel", "echo_mismatch", "echo_loss")
def pings_of_every_kind(side):
    """Large ones, those of Windows, a pattern of -p, of a monitor with random data, all zeros, and
    one that grows: all come back as they were."""
    story = begin(side)
    kinds = (lambda seq: ping_payload(story.clock, 1400), lambda seq: WINDOWS,
             lambda seq: ping_payload(story.clock)[:16] + b"\xde\xad" * 600,
             lambda seq: bytes(story.random.randrange(256) for _ in range(64)),
             lambda seq: bytes(story.random.randrange(256) for _ in range(1000)),
             lambda seq: bytes(1000), lambda seq: ping_payload(story.clock, 56 + 30 * seq))
    for number, kind in enumerate(kinds):
        for seq in range(40):
            story.ping(side.a, side.b, 100 + number, seq, kind(seq))
            story.wait(90)
    return story


# ---- smurf ---------------------------------------------------------------------------------------


@capture("echo_unsolicited", "host_sweep")
def smurf():
    """A request to all hosts of a network in the name of a victim, and 30 that answer it."""
    story = begin()
    frames, victim = [], FOUR.far(70)
    for seq in range(5):
        payload = bytes(1000)
        asked = story.add(story.echo(victim, "192.0.2.255", 77, seq, payload, ttl=50))
        frames.append(asked)
        for number in range(30):
            story.soon(story.echo(FOUR.near(number), victim, 77, seq, payload, reply=True), 300)
        story.wait(200)
    story.fires("smurf", frames[:1], severity="high", src_ip=victim, dest_ip="192.0.2.255")
    return story


@capture("smurf", "echo_unsolicited")
def ping_all_nodes6():
    """What one does to see who is on the link; and groups in IPv6 are no broadcast."""
    story = Story()
    for seq in range(5):
        payload = ping_payload(story.clock)
        story.add(story.echo("fe80::9", "ff02::1", 77, seq, payload))
        for number in range(30):
            story.soon(story.echo("fe80::1:%x" % number, "fe80::9", 77, seq, payload, reply=True),
                       300)
        story.wait(900)
    return story


@capture("smurf")
def ping_broadcast_answered_by_few():
    """By one, of which the mirror port shows nine copies, and by two others."""
    story = begin()
    for seq in range(5):
        payload = ping_payload(story.clock)
        story.add(story.echo(A4, "192.0.2.255", 77, seq, payload, ttl=1))
        reply = story.echo(FOUR.near(1), A4, 77, seq, payload, reply=True)
        for _ in range(9):
            story.soon(reply, 10)
        for number in 2, 3:
            story.add(story.echo(FOUR.near(number), A4, 77, seq, payload, reply=True))
        story.wait(900)
    return story


@capture("smurf", "echo_unsolicited")
def ping_host_numbered_255():
    """One host, in a network larger than a /24."""
    story = begin()
    for seq in range(10):
        story.ping(A4, "198.18.7.255", seq=seq)
        story.wait(500)
    return story


# ---- clock_offset --------------------------------------------------------------------------------

DAY = 86400000


def timestamps(offset, count=5, rtt=20, standard=True, fix=None):
    """RFC 792: milliseconds since midnight UT; the receiver is `offset` ahead."""
    story = begin()
    frames = []
    for seq in range(count):
        now = story.clock // 10**6 % DAY
        word = struct.pack("!HH", 88, seq)
        story.add(story.ip(A4, B4, ICMP, icmp4(13, 0, word, struct.pack("!III", now, 0, 0))))
        there = (now + rtt // 2 + offset) % DAY | (0 if standard else 1 << 31)
        body = fix(now, there) if fix else struct.pack("!III", now, there, there)
        story.wait(rtt - 1)
        frames.append(story.add(story.ip(B4, A4, ICMP, icmp4(14, 0, word, body), ttl=57)))
        story.wait(500)
    story.may("recon")
    return story, frames


@capture()
def clock_offset():
    story, frames = timestamps(5000)
    story.fires("clock_offset", frames[:1], severity="info")
    return story


@capture()
def clock_offset_behind_over_midnight():
    """50 minutes behind, ten minutes after midnight."""
    story = begin()
    story.clock += (15 * 3600 + 600) * 10**9
    frames = []
    for seq in range(5):
        now = story.clock // 10**6 % DAY
        there = (now - 3000000) % DAY
        assert there > now
        word = struct.pack("!HH", 88, seq)
        story.add(story.ip(A4, B4, ICMP, icmp4(13, 0, word, struct.pack("!III", now, 0, 0))))
        body = struct.pack("!III", now, there, there)
        frames.append(story.add(story.ip(B4, A4, ICMP, icmp4(14, 0, word, body), ttl=57)))
        story.wait(500)
    story.may("recon")
    story.fires("clock_offset", frames[:1], severity="info")
    return story


@capture("clock_offset")
def clocks_agree():
    return timestamps(400)[0]


@capture("clock_offset")
def clocks_agree_over_midnight():
    """The one is 23:59:59.9, the other 00:00:00.3."""
    story = begin()
    story.clock += 15 * 3600 * 10**9 - 100 * 10**6 - (story.clock - story.frames[0][0])
    now = DAY - 100
    word = struct.pack("!HH", 88, 1)
    story.add(story.ip(A4, B4, ICMP, icmp4(13, 0, word, struct.pack("!III", now, 0, 0))))
    body = struct.pack("!III", now, 300, 300)
    story.wait(10)
    story.add(story.ip(B4, A4, ICMP, icmp4(14, 0, word, body), ttl=57))
    story.may("recon")
    return story


@capture("clock_offset")
def clock_not_standard():
    """The high bit says that these are not milliseconds since midnight."""
    return timestamps(7000000, standard=False)[0]


@capture("clock_offset")
def clock_in_swapped_bytes():
    """As Windows sends them: right, read from the other end."""
    def swapped(now, there):
        return struct.pack("!I", now) + struct.pack("<II", there, there)
    return timestamps(200, fix=swapped)[0]


@capture("clock_offset")
def clock_over_a_slow_path():
    """1.2 s of offset with 4 s of round trip: the way there may have taken 3.2 s."""
    story, _ = timestamps(1200, rtt=4000)
    return story


