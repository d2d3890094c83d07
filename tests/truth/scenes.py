"""What goes on in the world: one function a kind of scene, each with errors about some of its
packets. A scene begins at `time` and uses hosts of its own, but for the servers."""

import wire
from errors import early_or_late, report
from wire import ACK, FIN, PSH, RST, SYN
from world import MS, SECOND, US, Flow, id_policy

IDS = ("counter", "counter", "counter", "random", "zero", "zero", "constant", "swapped")
PORTS = (53, 80, 123, 443, 443, 443, 500, 514, 5060, 8080, 27015)


def new_path(world, path):
    path.hops = 1 + world.below(20)
    chance = world.rng.random()
    if chance < 0.1:
        path.dscp = world.below(64)
    elif chance < 0.16:
        path.ecn = 3 if chance < 0.14 else 0
    path.stale = world.chance(0.05)


def new_flow(world, proto, network=None, v6=None, ids=None, dport=None):
    """Between a host of its own and one of the servers."""
    if v6 is None:
        v6 = world.chance(0.3)
    addr = world.host(v6), world.server(v6)
    port = 1024 + world.below(64000), dport or world.pick(PORTS)
    chance = world.rng.random()
    if network is None:
        network = world.networks[0] if chance < 0.8 else world.pick(world.networks)
    kinds = ids or world.pick(IDS), ids or world.pick(IDS)
    flow = Flow(proto, addr, port, network, [id_policy(world.rng, kind) for kind in kinds])
    if not v6 and not (kinds[0] == "zero" or world.chance(0.7)):
        flow.df = 0
    flow.numbered = [not v6 and kind not in ("zero", "constant") for kind in kinds]
    flow.ttl = [world.pick((64, 64, 128, 255)), world.pick((64, 64, 128, 255)) - world.below(20)]
    flow.tos = world.pick((0, 0, 0, 2, 0xB8, 0x28))
    if v6:
        flow.label = world.below(1 << 20)
    if world.chance(0.06):
        flow.mirrored = 1 + world.chance(0.3)
    flow.note = world.note
    new_path(world, flow.path)
    return flow


def is_lost(world, flow):
    return flow.note == "lossy" and world.chance(0.3)


def complain(world, packets, share=0.5, **force):
    """Errors about some of the packets; in a burst one packet may be refused by several routers."""
    for packet in packets:
        if world.chance(share):
            times = 1 if world.chance(0.93) else 2
            for _ in range(times):
                report(world, packet, delay=early_or_late(world), **force)


# ---- UDP -----------------------------------------------------------------------------------------


def udp_traffic(world, flow, time, count, answered=0.5, summed=True):
    """Datagrams from side 0; some are sent again, as they were, by the application."""
    (a, b), (p, q) = flow.addr, flow.port
    sent, payload = [], b""
    for _ in range(count):
        again = sent and world.chance(0.25)
        if not again:
            payload = world.payload(world.below(40) if world.chance(0.7) else world.below(1200))
        l4 = wire.udp(a, b, p, q, payload, summed or flow.v6)
        sent.append(world.send(flow, 0, l4, time, captured=not is_lost(world, flow)))
        if world.chance(answered):
            reply = wire.udp(b, a, q, p, world.payload(world.below(100)))
            world.send(flow, 1, reply, time + 100 * US + world.below(50 * MS))
        time += int(20 * US * 50000 ** world.rng.random()) + (60 * MS if again else 0)
    return sent


def udp_scene(world, time):
    flow = new_flow(world, wire.UDP)
    sent = udp_traffic(world, flow, time, 1 + world.below(7), world.pick((0, 0.5, 1)),
                       world.chance(0.85))
    complain(world, sent)


# ---- TCP -----------------------------------------------------------------------------------------


