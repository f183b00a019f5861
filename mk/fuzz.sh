#!/usr/bin/env bash
# Run every fuzz target (*/fuzz/fuzz_X.c, libFuzzer) for some seconds each, from the seeds in
# corpus/X; a crash leaves its input in build/fuzz/ and fails.   mk/fuzz.sh [SECONDS]
set -eu
seconds=${1:-30}
out=$PWD/build/fuzz
flags="CC=clang SANITIZE=fuzzer-no-link,address,undefined OUT=$out"
# shellcheck disable=SC2086 # words on purpose
make --no-print-directory -s $flags lib app datasets/import rest
passed=0 failed=0
cflags="-std=gnu11 -g -O1 -D_GNU_SOURCE $(pkg-config --cflags libbson-1.0)"
for source in $(git ls-files '*/fuzz/fuzz_*.c'); do
    folder=$(dirname "$source")
    name=$(basename "$source" .c)
    own=
    case $folder in
    lib/* | app/*) ;;
    *) own=$(find "$out/$(dirname "$folder")" -maxdepth 1 -name '*.o' ! -name main.o) ;;
    esac
    # shellcheck disable=SC2086
    clang $cflags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -o "$out/$name" "$source" $own \
        "$out/app/libapp.a" "$out/lib/libdecant.a" -Wl,--as-needed -lh2o -luv -lcurl -lbson-1.0 -lsqlite3 -lsodium \
        -lgd -lexpat -lstemmer -lpcre2-8 -lssl -lcrypto -lz -ldl -lpthread -lm
    mkdir -p "$out/found/$name"
    if "$out/$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -artifact_prefix="$out/$name-" \
        "$out/found/$name" "$folder/corpus/${name#fuzz_}" >"$out/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "fuzz: $name: $(grep -c . "$out/$name.log") lines, $(grep -oE '^Done [0-9]+ runs' "$out/$name.log" || true)"
    else
        failed=$((failed + 1))
        tail -30 "$out/$name.log"
    fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
