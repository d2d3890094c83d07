#!/usr/bin/env python3
"""What is said of real captures (pcaps/) is what is known of how they were made (pcaps/scenes*.sh):
of clocks and questions, path MTUs, redirects, routers and loops. What programs printed of pings and
routes is test_cli_programs.py's."""

import os

import harness

HOST, HOST6 = "192.168.1.114", "2001:db8:1::114"
BOX, BOX6 = "192.168.1.105", "2001:db8:1::105"
SERVER, SERVER6 = "203.0.113.80", "2001:db8:80::80"


def path_of(capture):
    return os.path.join(harness.PCAPS, capture + ".pcap")


def stories(capture, kind):
    """The records of a kind, with what they say of the story beside the rest."""
    run = harness.Run(["-J", "--events", kind, path_of(capture)])
    return [dict(record, **record[kind]) for record in run.records()]


def families(capture):
    """Both twins of a capture, and what is of the family in each."""
    first, dash, rest = capture.partition("-")
    yield capture, HOST, BOX, SERVER
    yield first + "6" + dash + rest, HOST6, BOX6, SERVER6


def picked(records, *keys):
    return [tuple(record.get(key) for key in keys) for record in records]


# ---- clocks and questions ------------------------------------------------------------------------


def check_clocks(checks):
    """All hosts have one clock, whose milliseconds are cut off; the way takes 10 ms each way at
    least, and the kernel and pcaps/wire take less than 10 more."""
    records = stories("clock", "clock")
    checks.equal(picked(records, "dest_ip", "seq"), [(SERVER, seq) for seq in range(1, 13)] +
                 [(BOX, seq) for seq in range(1, 4)], "clock: replies")
    for record in records:
        far = record["dest_ip"] == SERVER
        checks.that(20_000 * far <= record["rtt_us"] <= 10_000 + 20_000 * far, "clock: rtt",
                    record["rtt_us"])
        checks.that(abs(record["offset_ms"]) <= (5 if far else 1), "clock: offset",
                    record["offset_ms"])
        checks.equal(record["standard"], True, "clock: standard")


def check_queries(checks):
    kinds = picked(stories("query", "query"), "kind", "dest_ip")
    for kind, dest in (("address_mask", BOX), ("information", BOX),
                       ("router_solicitation", "224.0.0.2")):
        checks.equal(kinds.count((kind, dest)), 2, "query:", kind)
    checks.equal({record["status"] == "answered" for record in stories("query", "query")}, {False},
                 "query: answered")
    for capture, _, box, server in families("probe"):
        answered = [(server, seq, "answered", 2 if seq in (4, 5, 7) else 0) for seq in range(1, 8)]
        checks.equal(picked(stories(capture, "query"), "dest_ip", "seq", "status", "code"),
                     answered + [(box, 1, "unanswered_at_end", None)], capture)


# ---- redirects -----------------------------------------------------------------------------------

FAR, FAR6 = "192.0.2.10", "2001:db8:2::10"
# The first pings of a host that obeys go by the old router: IPv4 looks for the new one first.
REDIRECTS = {
    "redirect": [(HOST, FAR, "192.168.1.2", "obeyed", True, 3)],
    "redirect6": [(HOST6, FAR6, "fe80::2", "obeyed", True, 4)],
    "redirect-ignored": [(HOST, FAR, "192.168.1.2", "ignored", None, 0)],
    "redirect6-ignored": [(HOST6, FAR6, "fe80::2", "ignored", True, 0)],
    "redirect-forged": [(HOST, SERVER, BOX, "ignored", False, 0),
                        (HOST, SERVER, BOX, "obeyed", False, 7)],
    "redirect6-forged": [(HOST6, SERVER6, "fe80::105", "ignored", False, 0),
                         (HOST6, SERVER6, "fe80::105", "obeyed", False, 6)],
}


def findings(capture, *severities):
    return [finding["name"] for finding in stories(capture, "finding")
            if finding["severity"] in severities]


def check_redirects(checks):
    """How many packets went to the new router is counted by hand in the captures: echo requests to
    its MAC address."""
    for capture, wanted in REDIRECTS.items():
        checks.equal(picked(stories(capture, "redirect"), "src_ip", "dest_ip", "gateway", "outcome",
                            "legitimate", "packets_new"), wanted, capture)
        forged = ["redirect_suspect"] * 2 if "forged" in capture else []
        checks.equal(findings(capture, "medium", "high"), forged, capture, "findings")


# ---- loops ---------------------------------------------------------------------------------------


