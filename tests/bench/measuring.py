"""What the benchmarks share: a run's figures as the kernel gives them, medians of runs in turns,
captures made once, and what is written above a table so that its figures can be judged."""

import collections
import os
import shutil
import statistics
import subprocess
import time

Figure = collections.namedtuple("Figure", "wall cpu peak instructions")  # s, s, MiB, or None
MIB_OF_KIB = 1 / 1024
READY = 1.25  # of its peak is made ready for a program


def measure(command, ready=0):
    """Of one run, before which so many MiB of memory are made ready. What the command says on
    standard error is shown where it fails."""
    done = subprocess.run(["tests/bench/measure", str(round(ready)), *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit("%s: status %d: %s" % (" ".join(command), done.returncode,
                                                done.stderr.decode(errors="replace")))
    wall, cpu, peak, *counted = done.stdout.split()
    return Figure(float(wall), float(cpu), int(peak) * MIB_OF_KIB,
                  int(counted[0]) if counted else None)


def median(figures):
    def middle(column):
        return None if None in column else statistics.median(column)
    return Figure(*(middle(column) for column in zip(*figures)))


def in_turns(commands, runs, warm=True):
    """{name: median Figure} of {name: command}: one run of each, then the next of each, so that a
    change in the machine's mood hits all of them. `warm`: first a round that does not count, unless
    there is but one; what each takes there is made ready before its other runs."""
    warm = warm and runs > 1
    figures = {name: [] for name in commands}
    ready = {name: 0 for name in commands}
    for number in range(runs + warm):
        for name, command in commands.items():
            figure = measure(command, ready[name])
            if number >= warm:
                figures[name].append(figure)
            else:
                ready[name] = figure.peak * READY
    return {name: median(those) for name, those in figures.items()}


def environment(name, default):
    """A number from the environment, of the same type as the default."""
    return type(default)(os.environ.get(name) or default)


def directory():
    path = os.environ.get("BENCH_DIR") or "bench-captures"
    os.makedirs(path, exist_ok=True)
    return path


def generated(name, packets, flows, options):
    """The path of a capture of tests/bench/generate. One that is there already is taken."""
    path = os.path.join(directory(), "%s-%d-%d.pcap" % (name, packets, flows))
    if not os.path.exists(path):
        command = ["tests/bench/generate", "-n", str(packets), "-f", str(flows), *options]
        subprocess.run(command + [path + ".part"], check=True, stdout=subprocess.DEVNULL)
        os.rename(path + ".part", path)
    return path


# ---- where it was measured --------------------------------------------------------------------


def first_line(command, containing=""):
    """Of what a program prints, or None where there is no such program."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = done.stdout.decode(errors="replace").splitlines()
    return next((line.strip() for line in lines if containing in line), None)


def processor():
    name = "unknown"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.partition(":")[2].strip() for line in file
                         if line.startswith("model name")), name)
    except OSError:
        pass
    cache = first_line(["lscpu"], "L3 cache") or ""
    return "%d × %s%s" % (os.cpu_count(), name, ", " + " ".join(cache.split()) if cache else "")


def machine():
    """A paragraph for above a table."""
    compiler = os.environ.get("CC", "cc").split()
    flags = [flag for flag in os.environ.get("BENCH_CFLAGS", "").split() if not flag.startswith("-W")]
    versions = [first_line(["./icmpscope", "--version"]), first_line([*compiler, "--version"]),
                " ".join(flags), first_line(["tcpdump", "--version"], "libpcap"),
                first_line(["tcpdump", "--version"]), first_line(["tshark", "--version"], "TShark"),
                first_line(["argus", "-h"], "Argus Version")]
    system = os.uname()
    return "%s; %s; %s %s; load %.1f before it. %s." % (
        time.strftime("%Y-%m-%d", time.gmtime()), processor(), system.sysname, system.release,
        os.getloadavg()[0], "; ".join(filter(None, versions)).rstrip("."))


# ---- tables -----------------------------------------------------------------------------------


def number(value):
    return "" if value is None else format(round(value), ",")


def fixed(value, digits):
    return "" if value is None else "%.*f" % (digits, value)


def ratio(value, base):
    return None if value is None or base is None or base == 0 else value / base


def table(header, rows):
    """As Markdown, the columns but the first to the right; each row as soon as it is there."""
    print("\n| %s |" % " | ".join(header))
    print("| --- |%s" % (" ---: |" * (len(header) - 1)))
    for row in rows:
        print("| %s |" % " | ".join(row), flush=True)
    print(flush=True)
