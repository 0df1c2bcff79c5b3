#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The demonstration service: a private MariaDB with the demo tenant and a
# private httpd with the module.
#
#   conf/service.sh start   returns when the service answers
#   conf/service.sh run     the same, and stays until Ctrl-C
#   conf/service.sh stop    ends both; the data stay
#   conf/service.sh clean   ends both and removes the data
#
# Everything lives below RUN_DIR, or below a folder in /tmp that RUN_DIR/home
# points to if the accounts of MariaDB and httpd may not enter RUN_DIR. What a
# client needs to know is left in RUN_DIR/env. `start` does what is missing:
# where one of the two has died it starts that one.
#
# From the environment:
#   RUN_DIR PORT        where to live (build/run), where to listen (8080)
#   BUILD               where the module and contactinfoctl were built (build)
#   MODULE CTL          other files for them
#   MPM                 event, worker or prefork
#   THREADS CHILDREN    of httpd (64, 2)
#   EXTRA_CONF          configuration included at the end
#   EXTRA_LOCATION_CONF the same within the location of the API
#   EXTRA_DB_CONF       settings for mariadbd that are added to its own
#   PRELOAD             LD_PRELOAD for httpd, for instance libasan.so
#   HTTPD_WRAP          a command to run httpd under, as one process: valgrind
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
run_dir=$(realpath -m "${RUN_DIR:-build/run}")
port=${PORT:-8080}
build=$(realpath -m "${BUILD:-$here/build}")
module=$(realpath -m "${MODULE:-$build/mod_contactinfo.so}")
ctl=$(realpath -m "${CTL:-$build/contactinfoctl}")
httpd=/usr/sbin/apache2
url=http://127.0.0.1:$port/crmapi/rest/v2
me=$(id -un)
db_account=$me
httpd_account=$me
if [[ $EUID -eq 0 ]]; then
    db_account=mysql
    httpd_account=www-data
fi
wait_seconds=60

fail() {
    echo "service.sh: $*" >&2
    exit 1
}

# --- the folder ------------------------------------------------------------

