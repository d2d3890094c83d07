#!/usr/bin/env python3
"""Holds records and the summary document to doc/icmpscope.schema.json, by python3-jsonschema, and the
schema to the program: it is what tests/print_schema makes of the field table; it takes every record
of every capture at hand; and it refuses those that are changed for the worse."""

import collections
import copy
import itertools
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import generate_captures
import harness

SCHEMA = os.path.join(harness.TOP, "doc", "icmpscope.schema.json")
EVENTS = {"icmp", "flow", "echo", "clock", "query", "pmtu", "path", "redirect", "router", "finding",
          "stats"}


def shape_of(value):
    """Key paths and types: records with the same are validated once, by the first."""
    if isinstance(value, dict):
        return tuple((key, shape_of(inner)) for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return (tuple(sorted({shape_of(inner) for inner in value}, key=repr)),)
    return type(value).__name__


def words_of(value):
    """Short strings without blanks or digits: the names that enumerations are of."""
    if isinstance(value, dict):
        return frozenset().union(*(words_of(inner) for inner in value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(words_of, value))
    return frozenset([value]) if isinstance(value, str) and value.replace("_", "").isalpha() \
        else frozenset()


def leaves(value, path=()):
    """(container, key, path without indexes) of what is in it, containers too."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        here = path if isinstance(value, list) else path + (key,)
        yield value, key, here
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, here)


class Samples:
    """One record of each shape, and one for each name that it brought."""

    def __init__(self):
        self.shapes, self.words, self.list = set(), set(), []
        self.kinds = collections.Counter()

    def add(self, record, where):
        kind = record["event_type"]
        self.kinds[kind] += 1
        shape = shape_of(record)
        words = {(kind, word) for word in words_of(record)}
        if shape in self.shapes and words <= self.words:
            return
        self.shapes.add(shape)
        self.words |= words
        self.list.append((where, record))


def collect(paths):
    samples, documents = Samples(), []
    for path in paths:
        run = harness.Run(["--format", "ndjson", "--all-flows", "--sensor", "here", path])
        for record in run.records():
            samples.add(record, os.path.basename(path))
        documents.append((os.path.basename(path), harness.Run(["--format", "json", path]).out))
    return samples, documents


# ---- records that must be refused ----------------------------------------------------------------


def replaced(record, number, change):
    """A copy of it in which change() had its way with the container and key of one member."""
    changed = copy.deepcopy(record)
    container, key, _ = next(itertools.islice(leaves(changed), number, None))
    change(container, key)
    return changed


def rename(container, key):
    container[key + "_"] = container.pop(key)


def retype(container, key):
    old = container[key]
    container[key] = 7 if isinstance(old, (str, bool, dict, list)) else "7"


def misname(container, key):
    container[key] = "no_such_name"


def check_mutants(checks, validator, record, where, done):
    """Of each member that was not seen before: under another name, and as another type."""
    for number, (container, key, path) in enumerate(list(leaves(record))):
        if (record["event_type"],) + path in done:
            continue
        done.add((record["event_type"],) + path)
        changes = [retype] if isinstance(container, list) else [rename, retype]
        for change in changes:
            checks.that(not validator.is_valid(replaced(record, number, change)), where,
                        change.__name__, ".".join(path), "of", record["event_type"], "is accepted")


# Names that are enumerations: the contract's, and those that stand in lists.
NAMED = ["event_type", "icmp.class", "icmp.status", "icmp.checksum", "match.verdict",
         "match.seq_check", "match.anomalies", "match.rewritten.field", "flow.state", "flow.reason",
         "aftermath.verdict", "echo.status", "query.kind", "query.status", "pmtu.source",
         "pmtu.outcome", "path.method", "redirect.outcome", "redirect.reasons", "finding.severity",
         "clock.reference", "tunnel.type", "icmp.extensions.object", "icmp.extension_checksum",
         "tcp.state", "router.changes"]


def check_names(checks, validator, samples):
    left = set(NAMED)
    for where, record in samples.list:
        for number, (container, key, path) in enumerate(list(leaves(record))):
            name = ".".join(path)
            if name not in left or not isinstance(container[key], str):
                continue
            left.discard(name)
            checks.that(not validator.is_valid(replaced(record, number, misname)), where,
                        name, "may be anything")
    checks.equal(left, set(), "enumerations that no capture has")


def check_required(checks, validator, samples):
    """Without what each record has, it is none."""
    for kind in sorted(EVENTS):
        record = next(record for _, record in samples.list if record["event_type"] == kind)
        for key in "timestamp", "ts_us", "event_type":
            less = {name: value for name, value in record.items() if name != key}
            checks.that(not validator.is_valid(less), kind, "without", key, "is accepted")
        own = {"icmp": ["icmp", "icmp_type", "icmp_code", "proto"]}.get(kind, [kind])
        for key in own:
            less = {name: value for name, value in record.items() if name != key}
            checks.that(not validator.is_valid(less), kind, "without", key, "is accepted")


# ---- all of it -----------------------------------------------------------------------------------


def check_committed(checks):
    made = subprocess.run(["tests/print_schema"], check=True, stdout=subprocess.PIPE).stdout
    with open(SCHEMA, "rb") as file:
        checks.that(file.read() == made,
                    "doc/icmpscope.schema.json is not what the field table says: "
                    "make regenerate-goldens")


def check_documents(checks, schema, documents, jsonschema):
    summary = jsonschema.Draft202012Validator(
        {"$defs": schema["$defs"], "$ref": "#/$defs/summary"})
    for where, text in documents:
        for problem in itertools.islice(summary.iter_errors(json.loads(text)), 3):
            checks.that(False, where, "summary:", problem.json_path, problem.message[:200])
        checks.that(True)
    document = json.loads(documents[0][1])
    for change in rename, retype:
        for number, (_, _, path) in enumerate(list(leaves(document))):
            if len(path) > 2 or path[:1] == ("captures",) or path[1:2] and len(path) == 2 and \
                    path[0] not in ("icmp", "errors", "flows", "health", "tool"):
                continue
            if isinstance(next(itertools.islice(leaves(document), number, None))[0], list):
                continue
            checks.that(not summary.is_valid(replaced(document, number, change)),
                        "summary:", change.__name__, ".".join(path), "is accepted")


def check_records(checks, schema, samples, jsonschema):
    validator = jsonschema.Draft202012Validator(schema)
    done = set()
    for where, record in samples.list:
        problem = next(validator.iter_errors(record), None)
        checks.that(problem is None, where, record["event_type"],
                    problem and (problem.json_path, problem.message[:300]))
        if problem is None:
            check_mutants(checks, validator, record, where, done)
    checks.equal(set(samples.kinds), EVENTS, "event types that occurred")
    check_names(checks, validator, samples)
    check_required(checks, validator, samples)
    print("%d records, %d of them validated, %d members changed" % (
        sum(samples.kinds.values()), len(samples.list), len(done)))


def main():
    checks = harness.Checks()
    check_committed(checks)
    try:
        import jsonschema  # python3-jsonschema
    except ImportError:
        if checks.failed:
            checks.finish()
        harness.skip("no python3-jsonschema: only whether the schema is up to date was looked at")
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    with harness.scratch() as directory:
        generate_captures.write_all(directory)
        paths = [path for place in (directory, harness.PCAPS, harness.SHARED)
                 for path in harness.captures_in(place)]
        samples, documents = collect(paths)
    check_records(checks, schema, samples, jsonschema)
    check_documents(checks, schema, documents, jsonschema)
    checks.finish()


main()
