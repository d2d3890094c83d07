"""Routers that announce themselves, neighbors, and what is wrong with some: known by construction.

captures() yields (file name, bytes, routers, findings): a dictionary {path: value} for each `router`
record in the order of their coming, and {name: severity} of all findings about discovery."""

import struct

import generate_packets as packets
from generate_packets import ICMP, ICMP6, address
from generate_timeline import Timeline

R1, R2, EVIL, HOST = (bytes.fromhex("0200000000" + end) for end in ("01", "02", "66", "0a"))
VIRTUAL = bytes.fromhex("00005e000201")
NODES, ROUTER1, ROUTER2 = "ff02::1", "fe80::1", "fe80::2"
NET, OTHER = "2001:db8:1::", "2001:db8:2::"
TARGET = "2001:db8:1::9"
NOTHING = {}


def group_mac(ip):
    """RFC 2464 7."""
    return b"\x33\x33" + address(ip)[12:]


def option(kind, content):
    content += bytes(-(len(content) + 2) % 8)
    return bytes([kind, (len(content) + 2) // 8]) + content


def prefix(net=NET, valid=86400, preferred=14400, flags=0xC0):
    return option(3, struct.pack("!BBIII", 64, flags, valid, preferred, 0) + address(net))


def mtu(size):
    return option(5, struct.pack("!HI", 0, size))


class Link(Timeline):
    def __init__(self, **how):
        super().__init__(link=lambda packet: packet, **how)

    def send(self, src, dst, kind, rest, body, mac, hops=255, to=None, code=0):
        packet = packets.ip(src, dst, ICMP6, packets.icmp6(src, dst, kind, code, rest, body),
                            hops=hops)
        to = to or (group_mac(dst) if dst.startswith("ff") else HOST)
        self.add(to + mac + packets.ethernet(packet)[12:])

    def announce(self, router=ROUTER1, mac=R1, options=None, lifetime=1800, hops=255, flags=0,
                 limit=64, timers=(0, 0), wait=1000):
        body = struct.pack("!II", *timers) + (prefix() if options is None else options)
        self.send(router, NODES, 134, struct.pack("!BBH", limit, flags, lifetime), body, mac, hops)
        self.wait(wait)

    def both(self, second, rounds=2, **first):
        """Two routers take turns."""
        for _ in range(rounds):
            self.announce(**first)
            self.announce(ROUTER2, R2, **second)

    def probe(self, mac, to=None, body=b""):
        self.send("::", "ff02::1:ff00:9", 135, bytes(4), address(TARGET) + body, mac, to=to)

    def claim(self, mac, flags=0x20, told=None, wait=1000):
        body = address(TARGET) + option(2, told or mac)
        self.send(TARGET, NODES, 136, struct.pack("!I", flags << 24), body, mac)
        self.wait(wait)


def truth(**members):
    return {"src_ip" if key == "src_ip" else "router." + key: value
            for key, value in members.items()}


# ---- what a router says --------------------------------------------------------------------------


def all_members():
    """RFC 4861 4.2 and 4.6, RFC 4191, RFC 8106."""
    line = Link()
    options = option(1, R1) + mtu(1480) + prefix() + prefix(OTHER, 0xFFFFFFFF, 0, 0x80)
    options += option(24, struct.pack("!BBI", 48, 0x18, 600) + address("2001:db8:f::")[:8])
    options += option(25, struct.pack("!HI", 0, 900) + address("2001:db8::53")
                      + address("2001:db8::54"))
    line.announce(options=options, lifetime=9000, flags=0xC8, limit=63, timers=(30000, 1000))
    return line.pcap(), [truth(
        src_ip=ROUTER1, mac="02:00:00:00:00:01", count=1, lifetime_s=9000, preference="high",
        hop_limit=63, managed=True, other_config=True, reachable_ms=30000, retransmit_ms=1000,
        mtu=1480, prefix_count=2, dns_servers=["2001:db8::53", "2001:db8::54"],
        prefixes=[{"prefix": NET + "/64", "on_link": True, "autonomous": True,
                   "valid_lifetime_s": 86400, "preferred_lifetime_s": 14400},
                  {"prefix": OTHER + "/64", "on_link": True, "autonomous": False,
                   "valid_lifetime_s": 4294967295, "preferred_lifetime_s": 0}],
        routes=[{"prefix": "2001:db8:f::/48", "preference": "low", "lifetime_s": 600}],
        changes=None, change_count=None, addresses=None)], NOTHING


def counts_down():
    """A second less each second is no change."""
    line = Link()
    for left in 3600, 3599, 3598:
        line.announce(options=prefix(NET, left, left - 600))
    return line.pcap(), [truth(count=3, changes=None)], NOTHING


def changes():
    line = Link()
    line.announce(options=prefix() + mtu(1500))
    line.announce(options=prefix() + mtu(1492))
    line.announce(options=prefix() + mtu(1492))
    line.announce(options=prefix(NET, 600, 0) + prefix(OTHER) + mtu(1492), lifetime=0)
    return line.pcap(), [truth(
        count=4, lifetime_s=0, mtu=1492, change_count=2,
        changes=["lifetime", "mtu", "prefixes", "prefix_lifetimes"])], NOTHING


def not_heeded():
    """Hosts ignore the second, and so it is no change; from a global address neither."""
    line = Link()
    line.announce()
    line.announce(options=prefix(OTHER), hops=64)
    line.announce("2001:db8:1::1", EVIL)
    return line.pcap(), [truth(count=1, prefix_count=1, changes=None),
                         truth(src_ip="2001:db8:1::1")], {"nd_invalid": "high"}


def ipv4():
    """RFC 1256 3.1."""
    line = Link()
    entries = address("192.0.2.1") + struct.pack("!i", 0) + address("192.0.2.2") \
        + struct.pack("!i", -2**31)
    message = packets.icmp4(9, 0, struct.pack("!BBH", 2, 2, 1800), entries)
    packet = packets.ip("192.0.2.1", "224.0.0.1", ICMP, message, ttl=1)
    line.add(b"\1\0\x5e\0\0\1" + R1 + packets.ethernet(packet)[12:])
    return line.pcap(), [truth(
        src_ip="192.0.2.1", mac="02:00:00:00:00:01", lifetime_s=1800, prefix_count=None,
        hop_limit=None, addresses=[{"ip": "192.0.2.1", "preference": 0},
                                   {"ip": "192.0.2.2", "preference": -2**31}])], NOTHING


# ---- two routers ---------------------------------------------------------------------------------


def two_routers(name, severity, second, **first):
    def make():
        line = Link()
        line.both(second, **first)
        return line.pcap(), None, {"rogue_router": severity} if severity else NOTHING
    make.__name__ = name
    return make


def said_once():
    """The older router goes on, but no longer says otherwise."""
    line = Link()
    line.announce(options=prefix() + mtu(1500))
    line.announce(ROUTER2, R2, prefix() + mtu(1400))
    line.announce(options=prefix() + mtu(1400))
    line.announce(ROUTER2, R2, prefix() + mtu(1400))
    return line.pcap(), None, NOTHING


def replaced():
    """The older router is not heard again."""
    line = Link()
    line.announce()
    for _ in range(3):
        line.announce(ROUTER2, R2, prefix(OTHER) + mtu(1400))
    return line.pcap(), None, NOTHING


def two_interfaces():
    """Two links in one pcapng."""
    line = Link()
    line.both({"options": prefix(OTHER) + mtu(1280)})
    ng = packets.Pcapng()
    for _ in range(2):
        ng.interface(packets.ETHERNET)
    for number, (when, data, _) in enumerate(line.frames):
        ng.enhanced(number % 2, when // 1000, data)
    return ng.bytes(), None, NOTHING


def any_interface():
    """LINUX_SLL does not say which interface it was."""
    line = Link()
    line.both({"options": prefix(OTHER) + mtu(1280)})
    frames = [(when, struct.pack("!HHH", 2, 1, 6) + data[6:12] + b"\0\0" + data[12:], size + 2)
              for when, data, size in line.frames]
    return packets.pcap(frames, packets.SLL), None, NOTHING


def dismissed():
    """Somebody else says that the router is none."""
    line = Link()
    line.announce()
    line.announce(mac=EVIL, lifetime=0, options=b"")
    return line.pcap(), [truth(mac="02:00:00:00:00:01"), truth(mac="02:00:00:00:00:66")], \
        {"rogue_router": "medium"}


def leaves():
    line = Link()
    line.announce()
    line.announce(lifetime=0)
    return line.pcap(), [truth(count=2, lifetime_s=0)], NOTHING


def virtual_router_leaves():
    """VRRP: the address goes on, from the MAC address of the pair."""
    line = Link()
    line.announce(mac=VIRTUAL)
    line.announce(mac=R2, lifetime=0)
    return line.pcap(), None, NOTHING


# ---- neighbors -----------------------------------------------------------------------------------


def probes_of_two():
    """RFC 4862 5.4.3: both want it."""
    line = Link()
    line.probe(R1)
    line.probe(R2)
    return line.pcap(), None, {"address_conflict": "medium"}


def probed_by_switch():
    """To the host alone: it is asked whether it is still there."""
    line = Link()
    line.probe(R1, to=R2)
    line.claim(R2)
    return line.pcap(), None, NOTHING


def answered_late():
    """Whoever says so a minute later has not answered."""
    line = Link()
    line.probe(R1)
    line.wait(60000)
    line.claim(R2)
    return line.pcap(), None, NOTHING


def claimed(name, severity, claims):
    def make():
        line = Link()
        for claim in claims:
            line.claim(*claim)
        return line.pcap(), None, {"address_conflict": severity} if severity else NOTHING
    make.__name__ = name
    return make


def tells_mac_of_no_address():
    """RFC 4861 7.1.1."""
    line = Link()
    line.probe(R1, body=option(1, R1))
    return line.pcap(), None, {"nd_invalid": "medium"}


CAPTURES = (
    all_members, counts_down, changes, not_heeded, ipv4,
    two_routers("same", None, {}),
    two_routers("other_mtu", "medium", {"options": prefix() + mtu(1280)},
                options=prefix() + mtu(1500)),
    two_routers("no_mtu", None, {}, options=prefix() + mtu(1492)),
    two_routers("other_flags_of_prefix", "medium", {"options": prefix(flags=0x80)}),
    two_routers("other_lifetimes", "medium", {"options": prefix(valid=2592000)}),
    two_routers("nearly_the_lifetimes", None, {"options": prefix(valid=86000, preferred=14000)}),
    two_routers("deprecated_by_one", None, {"options": prefix(preferred=0)}),
    two_routers("other_prefix", "low", {"options": prefix(OTHER)}),
    two_routers("other_prefix_as_backup", "low", {"options": prefix(OTHER), "flags": 0x18}),
    two_routers("other_prefix_preferred", "medium", {"options": prefix(OTHER), "flags": 0x08}),
    two_routers("other_hop_limit", "low", {"limit": 32}),
    two_routers("managed_by_one", "low", {"flags": 0x80}),
    two_routers("stub_router", None, {"options": prefix(OTHER), "lifetime": 0}),
    said_once, replaced, two_interfaces, any_interface, dismissed, leaves, virtual_router_leaves,
    probes_of_two, probed_by_switch, answered_late,
    claimed("turns", "medium", [(R1,), (R2,), (R1,)]),
    claimed("moved", None, [(R1,), (R1,), (R2,), (R2,)]),
    claimed("moved_back_late", None, [(R1,), (R2, 0x20, None, 70000), (R1,)]),
    claimed("anycast", None, [(R1, 0), (R2, 0), (R1, 0)]),
    claimed("turns_of_vrrp", None, [(VIRTUAL,), (R2,), (VIRTUAL,), (R2, 0)]),
    tells_mac_of_no_address,
)


def captures():
    for make in CAPTURES:
        data, routers, findings = make()
        yield "routers-" + make.__name__.replace("_", "-") + ".pcap", data, routers, findings
