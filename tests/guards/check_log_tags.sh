#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Each place that logs has a tag CInnnn of its own; trace lines have none.
set -euo pipefail

cd "$(dirname "$0")/../../mod_contactinfo"
bad=0

# One call of a logging function a line: file:line:text up to the semicolon.
calls() {
    awk '
        FNR == 1 { call = "" }
        call == "" && /(ap_log_[a-z]*error|ci_log)\(/ {
            call = FILENAME ":" FNR ":"
        }
        call != "" { call = call $0 }
        call != "" && /;[ ]*$/ { print call; call = "" }
    ' ./*/*.c
}

all=$(calls)
tags=$(grep -hoE 'CI[0-9]{4}:' ./*/*.[ch] | sort) || true
checked=$(wc -w <<<"$tags")

twice=$(uniq -d <<<"$tags")
if [[ -n $twice ]]; then
    echo "used twice: $twice" >&2
    bad=1
fi
if grep -E 'TRACE[1-8]' <<<"$all" | grep -E 'CI[0-9]{4}' >&2; then
    echo "a trace line has a tag" >&2
    bad=1
fi
if grep -vE 'TRACE[1-8]|CI[0-9]{4}:' <<<"$all" | grep . >&2; then
    echo "a log line has no tag" >&2
    bad=1
fi

echo "check_log_tags: $checked tags"
[[ $checked -ge 4 ]] || { echo "expected 4 tags or more" >&2 && bad=1; }
exit "$bad"
