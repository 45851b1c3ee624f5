"""The golden vectors: Python gives what the files say, and the files are what the script writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offchain.trees.code_pages import code_root, first_instructions
from offchain.trees.paged_bytes import paged_root
from offchain.trees.sparse_merkle_tree import SparseMerkleTree, root_of
from tests.support.tree_functions import map_in_python, pages_in_python
from tests.support.trees import root_by_definition
from tests.vectors.make_tree_vectors import FOLDER, contents, encoded


def vectors(file: str) -> Any:
    return json.loads((FOLDER / file).read_text())


def test_the_files_are_what_the_script_writes() -> None:
    for file, content in contents().items():
        assert (FOLDER / file).read_text() == encoded(content), file


def test_roots_of_maps() -> None:
    for case in vectors("roots.json")["maps"]:
        leaves = {bytes.fromhex(k): bytes.fromhex(v) for k, v in case["leaves"].items()}
        expected = bytes.fromhex(case["root"])
        assert root_of(leaves) == SparseMerkleTree(leaves).root == root_by_definition(leaves) == expected


def test_roots_of_bytes_and_code() -> None:
    for case in vectors("roots.json")["bytes"]:
        data = bytes.fromhex(case["data"])
        assert paged_root(data).hex() == case["paged root"]
        assert code_root(data).hex() == case["code root"]
        assert first_instructions(data) == case["first instructions"]


@pytest.mark.parametrize("case", vectors("map_proofs.json"), ids=lambda case: case["name"])
def test_map_proofs(case: dict[str, Any]) -> None:
    arguments = (bytes.fromhex(case[name]) for name in ("root", "key", "value", "witness"))
    result = map_in_python(case["function"], *arguments)
    expected = case["result"]
    assert (result is None) == (expected is None)
    assert [r.hex() if isinstance(r, bytes) else r for r in result or ()] == (expected or [])


@pytest.mark.parametrize("case", vectors("page_proofs.json"), ids=lambda case: case["name"])
def test_page_proofs(case: dict[str, Any]) -> None:
    root, data, witness = (bytes.fromhex(case[name]) for name in ("root", "data", "witness"))
    result = pages_in_python(case["function"], root, case["at"], data, witness)
    assert (None if result is None else result[0].hex()) == case["result"]
