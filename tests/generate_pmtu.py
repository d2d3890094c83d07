"""Path MTUs that are told, swept or silently too small: known by construction.

stories() yields (file name, bytes, truth): {"records": [{path: value}, ...]}, the `pmtu` records in the
order of their time, and "paths", the same of the document's list."""

from generate_findings_story import FOUR, SIX, Story, Tcp, error
from generate_packets import ACK, PSH

STORIES = []


def story(*sides):
    def register(function):
        for side in sides or (FOUR,):
            STORIES.append((function, side))
        return function
    return register


def head(side):
    """Bytes of the IP and TCP headers."""
    return 60 if side.six else 40


def advice(side, mtu):
    """RFC 9293 3.7.1: the MSS is what IP and TCP headers leave; a ping has 8 bytes of its own."""
    return {"pmtu.advice.mtu": mtu, "pmtu.advice.tcp_mss": mtu - (60 if side.six else 40),
            "pmtu.advice.ping_payload": mtu - (48 if side.six else 28)}


def ends(side, **more):
    return dict({"src_ip": side.a, "dest_ip": side.b}, **more)


class Upload:
    """A connection from A to B whose segments fill packets; times in microseconds."""

    def __init__(self, line, side, sport=40000):
        self.line, self.side = line, side
        self.stream = Tcp(line, side.a, side.b, sport=sport)
        self.stream.open()
        self.stream.say(100)

    def send(self, length, again=None):
        """A packet of `length` bytes; `again`: of data from there, sent before. Returns it."""
        how = {} if again is None else {"seq": again}
        packet = self.stream.packet(flags=ACK | PSH, length=length - head(self.side), **how)
        if again is None:
            self.stream.next[0] += length - head(self.side)
        self.frame = self.line.soon(packet, 100)
        return packet

    def acknowledge(self):
        self.line.soon(self.stream.packet(True), 100)

    def refuse(self, packet, mtu, reporter=None):
        return self.line.soon(error(packet, reporter or self.side.r, "too_big", mtu=mtu), 100)

    def seconds(self, seconds):
        self.line.clock += int(seconds * 10**9)


def told(side, mtu, length=1500):
    """An upload of which the first long packet is refused."""
    line = Story()
    upload = Upload(line, side)
    seq = upload.stream.next[0]
    packet = upload.send(length)
    frame = upload.refuse(packet, mtu)
    return line, upload, seq, frame


def expect(line, *records, paths=None):
    return line.pcap(), {"records": list(records), "paths": paths}


def adapt(upload, seq, mtu, length=1500):
    """The data of a packet of `length` bytes again, in two that fit."""
    first = mtu - head(upload.side)
    upload.send(mtu, again=seq)
    upload.send(length - mtu + head(upload.side), again=seq + first)
    upload.acknowledge()


@story(FOUR, SIX)
def adapted(side):
    """Told at once, and sent again 0.4 ms later as it fits."""
    line, upload, seq, frame = told(side, 1400)
    line.clock += 300 * 1000
    adapt(upload, seq, 1400)
    for _ in range(4):
        upload.send(1400)
        upload.acknowledge()
    return expect(line, ends(side, **{
        "pcap_cnt": frame, "proto": "TCP", "src_port": 40000, "dest_port": 443,
        "pmtu.source": "told", "pmtu.outcome": "adapted", "pmtu.mtu": 1400, "pmtu.plateau": False,
        "pmtu.reporter": side.r, "pmtu.errors": 1, "pmtu.smallest_refused": 1500,
        "pmtu.largest_passed": 1400, "pmtu.adapted_after_us": 400, "pmtu.ignored_packets": None,
        "pmtu.change_count": 1, **advice(side, 1400)}), paths=[{
            "mtu": 1400, "reporter": side.r, "errors": 1, "adapted_after_us": 400,
            "by_outcome.adapted": 1, "by_outcome.unknown": 0}])


@story(FOUR, SIX)
def ignored(side):
    """Sent three times more in its old size, each time more than 0.2 s after it was told."""
    line, upload, seq, frame = told(side, 1400)
    for wait in 0.3, 0.6, 1.2:
        upload.seconds(wait)
        upload.refuse(upload.send(1500, again=seq), 1400)
    return expect(line, ends(side, **{
        "pcap_cnt": frame, "pmtu.outcome": "ignored", "pmtu.ignored_packets": 3, "pmtu.errors": 4,
        "pmtu.largest_passed": None, "pmtu.smallest_refused": 1500, "pmtu.adapted_after_us": None,
        "pmtu.change_count": 1}), paths=[{"by_outcome.ignored": 1, "errors": 4}])


