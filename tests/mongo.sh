#!/usr/bin/env bash
# A MongoDB server for tests: the one that MONGO_TEST_URI names, else a `mongod` on the PATH, else
# SecantusDB, a compatible server, from PyPI in an environment under build/ that is made once.
#   tests/mongo.sh prepare       make what is missing; print where the Python environment is
#   tests/mongo.sh run COMMAND…  with MONGO_TEST_URI, the address of a server that ends afterwards
# Where no server can be had `run` says so and succeeds, so that tests can be run on a machine
# without a network; with CI=true it fails. DECANT_MONGO_VENV names an environment that is there.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(dirname "$here")/build
python=${PYTHON:-/usr/bin/python3}
packages="pymongo==4.20.0"
command -v mongod >/dev/null || packages="$packages secantusdb==0.7.0b3"

# Make the environment unless it is there; one process does, others wait for it.
prepare() {
    venv=${DECANT_MONGO_VENV:-}
    [ -n "$venv" ] && return
    venv=$build/mongo-$(printf '%s' "$packages" | tr -cs 'a-z0-9.' '-')
    [ -e "$venv/complete" ] && return
    mkdir -p "$build"
    exec 8>"$build/.mongo.lock"
    flock 8
    if [ ! -e "$venv/complete" ]; then
        rm -rf "$venv"
        # shellcheck disable=SC2086 # words on purpose
        if ! { "$python" -m venv "$venv" && "$venv/bin/pip" install -q --pre $packages; } >"$build/mongo.log" 2>&1; then
            reason="could not install $packages: $(tail -n 1 "$build/mongo.log")"
            return 1
        fi
        : >"$venv/complete"
    fi
    exec 8>&-
}

if [ "${1:-}" = run ] && [ -n "${MONGO_TEST_URI:-}" ]; then
    shift
    exec "$@"
fi
if ! prepare; then
    if [ "${1:-}" = run ] && [ "${CI:-}" != true ]; then
        echo "skip: $*: no MongoDB server: $reason"
        exit 0
    fi
    echo "mongo.sh: $reason" >&2
    exit 1
fi
case ${1:-} in
prepare) echo "$venv" ;;
run)
    export DECANT_MONGO_VENV=$venv
    exec "$python" "$here/mongo.py" "$@"
    ;;
*)
    echo "mongo.sh: prepare, or run COMMAND…" >&2
    exit 2
    ;;
esac
