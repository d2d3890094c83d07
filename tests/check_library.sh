#!/bin/sh
# The installed library: it exports what symbols.txt lists and nothing else, a program finds its
# way to it, it never prints, exits or reads the wall clock, and has no mutable globals.
set -u
: "${srcdir:=$(dirname "$0")/..}" "${CC:=cc}" "${NM:=nm}" "${TEST_CFLAGS:=}"
library=.libs/libicmpscope.so
failed=0
fail()
{
    echo "FAIL: $*"
    failed=1
}

[ -f $library ] || { echo "skipped: no $library"; exit 77; }
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

echo "exported:"
$NM -D --defined-only $library | awk '{ print $NF }' | LC_ALL=C sort >"$work/exported"
diff "$srcdir/tests/symbols.txt" "$work/exported" || fail "exported symbols are not symbols.txt"

echo "usable:"
cat >"$work/user.c" <<'END'
#include <icmpscope.h>
#include <string.h>
int main(void)
{
    struct icmpscope_config config;
    icmpscope_config_init(&config);
    return config.max_flows == 0 || icmpscope_version()[0] == 0;
}
END
# shellcheck disable=SC2086 # flags are words
$CC $TEST_CFLAGS -I"$srcdir/src" -o "$work/user" "$work/user.c" -L.libs -licmpscope &&
    LD_LIBRARY_PATH=.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$work/user" ||
    fail "a program that uses it does not build or run"

# What sanitizers and coverage put in is theirs.
case $TEST_CFLAGS in
*-fsanitize* | *--coverage*)
    echo "instrumented: what it calls and keeps was not looked at"
    exit $failed
    ;;
esac

echo "calls:"
for name in exit _exit abort stdout stderr printf vprintf puts putchar perror psignal \
    time gettimeofday clock_gettime clock localtime rand random getenv setlocale; do
    $NM -D --undefined-only $library | grep -E " (__)?$name(_chk)?(@|\$)" && fail "uses $name"
done

echo "mutable globals:"
size -A .libs/libcore.a >"$work/sections" || fail "size"
awk '/:$|\(ex / { object = $1 }
     $1 ~ /^\.(data|bss|tdata|tbss|data\.rel(\.local)?)(\.[^r].*)?$/ && $2 > 0 {
         print object ": " $2 " bytes in " $1; found = 1 }
     END { exit found }' "$work/sections" || fail "the library keeps state"

exit $failed
