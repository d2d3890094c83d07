#!/usr/bin/env python3
"""The systemd unit, as the build makes it: what it starts exists, it is well-formed, and what systemd
itself thinks of its confinement is good. No systemd has to run for that."""

import os
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import harness

WORST = 1.5  # of 10, as `systemd-analyze security` counts exposure
UNIT = os.path.abspath("systemd/icmpscope@.service")


def read_unit():
    """Name → its values, in their order."""
    found = {}
    with open(UNIT, encoding="utf-8") as file:
        for name, value in re.findall(r"^(\w+)=(.*)$", file.read(), re.M):
            found.setdefault(name, []).append(value)
    return found


def check_command(checks, unit):
    """What it starts, with options that there are."""
    words = shlex.split(unit["ExecStart"][0])
    checks.equal(words[0].rpartition("/")[2], "icmpscope", "the program of the unit")
    checks.that("@" not in words[0], "bindir was not filled in:", words[0])
    checks.that(words[1:3] == ["-i", "%i"], "the instance is the interface:", words)
    checks.equal(words.count("$OPTIONS"), 1, "place for an operator's options", words)
    told = set(re.findall(r"(?<!\S)--?[\w-]+", harness.Run(["--help"]).out.decode()))
    for word in words[1:]:
        checks.that(not word.startswith("-") or word in told, "the unit uses", word)
    checks.equal(unit["ExecReload"], ["kill -HUP $MAINPID"], "reload")
    checks.equal(unit["RestartPreventExitStatus"], [str(harness.USAGE)], "no restart after")


def check_capabilities(checks, unit):
    for name in "AmbientCapabilities", "CapabilityBoundingSet":
        checks.equal(unit[name], ["CAP_NET_RAW"], name)
    calls = " ".join(unit["SystemCallFilter"]).split()
    for call in ("capset", "seccomp", "landlock_create_ruleset", "landlock_add_rule",
                 "landlock_restrict_self"):
        checks.that(call in calls, "the program confines itself by", call)


def analyze(directory, *words):
    """On a copy whose program exists; the manual may not be installed."""
    name = "icmpscope@lo.service"
    with open(UNIT, encoding="utf-8") as file:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=" + harness.program(), file.read(), flags=re.M)
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run(["systemd-analyze", *words, "./" + name], cwd=directory, text=True,
                          capture_output=True, check=False)


def check_systemd(checks):
    with harness.scratch() as directory:
        help_text = subprocess.run(["systemd-analyze", "--help"], capture_output=True, text=True,
                                   check=False).stdout
        if "--offline" not in help_text:
            print("systemd-analyze is too old to look at units that are not loaded")
            return
        found = analyze(directory, "verify", "--man=no")
        checks.equal((found.returncode, found.stdout + found.stderr), (0, ""), "systemd-analyze verify")
        found = analyze(directory, "security", "--offline=true", "--threshold=%d" % (WORST * 10))
        level = re.search(r"Overall exposure level for .*: ([\d.]+)", found.stdout)
        if checks.that(level, "systemd-analyze security:", found.stdout, found.stderr):
            checks.that(float(level[1]) <= WORST and found.returncode == 0, "exposure is", level[1],
                        "at most", WORST, "is right:\n", found.stdout)


def main():
    checks = harness.Checks()
    unit = read_unit()
    check_command(checks, unit)
    check_capabilities(checks, unit)
    if shutil.which("systemd-analyze"):
        check_systemd(checks)
    else:
        print("no systemd-analyze: confinement was not rated")
    checks.finish()


main()
