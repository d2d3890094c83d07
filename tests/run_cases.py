#!/usr/bin/env python3
"""Runs the cases of tests/cases and compares what comes out with tests/expected/NAME.out.

usage: run_cases.py [--regenerate] [NAME…]

With --regenerate the expected files are rewritten instead: review the difference as you would code.
A case is a line: its name, its captures (joined by commas; from pcaps/, else as
generate_captures.py makes them) and options for the command."""

import difflib
import os
import re
import shlex
import sys

sys.dont_write_bytecode = True
import generate_captures
import harness

EXPECTED = os.path.join(harness.TESTS, "expected")


def read_cases():
    with open(os.path.join(harness.TESTS, "cases"), encoding="utf-8") as file:
        for line in file:
            words = shlex.split(line, comments=True)
            if words:
                yield words[0], words[1].split(","), words[2:]


def gather(directory):
    """All captures in one directory, so that the output names them without a path."""
    generate_captures.write_all(directory)
    for path in harness.captures_in(harness.PCAPS):
        os.symlink(path, os.path.join(directory, os.path.basename(path)))


def printable(output, version):
    """What may stand in a file that people read; the version changes with every release."""
    text = output.decode("utf-8", "backslashreplace").replace("\x1b", "\\x1b")
    text = re.sub(r',"sandbox(_missing)?":\[[^]]*\]', "", text)  # the system's and the user's
    text = re.sub(r"(?m)^icmpscope: sandbox: .*\n", "", text)
    return text.replace('"version":"%s"' % version, '"version":"VERSION"')


def transcript(captures, options, directory):
    run = harness.Run(options + captures, cwd=directory)
    version = harness.Run(["--version"]).out.decode().split()[1]
    command = " ".join(["icmpscope"] + [shlex.quote(word) for word in options + captures])
    return "$ %s\n%s--- stderr\n%s--- exit %d\n" % (
        command, printable(run.out, version), printable(run.err, version), run.status)


def expected_path(name):
    return os.path.join(EXPECTED, name + ".out")


def compare(checks, name, got):
    try:
        with open(expected_path(name), encoding="utf-8", newline="") as file:
            wanted = file.read()
    except FileNotFoundError:
        checks.that(False, name, "has no expected output: make regenerate-goldens")
        return
    if not checks.that(got == wanted, name):
        sys.stdout.writelines(difflib.unified_diff(
            wanted.splitlines(True), got.splitlines(True), "expected/%s.out" % name, "now"))


def rewrite(name, got):
    os.makedirs(EXPECTED, exist_ok=True)
    with open(expected_path(name), "w", encoding="utf-8", newline="") as file:
        file.write(got)


def check_stale(checks, names, remove):
    """An expected output without its case is a test that no longer runs."""
    for file in sorted(os.listdir(EXPECTED)):
        if file[:-len(".out")] in names:
            continue
        if remove:
            os.remove(os.path.join(EXPECTED, file))
        else:
            checks.that(False, "expected/" + file, "has no case")


def main(args):
    regenerate = "--regenerate" in args
    wanted = [arg for arg in args if not arg.startswith("-")]
    checks = harness.Checks()
    cases = list(read_cases())
    names = [name for name, _, _ in cases]
    checks.equal(len(set(names)), len(names), "the number of different names")
    with harness.scratch() as directory:
        gather(directory)
        for name, captures, options in cases:
            if wanted and name not in wanted:
                continue
            got = transcript(captures, options, directory)
            if regenerate:
                rewrite(name, got)
            else:
                compare(checks, name, got)
    check_stale(checks, names, regenerate)
    checks.finish()


main(sys.argv[1:])
