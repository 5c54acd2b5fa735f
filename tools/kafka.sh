#!/usr/bin/env bash
# Runs Apache Kafka, one broker in KRaft mode: tools/kafka.sh PROPERTIES [ID=VALUE...] formats the
# folder log.dirs of a properties file and becomes the broker, so that its process is this one.
# `tools/kafka.sh` alone only fetches it.
#
# The broker is fetched once, by Maven, into a cache of the user. Run as root on Debian or Ubuntu,
# Maven and a Java runtime are installed if they are missing. Ends with status 3 where the broker
# cannot be had on this machine, and says why.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly version=4.3.0
readonly jars=${XDG_CACHE_HOME:-$HOME/.cache}/licznik/kafka-$version

mkdir -p "${jars%/*}"

unavailable() {
    echo "Kafka cannot be had: $*" >&2
    exit 3
}

ensure_maven() {
    command -v mvn >/dev/null && command -v java >/dev/null && return
    [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null || unavailable "no Maven or no Java here"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends maven default-jre-headless >&2 ||
        unavailable "apt-get could not install maven and default-jre-headless"
}

# Into a folder of this process, so that what was broken off is never taken for the whole.
fetch() {
    local part=$jars.$$
    mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$part" >&2 || unavailable "Maven could not fetch it"
    mv -T "$part" "$jars"
}

kafka() {
    exec java -Xms128m -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$jars/*" "$@"
}

(
    flock 9 # of several at once one fetches, the others wait for it
    [[ -d $jars ]] || { ensure_maven && fetch; }
) 9>"$jars.lock"
(($#)) || exit 0
(kafka kafka.tools.StorageTool format --ignore-formatted -c "$1" -t "${CLUSTER:-bGljem5pay10ZXN0cy0wMA}")
kafka kafka.Kafka "$1"
