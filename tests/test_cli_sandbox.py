#!/usr/bin/env python3
"""What the running command has given up, as /proc tells it: users, groups, capabilities, new
privileges, descriptors; and what it says of that itself."""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness
from confined import NONE, ids_are, nothing_is_left, status_of, what_is_there
from harness import FAILED, OK, USAGE

PATIENCE = 20  # seconds, on a busy machine
PARTS = ["user", "capabilities", "no_new_privs", "landlock", "seccomp"]
ROOT = os.geteuid() == 0
HEADER = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")  # pcap, Ethernet


def statuses_of_threads(pid, count):
    """When so many are there."""
    folder = "/proc/%d/task" % pid
    deadline = time.monotonic() + PATIENCE
    while len(os.listdir(folder)) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return [status_of(pid, "task/%s/" % task) for task in os.listdir(folder)]


@contextlib.contextmanager
def running(*options, before=(), directory=None):
    """The command, with the header of a capture that goes on, when it reads."""
    process = subprocess.Popen([*before, harness.program(), *options, "-"], cwd=directory,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        process.stdin.write(HEADER)
        process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and status_of(process.pid)["Seccomp"] != "2":
            time.sleep(0.02)
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        process.kill()
        process.wait()


def stop(process):
    process.send_signal(signal.SIGTERM)
    out, err = process.stdout.read(), process.stderr.read()
    return process.wait(PATIENCE), out, err


def descriptors_are(checks, pid, wanted, *what):
    """`wanted`: what else is open than 0, 1, 2, the pipe of signals, and standard input again."""
    folder = "/proc/%d/fd" % pid
    found = [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)
             if int(name) > 2]
    other = [name for name in found if not name.startswith("pipe:")]
    checks.equal(len(found) - len(other), 3, *what, "pipes", found)
    names = [re.sub(r":.*|.*/|\.\w{6}$", "", name) for name in other]
    checks.equal(sorted(names), wanted, *what, "files")


def root_becomes_nobody(checks, _):
    nobody = pwd.getpwnam("nobody")
    os.setgroups([4, 24])
    for options, uid, gid in (([], nobody.pw_uid, nobody.pw_gid),
                              (["-Z", "nobody"], nobody.pw_uid, nobody.pw_gid),
                              (["-Z", "54321"], 54321, 54321), (["-Z", "root"], 0, 0)):
        with running(*options) as process:
            status = status_of(process.pid)
            ids_are(checks, status, uid, gid, options)
            nothing_is_left(checks, status, options)
            checks.equal(status["CapBnd"], NONE, options, "CapBnd")
            # What may not be dumped is root's in /proc, and no debugger's.
            checks.equal(os.stat("/proc/%d/mem" % process.pid).st_uid, 0, options, "owner in /proc")
            with open("/proc/%d/limits" % process.pid, encoding="ascii") as file:
                core = next(line for line in file if line.startswith("Max core file size"))
            checks.equal(core.split()[4:6], ["0", "0"], options, "core")
            descriptors_are(checks, process.pid, [], options)
            checks.equal(stop(process)[0], OK, options, "exit status")


def outputs_of_root_stand_in_their_places(checks, directory):
    """In a folder that nobody may write to."""
    os.chmod(directory, 0o755)
    with running("-o", "report", "-w", "evidence.pcap", directory=directory) as process:
        descriptors_are(checks, process.pid, ["evidence.pcap", "report", "socket"], "with outputs")
        checks.equal(status_of(process.pid)["Uid"].split()[0] != "0", True, "it is not root")
        checks.equal(len(os.listdir(directory)), 2, "files beside their places")
        checks.equal(stop(process)[0], OK, "exit status")
    checks.equal(sorted(os.listdir(directory)), ["evidence.pcap", "report"], "files")
    checks.equal(os.stat(os.path.join(directory, "report")).st_uid, 0, "owner")


def killed_it_leaves_nothing(checks, directory):
    with running("-o", "report", directory=directory) as process:
        checks.equal(len(os.listdir(directory)), 1, "files beside their places")
        process.kill()
        process.wait()
        deadline = time.monotonic() + PATIENCE
        while os.listdir(directory) and time.monotonic() < deadline:
            time.sleep(0.02)
    checks.equal(os.listdir(directory), [], "files")


def a_user_without_rights_is_confined(checks, _):
    before = []
    uid, gid = os.geteuid(), os.getegid()
    if ROOT:
        uid = gid = 65534
        before = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    with running(before=before) as process:
        status = status_of(process.pid)
        checks.equal(status["Uid"].split(), [str(uid)] * 4, "Uid")
        checks.equal(status["Gid"].split(), [str(gid)] * 4, "Gid")
        nothing_is_left(checks, status, "unprivileged")
        checks.equal(stop(process)[0], OK, "exit status")
    run = subprocess.run([*before, harness.program(), "-Z", "root", "none"], capture_output=True,
                         check=False)
    checks.equal(run.returncode, USAGE, "-Z root of another user", run.stderr)
    checks.equal(run.stderr, b"icmpscope: -Z root: only root can become another user\n", "-Z root")


