#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: unused.sh MODULE
#
# Instructions that a request for a file costs more when MODULE is loaded and
# not used; 300 when this was written, where httpd itself takes 32,000 and the
# kernel is not counted.
set -euo pipefail

BOUND=500
REQUESTS=1000

module=$(realpath "$1")
modules=$(apxs -q LIBEXECDIR)
port=$(/usr/bin/python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as s:
    print(s.getsockname()[1])')
url=http://127.0.0.1:$port/file
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
as_user=()
if [[ $EUID -eq 0 ]]; then
    chown www-data "$dir"
    as_user=(runuser -u www-data --)
fi
head -c 8000 /dev/zero >"$dir/file"

# All instructions of an httpd, with this line of configuration, that answers so
# many requests.
instructions() {
    local pid tries i
    cat >"$dir/httpd.conf" <<END
ServerRoot $dir
DefaultRuntimeDir $dir
PidFile $dir/pid
ServerName localhost
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
$1
StartServers 1
ThreadsPerChild 4
MaxRequestWorkers 4
MaxKeepAliveRequests 0
ErrorLog $dir/error.log
DocumentRoot $dir
END
    "${as_user[@]}" valgrind -q --tool=callgrind \
        --callgrind-out-file="$dir/out" /usr/sbin/apache2 -X \
        -f "$dir/httpd.conf" >"$dir/log" 2>&1 &
    pid=$!
    for ((tries = 0; tries < 300; tries++)); do
        curl -s -o "$dir/got" "$url" && break
        sleep 0.2
    done
    for ((i = 0; i < $2; i++)); do
        printf 'url = "%s"\noutput = "%s/got"\n' "$url" "$dir"
    done | curl -s -K -
    cmp "$dir/file" "$dir/got"
    kill -TERM "$(<"$dir/pid")"
    wait "$pid" || true
    awk '/^totals:/ { print $2 }' "$dir/out"
}

# Instructions a request.
cost() {
    local few many
    few=$(instructions "$1" 10)
    many=$(instructions "$1" $((REQUESTS + 10)))
    echo $(((many - few) / REQUESTS))
}

without=$(cost "")
with=$(cost "LoadModule contactinfo_module $module")
echo "$((with - without)) instructions more than $without, at most $BOUND"
[[ $without -gt 1000 && $((with - without)) -le $BOUND ]]
