# SPDX-License-Identifier: Apache-2.0
# Sourced by dashboard/tools/test and demo, after tools/venv.sh: makes the
# virtual environment of Horizon. Expects $here, the folder dashboard.

# Set CLOUDKITTY_PYTHON, by default that of the project's environment, which is
# made if it is missing.
ensure_python() {
    if [ -z "${CLOUDKITTY_PYTHON:-}" ]; then
        ensure_venv runtime tests || return 1
        CLOUDKITTY_PYTHON=$venv/bin/python
    fi
    export CLOUDKITTY_PYTHON
}

# Set dashboard_cache and dashboard_venv; make the latter if it is missing.
ensure_dashboard_venv() {
    local python digest
    python=$(find_python) || return 1
    digest=$(cat "$here/tests/requirements.txt" <("$python" -V) |
        sha256sum | cut -c1-16)
    dashboard_cache=${XDG_CACHE_HOME:-$HOME/.cache}/cloudkitty-dashboard/$digest
    dashboard_venv=$dashboard_cache/venv
    export DASHBOARD_CACHE=$dashboard_cache
    mkdir -p "$dashboard_cache"
    exec 8>"$dashboard_cache/lock"
    if command -v flock >/dev/null; then flock 8; fi
    if [ ! -e "$dashboard_cache/ready" ]; then
        say "making $dashboard_venv (a minute or two, the first time only)"
        rm -rf "$dashboard_venv"
        "$python" -m venv "$dashboard_venv" &&
            venv=$dashboard_venv pip_install "the dashboard's tests" \
                --requirement "$here/tests/requirements.txt" 8>&- ||
            return 1
        touch "$dashboard_cache/ready"
    fi
    exec 8>&-
}
