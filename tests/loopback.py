"""A load of echo requests on the loopback interface of a network namespace of the test's own, and the
command that sees them: what every record must say is known beforehand."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import harness

PATIENCE = 60  # seconds, on a busy machine
INSIDE = "ICMPSCOPE_TEST_LOOPBACK"
ECHO_ID = 0x1ee7


def enter():
    """Goes on in namespaces of its own, of networks and of mounts; skips where there are none."""
    if os.environ.get(INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if not shutil.which("unshare") or not shutil.which("ip"):
        harness.skip("no unshare, or no ip")
    words = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*words, "ip", "link", "set", "lo", "up"], capture_output=True,
                      check=False).returncode != 0:
        harness.skip("no network namespaces here")
    os.environ[INSIDE] = "1"
    os.execvp(words[0], [*words, sys.executable, *sys.argv])


def wait_until(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain until " + what)
        time.sleep(0.005)


class Live:
    """The command, capturing on lo."""

    def __init__(self, *args, before=(), **how):
        self.process = subprocess.Popen([*before, harness.program(), "-i", "lo", "-B", "16384", *args],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        **how)
        wait_until(lambda: self.hears() or self.process.poll() is not None, "it captures")

    @staticmethod
    def hears():
        """A packet socket of all protocols is bound."""
        with open("/proc/net/packet", encoding="ascii") as file:
            return any(line.split()[3] == "0003" for line in file.readlines()[1:])

    def hangup(self):
        os.kill(self.process.pid, signal.SIGHUP)

    def end(self, number=signal.SIGINT):
        """Its exit status, and what it said."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said.decode()


class Load(threading.Thread):
    """Sends echo requests, whose numbers go up from 0, so many a second; the kernel replies."""

    def __init__(self, rate=2000):
        super().__init__(daemon=True)
        self.rate, self.sent, self.ended = rate, 0, False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    def request(self, number):
        payload = number.to_bytes(4, "big").ljust(48, b".")
        header = struct.pack("!BBHHH", 8, 0, 0, ECHO_ID, number & 0xffff)
        total = sum(struct.unpack("!28H", header + payload))
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        return struct.pack("!BBHHH", 8, 0, ~total & 0xffff, ECHO_ID, number & 0xffff) + payload

    def run(self):
        begin = time.monotonic()
        while not self.ended:
            due = int((time.monotonic() - begin) * self.rate)
            while self.sent < min(due, 0xffff):
                self.socket.sendto(self.request(self.sent), ("127.0.0.1", 0))
                self.sent += 1
            time.sleep(0.002)

    def end(self):
        self.ended = True
        self.join()
        self.socket.close()
        return self.sent


def read_lines(path):
    with open(path, "rb") as file:
        return file.read()


def check_sequence(checks, records, sent, what):
    """Each request and each reply once, in the order of sending, and the frames counted through."""
    icmp = [record for record in records if record["event_type"] == "icmp"]
    frames = [record["pcap_cnt"] for record in icmp]
    checks.that(sent > 500, what, "only", sent, "requests were sent")
    checks.equal(len(icmp), 2 * sent, what, "records of ICMP")
    checks.that(frames == list(range(1, 2 * sent + 1)), what, "frames are not 1 to", 2 * sent)
    for kind, number in ("request", 8), ("reply", 0):
        seen = [record["icmp"]["seq"] for record in icmp if record["icmp_type"] == number]
        checks.that(seen == list(range(sent)), what, "numbers of each", kind, "are not 0 to", sent)
    stats = [record for record in records if record["event_type"] == "stats"]
    if checks.that(stats, what, "has stats"):
        checks.equal(stats[-1]["stats"]["packets"], 2 * sent, what, "packets in the last stats")


def parse(checks, data, what):
    """The records of a file that must be of whole lines."""
    checks.that(data == b"" or data.endswith(b"\n"), what, "ends inside a line")
    try:
        return [json.loads(line) for line in data.splitlines()]
    except ValueError as error:
        checks.that(False, what, "has a line that is no JSON:", error)
        return []