def every_thread_is_confined(checks, _):
    """Kernels hold all of that by thread."""
    for options, threads in ([], 1), (["-j", "1"], 1), (["-j", "2"], 2):
        with running(*options) as process:
            statuses = statuses_of_threads(process.pid, threads)
            checks.equal(len(statuses), threads, options, "threads")
            for status in statuses:
                nothing_is_left(checks, status, options)
                if ROOT:
                    nobody = pwd.getpwnam("nobody")
                    ids_are(checks, status, nobody.pw_uid, nobody.pw_gid, options)
                    checks.equal(status["CapBnd"], NONE, options, "CapBnd")
            checks.equal(stop(process)[0], OK, options, "exit status")


def ambient_capabilities_are_given_up(checks, _):
    before = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
              "--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
    had = subprocess.run([*before, "cat", "/proc/self/status"], capture_output=True, check=False)
    if b"CapAmb:\t0000000000002000" not in had.stdout:
        print("not tried: ambient capabilities:", had.stderr.decode().strip())
        return
    with running(before=before) as process:
        nothing_is_left(checks, status_of(process.pid), "ambient")
        checks.equal(stop(process)[0], OK, "exit status")


def it_says_what_is_in_force(checks, _):
    run, there, missing = what_is_there()
    checks.equal(sorted(there + missing), sorted(PARTS), "parts")
    checks.that(b"icmpscope: sandbox: " in run.err, "-v", run.err)
    tour = os.path.join(harness.PCAPS, "tour.pcap")
    off = harness.Run(["--no-sandbox", "-J", "--events", "stats", tour]).records()[-1]["stats"]
    for name in "no_new_privs", "landlock", "seccomp":
        checks.that(name in off["sandbox_missing"], "--no-sandbox", name)
    checks.equal("user" in off["sandbox_missing"], ROOT, "--no-sandbox: user")
    quiet = harness.Run([tour])
    checks.equal(quiet.err, b"", "without -v")
    run = harness.Run(["-Z", "no such user", tour])
    checks.equal((run.status, run.err), (USAGE, b"icmpscope: -Z: no such user: no such user\n"),
                 "an unknown user")


def without_the_sandbox_root_stays(checks, _):
    nobody = pwd.getpwnam("nobody")
    tour = os.path.join(harness.PCAPS, "tour.pcap")
    for options, parts in (["--no-sandbox"], []), (["--no-sandbox", "-Z", "nobody"],
                                                   ["user", "capabilities"]):
        run = harness.Run([*options, "-J", "--events", "stats", tour])
        checks.equal(run.records()[-1]["stats"].get("sandbox", []), parts, options)
    checks.that(nobody.pw_uid != 0, "nobody is root")


def a_namespace_with_root_alone_is_no_obstacle(checks, _):
    tour = os.path.join(harness.PCAPS, "tour.pcap")
    before = ["unshare", "--user", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], check=False,
                                                     capture_output=True).returncode:
        print("not tried: user namespaces are not allowed")
        return
    run = subprocess.run([*before, harness.program(), "-v", "-J", "--events", "stats", tour],
                         capture_output=True, check=False)
    checks.equal(run.returncode, OK, "exit status", run.stderr)
    checks.that(b"user (this user namespace has root alone)" in run.stderr, "-v", run.stderr)
    run = subprocess.run([*before, harness.program(), "-Z", "nobody", tour], capture_output=True,
                         check=False)
    checks.equal(run.returncode, FAILED, "-Z nobody", run.stderr)


def all_inputs_are_read_confined(checks, directory):
    """What opens, allocates or sorts on the way is let through: nothing is killed."""
    captures = harness.captures_in(harness.PCAPS)
    for options in ["--format", "text", "-v"], ["-j"], ["-J", "--all-flows"], \
            ["-J", "-f", "icmp or icmp6", "--max-memory", "64M"], ["-c", "5"], ["--idle", "tcp=1"], ["-j", "2", "-J"]:
        run = harness.Run([*options, *captures])
        checks.equal(run.status, OK, options, run.err[-300:])
    run = harness.Run(["-o", "report", "-w", "all.pcapng", *captures], cwd=directory)
    checks.equal(run.status, OK, "-w", run.err[-300:])


def main():
    _, there, missing = what_is_there()
    if not there + missing:
        harness.skip("this build does not confine itself")
    if "seccomp" not in there:
        harness.skip("no seccomp here")
    tests = [it_says_what_is_in_force, a_user_without_rights_is_confined,
             killed_it_leaves_nothing, every_thread_is_confined, a_namespace_with_root_alone_is_no_obstacle,
             all_inputs_are_read_confined]
    if ROOT and shutil.which("setpriv"):
        tests += [root_becomes_nobody, outputs_of_root_stand_in_their_places,
                  without_the_sandbox_root_stays, ambient_capabilities_are_given_up]
    else:
        print("not tried: what root gives up: this is not root, or has no setpriv")
    if ROOT and not shutil.which("setpriv"):
        tests.remove(a_user_without_rights_is_confined)
    checks = harness.Checks()
    for test in tests:
        with harness.scratch() as directory:
            test(checks, directory)
    checks.finish()


main()
