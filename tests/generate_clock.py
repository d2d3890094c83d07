"""Timestamp requests, and other questions, with the answers that hosts of known clocks and networks
give them.

clocks() and queries() yield (file name, bytes, records, entries): {path: value} of each record, and of
each entry of the document's list."""

import struct

from generate_packets import ETHERNET, address, ethernet, icmp, pcap

A, B, C = "192.0.2.1", "198.51.100.2", "198.51.100.3"
A6, B6 = "2001:db8::1", "2001:db8:1::2"
DAY = 24 * 3600 * 10**9
NOON = 1795176000 * 10**9  # 2026-11-20 12:00:00 UTC
MS = 10**6


class Line:
    """Frames in the order of their times."""

    def __init__(self):
        self.frames = []
        self.ident = 0

    def add(self, ns, packet):
        frame = ethernet(packet)
        self.frames.append((ns, frame, len(frame)))
        return len(self.frames)

    def message(self, ns, src, dst, *what, **field):
        if ":" not in src:
            self.ident += 1
            field.setdefault("ident", self.ident)
        return self.add(ns, icmp(src, dst, *what, **field))

    def pcap(self):
        return pcap(self.frames, ETHERNET)


def of_day(ns):
    return ns % DAY // MS


def swap(value):
    return struct.unpack("<I", struct.pack(">I", value))[0]


