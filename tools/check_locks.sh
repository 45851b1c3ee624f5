#!/usr/bin/env bash
# Fail unless the lock files still answer to pyproject.toml and package.json.
set -eu
cd "$(dirname "$0")/.."
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
cp requirements.lock "$fresh"
.tools/uv/bin/uv pip compile pyproject.toml --group dev --group oracles --universal --generate-hashes \
    --no-emit-index-url --no-annotate --no-header --quiet -o "$fresh"
diff -q requirements.lock "$fresh" > /dev/null || { echo "requirements.lock is stale: run make lock" >&2; exit 1; }
npm ls --package-lock-only > /dev/null || { echo "package-lock.json is stale: run make lock" >&2; exit 1; }
echo "lock files are fresh"
