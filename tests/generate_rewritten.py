"""Captures of packets that were changed on their way before an error quoted them, and of such as only
look so: what must be said of each, and what must not."""

import struct

from generate_packets import (ACK, ICMP6, PSH, SYN, TCP, UDP, checksum, icmp6, ipv4, ipv6, tcp,
                              udp)
from generate_timeline import A4, A6, B4, B6, R4, R6, S4, S6, Timeline, unreachable, unreachable6

CAPTURES = []
TOO_FAR = {"kind": 11, "code": 0}


def capture(function):
    CAPTURES.append(function)
    return function


def captures():
    for function in CAPTURES:
        line = function()
        yield function.__name__.replace("_", "-") + ".pcap", line.pcap(), line.truth


def changed(field, sent, quoted, **more):
    return dict({"field": field, "sent": sent, "quoted": quoted}, **more)


def at(hop, ttl):
    return {"first_hop": hop, "first_hop_ttl": ttl}


def with_ttl(packet, ttl):
    """IPv4, with another TTL and the header checksum made anew."""
    size = (packet[0] & 15) * 4
    head = packet[:8] + bytes([ttl]) + packet[9:10] + b"\0\0" + packet[12:size]
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + packet[size:]


def datagram(port=33434, **field):
    body = udp(A4, B4, 40000, port, b"icmpscope")
    return ipv4(A4, B4, UDP, body, **dict({"ident": 7}, **field))


@capture
def rewritten_tos():
    """A traceroute: the second router sets the TOS, the third quotes what the second has sent on."""
    line = Timeline()
    routers = (R4, 0), (S4, 0), ("203.0.113.252", 40), ("203.0.113.251", 40)
    for ttl, (router, tos) in enumerate(routers, 1):
        frame = line.add(datagram(33434 + ttl, ident=ttl, ttl=ttl))
        quoted = datagram(33434 + ttl, ident=ttl, ttl=1, tos=tos)
        line.add(unreachable(quoted, router, **TOO_FAR), line.tied(frame, **{
            "match.rewritten": [changed("tos", 0, 40, **at("203.0.113.252", 3))] if tos else None}))
    return line


@capture
def rewritten_marks():
    """Congestion marked on the way, a TOS cleared and the mark with it; the same of a traffic class."""
    line = Timeline()
    for ident, (sent, quoted, said) in enumerate((
            (0xB9, 0xBB, [changed("ecn", 1, 3)]),
            (0xB9, 0x00, [changed("tos", 0xB8, 0), changed("ecn", 1, 0)]),
            (0x00, 0x00, None)), 1):
        for entry in said or ():
            entry.update(at(R4, 2))
        frame = line.add(datagram(tos=sent, ident=ident, ttl=64))
        line.add(unreachable(datagram(tos=quoted, ident=ident, ttl=63), R4),
                 line.tied(frame, **{"match.rewritten": said}))
    body = udp(A6, B6, 40000, 53, b"icmpscope")
    frame = line.add(ipv6(A6, B6, UDP, body, traffic_class=0xB8, label=0x12345, hops=64))
    line.add(unreachable6(ipv6(A6, B6, UDP, body, label=0x54321, hops=62), R6), line.tied(
        frame, **{"match.rewritten": [
            changed("tos", 0xB8, 0, **at(R6, 3)),
            changed("flow_label", 0x12345, 0x54321, **at(R6, 3))]}))
    return line


@capture
def rewritten_ip():
    """DF cleared; an identification given to packets that had none; options taken out."""
    line = Timeline()
    hop = at(R4, 1)
    frame = line.add(datagram(ident=1))
    line.add(unreachable(datagram(ident=1, df=0), R4), line.tied(
        frame, **{"match.rewritten": [changed("df", 1, 0, **hop)]}))
    frame = line.add(datagram(34000, ident=0))
    line.add(unreachable(datagram(34000, ident=0x4321), R4), line.tied(
        frame, **{"match.rewritten": [changed("ip_id", 0, 0x4321, **hop)]}))
    frame = line.add(datagram(ident=3, options=b"\x94\x04\0\0"))
    line.add(unreachable(datagram(ident=3), R4), line.tied(
        frame, **{"match.rewritten": [changed("length", 41, 37, **hop),
                                      changed("ip_options", 4, 0, **hop)]}))
    return line


def segment(src=A4, dst=B4, payload=b"", **field):
    ip_fields = {key: field.pop(key) for key in ("ident", "ttl", "tos", "length") if key in field}
    body = tcp(src, dst, 50000, 443, payload, **field)
    if ":" in src:
        return ipv6(src, dst, TCP, body)
    return ipv4(src, dst, TCP, body, **ip_fields)


