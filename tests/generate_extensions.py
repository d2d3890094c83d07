"""The bodies of ICMPv4 messages that are not quotes, probes, and the extensions of errors, written
here from the RFCs; what is in them is what must be said of them."""

import struct

from generate_errors import datagram
from generate_packets import ESP, address, checksum, icmp, ipv4
from generate_timeline import A4, A6, B4, B6, R4, R6, Timeline

QUOTE = 128  # bytes that a quote is padded to in front of an extension (RFC 4884 4)


# ---- extensions ----------------------------------------------------------------------------------


def thing(class_num, ctype, content=b"", length=None):
    """An object (RFC 4884 8); `length` is what it says instead of its own."""
    return struct.pack("!HBB", 4 + len(content) if length is None else length,
                       class_num, ctype) + content


def extension(*objects, reserved=0x2000, sent=True):
    """The structure of RFC 4884 7, with or without its checksum."""
    body = struct.pack("!HH", reserved, 0) + b"".join(objects)
    return body[:2] + struct.pack("!H", checksum(body) if sent else 0) + body[4:]


def label(number, tc, bottom, ttl):
    return struct.pack("!I", number << 12 | tc << 9 | bottom << 8 | ttl)


def sub_address(text):
    return struct.pack("!HH", 2 if ":" in text else 1, 0) + address(text)


def sub_name(name, length=None):
    """RFC 5837 4.3: the length counts itself and the NULs behind the name."""
    padded = name + b"\0" * (-(len(name) + 1) % 4)
    return bytes([len(padded) + 1 if length is None else length]) + padded


