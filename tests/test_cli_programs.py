#!/usr/bin/env python3
"""What ping, traceroute, mtr and others printed while they were captured (pcaps/NAME.said) is what
icmpscope says of the capture: round-trip times, losses, duplicates, hops, what was reached, and
what routers advertise.

How near the times must be:

- ping takes the time before it sends, writes it into the payload, and has the kernel's time of the
  reply, which is the capture's. So what it prints is what we say and the time from the one in the
  payload to the one of the captured request, but for what is rounded: half of the last digit that
  it prints, and a microsecond for each of the three times. Only the replies to its first request
  may have come before the kernel began to take times for it; then it is that of ping's waking up.
- traceroute has the kernel's time of the answer too, but does not tell when it sent; others take
  both times themselves. From there to the capture is the way through the kernel, and waiting for a
  processor: SLACK_MS, which is less than what any two hops of the captures are apart (4 ms)."""

import collections
import ipaddress
import os
import struct

import harness
import read_captures
import said

SLACK_MS = 3.0
ROUNDING_MS = 0.003
ANSWERED = "answered"
DUPLICATE = "duplicate"
NEVER = "lost", "unanswered_at_end"

Request = collections.namedtuple("Request", "time sent")  # ms; what the payload says it was sent at


def records_of(path, kind):
    return [dict(record, **record[kind])
            for record in harness.Run(["-J", "--events", kind, path]).records()]


def name_of(path):
    return os.path.basename(path)


# ---- pings ---------------------------------------------------------------------------------------


def echo_request(packet):
    """((destination, identifier, sequence number), Request) of a frame, or None."""
    data = packet.data
    six = data[12:14] == b"\x86\xdd"
    at = 54 if six else 14 + (data[14] & 15) * 4
    proto = data[20] if six else data[23]
    if data[12:14] not in (b"\x86\xdd", b"\x08\x00") or proto != (58 if six else 1):
        return None
    if data[at] != (128 if six else 8):
        return None
    ends = data[38:54] if six else data[30:34]
    identifier, number = struct.unpack_from("!HH", data, at + 4)
    seconds, micro = struct.unpack_from("<qq", data + bytes(24), at + 8)
    return (ends, identifier, number), Request(packet.ns / 1e6, seconds * 1000 + micro / 1000)


def requests_in(path):
    """{(destination, identifier, sequence number): [Request, ...]}"""
    found = collections.defaultdict(list)
    with open(path, "rb") as file:
        packets = read_captures.pcap(file.read())
    for packet in packets:
        key_and_request = echo_request(packet)
        if key_and_request:
            found[key_and_request[0]].append(key_and_request[1])
    return found


def bytes_of(address):
    return ipaddress.ip_address(address).packed


class Runs:
    """The records of each run of a program that pings, in order: they are of one identifier."""

    def __init__(self, path):
        self.name, self.requests = name_of(path), requests_in(path)
        self.by_dest = collections.defaultdict(dict)
        records = [record for record in records_of(path, "echo") if "request_cnt" in record]
        for record in sorted(records, key=lambda record: record["request_cnt"]):
            runs = self.by_dest[record["dest_ip"]]
            runs.setdefault(record["id"], []).append(record)

    def take(self, dest):
        runs = self.by_dest[dest]
        return runs.pop(next(iter(runs))) if runs else []

    def wait(self, record):
        """From when ping says it sent, to when it was captured, in ms."""
        key = bytes_of(record["dest_ip"]), record["id"], record["seq"]
        request = self.requests[key][0]
        return request.time - request.sent


def replier(record):
    return record.get("replier", record["dest_ip"])


def rtts(run, number=None):
    """[(address, RTT in ms, record), ...] in the order of sending, then of answers."""
    return [(replier(record), record["rtt_us"] / 1000, record) for record in run
            if "rtt_us" in record and number in (None, record["seq"])]


