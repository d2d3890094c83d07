"""What a process has given up, as /proc tells it."""

import os
import re

import harness

NONE = "0" * 16


def what_is_there():
    """A run, and the parts of confinement that are in force and those that are not; none of either where
    the build does not confine itself."""
    run = harness.Run(["-v", "--format", "ndjson", "--events", "stats",
                       os.path.join(harness.PCAPS, "tour.pcap")])
    if b"(a build for tests)" in run.err:
        return run, [], []
    stats = run.records()[-1]["stats"]
    return run, stats.get("sandbox", []), stats.get("sandbox_missing", [])


def status_of(pid, task=""):
    """`task`: "task/N/" of a thread."""
    with open("/proc/%d/%sstatus" % (pid, task), encoding="ascii") as file:
        return dict(re.split(r":\s*", line.rstrip("\n"), maxsplit=1) for line in file)


def capabilities_are(checks, status, wanted, *what):
    for name in "CapPrm", "CapEff":
        checks.equal(status[name], wanted, *what, name)
    for name in "CapInh", "CapAmb":
        checks.equal(status[name], NONE, *what, name)


def nothing_is_left(checks, status, *what):
    capabilities_are(checks, status, NONE, *what)
    is_locked(checks, status, *what)


def is_locked(checks, status, *what):
    checks.equal(status["NoNewPrivs"], "1", *what, "NoNewPrivs")
    checks.equal(status["Seccomp"], "2", *what, "Seccomp")


def ids_are(checks, status, uid, gid, *what):
    checks.equal(status["Uid"].split(), [str(uid)] * 4, *what, "Uid")
    checks.equal(status["Gid"].split(), [str(gid)] * 4, *what, "Gid")
    checks.equal(status["Groups"].split(), [], *what, "Groups")
