"""Captures of traceroutes of which all is known: who is asked with which TTL, who answers and when.
captures() yields (file name, bytes, paths that must be told)."""

import itertools
import struct

import generate_extensions as ext
import generate_packets as packets
from generate_packets import ACK, ICMP, ICMP6, RST, SYN, TCP, UDP

MICROSECOND, SECOND = 1000, 10**9
START = 1763629200 * SECOND
# (type, code) of errors by what they say, of the families 4 and 6.
ERRORS = {"ttl": ((11, 0), (3, 0)), "port": ((3, 3), (1, 4)), "prohibited": ((3, 13), (1, 1)),
          "host": ((3, 1), (1, 3)), "too_big": ((3, 4), (2, 0))}
LOST = None


class Net:
    """Host A, host B so many hops away, routers between them. An answer is (router, µs, what it says)
    or LOST."""

    def __init__(self, six=False):
        self.six = six
        self.a, self.b = ("2001:db8:a::1", "2001:db8:b::2") if six else ("192.0.2.1", "198.51.100.2")
        self.events = []
        self.idents = itertools.count(100)
        self.clock = START
        self.paths = []

    def router(self, number):
        return "2001:db8:c::%x" % number if self.six else "203.0.113.%d" % number

    def put(self, packet, when=None):
        self.events.append((self.clock if when is None else when, len(self.events), packet))

    def ip(self, src, dst, proto, body, ttl=64):
        if self.six:
            return packets.ipv6(src, dst, proto, body, hops=ttl)
        return packets.ipv4(src, dst, proto, body, ttl=ttl, ident=next(self.idents), df=0)

    def error(self, packet, reporter, what, extension=b"", dest=None):
        kind, code = ERRORS[what][self.six]
        unit = 8 if self.six else 4
        word = struct.pack("!I", 1400 if what == "too_big" else 0)
        quoted = packet[:528]
        if extension:
            quoted = packet[:128] + bytes(max(0, 128 - len(packet))) + extension
            word = struct.pack("!BBH", 128 // unit if self.six else 0,
                               0 if self.six else 128 // unit, 0)
        return packets.icmp(reporter, dest or self.a, kind, code, word, quoted)

    def pcap(self):
        frames = []
        for when, _, packet in sorted(self.events):
            data = packets.ethernet(packet)
            frames.append((when, data, len(data)))
        return packets.pcap(frames)


class Trace:
    """The probes of one program; what comes back is its truth."""

    def __init__(self, net, method, dst=None, **how):
        self.net, self.method, self.dst = net, method, dst or net.b
        self.ident, self.number = how.get("ident", 77), 0
        self.ports = how.get("ports", lambda number: (40000, 33434 + number))
        self.told = {"method": method, "src_ip": net.a, "dest_ip": self.dst, "loop": False,
                     "rounds": 1, "style": how.get("style")}
        self.hops = {}  # ttl → {router or None: [RTT or LOST, ...]}
        self.marks = {}  # (ttl, router) → further members
        net.paths.append(self)

    def packet(self, ttl):
        net, number = self.net, self.number
        sport, dport = self.ports(number)
        if self.method == "udp":
            body = packets.udp(net.a, self.dst, sport, dport, struct.pack("!I", number) + bytes(28))
            return net.ip(net.a, self.dst, UDP, body, ttl)
        if self.method == "tcp":
            body = packets.tcp(net.a, self.dst, sport, dport, seq=5000 + 7 * number, flags=SYN)
            return net.ip(net.a, self.dst, TCP, body, ttl)
        return self.echo(number, False, ttl)

    def echo(self, number, reply, ttl):
        net = self.net
        src, dst = (self.dst, net.a) if reply else (net.a, self.dst)
        kind = ((129, 0) if reply else (128, 8))[not net.six]
        rest, data = struct.pack("!HH", self.ident, number), bytes(64)
        body = packets.icmp6(src, dst, kind, 0, rest, data) if net.six else \
            packets.icmp4(kind, 0, rest, data)
        return net.ip(src, dst, ICMP6 if net.six else ICMP, body, ttl)

    def reply(self, number, what):
        """Of the destination itself, as the method has it."""
        net = self.net
        sport, dport = self.ports(number)
        if self.method == "icmp":
            return self.echo(number, True, 60)
        if self.method == "udp":
            return net.ip(self.dst, net.a, UDP, packets.udp(self.dst, net.a, dport, sport, b"yes"))
        flags = SYN | ACK if what == "open" else RST | ACK
        body = packets.tcp(self.dst, net.a, dport, sport, seq=9, ack=5001 + 7 * number, flags=flags)
        return net.ip(self.dst, net.a, TCP, body, 60)

    def ask(self, ttl, router=LOST, rtt=0, what="ttl", **how):
        """One probe and its answer after `rtt` µs."""
        packet = self.packet(ttl)
        self.net.put(packet)
        answers = self.hops.setdefault(ttl, {})
        answers.setdefault(router, []).append(rtt)
        if router is not LOST:
            answer = self.reply(self.number, what) if what in ("open", "closed", "reply") else \
                self.net.error(how.get("quoted", lambda same: same)(packet), router, what,
                               how.get("extension", b""))
            self.net.put(answer, self.net.clock + rtt * MICROSECOND)
        self.number += 1
        return packet

    def wait(self, microseconds):
        self.net.clock += microseconds * MICROSECOND

    def mark(self, ttl, router, **members):
        self.marks[ttl, router] = members

    def entries(self):
        """The hops as they must be told, up to the destination."""
        last = self.told.get("destination_ttl") or self.told.get("end") or max(self.hops)
        for ttl in range(1, last + 1):
            answers = dict(self.hops.get(ttl, {}))
            lost = len(answers.pop(LOST, ()))
            entries = [dict({"ttl": ttl, "ip": router, "rtt_us": sorted(times),
                             "answers": len(times)}, **self.marks.get((ttl, router), {}))
                       for router, times in answers.items()] or [{"ttl": ttl}]
            if lost:
                entries[0]["lost"] = lost
            if ttl in self.hops:
                yield from entries

    def reached(self, ttl):
        self.told.update(reached=True, destination_ttl=ttl)

    def refused(self, ttl=None):
        self.told.update(reached=False, destination_ttl=None, end=ttl)


CAPTURES = []


def capture(function):
    CAPTURES.append((function, False))
    return function


def both(function):
    CAPTURES.extend(((function, False), (function, True)))
    return function


def end(trace):
    """Something else, much later: what has no answer by then is lost."""
    trace.wait(10 * SECOND // MICROSECOND)
    trace.net.put(trace.net.ip(trace.net.a, trace.net.b, UDP,
                               packets.udp(trace.net.a, trace.net.b, 5000, 5001, b"later")))


def finals(method):
    return {"udp": "port", "tcp": "open", "icmp": "reply"}[method]


def walk(trace, hops, probes=3, gap=20000):
    """One after the other, as most programs do: 1 ms more a hop, the last one is the destination."""
    for ttl in range(1, hops + 1):
        for number in range(probes):
            at_end = ttl == hops
            trace.ask(ttl, trace.dst if at_end else trace.net.router(ttl),
                      1000 * ttl + 10 * number, finals(trace.method) if at_end else "ttl")
            trace.wait(gap)
    trace.reached(hops)


@both
def udp_classic(net):
    walk(Trace(net, "udp", style="classic"), 6)


@both
def tcp_syn(net):
    """Each SYN from a port of its own."""
    walk(Trace(net, "tcp", ports=lambda number: (50000 + 7 * number, 80)), 5)


@both
def tcp_closed(net):
    trace = Trace(net, "tcp", ports=lambda number: (50000 + 7 * number, 81))
    for ttl in range(1, 4):
        trace.ask(ttl, net.b if ttl == 3 else net.router(ttl), 700, "closed" if ttl == 3 else "ttl")
        trace.wait(10000)
    trace.reached(3)


@both
def icmp_echo(net):
    walk(Trace(net, "icmp"), 7)


@both
def udp_paris(net):
    """The same ports, another checksum."""
    walk(Trace(net, "udp", ports=lambda number: (33456, 33434), style="paris"), 5)


@both
def udp_flows(net):
    """Three flows, each with all TTLs, as Dublin has them."""
    trace = Trace(net, "udp", ports=lambda number: (12345, 33434 + number // 5), style="multipath")
    for flow in range(3):
        for ttl in range(1, 6):
            router = net.router(10 * (flow + 1) if ttl == 3 else ttl)
            trace.ask(ttl, net.b if ttl == 5 else router, 900 * ttl + flow,
                      "port" if ttl == 5 else "ttl")
            trace.wait(30000)
    trace.reached(5)


@both
def udp_answered(net):
    """The destination has a program on the port, such as a DNS server."""
    trace = Trace(net, "udp", ports=lambda number: (41000 + 3 * number, 53))
    for ttl in range(1, 4):
        trace.ask(ttl, net.b if ttl == 3 else net.router(ttl), 500 + ttl,
                  "reply" if ttl == 3 else "ttl")
        trace.wait(20000)
    trace.reached(3)


@both
def all_at_once(net):
    """Sixteen probes in flight, and the answers of near hops before those of far ones; beyond the
    destination probes are answered, too, but are no hops."""
    trace = Trace(net, "udp", style="classic")
    for number in range(16):
        ttl = number // 3 + 1
        far = ttl >= 4
        trace.ask(ttl, net.b if far else net.router(ttl), 3000 * ttl + number,
                  "port" if far else "ttl")
        trace.wait(30)
    trace.reached(4)


@both
def losses(net):
    """A silent hop, one that answers once, and one that does not the second time."""
    trace = Trace(net, "udp", style="classic")
    answers = {1: (1, 1, 1), 2: (0, 0, 0), 3: (0, 1, 0), 4: (1, 0, 1), 5: (1, 1, 1)}
    for ttl, pattern in answers.items():
        for number, answered in enumerate(pattern):
            if not answered:
                trace.ask(ttl)
                trace.wait(5000000)
                continue
            trace.ask(ttl, net.b if ttl == 5 else net.router(ttl), 1000 * ttl + number,
                      "port" if ttl == 5 else "ttl")
            trace.wait(40000)
    trace.reached(5)


@both
def unreached(net):
    """Three routers, then nobody up to the last TTL."""
    trace = Trace(net, "icmp")
    for ttl in range(1, 13):
        for _ in range(2):
            trace.ask(ttl, *((net.router(ttl), 1000 * ttl) if ttl <= 3 else ()))
            trace.wait(50000 if ttl <= 3 else 2000000)
    trace.refused()
    end(trace)


@both
def circling(net):
    """No probes: what a host sends with the TTL that some have for all, beyond those that have a
    place each, runs out of it."""
    trace = Trace(net, "udp", style=None, ports=lambda number: (40000, 53))
    for number in range(4):
        trace.ask(128, net.router(3 + number % 2), 1000)
        trace.wait(1000000)
    trace.told.update(loop=True, rounds=None, reached=None, destination_ttl=None)


@both
def all_silent(net):
    """Nothing comes back at all."""
    trace = Trace(net, "udp", style="classic")
    for ttl in range(1, 9):
        trace.ask(ttl)
        trace.wait(3000000)
    trace.refused()
    end(trace)


@both
def prohibited(net):
    """The fourth hop is a filter; probes beyond it were sent already."""
    trace = Trace(net, "udp", style="classic")
    kind, code = ERRORS["prohibited"][net.six]
    for ttl in range(1, 7):
        trace.ask(ttl, net.router(min(ttl, 4)), 1000 * min(ttl, 4),
                  "prohibited" if ttl >= 4 else "ttl")
        trace.wait(100)
    trace.mark(4, net.router(4), icmp_type=kind, icmp_code=code)
    trace.refused(4)


@both
def balanced(net):
    """Three routers share the second hop, two the third."""
    trace = Trace(net, "udp", style="classic")
    for ttl in range(1, 6):
        for number in range(6):
            router = net.router({2: 20 + number % 3, 3: 30 + number % 2}.get(ttl, ttl))
            trace.ask(ttl, net.b if ttl == 5 else router, 1000 * ttl + number,
                      "port" if ttl == 5 else "ttl")
            trace.wait(20000)
    trace.reached(5)


@both
def labels(net):
    """Two hops in a network of MPLS, one of which says through which interface the probe came."""
    trace = Trace(net, "udp", style="classic")
    stack = ext.thing(1, 1, ext.label(100704, 0, 0, 1) + ext.label(16, 5, 1, 254))
    name = ext.thing(2, 0x0A, struct.pack("!I", 7) + ext.sub_name(b"ge-0/0/1"))
    said = {2: ext.extension(stack), 3: ext.extension(stack, name)}
    for ttl in range(1, 5):
        for number in range(3):
            trace.ask(ttl, net.b if ttl == 4 else net.router(ttl), 2000 * ttl + number,
                      "port" if ttl == 4 else "ttl", extension=said.get(ttl, b""))
            trace.wait(20000)
    told = [{"label": 100704, "tc": 0, "s": 0, "ttl": 1}, {"label": 16, "tc": 5, "s": 1, "ttl": 254}]
    trace.mark(2, net.router(2), labels=told)
    trace.mark(3, net.router(3), labels=told,
               interface={"role": "incoming", "index": 7, "name": "ge-0/0/1"})
    trace.reached(4)


@both
def rounds(net):
    """mtr: ten rounds of one probe a hop; the second hop answers every other, the third not the fifth."""
    trace = Trace(net, "icmp")
    for number in range(10):
        for ttl in range(1, 6):
            if (ttl == 2 and number % 2) or (ttl == 3 and number == 4):
                trace.ask(ttl)
            else:
                trace.ask(ttl, net.b if ttl == 5 else net.router(ttl), 1000 * ttl + number,
                          "reply" if ttl == 5 else "ttl")
            trace.wait(100000)
        trace.wait(500000)
    trace.reached(5)
    trace.told["rounds"] = 10
    end(trace)


@both
def two_at_once(net):
    """To two hosts by UDP, to the first also by ICMP, all three interleaved."""
    other = "2001:db8:b::3" if net.six else "198.51.100.3"
    traces = [(Trace(net, "udp", style="classic"), 5), (Trace(net, "icmp"), 5),
              (Trace(net, "udp", other, style="classic",
                     ports=lambda number: (45000, 33434 + number)), 4)]
    for ttl in range(1, 6):
        for trace, hops in traces:
            if ttl > hops:
                continue
            trace.ask(ttl, trace.dst if ttl == hops else net.router(ttl), 1500 * ttl,
                      finals(trace.method) if ttl == hops else "ttl")
            trace.wait(300)
            trace.reached(hops)


@both
def loop(net):
    """From the third hop on two routers in turn."""
    trace = Trace(net, "udp", style="classic")
    for ttl in range(1, 16):
        trace.ask(ttl, net.router(ttl if ttl < 3 else 3 + ttl % 2), 1000 * ttl)
        trace.wait(30000)
    trace.refused()
    trace.told["loop"] = True


@both
def too_big_on_the_way(net):
    """tracepath: full packets, of which the third hop says that they do not fit; that probe is not
    lost."""
    trace = Trace(net, "udp", style="classic")
    trace.ask(1, net.router(1), 1000)
    trace.wait(20000)
    trace.ask(2, net.router(2), 2000)
    trace.wait(20000)
    packet = trace.packet(3)
    net.put(packet)
    net.put(net.error(packet, net.router(2), "too_big"), net.clock + 2000 * MICROSECOND)
    trace.number += 1
    trace.wait(20000)
    for ttl in 3, 4:
        trace.ask(ttl, net.b if ttl == 4 else net.router(3), 1000 * ttl,
                  "port" if ttl == 4 else "ttl")
        trace.wait(20000)
    trace.reached(4)


@both
def seen_twice(net):
    """Captured on both sides of the first router: each packet is there twice."""
    trace = Trace(net, "udp", style="classic")
    for ttl in range(2, 6):
        packet = trace.ask(ttl, net.b if ttl == 5 else net.router(ttl), 1000 * ttl,
                           "port" if ttl == 5 else "ttl")
        net.put(sent_on(packet), net.clock + 50 * MICROSECOND)
        trace.wait(20000)
    for times in trace.hops.values():  # from the later of the two
        for router in times:
            times[router] = [rtt - 50 for rtt in times[router]]
    trace.reached(5)


def sent_on(packet):
    """With a TTL lower by one, and its checksum."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([packet[7] - 1]) + packet[8:]
    head = packet[:8] + bytes([packet[8] - 1]) + packet[9:10] + b"\0\0" + packet[12:20]
    return packets.with_checksum(head, 10) + packet[20:]


@both
def gateway(net):
    """One hop: the host is the next one."""
    walk(Trace(net, "udp", style="classic"), 1)


@capture
def translated(net):
    """A translator behind the first hop that does not turn quotes back."""
    trace = Trace(net, "udp", style="classic")
    public = "203.0.113.200"

    def quoted(packet):
        body = packets.udp(public, net.b, 40000, struct.unpack("!H", packet[22:24])[0], packet[28:])
        return packets.ipv4(public, net.b, UDP, body, ttl=1, df=0,
                            ident=struct.unpack("!H", packet[4:6])[0])

    for ttl in range(1, 5):
        trace.ask(ttl, net.b if ttl == 4 else net.router(ttl), 1000 * ttl,
                  "port" if ttl == 4 else "ttl", **({"quoted": quoted} if ttl > 1 else {}))
        if ttl > 1:
            trace.mark(ttl, net.b if ttl == 4 else net.router(ttl), nat=True)
        trace.wait(20000)
    trace.reached(4)
    trace.told["nat"] = True


@both
def and_ordinary(net):
    """Then an ordinary datagram to the same host, which a router on the way refuses, is no probe."""
    trace = Trace(net, "udp", style="classic")
    walk(trace, 4)
    trace.told.update(frames=[1, 2 * 3 * 4], probes=3 * 4, answers=3 * 4)
    packet = net.ip(net.a, net.b, UDP, packets.udp(net.a, net.b, 42000, 161, b"snmp"), 64)
    net.put(packet)
    net.put(net.error(packet, net.router(3), "prohibited"), net.clock + 3000 * MICROSECOND)


@both
def no_traces(net):
    """Low TTLs that are no traceroute: a host that sends with 20 and one with 31, eBGP with 1, a ping
    with 3, answers with 1; what goes to a group."""
    a, b = net.a, net.b
    for number in range(5):
        for ttl, port in (20, 80), (31, 443), (1, 179):
            sport = 42000 + number
            net.put(net.ip(a, b, TCP, packets.tcp(a, b, sport, port, seq=1, flags=SYN), ttl))
            net.clock += 1000 * MICROSECOND
            net.put(net.ip(b, a, TCP, packets.tcp(b, a, port, sport, seq=1, ack=2,
                                                  flags=SYN | ACK), ttl))
            net.clock += 1000 * MICROSECOND
        group = "ff02::fb" if net.six else "224.0.0.251"
        net.put(net.ip(a, group, UDP, packets.udp(a, group, 5353, 5353, b"who"), number + 1))
        net.clock += SECOND
    other = "2001:db8:b::9" if net.six else "198.51.100.9"
    trace = Trace(net, "icmp", other)
    for _ in range(4):
        trace.ask(3, net.router(3), 1000)
        trace.wait(1000000)
    net.paths.clear()


def captures():
    for function, six in CAPTURES:
        net = Net(six)
        function(net)
        name = function.__name__.replace("_", "-") + ("6" if six else "") + ".pcap"
        yield name, net.pcap(), [(trace.told, list(trace.entries())) for trace in net.paths]
