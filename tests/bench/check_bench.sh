#!/bin/sh
# The benchmark with a thousand packets: that it runs, and that what it measures is the whole job.
set -u
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
BENCH_PACKETS=1000 BENCH_RUNS=1 BENCH_CHECK=1 BENCH_DIR=$work
export BENCH_PACKETS BENCH_RUNS BENCH_CHECK BENCH_DIR
${PYTHON3:-python3} "${srcdir:-.}/tests/bench/bench.py"
