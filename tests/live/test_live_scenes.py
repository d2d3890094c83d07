#!/usr/bin/env python3
"""Seen live is as read later: while real programs talk through network namespaces (pcaps/make), the
command captures from the interfaces (-i) beside tcpdump, and what it said is held against what it
says of tcpdump's files.

Two sockets get the same packets, yet the kernel may read the clock for each of them: times differ by
microseconds, and all else is equal. On several processors the sockets may also get two packets in
different order, and a neighbour's question may come between their beginnings: such a scene is played
again.

From the environment:
LIVE_SCENES   names as pcaps/make knows them, or "all", in place of those below

Skipped where there are no namespaces, or a program that this needs is not there."""

import json
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

SCENES = ("tftp6", "ping", "traceroute-icmp", "traceroute6-tcp", "hops-mtr", "pmtu-tcp", "pmtu6-tcp",
          "redirect", "redirect6", "routers6", "nat", "two-interfaces", "unreachable6")
PARALLEL = 6
SECONDS = 150  # for one scene, on a machine with much else to do
ATTEMPTS = 3
# How much later one socket's time may be than the other's: the machine may do something else in
# between. Half of all differences stay below the first.
TYPICAL_US, MOST_US = 500, 50_000
NAMES = "pcap_filename", "in_iface", "evidence_pcap"
# Members of `stats` that files have not, or that follow from times which differ by microseconds.
OF_INTERFACES = ("received", "kernel_drops", "interface_drops", "interface_losses",
                 "time_backwards")
# What is told otherwise since a capture from an interface goes on after its last packet.
GOES_ON = (("verdict", "stopped", "unknown"), ("status", "lost", "unanswered_at_end"))
# Several interfaces at once: those of the files that they are held against.
TOGETHER = {"two-interfaces.pcapng": {"eth0": "left.pcap", "right": "right.pcap"}}


# ---- the scenes ----------------------------------------------------------------------------------