@story(FOUR)
def plateau(side):
    """RFC 1191 7: below 1500 comes 1492, below 1492 comes 1006."""
    line, upload, seq, _ = told(side, 0)
    upload.refuse(upload.send(1492, again=seq), 0)
    upload.send(1006, again=seq)
    upload.acknowledge()
    return expect(line, ends(side, **{
        "pmtu.outcome": "adapted", "pmtu.mtu": 1006, "pmtu.plateau": True, "pmtu.errors": 2,
        "pmtu.smallest_refused": 1492, "pmtu.change_count": 2, "pmtu.changes.0.mtu": 1492,
        "pmtu.changes.1.mtu": 1006, **advice(side, 1006)}), paths=[{"plateau": True}])


@story(FOUR, SIX)
def lowered_in_turn(side):
    """R lets pass 1400, and S behind it 1300. Packets of 1500 that come late at R change nothing."""
    line, upload, seq, _ = told(side, 1400)
    late = upload.send(1500)
    upload.refuse(upload.send(1400, again=seq), 1300, side.s)
    upload.refuse(late, 1400)
    adapt(upload, seq, 1300)
    return expect(line, ends(side, **{
        "pmtu.mtu": 1300, "pmtu.reporter": side.s, "pmtu.errors": 3, "pmtu.outcome": "adapted",
        "pmtu.smallest_refused": 1400, "pmtu.change_count": 2, "pmtu.changes.0.mtu": 1400,
        "pmtu.changes.0.reporter": side.r, "pmtu.changes.1.mtu": 1300,
        "pmtu.changes.1.reporter": side.s, **advice(side, 1300)}), paths=[{
            "mtu": 1300, "reporter": side.s, "change_count": 2}])


@story(FOUR, SIX)
def raised_after_minutes(side):
    """RFC 1191 6.3, RFC 8201 5.4: ten minutes later the sender tries again, and 1500 bytes arrive."""
    line, upload, seq, _ = told(side, 1400)
    adapt(upload, seq, 1400)
    for _ in range(20):
        upload.seconds(30)
        upload.send(200)
        upload.acknowledge()
    upload.send(1500)
    upload.acknowledge()
    return expect(line, ends(side, **{
        "pmtu.mtu": 1500, "pmtu.reporter": None, "pmtu.outcome": "adapted",
        "pmtu.largest_passed": 1500, "pmtu.change_count": 2, "pmtu.changes.0.mtu": 1400,
        "pmtu.changes.0.reporter": side.r, "pmtu.changes.1.mtu": 1500,
        "pmtu.changes.1.reporter": None, **advice(side, 1500)}), paths=[{
            "mtu": 1500, "reporter": None, "change_count": 2}])


@story(FOUR)
def large_segments(side):
    """What is longer than the MTU and was captured before the card cut it up is no longer packet that
    arrives: 1480 bytes of two writes, acknowledged within seconds."""
    line, upload, seq, _ = told(side, 1400)
    adapt(upload, seq, 1400)
    upload.seconds(2)
    upload.send(1480)
    upload.acknowledge()
    return expect(line, ends(side, **{"pmtu.mtu": 1400, "pmtu.largest_passed": None,
                                      "pmtu.change_count": 1}))


@story(FOUR, SIX)
def raised_by_who_lowered(side):
    """Seconds later the router itself tells a larger one; another router's would not count."""
    line, upload, seq, _ = told(side, 1400)
    adapt(upload, seq, 1400)
    upload.seconds(10)
    upload.refuse(upload.send(1500), 1480, side.s)
    upload.refuse(upload.send(1500), 1450)
    return expect(line, ends(side, **{
        "pmtu.mtu": 1450, "pmtu.reporter": side.r, "pmtu.errors": 3, "pmtu.change_count": 2,
        "pmtu.changes.1.mtu": 1450}))


@story(FOUR)
def told_too_little(side):
    """No host obeys an MTU below 68 (RFC 791): there is nothing to advise."""
    line, upload, seq, _ = told(side, 40)
    upload.send(576, again=seq)
    return expect(line, ends(side, **{"pmtu.mtu": 40, "pmtu.outcome": "unknown", "pmtu.advice": None}))


