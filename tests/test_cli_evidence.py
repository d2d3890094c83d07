#!/usr/bin/env python3
"""The evidence capture (-w), read back by a reader of its own: what is in it, byte by byte, what its
comments say."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import generate_captures
import generate_errors
import generate_packets as packets
import harness
import read_captures
from generate_timeline import A4, B4, R4, Timeline, unreachable
from harness import DAMAGED, FAILED, OK

NDJSON = ["--format", "ndjson"]
FROM = re.compile(r"frame (\d+) of (.*)")
ABOUT = re.compile(r"about frame (\d+)(?: of (.*?))?, (?:(.*) earlier|captured later), (\w+)")
BY = re.compile(r"(?:.* by|.*, says) frame (\d+)(?: of (.*?))?: (?:v6 )?(\d+)/(\d+) .+")


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def copy(path, directory):
    """Under its own name, and not read-only as it may be."""
    return shutil.copyfile(path, os.path.join(directory, os.path.basename(path)))


class Evidence:
    """A run with -w over captures in a directory, and what it wrote."""

    def __init__(self, checks, directory, files, suffix=".pcapng", extra=()):
        self.checks = checks
        self.files = files
        self.where = ", ".join(files)
        self.path = os.path.join(directory, "evidence" + suffix)
        self.run = harness.Run([*NDJSON, *extra, "-w", self.path, *files], cwd=directory)
        records = self.run.records()
        self.errors = [record for record in records if "match" in record]
        self.flows = [record for record in records if record["event_type"] == "flow"]
        self.stats = records[-1]["stats"]
        self.packets = read_captures.read(self.path)
        self.origins = []  # (file, frame) of each packet
        if suffix == ".pcapng":
            self.origins = [self.origin(packet) for packet in self.packets]

    def origin(self, packet):
        self.checks.equal(len(packet.comments), 1, self.where, "comments of a packet")
        told = FROM.fullmatch(packet.comments[0].split("\n")[0])
        if not self.checks.that(told, self.where, "first line", packet.comments):
            return None
        return told[2], int(told[1])

    def lines(self, origin):
        """Of the comment, without the first."""
        return self.packets[self.origins.index(origin)].comments[0].split("\n")[1:]

    def frames(self, file=None):
        return [frame for name, frame in self.origins if file is None or name == file]


# ---- what is in it -------------------------------------------------------------------------------


NFLOG = 239


def as_kept(packet):
    """NFLOG's headers are in the byte order of the file, which is the writer's; 12, of old files, is
    raw IP."""
    data = None if packet.link == NFLOG else packet.data
    link = packets.RAW if packet.link == packets.BSD_RAW else packet.link
    return packet.ns, data, len(packet.data), packet.wire, link


def same_packets(checks, evidence, originals):
    """Each is one of the originals, bit for bit, and each of these is there once, in its order."""
    for origin, packet in zip(evidence.origins, evidence.packets):
        if origin is None:
            continue
        original = originals[origin[0]][origin[1] - 1]
        checks.equal(as_kept(packet), as_kept(original), evidence.where, origin)
    for name in originals:
        frames = evidence.frames(name)
        checks.equal(frames, sorted(set(frames)), evidence.where, "order of frames")
    checks.equal(evidence.stats["evidence_packets"], len(evidence.packets), evidence.where,
                 "evidence_packets")


def is_fragment(packet):
    """Of Ethernet or "any", with IPv4 or IPv6 at once behind it."""
    kind, ip = {packets.ETHERNET: (12, 14), packets.SLL: (14, 16),
                packets.SLL2: (0, 20)}.get(packet.link, (0, 0))
    kind, ip = packet.data[kind:kind + 2], packet.data[ip:]
    return (kind == b"\x08\0" and ip[6:8] not in (b"@\0", b"\0\0")) or \
        (kind == b"\x86\xdd" and ip[6:7] == b"\x2c")


def whole_flows(checks, evidence, originals):
    """All errors, and as many packets besides as the flows they are about have; more where there are
    fragments, of which the flow knows the first alone."""
    errors = {(record["pcap_filename"], record["pcap_cnt"]) for record in evidence.errors}
    checks.that(errors <= set(evidence.origins), evidence.where, "errors that it lacks",
                errors - set(evidence.origins))
    checks.equal(evidence.stats["evidence_missed"], 0, evidence.where, "evidence_missed")
    hit = sum(flow["flow"]["pkts_toserver"] + flow["flow"]["pkts_toclient"]
              for flow in evidence.flows)
    rest = len(evidence.packets) - len(errors)
    fragments = any(is_fragment(packet) for line in originals.values() for packet in line)
    checks.that(rest >= hit if fragments else rest == hit, evidence.where, "packets of flows", rest,
                "flows have", hit)


def errors_comment(checks, evidence, record):
    """On the error: the frame it is about, how long before, and the verdict."""
    origin, match = (record["pcap_filename"], record["pcap_cnt"]), record["match"]
    line = evidence.lines(origin)[0]
    checks.that(line.endswith(", " + match["verdict"]), evidence.where, origin, "verdict in", line)
    told = ABOUT.fullmatch(line)
    if "pcap_cnt" not in match:
        checks.that(told is None, evidence.where, origin, "a frame in", line)
        return
    if not checks.that(told, evidence.where, origin, "comment", line):
        return
    checks.equal(int(told[1]), match["pcap_cnt"], evidence.where, origin, "frame in comment")
    checks.equal(told[2] or origin[0], match.get("pcap_filename", origin[0]), evidence.where,
                 origin, "file in comment")
    checks.equal(told[3] is not None, "rtt_us" in match, evidence.where, origin, "time in", line)


def comments(checks, evidence):
    about = {}  # (file, frame) of a packet → errors about it, in order
    for record in evidence.errors:
        origin, match = (record["pcap_filename"], record["pcap_cnt"]), record["match"]
        if origin in evidence.origins:
            errors_comment(checks, evidence, record)
        if "pcap_cnt" in match:
            packet = match.get("pcap_filename", origin[0]), match["pcap_cnt"]
            about.setdefault(packet, []).append(
                (origin[1], origin[0], record["icmp_type"], record["icmp_code"]))
    for origin in evidence.origins:
        lines = evidence.lines(origin)
        told = [BY.fullmatch(line) for line in lines]
        told = [(int(by[1]), by[2] or origin[0], int(by[3]), int(by[4])) for by in told if by]
        wanted = about.get(origin, [])
        checks.equal(told, wanted[:3], evidence.where, origin, "errors in its comment")
        more = ["and by %d more" % (len(wanted) - 3)] if len(wanted) > 3 else []
        checks.equal([line for line in lines if line.startswith("and by")], more, evidence.where,
                     origin)


def verdicts_again(checks, evidence):
    """Over the evidence alone, the errors are judged as they were."""
    again = harness.Run([*NDJSON, "--events", "icmp", evidence.path])
    found = {}
    for record in again.records():
        if "match" in record:
            found[evidence.origins[record["pcap_cnt"] - 1]] = record["match"]
    for record in evidence.errors:
        origin, match = (record["pcap_filename"], record["pcap_cnt"]), record["match"]
        then = found.get(origin, {})
        for key in "verdict", "candidates", "rtt_us":
            checks.equal(then.get(key), match.get(key), evidence.where, origin, "again:", key)
        if "pcap_cnt" in match and "pcap_cnt" in then:
            checks.equal(evidence.origins[then["pcap_cnt"] - 1],
                         (match.get("pcap_filename", origin[0]), match["pcap_cnt"]),
                         evidence.where, origin, "again: frame")


def as_pcap(checks, evidence, directory):
    """The same packets without the comments, where one link type is all there is."""
    links = {packet.link for packet in evidence.packets}
    plain = Evidence(checks, directory, evidence.files, ".pcap")
    kept = [packet[:4] for packet in evidence.packets if packet.link == plain.packets[0].link] \
        if plain.packets else []
    checks.that(kept == [packet[:4] for packet in plain.packets], evidence.where, "as pcap")
    checks.equal(plain.run.status, evidence.run.status if len(links) < 2 else FAILED,
                 evidence.where, "as pcap: exit status")
    said = plain.run.err.decode()
    checks.equal(".pcapng" in said.replace(evidence.files[0], ""), len(links) > 1, evidence.where,
                 "as pcap:", said)


def everything(checks, directory, files):
    originals = {file: read_captures.read(os.path.join(directory, file)) for file in files}
    evidence = Evidence(checks, directory, files)
    checks.that(evidence.run.status in (OK, DAMAGED), evidence.where, evidence.run.err)
    same_packets(checks, evidence, originals)
    whole_flows(checks, evidence, originals)
    comments(checks, evidence)
    verdicts_again(checks, evidence)
    as_pcap(checks, evidence, directory)


def captures(checks, directory):
    generate_captures.write_all(directory)
    for path in harness.captures_in(harness.PCAPS):
        copy(path, directory)
    for path in harness.some(harness.captures_in(directory)):
        everything(checks, directory, [os.path.basename(path)])


def real_captures(checks, directory):
    """Those of other programs, where they are at hand, and are of the formats that are read here."""
    for path in harness.some(harness.captures_in(harness.SHARED)):
        name = os.path.basename(path)
        try:
            read_captures.read(path)
        except ValueError as why:
            print(name, "is left out:", why)
            continue
        copy(path, directory)
        everything(checks, directory, [name])


def two_captures(checks, directory):
    files = []
    for name, line in zip(("sent.pcap", "received.pcap"), generate_errors.interleaved()):
        put(os.path.join(directory, name), line.pcap())
        files.append(name)
    everything(checks, directory, files)
    evidence = Evidence(checks, directory, files)
    times = [packet.ns for packet in evidence.packets]
    checks.equal(times, sorted(times), "two captures: order")
    ng = read_captures.Pcapng(read_captures.file_bytes(evidence.path))
    checks.equal([face.name for face in ng.interfaces], files, "two captures: interfaces")
    checks.that(ng.program.startswith("icmpscope "), "program", ng.program)


# ---- which packets, by hand ----------------------------------------------------------------------


def frames_are(checks, directory, name, line, wanted, extra=()):
    put(os.path.join(directory, name + ".pcap"), line.pcap(nanoseconds=True))
    evidence = Evidence(checks, directory, [name + ".pcap"], extra=extra)
    checks.equal(evidence.frames(), wanted, name, "frames")
    return evidence


def before_and_after(checks, directory):
    """Both directions of the flow, not those of another one that is its like but for a port."""
    line = Timeline()
    there = generate_errors.datagram(A4, B4, 40000, 53, ident=1)
    back = generate_errors.datagram(B4, A4, 53, 40000, ident=1)
    other = generate_errors.datagram(A4, B4, 40001, 53, ident=1)
    refused = generate_errors.datagram(A4, B4, 40000, 53, ident=2)
    for packet in (other, there, back, refused, other, unreachable(refused, R4), other, there,
                   back):
        line.add(packet)
    evidence = frames_are(checks, directory, "before-and-after", line, [2, 3, 4, 6, 8, 9])
    name = "before-and-after.pcap"
    checks.equal(evidence.lines((name, 4)), ["refused by frame 6: 3/3 port unreachable"],
                 "on the packet")
    checks.equal(evidence.lines((name, 6)), ["about frame 4, 2 ms earlier, exact"], "on the error")
    checks.equal(evidence.lines((name, 8)), [], "on another packet")
    frames_are(checks, directory, "filtered", line, [6], ["-f", "icmp"])


def in_fragments(checks, directory):
    """Both datagrams whole, whichever fragment the error quotes; not a third one."""
    line = Timeline()
    payload = packets.udp(A4, B4, 40000, 53, bytes(range(256)) * 8)

    def fragment(ident, offset, size=1000):
        return packets.ipv4(A4, B4, packets.UDP, payload[offset:offset + size], ident=ident, df=0,
                            offset=offset, mf=int(offset + size < len(payload)))

    stranger = packets.ipv4(B4, A4, packets.UDP, payload[1000:2000], ident=2, df=0, offset=1000)
    for offset in 0, 1000, 2000:  # frames 1 to 3
        line.add(fragment(1, offset))
    line.add(stranger)
    for offset in 2000, 1000, 0:  # frames 5 to 7
        line.add(fragment(2, offset))
    line.add(stranger)
    line.add(unreachable(fragment(2, 1000), R4, kind=11, code=1))  # frame 9
    line.add(fragment(3, 1000))
    line.add(fragment(3, 0))
    evidence = frames_are(checks, directory, "in-fragments", line,
                          [1, 2, 3, 5, 6, 7, 9, 10, 11])
    checks.equal(evidence.lines(("in-fragments.pcap", 6)),
                 ["not all fragments arrived, says frame 9: 11/1 fragment reassembly time exceeded"],
                 "on the fragment")


def error_in_fragments(checks, directory):
    """The error's own fragments, whole and given up."""
    sent = generate_errors.datagram(A4, B4, 40000, 53, b"x" * 600, ident=9)
    error = unreachable(sent, R4, quote=500)

    def fragment(ident, offset, more):
        return packets.ipv4(R4, A4, packets.ICMP, error[20 + offset:20 + offset + 256],
                            ident=ident, df=0, offset=offset, mf=more)

    line = Timeline()
    line.add(sent)
    line.add(fragment(5, 0, 1))
    line.add(generate_errors.datagram(A4, B4, 9, 9))
    line.add(fragment(5, 256, 0))
    frames_are(checks, directory, "error-in-fragments", line, [1, 2, 4])
    line.add(fragment(6, 0, 1))
    evidence = frames_are(checks, directory, "error-given-up", line, [1, 2, 4, 5])
    lines = evidence.lines(("error-given-up.pcap", 5))
    checks.that(lines and lines[0].startswith("about frame 1, "), "given up: comment", lines)


