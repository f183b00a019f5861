#!/usr/bin/env bash
# A stage on this machine: make the data's store where missing, then serve until Ctrl-C.
#   mk/run.sh BIN STORE DATA PORT STAGE
set -eu
bin=$1 store=$2 data=$3 port=$4 stage=$5
case $port in '' | *[!0-9]*)
    echo "PORT must be a number, not '$port'" >&2
    exit 2
    ;;
esac
api=$((port + 2)) # the REST stage has its pages on the port and its API two above
case $stage in
1) serve=("$bin/monolithic" --port="$port" --key-file=var/key --image-cache=var/images) ;;
rest) serve=("$bin/rest" --port="$api" --front-port="$port" --api-url="http://localhost:$api") ;;
*)
    echo "there is no stage '$stage' (STAGE=1 or STAGE=rest)" >&2
    exit 2
    ;;
esac
mkdir -p var
if [ ! -r "$data" ]; then
    echo "there is no data file '$data'" >&2
    exit 1
fi
# A marker says which data a file was loaded with; loading again is safe, only slow. What a server
# holds by now is known to itself alone, so it is always offered the data.
marker=var/loaded-$(printf '%s %s' "$store" "$data" | cksum | cut -d ' ' -f 1)
file=${store#sqlite:}
if [ ! -e "$marker" ] || [ "$file" = "$store" ] || [ ! -e "$file" ]; then
    echo "loading $data"
    format=reddit
    [[ $data == *.xml ]] && format=stackexchange
    # Exit 3: all was read, and bad records were named and left out. What was loaded is served.
    "$bin/import" --store="$store" --format="$format" "$data" || [ $? -eq 3 ]
    : >"$marker"
fi
echo "starting stage $stage (Ctrl-C stops it)"
exec "${serve[@]}" --store="$store" --log-level=warn
