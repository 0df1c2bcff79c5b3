#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A floor includes only floors below it; httpd is known in httpd/ only, the
# database's client library in store/ only.
set -euo pipefail

cd "$(dirname "$0")/../../mod_contactinfo"
checked=0
bad=0

complain() {
    echo "$1: $2" >&2
    bad=1
}

# The floors that the files of a floor may include.
allowed() {
    case $1 in
    base) echo "base" ;;
    store) echo "store base" ;;
    model) echo "model base" ;;
    endpoint) echo "endpoint model store base" ;;
    httpd | ctl) echo "$1 endpoint model store base" ;;
    *) echo "unknown floor $1" >&2 && exit 1 ;;
    esac
}

check_include() {
    local file=$1 header=$2 floor=${1%%/*} target=${2%%/*}
    case $header in
    httpd.h | http_*.h | ap_*.h | util_*.h | mod_*.h | mpm_common.h | \
        scoreboard.h | apache_noprobes.h)
        [[ $floor == httpd ]] || complain "$file" "$header is httpd's"
        ;;
    mysql.h | mysql/*.h | mysqld_error.h | errmsg.h)
        [[ $floor == store ]] || complain "$file" "$header is MySQL's"
        ;;
    store/ci_store.h)
        [[ $floor != base ]] || complain "$file" "base includes $header"
        ;;
    ci_*.h)
        [[ -e $floor/$header ]] || complain "$file" "$header names no floor"
        ;;
    */ci_*.h)
        [[ " $(allowed "$floor") " == *" $target "* ]] ||
            complain "$file" "$floor includes $header"
        ;;
    esac
}

while IFS=: read -r file line; do
    line=${line#*[\"<]}
    check_include "$file" "${line%%[\">]*}"
    checked=$((checked + 1))
done < <(grep -HE '^ *# *include' ./*/*.[ch] | sed 's,^\./,,')

while IFS= read -r match; do
    complain "$match" "MySQL outside store/"
done < <(grep -nEw 'MYSQL(_[A-Z]+)?|mysql_[a-z_]+' ./*/*.[ch] |
    grep -vE '^\./store/' | sed 's,^\./,,')

echo "check_floors: $checked includes"
[[ $checked -ge 60 ]] || complain check_floors "expected 60 includes or more"
exit "$bad"
