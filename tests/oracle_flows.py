"""Whether the flow that an error quotes stands in its capture, by Wireshark: what oracle.py holds our
verdicts to. Knows packets by what Wireshark's columns say, one key for each IP header down to the first
ICMP error, so that a packet in a tunnel stands for the tunnel's flow and its own."""

import collections

import sharkd

FIELDS = """frame.number frame.time_epoch frame.protocols vlan.id ip.src ip.dst ip.proto ip.id
    ip.frag_offset ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport sctp.srcport
    sctp.dstport icmp.type icmp.ident icmpv6.type icmpv6.echo.identifier""".split()
PREFERENCES = {"ip.defragment": "FALSE", "ipv6.defragment": "FALSE",
               "tcp.desegment_tcp_streams": "FALSE"}
ERRORS = {"icmp": {"3", "4", "5", "11", "12"}, "icmpv6": {"1", "2", "3", "4", "137"}}
NUMBERS = {"tcp": "6", "udp": "17", "sctp": "132", "icmp": "1", "icmpv6": "58"}
ECHO_REPLIES = {"0", "129"}
LATE = 0.050  # seconds that an error may be captured before its packet: --reorder's default

Packet = collections.namedtuple("Packet", "frame time vlan")


def number(value):
    return str(int(value, 0)) if value else ""


class Columns:
    """The values of one frame; of each field, the next layer that has it takes the next value."""

    def __init__(self, frame):
        self.values = {name: values.split(",") if values else []
                       for name, values in frame.items()}

    def take(self, field):
        return self.values[field].pop(0) if self.values[field] else ""


class Flows:
    """The directed flows of a capture: addresses, protocol, and ports or the identifier of an echo;
    and of IPv4 fragments addresses, protocol and IP identification."""

    def __init__(self, frames):
        self.packets = collections.defaultdict(list)
        self.times = {}
        for frame in frames:
            self.add(Columns(frame))

    def add(self, columns):
        packet = Packet(int(columns.take("frame.number")), float(columns.take("frame.time_epoch")),
                        ",".join(columns.values["vlan.id"]))
        self.times[packet.frame] = packet.time
        ends = None
        for layer in columns.values["frame.protocols"][0].split(":"):
            if layer in ("ip", "ipv6"):
                ends = columns.take(layer + ".src"), columns.take(layer + ".dst")
                self.add_network(packet, layer, ends, columns)
            elif layer in NUMBERS and ends:
                ports = self.ports(layer, columns)
                if ports is None:
                    return  # what an error quotes was not sent here
                self.packets[(*ends, NUMBERS[layer], *ports)].append(packet)

    def add_network(self, packet, layer, ends, columns):
        """For protocols without ports, and for later fragments."""
        if layer == "ipv6":
            return
        proto, ident = columns.take("ip.proto"), number(columns.take("ip.id"))
        self.packets[(*ends, proto)].append(packet)
        self.packets[(*ends, proto, "fragment of", ident)].append(packet)

    @staticmethod
    def ports(layer, columns):
        if layer not in ERRORS:
            return columns.take(layer + ".srcport"), columns.take(layer + ".dstport")
        kind = columns.take(layer + ".type")
        if kind in ERRORS[layer]:
            return None
        ident = columns.take("icmp.ident" if layer == "icmp" else "icmpv6.echo.identifier")
        return (number(ident), "reply" if kind in ECHO_REPLIES else "request")

    def stand(self, row):
        """Frames of the flow that this row's error quotes, of either direction and of the error's
        VLANs, that were captured before the error or soon enough after it."""
        error = int(row["frame"])
        time = self.times.get(error, 0)
        found = set()
        for key in keys_of(row):
            found |= {packet.frame for packet in self.packets.get(key, ())
                      if packet.vlan == row["vlan"] and packet.frame != error
                      and (packet.frame < error or packet.time <= time + LATE)}
        return found


def of_captures(paths):
    """{path: its flows}"""
    return {path: Flows(frames) for path, frames in sharkd.frames(paths, FIELDS, PREFERENCES)}


def keys_of(row):
    """The keys of both directions, or none: the quote is too short, or of no error."""
    icmp = "icmp" if row["ipver"] == "4" else "icmpv6"
    if not row["q_src"] or row["type"] not in ERRORS[icmp]:
        return []
    there, back = (row["q_src"], row["q_dst"]), (row["q_dst"], row["q_src"])
    proto = row["q_proto"]
    if row["q_fragoff"] not in ("", "0"):
        return [(*there, proto, "fragment of", row["q_ipid"])] if row["q_ver"] == "4" else []
    if proto in (NUMBERS["tcp"], NUMBERS["udp"], NUMBERS["sctp"]):
        ports = row["q_sport"], row["q_dport"]
        return [(*there, proto, *ports), (*back, proto, *ports[::-1])] if all(ports) else []
    if proto in (NUMBERS["icmp"], NUMBERS["icmpv6"]):
        ways = "request", "reply"
        if row["q_icmp_type"] in ECHO_REPLIES:
            ways = ways[::-1]
        ident = row["q_icmp_id"]
        return [(*ends, proto, ident, way) for ends, way in zip((there, back), ways)] if ident else []
    return [(*there, proto), (*back, proto)]
