"""A world of hosts, routers and one capture point: what was sent, what of it was captured, and what
each error is about. Nothing here knows how errors are tied to packets.

Times are nanoseconds. Sides of a flow are 0, which begins it, and 1."""

import random

import wire

US, MS, SECOND = 1000, 1000000, 1000000000
START = 1700000000 * SECOND

# Bytes of a transport header that must be there to name a flow.
NAMING = {wire.TCP: 4, wire.UDP: 4, wire.SCTP: 4, wire.ICMP: 8, wire.ICMP6: 8}


class Packet:
    """One that a host sent. `frames` has the number and time of each capture of it; `seen` is how
    many bytes behind the IP header the capture holds, -1 where not all of the IP header."""

    __slots__ = ("ip", "at", "head", "ident", "lane", "time", "frames", "seen", "note", "offset")

    def __init__(self, ip, at, head, ident, lane, time):
        self.ip, self.at, self.head, self.ident = ip, at, head, ident
        self.lane, self.time = lane, time
        self.frames = []
        self.seen, self.note, self.offset = -1, None, None


class Lane:
    """One direction of a flow: all that was sent, captured or not."""

    __slots__ = ("flow", "side", "packets")

    def __init__(self, flow, side):
        self.flow, self.side, self.packets = flow, side, []


class Path:
    """What routers between the capture and whoever sends errors do to packets of a flow."""

    __slots__ = ("hops", "dscp", "ecn", "mss", "df", "nat", "stale")

    def __init__(self, hops=3):
        self.hops, self.dscp, self.ecn, self.mss, self.df = hops, None, None, None, None
        self.nat, self.stale = None, False


class Flow:
    """Who talks to whom, in which network (an object of wire with frame() and overhead)."""

    __slots__ = ("v6", "proto", "addr", "port", "network", "lanes", "next_id", "ttl", "tos", "df",
                 "path", "mirrored", "numbered", "note", "label")

    def __init__(self, proto, addr, port, network, next_id):
        self.v6 = len(addr[0]) == 16
        self.proto, self.addr, self.port, self.network = proto, addr, port, network
        self.next_id = next_id
        self.lanes = Lane(self, 0), Lane(self, 1)
        self.ttl, self.tos, self.df, self.label = [64, 64], 0, wire.DF, 0
        self.path, self.mirrored, self.note = Path(), 0, ""
        self.numbered = [True, True]  # whether a side gives each packet a number of its own


class Error:
    """`cause`: the packet it is about; a forged one is about one that nobody sent. `lane`: the
    direction of the flow that the quote names. `bytes`: of the quoted packet, captured. `must`, `may`:
    anomalies. `changed`: what the path did. `judge`: who says what is wanted, where judge.wanted()
    does not. `sequence`: what seq_check is to be, where that is known."""

    __slots__ = ("cause", "lane", "forged", "bytes", "v6", "frame", "time", "must", "may", "note",
                 "changed", "quote", "judge", "word", "sequence")

    def __init__(self, cause, lane, quote, captured, note):
        self.cause, self.lane, self.quote, self.bytes = cause, lane, quote, captured
        self.v6 = quote[0] >> 4 == 6
        self.frame = self.time = None
        self.must, self.may, self.note, self.changed = set(), set(), note, set()
        self.judge, self.word, self.sequence, self.forged = None, 0, None, False


def id_policy(rng, kind):
    """How a host numbers its IPv4 packets: a function that gives the next number."""
    state = [int(rng.random() * 65535)]
    if kind == "random":
        return lambda: 1 + int(rng.random() * 65535)
    if kind in ("zero", "constant"):
        number = 0 if kind == "zero" else state[0] or 1
        return lambda: number
    step = 256 if kind == "swapped" else 1

    def count():
        state[0] = (state[0] + step * (1 + (rng.random() < 0.2))) % 65535
        return state[0] + 1
    return count


class World:
    def __init__(self, seed, snaplen, jitter=0):
        self.rng = random.Random(seed)
        self.snaplen, self.jitter = snaplen, jitter
        self.events, self.serial, self.hosts = [], 0, 0
        self.noise = self.rng.randbytes(1 << 16)
        self.errors = []
        self.routers4 = [b"\xcb\x00\x71" + bytes([n]) for n in range(1, 60)]
        self.routers6 = [b"\x20\x01\x0d\xb8\xff\xff" + bytes(9) + bytes([n]) for n in range(1, 60)]

    # ---- who there is ----

    def below(self, number):
        return int(self.rng.random() * number)

    def chance(self, share):
        return self.rng.random() < share

    def pick(self, sequence):
        return sequence[int(self.rng.random() * len(sequence))]

    def host(self, v6):
        """An address that nobody else has."""
        self.hosts += 1
        low = self.hosts.to_bytes(3, "big")
        return b"\x20\x01\x0d\xb8\x00\x0a" + bytes(7) + low if v6 else b"\x0a" + low

    def server(self, v6):
        number = self.below(4000)
        low = (number + 256).to_bytes(2, "big")
        return b"\x20\x01\x0d\xb8\x00\x14" + bytes(8) + low if v6 else b"\xc6\x12" + low

    def router(self, v6):
        return self.pick(self.routers6 if v6 else self.routers4)

    def payload(self, size):
        at = self.below(65536 - size)
        return self.noise[at:at + size]

    # ---- what happens ----

    def put(self, time, frame, what):
        self.serial += 1
        order = time
        if self.jitter and self.rng.random() < 0.05:
            order += self.below(2 * self.jitter) - self.jitter
        self.events.append((order, self.serial, time, frame, what))

    def see(self, packet, time, frame_ip=None):
        """The capture point sees a packet; a mirror port, or "any", twice."""
        flow = packet.lane.flow
        ip = frame_ip or packet.ip
        room = self.snaplen - flow.network.overhead - packet.at
        packet.seen = min(room, len(packet.ip) - packet.at)
        self.put(time, flow.network.frame(ip, packet.lane.side), packet)
        if flow.mirrored:
            gap = 1 * US + self.below(150 * US)
            if flow.mirrored == 2:  # captured in front of a router and behind it
                ip = bytearray(ip)
                ip[7 if flow.v6 else 8] -= 1
                if not flow.v6:
                    wire.mend(ip)
                ip = bytes(ip)
            self.put(time + gap, flow.network.frame(ip, packet.lane.side), packet)

    def send(self, flow, side, l4, time, head=8, ident=None, captured=True):
        """A packet of a flow, with `head` bytes of transport header."""
        src, dst = flow.addr[side], flow.addr[1 - side]
        if flow.v6:
            ident = 0
            ip = wire.ipv6(src, dst, flow.proto, l4, flow.ttl[side], flow.tos, flow.label)
            at = 40
        else:
            if ident is None:
                ident = flow.next_id[side]()
            ip = wire.ipv4(src, dst, flow.proto, l4, ident, flow.df, flow.ttl[side], flow.tos)
            at = 20
        lane = flow.lanes[side]
        packet = Packet(ip, at, head, ident, lane, time)
        lane.packets.append(packet)
        if captured:
            self.see(packet, time)
        return packet

    def number(self):
        """Puts all in the order in which it was captured, and gives each its frame. Returns the
        frames as wire.pcap() takes them."""
        self.events.sort()
        frames = []
        for at, (_, _, time, frame, what) in enumerate(self.events, 1):
            frames.append((time, frame))
            if type(what) is Error:
                what.frame, what.time = at, time
            elif what is not None:
                what.frames.append((at, time))
        return frames
