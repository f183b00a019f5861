#!/usr/bin/env bash
# Run unit test programs, print what failed, and one closing line over all: N passed, N failed.
set -u
if [ $# -eq 0 ]; then
    echo "no unit test has that name (T=test_json, say)" >&2
    exit 1
fi
passed=0 failed=0 skipped=0
for program in "$@"; do
    output=$("$program" 2>&1)
    status=$?
    ok=$(grep -c '^\[       OK \]' <<<"$output")
    bad=$(grep -oE '^ *[0-9]+ FAILED TEST' <<<"$output" | awk '{ sum += $1 } END { print sum + 0 }')
    skip=$(grep -c '^\[  SKIPPED \] [a-z]' <<<"$output")
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    if [ "$status" -ne 0 ]; then
        printf '%s\n%s: exit %s\n' "$output" "$program" "$status"
    else
        grep -E '^skip:' <<<"$output"
    fi
done
printf 'unit: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
