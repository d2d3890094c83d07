#!/usr/bin/env python3
"""Compares the records of the shared captures with the tables that tshark made of them. Every error
whose flow stands in its capture must be tied to it; where sharkd is, that is asked anew.

Every difference fails, but for those that tests/oracle-explained.tsv explains, and an explanation
that explains nothing fails too.

usage: oracle.py [--list] [CAPTURE…]      --list prints the differences, explained ones too"""

import collections
import fnmatch
import os
import sys

sys.dont_write_bytecode = True
import harness
import oracle_flows
import sharkd

# Column of the table → path in the record. Compared where the table has a value.
FIELDS = {
    "type": "icmp_type", "code": "icmp_code", "src": "src_ip", "dst": "dest_ip", "id": "icmp.id",
    "seq": "icmp.seq", "mtu": "icmp.mtu", "pointer": "icmp.pointer", "q_src": "quoted.src_ip",
    "q_dst": "quoted.dest_ip", "q_sport": "quoted.src_port", "q_dport": "quoted.dest_port",
    "q_ipid": "quoted.ip_id", "q_ttl": "quoted.ttl", "q_icmp_type": "quoted.icmp_type",
    "q_icmp_id": "quoted.icmp_id", "q_icmp_seq": "quoted.icmp_seq", "q_tcp_seq": "quoted.tcp_seq",
}
CHECKSUMS = {"0": "bad", "1": "good", "2": "unverified"}
# Objects of extensions: their class; of a role its number, in the order of RFC 5837 4.1.
CLASSES = {"mpls": 1, "interface": 2, "interface_id": 3, "extended_information": 4, "node_id": 5}
ROLES = ["incoming", "incoming_sub_ip", "outgoing", "next_hop"]
IP_PROTOCOLS = {"1": "ICMP", "4": "IP-in-IP", "6": "TCP", "17": "UDP", "47": "GRE", "50": "ESP", "58": "IPv6-ICMP",
                "89": "OSPF", "132": "SCTP"}
IPV6_HEADER = 40
REDIRECTS = {("4", "5"), ("6", "137")}
TIED = {"exact", "flow", "reverse", "nat", "fragment"}
LISTENERS = {"130", "131", "132"}  # their target is a group
DISCOVERY = {"133", "134", "135", "136", "137"}


def text(value):
    return "" if value is None else str(value)


def wanted_of(row):
    """{path: text} that the record of this row must have."""
    wanted = {path: row[column] for column, path in FIELDS.items() if row[column]}
    if row["cksum"] in CHECKSUMS:
        wanted["icmp.checksum"] = CHECKSUMS[row["cksum"]]
    if row["q_proto"]:
        wanted["quoted.proto"] = IP_PROTOCOLS.get(row["q_proto"], row["q_proto"])
    if row["q_len"]:  # of IPv6 the table has the payload's
        wanted["quoted.length"] = str(
            int(row["q_len"]) + (IPV6_HEADER if row["q_ver"] == "6" else 0))
    if (row["ipver"], row["type"]) in REDIRECTS and row["gateway"]:
        wanted["icmp.gateway"] = row["gateway"]
    return wanted


def kind_of(item):
    """Class and subtype of an object, as the table has them: "2/14"."""
    if item["object"] == "unknown":
        return "%d/%d" % (item["class"], item["ctype"])
    ctype = 1
    if item["object"] == "interface":
        ctype = ROLES.index(item["role"]) << 6
    if item["object"] in ("interface", "node_id"):
        ctype |= sum(bit for key, bit in (("index", 8), ("ip", 4), ("name", 2), ("mtu", 1))
                     if key in item)
    elif item["object"] == "interface_id":
        ctype = 1 if "name" in item else 2 if "index" in item else 3
    return "%d/%d" % (CLASSES[item["object"]], ctype)


