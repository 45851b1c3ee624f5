"""A tree of which only some nodes are at hand behaves as the whole tree does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import ProofError
from offchain.trees.sparse_merkle_nodes import (
    Branch,
    Leaf,
    Node,
    Stub,
    Subtree,
    bit_at,
    hash_of,
    is_hashed,
    items_of,
    merge,
)
from offchain.trees.sparse_merkle_prover import prove, prove_leftmost, prove_remove
from offchain.trees.sparse_merkle_tree import SparseMerkleTree, root_of
from tests.support.trees import keys, maps, values, word


class NodeStore:
    """Every node by (depth, top bits of the path); children come back as stubs."""

    def __init__(self, tree: SparseMerkleTree) -> None:
        self.nodes: dict[tuple[int, int], Node] = {}
        self._add(tree.top, 0, 0)

    def _add(self, subtree: Subtree, depth: int, prefix: int) -> None:
        if subtree is None:
            return
        hash_of(subtree)
        assert not isinstance(subtree, Stub)
        self.nodes[depth, prefix] = subtree
        if isinstance(subtree, Branch):
            self._add(subtree.left, depth + 1, prefix << 1)
            self._add(subtree.right, depth + 1, prefix << 1 | 1)

    def resolve(self, stub: Stub, depth: int, path: int) -> Node:
        """As a store would: by place, checked by hash."""
        node = self.nodes[depth, path >> (256 - depth)]
        assert hash_of(node) == stub.cached_hash
        if isinstance(node, Leaf):
            return Leaf(node.path, node.value, node.cached_hash)
        return Branch(_stub(node.left), _stub(node.right), node.cached_hash)


def _stub(subtree: Subtree) -> Subtree:
    return None if subtree is None else Stub(hash_of(subtree))


@given(maps, st.dictionaries(keys, st.none() | values, max_size=24))
def test_a_merge_into_stubs_gives_the_root_of_the_whole_tree(
    leaves: dict[bytes, bytes], changes: dict[bytes, bytes | None]
) -> None:
    tree = SparseMerkleTree(leaves)
    store = NodeStore(tree)
    order = sorted(changes)
    paths = [int.from_bytes(key, "big") for key in order]
    after = merge(_stub(tree.top), paths, [changes[key] for key in order], resolve=store.resolve)
    expected = {k: v for k, v in {**leaves, **changes}.items() if v is not None}
    assert hash_of(after) == root_of(expected)


@given(maps)
def test_proofs_and_items_from_stubs_are_those_of_the_whole_tree(leaves: dict[bytes, bytes]) -> None:
    tree = SparseMerkleTree(leaves)
    store = NodeStore(tree)
    top = _stub(tree.top)
    assert [(leaf.key, leaf.value) for leaf in items_of(top, resolve=store.resolve)] == sorted(leaves.items())
    for key in leaves:
        assert prove(top, key, store.resolve) == tree.prove(key)
        assert prove_remove(top, key, store.resolve) == tree.prove_remove(key)
    if leaves:
        assert prove_leftmost(top, store.resolve) == tree.prove_leftmost()


def test_a_merge_that_changes_nothing_gives_the_stub_back() -> None:
    tree = SparseMerkleTree({word(i): word(i) for i in range(1, 9)})
    store = NodeStore(tree)
    top = _stub(tree.top)
    assert merge(top, [3, 99], [word(3), None], resolve=store.resolve) is top


def test_only_what_a_merge_touched_is_without_a_hash() -> None:
    tree = SparseMerkleTree({word(i << 252): word(i) for i in range(16)})
    assert not is_hashed(tree.top)
    assert tree.root
    assert is_hashed(tree.top)
    tree.set(word(0), word(99))
    top = tree.top
    assert isinstance(top, Branch)
    assert not is_hashed(top)
    assert not is_hashed(top.left)
    assert is_hashed(top.right)


def test_a_missing_subtree_is_an_error_and_never_a_wrong_root() -> None:
    tree = SparseMerkleTree({word(1): word(1), word(2): word(2)})
    with pytest.raises(ProofError, match="not at hand"):
        merge(_stub(tree.top), [1], [word(5)])


def test_the_path_begins_with_the_most_significant_bit() -> None:
    assert bit_at(1 << 255, 0) == 1
    assert bit_at(1, 255) == 1
    assert bit_at(1, 0) == 0
