#!/usr/bin/env python3
"""Measures memory, as the peak of what the kernel says is resident (`make bench-memory`): what a flow
takes, what the rest takes, and that --max-memory is held whatever comes. Fails where a limit is missed.

From the environment, or as variables of make:
MEMORY_SCALE  percent of the packets (100): the limit of a flow means nothing with fewer
MEMORY_ONLY   only the floods whose name has this in it
MEMORY_CHECK  1: fail unless all flows were seen, and do not judge what a flow takes
BENCH_DIR     where the captures are made (bench-captures); each is removed after its runs"""

import os
import sys

sys.dont_write_bytecode = True
import flood_packets as packets
import floods
import measuring
from measuring import fixed, number

# Each packet leaves 64 bytes of its own until the newest 2^20 are kept: as many, and more, are in
# every capture, so that these are part of what does not depend on flows.
PACKETS = 2_097_152
FLOWS = (262_144, 524_288, 786_432, 1_048_576, 1_572_864, 2_097_152)
BYTES_OF_FLOW = 128
CAPS = (32, 48, 96)
FORMS = {"text": [], "json": ["-j"], "ndjson": ["-J"], "evidence": ["-w", "EVIDENCE"]}
KINDS = (  # name, the packet of a flow, the most bytes of a flow or None
    ("IPv4", lambda n: packets.udp4(packets.scattered(n), packets.scattered(n + 1),
                                    packets.scattered(n)), BYTES_OF_FLOW),
    ("IPv6", lambda n: packets.udp6(packets.scattered(n) << 32 | n, packets.scattered(n)), None),
)


def scaled(count):
    return max(1, int(count * measuring.environment("MEMORY_SCALE", 100.0) / 100))


def peak(command):
    """MiB. Of one run: there is nothing random in it but the seed of the hash."""
    return measuring.measure(command).peak


def capture_path():
    return os.path.join(measuring.directory(), "memory.pcap")


# ---- flows ------------------------------------------------------------------------------------


def flows_peak(make, flows):
    """MiB, of `flows` flows in turn."""
    path = capture_path()
    packets.write(path, (make(n % flows) for n in range(max(scaled(PACKETS), flows))))
    mib = peak(["./icmpscope", path])
    if os.environ.get("MEMORY_CHECK"):
        seen = floods.summary(path)["flows"]["seen"]
        assert seen == flows, (seen, flows)
    os.remove(path)
    return mib


def hit_peak(make, flows):
    """MiB, where an error is about each of as many flows, behind all packets."""
    path = capture_path()
    everything = (make(n % flows) if n < scaled(PACKETS) else
                  packets.error(make(n - scaled(PACKETS))) for n in range(scaled(PACKETS) + flows))
    packets.write(path, everything)
    mib = peak(["./icmpscope", path])
    os.remove(path)
    return mib


def flow_rows(misses):
    """A row each. Adds what misses its limit to `misses`."""
    for name, make, limit in KINDS:
        constant = flows_peak(make, 1)
        yield ["%s: one flow" % name, "1", fixed(constant, 1), "", "", ""]
        for flows in map(scaled, FLOWS):
            mib = flows_peak(make, flows)
            each = (mib - constant) * (1 << 20) / flows
            over = limit is not None and each > limit and not os.environ.get("MEMORY_CHECK")
            yield ["%s: flows" % name, number(flows), fixed(mib, 1), fixed(each, 1),
                   "" if limit is None else number(limit), "MISSED" if over else "holds"]
            if over:
                misses.append("%s, %s flows: %.1f bytes a flow, at most %d" % (
                    name, number(flows), each, limit))
    yield from hit_rows()


def hit_rows():
    """What is taken beyond that where an error is about each flow: tables with a bound of their own."""
    make = KINDS[0][1]
    for flows in (scaled(65_536), scaled(262_144)):
        without, mib = flows_peak(make, flows), hit_peak(make, flows)
        yield ["IPv4: each hit by an error", number(flows), fixed(mib, 1),
               "%s MiB more" % fixed(mib - without, 1), "", ""]


# ---- --max-memory -----------------------------------------------------------------------------


def everything(number_):
    """Of each flood in turn."""
    flood = floods.FLOODS[number_ % len(floods.FLOODS)]
    return flood.make(number_ // len(floods.FLOODS))


def many_flows(number_):
    return KINDS[0][1](number_)


def cap_floods():
    """(name, packet of a number, how many)."""
    yield "1,000,000 flows", many_flows, 1_000_000
    for flood in floods.FLOODS:
        if flood.like is None:
            yield flood.name, flood.make, flood.count
    yield "all of them mixed", everything, 1_000_000


def cap_peaks(path, form, caps):
    """{cap in MiB, or None: MiB}."""
    evidence = os.path.join(measuring.directory(), "evidence.pcapng")
    command = ["./icmpscope", *(evidence if word == "EVIDENCE" else word for word in FORMS[form])]
    peaks = {cap: peak([*command, *(["--max-memory", "%dM" % cap] if cap else []), path])
             for cap in caps}
    if os.path.exists(evidence):
        os.remove(evidence)
    return peaks


def cap_row(name, make, count):
    """A row, with the most that any form of output takes, and what misses."""
    path, caps = capture_path(), [*CAPS, None]
    packets.write(path, map(make, range(scaled(count))))
    peaks = {form: cap_peaks(path, form, caps) for form in FORMS}
    os.remove(path)
    reasons = ["%s, %s, --max-memory %dM: %.1f MiB" % (name, form, cap, peaks[form][cap])
               for form in FORMS for cap in CAPS if peaks[form][cap] >= cap]
    most = [fixed(max(peaks[form][cap] for form in FORMS), 1) for cap in caps]
    return [name, number(scaled(count)), *most, "MISSED" if reasons else "holds"], reasons


def cap_rows(misses):
    """A row each. Adds what misses its limit to `misses`."""
    for name, make, count in cap_floods():
        if os.environ.get("MEMORY_ONLY", "") in name:
            row, over = cap_row(name, make, count)
            misses += over
            yield row


def main():
    print(measuring.machine())
    misses = []
    measuring.table(["", "flows", "peak MiB", "bytes a flow", "limit", ""], flow_rows(misses))
    print("Bytes a flow: what the peak is above that of one flow, of as many packets.\n"
          "Peaks in MiB under --max-memory, and without it, the most of: %s." % ", ".join(FORMS))
    measuring.table(["", "packets", *("%dM" % cap for cap in CAPS), "none", ""], cap_rows(misses))
    print("\n".join(["Missed:", *misses]) if misses else "None missed.")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