def check_reply(checks, runs, run, where, printed, exact):
    """`printed` are all replies to one request, or of a program that numbers them its own way, to
    all."""
    number = printed[0][1] if exact else None
    ours = sorted(rtts(run, number), key=lambda entry: entry[1]) if exact else rtts(run)
    checks.that(len(ours) >= len(printed), where, "seq", number, "replies", len(ours), "of",
                len(printed))
    for (address, _, time), (from_whom, rtt, record) in zip(printed, ours):
        checks.equal(from_whom, address, where, "seq", record["seq"], "who answers")
        if time is None:
            continue
        wanted, half = time
        if exact:
            late = wanted - rtt - runs.wait(record)
            most = SLACK_MS if number == run[0]["seq"] else half + ROUNDING_MS
            checks.that(-half - ROUNDING_MS <= late <= most, where, "seq", number, "rtt", rtt,
                        "not", wanted, "less", runs.wait(record))
        else:
            checks.that(abs(rtt - wanted) <= half + SLACK_MS, where, "rtt", rtt, "not", wanted)


def of_status(run, *statuses):
    return sorted(record["seq"] for record in run if record["status"] in statuses)


def check_ping(checks, runs, words, lines):
    ping, where = said.ping(words, lines), "%s: %s:" % (runs.name, " ".join(words))
    own = {"fe80::114"}  # its own answers to what it sends to all are not on the wire
    replies = [reply for reply in ping.replies if reply[0] not in own]
    run = runs.take(ping.dest)
    exact = ping.program == "ping"
    checks.that(run, where, "no records")
    by_number = collections.defaultdict(list)
    for reply in replies:
        by_number[reply[1] if exact else 0].append(reply)
    for printed in by_number.values():
        check_reply(checks, runs, run, where, printed, exact)
    if ping.sent is not None:
        check_counts(checks, run, where, ping, exact)
    if exact:
        check_content(checks, run, where, ping, replies)


def check_counts(checks, run, where, ping, exact):
    sent = {record["seq"] for record in run if record["status"] != "unsolicited"}
    answered = {record["seq"] for record in run if record["status"] == ANSWERED}
    checks.equal(len(sent), ping.sent, where, "sent")
    checks.equal(len(answered), ping.received, where, "answered")
    checks.equal(len(of_status(run, *NEVER)), ping.sent - ping.received, where, "lost")
    many = ping.dest in ("192.168.1.255", "224.0.0.1", "ff02::1")
    if exact and not many:  # ping stops counting answers to its last request at the first
        checks.equal(len(of_status(run, DUPLICATE)), ping.duplicates, where, "duplicates")


def check_content(checks, run, where, ping, replies):
    """Replies that came back otherwise than they were sent."""
    spoiled = sorted(replies[number][1] for number in ping.spoiled)
    changed = sorted(record["seq"] for record in run if record.get("payload_equal") is False)
    checks.equal(changed, spoiled, where, "payload not as sent")
    if "-s" in words_of(where):
        wanted = int(words_of(where)[words_of(where).index("-s") + 1])
        checks.equal({record["payload_length"] for record in run}, {wanted}, where, "payload")


def words_of(where):
    return where.rstrip(":").split()


def check_pings(checks, path, capture):
    runs = Runs(capture)
    for words, lines in said.commands(path):
        if words[0] in ("ping", "fping", "oping", "hping3") or "ping" in words:
            if "-g" not in words:
                check_ping(checks, runs, words, lines)


# The last part of an address that a program pings, and how its payload names it, if at all
# (pcaps/README). The payload of 122 is too small for that, and the pattern of 123 of its own.
PROGRAMS = {"121": "linux", "124": "linux", "128": "liboping", "135": "hping"}


def check_programs(checks):
    for capture in "ping-programs", "ping6-programs":
        for record in records_of(os.path.join(harness.PCAPS, capture + ".pcap"), "echo"):
            which = record["dest_ip"][-3:]
            checks.equal(record.get("program"), PROGRAMS.get(which), capture, which, "program")


# ---- routes --------------------------------------------------------------------------------------


def paths_to(path):
    """{destination: [record, ...]}"""
    found = collections.defaultdict(list)
    for record in records_of(path, "path"):
        found[record["dest_ip"]].append(record)
    return found


def answers_of(record):
    """{TTL: {address: [RTT in ms, ...]}}, {TTL: lost}"""
    answers, lost = collections.defaultdict(dict), collections.Counter()
    for hop in record["hops"]:
        if "ip" in hop:
            answers[hop["ttl"]][hop["ip"]] = [rtt / 1000 for rtt in hop.get("rtt_us", [])]
        lost[hop["ttl"]] += hop.get("lost", 0)
    return answers, lost


