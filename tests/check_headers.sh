#!/bin/sh
# Every header compiles alone and twice; the installed one also without our flags, as C99 and C++.
set -u
: "${srcdir:=$(dirname "$0")/..}" "${CC:=cc}" "${CXX:=c++}"
: "${TEST_CFLAGS:=-std=c11 -D_GNU_SOURCE -I$srcdir/src -Wall -Wextra}"
failed=0

# compile HEADER COMMAND…: reads the translation unit from standard input
compile()
{
    header=$1
    shift
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "$@" -fsyntax-only -Werror - ||
        { echo "FAIL: $header, compiled by: $*"; failed=1; }
}

headers=$(cd "$srcdir" && find src tests -name '*.h') || exit 99
[ -n "$headers" ] || { echo "no headers in $srcdir"; exit 99; }

for header in $headers; do
    # shellcheck disable=SC2086 # flags are words
    compile "${header#src/}" $CC $TEST_CFLAGS -I"$srcdir" -x c
done

compile icmpscope.h $CC -I"$srcdir/src" -std=c99 -pedantic -Wall -Wextra -x c
if command -v "$CXX" >/dev/null; then
    compile icmpscope.h "$CXX" -I"$srcdir/src" -std=c++11 -pedantic -Wall -Wextra -x c++
else
    echo "no C++ compiler: icmpscope.h was not tried with one"
fi

echo "$(echo "$headers" | wc -l) headers"
exit $failed
