#!/usr/bin/env python3
"""Small captures of which is known, frame by frame, what must be said about them.

usage: generate_captures.py DIRECTORY     writes each capture into DIRECTORY, and truth.json beside
                                          them: {capture: {frame: {path: value}}}

A path is that of a member of the frame's `icmp` record ("match.verdict"); null: it must be absent.
A frame that is not listed must have no such record."""

import json
import os
import sys

sys.dont_write_bytecode = True
import generate_errors
import generate_extensions
import generate_fragments
import generate_layers
import generate_nat
import generate_quotes
import generate_rewritten
import generate_types
import generate_v6


def captures():
    """{file name: (bytes, truth)}"""
    found = {}
    for module in (generate_errors, generate_extensions, generate_fragments, generate_layers,
                   generate_nat, generate_quotes, generate_rewritten, generate_types,
                   generate_v6):
        for name, data, truth in module.captures():
            assert name not in found, name
            found[name] = (data, truth)
    return found


def write_all(directory):
    """Returns the truth."""
    truths = {}
    for name, (data, truth) in captures().items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)
        truths[name] = truth
    with open(os.path.join(directory, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truths, file, indent=1)
    return truths


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: generate_captures.py DIRECTORY")
    os.makedirs(sys.argv[1], exist_ok=True)
    write_all(sys.argv[1])