def scene_names():
    wanted = os.environ.get("LIVE_SCENES")
    if wanted != "all":
        return wanted.split() if wanted else list(SCENES)
    usage = subprocess.run([os.path.join(harness.PCAPS, "make"), "-h"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    return usage.partition("names:\n")[2].split()


def start(scene, directory):
    os.makedirs(directory, exist_ok=True)
    environment = dict(os.environ, PCAPS_WATCH="'%s' -J" % harness.program(), LC_ALL="C.UTF-8",
                       TZ="UTC")
    return subprocess.Popen([os.path.join(harness.PCAPS, "make"), "-o", directory, scene],
                            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, start_new_session=True)


def end(process):
    """pcaps/make ends what runs in its namespaces when it is told to."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


def make_captures(checks, scenes, directory):
    """The scenes that were made, each in a folder of its own; some may need what is not here."""
    made, waiting, running = [], list(scenes), {}
    try:
        while waiting or running:
            while waiting and len(running) < PARALLEL:
                scene = waiting.pop(0)
                running[scene] = start(scene, os.path.join(directory, scene))
            scene, process = next(iter(running.items()))
            said = process.communicate(timeout=SECONDS)[0]
            del running[scene]
            if process.returncode == harness.SKIPPED:
                print("skipped", scene + ":", " ".join(said.split()))
            elif checks.equal(process.returncode, 0, scene, "made; it said", said):
                made.append(scene)
    except subprocess.TimeoutExpired:
        checks.that(False, scene, "made within", SECONDS, "s")
    finally:
        for process in running.values():
            end(process)
    return made


# ---- comparing -----------------------------------------------------------------------------------


def microseconds(text):
    """Of a time as records have it, modulo a day, which no scene takes."""
    hours, minutes, seconds = text.partition("T")[2].rstrip("Z").split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000_000 + round(float(seconds) * 1e6)


def is_time(value):
    return isinstance(value, str) and len(value) == 27 and value[10] == "T" and value[-1] == "Z"


def time_of(key, value):
    """In microseconds, where it is one."""
    if is_time(value):
        return microseconds(value)
    if key.endswith("_us"):
        return value
    if key in ("seconds", "age"):
        return value * 1e6
    return None


class Comparison:
    """Of records as seen live and as read, by all but times; `apart` has how far those are apart."""

    def __init__(self, end):
        self.end = end  # what the file's last packet has as time
        self.apart, self.differences = [], []

    def differ(self, where, live, read):
        self.differences.append("%s: live %r, read %r" % (where, live, read))

    def same(self, where, key, live, read):
        if isinstance(live, dict) and isinstance(read, dict):
            for name in sorted((live.keys() | read.keys()) - set(NAMES)):
                self.same(where + "." + name, name, live.get(name), read.get(name))
        elif isinstance(live, list) and isinstance(read, list) and len(live) == len(read):
            for one, other in zip(live, read):
                self.same(where, key, one, other)
        elif time_of(key, live) is not None and type(live) is type(read):
            self.same_time(key, live, read)
        elif live != read and (key, live, read) not in GOES_ON:
            self.differ(where, live, read)

    def same_time(self, key, live, read):
        """What is told at the end has the time of that, and live it is later."""
        if read in self.end and live > read and key in ("timestamp", "ts_us"):
            return
        self.apart.append(abs(time_of(key, live) - time_of(key, read)))


def by_kind(records):
    """In their order, but for that of one kind and another: with a clock, one may come sooner."""
    kinds = {}
    for record in records:
        kinds.setdefault(record["event_type"], []).append(record)
    return kinds


def compare(live, read):
    last = read[-1]  # `stats`
    comparison = Comparison((last["timestamp"], last["ts_us"]))
    live, read = by_kind(live), by_kind(read)
    for kind in sorted(live.keys() | read.keys()):
        ours, theirs = live.get(kind, []), read.get(kind, [])
        if len(ours) != len(theirs):
            comparison.differ("number of %s records" % kind, len(ours), len(theirs))
        for number, (one, other) in enumerate(zip(ours, theirs)):
            comparison.same("%s %d" % (kind, number), "", one, other)
    return comparison


def frames(records, names):
    """Where each message was."""
    return [(names.get(record.get("in_iface")) or os.path.basename(record["pcap_filename"]),
             record["pcap_cnt"]) for record in records if record["event_type"] == "icmp"]


def check_capture(checks, path, again):
    """Whether it was comparable; where it was not, and there may be another attempt, nothing is
    checked."""
    name = os.path.basename(path)
    with open(path + ".live", "rb") as file:
        live = [json.loads(line) for line in file]
    together = TOGETHER.get(name)
    files = [os.path.join(os.path.dirname(path), one) for one in together.values()] \
        if together else [path]
    read = harness.Run(["-J", *files]).records()
    stats = live[-1]["stats"]
    kernel = {key: stats.pop(key, None) for key in OF_INTERFACES}
    read[-1]["stats"].pop("time_backwards", None)
    comparison = compare(live, read)
    apart = sorted(comparison.apart)
    alike = not comparison.differences and apart and apart[-1] <= MOST_US
    if again and not alike:
        print(name, "again:", (comparison.differences + ["times apart %r us" % apart[-1:]])[0])
        return False
    print("%s: %d records; times apart by %d us at most, half of them by %d at most"
          % (name, len(live), apart[-1], apart[len(apart) // 2]))
    checks.equal(comparison.differences, [], name, "live")
    checks.that(apart[-1] <= MOST_US and apart[len(apart) // 2] <= TYPICAL_US, name, "times apart")
    checks.equal((kernel["received"], kernel["kernel_drops"], kernel["interface_losses"]),
                 (stats["packets"], 0, 0), name, "as the kernel counts: received, dropped, lost")
    if together:
        checks.equal(frames(live, together), frames(read, together), name, "interfaces and frames")
    for what, wanted in ("stderr", b""), ("status", b"%d\n" % harness.OK):
        with open("%s.%s" % (path, what), "rb") as file:
            checks.equal(file.read(), wanted, name, what)
    return True


def check_scene(checks, directory, again):
    captures = [path for path in harness.captures_in(directory) if os.path.exists(path + ".live")]
    checks.that(captures, directory, "has captures")
    return all([check_capture(checks, path, again) for path in captures])


def main():
    checks = harness.Checks()
    with harness.scratch() as directory:
        scenes, attempts = scene_names(), ATTEMPTS
        while scenes and attempts > 0:
            attempts -= 1
            place = os.path.join(directory, str(attempts))
            scenes = [scene for scene in make_captures(checks, scenes, place)
                      if not check_scene(checks, os.path.join(place, scene), attempts > 0)]
    if not checks.passed and not checks.failed:
        harness.skip("no scene can be made here")
    checks.finish()


main()
