#!/usr/bin/env python3
"""Holds README and the manual page to the program and the tree.

- The manual's options are those of --help, both ways, with the same arguments.
- The anomalies that the manual explains, with an RFC each, are those that the program names.
- The findings that the manual explains are those of findings.def, each with its severity.
- The metrics that it explains are those that the program writes, each with its type.
- mandoc has nothing to say about the manual (where there is a mandoc).
- The options of icmpscope that README and the manual use in examples exist.
- The commands that README tells a user to type, and the files it names, exist.
- The summary of pcaps/tour.pcap in README is what the program prints; --regenerate puts it there.
"""

import os
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(os.environ.get("srcdir", pathlib.Path(__file__).resolve().parent.parent))
manual = root / "doc" / "icmpscope.1"
readme = root / "README"
problems = []


def options_of_help():
    """Each line of options as {"-h", "--help"} → argument or ""."""
    text = subprocess.run(["./icmpscope", "--help"], check=True, capture_output=True, text=True)
    found = {}
    for line in text.stdout.splitlines():
        row = re.match(r"\s+(-[\w-]+(?:, -[\w-]+)*)(?: \[?([A-Z]+)\]?)?\s", line)
        if row:
            found[frozenset(row[1].split(", "))] = row[2] or ""
    return found


def options_of_manual():
    """The same, of the .It lines of the section OPTIONS: ".It Fl h , Fl -help", ".It Fl c Ar COUNT"."""
    section = manual.read_text().partition(".Sh OPTIONS")[2].partition("\n.Sh ")[0]
    found = {}
    for words in re.findall(r"^\.It (Fl .*)$", section, re.M):
        names = frozenset("-" + name for name in re.findall(r"Fl (\S+)", words))
        argument = re.search(r"Ar (\S+)", words)
        found[names] = argument[1] if argument else ""
    return found


def show(option):
    names, argument = option
    return f"{', '.join(sorted(names))} {argument}".strip()


def check_options():
    told, documented = options_of_help(), options_of_manual()
    for option in told.items() - documented.items():
        problems.append(f"in --help but not so in the manual: {show(option)}")
    for option in documented.items() - told.items():
        problems.append(f"in the manual but not so in --help: {show(option)}")
    if not told:
        problems.append("no options in --help")
    return frozenset().union(*told)


def check_findings():
    """The rows of findings.def, with their severities, against the .It lines of FINDINGS."""
    rows = re.findall(r"^FINDING\(\s*(\w+),\s*\w+,\s*(\w+),",
                      (root / "src/track/findings.def").read_text(), re.M)
    told = {(name, severity.lower()) for name, severity in rows}
    section = manual.read_text().partition(".Sh FINDINGS")[2].partition("\n.Sh ")[0]
    explained = set(re.findall(r"^\.It Cm (\w+) Pq (\w+)$", section, re.M))
    for name, severity in sorted(told - explained):
        problems.append(f"a finding that the manual does not explain so: {name} ({severity})")
    for name, severity in sorted(explained - told):
        problems.append(f"a finding of the manual that the program does not have so: {name} ({severity})")
    if not told:
        problems.append("no findings in src/track/findings.def")


def check_metrics():
    """What --metrics-file writes of pcaps/tour.pcap, with its types, against the .It lines of METRICS."""
    text = subprocess.run(["./icmpscope", "-o", "/dev/null", "--metrics-file", "/dev/stdout",
                           root / "pcaps" / "tour.pcap"], check=True, capture_output=True, text=True)
    told = re.findall(r"^# TYPE (\w+) (\w+)$", text.stdout, re.M)
    section = manual.read_text().partition(".Sh METRICS")[2].partition("\n.Sh ")[0]
    explained = re.findall(r"^\.It Cm (\w+) Pq (\w+)$", section, re.M)
    for name, kind in sorted(set(told) - set(explained)):
        problems.append(f"a metric that the manual does not explain so: {name} ({kind})")
    for name, kind in sorted(set(explained) - set(told)):
        problems.append(f"a metric of the manual that the program does not have so: {name} ({kind})")
    if not told:
        problems.append("no metrics")