MSS, NO_MSS = b"\x02\x04\x05\xb4", b"\x01\x01\x01\x01"
CLAMPED = b"\x02\x04\x05\x64"  # 1380
SACK, SCALE, STAMPS = b"\x04\x02", b"\x01\x03\x03\x07", b"\x08\x0a\0\0\0\1\0\0\0\0"


def checksums_of(sent, quoted):
    """The TCP checksums of two IPv4 packets without options."""
    return tuple(struct.unpack("!H", packet[36:38])[0] for packet in (sent, quoted))


@capture
def rewritten_syn():
    """What middleboxes do to a SYN: the MSS clamped, options filled with NOPs."""
    line = Timeline()
    hop = at(R4, 1)
    whole = MSS + SACK + STAMPS + SCALE
    for ident, (options, changes) in enumerate((
            (CLAMPED + SACK + STAMPS + SCALE, [changed("tcp_mss", 1460, 1380)]),
            (MSS + b"\1\1" + STAMPS + SCALE, [changed("tcp_sack_permitted", 1, 0)]),
            (MSS + SACK + b"\1" * 10 + SCALE, [changed("tcp_timestamps", 1, 0)]),
            (MSS + SACK + STAMPS + b"\1" * 4, [{"field": "tcp_window_scale", "sent": 7}]),
            (NO_MSS + SACK + STAMPS + SCALE, [{"field": "tcp_mss", "sent": 1460}])), 1):
        sent = segment(seq=99, flags=SYN, options=whole, ident=ident)
        quoted = segment(seq=99, flags=SYN, options=options, ident=ident)
        sums = changed("tcp_checksum", *checksums_of(sent, quoted))
        if ident == 1:  # both values are there: their difference explains it
            sums["consistent"] = True
        for entry in changes + [sums]:
            entry.update(hop)
        frame = line.add(sent)
        line.add(unreachable(quoted, R4, quote=60), line.tied(
            frame, **{"match.rewritten": changes + [sums]}))
    # Added on the way; and quoted only in part, which tells nothing of what is missing.
    sent = segment(seq=99, flags=SYN, options=NO_MSS, ident=8)
    quoted = segment(seq=99, flags=SYN, options=CLAMPED, ident=8)
    frame = line.add(sent)
    line.add(unreachable(quoted, R4, quote=44), line.tied(frame, **{"match.rewritten": [
        dict({"field": "tcp_mss", "quoted": 1380}, **hop),
        changed("tcp_checksum", *checksums_of(sent, quoted), **hop)]}))
    line.add(unreachable(quoted, R4, quote=36), line.tied(frame, **{"match.rewritten": None}))
    return line


@capture
def rewritten_window():
    """A window that a traffic shaper lowers, with its checksum and without; of a sender whose packets
    have numbers of their own, by which the changed ones are known."""
    line = Timeline()
    line.add(segment(seq=99, flags=SYN, ident=9))
    hop = at(R4, 1)
    sent = segment(seq=100, ack=500, flags=ACK, window=65535, ident=1)
    shaped = segment(seq=100, ack=500, flags=ACK, window=1000, ident=1)
    old, new = checksums_of(sent, shaped)
    frame = line.add(sent)
    line.add(unreachable(shaped, R4, quote=40), line.tied(frame, **{"match.rewritten": [
        changed("tcp_window", 65535, 1000, **hop),
        changed("tcp_checksum", old, new, consistent=True, **hop)]}))
    wrong = shaped[:36] + sent[36:38] + shaped[38:]
    line.add(unreachable(wrong, R4, quote=40), line.tied(frame, **{"match.rewritten": [
        changed("tcp_window", 65535, 1000, **hop),
        changed("tcp_checksum", old, old, consistent=False, **hop)]}))
    return line


@capture
def rewritten_data():
    """Data of a datagram changed on the way: all that is quoted of it is the checksum."""
    line = Timeline()
    sent = ipv4(A4, B4, UDP, udp(A4, B4, 40000, 53, b"question"), ident=1)
    quoted = ipv4(A4, B4, UDP, udp(A4, B4, 40000, 53, b"answer!!"), ident=1)
    old, new = (struct.unpack("!H", packet[26:28])[0] for packet in (sent, quoted))
    line.add(ipv4(A4, B4, UDP, udp(A4, B4, 40000, 53, b"numbered"), ident=9))
    frame = line.add(sent)
    line.add(unreachable(quoted, R4), line.tied(frame, **{"match.rewritten": [
        changed("udp_checksum", old, new, consistent=False, **at(R4, 1))]}))
    return line


