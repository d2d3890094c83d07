#!/usr/bin/env python3
"""Capturing from interfaces: veth pairs in network namespaces, which are made here and deleted again.

What was sent is known: programs here send datagrams whose numbers are counted. Skipped where there
are no namespaces, or no ip."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

PORT = 9
NEAR, FAR = "icmpscope-if-%d-n" % os.getpid(), "icmpscope-if-%d-f" % os.getpid()
SENDER = """
import socket, sys, time
address, port, count, size, pause, first = sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5]), int(sys.argv[6])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", first))
for i in range(count):
    s.sendto(i.to_bytes(4, "big").ljust(size, b"."), (address, port))
    if pause: time.sleep(pause)
"""
# From the signal on.
END_SECONDS = 10 if harness.is_sanitized() else 1


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30)


def link_up(name, number, arp=True):
    """A veth pair of which `name` is in NEAR and name + "p" in FAR, as 10.77.number.1 and .2."""
    ip("-n", NEAR, "link", "add", name, "type", "veth", "peer", "name", name + "p", "netns", FAR)
    for space, device, host in ((NEAR, name, 1), (FAR, name + "p", 2)):
        ip("netns", "exec", space, "sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % device,
           check=False)
        ip("-n", space, "addr", "add", "10.77.%d.%d/24" % (number, host), "dev", device)
        ip("-n", space, "link", "set", device, "up")


def neighbours(name, number):
    """So that there is nothing on the link but what is sent: no ARP."""
    for space, device, other, host in ((NEAR, name, name + "p", 2), (FAR, name + "p", name, 1)):
        there = FAR if space == NEAR else NEAR
        mac = json.loads(ip("-j", "-n", there, "link", "show", other).stdout)[0]["address"]
        ip("-n", space, "neigh", "replace", "10.77.%d.%d" % (number, host), "lladdr", mac, "dev",
           device)


def send(count, number=1, size=100, pause=0.0, space=None, host=1, port=PORT, source=0):
    """UDP from FAR to NEAR, to a port where nobody is."""
    subprocess.run(["ip", "netns", "exec", space or FAR, sys.executable, "-c", SENDER,
                    "10.77.%d.%d" % (number, host), str(port), str(count), str(size), str(pause),
                    str(source)], check=True, timeout=60)


class Live:
    """The command, capturing in NEAR."""

    def __init__(self, *args, output="-J"):
        environment = dict(os.environ, NO_COLOR="1", TZ="UTC", LC_ALL="C.UTF-8")
        words = ["ip", "netns", "exec", NEAR, harness.program(), "--progress", "never", *args]
        self.process = subprocess.Popen(words + ([output] if output else []), env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.wait_for_packet_sockets()

    def wait_for_packet_sockets(self):
        """Until it hears: its sockets of ETH_P_ALL are bound."""
        for _ in range(300):
            said = ip("netns", "exec", NEAR, "cat", "/proc/net/packet").stdout.decode()
            if any(line.split()[3] == "0003" for line in said.splitlines()[1:]):
                break
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        time.sleep(0.1)

    def end(self, number=signal.SIGTERM):
        """Stops it. How long that took is in .seconds, what came out in .out, .err, .records."""
        begun = time.monotonic()
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        self.seconds = time.monotonic() - begun
        self.out, self.err, self.status = out, err.decode(), self.process.returncode
        self.records = [json.loads(line) for line in out.splitlines()] if out[:1] == b"{" else []
        self.stats = self.records[-1].get("stats", {}) if self.records else {}
        return self


def errors_of(live):
    return [record for record in live.records
            if record["event_type"] == "icmp" and record["icmp_type"] == 3]


def check_accounts(checks, live, what):
    """Every packet that passed the filter was taken or counted as dropped."""
    stats = live.stats
    checks.that("received" in stats, what, "has no", "received:", live.err)
    if "received" in stats:
        checks.equal(stats["packets"], stats["received"] - stats["kernel_drops"], what, "packets")


def ended_well(checks, live, what, said="", most=END_SECONDS):
    checks.equal(live.status, harness.OK, what, "exit status; it said", live.err)
    checks.equal(live.err, said, what, "stderr")
    checks.that(live.seconds < most, what, "took", live.seconds, "s to end")
    check_accounts(checks, live, what)


def check_counts(checks):
    """All that was sent, once each, whatever the signal that ends it."""
    for number in signal.SIGINT, signal.SIGTERM:
        live = Live("-i", "one", "-f", "udp")
        send(500)
        live.end(number)  # at once: what is still in the ring is taken
        ended_well(checks, live, "counts")
        checks.equal(live.stats["packets"], 500, "counts: packets")
        checks.equal({record.get("in_iface") for record in live.records}, {"one"}, "in_iface")


def check_drops(checks):
    """A buffer that is too small, and a stopped process: the drops are counted."""
    live = Live("-i", "one", "-f", "udp", "-B", "512")
    live.process.send_signal(signal.SIGSTOP)
    send(8000, size=1200)
    live.process.send_signal(signal.SIGCONT)
    live.end()
    ended_well(checks, live, "drops")
    checks.equal(live.stats["received"], 8000, "drops: received")
    checks.that(live.stats["kernel_drops"] > 0, "nothing was dropped")

    live = Live("-i", "one", "-f", "udp", "-B", "512", output="--format=text")
    live.process.send_signal(signal.SIGSTOP)
    send(8000, size=1200)
    live.process.send_signal(signal.SIGCONT)
    live.end()
    checks.that(b"packets came while the kernel's buffer was full" in live.out, "text: no drops in",
                live.out.decode())


def check_idle(checks):
    for args in (), ("-i", "two"), ("--immediate-mode",):
        live = Live("-i", "one", *args, "-f", "udp")
        time.sleep(0.3)
        live.end()
        ended_well(checks, live, "idle")
    begun = time.monotonic()
    live = Live("-i", "one", "-f", "udp", "--duration", "1").end(None)
    taken = time.monotonic() - begun
    ended_well(checks, live, "idle --duration", most=1 + END_SECONDS)
    checks.that(1 <= taken < 2 + END_SECONDS, "--duration 1 took", taken)


def check_limits(checks):
    live = Live("-i", "one", "-f", "udp", "-c", "7")
    send(20)
    live.end(None)
    checks.equal((live.status, live.stats.get("packets")), (0, 7), "-c 7: packets", live.err)

    live = Live("-i", "one", "-f", "udp", "--duration", "2")
    send(100, pause=0.001)
    live.end(None)
    checks.equal((live.status, live.stats.get("packets")), (0, 100), "--duration: packets")
    check_accounts(checks, live, "--duration")

    live = Live("-i", "one", "-f", "udp", "-s", "60")
    send(10, size=200)
    ended_well(checks, live.end(), "-s")
    checks.equal((live.stats["packets"], live.stats["snapped"], live.stats["bytes"]),
                 (10, 10, 10 * (200 + 42)), "-s 60: packets, snapped, bytes")


def check_directions(checks):
    """Of each datagram that comes in, an error goes out: 6 a burst, as Linux limits them."""
    packets = {}
    for direction in "in", "out", "inout":
        live = Live("-i", "one", "-f", "icmp or udp", "-Q", direction)
        send(3, pause=0.01)
        ended_well(checks, live.end(), "-Q " + direction)
        packets[direction] = live.stats["packets"], len(errors_of(live))
        time.sleep(1)
    checks.equal(packets["in"], (3, 0), "-Q in: packets, errors")
    checks.that(packets["out"][0] == packets["out"][1] > 0, "-Q out:", packets["out"])
    checks.that(packets["inout"][0] == 3 + packets["inout"][1] > 3, "-Q inout:", packets["inout"])


def check_errors_are_tied(checks):
    """The port is closed: each error finds the very datagram, in a capture of its own interface, of
    all, and of the loopback."""
    for name, number, space, link in ("one", 1, FAR, 1), ("any", 1, FAR, 1), ("lo", 1, NEAR, 1):
        live = Live("-i", name, "-f", "icmp or udp")
        send(3, number, pause=0.01, space=space)
        ended_well(checks, live.end(), name)
        errors = errors_of(live)
        checks.that(errors, name, "no errors")
        checks.equal({error["match"]["verdict"] for error in errors}, {"exact"}, name, "verdicts")
        checks.equal(live.stats["packets"], 3 + len(errors), name, "packets")
        time.sleep(1)


def check_order(checks):
    """Two interfaces: what comes in on one goes out on the other in no time, again and again."""
    live = Live("-i", "one", "-i", "two", "-f", "udp", "--all-flows", "--events", "flow,stats")
    burst = subprocess.Popen(["ip", "netns", "exec", FAR, sys.executable, "-c", """
