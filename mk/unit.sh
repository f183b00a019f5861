#!/usr/bin/env bash
# Run unit test programs, as many at once as there are cores, print what failed, and one closing line
# over all: N passed, N failed, N skipped.
#   mk/unit.sh PROGRAM…
set -u
if [ $# -eq 0 ]; then
    echo "no unit test has that name (T=test_json, say)" >&2
    exit 1
fi

# What a program said, unless all was well, and then a line with its numbers.
run_one() {
    local program=$1 output status ok bad skip
    shift
    case $program in
    */lib/mongo/tests/*)
        export DECANT_MODULES=${program%/lib/mongo/tests/*}/bin
        output=$(tests/mongo.sh run "$program" "$@" 2>&1)
        ;;
    *) output=$("$program" 2>&1) ;;
    esac
    status=$?
    ok=$(grep -c '^\[       OK \]' <<<"$output")
    bad=$(grep -oE '^ *[0-9]+ FAILED TEST' <<<"$output" | awk '{ sum += $1 } END { print sum + 0 }')
    skip=$(grep -cE '^(\[  SKIPPED \] [a-z]|skip: .*: no MongoDB server)' <<<"$output")
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    if [ "$status" -ne 0 ]; then
        printf '%s\n%s: exit %s\n' "$output" "$program" "$status"
    else
        grep -E '^skip:' <<<"$output"
    fi
    echo "ran $ok $bad $skip"
}
if [ "$1" = --one ]; then
    # shellcheck disable=SC2086 # a program and its arguments
    run_one $2 >"$3/$(tr ' /' -- <<<"$2")"
    exit
fi
if [ "$1" = --all ]; then
    logs=$2
    shift 2
    printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} "$0" --one {} "$logs"
    exit
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
here=() served=()
for program in "$@"; do
    case $program in
    # Long, and idle half of the time: in parts.
    */test_store_mongo) for part in 1 2 3 4; do served+=("$program $part/4"); done ;;
    */lib/mongo/tests/*) served+=("$program") ;;
    *) here+=("$program") ;;
    esac
done

# Each has a server to itself: the one of tests tells changes late, and again, while others write.
# Where none can be had they are skipped, each of them counted; with CI=true that is a failure.
serve_all() {
    local program why
    if [ -z "${MONGO_TEST_URI:-}" ]; then
        if ! DECANT_MONGO_VENV=$(tests/mongo.sh prepare 2>"$logs/why"); then
            why=$(<"$logs/why")
            rm "$logs/why"
            for program in "${served[@]}"; do
                printf 'skip: %s: no MongoDB server: %s\n' "$program" "${why#mongo.sh: }"
                if [ "${CI:-}" = true ]; then echo "ran 0 1 0"; else echo "ran 0 0 1"; fi
            done >"$logs/none"
            return
        fi
        export DECANT_MONGO_VENV
    fi
    "$0" --all "$logs" "${served[@]}"
}
if [ ${#served[@]} -gt 0 ]; then
    serve_all &
fi
[ ${#here[@]} -eq 0 ] || "$0" --all "$logs" "${here[@]}"
wait
grep -hvE '^ran ' "$logs"/*
awk -v programs=$((${#here[@]} + ${#served[@]})) '/^ran / { ran++; passed += $2; failed += $3; skipped += $4 }
    END {
        failed += programs - ran
        printf "unit: %d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }' "$logs"/*