def unfilled(packet, offset, proto):
    """As the sending host captures it: the sum of the pseudo header where the checksum goes."""
    addresses, carried = packet[12:20], len(packet) - 20
    sum_ = ~checksum(addresses + struct.pack("!HH", proto, carried)) & 0xFFFF
    return packet[:20 + offset] + struct.pack("!H", sum_) + packet[22 + offset:]


@capture
def not_rewritten():
    """Checksums that the network card fills in, segments that it cuts up, a datagram without a
    checksum, lengths that the quoting host has changed, TTLs, fragments."""
    line = Timeline()
    nothing = {"match.rewritten": None}
    sent = datagram(ident=1, ttl=64)
    frame = line.add(unfilled(sent, 6, UDP))
    line.add(unreachable(with_ttl(sent, 60), R4), line.tied(frame, **nothing))
    sent = segment(seq=100, ident=2, payload=b"x" * 11)
    frame = line.add(unfilled(sent, 16, TCP))
    line.add(unreachable(sent, R4, quote=40), line.tied(frame, **nothing))

    large = segment(seq=1000, ident=5, flags=ACK | PSH, payload=b"x" * 4380)
    third = segment(seq=1000 + 1460, ident=6, flags=ACK, payload=b"x" * 1460)
    frame = line.add(large)
    line.add(unreachable(third, R4, quote=40, code=4), line.tied(frame, **nothing))

    none = datagram(ident=7)
    none = none[:26] + b"\0\0" + none[28:]
    frame = line.add(none)
    line.add(unreachable(datagram(ident=7), R4), line.tied(frame, **nothing))

    sent = datagram(ident=8)
    frame = line.add(sent)
    for length in 37 - 20, 37 + 20, 37 << 8:
        line.add(unreachable(sent[:2] + struct.pack("!H", length) + sent[4:], R4),
                 line.tied(frame, **nothing))

    body = udp(A4, B4, 40000, 53, b"x" * 1000)
    frame = line.add(ipv4(A4, B4, UDP, body, ident=9, df=0))
    line.add(unreachable(ipv4(A4, B4, UDP, body[:576], ident=9, df=0, mf=1), R4, kind=11, code=1),
             line.tied(frame, **nothing))
    return line


@capture
def rewritten_without_a_first():
    """The first router quotes too little to show its window, the second shows the window that somebody set."""
    line = Timeline()
    for ttl, (router, window, quote) in enumerate(((R4, 1000, 28), (S4, 1000, 40)), 1):
        sent = segment(seq=100 + ttl, ident=ttl, ttl=ttl)
        shaped = segment(seq=100 + ttl, ident=ttl, ttl=1, window=window)
        frame = line.add(sent)
        line.add(unreachable(shaped, router, quote=quote, **TOO_FAR), line.tied(
            frame, **{"match.rewritten": None if quote == 28 else [
                changed("tcp_window", 65535, window),
                changed("tcp_checksum", *checksums_of(sent, shaped), consistent=True)]}))
    return line


@capture
def rewritten_in_a_tunnel():
    """IPv4 in IPv4: the packet inside is compared with the one that was captured inside."""
    line = Timeline()
    outer = "192.0.2.101", "192.0.2.102"
    frame = line.add(ipv4(*outer, 4, datagram(ident=5, ttl=9), ident=77))
    quoted = ipv4(*outer, 4, datagram(ident=5, ttl=9, tos=0x20), ident=77, tos=0xE0, ttl=62)
    line.add(unreachable(quoted, R4, quote=48), line.tied(frame, **{
        "match.inner": True, "match.rewritten": [changed("tos", 0, 0x20, **at(R4, 1))]}))
    return line


@capture
def rewritten_v6_echo():
    """Of an echo request only what its headers hold is compared: the checksum of ICMPv6 is not."""
    line = Timeline()
    ping = icmp6(A6, B6, 128, 0, b"\0\1\0\1", b"ping")
    frame = line.add(ipv6(A6, B6, ICMP6, ping, traffic_class=4), {"match": None})
    line.add(unreachable6(ipv6(A6, B6, ICMP6, ping[:2] + b"\0\0" + ping[4:], hops=63), S6),
             line.tied(frame, **{"match.rewritten": [changed("tos", 4, 0, **at(S6, 2))]}))
    return line
