"""What the pages about proofs say is so: the example runs, the tables are those of the sources and the compiler."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from offchain.evm.instructions import INSTRUCTIONS
from offchain.hashing import keccak
from offchain.proofs.encoding import OSAKA
from offchain.proofs.needs import CONST, CONTEXT, NEEDS, TRANSACTION
from offchain.proofs.provers import Prover
from offchain.steptest.engine_pyrevm import PyrevmEngine
from offchain.steptest.verifier import calldata_of
from tests.support.batches import CONTEXT as BATCH_CONTEXT
from tests.support.batches import World
from tests.support.solidity import compile_runtime
from tests.support.traces import trace_of_items
from tests.support.update_gas_table import compiled_artifacts

DOCS = Path(__file__).parents[3] / "docs"
LIMIT = 24_576  # EIP-170
PARTS = {"const": CONST, "tx": TRANSACTION, "context": CONTEXT}


def rows(page: str, header: str) -> list[list[str]]:
    """The cells of the table of a page that begins with this header."""
    lines = (DOCS / page).read_text().partition(f"{header}\n")[2].splitlines()[1:]
    table = lines[: next(n for n, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_example_makes_a_step_that_the_verifier_confirms() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "traces.md").read_text(), re.DOTALL)
    printed: list[object] = []
    names: dict[str, Any] = {"print": printed.append}
    exec(code, names)
    (answer,) = PyrevmEngine(compiled_artifacts()).ask([calldata_of(*names["call"])])
    assert answer.after == names["after"] != names["before"]
    assert str(printed[0]).startswith("item 1, step 0: ITEM: ")


def test_the_table_of_what_an_instruction_opens_is_the_one_of_the_sources() -> None:
    needs = {entry.name: 0 for entry in INSTRUCTIONS}
    for parts, names in rows("one-step-proofs.md", "| opened | instructions |"):
        for name in names.split(", ") if parts != "nothing" else ():
            assert not needs[name], f"{name} is there twice"
            needs[name] = sum(PARTS[part] for part in parts.split(", "))
    assert [needs[entry.name] for entry in INSTRUCTIONS] == list(NEEDS)


def test_the_sizes_of_the_contracts_are_those_of_the_compiler_and_below_the_limit() -> None:
    provers = [f"{prover.name.capitalize()}Prover" for prover in Prover]
    others = ["RollupManager", "BisectionGame", "StateDiffVerifier"]
    table = dict(rows("one-step-proofs.md", "| contract | bytes |"))
    assert list(table) == ["OneStepVerifier", *provers, "PrecompileProver", *others]
    for name, told in table.items():
        size = len(compile_runtime(name)[1])
        about = told.startswith("about ")
        said = int(told.removeprefix("about ").replace(",", ""))
        assert about == (name in others)
        assert abs(said - size) <= (250 if about else 0), f"{name} has {size:,} bytes"
        assert 0 < size <= LIMIT


def test_a_batch_starts_as_the_page_of_the_machine_says() -> None:
    page = (DOCS / "machine.md").read_text()
    assert "A batch starts with phase BEGIN, unit 0, cursor 1" in page
    gas = BATCH_CONTEXT.gas_limit.to_bytes(8, "big")
    first = keccak(b"".join((b"\x11", bytes(1), bytes(2), (1).to_bytes(4, "big"), gas, bytes(96))))
    assert trace_of_items(World.of({}), []).hash(0) == first
    assert f"fork: {OSAKA}, Osaka" in page
