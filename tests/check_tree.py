#!/usr/bin/env python3
"""Holds the source tree to its shape: sizes, the order of the stations, and nothing forgotten.

- No function over 80 lines or five parameters, nine in ten of src/ under 40, no file over 500.
- A station includes only itself and those before it.
- Every source is in Makefile.am; every test is registered there, so that it runs.
"""

import os
import pathlib
import re
import sys

STATIONS = ["base", "capture", "decode", "flow", "match", "track", "report"]
COMMAND = "command"  # around the library: may include any, and nobody includes it
MAX_FILE, MAX_FUNCTION, MAX_PARAMETERS = 500, 80, 5
NINE_IN_TEN = 40
SOURCES = {".c", ".h", ".def", ".py", ".sh", ".txt", ".tsv", ".json", ".pcap", ".pcapng"}

root = pathlib.Path(os.environ.get("srcdir", pathlib.Path(__file__).resolve().parent.parent))
problems = []


def problem(place, text):
    problems.append(f"{place}: {text}")


def code_files(*folders):
    """C files, as (path from the root, lines)."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.[ch]")):
            yield path.relative_to(root), path.read_text().splitlines()


def functions(lines):
    """(first line's number, how many lines, signature) of each. The formatting, which is tested,
    puts the braces of a function, and of nothing else, alone into the first column."""
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
            while start > 0 and re.match(r"[^\s#/}]|\s+[^\s/*]", lines[start - 1]):
                if lines[start - 1].endswith(";"):
                    break
                start -= 1
            signature = " ".join(lines[start:number])
        elif line == "}" and start is not None:
            yield start + 1, number - start + 1, signature
            start = None


def parameters(signature):
    inside = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature).partition("(")[2]
    depth, count = 0, 1
    for character in inside:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        count += character == "," and depth == 0
    return count


def check_sizes():
    lengths = []
    for path, lines in code_files("src", "tests"):
        if len(lines) > MAX_FILE:
            problem(path, f"{len(lines)} lines, at most {MAX_FILE}")
        for number, length, signature in functions(lines):
            if length > MAX_FUNCTION:
                problem(f"{path}:{number}", f"a function of {length} lines, at most {MAX_FUNCTION}")
            foreign = "MHD_Result" in signature  # what a library calls is as it wants it
            if parameters(signature) > MAX_PARAMETERS and not foreign:
                problem(f"{path}:{number}", f"more than {MAX_PARAMETERS} parameters")
            if path.parts[0] == "src":
                lengths.append(length)
    lengths.sort()
    median, ninth = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
    print(f"{len(lengths)} functions in src: median {median} lines, nine in ten under {ninth + 1}")
    if ninth >= NINE_IN_TEN:
        problem("src", f"one function in ten has {ninth} lines or more, should be under {NINE_IN_TEN}")


def check_includes():
    for path, lines in code_files("src"):
        if len(path.parts) < 3:
            for number, line in enumerate(lines, 1):
                if f'"{COMMAND}/' in line:
                    problem(f"{path}:{number}", f"the library may not include {COMMAND}/")
            continue
        station = path.parts[1]
        if station == COMMAND:
            continue
        if station not in STATIONS:
            problem(path, f"no such station: {station}")
            continue
        allowed = STATIONS[: STATIONS.index(station) + 1]
        for number, line in enumerate(lines, 1):
            match = re.match(r'\s*#\s*include\s*"([^"]*)"', line)
            if match and match[1] not in ("config.h", "icmpscope.h"):
                if match[1].partition("/")[0] not in allowed:
                    problem(f"{path}:{number}", f'{station}/ may not include "{match[1]}"')


def read_makefile():
    """Variable → words, those of the variables that it names among them."""
    text = (root / "Makefile.am").read_text().replace("\\\n", " ")
    variables = {}
    for name, words in re.findall(r"^(\w+)\s*\+?=(.*)$", text, re.M):
        for word in words.split():
            inner = re.fullmatch(r"\$\((\w+)\)", word)
            variables.setdefault(name, set()).update(variables.get(inner[1], ()) if inner else [word])
    return variables


def check_registered():
    variables = read_makefile()
    named = set().union(*variables.values())
    for path in sorted([*(root / "src").rglob("*"), *(root / "tests").rglob("*")]):
        path = path.relative_to(root)
        if path.suffix not in SOURCES or "__pycache__" in path.parts:
            continue
        if not named & {str(path), str(path.with_suffix("")), *map(str, path.parents)}:
            problem(path, "not in Makefile.am")
        if path.parent.name == "tests":
            if path.match("test_*.c") and str(path.with_suffix("")) not in variables["unit_tests"]:
                problem(path, "not in unit_tests")
            if path.match("check_*") and str(path) not in variables["script_tests"]:
                problem(path, "not in script_tests")


check_sizes()
check_includes()
check_registered()
print("\n".join(problems) or "as it should be")
sys.exit(bool(problems))
