"""What may be said of an error, from what was sent, captured and quoted: the truth that the
program's verdicts are held against. Derived from bytes alone.

The best verdict is the one that the ladder asks for; others are allowed where they claim less, or
where nothing that was captured tells them apart:

- `flow` for `exact` claims less and counts against recall.
- A packet that the capture lost, while it has another that is equal in all that is quoted: nobody
  can tell that it is not the one. Both `exact` with that one's frame and `flow` are allowed, and
  the errors of which this is so are counted ("untellable").
- Packets that are equal in all bytes, and sent within SOON of each other: they are as the copies of
  a mirror port are. Either frame is right, and so is `flow`.
- An error in front of its packet by no more than REORDER: what held without the packet, too."""

import wire
from world import MS, NAMING

REORDER = 50 * MS
SOON = 0.5 * MS


class Wanted:
    __slots__ = ("best", "frames", "verdicts", "untellable", "most")

    def __init__(self, best, frames=(), verdicts=(), untellable=False, most=None):
        self.best = best
        self.frames = frames  # that `exact`, or `fragment`, may name
        self.verdicts = {best, *verdicts}
        self.untellable = untellable
        self.most = most  # candidates


def is_keyed(packet, available):
    return available >= NAMING.get(packet.lane.flow.proto, 0)


def fits(one, cause, count):
    """Whether `one`, captured, is equal to `cause` in all header fields that a quote of `count`
    bytes behind the IP header has. Length and identification are in the IP header."""
    if one.ident != cause.ident or len(one.ip) != len(cause.ip):
        return False
    count = min(count, one.seen, one.head, cause.head)
    return one.ip[one.at:one.at + count] == cause.ip[cause.at:cause.at + count]


def differs_behind(one, cause, count):
    """Whether the data that is quoted tells them apart, where the headers do not."""
    count = min(count, one.seen)
    return one.ip[one.at:one.at + count] != cause.ip[cause.at:cause.at + count]


# Bytes behind the IP header up to the end of the first field that tells packets apart.
TELLING = {wire.TCP: 8, wire.UDP: 8, wire.ICMP: 8, wire.ICMP6: 8, wire.ESP: 8, wire.SCTP: 12,
           wire.GRE: 12}


def is_told(packet, count):
    """Whether a quote of that many bytes behind the IP header holds anything that tells its packet
    from others of the flow."""
    flow = packet.lane.flow
    if flow.numbered[packet.lane.side]:
        return True
    if flow.proto == wire.UDP and packet.ip[packet.at + 6:packet.at + 8] == b"\0\0":
        return False
    return min(count, packet.seen) >= TELLING.get(flow.proto, 1 << 16)


def frames_of(packets):
    return {frame: time for packet in packets for frame, time in packet.frames}


def captured(lane):
    return [packet for packet in lane.packets if packet.frames and is_keyed(packet, packet.seen)]


def without_cause(error, lane, before, count):
    """The packet itself is not there to be found."""
    flow = lane.flow
    twins = [one for one in before if fits(one, error.cause, count)]
    if twins:
        return Wanted("flow", frames_of(twins), ["exact"], True, len(before))
    if before:
        # Of ports that were taken again, the side may not have sent anything in this connection.
        return Wanted("flow", (), ["reverse"] if flow.note == "reuse" else [], most=len(before))
    back = captured(flow.lanes[1 - lane.side])
    if any(one.frames[0][0] < error.frame for one in back):
        return Wanted("reverse")
    return Wanted("unmatched")


def judged(error):
    if error.bytes < 0:
        return Wanted("unkeyed", verdicts=["none"])  # not all of the ICMP header was captured
    return (error.judge or wanted)(error)


