#!/usr/bin/env bash
# Check for what the two commands need from the machine. With the word "python", print the interpreter to use.
set -u
fail() { echo "setup: $1" >&2; exit 2; }

find_python() {
    if [ -n "${PYTHON:-}" ] && ! command -v "$PYTHON" > /dev/null; then
        fail "PYTHON=$PYTHON is no program"
    fi
    for candidate in "${PYTHON:-}" python3 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        command -v "$candidate" > /dev/null || continue
        # eth-ape pins numpy 1.x, whose wheels end at Python 3.12.
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2> /dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or 3.12 is needed (set PYTHON=/path/to/python3.12 if it has another name)"
}

python=$(find_python) || exit 2
if [ "${1:-}" = python ]; then
    echo "$python"
    exit 0
fi
"$python" -m pip --version > /dev/null 2>&1 || fail "$python has no pip (Debian: apt-get install python3-pip)"
command -v npm > /dev/null || fail "npm is needed (it comes with Node.js 20 or later)"
major=$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null || echo 0)
[ "$major" -ge 20 ] || fail "Node.js 20 or later is needed, this is $(node --version 2> /dev/null || echo none)"