class Connection:
    """Both sides of a TCP connection, as they number what they send."""

    def __init__(self, world, flow):
        self.world, self.flow = world, flow
        self.next = [world.below(1 << 32), world.below(1 << 32)]
        self.acked = [0, 0]
        self.stamps = world.chance(0.6)
        self.clock = world.below(1 << 31)
        self.mss = world.pick((536, 1220, 1400, 1460))

    def options(self, time, syn):
        options = b"\x02\x04" + wire.U16(self.mss) if syn else b""
        if self.stamps:
            tick = self.clock + time // MS & 0xFFFFFFFF
            options += b"\x01\x01\x08\x0a" + tick.to_bytes(4, "big") + b"\0\0\0\x07"
        return options

    def segment(self, side, time, flags, payload=b"", seq=None, **how):
        """`seq`: of a retransmission. How: ident, captured."""
        flow, ends = self.flow, (side, 1 - side)
        (src, dst), (sport, dport) = ([pair[end] for end in ends] for pair in (flow.addr,
                                                                                flow.port))
        options = self.options(time, flags & SYN)
        fields = (self.next[side] if seq is None else seq, self.acked[side], flags,
                  8192 + self.world.below(4) * 64)
        l4 = wire.tcp(src, dst, sport, dport, fields, options, payload)
        if seq is None:
            grows = len(payload) + bool(flags & SYN) + (flags & FIN)
            self.next[side] = self.next[side] + grows & 0xFFFFFFFF
        how.setdefault("captured", not is_lost(self.world, flow))
        return self.world.send(flow, side, l4, time, 20 + len(options), **how)

    def acknowledge(self, side):
        self.acked[side] = self.next[1 - side]


def again(world, connection, packet, time):
    """A retransmission: of the same data, with other timestamps, or now and then of the same packet
    with its identification (RFC 1122 3.2.1.5)."""
    ip, at, side = packet.ip, packet.at, packet.lane.side
    if world.chance(0.1):
        return world.send(packet.lane.flow, side, ip[at:], time, packet.head, packet.ident)
    seq = int.from_bytes(ip[at + 4:at + 8], "big")
    return connection.segment(side, time, ip[at + 13], ip[at + packet.head:], seq)


def tcp_handshake(world, connection, time):
    """Returns what was sent, and when it was done."""
    rtt = int(200 * US * 500 ** world.rng.random())
    sent = [connection.segment(0, time, SYN)]
    wait = SECOND
    while world.chance(0.15) and wait < 5 * SECOND:
        time += wait
        wait *= 2
        sent.append(again(world, connection, sent[0], time))
    if world.chance(0.2):
        return sent, None
    connection.acknowledge(1)
    sent.append(connection.segment(1, time + rtt, SYN | ACK))
    if world.chance(0.1):
        sent.append(again(world, connection, sent[-1], time + SECOND))
    connection.acknowledge(0)
    sent.append(connection.segment(0, time + rtt + 20 * US, ACK))
    return sent, time + 2 * rtt


def tcp_data(world, connection, time, count):
    sent = []
    for _ in range(count):
        side = int(world.chance(0.4))
        size = world.below(60) if world.chance(0.6) else world.below(connection.mss)
        sent.append(connection.segment(side, time, ACK | PSH, world.payload(1 + size)))
        if world.chance(0.2):
            sent.append(again(world, connection, sent[-1], time + 200 * MS + world.below(SECOND)))
        if world.chance(0.6):
            connection.acknowledge(1 - side)
            sent.append(connection.segment(1 - side, time + 5 * MS, ACK))
        time += int(100 * US * 20000 ** world.rng.random())
    return sent, time


def tcp_scene(world, time):
    flow = new_flow(world, wire.TCP)
    connection = Connection(world, flow)
    sent, time = tcp_handshake(world, connection, time)
    if time is not None:
        data, time = tcp_data(world, connection, time, world.below(6))
        sent += data
        chance = world.rng.random()
        if chance < 0.3:
            sent.append(connection.segment(0, time, FIN | ACK))
            connection.acknowledge(1)
            sent.append(connection.segment(1, time + 10 * MS, FIN | ACK))
        elif chance < 0.4:
            sent.append(connection.segment(1, time, RST))
    complain(world, sent, 0.4)