@story(SIX)
def told_below_1280(side):
    """Of IPv6 1280 is the least (RFC 8201 4)."""
    line, upload, seq, _ = told(side, 1000)
    upload.send(1280, again=seq)
    return expect(line, ends(side, **dict({"pmtu.mtu": 1000, "pmtu.outcome": "unknown"},
                                          **advice(side, 1280))))


@story(FOUR, SIX)
def not_smaller(side):
    line, *_ = told(side, 1500)
    return expect(line, ends(side, **{"pmtu.mtu": 1500, "pmtu.outcome": "unknown",
                                      "pmtu.advice": None}))


@story(FOUR, SIX)
def told_nonsense_first(side):
    """What can be obeyed takes the place of what cannot, and not the other way round."""
    line, upload, seq, _ = told(side, 1500)
    upload.refuse(upload.send(1500, again=seq), 1400)
    upload.refuse(upload.send(1500, again=seq), 40)
    adapt(upload, seq, 1400)
    return expect(line, ends(side, **dict({
        "pmtu.mtu": 1400, "pmtu.errors": 3, "pmtu.outcome": "adapted", "pmtu.change_count": 1},
        **advice(side, 1400))), paths=[{"mtu": 1400, "errors": 3, "change_count": 1}])


@story(FOUR, SIX)
def not_captured(side):
    """The packet that is refused is not in the capture: its flow has no number."""
    line = Story()
    packet = line.datagram(side.a, side.b, 5000, 6000, bytes(1400))
    line.add(error(packet, side.r, "too_big", mtu=1300))
    return expect(line, ends(side, **{
        "proto": "UDP", "src_port": 5000, "dest_port": 6000, "flow_id": None, "pmtu.mtu": 1300,
        "pmtu.smallest_refused": len(packet), "pmtu.outcome": "unknown"}))


@story(FOUR)
def bad_checksum(side):
    """No host takes it in."""
    line = Story()
    packet = line.datagram(side.a, side.b, 5000, 6000, bytes(1400))
    line.add(packet)
    wrong = bytearray(error(packet, side.r, "too_big", mtu=1300))
    wrong[22] ^= 0xFF
    line.add(bytes(wrong))
    return expect(line, paths=[])


@story(FOUR, SIX)
def two_flows(side):
    """One path, told twice; one flow adapts after 0.1 ms, the other does not."""
    line, upload, seq, _ = told(side, 1400)
    adapt(upload, seq, 1400)
    other = Upload(line, side, sport=40001)
    seq = other.stream.next[0]
    other.refuse(other.send(1500), 1400)
    for _ in range(2):
        other.seconds(1)
        other.send(1500, again=seq)
    first = ends(side, **{"src_port": 40000, "pmtu.outcome": "adapted", "pmtu.adapted_after_us": 100})
    second = ends(side, **{"src_port": 40001, "pmtu.outcome": "ignored", "pmtu.ignored_packets": 2})
    return expect(line, first, second, paths=[{
        "errors": 2, "by_outcome.adapted": 1, "by_outcome.ignored": 1, "adapted_after_us": 100,
        "change_count": 1}])


# ---- sweeps --------------------------------------------------------------------------------------


def ping(line, side, seq, length, answer=True, **field):
    """A request that makes a packet of `length` bytes, and its reply 10 ms later. Returns it."""
    payload = bytes(length - (48 if side.six else 28))
    request = line.echo(side.a, side.b, 300 + seq, 1, payload, **field)
    assert len(request) == length
    line.add(request)
    line.wait(9)
    if answer:
        line.add(line.echo(side.b, side.a, 300 + seq, 1, payload, reply=True, ttl=57))
    line.wait(200)
    return request


def sweep(side, lengths, passes, mtu=None, **field):
    """Pings of these lengths, of which those up to `passes` are answered, and others refused, or lost
    where no MTU is told."""
    line = Story()
    for seq, length in enumerate(lengths):
        request = ping(line, side, seq, length, length <= passes, **field)
        if length > passes and mtu is not None:
            line.add(error(request, side.r, "too_big", mtu=mtu))
    line.wait(3000)
    line.connections(1, side)
    return line


def swept(side, **more):
    proto = "IPv6-ICMP" if side.six else "ICMP"
    return ends(side, **dict({"pmtu.source": "swept", "proto": proto, "pcap_cnt": 1,
                              "flow_id": None, "src_port": None}, **more))