def interface_of(item):
    """What an object says of an interface, as the table has it: "role=0;index=15;…"."""
    told = {key: str(item[key]) for key in ("index", "name", "mtu") if key in item}
    if "role" in item:
        told["role"] = str(ROLES.index(item["role"]))
    if "ip" in item:
        told["ipv6" if ":" in item["ip"] else "ipv4"] = item["ip"]
    return told


def extension_differences(row, record):
    """The same of the extension: its objects, label stacks and interfaces."""
    items = harness.member(record, "icmp.extensions") or []
    labels = [one for item in items for one in item.get("labels", ())]
    said = {
        "icmp.extensions": ",".join(map(kind_of, items)),
        "icmp.extensions.labels": ",".join(
            ":".join(str(one[key]) for key in ("label", "tc", "s", "ttl")) for one in labels),
    }
    for path, column in ("icmp.extensions", "ext_objs"), ("icmp.extensions.labels", "mpls"):
        if said[path] != row[column]:
            yield path, said[path], row[column]
    told = {key: value for item in items if item["object"].startswith("interface")
            for key, value in interface_of(item).items()}
    wanted = dict(pair.split("=", 1) for pair in row["ifinfo"].split(";") if pair)
    wanted.pop("afi", None)
    if told != wanted:
        yield "icmp.extensions.interface", str(told), str(wanted)
    checksum = text(harness.member(record, "icmp.extension_checksum"))
    if checksum != CHECKSUMS.get(row["ext_cksum"], ""):
        yield "icmp.extension_checksum", checksum, CHECKSUMS.get(row["ext_cksum"], "none")


def discovery_differences(row, record):
    """The same of Neighbor Discovery and multicast listeners: the target, and which options."""
    if row["ipver"] != "6":
        return
    if row["nd_target"]:
        path = "icmp.group" if row["type"] in LISTENERS else "icmp.target"
        said = text(harness.member(record, path))
        if said != row["nd_target"]:
            yield path, said, row["nd_target"]
    if row["type"] in DISCOVERY or row["nd_opts"]:
        options = harness.member(record, "icmp.options") or []
        said = ",".join(str(option["type"]) for option in options)
        if said != row["nd_opts"]:
            yield "icmp.options", said, row["nd_opts"]


def differences(row, record):
    """(path, said, wanted) of one message."""
    yield from extension_differences(row, record)
    yield from discovery_differences(row, record)
    for path, wanted in wanted_of(row).items():
        said = text(harness.member(record, path))
        if said != wanted:
            yield path, said, wanted
    verdict = text(harness.member(record, "match.verdict"))
    if row["corr_before"] not in ("", "0") and verdict not in ("exact", "flow"):
        yield "match.verdict", verdict, "exact or flow: %s packets before" % row["corr_before"]
    frame = text(harness.member(record, "match.pcap_cnt"))
    if row["corr_trigger"] and frame != row["corr_trigger"]:
        yield "match.pcap_cnt", frame, row["corr_trigger"]


class Ties:
    """Errors whose flow stands in the capture, by Wireshark; and which of them are tied to it."""

    def __init__(self, paths):
        self.flows = oracle_flows.of_captures(paths)
        self.errors = self.standing = self.tied = 0
        self.verdicts = collections.Counter()

    def differences(self, path, rows, records):
        """(frame, path, said, wanted) of the errors that are not tied although they should be."""
        errors = {frame: row for frame, row in rows.items() if oracle_flows.keys_of(row)}
        for frame, row in errors.items():
            verdict = text(harness.member(records.get(frame, {}), "match.verdict"))
            stand = self.flows[path].stand(row)
            self.errors += 1
            self.standing += bool(stand)
            if not stand:
                continue
            self.verdicts[verdict] += 1
            self.tied += verdict in TIED
            if verdict not in TIED:
                yield frame, "match.verdict", verdict, "tied to the flow of frame %d" % min(stand)