import socket
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for i in range(3000):
    sockets[i % 2].sendto(b"x", ("10.77.%d.1" % (i % 2 + 1), 9))
"""])
    burst.wait(timeout=30)
    time.sleep(0.5)
    ended_well(checks, live.end(), "order")
    checks.equal(live.stats["packets"], 3000, "order: packets")
    checks.equal(live.stats["time_backwards"], 0, "order: packets earlier than the one before")


def wait_for_line(live, words, seconds=5):
    """What the program says on stderr, up to a line with these words."""
    os.set_blocking(live.process.stderr.fileno(), False)
    said, end = getattr(live, "said", b""), time.monotonic() + seconds
    while words.encode() not in said and time.monotonic() < end:
        said += live.process.stderr.read() or b""
        time.sleep(0.02)
    live.said = said
    return words.encode() in said


def end_after_lines(live, number=signal.SIGTERM):
    os.set_blocking(live.process.stderr.fileno(), True)
    live.end(number)
    live.err = live.said.decode() + live.err
    return live


def check_down_and_up(checks):
    live = Live("-i", "one", "-i", "two", "-f", "udp")
    send(5)
    ip("-n", NEAR, "link", "set", "one", "down")
    checks.that(wait_for_line(live, "one: went down"), "not told that it is down:", live.said)
    send(4, 2)  # the other one goes on
    ip("-n", NEAR, "link", "set", "one", "up")
    checks.that(wait_for_line(live, "one: is back"), "not told that it is back:", live.said)
    neighbours("one", 1)
    send(6)
    time.sleep(0.3)
    ended_well(checks, end_after_lines(live), "down",
               "icmpscope: one: went down; waiting for it to come back\n"
               "icmpscope: one: is back\n")
    checks.equal(live.stats["packets"], 15, "down and up: packets")
    checks.equal(live.stats["interface_losses"], 1, "down and up: losses")


def end_removed(live):
    """It goes down first, which the program may notice before it is gone."""
    end_after_lines(live)
    live.err = live.err.replace("icmpscope: three: went down; waiting for it to come back\n", "", 1)
    return live


def check_removed(checks):
    live = Live("-i", "three", "-i", "two", "-f", "udp")
    send(5, 3)
    ip("-n", NEAR, "link", "del", "three")
    checks.that(wait_for_line(live, "three: was removed"), "not told that it is gone:", live.said)
    send(4, 2)
    link_up("three", 3)
    neighbours("three", 3)
    checks.that(wait_for_line(live, "three: is back"), "not told that it is back:", live.said)
    send(6, 3)
    time.sleep(0.3)
    ended_well(checks, end_removed(live), "removed",
               "icmpscope: three: was removed; waiting for it to come back\n"
               "icmpscope: three: is back\n")
    checks.equal(live.stats["packets"], 15, "removed: packets")

    live = Live("-i", "three", "-f", "udp")
    ip("-n", NEAR, "link", "del", "three")
    checks.that(wait_for_line(live, "three: was removed"), "alone: not told:", live.said)
    ended_well(checks, end_removed(live), "alone, gone",
               "icmpscope: three: was removed; waiting for it to come back\n")
    link_up("three", 3)


def check_refusals(checks):
    rows = (
        (("-i", "nosuch"), 1, "nosuch: there is no such interface; icmpscope -D lists those there "
                              "are"),
        (("-i", "sleeping"), 1, "sleeping: is down; to bring it up: ip link set sleeping up"),
        (("-i", "one", "-f", "icmp and and"), 2, "syntax error"),
        (("-i", "one", "--time-stamp-type", "nonsense"), 1, "one: has no time stamps of type "
                                                            "'nonsense'; it has: host"),
    )
    ip("-n", NEAR, "link", "add", "sleeping", "type", "veth")
    for args, status, text in rows:
        run = Live(*args).end(None)
        checks.equal(run.status, status, args, "exit status")
        checks.that(text in run.err and run.err.count("\n") == 1, args, "said", run.err)

    live = Live("-i", "nosuch", "-i", "one", "-f", "udp")  # the others go on
    send(3)
    live.end()
    checks.equal((live.status, live.stats.get("packets")), (1, 3), "one of two is missing")


def check_list(checks):
    """As tcpdump has it, but that it says nothing of an interface that has no flag."""
    run = Live("-D", output=None).end(None)
    checks.equal((run.status, run.err), (0, ""), "-D: status, stderr")
    lines = run.out.decode().splitlines()
    names = {line.split(".", 1)[1].split(" ")[0]: line for line in lines}
    checks.that({"one", "two", "three", "lo", "any"} <= set(names), "-D lists", lines)
    checks.that(names.get("one", "").endswith("one [Up, Running, Connected]"), names.get("one"))
    checks.that("[Up, Running, Loopback]" in names.get("lo", ""), names.get("lo"))
    if shutil.which("tcpdump"):
        said = ip("netns", "exec", NEAR, "tcpdump", "-D").stdout.decode()
        checks.equal(lines, said.replace(" [none]", "").replace(" [none, ", " [").splitlines(),
                     "-D and tcpdump -D")
    run = Live("-D", "-v", output=None).end(None)
    checks.that("    address 10.77.1.1/24\n" in run.out.decode(), "-D -v says", run.out)

    run = Live("-i", "one", "icmp", "or", "udp").end(None)
    checks.equal((run.status, run.err), (2, "icmpscope: -i captures from interfaces; to filter, "
                                         "use -f 'icmp or udp'\n"), "bare words")


def check_permission(checks):
    """As somebody without capabilities."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        print("no setpriv: the refusal of a user without privileges is not tested")
        return
    run = subprocess.run(["ip", "netns", "exec", NEAR, "setpriv", "--reuid", "65534",
                          "--bounding-set", "-all", "--inh-caps", "-all", "--clear-groups",
                          harness.program(), "-i", "one"], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    said = run.stderr.decode()
    if "cannot execute" in said or "failed to execute" in said or "Permission denied" in said:
        print("not readable by others: the refusal of a user without privileges is not tested")
        return
    checks.equal(run.returncode, 1, "without privileges: exit status; it said", said)
    checks.that("you do not have the permission to capture" in said, "said", said)


def check_status_line(checks):
    live = Live("-i", "one", "-f", "udp")
    send(5)
    time.sleep(0.5)
    live.process.send_signal(signal.SIGUSR1)
    checks.that(wait_for_line(live, "packets\n"), "no status line:", live.said)
    checks.equal(live.said, b"icmpscope: 0 ICMP messages, 5 packets\n", "status line")
    end_after_lines(live)


def check_summary(checks):
    live = Live("-i", "one", "-f", "udp", output="-j")
    send(3)
    live.end()
    document = json.loads(live.out)
    checks.equal(document["captures"], [{"in_iface": "one", "state": "read"}], "captures")
    health = document["health"]
    checks.equal((health["received"], health["kernel_drops"], health["interface_losses"]),
                 (3, 0, 0), "health: received, drops, losses")


def build():
    for space in NEAR, FAR:
        ip("netns", "add", space)
        ip("-n", space, "link", "set", "lo", "up")
    for number, name in enumerate(("one", "two", "three"), 1):
        link_up(name, number)
        neighbours(name, number)
    time.sleep(0.2)


def main():
    checks = harness.Checks()
    try:
        build()
    except (OSError, subprocess.CalledProcessError) as why:
        unbuild()
        harness.skip("no network namespaces: %s" % (getattr(why, "stderr", None) or why))
    try:
        for check in (check_counts, check_drops, check_idle, check_limits, check_directions,
                      check_errors_are_tied, check_order, check_down_and_up, check_removed,
                      check_refusals, check_list, check_permission, check_status_line, check_summary):
            if not sys.argv[1:] or check.__name__ in sys.argv[1:]:
                check(checks)
    finally:
        unbuild()
    checks.finish()


def unbuild():
    for space in NEAR, FAR:
        try:
            ip("netns", "del", space, check=False)
        except OSError:
            pass


main()
