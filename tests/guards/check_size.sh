#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# No function is longer than 80 lines, no file of the module longer than 600.
# clang-format puts a function's outer braces at the start of a line.
set -euo pipefail

cd "$(dirname "$0")/../.."
awk '
    function complain(text) { print text > "/dev/stderr"; bad = 1 }
    FNR == 1 { files++; inside = 0 }
    FNR == 601 && FILENAME ~ /^mod_contactinfo/ { complain(FILENAME ": more than 600 lines") }
    /^{/ { inside = 1; start = FNR }
    /^}/ && inside {
        inside = 0
        functions++
        if (FNR - start - 1 > 80) {
            complain(FILENAME ":" start ": " FNR - start - 1 " lines")
        }
    }
    END {
        print "check_size: " functions " functions in " files " files"
        if (functions < 100) { complain("expected 100 functions or more") }
        exit bad
    }
' mod_contactinfo/*/*.[ch] tests/*/*.[ch]
