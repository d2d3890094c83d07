#!/usr/bin/env python3
"""The benchmark with a thousand packets: that it runs, and that what it measures is the whole job."""

import os
import subprocess
import sys
import tempfile

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py")

with tempfile.TemporaryDirectory(prefix="icmpscope-bench-") as directory:
    environment = dict(os.environ, BENCH_PACKETS="1000", BENCH_RUNS="1", BENCH_CHECK="1",
                       BENCH_DIR=directory)
    sys.exit(subprocess.run([sys.executable, BENCH], env=environment, check=False).returncode)
