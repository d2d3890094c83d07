"""Messages of ICMPv6 that no shared capture has, or few: Neighbor Discovery with each registered
option, multicast listeners, RPL, mobility, node information and the rest, written here from the
text of their RFCs, and what must be said of them."""

import struct

from generate_packets import address, icmp
from generate_timeline import A6, B6, R6, Timeline

MAC = bytes.fromhex("020000000001")
ADDRESSES = address("2001:db8::1") + address("2001:db8::2")
ANY = "ff02::1"


def dns_name(text):
    """RFC 1035 3.1."""
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def nd_option(kind, content):
    """RFC 4861 4.6: padded to units of eight bytes."""
    content += b"\0" * (-(len(content) + 2) % 8)
    return bytes([kind, (len(content) + 2) // 8]) + content


def rpl_option(kind, content):
    """RFC 6550 6.7.1."""
    return bytes([kind, len(content)]) + content


# (content behind type and length, name, members): a row each.
ND_OPTIONS = (
    (1, MAC, "source link-layer address", {"link_address": "02:00:00:00:00:01"}),
    (2, MAC, "target link-layer address", {"link_address": "02:00:00:00:00:01"}),
    (2, bytes(range(1, 9)) + bytes(6), "target link-layer address",
     {"link_address": "01:02:03:04:05:06:07:08", "length": 16}),
    (3, struct.pack("!BBIII", 64, 0xD0, 2592000, 604800, 0) + address("2001:db8:1::"),
     "prefix information",
     {"prefix": "2001:db8:1::", "prefix_length": 64, "on_link": True, "autonomous": True,
      "router_address": False, "delegation_preferred": True, "valid_lifetime_s": 2592000,
      "preferred_lifetime_s": 604800}),
    (4, bytes(6) + bytes(40), "redirected header", {"quoted_bytes": 40}),
    (5, struct.pack("!HI", 0, 1480), "mtu", {"mtu": 1480}),
    (6, bytes([9]) + bytes(5), "nbma shortcut limit", {"shortcut_limit_hops": 9}),
    (7, struct.pack("!HI", 0, 3000), "advertisement interval", {"interval_ms": 3000}),
    (8, struct.pack("!HHH", 0, 7, 1800), "home agent information",
     {"home_agent_preference": 7, "lifetime_s": 1800, "mobile_router": False}),
    (9, bytes(6) + ADDRESSES, "source address list",
     {"addresses": ["2001:db8::1", "2001:db8::2"], "address_count": 2}),
    (10, bytes(6) + ADDRESSES[:16], "target address list",
     {"addresses": ["2001:db8::1"], "address_count": 1}),
    (11, bytes([1, 0]) + b"\x11" * 16 + address("2001:db8::")[:8] + b"\1" + b"\x30" * 10 + b"\0",
     "cga", {"modifier": "11" * 16, "prefix": "2001:db8::", "collisions": 1, "key_length": 10}),
    (12, bytes(2) + b"\x22" * 16 + b"\x33" * 12, "rsa signature",
     {"key_hash": "22" * 16, "signature_length": 12}),
    (13, bytes(6) + struct.pack("!HIH", 0, 1763629200, 0x4000), "timestamp",
     {"time_s": 1763629200, "time_fraction_us": 250000}),
    (14, bytes.fromhex("0123456789ab"), "nonce", {"nonce": "0123456789ab"}),
    (15, bytes([2, 0]) + dns_name("t.example"), "trust anchor",
     {"name_type": 2, "name": "t.example"}),
    (16, bytes([1, 0]) + b"\x30" * 12, "certificate",
     {"certificate_type": 1, "certificate_length": 12}),
    (17, bytes([2, 128]) + bytes(4) + ADDRESSES[:16], "ip address/prefix",
     {"option_code": 2, "prefix_length": 128, "ip": "2001:db8::1"}),
    (18, bytes([1, 64]) + bytes(4) + ADDRESSES[:16], "new router prefix information",
     {"prefix_length": 64, "prefix": "2001:db8::1"}),
    (19, bytes([2]) + MAC, "link-layer address", {"option_code": 2}),
    (20, bytes([0, 3]) + bytes(4), "neighbor advertisement acknowledgment", {"status_code": 3}),
    (21, struct.pack("!BBH", 0x80, 4, 77) + dns_name("pvd.example"), "pvd id",
     {"http": True, "legacy": False, "router_advertisement": False, "delay": 4, "sequence": 77,
      "name": "pvd.example"}),
    (23, struct.pack("!BBI", 0x21, 0x80, 60) + ADDRESSES[:16], "map",
     {"distance_hops": 2, "map_preference": 1, "regional": True, "valid_lifetime_s": 60,
      "ip": "2001:db8::1"}),
    (24, struct.pack("!BBI", 48, 0x08, 1800) + address("2001:db8:2::")[:8], "route information",
     {"prefix": "2001:db8:2::", "prefix_length": 48, "preference": "high", "lifetime_s": 1800}),
    (25, struct.pack("!HI", 0, 600) + ADDRESSES, "recursive dns server",
     {"addresses": ["2001:db8::1", "2001:db8::2"], "address_count": 2, "lifetime_s": 600}),
    (26, bytes.fromhex("800000000001"), "ra flags extension", {"flags": "800000000001"}),
    (27, bytes([2, 0x10]) + bytes(12), "handover key request", {"algorithm": 1, "key_length": 10}),
    (28, bytes([0, 0x10]) + struct.pack("!H", 90) + bytes(10), "handover key reply",
     {"algorithm": 1, "lifetime_s": 90, "key_length": 10}),
    (29, bytes([1, 2]) + b"\xab\xcd" + bytes(2), "handover assist information",
     {"option_code": 1, "data": "abcd"}),
    (30, bytes([1, 3]) + b"a@b" + bytes(1), "mobile node identifier", {"data": "614062"}),
    (31, struct.pack("!HI", 0, 600) + dns_name("example.com") + dns_name("a.example"),
     "dns search list",
     {"names": ["example.com", "a.example"], "name_count": 2, "lifetime_s": 600}),
    (31, struct.pack("!HI", 0, 1) + b"\4a.\x1b\xff\0", "dns search list",
     {"names": ["a\\046\\027\\255"]}),
    (32, bytes(2) + b"\x22" * 16 + b"\x33" * 12, "proxy signature", {"signature_length": 12}),
    (33, struct.pack("!BBBBH", 0, 5, 0x23, 9, 30) + bytes.fromhex("020000fffe000001"),
     "address registration",
     {"status_code": 0, "opaque": 5, "address_kind": 2, "registrar": True, "transaction": True,
      "crypto": False, "tid": 9, "lifetime_min": 30, "rovr": "020000fffe000001"}),
    (34, struct.pack("!BBHH", 64, 0x13, 0, 60) + address("fd00::")[:8], "6lowpan context",
     {"prefix": "fd00::", "prefix_length": 64, "context_id": 3, "compression": True,
      "lifetime_min": 60}),
    (35, struct.pack("!HHH", 2, 1, 90) + ADDRESSES[:16], "authoritative border router",
     {"version": 65538, "lifetime_min": 90, "ip": "2001:db8::1"}),
    (36, bytes.fromhex("000100000000"), "6lowpan capability indication",
     {"capabilities": "000100000000"}),
    (37, b"https://portal.example/", "captive portal", {"uri": "https://portal.example/"}),
    (38, struct.pack("!H", 600 | 0) + address("64:ff9b::")[:12], "pref64",
     {"prefix": "64:ff9b::", "prefix_length": 96, "lifetime_s": 600}),
    (39, struct.pack("!HBBBB", 33, 1, 7, 3, 0) + bytes(33), "crypto-id parameters",
     {"key_length": 33, "crypto_type": 1, "crypto_modifier": 7, "registration_length": 3}),
    (40, struct.pack("!HI", 64, 0) + bytes(64), "ndp signature", {"signature_length": 64}),
    (41, struct.pack("!HI", 60, 0) + ADDRESSES[:16], "resource directory address",
     {"lifetime_min": 60, "ip": "2001:db8::1"}),
    (42, bytes(6), "consistent uptime", {"data": "00" * 6}),
    (138, bytes(6), "card request", {"data": "00" * 6}),
    (139, bytes(6), "card reply", {"data": "00" * 6}),
    (144, struct.pack("!HIH", 1, 3600, 13) + dns_name("dot.example") + struct.pack("!H", 16)
     + ADDRESSES[:16] + struct.pack("!H", 4) + bytes(4), "encrypted dns",
     {"priority": 1, "lifetime_s": 3600, "name": "dot.example", "addresses": ["2001:db8::1"],
      "address_count": 1, "parameters_length": 4}),
    (253, b"\xfe" * 6, "experiment 1", {"data": "fe" * 6}),
    (254, b"\xff" * 6, "experiment 2", {"data": "ff" * 6}),
    (22, b"\x01" * 6, "unassigned", {"data": "01" * 6}),
    (200, b"\x01" * 6, "unassigned", {"data": "01" * 6}),
)

RPL_OPTIONS = (
    (2, bytes.fromhex("070000020080"), "dag metric container", {"data": "070000020080"}),
    (3, struct.pack("!BBI", 64, 0x18, 60) + address("fd00::")[:8], "route information",
     {"prefix": "fd00::", "prefix_length": 64, "preference": "low", "lifetime_s": 60}),
    (4, struct.pack("!BBBBHHHBBH", 0x08, 8, 12, 10, 0, 256, 1, 0, 30, 60), "dodag configuration",
     {"authenticated": True, "path_control_size": 0, "interval_doublings": 8,
      "interval_min_log2_ms": 12, "redundancy": 10, "max_rank_increase": 0,
      "min_hop_rank_increase": 256, "objective": 1, "default_lifetime": 30,
      "lifetime_unit_s": 60}),
    (5, bytes([0, 128]) + ADDRESSES[:16], "rpl target",
     {"prefix": "2001:db8::1", "prefix_length": 128}),
    (6, bytes([0x80, 1, 2, 255]) + ADDRESSES[16:], "transit information",
     {"external": True, "path_control": 1, "path_sequence": 2, "path_lifetime": 255,
      "parent": "2001:db8::2"}),
    (6, bytes([0, 1, 2, 3]), "transit information", {"external": False, "parent": None}),
    (7, bytes([30, 0xE0]) + ADDRESSES[:16] + bytes([5]), "solicited information",
     {"instance": 30, "by_version": True, "by_instance": True, "by_dodag": True,
      "dodag_id": "2001:db8::1", "version": 5}),
    (8, struct.pack("!BBIII", 64, 0x40, 60, 30, 0) + ADDRESSES[:16], "prefix information",
     {"prefix": "2001:db8::1", "prefix_length": 64, "autonomous": True, "on_link": False,
      "valid_lifetime_s": 60, "preferred_lifetime_s": 30}),
    (9, struct.pack("!I", 99), "rpl target descriptor", {"descriptor": 99}),
    (10, b"\1\2", "p2p route discovery", {"data": "0102"}),
    (99, b"\1\2", "unassigned", {"data": "0102"}),
)


def expect_option(option, name, members):
    expect = {"icmp.option_count": 1, "icmp.options.0.option": name,
              "icmp.options.0.type": option[0], "icmp.options.0.incomplete": None,
              "icmp.list_fault": None}
    expect.update(("icmp.options.0." + key, value) for key, value in members.items())
    return expect


def discovery_options():
    """Each option in a router solicitation; then each with its last eight bytes missing, and each
    that says it is of no length."""
    line = Timeline()
    for kind, content, name, members in ND_OPTIONS:
        option = nd_option(kind, content)
        line.add(icmp(A6, ANY, 133, 0, bytes(4), option), expect_option(option, name, members))
        line.add(icmp(A6, ANY, 133, 0, bytes(4), option[:-8] or option[:1]),
                 {"icmp.list_fault": "overrun"})
        line.add(icmp(A6, ANY, 133, 0, bytes(4), option + bytes([kind, 0]) + bytes(6)),
                 {"icmp.list_fault": "zero_length", "icmp.option_count": 1})
    return line


def discovery():
    """RFC 4861 4, RFC 3122 2."""
    line = Timeline()
    source = nd_option(1, MAC)
    line.add(icmp(R6, ANY, 134, 0, struct.pack("!BBH", 64, 0xE8, 1800),
                  struct.pack("!II", 30000, 1000) + source),
             {"icmp.hop_limit": 64, "icmp.managed": True, "icmp.other_config": True,
              "icmp.home_agent": True, "icmp.preference": "high", "icmp.proxy": False,
              "icmp.snac_router": False, "icmp.lifetime_s": 1800, "icmp.reachable_ms": 30000,
              "icmp.retrans_ms": 1000, "icmp.option_count": 1})
    line.add(icmp(A6, ANY, 135, 0, bytes(4), address(B6) + source),
             {"icmp.target": B6, "icmp.option_count": 1, "icmp.router": None})
    line.add(icmp(B6, A6, 136, 0, bytes([0xA0, 0, 0, 0]), address(B6)),
             {"icmp.target": B6, "icmp.router": True, "icmp.solicited": False,
              "icmp.override": True, "icmp.option_count": 0, "icmp.options": None})
    for kind in (141, 142):
        line.add(icmp(A6, ANY, kind, 0, bytes(4), source + nd_option(2, MAC)),
                 {"icmp.option_count": 2, "icmp.options.1.type": 2})
    line.add(icmp(A6, ANY, 133, 0, bytes(4), source * 40),
             {"icmp.option_count": 40, "icmp.options.15.type": 1, "icmp.options.16": None})
    return line


def listeners():
    """RFC 2710, 9777, 4286, 7731."""
    line = Timeline()
    group, text = address("ff02::16"), "ff02::16"
    line.add(icmp(R6, ANY, 130, 0, struct.pack("!HH", 10000, 0), group),
             {"icmp.mld_version": 1, "icmp.max_response_ms": 10000, "icmp.group": text,
              "icmp.robustness": None})
    line.add(icmp(R6, ANY, 130, 0, struct.pack("!HH", 0x8123, 0),
                  group + struct.pack("!BBH", 0x0A, 0x8F, 2) + ADDRESSES),
             {"icmp.mld_version": 2, "icmp.max_response_ms": 0x1123 << 3, "icmp.suppress": True,
              "icmp.robustness": 2, "icmp.query_interval_s": 31 << 3, "icmp.source_count": 2,
              "icmp.sources": ["2001:db8::1", "2001:db8::2"]})
    for kind in (131, 132):
        line.add(icmp(A6, text, kind, 0, bytes(4), group),
                 {"icmp.mld_version": 1, "icmp.group": text, "icmp.max_response_ms": None})
    records = b"".join(bytes([kind, 0, 0, 1]) + group + ADDRESSES[:16] for kind in range(1, 8))
    line.add(icmp(A6, ANY, 143, 0, struct.pack("!HH", 0, 7), records),
             {"icmp.group_count": 7, "icmp.groups.0.record": "mode_is_include",
              "icmp.groups.3.record": "change_to_exclude", "icmp.groups.5.type": 6,
              "icmp.groups.6.record": None, "icmp.groups.6.sources": ["2001:db8::1"],
              "icmp.groups.0.group": text, "icmp.list_fault": None})
    line.add(icmp(A6, ANY, 143, 0, struct.pack("!HH", 0, 9), records),
             {"icmp.group_count": 9, "icmp.list_fault": "overrun"})
    line.add(icmp(R6, ANY, 151, 20, struct.pack("!HH", 125, 2)),
             {"icmp.advertisement_interval_s": 20, "icmp.query_interval_s": 125,
              "icmp.robustness": 2})
    for kind in (152, 153):
        line.add(icmp(R6, ANY, kind, 0, b""), {"icmp.length": 4})
    seeds = bytes([7, 1 << 2]) + b"\x80" + bytes([8, 1 << 2 | 1]) + b"\xca\xfe\x01"
    line.add(icmp(A6, "ff03::fc", 159, 0, seeds[:4], seeds[4:]),
             {"icmp.seed_count": 2, "icmp.seeds.0.first_sequence": 7, "icmp.seeds.0.seed": None,
              "icmp.seeds.0.bitmap": "80", "icmp.seeds.1.seed": "cafe"})
    return line


def low_power():
    """RFC 6550, 9009, 6775, 8505."""
    line = Timeline()
    for kind, content, name, members in RPL_OPTIONS:
        option = rpl_option(kind, content)
        message = bytes(2) + b"\0" + bytes([1, 1, 0]) + option
        line.add(icmp(A6, ANY, 155, 0, message[:4], message[4:]),
                 expect_option(option, name, members))
        line.add(icmp(A6, ANY, 155, 0, message[:4], message[4:-1]),
                 {"icmp.list_fault": "overrun"})
    dio = struct.pack("!BBHBBBB", 30, 240, 256, 0x90, 17, 0, 0) + ADDRESSES[:16]
    line.add(icmp(A6, ANY, 155, 1, dio[:4], dio[4:]),
             {"icmp.rpl_instance": 30, "icmp.rpl_version": 240, "icmp.rank": 256,
              "icmp.grounded": True, "icmp.mode_of_operation": "storing", "icmp.mode_number": 2,
              "icmp.dtsn": 17, "icmp.dodag_id": "2001:db8::1", "icmp.dodag_preference": 0})
    line.add(icmp(A6, B6, 155, 2, bytes([30, 0xC0, 0, 9]), ADDRESSES[:16]),
             {"icmp.dao_sequence": 9, "icmp.ack_requested": True, "icmp.dodag_id": "2001:db8::1",
              "icmp.rpl_status": None})
    line.add(icmp(B6, A6, 155, 3, bytes([30, 0, 9, 128])),
             {"icmp.dao_sequence": 9, "icmp.rpl_status": 128, "icmp.ack_requested": None,
              "icmp.dodag_id": None})
    line.add(icmp(B6, A6, 155, 7, bytes([30, 0, 2, 9])),
             {"icmp.rpl_status": 2, "icmp.ack_requested": False})
    line.add(icmp(B6, A6, 155, 8, bytes([30, 0, 9, 2])), {"icmp.rpl_status": 2})
    security = struct.pack("!BBBBI", 0, 0, 0xC1, 0, 5)
    line.add(icmp(A6, ANY, 155, 0x81, security[:4], security[4:] + bytes(9 + 40 + 384)),
             {"icmp.rpl_encrypted": True, "icmp.rpl_key_mode": 3, "icmp.rpl_security_level": 1,
              "icmp.rpl_counter": 5, "icmp.rank": None})
    check = struct.pack("!BBBBI", 0, 0, 0x40, 0, 5) + struct.pack("!BBH", 30, 0x80, 7) \
        + ADDRESSES[:16] + struct.pack("!I", 99) + bytes(4)
    line.add(icmp(A6, B6, 155, 0x8A, check[:4], check[4:]),
             {"icmp.check_response": True, "icmp.check_nonce": 7, "icmp.destination_counter": 99,
              "icmp.rpl_encrypted": False, "icmp.list_fault": None})
    for kind in (157, 158):
        for code, size in ((0, 8), (1, 8), (2, 16), (3, 24), (4, 32)):
            line.add(icmp(A6, B6, kind, code, struct.pack("!BBH", 1, 9, 30),
                          b"\x02" * size + ADDRESSES[:16]),
                     {"icmp.registration_status": 1, "icmp.tid": 9, "icmp.lifetime_min": 30,
                      "icmp.rovr": "02" * size, "icmp.registered_ip": "2001:db8::1"})
    line.add(icmp(A6, B6, 156, 0, bytes([2, 1, 0, 0]), bytes(32)),
             {"icmp.locator_count": 2, "icmp.locator_operation": 1})
    return line


def nodes():
    """RFC 4620, 2894."""
    line = Timeline()
    nonce = bytes(range(8))
    told = {"icmp.nonce": "0001020304050607"}

    def node_info(kind, code, qtype, data, **expect):
        expect = {"icmp." + key: value for key, value in expect.items()}
        line.add(icmp(A6, B6, kind, code, struct.pack("!HH", qtype, 0x3E), nonce + data),
                 dict(told, **{"icmp.qtype": qtype, "icmp.node_info_flags": 0x3E}, **expect))

    node_info(139, 0, 3, ADDRESSES[:16], subject="2001:db8::1", names=None)
    node_info(139, 1, 2, dns_name("host") + b"\0", names=["host"], name_count=1, subject=None)
    node_info(139, 2, 4, address("192.0.2.9"), subject="192.0.2.9")
    node_info(139, 1, 0, b"", names=None, name_count=0)
    node_info(140, 0, 2, struct.pack("!I", 60) + dns_name("host.example"), ttl_s=60,
              names=["host.example"])
    node_info(140, 0, 3, struct.pack("!I", 60) + ADDRESSES[:16], ttl_s=60,
              addresses=["2001:db8::1"], address_count=1)
    node_info(140, 0, 4, struct.pack("!I", 9) + address("192.0.2.9"), addresses=["192.0.2.9"])
    node_info(140, 1, 3, b"", addresses=None, ttl_s=None)
    command = struct.pack("!IBBHI", 77, 1, 0xC0, 500, 0) \
        + struct.pack("!BBBBBBH", 1, 3, 0, 48, 48, 64, 0) + address("2001:db8::")
    line.add(icmp(A6, "ff05::2", 138, 0, command[:4], command[4:]),
             {"icmp.sequence": 77, "icmp.segment": 1, "icmp.test": True,
              "icmp.result_requested": True, "icmp.all_interfaces": False,
              "icmp.max_delay_ms": 500, "icmp.operation": 1, "icmp.match_prefix": "2001:db8::",
              "icmp.match_prefix_length": 48})
    line.add(icmp(A6, B6, 138, 1, command[:4], command[4:12]), {"icmp.sequence": 77,
                                                                "icmp.operation": None})
    return line


def mobility():
    """RFC 6275, 3971, 4065, 5568."""
    line = Timeline()
    anchor = nd_option(15, bytes([2, 0]) + dns_name("t.example"))
    line.add(icmp(A6, B6, 144, 0, struct.pack("!HH", 5, 0x8000)),
             {"icmp.identifier": 5, "icmp.mobile_router": True})
    line.add(icmp(B6, A6, 145, 0, struct.pack("!HH", 5, 0), ADDRESSES),
             {"icmp.identifier": 5, "icmp.mobile_router": False, "icmp.address_count": 2,
              "icmp.addresses": ["2001:db8::1", "2001:db8::2"]})
    line.add(icmp(A6, B6, 146, 0, struct.pack("!HH", 6, 0)), {"icmp.identifier": 6})
    line.add(icmp(B6, A6, 147, 0, struct.pack("!HH", 6, 0x8000), nd_option(5, bytes(6))),
             {"icmp.identifier": 6, "icmp.managed_prefix": True,
              "icmp.other_config_prefix": False, "icmp.option_count": 1})
    line.add(icmp(A6, ANY, 148, 0, struct.pack("!HH", 7, 65535), anchor),
             {"icmp.identifier": 7, "icmp.component": 65535, "icmp.options.0.name": "t.example"})
    line.add(icmp(R6, A6, 149, 0, struct.pack("!HH", 7, 3), struct.pack("!HH", 2, 0) + anchor),
             {"icmp.components": 3, "icmp.component": 2, "icmp.options.0.type": 15})
    line.add(icmp(A6, R6, 150, 0, bytes([4, 0, 0, 0]), nd_option(138, bytes(6))),
             {"icmp.subtype": 4, "icmp.options.0.option": "card request"})
    line.add(icmp(A6, R6, 154, 0, struct.pack("!BBH", 2, 0, 8), nd_option(19, b"\1" + MAC)),
             {"icmp.subtype": 2, "icmp.identifier": 8, "icmp.options.0.option_code": 1})
    return line


LINES = (
    ("v6-options.pcap", discovery_options), ("v6-discovery.pcap", discovery),
    ("v6-listeners.pcap", listeners), ("v6-low-power.pcap", low_power),
    ("v6-nodes.pcap", nodes), ("v6-mobility.pcap", mobility),
)


def cut_everywhere():
    """Each message that can be read to its end, cut by the capture behind each of its bytes but the
    first: what is missing is no fault of the message, and a checksum of a part is not judged."""
    cut, headers = Timeline(), 14 + 40
    for _, make in LINES:
        line = make()
        for number, (_, frame, _) in enumerate(line.frames, 1):
            expect = line.truth[str(number)]
            if expect.get("icmp.list_fault"):
                continue
            length = struct.unpack("!H", frame[18:20])[0]  # without what Ethernet pads
            for size in range(headers + 2, headers + length):
                cut.add(frame[14:], {"icmp_type": frame[headers], "icmp.list_fault": None,
                                     "icmp.checksum": "unverified"}, cut=size)
    return cut


def captures():
    for name, make in LINES + (("v6-cut.pcap", cut_everywhere),):
        line = make()
        yield name, line.pcap(), line.truth
