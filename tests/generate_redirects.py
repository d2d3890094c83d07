"""Redirects, and what hosts do about them: known by construction.

captures() yields (file name, bytes, truth): a dictionary {path: value} for each `redirect` record, in
the order in which they were told first."""

import struct

import generate_packets as packets
from generate_packets import ICMP, ICMP6, UDP, address
from generate_timeline import Timeline

HOST, ROUTER, BETTER, EVIL = (bytes.fromhex("0200000000" + end) for end in ("0a", "01", "02", "66"))
VIRTUAL = bytes.fromhex("00005e000107")
ALL = b"\xff" * 6

HOST4, ROUTER4, BETTER4, EVIL4, FAR4 = ("10.1.0.10", "10.1.0.1", "10.1.0.2", "10.1.0.66",
                                        "203.0.113.9")
HOST6, ROUTER6, BETTER6, FAR6 = "2001:db8:1::a", "fe80::1", "fe80::2", "2001:db8:9::9"


def frame(packet, src, dst):
    return packets.ethernet(packet).replace(packets.MAC_B + packets.MAC_A, dst + src, 1)


class Lan(Timeline):
    """Of one host, its router and a better one."""

    def __init__(self, **how):
        super().__init__(link=lambda packet: packet, **how)
        self.ident = 100

    def ask(self, to=ROUTER, ttl=64, src=HOST, six=False):
        """The host's next datagram; always another one, of the same flow."""
        self.ident += 1
        ends = (HOST6, FAR6) if six else (HOST4, FAR4)
        how = {"hops": ttl} if six else {"ident": self.ident, "ttl": ttl}
        payload = packets.udp(*ends, 40000, 9, struct.pack("!I", self.ident))
        packet = packets.ip(*ends, UDP, payload, **how)
        self.add(frame(packet, src, to))
        return packet

    def tell(self, about, gateway=BETTER4, src=ROUTER, reporter=ROUTER4, code=1, quote=28):
        message = packets.icmp4(5, code, address(gateway), about[:quote])
        self.add(frame(packets.ip(reporter, HOST4, ICMP, message, df=0), src, HOST))
        return self.clock - 10**6

    def tell6(self, about, gateway=BETTER6, mac=BETTER, dest=FAR6, hops=255):
        options = bytes([2, 1]) + mac if mac else b""
        quote = about + bytes(-len(about) % 8)
        options += bytes([4, 1 + len(quote) // 8]) + bytes(6) + quote
        body = address(gateway) + address(dest) + options
        message = packets.icmp6(ROUTER6, HOST6, 137, 0, bytes(4), body)
        self.add(frame(packets.ip(ROUTER6, HOST6, ICMP6, message, hops=hops), ROUTER, HOST))

    def arp(self, ip, mac):
        """A reply to the host (RFC 826)."""
        body = struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + mac + address(ip) + HOST + address(HOST4)
        self.add(HOST + mac + b"\x08\x06" + body)


def truth(outcome, count=1, **more):
    wanted = {"src_ip": HOST4, "dest_ip": FAR4, "reporter": ROUTER4, "redirect.gateway": BETTER4,
              "redirect.code_name": "redirect for host", "redirect.outcome": outcome,
              "redirect.count": count, "redirect.legitimate": None, "redirect.reasons": None}
    wanted.update({("redirect." + key if key[0] != "_" else key[1:]): value
                   for key, value in more.items()})
    return wanted


def obeyed():
    """The second packet is still on its way by the router, which forwards both."""
    line = Lan()
    line.arp(BETTER4, BETTER)
    asked = line.ask()
    line.tell(asked)
    line.ask(BETTER, 63, ROUTER)
    line.ask()
    line.wait(500)
    line.ask(BETTER)
    line.wait(500)
    line.ask(BETTER)
    # Frames are a millisecond apart: the redirect is the 3rd, the first that obeys the 6th.
    return line.pcap(), [truth("obeyed", legitimate=True, packets_new=2, packets_old=0,
                               obeyed_cnt=6, obeyed_after_us=503000)]


def ignored():
    line = Lan()
    line.tell(line.ask())
    for _ in range(3):
        line.wait(600)
        line.ask()
    return line.pcap(), [truth("ignored", packets_old=3, packets_new=0)]


def too_soon_to_tell():
    """Within a second nobody can say that it is ignored."""
    line = Lan()
    line.tell(line.ask())
    for _ in range(3):
        line.wait(200)
        line.ask()
    return line.pcap(), [truth("unknown", packets_old=3, packets_new=0)]


def gateway_not_known():
    """Of no ARP: what goes elsewhere than before is taken for obeyed."""
    line = Lan()
    line.tell(line.ask(), code=0)
    line.wait(500)
    line.ask(BETTER)
    return line.pcap(), [truth("obeyed", code_name="redirect for network", packets_new=1)]


def network_of_mask(mask, gateway):
    """The router answers an address mask request (RFC 950)."""
    line = Lan()
    message = packets.icmp4(18, 0, struct.pack("!HH", 1, 1), address(mask))
    line.add(frame(packets.ip(ROUTER4, HOST4, ICMP, message), ROUTER, HOST))
    line.tell(line.ask(), gateway)
    return line.pcap()


def off_the_network():
    return network_of_mask("255.255.255.0", "10.1.1.2"), [
        truth("unknown", gateway="10.1.1.2", legitimate=False, reasons=["gateway_not_on_subnet"])]


def on_the_network():
    return network_of_mask("255.255.0.0", "10.1.1.2"), [
        truth("unknown", gateway="10.1.1.2", legitimate=True)]


def far_off():
    """No mask is known: a doubt, not more."""
    line = Lan()
    line.tell(line.ask(), "10.2.0.2")
    return line.pcap(), [truth("unknown", gateway="10.2.0.2", reasons=["gateway_elsewhere"])]


def far_off_but_there():
    """As ARP shows, two networks share the link."""
    line = Lan()
    line.arp("10.2.0.2", BETTER)
    line.tell(line.ask(), "10.2.0.2")
    return line.pcap(), [truth("unknown", gateway="10.2.0.2", legitimate=True)]


def to_itself():
    line = Lan()
    line.tell(line.ask(), HOST4)
    return line.pcap(), [truth("unknown", gateway=HOST4, legitimate=False,
                               reasons=["gateway_is_host"])]


def forged():
    """In the router's name, by another host; and obeyed."""
    line = Lan()
    line.arp(ROUTER4, ROUTER)
    line.arp(EVIL4, EVIL)
    line.tell(line.ask(), EVIL4, EVIL)
    line.wait(300)
    line.ask(EVIL)
    return line.pcap(), [truth("obeyed", gateway=EVIL4, legitimate=False, packets_new=1, reasons=[
        "reporter_not_gateway", "reporter_mac_differs"])]


def virtual_router():
    """VRRP: hosts send to the virtual MAC address, and the router answers from its own."""
    line = Lan()
    line.arp(ROUTER4, VIRTUAL)
    line.tell(line.ask(VIRTUAL))
    return line.pcap(), [truth("unknown")]


def forwarded_first():
    """The router forwards the packet before it redirects: the copy is none of the host's."""
    line = Lan()
    asked = line.ask()
    line.ident -= 1
    line.ask(BETTER, 63, ROUTER)
    line.tell(asked)
    return line.pcap(), [truth("unknown")]


def without_macs():
    """Raw IP. The router is asked again and again."""
    line = Lan()
    for _ in range(4):
        line.tell(line.ask())
        line.wait(500)
    stripped = [(when, data[14:], size - 14) for when, data, size in line.frames]
    return packets.pcap(stripped, packets.RAW), [truth("ignored", 4, packets_old=0)]


def two_hosts_of_one_name():
    """Redirects of another gateway, or another code, are others."""
    line = Lan()
    line.tell(line.ask())
    line.tell(line.ask(), "10.1.0.3")
    line.tell(line.ask(), code=3)
    return line.pcap(), [
        truth("unknown"), truth("unknown", gateway="10.1.0.3"),
        truth("unknown", code_name="redirect for type of service and host")]


def truth6(outcome, **more):
    return dict(truth(outcome, **more), src_ip=HOST6, dest_ip=FAR6, reporter=ROUTER6,
                **{"redirect.gateway": more.get("gateway", BETTER6), "redirect.code_name": None})


def obeyed6():
    """What a third host has to do with it is not known, and counts for neither."""
    line = Lan()
    line.tell6(line.ask(six=True))
    line.wait(300)
    line.ask(EVIL, six=True)
    line.ask(BETTER, six=True)
    return line.pcap(), [truth6("obeyed", legitimate=True, packets_new=1, packets_old=0)]


def on_link6():
    """The destination is a neighbor."""
    line = Lan()
    line.tell6(line.ask(six=True), FAR6, BETTER)
    line.wait(300)
    line.ask(BETTER, six=True)
    return line.pcap(), [truth6("obeyed", gateway=FAR6, legitimate=True)]


def from_afar6():
    line = Lan()
    line.tell6(line.ask(six=True), "2001:db8:1::2", hops=254)
    return line.pcap(), [truth6("unknown", gateway="2001:db8:1::2", legitimate=False, reasons=[
        "gateway_not_link_local", "hop_limit_not_255"])]


def captures():
    for make in (obeyed, ignored, too_soon_to_tell, gateway_not_known, off_the_network,
                 on_the_network, far_off, far_off_but_there, to_itself, forged, virtual_router,
                 forwarded_first, without_macs, two_hosts_of_one_name, obeyed6, on_link6,
                 from_afar6):
        data, truths = make()
        yield "redirect-" + make.__name__.replace("_", "-") + ".pcap", data, truths
