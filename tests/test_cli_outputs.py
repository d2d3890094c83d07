#!/usr/bin/env python3
"""Where the report and the evidence go: whole or not there, not into one another, and never over a
capture that is read."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness
import read_captures
from harness import DAMAGED, FAILED, OK, USAGE
from read_captures import file_bytes as read_bytes

PATIENCE = 20  # seconds, on a busy machine


def put(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def tour(directory):
    """Not read-only, as the one in the tree may be."""
    return shutil.copyfile(os.path.join(harness.PCAPS, "tour.pcap"),
                           os.path.join(directory, "tour.pcap"))


def refused(checks, directory, status, *args, **how):
    run = harness.Run(list(args), cwd=directory, **how)
    checks.equal(run.status, status, args, "exit status", run.err)
    checks.equal(run.err.count(b"\n"), 1, args, "lines on stderr", run.err)
    return run


def inputs_are_not_overwritten(checks, directory):
    path = tour(directory)
    data = read_bytes(path)
    os.symlink("tour.pcap", os.path.join(directory, "symbolic"))
    os.link(path, os.path.join(directory, "hard"))
    os.mkdir(os.path.join(directory, "folder"))
    before = sorted(os.listdir(directory))
    for option in "-w", "-o":
        for name in "tour.pcap", path, "folder/../tour.pcap", "symbolic", "hard":
            run = refused(checks, directory, USAGE, option, name, "tour.pcap")
            checks.that(b"not overwritten" in run.err, option, name, run.err)
        refused(checks, directory, USAGE, option, "tour.pcap", "missing.pcap", "symbolic")
    with open(path, "rb") as file:
        process = subprocess.run([harness.program(), "-w", "tour.pcap", "-"], cwd=directory,
                                 stdin=file, capture_output=True, check=False)
    checks.equal(process.returncode, USAGE, "standard input: exit status", process.stderr)
    checks.that(read_bytes(path) == data, "the capture has changed")
    checks.equal(sorted(os.listdir(directory)), before, "files")


def outputs_are_not_mixed(checks, directory):
    tour(directory)
    put(os.path.join(directory, "there"), b"old")
    for args in (["-o", "new", "-w", "new"], ["-o", "new", "-w", "./new"],
                 ["-o", "there", "-w", os.path.join(directory, "there")], ["-w", "-"],
                 ["-o", "/dev/stdout", "-w", "-"]):
        refused(checks, directory, USAGE, *args, "tour.pcap")
    with open(os.path.join(directory, "there"), "ab") as file:
        refused(checks, directory, USAGE, "-w", "there", "tour.pcap", stdout=file)
    checks.equal(read_bytes(os.path.join(directory, "there")), b"old", "what stood there")
    checks.that(not os.path.exists(os.path.join(directory, "new")), "a file of both")
    run = harness.Run(["-o", "/dev/null", "-w", "/dev/null", "tour.pcap"], cwd=directory)
    checks.equal((run.status, run.out, run.err), (OK, b"", b""), "/dev/null takes both")


def standard_output(checks, directory):
    run = harness.Run(["-o", "report", "-w", "-", tour(directory)], cwd=directory)
    checks.equal((run.status, run.err), (OK, b""), "-w -")
    checks.equal(len(read_captures.pcap(run.out)), 245, "-w -: packets")
    checks.that(b"HEALTH" in read_bytes(os.path.join(directory, "report")), "-w -: the report")


def standard_output_by_name(checks, directory):
    """Where it goes to a regular file, nothing is put in the place of /dev/stdout, whose like this link
    is, and what is there stays."""
    link, there = os.path.join(directory, "stdout"), os.path.join(directory, "there")
    os.symlink("/proc/self/fd/1", link)
    for args in (["-o", "stdout"], ["-o", "report", "-w", "stdout"],
                 ["-o", "report", "--metrics-file", "stdout"]):
        put(there, b"old\n")
        with open(there, "ab") as file:
            run = harness.Run([*args, tour(directory)], cwd=directory, stdout=file)
        checks.equal((run.status, run.err), (OK, b""), args)
        checks.that(os.path.islink(link), args, "the link was replaced")
        checks.that(read_bytes(there).startswith(b"old\n"), args, "what was there is gone")
        checks.that(len(read_bytes(there)) > 1000, args, "nothing was written")


def replaced_when_whole(checks, directory):
    path, old = tour(directory), put(os.path.join(directory, "out.pcap"), b"old")
    os.chmod(old, 0o640)
    refused(checks, directory, FAILED, "-w", "out.pcap", "missing.pcap")
    checks.equal(read_bytes(old), b"old", "after a failure")
    refused(checks, directory, FAILED, "-w", "no/such/folder.pcap", "-o", "report", "tour.pcap")
    checks.that(not os.path.exists(os.path.join(directory, "report")), "a report without evidence")
    process = subprocess.Popen([harness.program(), "-w", "out.pcap", "-"], cwd=directory,
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write(read_bytes(path))
    process.stdin.flush()
    time.sleep(0.2)
    checks.equal(read_bytes(old), b"old", "while it is written")
    process.communicate()
    checks.equal(process.returncode, OK, "exit status")
    checks.equal(len(read_captures.read(old)), 245, "packets")
    checks.equal(stat.S_IMODE(os.stat(old).st_mode), 0o640, "mode")
    checks.equal(sorted(os.listdir(directory)), ["out.pcap", "tour.pcap"], "files")


def full_device(checks, directory):
    if not os.access("/dev/full", os.W_OK):
        print("no /dev/full")
        return
    for name in "/dev/full", "full.pcapng":
        if name != "/dev/full":
            os.symlink("/dev/full", os.path.join(directory, name))
        run = refused(checks, directory, FAILED, "-w", name, tour(directory))
        checks.that(name.encode() + b": No space left" in run.err, name, run.err)
        checks.that(b"FLOWS HIT" in run.out, name, "the report is still whole")


def interrupted(checks, directory):
    """What was read is in it."""
    process = subprocess.Popen([harness.program(), "-J", "-l", "--events", "icmp", "-w",
                                "out.pcapng", "-"], cwd=directory, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    process.stdin.write(read_bytes(os.path.join(harness.PCAPS, "unreachable.pcap")))
    process.stdin.flush()
    checks.that(json.loads(process.stdout.readline()), "a record while it is read")
    time.sleep(0.5)  # until it waits for more
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    checks.equal(process.returncode, OK, "after SIGINT: exit status")
    out = os.path.join(directory, "out.pcapng")
    checks.that(os.path.exists(out) and read_captures.read(out), "after SIGINT: packets")


def damaged(checks, directory):
    path = tour(directory)
    put(path, read_bytes(path)[:-1])
    run = refused(checks, directory, DAMAGED, "-w", "out.pcap", "tour.pcap")
    checks.that(b"truncated" in run.err, "damaged:", run.err)
    checks.that(len(read_captures.read(os.path.join(directory, "out.pcap"))) > 200, "damaged")


def strange_name(checks, directory):
    """Any bytes: the comment is UTF-8 all the same."""
    name = os.path.join(os.fsencode(directory), b"a\xff\x1b[31m\n.pcap")
    with open(name, "wb") as file:
        file.write(read_bytes(os.path.join(harness.PCAPS, "unreachable.pcap")))
    run = subprocess.run([harness.program(), "-w", "out.pcapng", name], cwd=directory,
                         capture_output=True, check=False)
    checks.equal((run.returncode, run.stderr), (OK, b""), "strange name")
    found = read_captures.read(os.path.join(directory, "out.pcapng"))
    text = "\n".join(packet.comments[0].replace("\n", " ") for packet in found)
    checks.that(found and "\x1b" not in text and r"\xff" in text, "strange name", text[:200])


TESTS = (inputs_are_not_overwritten, outputs_are_not_mixed, standard_output,
         standard_output_by_name, replaced_when_whole, full_device, interrupted, damaged, strange_name)


def main(args):
    checks = harness.Checks()
    for test in TESTS:
        if not args or test.__name__ in args:
            print("==", test.__name__, flush=True)
            with harness.scratch() as directory:
                test(checks, directory)
    checks.finish()


main(sys.argv[1:])
