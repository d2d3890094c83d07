#!/bin/sh
# Runs each fuzz target on its seeds, past crashes among them.
# usage: run_seeds.sh [SECONDS]: with libFuzzer, so long on each target beyond that, in a corpus
# directory of the build directory; a crash leaves its input there.
set -eu

seconds=${1:-0}
seeds=${srcdir:-$(dirname "$0")/../..}/tests/fuzz/seeds

for target in engine icmp link; do
    program=tests/fuzz/$target
    [ -x "$program" ] || { echo "no $program: run it in the build directory"; exit 77; }
    echo "== $target"
    "$program" -runs=0 "$seeds/$target"
    [ "$seconds" -gt 0 ] || continue
    mkdir -p "fuzz-corpus/$target"
    "$program" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="fuzz-corpus/$target-" -print_final_stats=1 \
        "fuzz-corpus/$target" "$seeds/$target"
done
