"""The sparse Merkle tree: Python and Solidity give the same results, and refuse the same proofs."""

from __future__ import annotations

import random

import pytest

from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.in_process import InProcess
from tests.support.tree_functions import MAP_FUNCTIONS, map_in_python, map_in_solidity
from tests.support.trees import garbled, map_program, random_key

OPERATIONS_A_CALL = 100


@pytest.fixture(scope="module")
def harness() -> InProcess:
    return InProcess("TreesHarness")


def run_operations(harness: InProcess, leaves: int, calls: int, seed: int) -> int:
    """Random operations on a tree that begins with ``leaves`` leaves; how many were run."""
    rng = random.Random(seed)
    start = {random_key(rng): rng.randbytes(32) for _ in range(leaves)}
    tree, known = SparseMerkleTree(start), list(start)
    for _ in range(calls):
        before = tree.root
        program, digest = map_program(tree, known, OPERATIONS_A_CALL, rng)
        assert harness.call("runMap", before, program) == (digest, tree.root)
    return calls * OPERATIONS_A_CALL


@pytest.mark.parametrize("leaves", [0, 1, 40, 2000])
def test_random_operations_agree(harness: InProcess, leaves: int) -> None:
    assert run_operations(harness, leaves, calls=4, seed=leaves) == 400


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [0, 10, 100, 1000, 10_000, 50_000, 100_000])
def test_ten_thousand_random_operations_agree(harness: InProcess, leaves: int) -> None:
    assert run_operations(harness, leaves, calls=100, seed=1_000_000 + leaves) == 10_000


def compare_one(harness: InProcess, rng: random.Random, tree: SparseMerkleTree, known: list[bytes]) -> bool:
    """One function on one proof, honest or garbled; whether it was accepted, by both alike."""
    key = rng.choice(known) if rng.random() < 0.7 else random_key(rng)
    value = rng.randbytes(32)
    function = rng.choice(MAP_FUNCTIONS)
    if function == "removeLeftmost":
        witness = tree.prove_leftmost() if rng.random() < 0.7 else key + tree.prove(key)
    elif function == "remove" and tree.get(key) is not None and rng.random() < 0.8:
        witness = tree.prove_remove(key)
    else:
        witness = tree.prove(key)
    honest = witness
    if rng.random() < 0.6:
        witness = garbled(witness, rng)
    if rng.random() < 0.1:
        key = rng.choice(known)
    ours = map_in_python(function, tree.root, key, value, witness)
    theirs = map_in_solidity(harness, function, tree.root, key, value, witness)
    assert ours == theirs, (function, key.hex(), witness.hex())
    assert ours is None or witness == honest, "a garbled proof was accepted"
    return ours is not None


def test_each_function_accepts_and_refuses_the_same_proofs(harness: InProcess) -> None:
    rng = random.Random(20_261_122)
    accepted = 0
    for leaves in (1, 2, 5, 60):
        start = {random_key(rng): rng.randbytes(32) for _ in range(leaves)}
        tree = SparseMerkleTree(start)
        accepted += sum(compare_one(harness, rng, tree, list(start)) for _ in range(250))
    assert 150 < accepted < 500, "both outcomes are well represented"


@pytest.mark.slow
def test_ten_thousand_proofs_are_accepted_and_refused_alike(harness: InProcess) -> None:
    rng = random.Random(7)
    for leaves in (1, 2, 3, 7, 30, 300):
        start = {random_key(rng): rng.randbytes(32) for _ in range(leaves)}
        tree = SparseMerkleTree(start)
        for _ in range(1_700):
            compare_one(harness, rng, tree, list(start))
