#!/usr/bin/env bash
# Checks PDF files with veraPDF: tools/verapdf.sh FILE... prints PASS or FAIL for each.
#
# The checker is fetched once, by Maven, into a cache of the user. Run as root on Debian or Ubuntu,
# Maven and a Java runtime are installed if they are missing. Ends with status 3 where the checker
# cannot be had on this machine, and says why.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly version=1.28.2
readonly jars=${XDG_CACHE_HOME:-$HOME/.cache}/licznik/verapdf-$version

unavailable() {
    echo "veraPDF cannot be had: $*" >&2
    exit 3
}

fetch() {
    if ! command -v mvn >/dev/null || ! command -v java >/dev/null; then
        [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null || unavailable "no Maven or no Java here"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || true
        apt-get install -y -qq --no-install-recommends maven default-jre-headless >&2 ||
            unavailable "apt-get could not install maven and default-jre-headless"
    fi
    rm -rf "$jars.part"
    mvn -q -B -f tests/verapdf/pom.xml dependency:copy-dependencies \
        -DoutputDirectory="$jars.part" >&2 || unavailable "Maven could not fetch it"
    mv "$jars.part" "$jars"
}

[[ -d $jars ]] || fetch
# Its warnings about fonts go to standard error and decide nothing.
exec java -cp "$jars/*" org.verapdf.apps.GreenfieldCliWrapper --flavour 3b --format text "$@" \
    2>/dev/null
