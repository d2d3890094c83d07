"""Network namespaces for tests: made, entered, and removed with all that runs in them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

os.environ["PATH"] += ":/usr/sbin:/sbin"
INSIDE = "ICMPSCOPE_TEST_INSIDE"
# Not as its root, as programs would then try to become somebody else; with a /run of its own for
# the names of namespaces.
USER_NAMESPACE = ["unshare", "--map-current-user", "--keep-caps", "--net", "--mount", "sh", "-c",
                  'mount -t tmpfs run /run && ip link set lo up && exec "$@"', "sh"]


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options).stdout


def succeeds(*command):
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def can_make():
    probe = "icmpscope-%d-probe" % os.getpid()
    if not succeeds("ip", "netns", "add", probe):
        return False
    return succeeds("ip", "netns", "del", probe)


def enter(*programs):
    """Returns where namespaces can be made: as root, or else begun again in a user namespace. Skips
    the test where there are none, or where one of these programs is missing."""
    missing = [name for name in ("ip", "nsenter", "unshare", *programs) if not shutil.which(name)]
    if missing:
        harness.skip("needs " + " ".join(missing))
    if can_make():
        return
    if INSIDE in os.environ or not succeeds(*USER_NAMESPACE, "true"):
        harness.skip("no network namespaces here: see pcaps/make")
    os.environ[INSIDE] = "1"
    os.execvp("unshare", USER_NAMESPACE + [sys.executable, *sys.argv])


class Net:
    """Namespaces by short names."""

    def __init__(self):
        self.prefix = "icmpscope-%d-" % os.getpid()
        self.names = []

    def add(self, *names):
        for name in names:
            run("ip", "netns", "add", self.prefix + name)
            self.names.append(name)

    def on(self, name, *command):
        """The command that runs one there, as the same process."""
        return ["nsenter", "--net=/run/netns/" + self.prefix + name, *command]

    def do(self, name, *command):
        return run(*self.on(name, *command))

    def ip(self, name, *arguments):
        return run("ip", "-n", self.prefix + name, *arguments)

    def start(self, name, *command, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.on(name, *command), **options)

    def cable(self, name, interface, peer, peer_interface):
        run("ip", "link", "add", interface, "netns", self.prefix + name, "type", "veth", "peer",
            "name", peer_interface, "netns", self.prefix + peer)

    def counters(self, name, interface):
        """What the kernel counted there: {"rx": {"packets": …}, "tx": {…}}."""
        (link,) = json.loads(self.ip(name, "-s", "-j", "link", "show", interface))
        return link["stats64"]

    def captures(self, name):
        """How many sockets capture there."""
        lines = self.do(name, "cat", "/proc/net/packet").splitlines()[1:]
        return sum(line.split()[5] == "1" for line in lines)

    def remove(self):
        for name in self.names:
            for pid in run("ip", "netns", "pids", self.prefix + name).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            run("ip", "netns", "del", self.prefix + name)


@contextlib.contextmanager
def network():
    """They are gone at the end, however it comes to it."""

    def told_to_end(*_):
        sys.exit("told to end")

    signal.signal(signal.SIGTERM, told_to_end)
    net = Net()
    try:
        yield net
    finally:
        net.remove()


def eventually(holds, seconds, step=0.02):
    """Whether it held within that time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def status_of(pid):
    """/proc/PID/status; numbers where there is one, sizes in KiB. Empty when it is gone."""
    try:
        with open("/proc/%d/status" % pid, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return {}
    fields = {}
    for line in lines:
        key, _, value = line.partition(":")
        words = value.split()
        fields[key] = int(words[0]) if words and words[0].isdigit() else value.strip()
    return fields


def cpu_seconds(pid):
    """(user, system)"""
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return tuple(int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:13])
