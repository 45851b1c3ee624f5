"""The golden vectors: Solidity gives what the files say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.in_process import InProcess
from tests.support.tree_functions import map_in_solidity, pages_in_solidity
from tests.vectors.make_tree_vectors import FOLDER


def vectors(file: str) -> Any:
    return json.loads((FOLDER / file).read_text())


@pytest.fixture(scope="module")
def harness() -> InProcess:
    return InProcess("TreesHarness")


def test_roots_of_bytes_and_code(harness: InProcess) -> None:
    for case in vectors("roots.json")["bytes"]:
        data = bytes.fromhex(case["data"])
        assert harness.call("rootOf", data)[0].hex() == case["paged root"]
        assert harness.call("rootOfMemory", data)[0].hex() == case["paged root"]
        assert harness.call("codeRoot", data)[0].hex() == case["code root"]


@pytest.mark.parametrize("case", vectors("map_proofs.json"), ids=lambda case: case["name"])
def test_map_proofs(harness: InProcess, case: dict[str, Any]) -> None:
    arguments = (bytes.fromhex(case[name]) for name in ("root", "key", "value", "witness"))
    result = map_in_solidity(harness, case["function"], *arguments)
    expected = case["result"]
    assert (result is None) == (expected is None)
    assert [r.hex() if isinstance(r, bytes) else r for r in result or ()] == (expected or [])


@pytest.mark.parametrize("case", vectors("page_proofs.json"), ids=lambda case: case["name"])
def test_page_proofs(harness: InProcess, case: dict[str, Any]) -> None:
    root, data, witness = (bytes.fromhex(case[name]) for name in ("root", "data", "witness"))
    result = pages_in_solidity(harness, case["function"], root, case["at"], data, witness)
    assert (None if result is None else result[0].hex()) == case["result"]
