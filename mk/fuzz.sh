#!/usr/bin/env bash
# Run every fuzz target (*/fuzz/fuzz_X.c, libFuzzer) for some seconds each, as many at once as there
# are cores, from the seeds in corpus/X; a crash leaves its input in build/fuzz/ and fails.   mk/fuzz.sh [SECONDS]
set -eu
out=$PWD/build/fuzz
flags="CC=clang SANITIZE=fuzzer-no-link,address,undefined OUT=$out"
cflags="-std=gnu11 -g -O1 -D_GNU_SOURCE $(pkg-config --cflags libbson-1.0)"

# Build and run one; its last line says how it ended.
run_one() {
    local source=$1 seconds=$2 folder name own=
    folder=$(dirname "$source")
    name=$(basename "$source" .c)
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
        echo "fuzz: $name: $(grep -c . "$out/$name.log") lines, $(grep -oE '^Done [0-9]+ runs' "$out/$name.log" || true)"
    else
        tail -30 "$out/$name.log"
        echo "fuzz: $name: failed"
    fi
}
if [ "${1:-}" = --one ]; then
    run_one "$2" "$3"
    exit
fi

seconds=${1:-30}
# shellcheck disable=SC2086 # words on purpose
make --no-print-directory -s $flags lib app datasets/import rest
mapfile -t targets < <(git ls-files '*/fuzz/fuzz_*.c')
said=$(printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} "$0" --one {} "$seconds")
echo "$said"
passed=$(grep -cE '^fuzz: .* lines' <<<"$said" || true)
failed=$((${#targets[@]} - passed))
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
