"""What the captures of findings are made of: a timeline that knows which findings it must give and
which it must not, and the traffic that is in any capture.

A story's truth is {"fires": {name: [what one finding of that name must say, ...]}, "may": {name:
the highest severity that is right}, "silent": [names that it is a near miss of]}. A finding that is
not under fires or may is wrong, whether it is in silent or not: that list says what is tested."""

import itertools
import random

import generate_packets as packets
from generate_packets import ACK, FIN, PSH, SYN, TCP, UDP
from generate_timeline import A4, A6, B4, B6, R4, R6, S4, S6, Timeline

MICROSECOND = 1000
SEVERITIES = ("info", "low", "medium", "high")

# (type, code) of errors by what they say, of the families 4 and 6: RFC 792, 1122, 1812, 4443.
ERRORS = {
    "net": ((3, 0), (1, 0)), "host": ((3, 1), (1, 3)), "protocol": ((3, 2), (4, 1)),
    "port": ((3, 3), (1, 4)), "too_big": ((3, 4), (2, 0)), "prohibited": ((3, 13), (1, 1)),
    "ttl": ((11, 0), (3, 0)), "reassembly": ((11, 1), (3, 1)), "quench": ((4, 0), None),
    "header": ((12, 0), (4, 0)), "option": ((12, 0), (4, 2)),
}