def check_anomalies():
    """The rows of anomaly_names against the .It lines of the section ANOMALIES."""
    names = re.findall(r'^\s*\[ANOMALY_\w+\] = "(\w+)"',
                       (root / "src" / "match" / "verdict.c").read_text(), re.M)
    section = manual.read_text().partition(".Sh ANOMALIES")[2].partition("\n.Sh ")[0]
    told = dict(re.findall(r"^\.It Cm (\w+)\n(.*?)(?=^\.It |^\.El)", section, re.M | re.S))
    for name in names:
        if name not in told:
            problems.append(f"an anomaly that the manual does not explain: {name}")
    for name, text in told.items():
        if name not in names:
            problems.append(f"an anomaly of the manual that the program does not have: {name}")
        if not re.search(r"^\.Pq .*\bRFC\b", text, re.M):
            problems.append(f"the manual gives no RFC for {name}")
    if not names:
        problems.append("no anomalies in src/match/verdict.c")


def check_examples(known):
    """Options in README's and the manual's examples: indented lines, .Dl lines and displays."""
    for path in (readme, manual):
        for line in path.read_text().splitlines():
            command = re.search(r"^(?:    |\.Dl )(?:.*\| *)?(?:icmpscope|\./quickstart) (.*)", line)
            for word in command[1].partition("|")[0].split() if command else []:
                name = word.partition("=")[0].replace("\\-", "-")
                if re.match(r"--?\w", name) and name not in known:
                    problems.append(f"{path.name}: an example uses {name}, which does not exist")


def check_mandoc():
    if not os.environ.get("MANDOC"):
        print("no mandoc: the manual's markup was not looked at")
        return
    lint = subprocess.run([os.environ["MANDOC"], "-T", "lint", manual],
                          capture_output=True, text=True)
    for line in (lint.stdout + lint.stderr).splitlines():
        if "referenced manual not found" not in line and "outdated mandoc.db" not in line:
            problems.append(line)


def check_readme():
    text = readme.read_text()
    for command in set(re.findall(r"^    (?:\$ )?\./(\S+)", text, re.M)):
        path = root / command
        if not os.access(path, os.X_OK) and command != "configure":
            problems.append(f"README: ./{command} is no command")
    for needed in ("./quickstart FILE", "./quickstart check"):
        if needed not in text:
            problems.append(f"README does not tell of {needed}")
    for name in set(re.findall(r"(?<![\w./-])((?:src|doc|tests|pcaps)/[\w./-]*\w|NEWS|LICENSE)", text)):
        if not (root / name).exists():
            problems.append(f"README names {name}, which does not exist")


def tour():
    """What the program prints of pcaps/tour.pcap, as README shows it."""
    run = subprocess.run([os.path.abspath("icmpscope"), "pcaps/tour.pcap"], cwd=root,
                         check=True, capture_output=True, text=True)
    return "\n".join(("    " + line).rstrip() for line in run.stdout.splitlines())


def check_tour():
    if "\n" + tour() + "\n" not in readme.read_text():
        problems.append("README does not show what icmpscope prints of pcaps/tour.pcap")


def regenerate_tour():
    """In README all from the first line of the summary to the last one that is indented."""
    first = "    icmpscope  pcaps/tour.pcap"
    before, _, rest = readme.read_text().partition("\n" + first)
    after = re.search(r"\n\n\n(?=\S)", rest)
    readme.write_text(before + "\n" + tour() + rest[after.start():])


if sys.argv[1:] == ["--regenerate"]:
    regenerate_tour()
    sys.exit()
check_examples(check_options())
check_anomalies()
check_findings()
check_metrics()
check_mandoc()
check_readme()
check_tour()
print("\n".join(problems) or "as it should be")
sys.exit(bool(problems))
