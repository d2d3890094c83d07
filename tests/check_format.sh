#!/bin/sh
# All C is formatted as .clang-format says. Versions differ in what they make of it: 14 decides.
set -u
: "${srcdir:=$(dirname "$0")/..}" "${CLANG_FORMAT:=clang-format-14}"

"$CLANG_FORMAT" --version 2>/dev/null | grep -q 'version 14\.' ||
    { echo "skipped: no clang-format 14"; exit 77; }

cd "$srcdir" || exit 99
find src tests -name '*.[ch]' -exec "$CLANG_FORMAT" --dry-run -Werror {} +
