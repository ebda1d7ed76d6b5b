#!/usr/bin/env bash
# Makes this machine an autograder: run once as root, when the image is built; again does no harm.
# Python and the packages of requirements.txt go to an environment of their own beside this folder,
# so that the system's Python stays as it is. With wheels/ for this Python (x86-64), nothing is fetched.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PIP_ROOT_USER_ACTION=ignore
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PYTHONSAFEPATH

source=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$(dirname -- "$source")/venv
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

fail() {
    printf 'setup.sh: %s\n' "$1" >&2
    exit 1
}

# Run quietly; what went wrong ends in one line, with what the program said itself.
quietly() {
    local what=$1
    shift
    "$@" >"$log" 2>&1 && return
    local said
    said=$(grep -m 1 -E '^(E: |ERROR: |error: )' "$log") || said=$(tail -n 1 "$log")
    fail "$what: ${said:-no reason given}"
}

# Is there a Python here whose versions of the packages are known?
version_of() {
    local found
    found=$("$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || return 1
    [ -e "$source/constraints/$found.txt" ] && echo "$found"
}

find_python() {
    for python in python3 python3.10 python3.11 python3.12 python3.13; do
        version=$(version_of "$python") && return
    done
    return 1
}

refreshed=
apt_install() {
    command -v apt-get >/dev/null || fail "$* are missing, and there is no apt-get to install them"
    if [ -z "$refreshed" ]; then
        quietly "apt-get update (is there a network?)" apt-get -q update
        refreshed=yes
    fi
    quietly "apt-get install $* (is there a network?)" apt-get -q install -y --no-install-recommends "$@"
}

tidy() {
    [ -n "$refreshed" ] || return 0
    apt-get clean
    rm -rf /var/lib/apt/lists/*
}

# Without pip: it comes from the wheels, and what grades needs none.
install_from_wheels() {
    local pip
    pip=$(find "$wheels" -name 'pip-*.whl')/pip
    quietly "no environment can be made in $venv" "$python" -I -m venv --clear --without-pip "$venv"
    quietly "the packages in $wheels cannot be installed" "$venv/bin/python" -I "$pip" install \
        "${options[@]}" --no-index --find-links "$wheels"
}

install_from_the_network() {
    if ! "$python" -I -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install python3-venv
        "$python" -I -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$(command -v "$python") cannot make environments: install its venv module"
    fi
    quietly "no environment can be made in $venv" "$python" -I -m venv --clear "$venv"
    quietly "pip install (is there a network?)" "$venv/bin/python" -I -m pip install "${options[@]}"
    quietly "pip cannot be removed" "$venv/bin/python" -I -m pip uninstall -q -y setuptools pip
}

# All that is here is secret: hidden checks, references, the seed. Root alone reads it; the code of
# submissions runs as another user, who needs the interpreter and its packages.
close_to_others() {
    {
        chown -R 0:0 -- "$source" && chmod -R u+rwX,go-rwx -- "$source" &&
            chmod u+x -- "$source/run_autograder" "$source/setup.sh"
    } || fail "the permissions of $source cannot be set"
}

open_to_others() {
    local file folder
    file=$("$venv/bin/python" -I -c 'import numpy, os; print(os.path.realpath(numpy.__file__))')
    folder=$(dirname -- "$file")
    while :; do
        case $(stat -c %A -- "$folder") in
            *x | *t) ;;
            *) fail "$folder must be open to all users (chmod o+x), or submissions cannot use numpy" ;;
        esac
        [ "$folder" != / ] || return 0
        folder=$(dirname -- "$folder")
    done
}

[ "$(id -u)" = 0 ] || fail "must be run as root"
[ -e "$source/grader/__main__.py" ] || fail "$source does not hold the files of autograder.zip"
find_python || { apt_install python3 && find_python; } ||
    fail "no Python for which $source/constraints has a file (3.10 to 3.13)"

wheels=$source/wheels/$version
options=(--quiet --no-input --disable-pip-version-check --no-cache-dir)
options+=(--requirement "$source/requirements.txt" --constraint "$source/constraints/$version.txt")
if [ -d "$wheels" ] && [ "$(uname -m)" = x86_64 ]; then
    install_from_wheels
else
    install_from_the_network
fi
tidy
close_to_others
quietly "the grader cannot be compiled" "$venv/bin/python" -I -m compileall -q \
    "$source/grader" "$source/tests" "$source/data"
open_to_others
cd -- "$source"
quietly "the grader does not start" "$venv/bin/python" -m grader --version
echo "setup.sh: ready, Python $version in $venv"
