"""Scenes beyond ordinary traffic: NAT, fragments, forgeries, segments that are cut up, errors that
should not be."""

import struct

import judge
import wire
from errors import report
from scenes import Connection, complain, new_flow, tcp_data, tcp_handshake, udp_traffic
from wire import ACK, RST
from world import MS, SECOND, US, Packet


def mend(ip):
    if ip[0] >> 4 == 4:
        wire.mend(ip)


def forge(lane, ip, head):
    """A packet that nobody sent."""
    at = 40 if lane.flow.v6 else 20
    ident = 0 if lane.flow.v6 else int.from_bytes(ip[4:6], "big")
    return Packet(bytes(ip), at, head, ident, lane, lane.packets[-1].time)


# ---- forgeries -----------------------------------------------------------------------------------


def forged_segment(world, connection, seq):
    """What somebody who knows the addresses and ports makes up."""
    flow = connection.flow
    (a, b), (p, q) = flow.addr, flow.port
    l4 = wire.tcp(a, b, p, q, (seq, world.below(1 << 32), ACK, 4096), payload=b"")
    if flow.v6:
        ip = wire.ipv6(a, b, wire.TCP, l4, 60)
    else:
        ip = wire.ipv4(a, b, wire.TCP, l4, 1 + world.below(65535), wire.DF, 60)
    return forge(flow.lanes[0], ip, 20)


def forged_tcp_scene(world, time):
    """A guessed sequence number, far off or within what is in flight; some after a reset."""
    flow = new_flow(world, wire.TCP)
    connection = Connection(world, flow)
    _, time = tcp_handshake(world, connection, time)
    if time is None:
        return
    _, time = tcp_data(world, connection, time, 1 + world.below(4))
    closed = world.chance(0.3)
    time = max(one.time for lane in flow.lanes for one in lane.packets) + MS
    connection.acknowledge(1)
    connection.segment(1, time, RST | ACK if closed else ACK)
    time += MS
    for _ in range(1 + world.below(3)):
        far = world.chance(0.7)
        away = (1 << 28) + world.below((1 << 32) - (1 << 29)) if far else 1 + world.below(40)
        cause = forged_segment(world, connection, (connection.next[0] + away) & 0xFFFFFFFF)
        cause.time = time + world.below(500 * MS)
        reset = {"error_after_flow_closed"}
        error = report(world, cause, forged=True, delay=0, path=type(flow.path)(1),
                       must=reset if closed else set(), reporter=flow.addr[1])
        error.may.add("seq_out_of_window")
        # Reordered, data may have come behind the reset.
        if world.jitter or error.bytes < cause.at + 8 or not all(
                one.seen >= 20 for lane in flow.lanes for one in lane.packets):
            error.may |= error.must & reset
            error.must -= reset
        elif far:
            error.sequence = "out_of_window"


def forged_udp_scene(world, time):
    flow = new_flow(world, wire.UDP)
    sent = udp_traffic(world, flow, time, 1 + world.below(4))
    (a, b), (p, q) = flow.addr, flow.port
    l4 = wire.udp(a, b, p, q, world.payload(5 + world.below(60)), world.chance(0.5) or flow.v6)
    if flow.v6:
        ip = wire.ipv6(a, b, wire.UDP, l4, 60)
    else:
        ip = wire.ipv4(a, b, wire.UDP, l4, 1 + world.below(65535), wire.DF, 60)
    cause = forge(sent[-1].lane, ip, 8)
    report(world, cause, forged=True, delay=world.below(SECOND), path=type(flow.path)(1))


# ---- fragments -----------------------------------------------------------------------------------


def fragments_of(flow, l4, ident, size):
    """[(offset, bytes)] of an IP packet that carries `l4`."""
    a, b = flow.addr
    parts = []
    for at in range(0, len(l4), size):
        part, more = l4[at:at + size], at + size < len(l4)
        if flow.v6:
            head = struct.pack("!BBHI", flow.proto, 0, at | more, ident)
            parts.append((at, wire.ipv6(a, b, 44, head + part, flow.ttl[0], flow.tos, flow.label)))
        else:
            flags = (wire.MF if more else 0) | at // 8
            parts.append((at, wire.ipv4(a, b, flow.proto, part, ident, flags, flow.ttl[0], flow.tos)))
    return parts


