#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The commented example names every directive that the module knows, and no
# other.
set -euo pipefail

cd "$(dirname "$0")/../.."
table=mod_contactinfo/httpd/ci_config.c
example=conf/contactinfo.conf

code=$(grep -oE '^ *(AP_INIT_[A-Z0-9_]+\()?"ContactInfo[A-Za-z]*"' "$table" |
    grep -oE 'ContactInfo[A-Za-z]*' | sort -u)
conf=$(grep -oE '^ *#? ?ContactInfo[A-Za-z]* ' "$example" |
    grep -oE 'ContactInfo[A-Za-z]*' | sort -u)
checked=$(wc -w <<<"$code")

echo "check_directives: $checked directives"
if ! diff <(echo "$code") <(echo "$conf") >&2; then
    echo "< only in $table, > only in $example" >&2
    exit 1
fi
if [[ $checked -lt 10 ]]; then
    echo "expected 10 directives or more" >&2
    exit 1
fi
