#!/usr/bin/env bash
# Install the Debian packages a goal needs that are missing, and only those, saying so.
#   mk/deps.sh build|run|test|lint|bench
set -eu
build="gcc make pkg-config libc6-dev libh2o-dev libuv1-dev libcurl4-openssl-dev libbson-dev libmongoc-dev libjsmn-dev
  libsqlite3-dev libsodium-dev libgd-dev libexpat1-dev libstemmer-dev libpcre2-dev libssl-dev zlib1g-dev"
case "${1:-build}" in
build | run) wanted=$build ;;
test) wanted="$build libcmocka-dev curl jq python3 python3-pytest python3-pytest-xdist python3-venv python3-selenium python3-html5lib
  chromium chromium-driver procps openssl" ;;
lint) wanted="clang clang-tidy clang-format cppcheck shellcheck git libclang-rt-14-dev" ;;
bench) wanted="wrk python3 python3-venv" ;;
*)
    echo "deps.sh: no goal '$1' (build, run, test, lint, bench)" >&2
    exit 2
    ;;
esac
# One at a time: goals are made side by side, and apt has one lock.
mkdir -p build
exec 9>build/.deps.lock
flock 9
missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "please install the counterparts of these Debian packages:$missing" >&2
    exit 1
fi
echo "installing:$missing"
root=
[ "$(id -u)" -eq 0 ] || root=sudo
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 # words on purpose
if ! { $root apt-get update -q && $root apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "could not install:$missing" >&2
    exit 1
fi
rm -f "$log"
