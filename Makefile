# Deltaroll. `make demo` and `make test` set up all they need; both may be run again at any time.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
UV  := .tools/uv/bin/uv
BIN := .venv/bin
export PYTHONPATH :=
export UV_PYTHON_DOWNLOADS := never
export NPM_CONFIG_UPDATE_NOTIFIER := false

.PHONY: help setup demo test check format conformance bench lock clean FORCE

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .tools/python.stamp .tools/node.stamp .tools/solc.stamp ## install everything (the others do this first)

.tools/uv.stamp: Makefile
	@bash tools/require.sh
	@mkdir -p .tools
	@echo "setup: installing uv $(UV_VERSION)"
	@$$(bash tools/require.sh python) -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
	    --upgrade --target .tools/uv uv==$(UV_VERSION) 2> .tools/pip.log || { cat .tools/pip.log >&2; exit 1; }
	@touch $@

# The scripts in .venv name their folder: in a clone that was moved they run nothing, in a copy the original's code.
.tools/place: FORCE
	@test "$$(cat $@ 2> /dev/null)" = "$(CURDIR)" || { mkdir -p .tools && rm -rf .venv && echo "$(CURDIR)" > $@; }

.tools/python.stamp: .tools/place .tools/uv.stamp requirements.lock pyproject.toml
	@echo "setup: installing the Python packages of requirements.lock"
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$$(bash tools/require.sh python)" .venv
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --no-deps --editable .
	@touch $@

.tools/node.stamp: package.json package-lock.json
	@mkdir -p .tools
	@bash tools/require.sh
	@echo "setup: installing the npm packages of package-lock.json"
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@# ape keeps a copy of the npm contracts, by path: not that of another version.
	@rm -rf "$${APE_DATA_FOLDER:-$$HOME/.ape}/packages/projects/$(subst /,_,$(CURDIR))_node_modules_@openzeppelin"
	@touch $@

.tools/solc.stamp: .tools/python.stamp .tools/node.stamp tools/install_solc.py
	@$(BIN)/python tools/install_solc.py
	@touch $@

demo: setup ## honest batches, a false claim, two disputes to their verdicts (--network: make demo NETWORK=anvil)
	@$(BIN)/deltaroll demo $(if $(NETWORK),--network $(NETWORK))

test: setup ## every test but the long conformance runs (under 15 minutes)
	@$(BIN)/python -m pytest -p no:ape_test -n 2 --dist worksteal tests/unit tests/differential -m "not slow" -q
	@$(BIN)/python -m pytest tests/contracts tests/scenarios -m "not slow" -q

conformance: setup ## the official suites, random programs and mutants on L1, the kill test (about 20 minutes)
	@bash tools/conformance.sh

check: setup ## formatting, lint, types, fresh lock files
	@$(BIN)/ruff check offchain tests scripts benchmarks tools
	@$(BIN)/ruff format --check offchain tests scripts benchmarks tools
	@$(BIN)/mypy
	@bash tools/forge.sh fmt --check contracts
	@bash tools/check_locks.sh
	@! git ls-files tests | grep -E '/test_[^/]*\.py$$' | xargs -n 1 basename | sort | uniq -d | grep . || \
	    { echo "check: two test files have one name, which pytest can't import" >&2; exit 1; }

format: setup ## format Python and Solidity in place
	@$(BIN)/ruff check --fix --quiet offchain tests scripts benchmarks tools || true
	@$(BIN)/ruff format offchain tests scripts benchmarks tools
	@bash tools/forge.sh fmt contracts

bench: setup ## execution speed, with py-evm beside it
	@$(BIN)/deltaroll bench execute

lock: .tools/uv.stamp ## resolve the lock files again
	@$(UV) pip compile pyproject.toml --group dev --group oracles --universal --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade --quiet -o requirements.lock
	@npm install --package-lock-only --ignore-scripts --silent

clean: ## remove what setup and the tests made
	rm -rf .venv .tools node_modules .build .pytest_cache .mypy_cache .ruff_cache
