#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The module exports its record and nothing else. MODULE: the file to look at.
set -euo pipefail

module=${MODULE:-$(dirname "$0")/../../build/mod_contactinfo.so}
exported=$(nm -D --defined-only "$module" | awk '{ print $3 }')

echo "check_exports: $(wc -w <<<"$exported") symbol"
if [[ $exported != contactinfo_module ]]; then
    echo "expected contactinfo_module alone:" >&2
    echo "$exported" >&2
    exit 1
fi
