#!/bin/sh
# Runs each fuzz target on its seeds, past crashes among them; and is sure that each has some.
set -u
seeds=${srcdir:-.}/tests/fuzz/seeds
failed=0

for target in engine extension fragments icmp icmpv6 link quote; do
    program=tests/fuzz/$target
    echo "== $target: $(ls "$seeds/$target" | wc -l) seeds"
    # -runs=0: libFuzzer is to run the seeds and end; replay.c takes no notice of it.
    "$program" -runs=0 "$seeds/$target" || failed=1
done
exit $failed
