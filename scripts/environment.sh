# Sourced by the scripts beside it, which set $root (the repository) and $kind (core or dev).
# Leaves the interpreter of an up-to-date virtual environment in $python, to be run with `-I` (nothing
# from the caller's folder or environment is imported) and `-X pycache_prefix=$bytecode` if that is set.
# shellcheck shell=sh disable=SC2034,SC2154

# With PYTHONDONTWRITEBYTECODE pytest would rewrite and compile hypothesis anew at every start;
# the other two would put foreign modules in front of ours.
unset PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 2
}

# What the environment depends on. The settings of [grader] are not part of it: changing the points
# must not need a package index.
fingerprint() {
    {
        sed -n '/^\[options/,/^\[tool/p' "$root/setup.cfg"
        cat "$root"/constraints/*.txt "$root/scripts/environment.py"
    } | cksum
}

# Is the environment in $1 complete, of this fingerprint, and its interpreter still the same file?
ready() {
    [ -x "$1/bin/python" ] && [ ! -e "$1/incomplete" ] && [ -r "$1/stamp-$kind" ] || return 1
    {
        read -r stamp_state
        read -r stamp_size
        read -r stamp_request
    } <"$1/stamp-$kind"
    [ "$stamp_state" = "$state" ] && [ "$stamp_size" = "$(($(wc -c <"$1/bin/python")))" ] &&
        { [ -z "$requested" ] || [ "$requested" = "$stamp_request" ]; }
}

# May $venv be made or changed? Not where we cannot write, nor a virtual environment of someone else.
ours() {
    if [ -e "$venv" ]; then
        [ -w "$venv" ] && { [ -e "$venv/lock" ] || [ ! -e "$venv/pyvenv.cfg" ]; }
    else
        [ -w "$root" ]
    fi
}

# Otherwise the environment goes to the user's cache folder.
private_place() {
    cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/mlp-autograder
    if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
        fail "cannot make $venv here: clone to a folder of your own, or set XDG_CACHE_HOME to one"
    fi
    venv=$cache/$(printf %s "$root" | cksum | tr ' ' -)
    # Nor can the repository's modules be compiled beside their source.
    bytecode=$venv/bytecode
}

any_python() {
    for candidate in ${requested:+"$requested"} python3.13 python3.12 python3.11 python3.10 python3 \
        python "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}"/versions/3.*/bin/python; do
        answer=$("$candidate" -c 'import sys; print(sys.version_info >= (3, 10))' 2>/dev/null) || :
        [ "$answer" != True ] || return 0
        [ -z "$requested" ] || fail "PYTHON=$PYTHON is not a Python 3.10 or newer"
    done
    fail "no Python 3.10 or newer found (Debian, Ubuntu: apt install python3 python3-venv), or set PYTHON"
}

state=$(fingerprint)
requested=
if [ -n "${PYTHON:-}" ]; then
    requested=$(command -v -- "$PYTHON") || fail "PYTHON=$PYTHON: no such program"
fi
venv=$root/.venv
bytecode=
if ! ready "$venv"; then
    ours || private_place
    if ! ready "$venv"; then
        any_python
        "$candidate" "$root/scripts/environment.py" "$kind" "$venv" "$state" "$requested" || exit
    fi
fi
python=$venv/bin/python
