#!/usr/bin/env bash
# Stage 1 on this machine: make the data's store where missing, then serve until Ctrl-C.
#   mk/run.sh BIN STORE DATA PORT
set -eu
bin=$1 store=$2 data=$3 port=$4
mkdir -p var
if [ ! -r "$data" ]; then
    echo "there is no data file '$data'" >&2
    exit 1
fi
# A marker says which data a store was loaded with; loading again is safe, only slow.
marker=var/loaded-$(printf '%s %s' "$store" "$data" | cksum | cut -d ' ' -f 1)
file=${store#sqlite:}
if [ ! -e "$marker" ] || { [ "$file" != "$store" ] && [ ! -e "$file" ]; }; then
    echo "loading $data"
    format=reddit
    [[ $data == *.xml ]] && format=stackexchange
    # Exit 3: all was read, and bad records were named and left out. What was loaded is served.
    "$bin/import" --store="$store" --format="$format" "$data" || [ $? -eq 3 ]
    : >"$marker"
fi
echo "starting stage 1 (Ctrl-C stops it)"
exec "$bin/monolithic" --port="$port" --store="$store" --key-file=var/key --image-cache=var/images \
    --log-level=warn
