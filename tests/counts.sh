#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: counts.sh PROGRAM
#
# Instructions that a show takes between the row and the text of the answer:
# reading the document, deriving, printing. PROGRAM is test_counts, which serves
# 100 shows; 56,000 instructions each when this was written, with gcc -O2.
set -euo pipefail

BOUND=65000
SHOWS=100

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

CK_RUN_CASE=show CK_FORK=no valgrind --tool=callgrind \
    --callgrind-out-file="$dir/out" --toggle-collect=ci_contact_unpack \
    --toggle-collect=ci_contact_derive --toggle-collect=ci_answer_contact \
    "$1" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
total=$(awk '/^totals:/ { print $2 }' "$dir/out")
echo "$((total / SHOWS)) instructions a show, at most $BOUND"
[ "$total" -gt "$SHOWS" ] && [ "$((total / SHOWS))" -le "$BOUND" ]
