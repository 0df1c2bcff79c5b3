#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Install those of the named Debian packages that are missing.
#
#   conf/install-packages.sh PACKAGE...
#
# Packages that bring a service would start it: a policy-rc.d forbids that for
# as long as the installation lasts, unless the machine has a policy of its
# own. Services that exist already are left alone.
set -euo pipefail

policy=/usr/sbin/policy-rc.d

missing=()
for package in "$@"; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) || state=
    [[ $state == "install ok installed" ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

root=()
if [[ $(id -u) -ne 0 ]]; then
    root=(sudo)
    if ! command -v sudo >/dev/null; then
        echo "missing, to be installed by root: ${missing[*]}" >&2
        exit 1
    fi
fi

echo "installing: ${missing[*]}"
if [[ ! -e $policy ]]; then
    trap '"${root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
    "${root[@]}" chmod 755 "$policy"
fi

apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y
    -o DPkg::Lock::Timeout=300)
"${apt[@]}" update || echo "going on with the package lists at hand" >&2
"${apt[@]}" install --no-install-recommends "${missing[@]}"