class Side:
    """One address family: hosts A and B, a router R, a second one S, and whole networks of
    others."""

    def __init__(self, six):
        self.six = six
        self.a, self.b, self.r, self.s = (A6, B6, R6, S6) if six else (A4, B4, R4, S4)
        self.suffix = "6" if six else ""

    def near(self, number):
        """A host of A's network."""
        return "2001:db8:a::1:%x" % number if self.six else "192.0.2.%d" % (10 + number)

    def far(self, number):
        """A host elsewhere: of 198.18.0.0/15 (RFC 2544), where A is not."""
        if self.six:
            return "2001:db8:f::%x" % (number + 1)
        return "198.18.%d.%d" % (number // 200, number % 200 + 1)


FOUR, SIX = Side(False), Side(True)
SIDES = (FOUR, SIX)


def error(packet, reporter, what, mtu=None, quote=None, dest=None, hops=60, word=None):
    """An ICMP error about `packet` (ERRORS), sent to its source and with as much of it as Linux
    quotes. `mtu` is that of too_big, `word` the second word of the header."""
    six = packet[0] >> 4 == 6
    kind, code = ERRORS[what][six]
    if word is None:
        word = packets.struct.pack("!I", mtu or 0)
    src = packet[8:24] if six else packet[12:16]
    dest = dest or str(packets.ipaddress.ip_address(src))
    quote = quote or (1232 if six else 548)
    how = {"hops": hops} if six else {"ttl": hops, "df": 0, "tos": 0xC0}
    return packets.icmp(reporter, dest, kind, code, word, packet[:quote], **how)


GATEWAY = bytes.fromhex("0200000000fe")


def mac(ip):
    """Of the link that A is on, by packed address: those elsewhere are behind the gateway, which is
    192.0.2.254 and fe80::fe there."""
    if ip in (packets.address("192.0.2.254"), packets.address("fe80::fe")):
        return GATEWAY
    if len(ip) == 4:
        group = ip[0] >> 4 == 14
        if ip == b"\xff" * 4 or ip == packets.address("192.0.2.255"):
            return b"\xff" * 6
        if group:
            return b"\1\0\x5e" + bytes([ip[1] & 127]) + ip[2:]
        return b"\2\0\0\0\4" + ip[3:] if ip[:3] == packets.address(A4)[:3] else GATEWAY
    if ip[0] == 0xFF:
        return b"\x33\x33" + ip[12:]
    here = ip[:2] == b"\xfe\x80" or ip[:8] == packets.address(A6)[:8]
    return b"\2\0\0\0\6" + ip[15:] if here else GATEWAY


def lan(packet, vlans=()):
    """Ethernet, with the addresses that hosts and the gateway of A's link have."""
    six = packet[0] >> 4 == 6
    src, dst = (packet[8:24], packet[24:40]) if six else (packet[12:16], packet[16:20])
    return mac(dst) + mac(src) + packets.ethernet(packet, vlans)[12:]


class Story(Timeline):
    def __init__(self, link=lan, **how):
        super().__init__(link=link, **how)
        self.fired, self.quiet, self.maybe = {}, [], {}
        self.idents = itertools.count(1000)
        self.random = random.Random(17)

    def fires(self, name, evidence=(), **more):
        """That a finding must be given: with these frames in its evidence and these members; with
        `some`, at least one of these frames; with `among`, no others than these."""
        self.fired.setdefault(name, []).append(dict(more, evidence=list(evidence)))

    def may(self, *names, most="high"):
        for name in names:
            self.maybe[name] = most

    def silent(self, *names):
        self.quiet += names

    def expected(self):
        return {"fires": self.fired, "may": self.maybe, "silent": self.quiet}

    def soon(self, packet, microseconds=20, **how):
        """As add(), with the next frame so much later instead of a millisecond."""
        now = self.clock
        number = self.add(packet, **how)
        self.clock = now + microseconds * MICROSECOND
        return number

    def ip(self, src, dst, proto, payload, **field):
        """As a host sends it: each with another identification."""
        if ":" in src:
            for key in ("ident", "df"):
                field.pop(key, None)
            if "ttl" in field:
                field["hops"] = field.pop("ttl")
        else:
            field.setdefault("ident", next(self.idents) & 0xFFFF)
        return packets.ip(src, dst, proto, payload, **field)

    def datagram(self, src, dst, sport, dport, payload=b"question", **field):
        return self.ip(src, dst, UDP, packets.udp(src, dst, sport, dport, payload), **field)

    def echo(self, src, dst, number, seq, payload=None, reply=False, **field):
        """As ping of iputils sends it: the time in front of a pattern that counts up."""
        if payload is None:
            payload = ping_payload(self.clock)
        kind = ((129, 0) if reply else (128, 8))[":" not in src]
        rest = packets.struct.pack("!HH", number, seq)
        proto = packets.ICMP6 if ":" in src else packets.ICMP
        message = packets.icmp6(src, dst, kind, 0, rest, payload) if ":" in src else \
            packets.icmp4(kind, 0, rest, payload)
        return self.ip(src, dst, proto, message, **field)

    def ping(self, src, dst, number=77, seq=1, payload=None, rtt=10, lost=False):
        """A request and, `rtt` ms later, its reply. Returns their frames."""
        payload = ping_payload(self.clock) if payload is None else payload
        frames = [self.add(self.echo(src, dst, number, seq, payload))]
        self.wait(rtt - 1)
        if not lost:
            frames.append(self.add(self.echo(dst, src, number, seq, payload, reply=True, ttl=57)))
        return frames

    def connections(self, count, side=FOUR, first=0, port=30000):
        """Whole TCP connections of A with as many hosts, both directions seen."""
        for number in range(first, first + count):
            stream = Tcp(self, side.a, side.far(number), port + number, seq=number * 77777)
            stream.open()
            stream.say(300)
            stream.say(1200, back=True)
            stream.say(200, back=True)
            stream.close()

    def lookups(self, count, side=FOUR, port=20000):
        """Datagrams that are answered."""
        for number in range(count):
            self.add(self.datagram(side.a, side.far(0), port + number, 53))
            self.add(self.datagram(side.far(0), side.a, 53, port + number, b"answer", ttl=57))


def ping_payload(clock, length=56):
    """iputils' on a 64-bit host: a struct timeval, then 0x10, 0x11, ..."""
    stamp = packets.struct.pack("<QQ", clock // 10**9, clock // 1000 % 10**6)
    return (stamp + bytes(index & 0xFF for index in range(0x10, 0x10 + length)))[:length]


MSS_OPTION = b"\2\4\5\xb4"
STREAM = bytes(range(251)) * 2


def stream_bytes(seq, length):
    """What a stream has at `seq`."""
    start = seq % 251
    return (STREAM[start:start + 251] * (length // 251 + 1))[:length]


class Tcp:
    """One connection. `back` is the direction from the server; every method returns frames."""

    def __init__(self, story, src, dst, sport=40000, dport=443, **how):
        self.story = story
        self.ends = (src, sport), (dst, dport)
        self.next = [how.get("seq", 1000000) % 2**32, how.get("peer", 5000000) % 2**32]
        self.hops = how.get("hops", (64, 57))
        self.head = 60 if ":" in src else 40

    def packet(self, back=False, flags=ACK, length=0, **how):
        """`length` bytes of data; seq, ack, window, ident, df where they are not the usual."""
        (src, sport), (dst, dport) = self.ends[::-1] if back else self.ends
        seq = how.pop("seq", self.next[back]) % 2**32
        ack = how.pop("ack", self.next[not back]) % 2**32
        fields = {key: how.pop(key) for key in ("window", "options") if key in how}
        data = how.pop("data", None) or stream_bytes(seq, length)
        segment = packets.tcp(src, dst, sport, dport, data, seq=seq, ack=ack if flags != SYN else 0,
                              flags=flags, **fields)
        return self.story.ip(src, dst, TCP, segment, ttl=self.hops[back], **how)

    def put(self, back=False, flags=ACK, length=0, **how):
        """Sends it; what is new counts."""
        packet = self.packet(back, flags, length, **how)
        if "seq" not in how:
            self.next[back] = (self.next[back] + length + bool(flags & (SYN | FIN))) % 2**32
        return self.story.add(packet), packet

    def open(self):
        self.put(flags=SYN, options=MSS_OPTION)
        self.put(True, SYN | ACK, options=MSS_OPTION)
        self.put()

    def say(self, length, back=False):
        """Data, and its acknowledgement. Returns the data's frame."""
        frame, _ = self.put(back, ACK | PSH, length)
        self.put(not back)
        return frame

    def close(self):
        self.put(flags=ACK | FIN)
        self.put(True, ACK | FIN)
        self.put()


CAPTURES = []


def capture(*names, sides=(None,)):
    """Registers a story. `names`: of findings that it is a near miss of."""
    def register(function):
        for side in sides:
            CAPTURES.append((function, side, names))
        return function
    return register


def both(*names):
    return capture(*names, sides=SIDES)


def stories():
    """(file name, story), made one after the other."""
    for function, side, names in CAPTURES:
        story = function(side) if side else function()
        story.silent(*names)
        yield function.__name__.replace("_", "-") + (side.suffix if side else "") + ".pcap", story
