# SPDX-License-Identifier: Apache-2.0
# Sourced by tools/test, tools/demo and .ci/run: makes the virtual environment
# .venv in the top folder and keeps it up to date.
#
#   ensure_venv runtime            the service and what it needs
#   ensure_venv runtime tests      and what its tests need
#   ensure_venv lowest             both, in the lowest versions required
#
# A group is installed anew only when a file it is made from has changed, so
# that a second run starts at once. Expects: $top, the repository's top folder,
# and `set -o pipefail`.

venv=$top/.venv

say() { printf '%s\n' "$*" >&2; }

# Print the comment at the top of the script $1 if -h or --help is one of the
# other arguments; the status says whether it is.
show_help() {
    local script=$1 argument
    shift
    for argument; do
        case $argument in
            -h | --help)
                sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$script"
                return
                ;;
        esac
    done
    return 1
}

# pip's words for an index that it cannot reach.
no_network='NewConnectionError|NameResolutionError|ConnectTimeout'
no_network="$no_network|Failed to establish a new connection"
no_network="$no_network|Network is unreachable|ProxyError|connection broken by"

# Have pip install for the group $1 with the other arguments. If that fails,
# the last line says what is missing.
pip_install() {
    local group=$1 output status=0
    shift
    output=$(mktemp)
    "$venv/bin/python" -m pip install --quiet --no-input \
        --disable-pip-version-check "$@" 2>&1 | tee "$output" >&2 ||
        status=$?
    if [ "$status" -eq 0 ]; then
        :
    elif grep -qE "$no_network" "$output"; then
        say "The package index cannot be reached: connect to the network," \
            "or name a mirror in PIP_INDEX_URL."
    else
        say "pip could not install what is needed for: $group"
    fi
    rm -f "$output"
    return "$status"
}

find_python() {
    # PYTHON names another one.
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11 or newer is needed. On Debian and Ubuntu:"
    say "    apt-get install python3 python3-venv"
    return 1
}

make_venv() {
    # In a folder that was moved or copied, the scripts point elsewhere.
    if grep -qsF "$venv/bin/python" "$venv/bin/pip" &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    local python
    python=$(find_python) || return 1
    say "making $venv with $python"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        say "No virtual environment could be made. On Debian and Ubuntu:"
        say "    apt-get install python3-venv"
        return 1
    fi
}

install_group() {
    local group=$1 stamp="$venv/.installed-$1" digest files arguments
    local constraints="$top/tools/constraints.txt"
    case $group in
        runtime)
            files="setup.cfg setup.py pyproject.toml requirements.txt"
            arguments=(--editable "$top")
            ;;
        tests) files=test-requirements.txt ;;
        lowest)
            files="setup.cfg setup.py pyproject.toml requirements.txt
                test-requirements.txt"
            arguments=(--editable "$top"
                --requirement "$top/test-requirements.txt")
            constraints=$top/tools/constraints-lowest.txt
            ;;
        docs) files=doc/requirements.txt ;;
        lint) files=tools/lint-requirements.txt ;;
    esac
    [ -n "${arguments[*]:-}" ] || arguments=(--requirement "$top/$files")
    # shellcheck disable=SC2086  # a list of names
    digest=$(cd "$top" && cat $files "$constraints" | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && return
    rm -f "$stamp"
    say "installing for: $group (a minute or two, the first time only)"
    # Without git's history, as in an unpacked archive, pbr has no version.
    if ! git -C "$top" rev-parse HEAD >/dev/null 2>&1; then
        export PBR_VERSION=${PBR_VERSION:-26.0.0.dev0}
    fi
    pip_install "$group" --constraint "$constraints" "${arguments[@]}" ||
        return 1
    printf '%s\n' "$digest" >"$stamp"
}

ensure_venv() {
    # One at a time: the test command and the demo may start together.
    local group
    exec 9>"$top/.venv.lock"
    if command -v flock >/dev/null; then flock 9; fi
    make_venv || return 1
    for group in "$@"; do
        install_group "$group" 9>&- || return 1
    done
    exec 9>&-
}
