#!/usr/bin/env python3
"""Holds the completions of bash and zsh to the program, and tries them in the shells themselves.

What must be offered is what --help lists, and what the program says it takes when it is given a
value that it does not."""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness

COMPLETIONS = os.path.join(harness.TOP, "completions")
BASH_FILE = os.path.join(COMPLETIONS, "icmpscope")
ZSH_FILE = os.path.join(COMPLETIONS, "_icmpscope")
PATIENCE = 60  # seconds: zsh reads all of its completions first, on a busy machine

# In these a name is one of a list, which the complaint about another one has.
LISTED = ["--format", "-Q", "--color", "--progress", "--events"]


def told_options():
    """Of --help: each name of an option → what it calls its value, or None."""
    found = {}
    for line in harness.Run(["--help"]).out.decode().splitlines():
        row = re.match(r"  (-[\w-]+)(?:, (--[\w-]+))?(?: ([A-Z]+))?\s", line)
        for name in filter(None, row.groups()[:2] if row else ()):
            found[name] = row[3]
    return found


def told_values(option):
    """What the program says that it takes."""
    said = harness.Run([option, "no such"]).err.decode()
    words = said.partition(" is not ")[2].replace("a list of ", "")
    return set(re.findall(r"\w+", words.replace(" or ", " ")))


def told_protocols():
    said = harness.Run(["--idle", "no such"]).err.decode()
    return {name + "=" for name in re.findall(r"(\w+)=", said)}


# ---- bash ----------------------------------------------------------------------------------------

def bash_offers(*words):
    """What the function puts into COMPREPLY for the last of the words."""
    script = ('source "$0"; COMP_WORDS=(icmpscope "$@"); COMP_CWORD=$#; _icmpscope; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", script, BASH_FILE, *words], check=True,
                          capture_output=True, text=True)
    return set(done.stdout.split("\n")) - {""}


def check_bash(checks):
    options = told_options()
    checks.that(len(options) > 30, "options in --help", options)
    checks.equal(bash_offers("-"), set(options), "options that bash offers")
    for name in LISTED:
        checks.equal(bash_offers(name, ""), told_values(name), "bash:", name)
    checks.equal(bash_offers("--idle", ""), told_protocols(), "bash: --idle")
    for name, value in options.items():
        offered = bash_offers(name, "-")
        if value is None:
            checks.equal(offered, set(options), "after", name, "which takes no value, bash offers")
        else:
            checks.equal(offered, set(), "after", name, "which takes a value, bash offers")
    checks.equal(bash_offers("--format", "=", "nd"), {"ndjson"}, "bash: --format=nd")
    checks.equal(bash_offers("--events", "icmp,fl"), {"icmp,flow"}, "bash: the last of a list")
    checks.that("icmp,icmp" not in bash_offers("--events", "icmp,"), "bash: one of a list again")
    checks.equal(bash_offers("tour"), set(), "bash: files, which -o default gives")
    links = pathlib.Path("/sys/class/net")
    if links.is_dir():
        checks.that({"any", "lo"} <= bash_offers("-i", "") or not (links / "lo").exists(),
                    "bash: interfaces", bash_offers("-i", ""))


# ---- zsh -----------------------------------------------------------------------------------------

def zsh_specs():
    """Name of an option → what stands behind its explanation: ":message:action", or ""."""
    found = {}
    with open(ZSH_FILE, encoding="utf-8") as file:
        for line in file:
            spec = re.match(r"""    ['"](?:\([^)]*\))?\*?(?:'\{([\w,-]+)\}')?(--?[\w-]+)?=?"""
                            r"""\[[^]]*\](.*)['"]""", line)
            for name in (spec[1] or spec[2]).split(",") if spec else ():
                found[name] = spec[3]
    return found


def check_zsh_file(checks):
    options, specs = told_options(), zsh_specs()
    checks.equal(set(specs), set(options), "options in the completion of zsh")
    for name, value in options.items():
        checks.equal(specs.get(name, "").startswith(":"), value is not None, "zsh:", name,
                     "takes a value")
        checks.equal("_files" in specs.get(name, ""), value == "FILE", "zsh:", name, "takes a file")
    for name in LISTED:
        words = specs.get(name, "").rpartition(":")[2].replace("_values -s , record", "")
        checks.equal(set(re.findall(r"\w+", words)), told_values(name), "zsh:", name)
    protocols = re.findall(r"(\w+)\\:seconds", specs.get("--idle", ""))
    checks.equal({name + "=" for name in protocols}, told_protocols(), "zsh: --idle")


# ---- in the shells -------------------------------------------------------------------------------

class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, argv, directory):
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "TERM": "dumb",
                       "LC_ALL": "C.UTF-8"}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(argv[0], argv, environment)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, pattern):
        seen, end = b"", time.monotonic() + PATIENCE
        while not re.search(pattern, seen):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("%r has not %r" % (seen[-1000:], pattern))
            seen += os.read(self.fd, 65536)
        return re.search(pattern, seen)

    def completed(self, line):
        """The line after TAB: it is made the argument of an echo, whose own text is not 'got'."""
        self.type("\x15%s\t\x01echo g''ot \n" % line)
        return self.wait(rb"\ngot (.*?)\s*\r?\n")[1].decode()

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


TYPED = [
    ("--form", "--format"),
    ("--format nd", "--format ndjson"),
    ("-Q ino", "-Q inout"),
    ("--color al", "--color always"),
    ("--progress ne", "--progress never"),
    ("--events icmp,fi", "--events icmp,finding"),
    ("--idle tc", "--idle tcp="),
    ("-i an", "-i any"),
    ("--list-int", "--list-interfaces"),
    ("-o a-rep", "-o a-report.json"),
    ("a-cap", "a-capture.pcap"),
    ("-J a-cap", "-J a-capture.pcap"),
]


def check_typing(checks, argv, prepare):
    name = argv[0]
    with harness.scratch() as directory:
        for file in "a-capture.pcap", "a-report.json":
            pathlib.Path(directory, file).touch()
        terminal = Terminal(argv, directory)
        terminal.type(prepare + " && echo re''ady\n")
        terminal.wait(rb"\nready")
        for typed, wanted in TYPED:
            line = terminal.completed("icmpscope " + typed)
            # zsh goes on to what comes next in a list
            checks.equal(line.rstrip(","), "icmpscope " + wanted, name, "completes", repr(typed))
        terminal.close()


def main():
    if not shutil.which("bash"):
        harness.skip("no bash")
    checks = harness.Checks()
    check_bash(checks)
    check_typing(checks, ["bash", "--norc", "--noprofile", "-i"], "source '%s'" % BASH_FILE)
    check_zsh_file(checks)
    if shutil.which("zsh"):
        done = subprocess.run(["zsh", "-f", "-n", ZSH_FILE], capture_output=True, check=False)
        checks.equal((done.returncode, done.stderr), (0, b""), "zsh -n")
        check_typing(checks, ["zsh", "-f", "-i"], "fpath=('%s' $fpath); autoload -Uz compinit; "
                     "compinit -u -D; setopt no_beep" % COMPLETIONS)
    else:
        print("no zsh: its completion was only read")
    checks.finish()


main()