# Over IPv6 scamper's SYNs are equal but for the hops that they may take; nothing in a quote tells
# which of them it is of.
UNTOLD = {("hops6-paris.pcap", "tcp")}


def end_of(route):
    """The hop after which nothing more is told: the destination's, else the last that answers."""
    there = [ttl for ttl, hop in route.hops.items() if route.dest in hop.answers]
    answering = [ttl for ttl, hop in route.hops.items() if hop.answers]
    return min(there) if there else max(answering)


def check_hop(checks, where, printed, answers, lost, every):
    """`every`: the program prints each answer, so that we may not have more."""
    checks.equal(set(answers), set(printed.answers), where, "routers")
    for address, times in printed.answers.items():
        ours = answers.get(address, [])
        checks.that(len(ours) >= len(times), where, address, "answers", len(ours), "of", len(times))
        if every:
            checks.equal(len(ours), len(times), where, address, "answers")
        for (time, half), rtt in zip(sorted(times), sorted(ours)):
            checks.that(abs(rtt - time) <= half + SLACK_MS, where, address, "rtt", rtt, "not", time)
    if every:
        checks.equal(lost, len(printed.unanswered), where, "lost")


def check_route(checks, name, words, lines, records):
    route, where = said.route(words, lines), "%s: %s:" % (name, " ".join(words))
    checks.equal(len(records), 1, where, "records")
    for record in records[:1]:
        checks.equal(record["method"], route.method, where, "method")
        checks.equal(record["reached"], route.reached, where, "reached")
        answers, lost = answers_of(record)
        last = end_of(route)
        if route.reached:
            checks.equal(max(answers, default=0), last, where, "the last hop")
        for ttl, hop in route.hops.items():
            if ttl <= last and ((name, route.method) not in UNTOLD or answers[ttl]):
                check_hop(checks, "%s hop %d" % (where, ttl), hop, answers[ttl], lost[ttl],
                          route.program == "traceroute" and ttl < last)


def check_report(checks, name, words, lines, records):
    """mtr's own summary of all rounds."""
    where = "%s: %s:" % (name, " ".join(words))
    checks.equal(len(records), 1, where, "records")
    for record in records[:1]:
        answers, _ = answers_of(record)
        for ttl, (address, _, sent, *times) in said.of_mtr_report(lines).items():
            ours = answers[ttl].get(address, [])
            checks.that(len(ours) >= sent, where, "hop", ttl, "answers", len(ours), "of", sent)
            for (time, half), rtt in zip(times, (sum(ours) / len(ours), min(ours), max(ours))
                                         if ours else ()):
                checks.that(abs(rtt - time) <= half + SLACK_MS, where, "hop", ttl, rtt, "not", time)


def check_routes(checks, path, capture):
    records = paths_to(capture)
    for words, lines in said.commands(path):
        dest = words[-1]
        if words[0] == "mtr" and "-r" in words:
            check_report(checks, name_of(capture), words, lines, records[dest])
        elif said.route(words, lines):
            check_route(checks, name_of(capture), words, lines, records[dest])


# ---- routers -------------------------------------------------------------------------------------


def check_routers(checks, name):
    """rdisc6 asks for routers and prints what they answer."""
    (_, lines), = said.commands(os.path.join(harness.PCAPS, name + ".said"))
    printed = said.routers(lines)
    records = records_of(os.path.join(harness.PCAPS, name + ".pcap"), "router")
    checks.equal({record["src_ip"] for record in records}, set(printed), name, "routers")
    for record in records:
        ours = dict(record, **record["prefixes"][0])
        for key, wanted in printed.get(record["src_ip"], {}).items():
            checks.equal(ours.get(key), wanted, name, record["src_ip"], key)


def main():
    checks = harness.Checks()
    for name in sorted(os.listdir(harness.PCAPS)):
        path = os.path.join(harness.PCAPS, name)
        capture = path.replace(".said", ".pcap")
        if name.endswith(".said") and name.startswith("ping"):
            check_pings(checks, path, capture)
        elif name.endswith(".said") and name.startswith("hops"):
            check_routes(checks, path, capture)
    check_programs(checks)
    for name in "routers6", "rogue6":
        check_routers(checks, name)
    checks.finish()


if __name__ == "__main__":
    main()
