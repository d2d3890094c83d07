#!/usr/bin/env python3
"""The benchmarks with a few packets: that they run, and that what they measure is the whole job."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

with tempfile.TemporaryDirectory(prefix="icmpscope-bench-") as directory:
    environment = dict(os.environ, BENCH_PACKETS="1000", BENCH_RUNS="1", BENCH_CHECK="1",
                       BENCH_DIR=directory, FLOODS_PACKETS="20000", FLOODS_RUNS="1",
                       FLOODS_CHECK="1", FLOODS_DIR=directory)
    for bench in "bench.py", "floods.py":
        done = subprocess.run([sys.executable, os.path.join(HERE, bench)], env=environment,
                              check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)
