#!/usr/bin/env python3
"""Holds what is said of echoes against captures of which it is known what became of each request
(generate_echo.py), with Python's own statistics; and against what Wireshark says of real ones."""

import math
import os
import statistics
import sys

sys.dont_write_bytecode = True
import generate_echo
import harness
import sharkd

COUNTERS = ("sent", "answered", "lost", "errors", "late", "duplicates", "unsolicited",
            "payload_changed", "unanswered_at_end", "replies")
NEAR = 0.008  # of the median and the 95th percentile, as the manual has it


def runs(outcomes):
    """The lengths of the runs of lost requests, in the order of sending."""
    found, run = [], 0
    for lost in outcomes + [False]:
        if not lost and run:
            found.append(run)
        run = run + 1 if lost else 0
    return found


def overtaken(order):
    """How many replies came after the reply to a later request."""
    count, last = 0, -1
    for _, index in sorted(order):
        count += index < last
        last = max(last, index)
    return count


def hold_times(checks, name, row, truth):
    times = [rtt for _, rtt in sorted(truth["rtts"])]
    steps = [abs(a - b) for a, b in zip(times, times[1:])]
    rtt = row.get("rtt", {})
    exact = {"count": len(times), "min_us": min(times), "max_us": max(times), "sum_us": sum(times),
             "mean_us": statistics.mean(times), "jitter_us": statistics.mean(steps)}
    for key, value in exact.items():
        checks.that(math.isclose(rtt.get(key, -1), value, rel_tol=1e-9), name, key, "is",
                    rtt.get(key), "not", value)
    ranked = sorted(times)
    for key, value in (("median_us", statistics.median_low(times)),
                       ("p95_us", ranked[math.ceil(0.95 * len(times)) - 1])):
        checks.that(abs(rtt.get(key, -1) - value) <= NEAR * value, name, key, "is", rtt.get(key),
                    "not", value)
    buckets = rtt.get("histogram", [])
    for bucket in buckets:
        inside = sum(bucket["us"] <= time < bucket["below_us"] for time in times)
        checks.equal(bucket["count"], inside, name, "bucket", bucket["us"])
    checks.equal(sum(bucket["count"] for bucket in buckets), len(times), name, "buckets")


def hold_pair(checks, name, row, truth):
    for key in COUNTERS:
        checks.equal(row[key], truth[key], name, key)
    lost = runs(truth["outcomes"])
    checks.equal(row["loss_bursts"], len(lost), name, "bursts")
    checks.equal(row["longest_loss_burst"], max(lost, default=0), name, "longest burst")
    checks.equal(row["reordered"], overtaken(truth["order"]), name, "reordered")
    hold_times(checks, name, row, truth)


def hold_records(checks, name, records, truth):
    """Each reply and each loss is told once."""
    told = {}
    for record in records:
        told.setdefault(record["echo"]["status"], []).append(record)
    answered = told.get("answered", [])
    checks.equal([record["echo"].get("rtt_us") for record in answered],
                 [rtt for _, rtt in sorted(truth["rtts"])], name, "times of records")
    checks.equal(len(told.get("lost", [])), truth["lost"] + truth["errors"] + truth["late"], name,
                 "lost")
    for status, key in (("duplicate", "duplicates"), ("unsolicited", "unsolicited"),
                        ("unanswered_at_end", "unanswered_at_end")):
        checks.equal(len(told.get(status, [])), truth[key], name, status)
    checks.equal(sum("late" in record["echo"] for record in answered), truth["late"], name, "late")
    checks.equal(sum("error" in record["echo"] for record in records), truth["errors"], name,
                 "errors")
    different = [record for record in answered if record["echo"].get("payload_equal") is False]
    checks.equal(len(different), truth["payload_changed"], name, "payload_equal")
    hosts = {record["echo"].get("replier") for record in answered} - {None}
    checks.equal(hosts, set(truth.get("hosts", ())), name, "repliers")
    for record in answered:
        echo = record["echo"]
        checks.equal(echo.get("program"), "linux", name, "program")
        checks.equal(echo.get("payload_age_us"), 0, name, "payload_age_us")
        checks.equal(record["pcap_cnt"], echo["reply_cnt"], name, "frame")


def check_generated(checks, directory):
    for name, pings in generate_echo.captures():
        path = os.path.join(directory, name + ".pcap")
        with open(path, "wb") as file:
            file.write(pings.pcap())
        records = harness.Run(["-J", "--events", "echo", path]).records()
        rows = harness.Run(["-j", path]).records()[0]["echo"]
        checks.equal(len(rows), len(pings.truth), name, "pairs")
        for (src, dst), truth in pings.truth.items():
            row = [row for row in rows if (row["src_ip"], row["dest_ip"]) == (src, dst)]
            if checks.equal(len(row), 1, name, src, dst):
                hold_pair(checks, name, row[0], truth)
            hold_records(checks, name, records, truth)


# ---- Wireshark -----------------------------------------------------------------------------------

# Frames of which Wireshark says that they answer, and we do not: by capture, with the reason.
EXPLAINED = {
    # The "reply" has the same source and destination as the request.
    "snabb__broadcast.pcap": {6},
}
FIELDS = ("frame.number", "icmp.resptime", "icmp.resp_to", "icmpv6.resptime", "icmpv6.resp_to")


def answers(frames):
    """Frames of replies: Wireshark's time in microseconds, and the frame of the request. Not of
    frames that hold several echoes."""
    found = {}
    for frame in frames:
        number, time4, to4, time6, to6 = (frame[field] for field in FIELDS)
        if time4 + time6 and "," not in time4 + time6:
            found[int(number)] = (float(time4 or time6) * 1000, int(to4 or to6))
    return found


def check_answers(checks, path, theirs):
    """Of a request that was captured several times we take the first, Wireshark the last before
    the reply."""
    name = os.path.basename(path)
    records = harness.Run(["-J", "--events", "echo", path]).records()
    ours = {record["pcap_cnt"]: record["echo"] for record in records
            if record["echo"]["status"] in ("answered", "duplicate")}
    for frame, (time, request) in theirs.items():
        if frame in EXPLAINED.get(name, ()) or not checks.that(
                frame in ours, name, "frame", frame, "answers", request):
            continue
        echo = ours[frame]
        if echo["request_cnt"] < request:
            checks.that(echo["rtt_us"] >= time - 1, name, frame, echo, "takes less than", time)
        else:
            checks.that(abs(echo["rtt_us"] - time) <= 1.001, name, frame, echo, "not", time)


def check_wireshark(checks):
    if not sharkd.available():
        print("no sharkd: what Wireshark says is not compared")
        return
    captures = harness.captures_in(harness.PCAPS) + harness.captures_in(harness.SHARED)
    for path, frames in sharkd.frames(harness.some(captures), FIELDS):
        theirs = answers(frames)
        if theirs:
            check_answers(checks, path, theirs)


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        check_generated(checks, directory)
    check_wireshark(checks)
    checks.finish()


main()
