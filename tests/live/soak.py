#!/usr/bin/env python3
"""A life in short: the command watches a router's interface while hosts talk through it, the interface
goes down, comes back, is deleted and made anew, the output is renamed and SIGHUPs come, and beside
it others find a full disk and a closed pipe. Nothing is lost, doubled, cut off or left behind.

From the environment:
SOAK_SECONDS   how long (15)
SOAK_RATE      packets a second (300)
SOAK_UNDER     a program that the command runs under, as "valgrind -q --error-exitcode=9", without
               its sandbox; how much memory it takes, and how fast it ends, is then not judged

`make soak` runs an hour. Skipped where there are no namespaces."""

import collections
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import namespaces
import harness

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = float(os.environ.get("SOAK_SECONDS") or 15)
RATE = os.environ.get("SOAK_RATE") or "300"
UNDER = (os.environ.get("SOAK_UNDER") or "").split()
MEMORY_MIB = 48      # --max-memory
GROWTH_MIB = 2       # of the second half
END_SECONDS = 1.0
REOPEN_SECONDS = 5.0
REPORT_SECONDS = 60
LINE_MOST = 8192
PROBE_ID = 65000     # of pings that are not counted
LATE_MOST = 200      # messages in 50 ms of capture time, and more

#        host 192.0.2.1 ---- eth0 .2 watched .1 eth1 ---- far 198.51.100.2
ADDRESSES = (
    ("host", "eth0", "192.0.2.1/24", "2001:db8:1::1/64"),
    ("watched", "eth0", "192.0.2.2/24", "2001:db8:1::2/64"),
    ("watched", "eth1", "198.51.100.1/24", "2001:db8:2::1/64"),
    ("far", "eth0", "198.51.100.2/24", "2001:db8:2::2/64"),
)
ROUTES = (("host", "192.0.2.2", "2001:db8:1::2"), ("far", "198.51.100.1", "2001:db8:2::1"))
FAR, FAR6 = "198.51.100.2", "2001:db8:2::2"


# ---- the network ---------------------------------------------------------------------------------


def set_addresses(net):
    """Again, where they are there already: an interface that was down has lost some."""
    for name, interface, *addresses in ADDRESSES:
        net.ip(name, "link", "set", interface, "up")
        for address in addresses:
            nodad = ["nodad"] if ":" in address else []
            net.ip(name, "address", "replace", address, "dev", interface, *nodad)
    for name, *gateways in ROUTES:
        for gateway in gateways:
            family = "-6" if ":" in gateway else "-4"
            net.ip(name, family, "route", "replace", "default", "via", gateway)


