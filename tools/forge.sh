#!/usr/bin/env bash
# forge from npm, with the compiler that tools/install_solc.py installed.
set -eu
cd "$(dirname "$0")/.."
forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge
if [ ! -x "$forge" ]; then
    forge=$(command -v forge) || { echo "forge is not packaged by npm for this platform; install Foundry to run this check" >&2; exit 2; }
fi
export FOUNDRY_SOLC="${SOLCX_BINARY_PATH:-$HOME/.solcx}/solc-v0.8.37"
exec "$forge" "$@"
