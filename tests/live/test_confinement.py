#!/usr/bin/env python3
"""While it captures: what root and others have given up, as /proc tells it, and that files are opened
anew all the same, by the keeper, the process that was made for that and is confined, too."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
import loopback
from confined import NONE, capabilities_are, ids_are, is_locked, nothing_is_left, status_of, \
    what_is_there
from loopback import Live, Load, read_lines, wait_until
from namespaces import succeeds

USER, OTHER = 54321, 54320  # nobody has these
MAPPED = ["unshare", "--map-root-user", "--map-auto"]
# linux/capability.h: CAP_CHOWN is bit 0, CAP_DAC_OVERRIDE bit 1, CAP_FOWNER bit 3.
FILES, GIVING = "%016x" % 0b1010, "%016x" % 0b1011
AS_USER = ["setpriv", "--reuid=%d" % USER, "--regid=%d" % USER, "--clear-groups",
           "--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
PARTS = what_is_there()[1]  # none in a build that does not confine itself
QUIET = ["-J", "--events", "icmp,stats"]
WATCHED = [*QUIET, "--interval", "0.2", "-o", "all.ndjson", "--metrics-file", "all.prom"]
KILLED = "icmpscope: the process that works on files was killed by signal 9; what is open is written on\n"
ENDED = "the process that opens and renames it has ended"


def enter():
    """As root, who can become others, in namespaces."""
    if os.geteuid() != 0:
        if not shutil.which("unshare") or not succeeds(*MAPPED, "true"):
            harness.skip("not root, and user namespaces here have no other users")
        os.execvp(MAPPED[0], [*MAPPED, sys.executable, *sys.argv])
    if not shutil.which("setpriv") or not succeeds("setpriv", "--reuid=%d" % USER, "true"):
        harness.skip("no setpriv, or no other users in this user namespace")
    loopback.enter()


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def is_confined(pid):
    return "seccomp" not in PARTS or status_of(pid)["Seccomp"] == "2"


@contextlib.contextmanager
def capturing(checks, folder, *options, before=()):
    """The command and its keeper, both confined, and a load."""
    live = Live(*options, before=before, cwd=folder)
    keepers = children(live.process.pid)
    checks.equal(len(keepers), 1, options, "keepers")
    load = Load()
    try:
        for pid in live.process.pid, *keepers:
            wait_until(lambda pid=pid: is_confined(pid), "it is confined")
        load.start()
        yield live, keepers[0], load
    finally:
        live.process.kill()
        live.process.wait()
        if not load.ended:
            load.end()


def folder_of(directory, uid, mode=0o755):
    folder = os.path.join(directory, "folder")
    os.mkdir(folder)
    os.chown(folder, uid, uid)
    os.chmod(folder, mode)
    return folder


def keeper_is(checks, pid, uid, capabilities, *what):
    status = status_of(pid)
    checks.equal(status["Uid"].split(), [str(uid)] * 4, *what, "keeper", "Uid")
    if PARTS:
        ids_are(checks, status, uid, uid, *what, "keeper")
        capabilities_are(checks, status, capabilities, *what, "keeper")
        is_locked(checks, status, *what, "keeper")
        if uid == 0:
            checks.equal(status["CapBnd"], NONE, *what, "keeper", "CapBnd")
            checks.equal(os.stat("/proc/%d/mem" % pid).st_uid, 0, *what, "keeper", "owner in /proc")
    folder = "/proc/%d/fd" % pid
    found = {int(name): os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)}
    checks.equal([found.pop(number, None) for number in range(3)], ["/dev/null"] * 3, *what, "keeper")
    checks.equal([name.partition(":")[0] for name in found.values()], ["socket"], *what, "keeper",
                 "descriptors")


def rotated(live, folder, number):
    path = os.path.join(folder, "all.ndjson")
    time.sleep(0.2)
    os.rename(path, "%s.%d" % (path, number))
    live.hangup()
    wait_until(lambda: os.path.exists(path), "the file is there again")


def records_in(checks, folder, names, what):
    parts = [loopback.parse(checks, read_lines(os.path.join(folder, name)), what) for name in names]
    checks.that(all(parts), what, "a file is empty")
    return sum(parts, [])


def files_are_opened_anew(checks, folder, live, load, what):
    """Under load: rotated twice, and the metrics removed, which come again."""
    metrics = os.path.join(folder, "all.prom")
    wait_until(lambda: os.path.exists(metrics), "there are metrics")
    rotated(live, folder, 1)
    os.remove(metrics)
    rotated(live, folder, 2)
    wait_until(lambda: os.path.exists(metrics), "there are metrics again")
    time.sleep(0.2)
    sent = load.end()
    checks.equal(live.end(), (harness.OK, ""), *what, "exit status and complaints")
    checks.equal(sorted(os.listdir(folder)),
                 ["all.ndjson", "all.ndjson.1", "all.ndjson.2", "all.prom"], *what, "files")
    records = records_in(checks, folder, ["all.ndjson.1", "all.ndjson.2", "all.ndjson"], str(what))
    loopback.check_sequence(checks, records, sent, str(what))
    checks.that(b"\nicmpscope_packets_total %d\n" % (2 * sent) in read_lines(metrics), *what,
                "the last metrics")


def files_belong_to(checks, folder, uid, *what):
    for name in os.listdir(folder):
        found = os.stat(os.path.join(folder, name))
        checks.equal((found.st_uid, found.st_gid), (uid, uid), *what, "owner of", name)


def root_becomes_another_in_every_folder(checks, directory):
    nobody = pwd.getpwnam("nobody")
    os.setgroups([4, 24])
    for owner, mode in (0, 0o755), (OTHER, 0o755), (OTHER, 0o1777):
        for options, uid, gid, capabilities in (([], nobody.pw_uid, nobody.pw_gid, FILES),
                                                (["-Z", str(USER)], USER, USER, GIVING),
                                                (["-Z", "root"], 0, 0, FILES)):
            what = ("folder of", owner, oct(mode), *options)
            folder = folder_of(directory, owner, mode)
            with capturing(checks, folder, *WATCHED, *options) as (live, keeper, load):
                status = status_of(live.process.pid)
                if PARTS:
                    ids_are(checks, status, uid, gid, *what)
                    nothing_is_left(checks, status, *what)
                    checks.equal(status["CapBnd"], NONE, *what, "CapBnd")
                keeper_is(checks, keeper, 0, capabilities, *what)
                files_are_opened_anew(checks, folder, live, load, what)
                files_belong_to(checks, folder, USER if uid == USER else 0, *what)
            shutil.rmtree(folder)


def without_the_sandbox_too(checks, directory):
    for options, uid in (["--no-sandbox"], 0), (["--no-sandbox", "-Z", str(USER)], USER):
        folder = folder_of(directory, OTHER)
        live, load = Live(*WATCHED, *options, cwd=folder), Load()
        load.start()
        wait_until(lambda live=live, uid=uid:
                   status_of(live.process.pid)["Uid"].split() == [str(uid)] * 4, "it is who it is")
        checks.equal(status_of(live.process.pid)["Seccomp"], "0", options, "Seccomp")
        files_are_opened_anew(checks, folder, live, load, options)
        files_belong_to(checks, folder, uid, *options)
        shutil.rmtree(folder)


def with_an_ambient_capability_alone(checks, directory):
    """What a service has."""
    folder = folder_of(directory, USER)
    with capturing(checks, folder, *WATCHED, before=AS_USER) as (live, keeper, load):
        status = status_of(live.process.pid)
        ids_are(checks, status, USER, USER, "ambient")
        if PARTS:
            nothing_is_left(checks, status, "ambient")
        keeper_is(checks, keeper, USER, NONE, "ambient")
        files_are_opened_anew(checks, folder, live, load, ["ambient"])
    files_belong_to(checks, folder, USER, "ambient")


def a_keeper_that_is_killed_is_told(checks, directory):
    for options, status, rest in \
            ([], harness.OK, ""), \
            (["--metrics-file", "all.prom"], harness.FAILED, "icmpscope: all.prom: %s\n" % ENDED), \
            (["-w", "all.pcap"], harness.FAILED, r"icmpscope: all.pcap: %s: it is in all.pcap.\w{6}\n" % ENDED):
        folder = folder_of(directory, 0)
        with capturing(checks, folder, *QUIET, "--interval", "0.2", "-o", "all.ndjson",
                       *options) as (live, keeper, load):
            os.kill(keeper, signal.SIGKILL)
            time.sleep(0.6)
            sent = load.end()
            ended, said = live.end()
            checks.equal(ended, status, options, "exit status without a keeper")
            checks.that(re.fullmatch(KILLED + rest, said), options, "it said", repr(said))
        loopback.check_sequence(checks, records_in(checks, folder, ["all.ndjson"], "killed"), sent,
                                "without a keeper")
        shutil.rmtree(folder)


def has_ended(pid):
    try:
        return status_of(pid)["State"].startswith("Z")
    except OSError:
        return True


def killed_itself_its_keeper_ends(checks, directory):
    folder = folder_of(directory, OTHER)
    with capturing(checks, folder, *QUIET, "-o", "all.ndjson", "-w", "all.pcap") as (live, keeper, load):
        load.end()
        checks.equal(len(os.listdir(folder)), 2, "killed: files while it runs")
        live.process.kill()
        live.process.wait()
        wait_until(lambda: has_ended(keeper), "the keeper has ended")
    checks.equal(os.listdir(folder), ["all.ndjson"], "killed: files")


def where_nothing_is_to_be_done_there_is_none(checks, directory):
    with open(os.path.join(directory, "out"), "wb") as out:
        for options in [], ["-o", "/dev/null"]:
            live = Live(*QUIET, *options, stdout=out)
            checks.equal(children(live.process.pid), [], options, "keepers")
            checks.equal(live.end()[0], harness.OK, options, "exit status")


def main():
    enter()
    checks = harness.Checks()
    for test in root_becomes_another_in_every_folder, without_the_sandbox_too, \
            with_an_ambient_capability_alone, a_keeper_that_is_killed_is_told, \
            killed_itself_its_keeper_ends, where_nothing_is_to_be_done_there_is_none:
        with harness.scratch() as directory:
            os.chmod(directory, 0o755)
            test(checks, directory)
    checks.finish()


main()
