"""The map with a root: its laws, checked against the definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offchain.trees.sparse_merkle_tree import EMPTY_ROOT, SparseMerkleTree, leaf_hash, node_hash, root_of
from tests.support.trees import keys, maps, root_by_definition, values, word

histories = st.lists(st.tuples(keys, st.none() | values), max_size=40)


def test_the_empty_tree_has_the_zero_root() -> None:
    assert root_of({}) == SparseMerkleTree().root == EMPTY_ROOT == bytes(32)


def test_a_tree_of_one_leaf_is_that_leaf() -> None:
    assert root_of({word(5): word(7)}) == leaf_hash(word(5), word(7))


def test_two_leaves_that_part_at_the_last_bit_have_a_node_at_every_depth() -> None:
    expected = node_hash(leaf_hash(word(0), word(1)), leaf_hash(word(1), word(2)))
    for _ in range(255):
        expected = node_hash(expected, EMPTY_ROOT)
    assert root_of({word(1): word(2), word(0): word(1)}) == expected


def test_a_zero_value_is_a_leaf() -> None:
    assert root_of({word(1): bytes(32)}) != EMPTY_ROOT


@given(maps)
def test_bulk_root_is_the_root_of_the_definition(leaves: dict[bytes, bytes]) -> None:
    assert root_of(leaves) == root_by_definition(leaves)
    assert SparseMerkleTree(leaves).root == root_by_definition(leaves)


@given(histories)
def test_the_root_depends_on_the_map_and_not_on_its_history(
    history: list[tuple[bytes, bytes | None]],
) -> None:
    tree, leaves = SparseMerkleTree(), dict[bytes, bytes]()
    for key, value in history:
        if value is None:
            leaves.pop(key, None)
            tree.remove(key)
        else:
            leaves[key] = value
            tree.set(key, value)
        assert tree.get(key) == value
    assert tree.root == root_by_definition(leaves)
    assert list(tree.items()) == sorted(leaves.items())


@given(maps, st.randoms(use_true_random=False))
def test_the_order_of_insertion_leaves_no_trace(leaves: dict[bytes, bytes], rng) -> None:  # type: ignore[no-untyped-def]
    order = list(leaves)
    rng.shuffle(order)
    tree = SparseMerkleTree()
    for key in order:
        tree.set(key, leaves[key])
    assert tree.root == root_of(leaves)


@given(maps, st.dictionaries(keys, st.none() | values, max_size=24))
def test_a_bulk_update_does_what_single_changes_do(
    leaves: dict[bytes, bytes], changes: dict[bytes, bytes | None]
) -> None:
    tree = SparseMerkleTree(leaves)
    tree.update(changes)
    after = {k: v for k, v in {**leaves, **changes}.items() if v is not None}
    assert tree.root == root_by_definition(after)
    assert dict(tree.items()) == after


@given(maps, keys, values)
def test_insert_then_remove_is_the_identity(leaves: dict[bytes, bytes], key: bytes, value: bytes) -> None:
    leaves.pop(key, None)
    tree = SparseMerkleTree(leaves)
    before = tree.root
    tree.set(key, value)
    assert tree.root != before
    tree.remove(key)
    assert tree.root == before


@given(maps, keys, values)
def test_a_copy_lives_on_independently(leaves: dict[bytes, bytes], key: bytes, value: bytes) -> None:
    tree = SparseMerkleTree(leaves)
    twin = tree.copy()
    tree.set(key, value)
    assert twin.root == root_of(leaves)
    twin.update(dict.fromkeys(leaves))
    assert twin.root == EMPTY_ROOT
    assert tree.root == root_of({**leaves, key: value})


@given(maps)
def test_it_is_a_mapping_in_key_order(leaves: dict[bytes, bytes]) -> None:
    tree = SparseMerkleTree.of(leaves.items())
    assert list(tree) == sorted(leaves)
    assert len(tree) == len(leaves)
    assert bool(tree) == bool(leaves)
    assert all(key in tree for key in leaves)
    assert tree.leftmost() == (min(leaves.items()) if leaves else None)


def test_a_change_that_changes_nothing_keeps_the_nodes() -> None:
    tree = SparseMerkleTree({word(i): word(i) for i in range(1, 20)})
    top = tree.top
    tree.set(word(3), word(3))
    tree.remove(word(99))
    tree.update({word(4): word(4), word(77): None})
    assert tree.top is top
