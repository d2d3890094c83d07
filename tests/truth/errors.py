"""Routers and hosts that send errors: what they quote, how much of it, and when."""

import wire
from world import MS, US, Error

# IPv4: (type, code, weight); TTL exceeded and fragmentation needed are told apart below.
KINDS4 = ((3, 0), (3, 1), (3, 1), (3, 3), (3, 3), (3, 3), (3, 4), (3, 4), (3, 9), (3, 10), (3, 13),
          (3, 13), (3, 2), (3, 5), (4, 0), (11, 0), (11, 0), (11, 0), (11, 1), (12, 0))
KINDS6 = ((1, 0), (1, 1), (1, 3), (1, 4), (1, 4), (2, 0), (2, 0), (3, 0), (3, 0), (3, 1), (4, 0),
          (4, 1))
QUOTES4 = (8, 8, 8, 8, 28, 100, 548, 548, "all", "all", "rfc4884")
QUOTES6 = ("all", "all", "all", "all", 8, 24, "rfc4884")


def extension():
    """RFC 4884 with one object: an MPLS label (RFC 4950)."""
    body = b"\0\x08\x01\x01" + b"\x00\x01\x01\x01"
    head = b"\x20\0\0\0"
    return head[:2] + wire.U16(wire.checksum(head + body)) + body


EXTENSION = extension()


def on_path(world, packet, kind, path):
    """The packet as the router has it that sends the error, and which fields were changed."""
    ip, changed = bytearray(packet.ip), set()
    v6 = ip[0] >> 4 == 6
    expired = kind == ((3, 0) if v6 else (11, 0))
    at = 7 if v6 else 8
    ip[at] = 1 if expired else max(1, ip[at] - path.hops)
    tos = ((ip[0] & 15) << 4 | ip[1] >> 4) if v6 else ip[1]
    new = tos
    if path.dscp is not None:
        new = path.dscp << 2 | new & 3
    if path.ecn is not None and new & 3:
        new = new & 0xFC | path.ecn
    if new != tos:
        changed = {name for name, mask in (("tos", 0xFC), ("ecn", 3)) if (new ^ tos) & mask}
        if v6:
            ip[0], ip[1] = 0x60 | new >> 4, (new & 15) << 4 | ip[1] & 15
        else:
            ip[1] = new
    if not v6 and not path.stale:
        wire.mend(ip)
    return ip, changed


def quote_of(world, ip, at, policy, kind):
    """(quoted bytes, second word of the header's length field, extension)."""
    v6 = ip[0] >> 4 == 6
    if policy == "all":
        return bytes(ip[:1232 if v6 else 1472]), 0, b""
    if policy == "rfc4884" and kind[0] in ((1, 3) if v6 else (3, 11, 12)):
        quote = bytes(ip[:128]).ljust(128, b"\0")
        return quote, (16 << 24) if v6 else (32 << 16), EXTENSION
    size = 548 if policy == "rfc4884" else policy
    return bytes(ip[:at + size]), 0, b""


def second_word(world, kind, v6, length):
    if v6:
        return 1280 + world.below(200) if kind[0] == 2 else 0
    if kind == (3, 4):
        chance = world.rng.random()
        if chance < 0.1:
            return 0 if chance < 0.05 else world.below(1500)
        return max(68, min(length - 1, 1492) - world.below(8))
    return 0


def doubt(error, kind, ip, reporter, dest):
    """Which anomalies must be told of an error, and which may: those that its own bytes show, as far
    as they were captured."""
    v6, word = error.v6, error.word
    whole = error.bytes >= (40 if v6 else 20)
    told = error.must if whole else error.may
    if dest != bytes(ip[8:24] if v6 else ip[12:16]):
        told.add("outer_dest_not_quoted_source")
    if kind == ((2, 0) if v6 else (3, 4)):
        if (v6 or word) and word >= len(ip):
            told.add("mtu_not_below_length")
        if (v6 or word) and word < (1280 if v6 else 68):
            (error.must if error.bytes >= 0 else error.may).add("mtu_below_minimum")
        if not v6 and not ip[6] & 0x40:
            told.add("about_packet_without_df")
    if reporter == bytes(ip[24:40] if v6 else ip[16:20]):
        error.may.add("faster_than_possible")
    sent = [one.ip[7 if v6 else 8] for one in error.lane.packets] or [255]
    if ip[7 if v6 else 8] > min(sent) - 1:
        error.may.add("quoted_ttl_above_sent")
    if ip[6 if v6 else 9] == wire.TCP and any(
            one.ip[one.at + 13] & 5 for lane in error.lane.flow.lanes for one in lane.packets):
        error.may.add("error_after_flow_closed")


def report(world, packet, **force):
    """Someone on the path of `packet` complains about it. `force` overrides what is left to chance:
    kind, policy (how much is quoted), reporter, dest, delay, note, lane, quoted (its bytes, when
    they are other than those on the path)."""
    flow, side = packet.lane.flow, packet.lane.side
    v6 = flow.v6
    kind = force.get("kind") or world.pick(KINDS6 if v6 else KINDS4)
    path = force.get("path") or flow.path
    ip, changed = on_path(world, packet, kind, path)
    if "quoted" in force:
        force["quoted"](ip)
    policy = force.get("policy") or world.pick(QUOTES6 if v6 else QUOTES4)
    quote, lengths, more = quote_of(world, ip, packet.at, policy, kind)
    length = len(ip)
    mtu = force["mtu"] if "mtu" in force else second_word(world, kind, v6, length)
    word = mtu | lengths
    dest = force.get("dest") or bytes(ip[8:24] if v6 else ip[12:16])
    reporter = force.get("reporter")
    if reporter is None:
        ends = (kind in ((3, 3), (3, 2)) and not v6) or (kind == (1, 4) and v6)
        reporter = flow.addr[1 - side] if ends else world.router(v6)
    message = wire.icmp(reporter, dest, kind[0], kind[1], word, quote + more)
    if force.get("bad_checksum"):
        message = message[:2] + bytes([message[2] ^ 0x55]) + message[3:]
    ttl = 255 - world.below(20)
    if v6:
        outer = wire.ipv6(reporter, dest, wire.ICMP6, message, ttl)
    else:
        outer = wire.ipv4(reporter, dest, wire.ICMP, message, 1 + world.below(65535), 0, ttl, 0xC0)
    room = world.snaplen - flow.network.overhead - (48 if v6 else 28)
    error = Error(packet, force.get("lane", packet.lane), quote,
                  min(room, len(quote), len(ip)), force.get("note", flow.note))
    error.changed, error.word, error.judge = changed, mtu, force.get("judge")
    error.forged = force.get("forged", False)
    doubt(error, kind, ip, reporter, dest)
    error.must |= force.get("must", set())
    error.may |= force.get("may", set())
    if force.get("bad_checksum"):
        whole = world.snaplen >= flow.network.overhead + len(outer)
        (error.must if whole else error.may).add("bad_checksum")
    delay = force.get("delay")
    if delay is None:
        delay = int(50 * US * 60000 ** world.rng.random())
    world.put(packet.time + delay, flow.network.frame(outer, 1 - side), error)
    world.errors.append(error)
    return error


def early_or_late(world):
    """The delay of an error that may have overtaken its packet on the way to the capture."""
    chance = world.rng.random()
    if chance < 0.95:
        return None
    if chance < 0.98:
        return -int(world.rng.random() * 45 * MS) - 1000
    return -int((55 + world.rng.random() * 200) * MS)
