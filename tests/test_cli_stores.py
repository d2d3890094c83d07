#!/usr/bin/env python3
"""The recipes of doc/pipelines for PostgreSQL and Redis, with servers of the test's own that listen
on sockets in its folder: every record of a capture arrives as it was."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import harness

RECIPES = os.path.join(harness.TOP, "doc", "pipelines")
NOBODY = 65534


def as_nobody(directory):
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    os.chown(directory, NOBODY, NOBODY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def canonical(line):
    return json.dumps(json.loads(line), sort_keys=True)


def check_same(checks, stored, records, what):
    checks.equal(len(stored), len(records), what, "records")
    for got, wanted in zip(map(json.loads, stored), map(json.loads, records)):
        checks.equal(got, wanted, what, "has a record that")


def store_in_postgresql(checks, directory, records):
    tools = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))
    if not tools or not shutil.which("psql"):
        print("no PostgreSQL: its recipe was not tried")
        return
    tools, how = os.path.dirname(tools[-1]), as_nobody(directory)
    data = os.path.join(directory, "data")
    environment = dict(os.environ, PGHOST=directory, PGUSER="test", PGDATABASE="postgres")

    def run(*words, **more):
        return subprocess.run(words, cwd=directory, env=environment, check=True, text=True,
                              timeout=120, stdout=subprocess.PIPE, **more).stdout

    run(tools + "/initdb", "-A", "trust", "-U", "test", "-N", "-D", data, **how)
    run(tools + "/pg_ctl", "-D", data, "-w", "-l", directory + "/log", "-o",
        "-c listen_addresses='' -k " + directory, "start", **how)
    try:
        recipe = os.path.join(RECIPES, "postgresql.sql")
        with open(recipe, encoding="utf-8") as file:
            text = file.read()
        copy = re.search(r'psql -c "(\\copy .*?)"', text, re.S)[1].replace("\n--", " ")
        run("psql", "-q", "-v", "ON_ERROR_STOP=1", input=text)
        run("psql", "-q", "-c", " ".join(copy.split()), input="".join(records))
        stored = run("psql", "-qAt", "-c", "select record from icmpscope")
        # A table has no order.
        check_same(checks, *(sorted(lines, key=canonical) for lines in (stored.splitlines(), records)),
                   "PostgreSQL")
        wanted = sum(json.loads(line).get("icmp", {}).get("class") == "error" for line in records)
        checks.equal(run("psql", "-qAt", "-c", "select sum(errors) from icmpscope_errors").strip(),
                     str(wanted), "errors in PostgreSQL")
    finally:
        run(tools + "/pg_ctl", "-D", data, "-m", "immediate", "stop", **how)


def store_in_redis(checks, directory, records):
    if not all(map(shutil.which, ("redis-server", "redis-cli", "jq"))):
        print("no Redis, or no jq: its recipe was not tried")
        return
    path = os.path.join(directory, "redis")
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--dir",
                               directory, "--save", ""], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(path) and server.poll() is None:
            time.sleep(0.05)
        with open(os.path.join(RECIPES, "redis.sh"), encoding="utf-8") as file:
            script = file.read().replace("redis-cli ", "redis-cli -s %s " % path)
        subprocess.run(["sh", "-c", script, "redis.sh", "test"], input="".join(records), text=True,
                       check=True, stdout=subprocess.DEVNULL, timeout=120)
        stored = subprocess.run(["redis-cli", "-s", path, "--raw", "xrange", "test", "-", "+"],
                                capture_output=True, text=True, check=True).stdout
        lines = [line for line in stored.split("\n") if line.startswith("{")]
        check_same(checks, lines, records, "Redis")
    finally:
        server.terminate()
        server.wait()


def main():
    checks = harness.Checks()
    run = harness.Run(["-J", os.path.join(harness.PCAPS, "tour.pcap")])
    records = run.out.decode().splitlines(keepends=True)
    checks.that(len(records) > 100, "records", len(records))
    for store in store_in_postgresql, store_in_redis:
        with harness.scratch() as directory:
            os.chmod(directory, 0o755)
            store(checks, directory, records)
    checks.finish()


main()
