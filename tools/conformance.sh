#!/usr/bin/env bash
# The long runs: official tests by root, against EELS and against anvil, then every test marked slow (a hundred
# thousand tree operations in Python and Solidity, the kill test fifty times, the whole differentials again by
# pytest, which also holds them to their least counts). One line of counts for each; failures are named at the
# end and make the exit code 1.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
log=.build/conformance
mkdir -p "$log"
failed=()
began=$SECONDS

# run NAME COMMAND...: its last line on a pass, all that it says on a failure.
run() {
    local name=$1 started=$SECONDS
    shift
    printf '%s\n' "conformance: $name"
    if "$@" > "$log/last.log" 2>&1; then
        tail -n 1 "$log/last.log" | sed 's/^/    /'
    else
        cat "$log/last.log"
        failed+=("$name")
    fi
    printf '    [%d s]\n' $((SECONDS - started))
}

if where=$($bin/python -c 'from offchain.conformance.fixtures import find_fixtures; print(find_fixtures())' 2> /dev/null); then
    for engine in $($bin/python -c 'from offchain.batches.executor import ENGINES; print(*ENGINES)'); do
        run "official Osaka cases by state root, engine $engine" \
            $bin/deltaroll statetest "$where" -j 2 --engine "$engine"
    done
    run "older cases, single calls and transaction tests against EELS" \
        $bin/deltaroll statetest "$where" -j 2 --differential
    if [ -x node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil ] || command -v anvil > /dev/null; then
        run "official Osaka cases against anvil (revm)" $bin/deltaroll statetest "$where" -j 2 --anvil
    else
        echo "conformance: anvil is not installed here: its cross-check is skipped"
    fi
else
    echo "conformance: no official fixtures (set DELTAROLL_FIXTURES): the official tests are skipped"
fi
run "tests marked slow, without a chain" \
    $bin/python -m pytest -p no:ape_test -n 2 --dist worksteal tests/unit tests/differential -m slow -q

echo "conformance: $((SECONDS - began)) s in all"
if [ ${#failed[@]} -gt 0 ]; then
    printf 'conformance: FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "conformance: all passed"
