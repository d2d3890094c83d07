#!/usr/bin/env python3
"""Holds what is said of captures against what is known of them: of the generated ones by
construction, of those in pcaps/ by tshark (pcaps/truth.tsv)."""

import os
import re
import sys

sys.dont_write_bytecode = True
import generate_captures
import generate_errors
import generate_packets
import harness
import pcaps_truth


def check_generated(checks, directory):
    for name, told in generate_captures.write_all(directory).items():
        records, run = pcaps_truth.icmp_records(os.path.join(directory, name))
        checks.equal(run.status, harness.OK, name, "exit status")
        checks.equal(run.err, b"", name, "stderr")
        checks.equal(sorted(records), sorted(map(int, told)), name, "frames with an icmp record")
        for frame, expect in told.items():
            if int(frame) in records:
                pcaps_truth.hold(checks, "%s frame %s" % (name, frame), records[int(frame)], expect)


def check_merged(checks, directory):
    """Frames of two files are one timeline, and an error in one finds its packet in the other."""
    files = []
    sent, received = generate_errors.interleaved()
    for name, line in ("sent.pcap", sent), ("received.pcap", received):
        files.append(os.path.join(directory, name))
        with open(files[-1], "wb") as file:
            file.write(line.pcap())
    for order in files, files[::-1]:
        run = harness.Run(["--format", "ndjson", "--events", "icmp"] + order)
        records = run.records()
        checks.equal(len(records), len(received.truth), "merged: icmp records")
        for record in records:
            checks.equal(record["pcap_filename"], files[1], "merged: file of the error")
            match = record["match"]
            checks.equal(match["verdict"], "exact", "merged: verdict")
            checks.equal(match["pcap_filename"], files[0], "merged: file of the packet")
            checks.equal(match["pcap_cnt"], record["pcap_cnt"], "merged: frame")
            checks.equal(match["rtt_us"], 1000, "merged: time")


def check_flows(checks, directory):
    """The counters of a flow leave out the errors about it, and count IP lengths, not padding."""
    path = os.path.join(directory, "udp-refused.pcap")
    run = harness.Run(["--format", "ndjson", "--events", "flow", path])
    records = run.records()
    if not checks.equal(len(records), 1, "udp-refused: flow records"):
        return
    record = records[0]
    pcaps_truth.hold(checks, "udp-refused: flow", record, {
        "src_ip": generate_errors.A4, "dest_ip": generate_errors.B4, "src_port": 40000,
        "dest_port": 69, "proto": "UDP", "flow.pkts_toserver": 5, "flow.pkts_toclient": 0,
        "flow.bytes_toserver": 5 * 37, "flow.bytes_toclient": 0, "icmp_errors.count": 10})
    by = {(entry["reporter"], entry["icmp_code"]): entry["count"]
          for entry in record["icmp_errors"]["by"]}
    checks.equal(by, {(generate_errors.B4, 3): 5, (generate_errors.R4, 13): 5},
                 "udp-refused: reporters")
    path = os.path.join(directory, "tcp-handshake.pcap")
    run = harness.Run(["--format", "ndjson", "--events", "flow", "--all-flows", path])
    pcaps_truth.hold(checks, "tcp-handshake: flow", run.records()[0], {
        "src_ip": generate_errors.A4, "dest_port": 443, "proto": "TCP", "flow.pkts_toserver": 3,
        "flow.pkts_toclient": 2, "flow.bytes_toserver": 40 + 40 + 43,
        "flow.bytes_toclient": 40 + 42})


def check_eviction(checks, directory):
    """Ten flows in a table for four: the error about the first finds nothing, and that is said."""
    line = generate_errors.Timeline()
    sent = [generate_errors.datagram(generate_errors.A4, generate_errors.B4, 40000 + number, 53,
                                     ident=1) for number in range(10)]
    for packet in sent:
        line.add(packet)
    line.add(generate_errors.unreachable(sent[0], generate_errors.R4))
    line.add(generate_errors.unreachable(sent[9], generate_errors.R4))
    never = generate_errors.datagram(generate_errors.A4, generate_errors.B4, 40010, 53, ident=1)
    line.add(generate_errors.unreachable(never, generate_errors.R4))
    path = os.path.join(directory, "ten-flows.pcap")
    with open(path, "wb") as file:
        file.write(line.pcap(generate_packets.ETHERNET))
    records, _ = pcaps_truth.icmp_records(path, ["--max-flows", "4"])
    checks.equal(records[11]["match"]["verdict"], "unmatched", "evicted flow: verdict")
    checks.equal(records[11]["match"].get("anomalies"), ["flow_evicted"], "evicted flow: why")
    checks.equal(records[12]["match"]["verdict"], "exact", "flow that stayed: verdict")
    checks.equal(records[13]["match"]["verdict"], "unmatched", "flow that never was: verdict")
    checks.equal(records[13]["match"].get("anomalies"), None, "flow that never was: why")
    document = harness.Run(["--format", "json", "--max-flows", "4", path]).records()[0]
    checks.equal(document["health"]["evicted_flows"], 6, "evicted flows")
    checks.equal(document["flows"]["seen"], 10, "flows seen, those evicted included")


def check_pcaps_counts(checks):
    """pcaps/README, whose counts are tshark's: packets, and messages by type and code."""
    with open(os.path.join(harness.PCAPS, "README"), encoding="utf-8") as file:
        text = file.read()
    lines = re.findall(r"^(\S+\.pcap(?:ng)?) +((?:.*\n {20,})*.*)$", text, re.M)
    checks.equal({name for name, _ in lines},
                 {os.path.basename(path) for path in harness.captures_in(harness.PCAPS)},
                 "captures with a line in pcaps/README")
    for name, counts in lines:
        document = harness.Run(["-j", os.path.join(harness.PCAPS, name)]).records()[0]
        words = " ".join(counts.split())
        checks.equal(document["packets"], int(words.split()[0]), name, "packets")
        wanted = set()
        for proto, part in re.findall(r"(ICMP|ICMPv6) ([^;]*\d)", words):
            wanted |= {("IPv6-ICMP" if proto == "ICMPv6" else proto, *map(int, numbers))
                       for numbers in re.findall(r"(\d+)/(\d+) x(\d+)", part)}
        said = {(row["proto"], row["icmp_type"], row["icmp_code"], row["count"])
                for row in document["icmp"]["by_type"]}
        checks.equal(said, wanted, name, "messages by type and code")


def check_translated(checks, directory):
    """What a person reads of translated packets, and of those that cannot be told apart."""
    for capture, wanted in (
            ("nat-source", "(frame 2, about frame 1; sent as 10.0.0.2:40000 > 198.51.100.2:53 and "
             "translated)"),
            ("nat-echo", "sent as 10.0.0.2 > 198.51.100.2 and translated)"),
            ("nat-ipv6", "sent as [fd00:1:2:3::2]:40000 > [2001:db8:b::2]:53 and translated)"),
            ("nat-hosts-alike", "NOT TIED translated packets that several hosts have sent alike")):
        run = harness.Run([os.path.join(directory, capture + ".pcap")])
        words = " ".join(run.out.decode().split())
        checks.that(wanted in words, capture, "text has no", wanted)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        check_generated(checks, directory)
        check_merged(checks, directory)
        check_flows(checks, directory)
        check_eviction(checks, directory)
        check_translated(checks, directory)
    pcaps_truth.check_captures(checks, harness.PCAPS)
    check_pcaps_counts(checks)
    checks.finish()


main()