def extended(packet, what, kind=11, words=None, quote=QUOTE, rest=0):
    """An IPv4 error about `packet` with an extension; `words` is its length attribute."""
    word = struct.pack("!BBH", 0, quote // 4 if words is None else words, rest)
    quoted = packet[:quote] + bytes(max(0, quote - len(packet)))
    return icmp(R4, A4, kind, 0, word, quoted + what, df=0)


def extended6(packet, what, kind=3, words=None, quote=QUOTE):
    word = struct.pack("!BBH", quote // 8 if words is None else words, 0, 0)
    quoted = packet[:quote] + bytes(max(0, quote - len(packet)))
    return icmp(R6, A6, kind, 0, word, quoted + what)


def expect_objects(*objects, **more):
    """{path: value} of a list of objects, as records have them."""
    expect = {"icmp.extension_layout": "rfc4884", "icmp.extension_checksum": "good",
              "icmp.extension_count": len(objects), "icmp.extension_anomalies": None}
    for number, members in enumerate(objects):
        for key, value in members.items():
            expect["icmp.extensions.%d.%s" % (number, key)] = value
    expect.update({"icmp." + key: value for key, value in more.items()})
    return expect


NAME = b"ge-0/0/1.100"
LONG_NAME = b"This-is-the-name-of-an-interface-that-has-sixty-three-characters"[:63]

# (objects, what must be said of them)
OBJECTS = (
    ((thing(1, 1, label(16, 0, 1, 1)),),
     ({"object": "mpls", "label_count": 1, "malformed": None,
       "labels": [{"label": 16, "tc": 0, "s": 1, "ttl": 1}]},)),
    ((thing(1, 1, label(1048575, 7, 0, 255) + label(3, 5, 1, 254)),),
     ({"object": "mpls", "label_count": 2,
       "labels": [{"label": 1048575, "tc": 7, "s": 0, "ttl": 255},
                  {"label": 3, "tc": 5, "s": 1, "ttl": 254}]},)),
    ((thing(1, 1, b"".join(label(n, 0, n == 9, n) for n in range(10))),),
     ({"object": "mpls", "label_count": 10,
       "labels": [{"label": n, "tc": 0, "s": 0, "ttl": n} for n in range(8)]},)),
    ((thing(1, 1),), ({"object": "mpls", "label_count": 0, "labels": None},)),
    ((thing(2, 0x0F, struct.pack("!I", 7) + sub_address("192.0.2.33") + sub_name(NAME)
            + struct.pack("!I", 1500)),),
     ({"object": "interface", "role": "incoming", "index": 7, "ip": "192.0.2.33",
       "name": NAME.decode(), "mtu": 1500, "name_length": None},)),
    ((thing(2, 0x44, sub_address("2001:db8::33")),),
     ({"object": "interface", "role": "incoming_sub_ip", "ip": "2001:db8::33", "index": None,
       "name": None, "mtu": None},)),
    ((thing(2, 0x82, sub_name(LONG_NAME)),),
     ({"object": "interface", "role": "outgoing", "name": LONG_NAME.decode(),
       "name_length": None},)),
    ((thing(2, 0xC9, struct.pack("!II", 4294967295, 9000)),),
     ({"object": "interface", "role": "next_hop", "index": 4294967295, "mtu": 9000},)),
    ((thing(2, 0),), ({"object": "interface", "role": "incoming", "index": None},)),
    ((thing(2, 0x03, sub_name(b"a\x1b[2J\xff\"") + struct.pack("!I", 576)),),
     ({"object": "interface", "name": 'a\x1b[2J\\xff"', "mtu": 576},)),
    ((thing(4, 1, struct.pack("!I", 1280)),),
     ({"object": "extended_information", "pointer": 1280},)),
    ((thing(5, 0x06, sub_address("2001:db8::9") + sub_name(b"core1.example")),),
     ({"object": "node_id", "ip": "2001:db8::9", "name": "core1.example"},)),
    # A subtype of more than the two that are known: its part stands behind theirs.
    ((thing(5, 0x84, sub_address("192.0.2.9") + b"\1\2\3\4"),),
     ({"object": "node_id", "ip": "192.0.2.9", "name": None, "malformed": None},)),
    ((thing(9, 1, b"abcd"),),
     ({"object": "unknown", "class": 9, "ctype": 1, "length": 8},)),
    ((thing(1, 2, b"abcd"), thing(255, 255)),
     ({"object": "unknown", "class": 1, "ctype": 2, "length": 8},
      {"object": "unknown", "class": 255, "ctype": 255, "length": 4})),
    ((thing(1, 1, label(7, 0, 1, 1)), thing(2, 8, b"\0\0\0\3"), thing(247, 1),
      thing(5, 2, sub_name(b"n"))),
     ({"object": "mpls"}, {"object": "interface", "index": 3}, {"object": "unknown"},
      {"object": "node_id", "name": "n"})),
    ((), ()),
)

# (objects, anomalies, what must be said of the objects that are there)
HOSTILE = (
    ((thing(9, 1, length=0),), ["object_too_short"], ()),
    ((thing(9, 1, length=3), thing(9, 1)), ["object_too_short"], ()),
    ((thing(9, 1, b"abcd", length=9),), ["object_beyond_message", "object_unaligned"],
     ({"object": "unknown", "length": 9},)),
    ((thing(9, 1, b"abc"),), ["object_unaligned"], ({"object": "unknown", "length": 7},)),
    ((thing(9, 1, length=65532), thing(9, 1)), ["object_beyond_message"],
     ({"object": "unknown", "length": 65532},)),
    ((thing(9, 1), b"\0\4"), ["object_too_short"], ({"object": "unknown"},)),
    ((thing(1, 1, b"ab"),), ["object_unaligned", "object_content"],
     ({"object": "mpls", "label_count": 0, "malformed": True},)),
    ((thing(2, 0x02, sub_name(b"abc", length=0)),), ["object_content"],
     ({"object": "interface", "name": None, "malformed": True},)),
    ((thing(2, 0x02, sub_name(b"abc", length=1)),), None,
     ({"object": "interface", "name": None, "malformed": None},)),
    ((thing(2, 0x02, sub_name(b"abc", length=63)),), ["object_content"],
     ({"object": "interface", "name": None, "malformed": True},)),
    ((thing(2, 0x02, bytes([255]) + b"x" * 255),), ["object_content"],
     ({"object": "interface", "name": None, "malformed": True},)),
    # Its contents may not be read beyond its end, though the next object goes on there.
    ((thing(2, 0x08), thing(4, 1, b"\0\0\0\5")), ["object_content"],
     ({"object": "interface", "index": None, "malformed": True},
      {"object": "extended_information", "pointer": 5})),
    ((thing(2, 0x0C, struct.pack("!IHHI", 5, 3, 0, 1)),), ["object_content"],
     ({"object": "interface", "index": 5, "ip": None, "malformed": True},)),
    ((thing(2, 0x04, struct.pack("!HHI", 2, 0, 1)),), ["object_content"],
     ({"object": "interface", "ip": None, "malformed": True},)),
)


def extensions():
    """Each object, in both families, and what contradicts itself."""
    line = Timeline()
    packet, packet6 = datagram(A4, B4, 40000, 53, ident=1), datagram(A6, B6, 40000, 53)
    frame, frame6 = line.add(packet), line.add(packet6)
    for objects, told in OBJECTS:
        line.add(extended(packet, extension(*objects)),
                 expect_objects(*told) | {"match.pcap_cnt": frame, "quoted.bytes": len(packet)})
        line.add(extended6(packet6, extension(*objects)),
                 expect_objects(*told) | {"match.pcap_cnt": frame6, "quoted.bytes": len(packet6)})
    for objects, anomalies, told in HOSTILE:
        line.add(extended(packet, extension(*objects)),
                 expect_objects(*told, extension_anomalies=anomalies))
        line.add(extended6(packet6, extension(*objects)),
                 expect_objects(*told, extension_anomalies=anomalies))
    return line


def layouts():
    """Where extensions stand, and where none does."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    line.add(packet)
    mpls = extension(thing(1, 1, label(16, 0, 1, 1)))
    told = ({"object": "mpls", "label_count": 1},)
    none = {"icmp.extension_layout": None, "icmp.extensions": None}
    for kind in (3, 11, 12):
        line.add(extended(packet, mpls, kind=kind), expect_objects(*told))
    for kind in (4, 5):
        line.add(extended(packet, mpls, kind=kind), none)
    line.add(extended(packet, mpls, quote=1020), expect_objects(*told))
    line.add(extended(packet, mpls, words=0), expect_objects(*told, extension_layout="legacy"))
    line.add(extended(packet, mpls, words=128),
             expect_objects(*told, extension_anomalies=["length_in_octets"]))
    line.add(extended(packet, mpls, quote=40),
             expect_objects(*told, extension_anomalies=["short_quote"]))
    # Some routers leave in the word what they had there: the length is none.
    line.add(extended(packet, mpls, words=255, rest=0xff5d),
             expect_objects(*told, extension_layout="legacy"))
    line.add(extended(packet, extension(thing(1, 1, label(16, 0, 1, 1)), sent=False)),
             expect_objects(*told, extension_checksum="absent"))
    line.add(extended(packet, mpls[:2] + b"\1\2" + mpls[4:]),
             expect_objects(*told, extension_checksum="bad"))
    line.add(extended(packet, extension(thing(1, 1, label(16, 0, 1, 1)), sent=False), words=0), none)
    line.add(extended(packet, bytes(400), words=0), none)
    line.add(extended(packet, bytes(400)),
             none | {"icmp.extension_anomalies": ["length_without_extension"]})
    line.add(extended(packet, b""), none | {"icmp.extension_anomalies": None})
    # Twelve objects, of which eight are listed.
    line.add(extended(packet, extension(*[thing(200 + n, n) for n in range(12)])),
             {"icmp.extension_count": 12, "icmp.extensions.7.class": 207,
              "icmp.extensions.8": None, "icmp.extension_checksum": "good"})
    return line


def extensions_cut():
    """A snaplen that ends within the extension, at each of its bytes."""
    line = Timeline()
    packet = datagram(A4, B4, 40000, 53, ident=1)
    line.add(packet)
    whole = extension(thing(1, 1, label(16, 0, 1, 1)), thing(2, 8, b"\0\0\0\3"))
    before = 14 + 20 + 8 + QUOTE
    for left in range(len(whole)):
        line.add(extended(packet, whole), {
            "icmp.extension_layout": "rfc4884", "icmp.checksum": "unverified",
            "icmp.extension_checksum": "unverified", "icmp.extension_anomalies": None,
            "icmp.extension_count": (left >= 8) + (left >= 16),
            "icmp.extensions.0.label_count": None if left < 8 else int(left >= 12),
            "icmp.extensions.1.index": None}, cut=before + left)
    return line


# ---- probes (RFC 8335) ---------------------------------------------------------------------------


def probe(src, dst, flags, what, code=0, reply=False, seq=5):
    kind = {(False, False): 42, (False, True): 43, (True, False): 160, (True, True): 161}
    return icmp(src, dst, kind[":" in src, reply], code, struct.pack("!HBB", 0xABCD, seq, flags),
                what)


# (object, what must be said of it)
WHICH = (
    (thing(3, 1, b"eth0"), {"name": "eth0", "index": None, "ip": None}),
    (thing(3, 1, b"eth10\0\0\0"), {"name": "eth10"}),
    (thing(3, 1, b"x" * 100), {"name": "x" * 64, "name_length": 100}),
    (thing(3, 2, struct.pack("!I", 12)), {"index": 12, "name": None}),
    (thing(3, 3, struct.pack("!HBB", 1, 4, 0) + address("192.0.2.7")), {"ip": "192.0.2.7"}),
    (thing(3, 3, struct.pack("!HBB", 2, 16, 0) + address("fe80::7")), {"ip": "fe80::7"}),
    (thing(3, 3, struct.pack("!HBB", 16389, 6, 0) + bytes.fromhex("02005e1000010000")),
     {"ip": None, "address_family": 16389, "address": "02:00:5e:10:00:01"}),
)
STATES = (None, "incomplete", "reachable", "stale", "delay", "probe", "failed")


def probes():
    line = Timeline()
    for src, dst in (A4, B4), (A6, B6):
        for what, told in WHICH:
            for flags, local in (0, False), (1, True), (0xFE, False):
                line.add(probe(src, dst, flags, extension(what)), expect_objects(
                    dict(told, object="interface_id", malformed=None), id=0xABCD, seq=5,
                    local=local, active=None, state=None))
        # Data behind the one object is no part of the extension.
        line.add(probe(src, dst, 1, extension(WHICH[0][0]) + b"\0\x0b\xad\x1e\x7f\xc0\xff\xee"),
                 expect_objects({"object": "interface_id", "name": "eth0"}))
        line.add(probe(src, dst, 1, b""), {"icmp.local": True, "icmp.extension_layout": None})
        wrong = thing(3, 3, struct.pack("!HBB", 1, 16, 0) + address("192.0.2.7"))
        line.add(probe(src, dst, 1, extension(wrong)), expect_objects(
            {"object": "interface_id", "ip": None, "malformed": True},
            extension_anomalies=["object_content"]))
        for state, name in enumerate(STATES):
            line.add(probe(dst, src, state << 5 | 0b101, b"", reply=True), {
                "icmp.id": 0xABCD, "icmp.seq": 5, "icmp.state": name, "icmp.active": True,
                "icmp.ipv4": False, "icmp.ipv6": True, "icmp.local": None})
        for code in range(1, 5):
            line.add(probe(dst, src, 0, b"", code=code, reply=True),
                     {"icmp_code": code, "icmp.active": None, "icmp.state": None})
    return line


# ---- other bodies --------------------------------------------------------------------------------


def routers(*entries, words=2, count=None, lifetime=1800, behind=b"", code=0):
    """RFC 1256 3.1: addresses and preferences."""
    body = b"".join(address(ip) + struct.pack("!i", preference) + bytes(4 * max(0, words - 2))
                    for ip, preference in entries)
    head = struct.pack("!BBH", len(entries) if count is None else count, words, lifetime)
    return icmp(R4, "224.0.0.1", 9, code, head, body + behind)


def agent(lifetime, flags, *care_of, seq=1):
    """RFC 5944 2.1.1."""
    return struct.pack("!BBHHH", 16, 6 + 4 * len(care_of), seq, lifetime, flags) \
        + b"".join(map(address, care_of))


def advertisements(line):
    two = ("192.0.2.1", 0), ("192.0.2.2", -2**31)
    listed = [{"ip": ip, "preference": preference} for ip, preference in two]
    line.add(routers(*two), {"icmp.lifetime_s": 1800, "icmp.router_count": 2,
                             "icmp.routers": listed, "icmp.mobility_agent": None})
    line.add(routers(*two, words=4), {"icmp.routers": listed})
    line.add(routers(*two, words=1), {"icmp.router_count": 2, "icmp.routers": None})
    line.add(routers(*two, count=9), {"icmp.router_count": 9, "icmp.routers": listed})
    line.add(routers(lifetime=0), {"icmp.lifetime_s": 0, "icmp.router_count": 0,
                                   "icmp.routers": None})
    many = [("192.0.2.%d" % n, n) for n in range(20)]
    line.add(routers(*many), {"icmp.router_count": 20, "icmp.routers.15.preference": 15,
                              "icmp.routers.16": None})
    behind = agent(600, 0xB180, "192.0.2.9", "192.0.2.10") + b"\0" + bytes([19, 2, 24, 28])
    line.add(routers(*two, behind=behind, code=16), {
        "icmp.code_name": "does not route common traffic", "icmp.mobility_agent": {
            "seq": 1, "lifetime_s": 600, "care_of_count": 2, "care_of": ["192.0.2.9", "192.0.2.10"],
            "flags": ["registration_required", "home_agent", "foreign_agent", "reverse_tunneling",
                      "udp_tunneling"]},
        "icmp.prefix_length_count": 2, "icmp.prefix_lengths": [24, 28]})
    line.add(routers(two[0], behind=b"\0\0\0" + bytes([99, 1, 7]) + agent(65535, 0)), {
        "icmp.mobility_agent": {"seq": 1, "lifetime_s": 65535, "care_of_count": 0},
        "icmp.prefix_lengths": None})
    line.add(routers(two[0], behind=bytes([16, 200, 0])), {"icmp.mobility_agent": None})
    line.add(icmp(A4, "224.0.0.2", 10, 0), {"icmp.lifetime_s": None})


def dns(name):
    return b"".join(bytes([len(part)]) + part for part in name.split(b".")) + b"\0"


def domain_names(line):
    head, ttl = struct.pack("!HH", 7, 9), struct.pack("!i", 3600)
    line.add(icmp(A4, B4, 37, 0, head), {"icmp.id": 7, "icmp.seq": 9, "icmp.names": None})
    line.add(icmp(B4, A4, 38, 0, head, ttl), {"icmp.ttl_s": 3600, "icmp.name_count": 0,
                                              "icmp.names": None, "icmp.names_malformed": False})
    line.add(icmp(B4, A4, 38, 0, head, ttl + dns(b"host.example") + dns(b"a") + b"\0"),
             {"icmp.name_count": 3, "icmp.names": ["host.example", "a", "."],
              "icmp.names_malformed": False})
    line.add(icmp(B4, A4, 38, 0, head, struct.pack("!i", -1) + dns(b"x\n\xff")),
             {"icmp.ttl_s": -1, "icmp.names": ["x\n\\xff"]})
    line.add(icmp(B4, A4, 38, 0, head, ttl + dns(b"a") + b"\4abc"),
             {"icmp.names": ["a"], "icmp.name_count": 1, "icmp.names_malformed": True})
    line.add(icmp(B4, A4, 38, 0, head, ttl + dns(b"a") + b"\xc0\x04"),
             {"icmp.names": ["a"], "icmp.names_malformed": True})
    line.add(icmp(B4, A4, 38, 0, head, ttl + b"".join(dns(b"n%d" % n) for n in range(12))),
             {"icmp.name_count": 12, "icmp.names.7": "n7", "icmp.names.8": None})
    long = b".".join([b"y" * 63] * 5)  # RFC 1035 2.3.4: 255 at most
    line.add(icmp(B4, A4, 38, 0, head, ttl + dns(long) + dns(b"a")),
             {"icmp.name_count": 2, "icmp.names": ["a"]})


def bodies_v4():
    line = Timeline()
    for kind, mask in ((17, "0.0.0.0"), (18, "255.255.254.0")):
        line.add(icmp(A4, B4, kind, 0, b"\0\7\0\t", address(mask)),
                 {"icmp.id": 7, "icmp.seq": 9, "icmp.mask": mask})
    for kind in (13, 14):
        for third, standard in ((5, True), (0x80000005, False), (0xFFFFFFFF, False)):
            line.add(icmp(A4, B4, kind, 0, b"\0\7\0\t", struct.pack("!III", 1, 2, third)),
                     {"icmp.standard": standard, "icmp.transmit_ms": third})
    advertisements(line)
    for code in range(2):
        line.add(icmp(R4, A4, 30, code, struct.pack("!HH", 4660, 0),
                      struct.pack("!HHII", 4, 65535, 1250000, 1500)),
                 {"icmp.trace_id": 4660, "icmp.hops_out": 4, "icmp.hops_back": 65535,
                  "icmp.link_bytes_per_s": 1250000, "icmp.link_mtu": 1500, "icmp.mtu": None})
    packet = datagram(A4, B4, 40000, 53, ident=1)
    frame = line.add(packet)
    line.add(icmp(R4, A4, 31, 5, struct.pack("!I", 70000), packet[:28], df=0),
             {"icmp.pointer": 70000, "match.pcap_cnt": frame})
    domain_names(line)
    secured = ipv4(A4, B4, ESP, struct.pack("!II", 0xDEADBEEF, 1) + bytes(24))
    line.add(secured)
    for code in range(6):
        line.add(icmp(R4, A4, 40, code, struct.pack("!HH", 0, 20), secured[:28], df=0),
                 {"icmp.pointer": 20, "icmp.spi": 0xDEADBEEF, "quoted.esp_spi": 0xDEADBEEF})
    for pointer in (0, 25, 65535):
        line.add(icmp(R4, A4, 40, 4, struct.pack("!HH", 0, pointer), secured[:28], df=0),
                 {"icmp.pointer": pointer, "icmp.spi": None})
    line.add(icmp(A4, B4, 41, 0, b"\2\0\0\0", b"options!"),
             {"icmp.subtype": 2, "icmp.data_length": 8})
    for kind in (6, 32, 33, 34, 35, 36, 39, 253, 254):
        line.add(icmp(A4, B4, kind, 0, b"1234", b"567"), {"icmp.data_length": 7})
    for kind in (1, 2, 7, 19, 29, 44, 252, 255):
        line.add(icmp(A4, B4, kind, 0, b"1234", b"567"), {"icmp.data_length": None})
    return line


def captures():
    for name, make in (("bodies-v4.pcap", bodies_v4), ("extensions.pcap", extensions),
                       ("extension-layouts.pcap", layouts), ("extensions-cut.pcap", extensions_cut),
                       ("probes.pcap", probes)):
        line = make()
        yield name, line.pcap(), line.truth
