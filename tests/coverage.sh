#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Lines and branches that the tests of a coverage build have reached.
#
#   tests/coverage.sh BUILD SOURCE...
#
# Fails below COVER_LINES or COVER_BRANCHES per cent.
set -euo pipefail

build=$1
shift
for source in "$@"; do
    gcov -b -n -o "$build/obj/$(dirname "$source")" "$source" 2>/dev/null
done | awk -v lines="${COVER_LINES:-0}" -v branches="${COVER_BRANCHES:-0}" '
    # "Lines executed:93.75% of 48" -> 45 of 48
    function add(kind, text, part) {
        split(text, part, /[:% ]+/)
        total[kind] += part[length(part)]
        reached[kind] += part[length(part)] * part[length(part) - 2] / 100
        return part[length(part) - 2]
    }
    function percent(kind) {
        return total[kind] ? 100 * reached[kind] / total[kind] : 0
    }
    /^File / { own = $0 ~ /mod_contactinfo\/.*\.c/; name = $2 }
    own && /^Lines executed/ { covered = add("lines", $0); shown = 0 }
    own && /^Taken at least once/ {
        printf "%6.1f %6.1f %s\n", covered, add("branches", $0), name
    }
    /^$/ { own = 0 }
    END {
        printf "%6.1f %6.1f %s\n", percent("lines"), percent("branches"),
            "per cent of lines and of branches"
        exit percent("lines") < lines || percent("branches") < branches
    }
'