def build(net):
    net.add("host", "watched", "far")
    for name in net.names:
        net.do(name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
               "net.ipv6.conf.default.accept_dad=0", "net.ipv4.icmp_ratelimit=0",
               "net.ipv6.icmp.ratelimit=0")
        net.ip(name, "link", "set", "lo", "up")
    net.do("watched", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    net.cable("host", "eth0", "watched", "eth0")
    net.cable("watched", "eth1", "far", "eth0")
    set_addresses(net)


def down_and_up(net):
    net.ip("watched", "link", "set", "eth0", "down")
    time.sleep(0.4)
    set_addresses(net)


def delete_and_make(net):
    net.ip("watched", "link", "del", "eth0")
    time.sleep(0.4)
    net.cable("host", "eth0", "watched", "eth0")
    set_addresses(net)


SHAKES = down_and_up, delete_and_make


def hears(net, address):
    """With an ID of its own: ping would take its process's, which may be one that is counted."""
    return namespaces.succeeds(*net.on("host", "ping", "-q", "-e", str(PROBE_ID), "-c", "1",
                                       "-W", "1", address))


# ---- what is said --------------------------------------------------------------------------------


class Reader:
    """Takes the files of output in their order, and keeps of them what is counted."""

    def __init__(self, checks):
        self.checks = checks
        self.kinds, self.files, self.bytes = collections.Counter(), 0, 0
        self.answered = collections.Counter()  # by ID of ping
        self.frames = {}  # of the last messages in the order of coming, by interface
        self.stats = {}

    def take(self, path):
        self.files += 1
        with open(path, "rb") as file:
            for line in file:
                self.bytes += len(line)
                if self.checks.that(line.endswith(b"\n") and len(line) < LINE_MOST, path,
                                    "a line that is not whole, or too long:", line[-200:]):
                    self.take_line(path, line)

    def take_line(self, path, line):
        try:
            record = json.loads(line)
        except ValueError:
            self.checks.that(False, path, "not a record:", line[:200])
            return
        self.kinds[record["event_type"]] += 1
        if record["event_type"] == "icmp":
            self.take_message(record)
        elif record["event_type"] == "echo":
            self.answered[record["echo"]["id"]] += record["echo"]["status"] == "answered"
        elif record["event_type"] == "stats":
            self.take_stats(record["stats"])

    def take_message(self, record):
        """None twice, and in order but for errors that waited for their packets (--reorder)."""
        frames = self.frames.setdefault(record.get("in_iface"), {})
        frame = record["pcap_cnt"]
        self.checks.that(frame not in frames, "frame", frame, "again")
        self.checks.that(not frames or frame > next(iter(frames)), "frame", frame, "much later")
        frames[frame] = True
        if len(frames) > LATE_MOST:
            del frames[next(iter(frames))]

    def take_stats(self, stats):
        for key in "packets", "icmp_messages", "kernel_drops":
            self.checks.that(stats.get(key, 0) >= self.stats.get(key, 0), "stats go back:", key)
        self.stats = stats


# ---- what is done to it --------------------------------------------------------------------------


class Watched:
    """The command, and what befalls it."""

    def __init__(self, checks, net, directory):
        self.checks, self.net, self.directory = checks, net, directory
        self.out = os.path.join(directory, "out.ndjson")
        self.said = os.path.join(directory, "stderr")
        self.reader = Reader(checks)
        self.counts = collections.Counter()
        self.samples = []
        with open(self.said, "wb") as err:
            self.process = net.start(
                "watched", *UNDER, harness.program(), "-i", "eth0", "-J", "-o", self.out,
                "--interval", "5", "-B", "4096", "--max-memory", "%dM" % MEMORY_MIB,
                *(["--no-sandbox"] if UNDER else []),
                stdout=subprocess.DEVNULL, stderr=err)
        self.wait_until_capturing()

    def wait_until_capturing(self, since="it began"):
        if not namespaces.eventually(lambda: self.process.poll() is not None or
                                     self.net.captures("watched") > 0, 20):
            self.checks.that(False, "captures eth0 within 20 s since", since)
        time.sleep(0.3)

    def rotate(self):
        """As logrotate does. What was said until then stands in the old file, and no more comes."""
        self.counts["rotations"] += 1
        old = "%s.%d" % (self.out, self.counts["rotations"])
        os.rename(self.out, old)
        self.process.send_signal(signal.SIGHUP)
        if not self.checks.that(
                namespaces.eventually(lambda: os.path.exists(self.out), REOPEN_SECONDS),
                "opened its output again after SIGHUP"):
            raise RuntimeError("no output any more")
        size = os.path.getsize(old)
        self.reader.take(old)
        self.checks.equal(os.path.getsize(old), size, "size of what was put away")
        os.remove(old)

    def ask(self):
        self.counts["questions"] += 1
        self.process.send_signal(signal.SIGUSR1)

    def sample(self):
        """Of it and the processes that it made."""
        pids = [self.process.pid]
        with open("/proc/%d/task/%d/children" % (pids[0], pids[0]), encoding="ascii") as file:
            pids += [int(pid) for pid in file.read().split()]
        status = [namespaces.status_of(pid) for pid in pids]
        states = [one.get("State", "") for one in status]
        self.checks.that(not any(state.startswith("Z") for state in states), "states", states)
        self.samples.append((sum(one.get("RssAnon", 0) for one in status), len(pids),
                             sum(descriptors(pid) for pid in pids)))

    def end(self):
        ended(self.checks, self.process, signal.SIGTERM, "the command")
        self.reader.take(self.out)


def ended(checks, process, number, what):
    """It drains, and is gone within a second."""
    begun = time.monotonic()
    process.send_signal(number)
    checks.equal(process.wait(timeout=60), harness.OK, what, "exit status")
    seconds = time.monotonic() - begun
    checks.that(seconds < END_SECONDS or is_slowed(), what, "ended within", seconds, "s")


def descriptors(pid):
    """How many it has open; 0 where that is hidden from us, as from other users."""
    try:
        return len(os.listdir("/proc/%d/fd" % pid))
    except OSError:
        return 0


# ---- others beside it ----------------------------------------------------------------------------


def beside(net, script, seconds=20):
    """A shell's exit status and output, in which $0 is the command. It must end by itself."""
    process = net.start("watched", "sh", "-c", script, harness.program(),
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, b"", b""
    return process.returncode, out, err


def whole_lines(checks, what, text):
    """Of a fault, the last line may be cut off."""
    lines = text.split(b"\n")[:-1]
    for line in lines:
        checks.that(line.startswith(b"{") and line.endswith(b"}"), what, "line", line[:200])
    return lines


def full_disk(checks, net, directory):
    place = os.path.join(directory, "disk")
    os.makedirs(place, exist_ok=True)
    status, out, err = beside(net, """unshare -m sh -c 'mount -t tmpfs -o size=16k,mode=777 none %s
        "$0" -i eth1 -i eth0 -J -o %s/out; status=$?; cat %s/out; exit $status' "$0" """
                              % (place, place, place))
    checks.equal(status, harness.FAILED, "full disk: exit status")
    checks.that(b"No space left on device" in err, "full disk: stderr", err)
    checks.that(whole_lines(checks, "full disk", out), "full disk: what fitted", out)


def full_device(checks, net, directory):
    status, _, err = beside(net, '"$0" -i eth0 -J -l >/dev/full')
    checks.equal(status, harness.FAILED, "/dev/full: exit status")
    checks.that(b"No space left on device" in err, "/dev/full: stderr", err)


def closed_pipe(checks, net, directory):
    status, out, err = beside(net, """{ "$0" -i eth0 -J -l; echo $? >&2; } | head -n 3""")
    checks.equal((status, len(whole_lines(checks, "pipe", out))), (0, 3), "closed pipe: lines")
    checks.that(err in (b"0\n", b"141\n"), "closed pipe: status and stderr", err)


def idle_interface(checks, net, directory):
    process = net.start("watched", harness.program(), "-i", "lo", "-J", stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE)
    time.sleep(1)
    ended(checks, process, signal.SIGINT, "idle interface")
    checks.equal(process.communicate()[1], b"", "idle interface: stderr")


def no_interface(checks, net, directory):
    status, _, err = beside(net, '"$0" -i eth9 -J')
    checks.equal(status, harness.FAILED, "no interface: exit status")
    checks.that(err.startswith(b"icmpscope: eth9") and err.count(b"\n") == 1, "no interface:", err)


MISHAPS = full_disk, closed_pipe, full_device, idle_interface, no_interface


# ---- the hour ------------------------------------------------------------------------------------


class Background(threading.Thread):
    """Does something again and again until it is stopped; what it raises ends the soak."""

    def __init__(self, every, act):
        super().__init__(daemon=True)
        self.every, self.act, self.over, self.failure = every, act, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.over.wait(self.every):
                self.act()
        except Exception as failure:
            self.failure = failure

    def stop(self):
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure


def ping(net, address, number):
    """How many answers ping itself counts; its ID is the number."""
    said = subprocess.run(
        net.on("host", "ping", "-q", "-n", "-e", str(number), "-c", "25", "-i", "0.02", "-W", "2",
               address), check=False, stdout=subprocess.PIPE, text=True).stdout
    return int(re.search(r"(\d+) received", said).group(1))


def quiet(watched, net, pinged):
    """The interface is there: what ping counts is what must be told."""
    for address in FAR, FAR6:
        number = 1 + len(pinged)
        pinged[number] = ping(net, address, number)
        namespaces.succeeds(*net.on("host", "traceroute", "-n", "-q", "1", "-w", "0.5", address))
    watched.ask()


def soak(checks, watched, net, directory):
    """Ends when its time is over, at the end of a round."""
    pinged, begun, round_number, reported = {}, time.monotonic(), 0, 0
    threads = [Background(1.0, watched.rotate), Background(0.5, watched.sample)]
    while time.monotonic() - begun < SECONDS and not any(one.failure for one in threads):
        quiet(watched, net, pinged)
        MISHAPS[round_number % len(MISHAPS)](checks, net, directory)
        shake = SHAKES[round_number % len(SHAKES)]
        shake(net)
        watched.counts[shake.__name__] += 1
        watched.wait_until_capturing(shake.__name__)
        checks.that(namespaces.eventually(lambda: hears(net, FAR) and hears(net, FAR6), 10),
                    "the network works again")
        round_number += 1
        if not checks.that(watched.process.poll() is None, "it still runs"):
            break
        if time.monotonic() - begun >= reported + REPORT_SECONDS:
            reported = time.monotonic() - begun
            print("%.0f s: %s" % (reported, summary(watched)), flush=True)
    for thread in threads:
        thread.stop()
    return pinged


def summary(watched):
    memory, processes, files = watched.samples[-1] if watched.samples else (0, 0, 0)
    return "%s; %d files, %d lines, %d bytes; memory %.1f MiB of %d processes, %d descriptors" % (
        ", ".join("%s %d" % item for item in sorted(watched.counts.items())), watched.reader.files,
        sum(watched.reader.kinds.values()), watched.reader.bytes, memory / 1024, processes, files)


def check_said(checks, watched, pinged):
    reader = watched.reader
    checks.equal(reader.kinds["icmp"], reader.stats.get("icmp_messages"), "records of messages")
    checks.that(reader.kinds["icmp"] > 10 * SECONDS, "only", reader.kinds["icmp"], "messages")
    shaken = sum(watched.counts[shake.__name__] for shake in SHAKES)
    checks.equal([reader.stats.get(key) for key in ("kernel_drops", "received", "interface_losses")],
                 [0, reader.stats.get("packets"), shaken], "kernel's drops, received, losses")
    for number, received in pinged.items():
        checks.equal(reader.answered[number], received, "answers to the pings of ID", number)
    with open(watched.said, encoding="utf-8") as file:
        for line in file:
            checks.that(re.match(r"icmpscope: (eth0: |\d|.*packets)", line), "stderr:", line)


def check_resources(checks, samples):
    checks.that(len(samples) > 5, "only", len(samples), "samples")
    memory, processes, files = zip(*samples[len(samples) // 2:])
    checks.equal(len(set(processes)), 1, "numbers of processes", set(processes))
    checks.that(max(files) - min(files) <= 2, "descriptors from", min(files), "to", max(files))
    if not is_slowed():
        checks.that(max(memory) - memory[0] <= GROWTH_MIB * 1024, "memory grew from", memory[0],
                    "to", max(memory), "KiB")
        checks.that(max(memory) <= MEMORY_MIB * 1024, "memory", max(memory), "KiB")


def is_slowed():
    """Runs under another program, or was built with sanitizers."""
    return UNDER or harness.is_sanitized()


def main():
    namespaces.enter("ping", "sysctl", "socat", "traceroute")
    checks = harness.Checks()
    with namespaces.network() as net, harness.scratch() as directory:
        os.chmod(directory, 0o777)  # it may be somebody else who opens the output again
        build(net)
        net.start("far", "socat", "-u", "TCP6-LISTEN:7000,fork,reuseaddr", "OPEN:/dev/null",
                  stderr=subprocess.DEVNULL)
        net.start("host", sys.executable, os.path.join(HERE, "talk.py"), RATE, FAR, FAR6)
        watched = Watched(checks, net, directory)
        pinged = soak(checks, watched, net, directory)
        watched.end()
        check_said(checks, watched, pinged)
        check_resources(checks, watched.samples)
        print("soaked for %.0f s: %s; records: %s" % (SECONDS, summary(watched),
                                                      dict(watched.reader.kinds)))
    checks.finish()


main()
