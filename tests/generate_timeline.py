"""A capture in the making: frames a millisecond apart, and what must be said about each."""

import generate_packets as packets

START = 1763629200 * 10**9  # 2025-11-20 09:00:00 UTC
MILLISECOND = 10**6

# Documentation addresses (RFC 5737, RFC 3849): hosts A and B, routers between them.
A4, B4, R4, S4 = "192.0.2.1", "198.51.100.2", "203.0.113.254", "203.0.113.253"
A6, B6, R6, S6 = "2001:db8:a::1", "2001:db8:b::2", "2001:db8:c::fe", "2001:db8:c::fd"


class Timeline:
    def __init__(self, link=packets.ethernet, start=START):
        self.link = link
        self.clock = start
        self.frames = []  # as packets.pcap() takes them
        self.truth = {}

    def add(self, packet, expect=None, cut=None):
        """One frame; `expect` where it must give an `icmp` record. `cut` is a snaplen. Returns its
        number."""
        data = self.link(packet)
        self.frames.append((self.clock, data[:cut], len(data)))
        self.clock += MILLISECOND
        number = len(self.frames)
        if expect is not None:
            self.truth[str(number)] = expect
        return number

    def wait(self, milliseconds):
        self.clock += milliseconds * MILLISECOND

    def tied(self, frame, **more):
        """That the next frame must be tied to `frame`, and how long after it that is."""
        expect = {"match.verdict": "exact", "match.pcap_cnt": frame, "match.candidates": None,
                  "match.rtt_us": (self.clock - self.frames[frame - 1][0]) // 1000}
        expect.update(more)
        return expect

    def pcap(self, link_type=packets.ETHERNET, **how):
        return packets.pcap(self.frames, link_type, **how)


def unreachable(quoted, reporter, code=3, dest=None, word=b"\0\0\0\0", kind=3, quote=28):
    """An IPv4 error about the packet `quoted`, of which it carries `quote` bytes."""
    dest = dest or ".".join(str(byte) for byte in quoted[12:16])
    return packets.icmp(reporter, dest, kind, code, word, quoted[:quote], df=0)


def unreachable6(quoted, reporter, code=4, dest=None, word=b"\0\0\0\0", kind=1, quote=1232):
    """An IPv6 error about the packet `quoted`, at most so much of it that 1280 bytes hold it all
    (RFC 4443 2.4(c))."""
    dest = dest or str(packets.ipaddress.ip_address(quoted[8:24]))
    return packets.icmp(reporter, dest, kind, code, word, quoted[:quote])