def fragment_scene(world, time):
    """A datagram in fragments, errors about the first and about later ones."""
    flow = new_flow(world, wire.UDP, ids="counter")
    flow.mirrored = 0
    (a, b), (p, q) = flow.addr, flow.port
    for number in range(1 + world.below(2)):
        size = 8 * (20 + world.below(150))
        l4 = wire.udp(a, b, p, q, world.payload(size + world.below(3 * size)))
        ident = 1 + world.below(1 << 32) if flow.v6 else flow.next_id[0]()
        packets = []
        for at, ip in fragments_of(flow, l4, ident, size):
            packet = Packet(ip, 48 if flow.v6 else 20, 8 if at == 0 else 0, ident, flow.lanes[0], 0)
            packet.note, packet.offset = number, at
            packets.append(packet)
        if world.chance(0.3):
            packets.reverse()
        for packet in packets:
            packet.time = time
            flow.lanes[0].packets.append(packet)
            if world.chance(0.92):
                world.see(packet, time)
            if packet.offset:
                packet.seen = -1  # it names no flow
            time += 10 * US + world.below(100 * US)
        for packet in packets:
            if not world.chance(0.4):
                continue
            delay = MS + world.below(900 * MS)
            if packet.offset == 0:
                report(world, packet, delay=delay)
                continue
            told = set() if flow.v6 else {"about_later_fragment"}
            error = report(world, packet, delay=delay, judge=judge.about_fragment, must=told)
            if error.bytes < packet.at:
                error.must, error.may = error.must - told, error.may | told
        time += SECOND


# ---- NAT -----------------------------------------------------------------------------------------


def translate(flow, addr, port):
    """Puts another source into a packet, as a NAT does, checksums and all."""
    v6 = flow.v6
    at, where = (40, slice(8, 24)) if v6 else (20, slice(12, 16))
    sums = {wire.TCP: 16, wire.UDP: 6}[flow.proto] + at

    def change(ip):
        before = int.from_bytes(ip[where], "big") + int.from_bytes(ip[at:at + 2], "big")
        ip[where] = addr
        ip[at:at + 2] = wire.U16(port)
        after = int.from_bytes(addr, "big") + port
        value = int.from_bytes(ip[sums:sums + 2], "big")
        if value or flow.proto == wire.TCP:  # RFC 1624
            value = 65535 - ((65535 - value) - before + after) % 65535
            ip[sums:sums + 2] = wire.U16(value)
        mend(ip)
    return change


def nat_scene(world, time):
    """A NAT behind the capture, which does not translate the quotes that come back through it; or,
    as it should, translates them, too."""
    v6 = world.chance(0.1)
    proto = world.pick((wire.UDP, wire.TCP))
    flow = new_flow(world, proto, v6=v6)
    flow.mirrored = 0
    if proto == wire.UDP:
        sent = udp_traffic(world, flow, time, 1 + world.below(4), 0.3)
    else:
        connection = Connection(world, flow)
        sent, time = tcp_handshake(world, connection, time)
        sent = [packet for packet in sent if packet.lane.side == 0]
    public = (b"\x20\x01\x0d\xb8\x00\xaa" + bytes(10) if v6 else b"\xc0\x00\x02\x01")
    change = translate(flow, public, 1024 + world.below(60000))
    for packet in sent:
        if not world.chance(0.5):
            continue
        if world.chance(0.3):
            report(world, packet)
            continue
        error = report(world, packet, quoted=change, dest=flow.addr[0],
                       judge=judge.about_translated)
        error.may |= {"quoted_ttl_above_sent", "error_after_flow_closed"}
        error.changed |= {"src_ip", "src_port"}


# ---- segments that are cut up --------------------------------------------------------------------


def offload_scene(world, time):
    """The sending host captures one large segment where several go out."""
    flow = new_flow(world, wire.TCP, ids=world.pick(("counter", "zero")))
    flow.mirrored, flow.df, flow.network = 0, wire.DF, world.networks[0]
    connection = Connection(world, flow)
    connection.mss = 1400
    _, time = tcp_handshake(world, connection, time)
    if time is None:
        return
    parts = 2 + world.below(4)
    size = parts * 1400 - world.below(700)
    seq = connection.next[0]
    large = connection.segment(0, time, ACK, world.payload(size))
    head = large.head
    for number in range(parts):
        if not world.chance(0.5):
            continue
        data = large.ip[large.at + head + number * 1400:large.at + head + (number + 1) * 1400]
        l4 = bytearray(large.ip[large.at:large.at + head] + data)
        l4[4:8] = ((seq + number * 1400) & 0xFFFFFFFF).to_bytes(4, "big")
        src, dst = flow.addr
        l4[16:18] = b"\0\0"
        l4[16:18] = wire.U16(wire.checksum(bytes(l4), wire.pseudo(src, dst, wire.TCP, len(l4))))

        def part(ip, l4=bytes(l4), ident=(large.ident + number) & 0xFFFF if large.ident else 0,
                 at=large.at):
            ip[at:] = l4
            ip[4 if flow.v6 else 2:6 if flow.v6 else 4] = wire.U16(
                len(l4) + (0 if flow.v6 else 20))
            if not flow.v6:
                ip[4:6] = wire.U16(ident)
            mend(ip)
        error = report(world, large, quoted=part, judge=judge.about_part)
        error.must.discard("mtu_not_below_length")  # of the part, but not of what was captured
        error.may.add("mtu_not_below_length")


