#!/usr/bin/env bash
# Says where Chromium is. Run as root on Debian or Ubuntu, it is installed if it is missing. Ends
# with status 3 where it cannot be had on this machine, and says why.

set -euo pipefail

find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

unavailable() {
    echo "Chromium cannot be had: $*" >&2
    exit 3
}

install_chromium() {
    [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null || unavailable "install it and try again"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends chromium >&2 ||
        unavailable "apt-get could not install chromium"
}

# Of several at once one installs it, the others wait.
exec 9>"${TMPDIR:-/tmp}/licznik-chromium.lock"
flock 9
find_chromium || { install_chromium && find_chromium; }
