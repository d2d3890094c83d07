#!/bin/sh
# The command as a user first meets it: help, version, and what it says to nothing and to nonsense.
set -u
failed=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "FAIL: $*"
    cat "$work/out" "$work/err"
    failed=1
}

# run STATUS LINES-ON-STDERR ARGUMENT…
run()
{
    wanted=$1 lines=$2
    shift 2
    ./icmpscope "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ $status -eq "$wanted" ] || fail "icmpscope $*: exit status $status, not $wanted"
    [ "$(wc -l <"$work/err")" -eq "$lines" ] || fail "icmpscope $*: not $lines lines on stderr"
    [ "$lines" -eq 0 ] || grep -q '^icmpscope: ' "$work/err" || fail "icmpscope $*: unnamed message"
}

run 0 0 --help
grep -q '^usage: icmpscope ' "$work/out" || fail "no usage in --help"
cp "$work/out" "$work/help"
run 0 0 -h
cmp -s "$work/help" "$work/out" || fail "-h is not --help"

run 0 0 --version
grep -Eqx 'icmpscope [0-9]+\.[0-9]+\.[0-9]+' "$work/out" || fail "no version"

run 2 1
[ ! -s "$work/out" ] || fail "wrong usage prints to standard output"
run 2 1 --no-such-option
run 2 1 -c many x.pcap
run 1 1 "$work/missing.pcap"
run 1 1 "$work"

exit $failed
