#!/usr/bin/env bash
# The long runs: the official tests by root and against EELS, with every engine, and against anvil; then every test
# marked slow (two thousand programs and all mutants through the one-step verifier, a hundred thousand tree
# operations in Python and Solidity, thousands of programs against EELS, the kill test fifty times). The official
# tests are run here and not by pytest, so that nothing is run twice. One line of counts for each part; failures are
# named at the end and make the exit code 1.
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
    # Of the cases that are executed 1,694 are Osaka's own, by root; the rest, over 5,000, are for older forks.
    for engine in $($bin/python -c 'from offchain.batches.executor import ENGINES; print(*ENGINES)'); do
        run "official cases by state root, older ones, calls and transaction tests against EELS, engine $engine" \
            $bin/deltaroll statetest "$where" -j 2 --differential --engine "$engine" --at-least 7000
    done
    run "official Osaka cases and generated programs, step by step through the verifier on L1, every outcome" \
        $bin/deltaroll steptest "$where" --all --coverage -j 2
    if [ -x node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil ] || command -v anvil > /dev/null; then
        run "official Osaka cases against anvil (revm)" $bin/deltaroll statetest "$where" -j 2 --anvil --at-least 500
    else
        echo "conformance: anvil is not installed here: its cross-check is skipped"
    fi
else
    echo "conformance: no official fixtures (set DELTAROLL_FIXTURES): the official tests are skipped"
fi
run "tests marked slow, without a chain" \
    $bin/python -m pytest -p no:ape_test -n 2 --dist worksteal tests/unit tests/differential -m slow -q
run "tests marked slow, on chains: plays enumerated, calls at random, agents killed" \
    $bin/python -m pytest tests/contracts -m slow -q
run "scenarios: all disputes with k = 2 and k = 64, on eth-tester and on anvil" \
    $bin/python -m pytest tests/scenarios -m slow -q

echo "conformance: $((SECONDS - began)) s in all"
if [ ${#failed[@]} -gt 0 ]; then
    printf 'conformance: FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "conformance: all passed"