class Host:
    """A clock that is `ahead` by so many ns, and gains `ppm`."""

    def __init__(self, ahead=0, ppm=0):
        self.ahead, self.ppm = ahead, ppm

    def time(self, ns):
        return of_day(ns + self.ahead + (ns - NOON) * self.ppm // 10**6)


def exchange(line, begin, asker, answerer, there=5 * MS, back=5 * MS, seq=1, **option):
    """A request at `begin`, captured where it is asked; the answer takes 1 ms. Options: originate,
    mark (of receive and transmit), swapped, dst, by."""
    originate = option.get("originate", asker.time(begin))
    received, returned = answerer.time(begin + there), answerer.time(begin + there + MS)
    if option.get("swapped"):
        received, returned = swap(received), swap(returned)
    received, returned = received | option.get("mark", 0), returned | option.get("mark", 0)
    ident = struct.pack("!HH", 7, seq)
    request = line.message(begin, A, option.get("dst", B), 13, 0, ident,
                           struct.pack("!III", originate, 0, 0))
    end = begin + there + MS + back
    reply = line.message(end, option.get("by", B), A, 14, 0, ident,
                         struct.pack("!III", originate, received, returned))
    return request, reply, (end - begin) // 1000


def clock(frames, rtt, **wanted):
    record = {"pcap_cnt": frames[1], "clock.request_pcap_cnt": frames[0], "clock.rtt_us": rtt,
              "src_ip": A, "dest_ip": B, "clock.byte_swapped": False, "clock.standard": True,
              "clock.reference": "requester"}
    record.update({"clock." + key: value for key, value in wanted.items()})
    return record


def entry(**wanted):
    return {key.replace("__", "."): value for key, value in dict(
        {"src_ip": A, "dest_ip": B}, **wanted).items()}


def single(name, begin, answerer, wanted, list_entry, asker=None, **option):
    """A capture of one exchange."""
    line = Line()
    request, reply, rtt = exchange(line, begin, asker or Host(), answerer, **option)
    finding = wanted.pop("finding", None)
    return name, line.pcap(), [clock((request, reply), rtt, **wanted)], [list_entry], finding


def ahead(ms):
    return Host(ms * MS)


def clocks():
    """(…, value of the finding or None)"""
    one = entry(count=1, answered=1, unanswered=0)
    yield single("clock-same.pcap", NOON, Host(), {"offset_ms": 0}, one)
    yield single("clock-ahead.pcap", NOON, ahead(1500), {"offset_ms": 1500, "finding": 1500}, one)
    yield single("clock-behind.pcap", NOON, ahead(-1500), {"offset_ms": -1500, "finding": 1500}, one)
    yield single("clock-second.pcap", NOON, ahead(1000), {"offset_ms": 1000}, one)
    # Before midnight here, after it there.
    yield single("clock-midnight.pcap", NOON + DAY // 2 - 500 * MS, ahead(1500),
                 {"offset_ms": 1500, "finding": 1500}, one)
    yield single("clock-eve.pcap", NOON + DAY // 2 + 100 * MS, ahead(-2000),
                 {"offset_ms": -2000, "finding": 2000}, one)
    # The capture's clock is wrong, and both hosts' alike: nothing is wrong between them.
    yield single("clock-capture-wrong.pcap", NOON, ahead(90000), {"offset_ms": 0}, one,
                 asker=ahead(90000))
    # A way that is 200 ms longer one way looks like 100 ms between the clocks.
    yield single("clock-lopsided.pcap", NOON, Host(), {"offset_ms": 100}, one, there=205 * MS)
    yield single("clock-slow-way.pcap", NOON, ahead(1500), {"offset_ms": 1500}, one,
                 there=1000 * MS, back=1000 * MS)
    yield single("clock-marked.pcap", NOON, ahead(5000),
                 {"offset_ms": None, "standard": False, "reference": None}, one, mark=1 << 31)
    yield single("clock-swapped.pcap", NOON, ahead(20), {"offset_ms": 20, "standard": False,
                                                         "byte_swapped": True},
                 entry(byte_swapped=1, nonstandard=0), swapped=True)
    # An hour away, the other order is no more likely than this one.
    yield single("clock-swapped-far.pcap", NOON, ahead(3600000),
                 {"offset_ms": None, "standard": False, "reference": None},
                 entry(byte_swapped=0, nonstandard=1), swapped=True)
    yield single("clock-zero.pcap", NOON, ahead(40000), {"offset_ms": 40000, "reference": "capture"},
                 entry(reference="capture"), originate=0)
    yield single("clock-group.pcap", NOON, Host(), {"offset_ms": 0}, entry(answered=1),
                 dst="224.0.0.1")
    yield drifting()
    yield lost()
    yield mirrored()
    yield strangers()


def drifting():
    """A request a minute for ten minutes; the other clock gains 100 ppm: 6 ms a minute."""
    line, host, records = Line(), Host(10 * MS, 100), []
    for i in range(11):
        begin = NOON + i * 60 * 10**9
        request, reply, rtt = exchange(line, begin, Host(), host, seq=i)
        records.append(clock((request, reply), rtt, offset_ms=10 + 6 * i, seq=i))
    return "clock-drift.pcap", line.pcap(), records, [entry(
        count=11, answered=11, offset_ms__min=10, offset_ms__max=70, offset_ms__mean=40.0,
        drift_ppm=(99.0, 101.0))], None


def lost():
    """Of four requests one is answered, two wait for ten seconds, and one until the end."""
    line = Line()
    request, reply, rtt = exchange(line, NOON, Host(), Host(), seq=1)
    for seq, after in (2, 1), (3, 2), (4, 12):
        line.message(NOON + after * 10**9, A, B, 13, 0, struct.pack("!HH", 7, seq),
                     struct.pack("!III", of_day(NOON + after * 10**9), 0, 0))
    line.message(NOON + 13 * 10**9, A, C, 8, 0)
    return "clock-lost.pcap", line.pcap(), [clock((request, reply), rtt, offset_ms=0)], [entry(
        count=4, answered=1, unanswered=2, unanswered_at_end=1)], None


def mirrored():
    """Each frame twice, 40 us apart, as from a mirror port."""
    line = Line()
    _, _, rtt = exchange(line, NOON, Host(), Host())
    line.frames = [(ns + extra, frame, size) for ns, frame, size in line.frames
                   for extra in (0, 40000)]
    return "clock-mirrored.pcap", line.pcap(), [clock((1, 3), rtt, offset_ms=0)], [entry(
        count=1, answered=1)], None


def strangers():
    """Replies of another host, identifier or sequence number, and one that nobody asked for."""
    line = Line()
    times = struct.pack("!III", of_day(NOON), of_day(NOON), of_day(NOON))
    line.message(NOON, A, B, 13, 0, struct.pack("!HH", 7, 1), times)
    for src, ident, seq in (C, 7, 1), (B, 8, 1), (B, 7, 2):
        line.message(NOON + MS, src, A, 14, 0, struct.pack("!HH", ident, seq), times)
    return "clock-strangers.pcap", line.pcap(), [], [entry(count=1, answered=0,
                                                           unanswered_at_end=1)], None


# ---- other questions -----------------------------------------------------------------------------


def ident(seq=1):
    return struct.pack("!HH", 9, seq)


def ask(case, src, dst, request, reply, **wanted):
    """One question and its answer 2 ms later. `request` and `reply`: type, code, rest, payload."""
    line = Line()
    line.message(NOON, src, dst, *request)
    by, to = wanted.pop("by", dst), wanted.pop("to", src)
    line.message(NOON + 2 * MS, by, to, *reply)
    inner = {"status": "answered", "rtt_us": 2000, "request_pcap_cnt": 1}
    inner.update(wanted)
    record = {"src_ip": src, "dest_ip": by, "pcap_cnt": 2}
    record.update({"query." + key: value for key, value in inner.items()})
    answer = {key: value for key, value in wanted.items() if key not in ("id", "seq")}
    return case, line.pcap(), [record], [dict(
        answer, src_ip=src, dest_ip=by, answered=1, rtt_us={"min": 2000, "max": 2000})]


def router_advertisement(*routers, lifetime=1800):
    head = struct.pack("!BBH", len(routers), 2, lifetime)
    return 9, 0, head, b"".join(address(ip) + struct.pack("!i", level) for ip, level in routers)


def wire_name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def queries():
    nonce = b"NONCE678"
    mask = address("255.255.240.0")
    yield ask("query-mask.pcap", A, B, (17, 0, ident(), b"\0\0\0\0"), (18, 0, ident(), mask),
              kind="address_mask", mask="255.255.240.0", id=9, seq=1)
    yield ask("query-information.pcap", A, B, (15, 0, ident()), (16, 0, ident()),
              kind="information", mask=None)
    advertisement = router_advertisement(("192.0.2.254", -5), ("192.0.2.253", 3))
    for name, dst, to in ("unicast", "224.0.0.2", A), ("group", "224.0.0.2", "224.0.0.1"), \
            ("broadcast", "255.255.255.255", "255.255.255.255"):
        yield ask("query-router-%s.pcap" % name, A, dst, (10, 0), advertisement, by="192.0.2.254",
                  to=to, kind="router_solicitation", router_count=2, router="192.0.2.253",
                  lifetime_s=1800, id=None)
    name = wire_name(b"host", b"example", b"net")
    yield ask("query-name.pcap", A, B, (37, 0, ident()), (38, 0, ident(), b"\0\0\x0e\x10" + name),
              kind="domain_name", name="host.example.net", name_count=1)
    # RFC 8335: sequence number of one byte, then flags; a reply has state, then active, IPv4, IPv6.
    local, up = struct.pack("!HBB", 9, 1, 1), struct.pack("!HBB", 9, 1, 6)
    yield ask("query-probe.pcap", A, B, (42, 0, local), (43, 0, up), kind="extended_echo",
              local=True, active=True, ipv4=True, ipv6=False, state=None, code=0)
    neighbor, stale = struct.pack("!HBB", 9, 1, 0), struct.pack("!HBB", 9, 1, 3 << 5 | 5)
    yield ask("query-probe-neighbor.pcap", A6, B6, (160, 0, neighbor), (161, 0, stale),
              kind="extended_echo", local=False, active=True, ipv4=False, ipv6=True, state="stale")
    yield ask("query-probe-fails.pcap", A, B, (42, 0, local), (43, 2, struct.pack("!HBB", 9, 1, 0)),
              kind="extended_echo", code=2, active=None)
    head = struct.pack("!HH", 2, 0)
    yield ask("query-node.pcap", A6, B6, (139, 0, head, nonce + address(B6)),
              (140, 0, head, nonce + b"\0\0\0\x3c" + wire_name(b"node", b"example")),
              kind="node_information", qtype=2, name="node.example", code=0)
    head = struct.pack("!HH", 3, 0)
    yield ask("query-node-addresses.pcap", A6, "ff02::1", (139, 0, head, nonce + address(B6)),
              (140, 0, head, nonce + b"\0\0\0\x3c" + address(B6)), by=B6,
              kind="node_information", qtype=3, addresses=[B6], address_count=1)
    yield not_answered()


def not_answered():
    """Asked twice with ten seconds between, answered by another nonce and by another host."""
    line = Line()
    for i, after in enumerate((0, 10)):
        line.message(NOON + after * 10**9, A, B, 17, 0, ident(), b"\0\0\0\0")
        line.message(NOON + after * 10**9 + MS, C, A, 18, 0, ident(), b"\xff\0\0\0")
        line.message(NOON + after * 10**9 + 2 * MS, B, A, 18, 0, ident(5 + i), b"\xff\0\0\0")
    records = [{"pcap_cnt": 1, "query.status": "unanswered", "query.rtt_us": None, "dest_ip": B},
               {"pcap_cnt": 4, "query.status": "unanswered_at_end", "query.mask": None}]
    return "query-none.pcap", line.pcap(), records, [
        {"kind": "address_mask", "count": 2, "answered": 0, "unanswered": 1, "unanswered_at_end": 1,
         "mask": None}]