def refused_echo(side, length):
    return ends(side, **{"pmtu.source": "told", "pmtu.outcome": "unknown",
                         "pmtu.smallest_refused": length})


@story(FOUR, SIX)
def swept_by_error(side):
    lengths = range(1380, 1420, 4)
    line = sweep(side, lengths, 1400, 1400)
    refused = [refused_echo(side, length) for length in lengths if length > 1400]
    return expect(line, *refused, swept(side, **dict({
        "pmtu.outcome": "unknown", "pmtu.mtu": 1400, "pmtu.reporter": side.r,
        "pmtu.errors": len(refused), "pmtu.largest_passed": 1400, "pmtu.smallest_refused": 1404},
        **advice(side, 1400))), paths=[{"swept": True, "largest_passed": 1400,
                                        "smallest_refused": 1404, "mtu": 1400}])


@story(FOUR, SIX)
def swept_by_halves(side):
    """As programs do it; the last two sizes are next to each other, so that the MTU is sure."""
    lengths, low, high = [], 1280, 1501
    while high - low > 1:
        middle = (low + high) // 2
        lengths.append(middle)
        low, high = (middle, high) if middle <= 1437 else (low, middle)
    line = sweep(side, lengths, 1437)
    return expect(line, swept(side, **dict({
        "pmtu.outcome": "black_hole_suspected", "pmtu.mtu": 1437, "pmtu.reporter": None,
        "pmtu.errors": None, "pmtu.largest_passed": 1437, "pmtu.smallest_refused": 1438},
        **advice(side, 1437))), paths=[{"by_outcome.black_hole_suspected": 1}])


@story(FOUR, SIX)
def swept_in_silence(side):
    line = sweep(side, (1300, 1350, 1400, 1450, 1480, 1500), 1400)
    return expect(line, swept(side, **dict({
        "pmtu.outcome": "black_hole_suspected", "pmtu.mtu": None, "pmtu.largest_passed": 1400,
        "pmtu.smallest_refused": 1450}, **advice(side, 1400))))


@story(FOUR, SIX)
def swept_byte_by_byte(side):
    """More sizes than are kept, up and down."""
    line = sweep(side, list(range(1300, 1410)) + list(range(1500, 1390, -1)), 1400)
    return expect(line, swept(side, **{"pmtu.mtu": 1400, "pmtu.largest_passed": 1400,
                                       "pmtu.smallest_refused": 1401}))


@story(FOUR, SIX)
def all_sizes_pass(side):
    line = sweep(side, (1300, 1400, 1450, 1500), 1500)
    return expect(line, swept(side, **{"pmtu.outcome": "unknown", "pmtu.mtu": None,
                                       "pmtu.largest_passed": 1500,
                                       "pmtu.smallest_refused": None}))


@story(FOUR, SIX)
def pings_of_two_sizes(side):
    """A host that is watched, and gone for a while."""
    line = Story()
    for seq in range(20):
        ping(line, side, seq, (84, 1000)[seq % 2], not 8 < seq < 14)
    return expect(line, paths=[])


@story(FOUR, SIX)
def pings_that_are_lost(side):
    """Many sizes, and each third request lost, whatever its size: the largest, too."""
    line = Story()
    for seq in range(30):
        ping(line, side, seq, 600 + 40 * (seq % 10), seq % 3 != 0)
    line.wait(2000)
    line.connections(1, side)
    return expect(line, paths=[])


@story(FOUR)
def pings_without_df(side):
    """They may have been fragmented: that they are answered says nothing."""
    line = sweep(side, (1300, 1350, 1400, 1450, 1480, 1500), 1400, df=0)
    return expect(line, paths=[])


@story(FOUR, SIX)
def path_grows(side):
    """Refused at first, and a minute and more later answered: what is answered holds."""
    line = Story()
    request = ping(line, side, 0, 1500, False)
    line.add(error(request, side.r, "too_big", mtu=1400))
    line.wait(2000)
    for seq, length in enumerate((1400, 1450, 1480, 1500), 1):
        ping(line, side, seq, length)
    return expect(line, refused_echo(side, 1500), swept(side, **{
        "pmtu.largest_passed": 1500, "pmtu.smallest_refused": None}), paths=[{
            "mtu": 1500, "reporter": None, "change_count": 4}])


def stories():
    for function, side in STORIES:
        data, truth = function(side)
        yield function.__name__.replace("_", "-") + side.suffix + ".pcap", data, truth