# The accounts of MariaDB and httpd can enter the folder, and the name of a
# socket in it is short enough (sun_path has 108 bytes).
usable() {
    local account
    [[ ${#1} -le 80 ]] || return 1
    [[ $EUID -eq 0 ]] || return 0
    for account in "$db_account" "$httpd_account"; do
        runuser -u "$account" -- test -x "$1" || return 1
    done
}

set_home() {
    home=$(readlink -f "$run_dir/home")
    socket=$home/db/mariadb.sock
    db_pid_file=$home/db/mariadb.pid
    httpd_pid_file=$home/httpd/httpd.pid
    error_log=$home/httpd/error.log
    db_option=--defaults-file=$home/my.cnf
    httpd_option=contactinfo=$home
}

make_home() {
    local target
    if [[ ! -d $run_dir/home ]]; then
        rm -f "$run_dir/home"
        if usable "$run_dir"; then
            mkdir "$run_dir/home"
        else
            target=$(mktemp -d /tmp/contactinfo-XXXXXX)
            chmod 755 "$target"
            ln -s "$target" "$run_dir/home"
        fi
    fi
    set_home
    mkdir -p "$home/httpd" "$home/htdocs"
    install -d -o "$db_account" "$home/db"
}

# --- processes -------------------------------------------------------------

# The ids of the processes that were started with this argument: by what they
# are, not by a file of ids, which may be stale and may name a stranger.
processes() {
    local file all=(/proc/[0-9]*/cmdline)
    while read -r file; do
        file=${file#/proc/}
        echo "${file%/cmdline}"
    done < <(grep --files-with-matches --null-data --line-regexp \
        --fixed-strings --file=- "${all[@]}" 2>/dev/null <<<"$1")
}

# The process named by a file of ids runs with this argument.
alive() {
    local file=$1 argument=$2
    [[ -s $file ]] && grep -qx "$(<"$file")" <<<"$(processes "$argument")"
}

# End what runs with this argument: by its first process if that lives, one by
# one if it has left orphans; the hard way if that does not help, which with
# httpd's orphans is the rule.
end() {
    local file=$1 argument=$2 tries=20 pids
    pids=$(processes "$argument")
    if alive "$file" "$argument"; then
        pids=$(<"$file")
        tries=$((wait_seconds * 10))
    fi
    # shellcheck disable=SC2086 # a list of ids
    [[ -z $pids ]] || kill -TERM $pids 2>/dev/null || true
    for (( ; tries > 0; tries--)); do
        pids=$(processes "$argument")
        [[ -n $pids ]] || break
        sleep 0.1
    done
    # Their sockets are closed a little later.
    # shellcheck disable=SC2086 # a list of ids
    for ((tries = 20; tries > 0; tries--)); do
        if [[ -z $pids ]] || ! kill -KILL $pids 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    rm -f "$file"
}

# --- MariaDB ---------------------------------------------------------------

# SQL as the account that owns the server, over its socket.
sql() {
    mariadb --no-defaults --socket="$socket" --user="$me" --batch \
        --skip-column-names --default-character-set=utf8mb4 "$@"
}

write_my_cnf() {
    cat >"$home/my.cnf" <<END
[mariadbd]
datadir=$home/data
tmpdir=$home/db
socket=$socket
pid-file=$db_pid_file
log-error=$home/db/mariadb.log
skip-networking
skip-name-resolve
character-set-server=utf8mb4
innodb-flush-log-at-trx-commit=1
innodb-buffer-pool-size=256M
max-connections=200
END
    [[ $EUID -ne 0 ]] || echo "user=$db_account" >>"$home/my.cnf"
    [[ -z ${EXTRA_DB_CONF:-} ]] || cat "$EXTRA_DB_CONF" >>"$home/my.cnf"
}

install_database() {
    rm -rf "$home/data.new"
    install -d -o "$db_account" -m 700 "$home/data.new"
    mariadb-install-db --no-defaults --user="$db_account" \
        --datadir="$home/data.new" --tmpdir="$home/db" \
        --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=socket \
        --auth-root-socket-user="$me" >"$home/install.log" 2>&1 ||
        fail "mariadb-install-db failed: $(tail -n 20 "$home/install.log")"
    mv "$home/data.new" "$home/data"
}

start_database() {
    local tries pid
    write_my_cnf
    [[ -d $home/data ]] || install_database
    setsid mariadbd "$db_option" </dev/null >>"$home/db/mariadb.log" 2>&1 9>&- &
    pid=$!
    for ((tries = 0; tries < wait_seconds * 10; tries++)); do
        if sql -e "DO 0" 2>/dev/null; then
            return 0
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$home/db/mariadb.log" >&2
    fail "MariaDB did not start"
}

# An account with a password of its own, and the option file that holds it.
make_account() {
    local account=$1 password
    [[ ! -e $home/$account.cnf ]] || return 0
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    sql <<<"CREATE OR REPLACE USER '$account' IDENTIFIED BY '$password';"
    (
        umask 077
        cat >"$home/$account.cnf.new" <<END
[contactinfo]
host=localhost
socket=$socket
user=$account
password=$password
database=contactinfo
END
    )
    mv "$home/$account.cnf.new" "$home/$account.cnf"
}

prepare_database() {
    sql <<<"CREATE DATABASE IF NOT EXISTS contactinfo
            CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
    make_account contactinfo
    make_account contactinfo_admin
    sql contactinfo <"$here/schema/grants_admin.sql"
    "$ctl" --option-file "$home/contactinfo_admin.cnf" migrate \
        --schema-dir "$here/schema" >"$home/migrate.log" 2>&1 ||
        fail "contactinfoctl migrate failed: $(<"$home/migrate.log")"
    sql contactinfo <"$here/schema/grants.sql"
    if [[ ! -e $home/demo-loaded ]]; then
        sql contactinfo <"$here/schema/demo.sql"
        touch "$home/demo-loaded"
    fi
}

# --- httpd -----------------------------------------------------------------

# Writes httpd.conf; false if that is what it contained before.
write_httpd_conf() {
    local threads=${THREADS:-64} children=${CHILDREN:-2}
    local workers=$((threads * children))
    if [[ ${MPM:-event} == prefork ]]; then
        workers=$threads
    fi
    cat >"$home/httpd.conf.new" <<END
# Written by conf/service.sh.
Define CI_HOME "$home"
Define CI_PORT $port
Define CI_MODULES "$(apxs -q LIBEXECDIR)"
Define CI_MODULE "$module"
Define CI_USER $httpd_account
Define CI_GROUP $(id -gn "$httpd_account")
Define CI_MPM ${MPM:-event}
Define CI_THREADS $threads
Define CI_CHILDREN $children
Define CI_CHILDREN_LIMIT $((children + 1))
Define CI_WORKERS $workers
Define CI_EXTRA_CONF "${EXTRA_CONF:-/dev/null}"
Define CI_EXTRA_LOCATION_CONF "${EXTRA_LOCATION_CONF:-/dev/null}"
Include "$here/conf/demo.conf"
END
    if cmp -s "$home/httpd.conf.new" "$home/httpd.conf"; then
        rm "$home/httpd.conf.new"
        return 1
    fi
    mv "$home/httpd.conf.new" "$home/httpd.conf"
}

# An unchanged httpd that lives is left alone; one with another configuration
# or an older module is replaced.
start_httpd() {
    local options=() verb=(-k start)
    if ! write_httpd_conf && alive "$httpd_pid_file" "$httpd_option" &&
        [[ $httpd_pid_file -nt $module ]]; then
        return 0
    fi
    end "$httpd_pid_file" "$httpd_option"
    if [[ -n ${PRELOAD:-} ]]; then
        install -d -m 1777 "$home/sanitizer"
        options+=(LD_PRELOAD="$PRELOAD"
            ASAN_OPTIONS="detect_leaks=0:log_path=$home/sanitizer/asan"
            UBSAN_OPTIONS="print_stacktrace=1:log_path=$home/sanitizer/ubsan"
            TSAN_OPTIONS="die_after_fork=0:log_path=$home/sanitizer/tsan")
    fi
    if [[ -n ${HTTPD_WRAP:-} ]]; then
        install -d -m 1777 "$home/sanitizer"
        options+=(VALGRIND_LOG="$home/sanitizer/valgrind")
        verb=(-X)
    fi
    (
        # shellcheck disable=SC2086 # a command
        exec env "${options[@]}" ${HTTPD_WRAP:-} "$httpd" \
            -f "$home/httpd.conf" -D "$httpd_option" "${verb[@]}" </dev/null 9>&-
    ) >"$home/start.log" 2>&1 &
    [[ -n ${HTTPD_WRAP:-} ]] || wait $! ||
        fail "httpd did not start: $(<"$home/start.log")"
}

await_health() {
    local end=$((SECONDS + wait_seconds))
    while ((SECONDS < end)); do
        if curl -fs -m 5 -o /dev/null "$url/health"; then
            return 0
        fi
        [[ -n ${HTTPD_WRAP:-} ]] ||
            alive "$httpd_pid_file" "$httpd_option" || break
        sleep 0.1
    done
    tail -n 20 "$error_log" >&2
    fail "no answer from $url/health"
}

# --- what a client needs to know -------------------------------------------

organisation=DEMO
username=demo
password=demo-password
contact=3459F30F71E7477495DF3AA3D278CC7D

write_env() {
    cat >"$run_dir/env.new" <<END
CONTACTINFO_URL=$url
CONTACTINFO_SERVER=http://127.0.0.1:$port
CONTACTINFO_ORGANISATION=$organisation
CONTACTINFO_USERNAME=$username
CONTACTINFO_PASSWORD=$password
CONTACTINFO_API_KEY=00112233445566778899AABBCCDDEEFF
CONTACTINFO_OTHER_ORGANISATION=OTHER
CONTACTINFO_OTHER_USERNAME=other
CONTACTINFO_OTHER_PASSWORD=other-password
CONTACTINFO_OTHER_API_KEY=FFEEDDCCBBAA99887766554433221100
CONTACTINFO_DB_OPTION_FILE=$home/contactinfo.cnf
CONTACTINFO_DB_ADMIN_OPTION_FILE=$home/contactinfo_admin.cnf
CONTACTINFO_DB_SOCKET=$socket
CONTACTINFO_HTTPD_CONF=$home/httpd.conf
CONTACTINFO_HTTPD_PID_FILE=$httpd_pid_file
CONTACTINFO_DB_PID_FILE=$db_pid_file
CONTACTINFO_ERROR_LOG=$error_log
CONTACTINFO_ACCESS_LOG=$home/httpd/access.log
END
    mv "$run_dir/env.new" "$run_dir/env"
}

# A token, as the first of the lines below gets it.
login() {
    curl -fsS "$url/authentication/token" -d "$1" |
        sed -n 's/.*"token" *: *"\([^"]*\)".*/\1/p'
}

show_lines() {
    local token body
    body="{\"organisation\":\"$organisation\",\"username\":\"$username\",\"password\":\"$password\"}"
    token=$(login "$body")
    [[ -n $token ]] || fail "the demo user cannot log in"
    cat <<END

log in:
  curl '$url/authentication/token' -d '$body'
create a contact:
  curl '$url/contact_information/create' -d '{"token":"$token","type":"PERSON","first_name":"Ada","last_name":"Lovelace"}'
show one:
  curl '$url/contact_information/show?token=$token&contact_information_identifier=id=$contact'
END
}

# --- commands --------------------------------------------------------------

start() {
    umask 022
    mkdir -p "$run_dir"
    exec 9>"$run_dir/lock"
    flock 9
    make_home
    if ! alive "$db_pid_file" "$db_option"; then
        end "$db_pid_file" "$db_option"
        start_database
    fi
    prepare_database
    start_httpd
    await_health
    write_env
    flock -u 9
    echo "mod_contactinfo answers at $url"
}

stop() {
    [[ -d $run_dir/home ]] || return 0
    exec 9>"$run_dir/lock"
    flock 9
    set_home
    end "$httpd_pid_file" "$httpd_option"
    end "$db_pid_file" "$db_option"
    flock -u 9
}

run() {
    start
    trap 'stop; exit 0' INT TERM HUP
    show_lines
    echo
    echo "Ctrl-C ends it; the error log is $error_log"
    while [[ -e /proc/$(<"$db_pid_file") && -e /proc/$(<"$httpd_pid_file") ]]; do
        sleep 1
    done 2>/dev/null
    stop
    fail "MariaDB or httpd has ended: see $home/db/mariadb.log and $error_log"
}

clean() {
    stop
    [[ ! -d $run_dir/home ]] || rm -rf "$(readlink -f "$run_dir/home")"
    rm -f "$run_dir/home" "$run_dir/env" "$run_dir/lock"
    [[ ! -d $run_dir ]] || rmdir --ignore-fail-on-non-empty "$run_dir"
}

case ${1:-} in
start | stop | run | clean) "$1" ;;
*) sed -n '3,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