def put_together(rows, table, records):
    """Rows of a capture with fragments of ICMP. The table with reassembly has a message at the frame
    of its last fragment, and none of which not all came; that is read from its first fragment, which
    the table without reassembly has."""
    if not os.path.exists(table):
        return rows, []
    whole = {row["frame"]: row for row in harness.read_table(table)}
    ended = set(whole) - set(rows)
    begun = {frame for frame in set(rows) - set(whole)
             if harness.member(records.get(frame, {}), "icmp.complete") is not False}
    wrong = [(frame, "icmp.complete", text(harness.member(records[frame], "icmp.complete")), "True")
             for frame in ended & set(records)
             if harness.member(records[frame], "icmp.complete") is not True]
    if len(begun) != len(ended):
        wrong.append(("-", "frame", "%d begun" % len(begun), "%d whole" % len(ended)))
    kept = {frame: row for frame, row in rows.items() if frame not in begun}
    return {**kept, **{frame: whole[frame] for frame in ended}}, wrong


def compare(path, table, ties):
    """(frame, path, said, wanted) of one capture; `frame` as path: one of the two has no record."""
    run = harness.Run(["--format", "ndjson", "--events", "icmp", path])
    if run.status not in (harness.OK, harness.DAMAGED):
        yield "-", "exit", str(run.status), "0 or 3"
        return
    records = {str(record["pcap_cnt"]): record for record in run.records()}
    rows = {row["frame"]: row for row in harness.read_table(table)}
    rows, wrong = put_together(rows, table[:-len("tsv")] + "defrag.tsv", records)
    yield from wrong
    for frame in sorted(set(records) | set(rows), key=lambda number: int(number)):
        if frame not in records:
            yield frame, "frame", "", "a record"
        elif frame not in rows:
            yield frame, "frame", "a record", ""
        else:
            for difference in differences(rows[frame], records[frame]):
                yield (frame, *difference)
    if ties is not None:
        yield from ties.differences(path, rows, records)


class Explanations:
    def __init__(self, path):
        self.rows = harness.read_table(path)
        self.used = [0] * len(self.rows)

    def explain(self, capture, frame, path):
        """Whether a row does; the first that fits counts as used."""
        for number, row in enumerate(self.rows):
            if fnmatch.fnmatchcase(capture, row["capture"]) \
                    and row["frame"] in ("*", frame) \
                    and any(fnmatch.fnmatchcase(path, one) for one in row["field"].split(",")):
                self.used[number] += 1
                return True
        return False


def report(ties):
    if ties is None:
        print("no sharkd: what Wireshark says of the flows was taken from the tables")
        return
    print("%d errors with a quote that names a flow; of %d it stands in the capture, %d are tied: %s"
          % (ties.errors, ties.standing, ties.tied,
             ", ".join("%d %s" % (count, kind) for kind, count in ties.verdicts.most_common())))


def main(args):
    listing = "--list" in args
    only = [arg for arg in args if not arg.startswith("-")]
    oracle = os.path.join(harness.SHARED, "oracle")
    if not os.path.isdir(oracle):
        harness.skip("no captures at %s (ICMPSCOPE_CAPTURES names another place)" % harness.SHARED)
    explanations = Explanations(os.path.join(harness.TESTS, "oracle-explained.tsv"))
    checks = harness.Checks(most=400)
    tables = {path: os.path.join(oracle, os.path.basename(path) + ".tsv")
              for path in harness.captures_in(harness.SHARED)
              if not only or os.path.basename(path) in only}
    paths = [path for path, table in tables.items() if os.path.exists(table)]
    ties = Ties(paths) if sharkd.available() else None
    for path in paths:
        name, table = os.path.basename(path), tables[path]
        for frame, field, said, wanted in compare(path, table, ties):
            explained = explanations.explain(name, frame, field)
            checks.that(explained, name, "frame", frame, field, "is", repr(said), "not", wanted)
            if listing:
                print(name, frame, field, repr(said), repr(wanted), "explained" * explained)
        checks.that(True)
    if not only:
        for row, used in zip(explanations.rows, explanations.used):
            checks.that(used, "explains nothing:", *row.values())
    report(ties)
    checks.finish()


main(sys.argv[1:])