def times(checks, directory):
    """Before 1970, to the nanosecond, and as late as a record can be."""
    sent = generate_errors.datagram(A4, B4, 40000, 53, ident=9)
    stamps = [-3 * 10**18 + 1, -1, 0, 4 * 10**18 + 123456789]
    ng = packets.Pcapng()
    ng.interface(packets.ETHERNET, resolution=9, offset=-4 * 10**9)
    for stamp in stamps:
        ng.enhanced(0, stamp + 4 * 10**18, packets.ethernet(sent))
    ng.enhanced(0, stamps[-1] + 5 + 4 * 10**18, packets.ethernet(unreachable(sent, R4)))
    path = put(os.path.join(directory, "times.pcapng"), ng.bytes())
    evidence = Evidence(checks, directory, ["times.pcapng"])
    found = {origin[1]: packet.ns for origin, packet in zip(evidence.origins, evidence.packets)}
    originals = read_captures.read(path)
    checks.that(5 in found and 4 in found, "times: frames", found)
    for frame, ns in found.items():
        checks.equal(ns, originals[frame - 1].ns, "times: frame", frame)


# ---- by Wireshark --------------------------------------------------------------------------------


def by_wireshark(checks, directory):
    """It opens all of them, and shows the comments."""
    if shutil.which("capinfos") is None or shutil.which("tshark") is None:
        print("no tshark")
        return
    counts = {}
    paths = harness.some(harness.captures_in(harness.PCAPS) + harness.captures_in(harness.SHARED))
    for i, path in enumerate(paths):
        out = os.path.join(directory, "%d.pcapng" % i)
        run = harness.Run([*NDJSON, "--events", "stats", "-w", out, path])
        if run.status in (OK, DAMAGED):
            counts[out] = run.records()[-1]["stats"]["evidence_packets"]
    done = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", *counts], capture_output=True,
                          check=False)
    checks.equal((done.returncode, done.stderr), (0, b""), "capinfos")
    told = dict(line.split("\t")[:2] for line in done.stdout.decode().splitlines())
    checks.equal({name: int(count) for name, count in told.items()}, counts, "capinfos: packets")

    copy(os.path.join(harness.PCAPS, "two-links.pcapng"), directory)
    out = Evidence(checks, directory, ["two-links.pcapng"])
    done = subprocess.run(["tshark", "-r", out.path, "-T", "json", "-e", "frame.comment",
                           "-e", "frame.time_epoch"], capture_output=True, check=True)
    shown = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
    checks.equal([layers["frame.comment"] for layers in shown],
                 [packet.comments for packet in out.packets], "tshark: comments")
    checks.equal([layers["frame.time_epoch"][0] for layers in shown],
                 ["%d.%09d" % divmod(packet.ns, 10**9) for packet in out.packets], "tshark: times")


TESTS = (captures, real_captures, two_captures, before_and_after, in_fragments, error_in_fragments,
         times, by_wireshark)


def main(args):
    checks = harness.Checks()
    for test in TESTS:
        if not args or test.__name__ in args:
            print("==", test.__name__, flush=True)
            with harness.scratch() as directory:
                test(checks, directory)
    checks.finish()


main(sys.argv[1:])
