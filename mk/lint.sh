#!/usr/bin/env bash
# What a machine can say of the code: laws of the house first, then format, headers, tools.
set -u
failed=0
complain() {
    echo "lint: $*" >&2
    failed=1
}
mapfile -t sources < <(git ls-files '*.c')
mapfile -t headers < <(git ls-files '*.h')
cflags="-std=gnu11 -D_GNU_SOURCE -DH2O_USE_LIBUV=1 $(pkg-config --cflags libbson-1.0 libmongoc-1.0 libuv libcurl | sed 's/-I/-isystem /g')"

# Functions that cannot be used safely.
banned='\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|localtime|gmtime|ctime|asctime|atoi|atol|atof|alloca|rand|srand)\('
grep -nE "$banned" "${sources[@]}" "${headers[@]}" && complain "banned functions"
# lib knows nothing of app, app nothing of HTTP; libraries stay behind the modules that hide them.
grep -nE '#include ".*(app|monolithic|rest|services)/' lib/*.[ch] && complain "lib must not include what stands on it"
grep -nE '#include ".*(call|server|head|form)\.h"' app/*.[ch] && complain "no HTTP in app/"
grep -nE '#include ".*app/' rest/*.[ch] && complain "rest stands on lib alone"
hidden() {
    grep -lE "#include <$1" "${sources[@]}" "${headers[@]}" | grep -vE "$2" && complain "$1 is hidden behind $2"
}
hidden 'h2o\.h' '^(lib/(server|call|mailbox)|bench/)'
hidden 'uv\.h' '^(lib/(server|call|mailbox)|bench/)'
hidden 'curl/' '^lib/outbound'
hidden 'sqlite3\.h' '^(lib/(store_sqlite|tests/)|bench/)'
hidden 'mongoc/' '^lib/mongo/'
hidden 'jsmn\.h' '^lib/json'
hidden 'sodium\.h' '^lib/(identity|tests/)'
hidden 'expat\.h' '^datasets/import/'
hidden 'pcre2\.h' '^rest/pattern\.c'
# Sizes.
for file in "${sources[@]}" "${headers[@]}"; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 400 ] || complain "$file has $lines lines, the limit is 400"
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier' || complain "$file: first line is the licence"
done
grep -nE '^\s*//' "${sources[@]}" "${headers[@]}" && complain "comments are /* */"

clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" || complain "run make format"
# Every header compiles alone.
for header in "${headers[@]}"; do
    # shellcheck disable=SC2086 # flags are words
    gcc $cflags -fsyntax-only -w -x c "$header" || complain "$header does not compile alone"
done
# Tests go without the analyzer, which takes ten times as long as the rest: they run under sanitizers. Elsewhere it looks at
# a bounded number of states of a function, or a few functions would take most of the time.
# shellcheck disable=SC2016,SC2086 # the inner shell expands
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 1 sh -c '
    flags=$1 checks=; shift
    case $1 in */tests/*) checks=--checks=-clang-analyzer-* ;; esac
    clang-tidy --quiet $checks "$@" -- $flags -Xclang -analyzer-config -Xclang max-nodes=40000 2>/dev/null' tidy "$cflags" | grep -E 'warning:|error:' &&
    complain "clang-tidy"
cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
    --enable=warning,portability --suppressions-list=mk/cppcheck.txt -j "$(nproc)" "${sources[@]}" || complain "cppcheck"
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
shellcheck -x "${scripts[@]}" || complain "shellcheck"
[ "$failed" -eq 0 ] && echo "lint: clean"
exit "$failed"
