"""The tree of an earlier state, read from the store, gives the proofs of the same tree in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from offchain.errors import StoreError
from offchain.node.store_tree import StoreTree
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

COUNT = 300


def address(number: int) -> bytes:
    return number.to_bytes(20)


def diff(batch: int) -> Diff:
    """Ten accounts change, one goes, one comes."""
    changed = {address(n): batch * 1_000 + n for n in range(20 * batch, 20 * batch + 10)}
    return Diff({**changed, address(20 * batch + 15): 0, address(10_000 + batch): 7})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FlatStore]:
    """Eight batches; the tree is kept at batch 0."""
    first = Diff({address(n): n + 1 for n in range(COUNT)})
    with FlatStore.create(tmp_path / "store", first, bytes(32), durable=False) as made:
        for batch in range(1, 9):
            made.apply(batch, diff(batch))
        yield made


def in_memory(upto: int) -> SparseMerkleTree:
    tree = SparseMerkleTree(Diff({address(n): n + 1 for n in range(COUNT)}).leaves())
    for batch in range(1, upto + 1):
        tree.update({k: None if v == bytes(32) else v for k, v in diff(batch).leaves().items()})
    return tree


def assert_same(lazy: SparseMerkleTree, right: SparseMerkleTree) -> None:
    assert lazy.root == right.root
    keys = sorted(in_memory(0))
    for key in keys[::17]:
        assert lazy.get(key) == right.get(key)
        assert lazy.prove(key) == right.prove(key)
        if key in right:
            assert lazy.prove_remove(key) == right.prove_remove(key)
    assert lazy.leftmost() == right.leftmost()
    assert lazy.prove_leftmost() == right.prove_leftmost()


@pytest.mark.parametrize("batch", [0, 3, 8])
def test_proofs_are_those_of_the_tree_in_memory(store: FlatStore, batch: int) -> None:
    lazy, right = StoreTree.at(store, store.tree(batch)), in_memory(batch)
    assert_same(lazy, right)
    assert list(lazy.items()) == list(right.items())


@pytest.mark.parametrize("to", [2, 5, 8])
def test_it_outlives_moves_of_the_kept_tree(store: FlatStore, to: int) -> None:
    lazy = StoreTree.at(store, store.tree(3))
    half_read = lazy.copy()
    half_read.prove(sorted(in_memory(3))[40])
    store.move_tree(to)
    assert_same(half_read, in_memory(3))
    store.move_tree(0)
    assert_same(lazy, in_memory(3))


def test_a_changed_copy_leaves_the_tree_alone_and_outlives_moves(store: FlatStore) -> None:
    lazy, right = StoreTree.at(store, store.tree(3)), in_memory(3)
    changed, right_changed = lazy.copy(), right.copy()
    changes = {k: None if v == bytes(32) else v for k, v in diff(4).leaves().items()}
    changed.update(changes)
    right_changed.update(changes)
    store.move_tree(8)
    assert_same(changed, right_changed)
    victim = next(iter(right_changed))
    changed.remove(victim)
    right_changed.remove(victim)
    assert_same(changed, right_changed)
    assert_same(lazy, right)


def test_a_state_that_was_rolled_back_is_not_read_any_more(store: FlatStore) -> None:
    lazy = StoreTree.at(store, store.tree(8))
    store.move_tree(8)
    store.roll_back(5)
    with pytest.raises(StoreError):
        list(lazy.items())
