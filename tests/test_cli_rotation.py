#!/usr/bin/env python3
"""Rotation of what -o writes while capturing: by renaming and SIGHUP under load no record is lost,
doubled or split, and what goes wrong is told and does not stop it."""

import gzip
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness
import loopback
from loopback import Live, Load, read_lines, wait_until

ROTATIONS = 12
EXAMPLE = os.path.join(harness.TOP, "doc", "logrotate", "icmpscope")
QUIET = ["-J", "--events", "icmp,stats"]


def renamed_and_hung_up(checks, directory):
    path = os.path.join(directory, "all.ndjson")
    live, load = Live(*QUIET, "-o", path), Load()
    load.start()
    for i in range(ROTATIONS):
        time.sleep(0.2)
        os.rename(path, "%s.%d" % (path, i))
        live.hangup()
        wait_until(lambda: os.path.exists(path), "the file is there again")
    time.sleep(0.2)
    sent = load.end()
    checks.equal(live.end(), (harness.OK, ""), "renamed: exit status and complaints")
    records = []
    for name in ["%s.%d" % (path, i) for i in range(ROTATIONS)] + [path]:
        part = loopback.parse(checks, read_lines(name), name)
        checks.that(part, name, "is empty")
        records += part
    loopback.check_sequence(checks, records, sent, "renamed:")


def logrotate_config(directory, path, pid):
    """The example, of this file and process."""
    with open(EXAMPLE, encoding="utf-8") as file:
        text = file.read()
    text, paths = re.subn(r"^/var/log/\S+", path, text, flags=re.M)
    text, commands = re.subn(r"systemctl reload .*", "kill -HUP %d" % pid, text)
    if (paths, commands) != (1, 1):
        raise ValueError("the example for logrotate has another form")
    config = os.path.join(directory, "logrotate.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(config, 0o644)
    return config


def rotated_by_logrotate(checks, directory):
    if not shutil.which("logrotate"):
        print("no logrotate: doc/logrotate/icmpscope was not tried")
        return
    folder = os.path.join(directory, "logs")
    os.mkdir(folder, 0o750)
    path = os.path.join(folder, "lo.ndjson")
    live, load = Live(*QUIET, "-o", path), Load()
    config = logrotate_config(directory, path, live.process.pid)
    load.start()
    for _ in range(3):
        time.sleep(0.5)
        done = subprocess.run(["logrotate", "-f", "-s", os.path.join(directory, "state"), config],
                              capture_output=True, text=True, check=False)
        checks.equal((done.returncode, done.stderr), (0, ""), "logrotate")
        wait_until(lambda: os.path.exists(path), "the file is there again")
    time.sleep(0.3)
    sent = load.end()
    checks.equal(live.end(), (harness.OK, ""), "logrotate: exit status and complaints")
    checks.equal(sorted(os.listdir(folder)),
                 ["lo.ndjson", "lo.ndjson.1", "lo.ndjson.2.gz", "lo.ndjson.3.gz"], "files")
    data = b"".join(gzip.decompress(read_lines("%s.%d.gz" % (path, i))) for i in (3, 2))
    data += read_lines(path + ".1") + read_lines(path)
    loopback.check_sequence(checks, loopback.parse(checks, data, "logrotate"), sent, "logrotate:")


def reopening_fails(checks, directory):
    """The folder is gone for a while, then a link lies in the place: both times the old file is written
    on, and what the link points to is left alone."""
    folder, away = os.path.join(directory, "folder"), os.path.join(directory, "away")
    os.mkdir(folder)
    path, old = os.path.join(folder, "all.ndjson"), os.path.join(away, "all.ndjson")
    other = os.path.join(directory, "other")
    with open(other, "w", encoding="ascii") as file:
        file.write("of somebody else\n")
    live, load = Live(*QUIET, "-o", path), Load()
    load.start()
    time.sleep(0.2)
    os.rename(folder, away)
    live.hangup()
    time.sleep(0.5)
    before = os.path.getsize(old)
    os.mkdir(folder)
    os.symlink(other, path)
    live.hangup()
    time.sleep(0.5)
    sent = load.end()
    status, said = live.end()
    checks.equal(status, harness.OK, "exit status", said)
    checks.equal(said.count("the old file is written on\n"), said.count("\n"), "complaints", said)
    checks.that(1 <= said.count("\n") <= 2, "one complaint for each of what went wrong:", said)
    checks.that(os.path.getsize(old) > before, "the old file does not grow")
    checks.equal(read_lines(other), b"of somebody else\n", "what the link points to")
    loopback.check_sequence(checks, loopback.parse(checks, read_lines(old), "the old file"), sent,
                            "not reopened:")


def refused_at_the_start(checks, directory):
    """A link in the place of -o is not followed."""
    other, link = os.path.join(directory, "target"), os.path.join(directory, "link.ndjson")
    os.symlink(other, link)
    run = harness.Run(["-i", "lo", *QUIET, "-o", link])
    checks.equal((run.status, run.err.count(b"\n")), (harness.FAILED, 1), "a link:", run.err)
    checks.that(not os.path.exists(other), "the link was followed")


def disk_is_full(checks, directory):
    """On a real full disk it ends with a message; all lines are whole but the last."""
    small = os.path.join(directory, "small")
    os.mkdir(small, 0o777)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "tmpfs", small],
                      capture_output=True, check=False).returncode != 0:
        print("no tmpfs here: a full disk was not tried")
        return
    path = os.path.join(small, "all.ndjson")
    live, load = Live(*QUIET, "-o", path), Load()
    load.start()
    live.process.wait(timeout=loopback.PATIENCE)
    load.end()
    status, said = live.end()
    checks.equal(status, harness.FAILED, "full disk: exit status", said)
    checks.that("No space left" in said and said.count("\n") == 1, "full disk:", repr(said))
    lines = read_lines(path).split(b"\n")
    checks.that(len(lines) > 50, "full disk: only", len(lines), "lines")
    records = loopback.parse(checks, b"".join(line + b"\n" for line in lines[:-1]), "full disk")
    checks.equal([record["pcap_cnt"] for record in records], list(range(1, len(records) + 1)),
                 "full disk: frames")
    subprocess.run(["umount", small], check=False)


def device_is_full(checks):
    live, load = Live(*QUIET, "-o", "/dev/full"), Load()
    load.start()
    live.process.wait(timeout=loopback.PATIENCE)
    load.end()
    status, said = live.end()
    checks.equal(status, harness.FAILED, "/dev/full: exit status", said)
    checks.that("/dev/full: No space left" in said, "/dev/full:", repr(said))


def pipe_is_closed(checks):
    """Whoever read has seen enough: it ends, and says nothing."""
    reading, writing = os.pipe()
    live, load = Live(*QUIET, stdout=writing), Load()
    os.close(writing)
    load.start()
    checks.that(os.read(reading, 1000).startswith(b'{"timestamp"'), "a closed pipe: the first record")
    os.close(reading)
    live.process.wait(timeout=loopback.PATIENCE)
    load.end()
    checks.equal(live.end()[1], "", "a closed pipe: complaints")


def main():
    loopback.enter()
    checks = harness.Checks()
    for test in renamed_and_hung_up, rotated_by_logrotate, reopening_fails, refused_at_the_start, \
            disk_is_full:
        with harness.scratch() as directory:
            os.chmod(directory, 0o755)
            test(checks, directory)
    device_is_full(checks)
    pipe_is_closed(checks)
    checks.finish()


main()
