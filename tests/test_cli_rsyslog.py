#!/usr/bin/env python3
"""The way through a real rsyslogd, with doc/pipelines/rsyslog.conf: what -o writes is rotated under
load, and every record arrives, once, in order, and as it was."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness
import loopback
from loopback import Live, Load, read_lines, wait_until

ROTATIONS = 6
EXAMPLE = os.path.join(harness.TOP, "doc", "pipelines", "rsyslog.conf")
QUIET = ["-J", "--events", "icmp,stats"]


class Rsyslog:
    def __init__(self, directory, path):
        self.directory = directory
        self.records = os.path.join(directory, "records")
        self.bad = os.path.join(directory, "not-json")
        self.config = os.path.join(directory, "rsyslog.conf")
        self.write_config(path)
        self.start()

    def write_config(self, path):
        with open(EXAMPLE, encoding="utf-8") as file:
            text = file.read()
        for name, place in (("/var/log/icmpscope/eth0.ndjson", path),
                            ("/var/log/icmpscope-not-json", self.bad),
                            ("/var/log/icmpscope-records", self.records)):
            if name not in text:
                raise ValueError("the example has no " + name)
            text = text.replace(name, place)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('global(workDirectory="%s")\n%s' % (self.directory, text))

    def start(self):
        self.process = subprocess.Popen(
            ["rsyslogd", "-n", "-f", self.config, "-i", os.path.join(self.directory, "pid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=loopback.PATIENCE)[1].decode()

    def has(self, lines):
        if self.process.poll() is not None:
            raise ChildProcessError("rsyslogd ended: %s" % self.stop())
        return os.path.exists(self.records) and read_lines(self.records).count(b"\n") >= lines

    def caught_up(self, path):
        """Some record of the file that is written now has arrived."""
        here = set(re.findall(rb'"pcap_cnt": ?(\d+)', read_lines(path)))
        last = re.findall(rb'"pcap_cnt": ?(\d+)', read_lines(self.records)[-4000:])
        return bool(here & set(last))


def check_config(checks, directory, rsyslog):
    done = subprocess.run(["rsyslogd", "-N1", "-f", rsyslog.config], capture_output=True, text=True,
                          cwd=directory, check=False)
    checks.that(done.returncode == 0 and not re.search("warning|error", done.stderr),
                "rsyslogd -N1:", done.stderr)


def restart(checks, rsyslog, path):
    """Not while there is a renamed file that it has not read to its end: of such it keeps no place."""
    wait_until(lambda: rsyslog.caught_up(path), "it reads the new file")
    checks.equal(rsyslog.stop(), "", "rsyslogd says")
    time.sleep(0.3)
    rsyslog.start()
    wait_until(lambda: rsyslog.caught_up(path), "it reads on after a restart")


def rotated_under_load(checks, directory):
    path = os.path.join(directory, "lo.ndjson")
    live, load = Live(*QUIET, "-o", path), Load()
    rsyslog = Rsyslog(directory, path)
    check_config(checks, directory, rsyslog)
    load.start()
    wait_until(lambda: rsyslog.has(100), "records arrive")
    for i in range(ROTATIONS):
        time.sleep(0.4)
        os.rename(path, "%s.%d" % (path, i))
        live.hangup()
        wait_until(lambda: os.path.exists(path), "the file is there again")
        if i == ROTATIONS // 2:
            restart(checks, rsyslog, path)
    time.sleep(0.4)
    sent = load.end()
    checks.equal(live.end(), (harness.OK, ""), "exit status and complaints")

    names = ["%s.%d" % (path, i) for i in range(ROTATIONS)] + [path]
    written = loopback.parse(checks, b"".join(map(read_lines, names)), "what was written")
    loopback.check_sequence(checks, written, sent, "written:")
    wait_until(lambda: rsyslog.has(len(written)), "all records have arrived")
    checks.equal(rsyslog.stop(), "", "rsyslogd says")
    arrived = loopback.parse(checks, read_lines(rsyslog.records), "what arrived")
    loopback.check_sequence(checks, arrived, sent, "arrived:")
    for a, b in zip(arrived, written):
        if not checks.equal(a, b, "the record that arrived"):
            break
    checks.that(not os.path.exists(rsyslog.bad), "rsyslog could not read some lines")


def main():
    if not shutil.which("rsyslogd"):
        harness.skip("no rsyslogd")
    loopback.enter()
    checks = harness.Checks()
    with harness.scratch() as directory:
        rotated_under_load(checks, directory)
    checks.finish()


main()