# ---- others --------------------------------------------------------------------------------------


def echo_scene(world, time):
    flow = new_flow(world, wire.ICMP)
    if flow.v6:
        flow.proto = wire.ICMP6
    request, reply = (128, 129) if flow.v6 else (8, 0)
    a, b = flow.addr
    payload = world.payload(56)
    sent = []
    first, number = world.below(65000), flow.port[0]
    for count in range(1 + world.below(6)):
        word = number << 16 | first + count
        l4 = wire.icmp(a, b, request, 0, word, payload)
        sent.append(world.send(flow, 0, l4, time, captured=not is_lost(world, flow)))
        if world.chance(0.4):
            world.send(flow, 1, wire.icmp(b, a, reply, 0, word, payload), time + 9 * MS)
        time += SECOND
    complain(world, sent)


def sctp_segment(world, flow, vtag, tsn):
    chunk = b"\0\x03" + wire.U16(20) + tsn.to_bytes(4, "big") + b"\0\0\0\0\0\0\0\0abcd"
    head = wire.U16(flow.port[0]) + wire.U16(flow.port[1]) + vtag
    return head + world.payload(4) + chunk


def portless_scene(world, time):
    """SCTP, ESP and GRE that carries no IP."""
    proto = world.pick((wire.SCTP, wire.ESP, wire.GRE))
    flow = new_flow(world, proto)
    tag, number, sent = world.payload(4), world.below(1 << 30), []
    for count in range(1 + world.below(5)):
        serial = (number + count).to_bytes(4, "big")
        if proto == wire.SCTP:
            l4, head = sctp_segment(world, flow, tag, number + count), 12 + 16
        elif proto == wire.ESP:
            l4, head = tag + serial + world.payload(40), 8
        else:
            l4, head = b"\x30\0\x88\xb5" + tag + serial + world.payload(30), 12
        sent.append(world.send(flow, 0, l4, time, head, captured=not is_lost(world, flow)))
        time += int(100 * US * 10000 ** world.rng.random())
    complain(world, sent)


# ---- in two networks at once ---------------------------------------------------------------------


def twin_scene(world, time):
    """The same addresses and ports in two VLANs or tunnels: two flows."""
    one = new_flow(world, wire.UDP, network=world.pick(world.networks))
    other = world.pick(world.networks)
    if other is one.network:
        return
    twin = Flow(wire.UDP, one.addr, one.port, other, one.next_id)
    twin.note, twin.df, twin.numbered = one.note, one.df, one.numbered
    summed = world.chance(0.5)
    first = udp_traffic(world, one, time, 1 + world.below(3), 0.3, summed)
    second = udp_traffic(world, twin, time + world.below(100 * MS), 1 + world.below(3), 0.3, summed)
    complain(world, first + second)


# ---- not all of it captured ----------------------------------------------------------------------


def lossy_scene(world, time):
    """The capture loses packets, so that errors are about some that are not there."""
    world.note = "lossy"
    world.pick((udp_scene, tcp_scene, echo_scene, portless_scene))(world, time)


def one_way_scene(world, time):
    """Only what comes back is captured, or nothing but the errors."""
    flow = new_flow(world, wire.UDP)
    (a, b), (p, q) = flow.addr, flow.port
    back = world.chance(0.5)
    sent = []
    for _ in range(1 + world.below(3)):
        l4 = wire.udp(a, b, p, q, world.payload(world.below(200)))
        sent.append(world.send(flow, 0, l4, time, captured=False))
        if back:
            reply = wire.udp(b, a, q, p, world.payload(world.below(100)))
            world.send(flow, 1, reply, time + 10 * US + world.below(20 * MS))
        time += SECOND
    complain(world, sent, 0.8)


# (scene, weight)
SCENES = (
    ("udp", udp_scene, 22), ("tcp", tcp_scene, 30), ("echo", echo_scene, 8),
    ("portless", portless_scene, 6), ("twin", twin_scene, 6), ("lossy", lossy_scene, 8),
    ("one_way", one_way_scene, 5),
)