def wanted(error):
    cause, lane = error.cause, error.lane
    count = error.bytes - cause.at
    if error.bytes < cause.at or not is_keyed(cause, count):
        return Wanted("unkeyed")
    there = captured(lane)
    before = [one for one in there if one.frames[0][0] < error.frame]
    if cause in before:
        return with_cause(cause, before, count)
    soon = [one for one in there
            if one.frames[0][0] > error.frame and one.frames[0][1] - error.time <= REORDER]
    found = without_cause(error, lane, before, count)
    back = captured(lane.flow.lanes[1 - lane.side])
    if soon and found.best in ("unmatched", "reverse"):
        found.best, found.most = "flow", len(soon)  # for which the error was held back
    if found.best == "unmatched" and any(
            one.frames[0][1] - error.time <= REORDER for one in back):
        found.best = "reverse"
    found.verdicts |= {found.best}
    if cause not in soon and any(fits(one, cause, count) for one in soon):
        found.untellable = True  # of the one that came too late, and the one that came in time
        found.verdicts |= {"exact"}
        found.frames = {**dict(found.frames),
                        **frames_of(one for one in soon if fits(one, cause, count))}
    if cause in soon:
        twins = [one for one in soon if fits(one, cause, count)]
        found.verdicts |= {"exact", "flow"}
        found.frames = {**frames_of(twins), **dict(found.frames)}
        found.untellable = found.untellable or len(twins) > 1
        if not found.untellable and lane.flow.numbered[lane.side]:
            found.best = "exact"  # else it may as well be a later one that is like it
        found.most = len(before) + len(soon)
    return found


def is_burst(packets, cause):
    times = sorted(time for one in packets for _, time in one.frames)
    return all(one.ip == cause.ip for one in packets) and all(
        later - time <= SOON for time, later in zip(times, times[1:]))


def with_cause(cause, before, count):
    same = [one for one in before if fits(one, cause, count)]
    if len(same) == 1:
        if not is_told(cause, count):
            return Wanted("flow", frames_of(same), ["exact"], most=len(before))
        return Wanted("exact", frames_of(same), ["flow"], most=len(before))
    if is_burst(same, cause):
        return Wanted("exact", frames_of(same), ["flow"], True, len(before))
    told = all(one is cause or differs_behind(one, cause, count) for one in same)
    return Wanted("flow", frames_of([cause]), ["exact"] if told else [], most=len(before))


# ---- what other scenes want ----------------------------------------------------------------------


def is_before(one, error):
    return bool(one.frames) and one.frames[0][0] < error.frame


def about_fragment(error):
    """A later fragment: `note` of each packet of the scene is its datagram."""
    cause = error.cause
    if error.bytes < cause.at:
        return Wanted("unkeyed")
    before = [one for one in cause.lane.packets if one.note == cause.note and is_before(one, error)]
    same = [one for one in before if one.offset == cause.offset]
    if cause in same:
        return Wanted("fragment", frames_of([cause]), most=len(before))
    if any(one.offset == 0 for one in before):
        return Wanted("fragment", most=len(before))
    if before:  # others of the datagram, which name neither the flow nor the packet
        return Wanted("unkeyed", verdicts=["unmatched", "fragment"])
    return Wanted("unkeyed", verdicts=["unmatched"])  # nothing of it names a flow


def about_translated(error):
    """Captured in front of a NAT that left the quote as it is behind it."""
    cause = error.cause
    count = error.bytes - cause.at
    if error.bytes < cause.at or not is_keyed(cause, count):
        return Wanted("unkeyed")
    numbered = cause.lane.flow.numbered[cause.lane.side]
    before = [one for one in captured(cause.lane) if is_before(one, error)]
    same = [one for one in before
            if one.ident == cause.ident and len(one.ip) == len(cause.ip) and
            one.ip[one.at + 4:one.at + min(count, 8)] == cause.ip[cause.at + 4:cause.at + min(count, 8)]]
    if cause not in same or len(same) > 1 or not numbered or count < 8:
        # Not enough is left to be sure: of what NAT does not change, nothing may tell it apart.
        return Wanted("nat", frames_of(same), ["unmatched"], True, 64)
    return Wanted("nat", frames_of(same), ["unmatched"], most=64)


def about_part(error):
    """Of a segment that the network card cut up."""
    if error.bytes < error.cause.at or not is_keyed(error.cause, error.bytes - error.cause.at):
        return Wanted("unkeyed")
    if not is_before(error.cause, error) or error.bytes - error.cause.at < 8:
        return Wanted("flow", frames_of([error.cause]), ["exact", "unmatched", "reverse"])
    return Wanted("exact", frames_of([error.cause]), ["flow"], most=64)


def about_error(error):
    """Errors are of no flow."""
    return Wanted("unkeyed", verdicts=["unmatched"])
