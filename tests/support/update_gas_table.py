"""Measure the gas table anew: `python -m tests.support.update_gas_table` writes the snapshot and docs/gas-table.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from offchain.bench.steps.gauge import AnvilGauge, PyrevmGauge
from offchain.bench.steps.page import page_of
from offchain.bench.steps.row import Row
from offchain.bench.steps.table import Measured, all_rows, measure, table_as_json, too_dear
from offchain.proofs.provers import Prover
from offchain.steptest.verifier import Artifacts
from tests.support.solidity import compile_contract

__all__ = [
    "COMMAND",
    "PAGE",
    "SNAPSHOT",
    "as_text",
    "compiled_artifacts",
    "measured_in_process",
    "measured_on_anvil",
]

ROOT: Final = Path(__file__).resolve().parents[2]
SNAPSHOT: Final = ROOT / "tests" / "vectors" / "gas-table.json"
PAGE: Final = ROOT / "docs" / "gas-table.md"
COMMAND: Final = "python -m tests.support.update_gas_table"


@cache
def compiled_artifacts() -> Artifacts:
    """The verifier with its provers, by the compiler of the tests."""
    codes: list[bytes] = []
    takers: set[int] = set()
    for prover in Prover:
        abi, creation = compile_contract(f"{prover.name.capitalize()}Prover")
        codes.append(creation)
        if any(item["type"] == "constructor" and item["inputs"] for item in abi):
            takers.add(int(prover))
    entry, precompiles = (compile_contract(name)[1] for name in ("OneStepVerifier", "PrecompileProver"))
    return Artifacts(entry, tuple(codes), precompiles, frozenset(takers))


def measured_in_process(wanted: Callable[[Row], bool] = lambda row: True) -> Iterator[Measured]:
    """The rows that an L1 of Cancun shows, as far as they are wanted."""
    rows = [row for row in all_rows() if not row.osaka and wanted(row)]
    return measure(rows, PyrevmGauge(compiled_artifacts()))


def measured_on_anvil() -> Iterator[Measured]:
    """The rows that take an L1 of Osaka."""
    with AnvilGauge(compiled_artifacts()) as gauge:
        yield from measure([row for row in all_rows() if row.osaka], gauge)


def as_text(table: dict[str, Any]) -> str:
    """The snapshot as it is committed."""
    return json.dumps(table, indent=1) + "\n"


def main() -> None:
    """Write both files."""
    table = [*measured_in_process(), *measured_on_anvil()]
    SNAPSHOT.write_text(as_text(table_as_json(table)))
    PAGE.write_text(page_of(table))
    print(f"{len(table)} rows in {SNAPSHOT.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")
    for line in too_dear(table):
        print(line)


if __name__ == "__main__":
    main()
