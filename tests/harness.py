"""What the tests of the whole program share: where things are, running it, and counting failures."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

TESTS = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(TESTS)
PCAPS = os.path.join(TOP, "pcaps")
SHARED = os.environ.get("ICMPSCOPE_CAPTURES") or os.path.join(TOP, "..", "shared", "captures")
SKIPPED = 77  # as automake counts it
SUFFIXES = (".pcap", ".pcapng")

OK, FAILED, USAGE, DAMAGED = 0, 1, 2, 3  # the exit statuses of the command


def program():
    """$ICMPSCOPE, or the one that stands in the build directory in which `make check` runs."""
    path = os.path.abspath(os.environ.get("ICMPSCOPE", "icmpscope"))
    if not os.access(path, os.X_OK):
        sys.exit("no program at %s: run it in the build directory, or set ICMPSCOPE" % path)
    return path


def is_sanitized():
    """Whether it was built with sanitizers: slower, and with memory of their own."""
    with open(program(), "rb") as file:
        return b"__asan_init" in file.read()


def skip(why):
    print("SKIP:", why)
    sys.exit(SKIPPED)


class Run:
    """One run of the command, to its end."""

    def __init__(self, args, cwd=None, stdin=None, timeout=120, stdout=subprocess.PIPE):
        self.args = args
        environment = dict(os.environ, NO_COLOR="1", TZ="UTC", LC_ALL="C.UTF-8", COLUMNS="")
        done = subprocess.run([program()] + args, cwd=cwd, input=stdin or b"", stdout=stdout,
                              stderr=subprocess.PIPE, timeout=timeout, env=environment,
                              check=False)
        self.status = done.returncode
        self.out = done.stdout or b""
        self.err = done.stderr

    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Checks:
    """Counts what held and what did not, and says the latter."""

    def __init__(self, most=50):
        self.passed = self.failed = 0
        self.most = most

    def that(self, holds, *what):
        if holds:
            self.passed += 1
            return True
        self.failed += 1
        if self.failed <= self.most:
            print("FAIL:", *what)
        elif self.failed == self.most + 1:
            print("… further failures are only counted")
        return False

    def equal(self, got, wanted, *what):
        if got == wanted:  # most are, and what they are takes time to say
            return self.that(True)
        return self.that(False, *what, "is", repr(got), "not", repr(wanted))

    def finish(self):
        """Exits. A test in which nothing was checked has failed."""
        print("%d checks passed, %d failed" % (self.passed, self.failed))
        sys.exit(1 if self.failed or not self.passed else 0)


def member(record, path):
    """record["a"][0]["b"] for "a.0.b"; None where it is absent."""
    for key in path.split("."):
        if isinstance(record, list) and int(key) < len(record):
            record = record[int(key)]
        elif isinstance(record, dict) and key in record:
            record = record[key]
        else:
            return None
    return record


def captures_in(directory):
    if not os.path.isdir(directory):
        return []
    return sorted(os.path.join(directory, name) for name in os.listdir(directory)
                  if name.endswith(SUFFIXES) or name.startswith("PcapPlusPlus__crash"))


def some(cases):
    """All of them; where a run costs much, as with sanitizers, one in ICMPSCOPE_EVERY."""
    return cases[::int(os.environ.get("ICMPSCOPE_EVERY") or 1)]


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="icmpscope-test-") as directory:
        yield directory


def read_table(path):
    """Rows of a tab-separated file as dictionaries; its first line, with or without '#', names the
    columns."""
    with open(path, encoding="utf-8") as file:
        columns = file.readline().rstrip("\n").lstrip("#").strip().split("\t")
        return [dict(zip(columns, line.rstrip("\n").split("\t")))
                for line in file if line.strip() and not line.startswith("#")]