def check_loops(checks):
    """Ordinary packets of three kinds and a traceroute circle between r3 and r4; r4 is the one
    where a TTL of 64 runs out. In the other captures nothing circles, whatever is traced there."""
    for family, nowhere, r4 in (("", "198.18.0.1", "198.51.100.10"),
                                ("6", "2001:db8:ffff::1", "2001:db8:34::4")):
        for where in "", "-between":
            capture = "loop" + family + where
            records = stories(capture, "path")
            checks.equal({record["dest_ip"] for record in records}, {nowhere}, capture)
            checks.equal([record["loop"] for record in records], [True] * 4, capture, "loops")
            circling = [record for record in records if "reached" not in record]
            checks.equal(sorted(picked(circling, "method", "answers")),
                         [("icmp", 2), ("tcp", 1), ("udp", 1)], capture, "ordinary packets")
            checks.equal({hop["ip"] for record in circling for hop in record["hops"]}, {r4},
                         capture, "reporter")
            checks.equal([record["reached"] for record in records if record not in circling],
                         [False], capture, "traceroute")
            checks.equal(findings(capture, "medium", "high"), ["routing_loop"], capture)
    for name in sorted(os.listdir(harness.PCAPS)):
        if name.endswith(".pcap") and not name.startswith("loop"):
            capture = name[:-len(".pcap")]
            looping = [record for record in stories(capture, "path") if record["loop"]]
            checks.equal(picked(looping, "dest_ip"), [], capture, "loops")


# ---- routers and addresses -----------------------------------------------------------------------


def check_neighbours(checks):
    """What rdisc6 printed of the first two is test_cli_programs.py's. r1 ends as no router, with
    its old prefix deprecated; the host defends one of the two addresses that the box tries."""
    for capture, wanted in (("routers6", []), ("rogue6", [("rogue_router", "fe80::105", None)]),
                            ("renumber6", []),
                            ("duplicate6", [("address_conflict", None, "2001:db8:1::77")])):
        found = [finding for finding in stories(capture, "finding")
                 if finding["severity"] in ("medium", "high")]
        checks.equal(picked(found, "name", "src_ip", "dest_ip"), wanted, capture, "findings")
    (router,) = stories("renumber6", "router")
    checks.equal((router["src_ip"], router["lifetime_s"]), ("fe80::1", 0), "renumber6: router")
    checks.equal(picked(router["prefixes"], "prefix", "valid_lifetime_s", "preferred_lifetime_s"),
                 [("2001:db8:1::/64", 7200, 0), ("2001:db8:9::/64", 86400, 14400)],
                 "renumber6: prefixes")


# ---- path MTUs -----------------------------------------------------------------------------------

ADVICE = {"mtu": 1400, "tcp_mss": 1360, "ping_payload": 1372}
ADVICE6 = {"mtu": 1400, "tcp_mss": 1340, "ping_payload": 1352}
NO_BLACK_HOLES = "loss", "zero-window", "dead-peer", "clamped", "clamped-any"
# r3's link, and what hosts sent: segments of a whole network's 1500 bytes.
TOLD = {"tcp": [("adapted", 1400, 1500)], "lowered": [("adapted", 1400, 1500),
                                                      ("adapted", 1300, 1400)]}


def check_sweeps(checks):
    """pcaps/scenes-echo.sh: payloads of 1372 and 1376, or over IPv6 1352 and 1356."""
    for capture, _, _, server in families("ping-sweep"):
        swept = [record for record in stories(capture, "pmtu") if record["source"] == "swept"]
        advice = ADVICE6 if ":" in server else ADVICE
        checks.equal(picked(swept, "dest_ip", "outcome", "mtu", "largest_passed",
                            "smallest_refused", "advice"),
                     [(server, "unknown", 1400, 1400, 1404, advice),
                      (server[:-1] + "1", "black_hole_suspected", None, 1400, 1404, advice)],
                     capture)


def check_path_mtus(checks):
    for pmtu in "pmtu", "pmtu6":
        for name, wanted in TOLD.items():
            records = stories("%s-%s" % (pmtu, name), "pmtu")
            checks.equal(picked(records, "outcome", "mtu", "smallest_refused"), wanted, pmtu, name)
            checks.equal([record["largest_passed"] for record in records],
                         [mtu for _, mtu, _ in wanted], pmtu, name, "largest that passed")
        for name in "blackhole", "probing":
            capture = "%s-%s" % (pmtu, name)
            checks.equal(picked(stories(capture, "pmtu"), "outcome", "smallest_refused"),
                         [("black_hole_suspected", 1500)], capture)
            checks.equal(findings(capture, "medium", "high"), ["pmtu_black_hole"], capture)
        for name in NO_BLACK_HOLES:
            capture = "%s-%s" % (pmtu, name)
            checks.equal(stories(capture, "pmtu"), [], capture, "path MTUs")
            checks.equal(findings(capture, "low", "medium", "high"), [], capture, "findings")


def check_clamping(checks):
    """r3 lowers the MSS of both SYNs to what its link takes; only where they are captured on both
    sides of it can that be told."""
    for pmtu, sent in (("pmtu", 1460), ("pmtu6", 1440)):
        for where, wanted in (("", []), ("-any", [{"sent": sent, "seen": sent - 100}] * 2)):
            capture = pmtu + "-clamped" + where
            document = harness.Run(["-j", path_of(capture)]).records()[0]
            checks.equal([path.get("mss_clamped") for path in document["pmtu"]], wanted, capture)


def main():
    checks = harness.Checks()
    check_clocks(checks)
    check_queries(checks)
    check_redirects(checks)
    check_loops(checks)
    check_neighbours(checks)
    check_sweeps(checks)
    check_path_mtus(checks)
    check_clamping(checks)
    checks.finish()


main()