# ---- errors that should not be -------------------------------------------------------------------


def odd_scene(world, time):
    """Each of another kind of error that no host should send, or that contradicts its packet."""
    flow = new_flow(world, wire.UDP)
    kind = world.pick(("dest", "checksum", "ttl", "length", "error", "multicast"))
    if kind == "multicast":
        group = b"\xff\x02" + bytes(13) + b"\xfb" if flow.v6 else b"\xe0\0\0\xfb"
        flow.addr = flow.addr[0], group
    sent = udp_traffic(world, flow, time, 1 + world.below(3), 0)
    for packet in sent:
        ODD[kind](world, flow, packet)


def odd_dest(world, flow, packet):
    report(world, packet, dest=world.host(flow.v6))


def odd_checksum(world, _flow, packet):
    report(world, packet, bad_checksum=True)


def odd_ttl(world, flow, packet):
    def raise_ttl(ip):
        ip[7 if flow.v6 else 8] = 255
        mend(ip)
    kind = (1, 0) if flow.v6 else (3, 1)
    error = report(world, packet, quoted=raise_ttl, kind=kind)
    error.may.add("quoted_ttl_above_sent")  # told where the packet is


def odd_length(world, flow, packet):
    """As old systems quote: the length in the order of their bytes, all of the packet."""
    at = 4 if flow.v6 else 2

    def swap(ip):
        ip[at], ip[at + 1] = ip[at + 1], ip[at]
    kind = (1, 0) if flow.v6 else (3, 1)
    error = report(world, packet, quoted=swap, policy="all", kind=kind)
    told = {"quoted_ip_length_byte_swapped"}
    swapped = packet.ip[at] != packet.ip[at + 1]
    if swapped and not flow.v6 and error.bytes == len(packet.ip) and not flow.path.stale:
        error.must |= told
    elif swapped:
        error.may |= told


def odd_error(world, flow, packet):
    """About another error, of which the quote is one more."""
    v6 = flow.v6
    router = world.router(v6)
    message = wire.icmp(router, flow.addr[0], *((1, 4) if v6 else (3, 3)), 0, packet.ip[:60])
    if v6:
        ip = wire.ipv6(router, flow.addr[0], wire.ICMP6, message)
    else:
        ip = wire.ipv4(router, flow.addr[0], wire.ICMP, message, 1 + world.below(65535), 0)
    cause = Packet(ip, 40 if v6 else 20, 8, 0, packet.lane, packet.time)
    told = {"error_about_error"}
    error = report(world, cause, judge=judge.about_error, dest=router)
    (error.must if error.bytes >= cause.at + 8 else error.may).update(told)


def odd_multicast(world, flow, packet):
    kind = world.pick(((2, 0), (4, 2), (1, 0), (3, 0)) if flow.v6 else ((3, 1), (11, 0)))
    error = report(world, packet, kind=kind)
    if kind not in ((2, 0), (4, 2)):
        (error.must if error.bytes >= packet.at else error.may).add("about_multicast")


ODD = {"dest": odd_dest, "checksum": odd_checksum, "ttl": odd_ttl, "length": odd_length,
       "error": odd_error, "multicast": odd_multicast}


def reuse_scene(world, time):
    """The same ports for one connection after another."""
    flow = new_flow(world, wire.TCP)
    sent = []
    for _ in range(2):
        connection = Connection(world, flow)
        some, _ = tcp_handshake(world, connection, time)
        sent += some + [connection.segment(1, time + 8 * SECOND, RST)]
        time += 20 * SECOND
    complain(world, sent, 0.4)


SCENES = (
    ("forged_tcp", forged_tcp_scene, 4), ("forged_udp", forged_udp_scene, 4),
    ("fragment", fragment_scene, 5), ("nat", nat_scene, 6), ("offload", offload_scene, 3),
    ("odd", odd_scene, 6), ("reuse", reuse_scene, 2),
)
