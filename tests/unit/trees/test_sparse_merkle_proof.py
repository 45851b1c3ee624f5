"""Proofs show what is there, and nothing else passes for one."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from offchain.errors import ProofError
from offchain.trees import sparse_merkle_proof as proofs
from offchain.trees.sparse_merkle_hash import leaf_hash, node_hash
from offchain.trees.sparse_merkle_tree import EMPTY_ROOT, SparseMerkleTree, root_of
from tests.support.trees import garbled, keys, maps, values, word

TOP = 1 << 255


@given(maps, keys)
def test_lookup_shows_the_value_or_its_absence(leaves: dict[bytes, bytes], key: bytes) -> None:
    tree = SparseMerkleTree(leaves)
    for wanted in (key, *leaves):
        witness = tree.prove(wanted)
        found = proofs.lookup(tree.root, wanted, witness)
        assert found == (wanted in leaves, leaves.get(wanted, EMPTY_ROOT), len(witness))


@given(maps, keys)
def test_inclusion_and_exclusion_exclude_each_other(leaves: dict[bytes, bytes], key: bytes) -> None:
    tree = SparseMerkleTree(leaves)
    witness = tree.prove(key)
    if key in leaves:
        assert proofs.inclusion(tree.root, key, witness) == (leaves[key], len(witness))
        with pytest.raises(ProofError):
            proofs.exclusion(tree.root, key, witness)
    else:
        assert proofs.exclusion(tree.root, key, witness) == len(witness)
        with pytest.raises(ProofError):
            proofs.inclusion(tree.root, key, witness)


@given(maps, keys, values)
def test_insert_gives_the_root_of_the_larger_map(
    leaves: dict[bytes, bytes], key: bytes, value: bytes
) -> None:
    leaves.pop(key, None)
    tree = SparseMerkleTree(leaves)
    witness = tree.prove(key)
    new_root, end = proofs.insert(tree.root, key, value, witness)
    assert end == len(witness)
    assert new_root == root_of({**leaves, key: value})
    with pytest.raises(ProofError, match="has no leaf"):
        proofs.update(tree.root, key, value, witness)


@given(maps.filter(bool), values, st.integers(0))
def test_update_gives_the_old_value_and_the_new_root(
    leaves: dict[bytes, bytes], value: bytes, pick: int
) -> None:
    key = sorted(leaves)[pick % len(leaves)]
    tree = SparseMerkleTree(leaves)
    witness = tree.prove(key)
    assert proofs.update(tree.root, key, value, witness) == (
        leaves[key],
        root_of({**leaves, key: value}),
        len(witness),
    )
    with pytest.raises(ProofError, match="has a leaf"):
        proofs.insert(tree.root, key, value, witness)


@given(maps.filter(bool))
def test_removal_gives_the_root_of_the_smaller_map(leaves: dict[bytes, bytes]) -> None:
    tree = SparseMerkleTree(leaves)
    for key, value in leaves.items():
        rest = {k: v for k, v in leaves.items() if k != key}
        witness = tree.prove_remove(key)
        assert proofs.remove(tree.root, key, witness) == (key, value, root_of(rest), len(witness))


@given(maps, keys, values)
def test_insert_then_remove_by_proofs_is_the_identity(
    leaves: dict[bytes, bytes], key: bytes, value: bytes
) -> None:
    leaves.pop(key, None)
    tree = SparseMerkleTree(leaves)
    between, _ = proofs.insert(tree.root, key, value, tree.prove(key))
    grown = SparseMerkleTree({**leaves, key: value})
    assert proofs.remove(between, key, grown.prove_remove(key)).root == tree.root


@given(maps)
def test_removing_the_leftmost_leaf_again_and_again_yields_the_map_in_order(
    leaves: dict[bytes, bytes],
) -> None:
    tree = SparseMerkleTree(leaves)
    root = tree.root
    for key, value in sorted(leaves.items()):
        found = proofs.remove_leftmost(root, tree.prove_leftmost())
        assert (found.key, found.value) == (key, value)
        root = found.root
        tree.remove(key)
    assert root == EMPTY_ROOT


@given(maps.filter(lambda leaves: len(leaves) > 1), st.integers(0))
def test_no_other_leaf_passes_for_the_leftmost(leaves: dict[bytes, bytes], pick: int) -> None:
    key = sorted(leaves)[1 + pick % (len(leaves) - 1)]
    tree = SparseMerkleTree(leaves)
    with pytest.raises(ProofError, match="to the left"):
        proofs.remove_leftmost(tree.root, key + tree.prove_remove(key))


def test_an_empty_tree_has_no_leftmost_leaf() -> None:
    with pytest.raises(ProofError):
        SparseMerkleTree().prove_leftmost()
    with pytest.raises(ProofError):
        proofs.remove_leftmost(EMPTY_ROOT, bytes(32) + b"\x03" + bytes(64))


@given(maps, keys, st.randoms(use_true_random=False))
def test_a_garbled_lookup_never_passes(leaves: dict[bytes, bytes], key: bytes, rng: random.Random) -> None:
    tree = SparseMerkleTree(leaves)
    witness = garbled(tree.prove(key), rng)
    with pytest.raises(ProofError):
        proofs.expect_end(witness, proofs.lookup(tree.root, key, witness).end)


@given(maps.filter(bool), st.integers(0), st.randoms(use_true_random=False))
def test_a_garbled_removal_never_passes(leaves: dict[bytes, bytes], pick: int, rng: random.Random) -> None:
    key = sorted(leaves)[pick % len(leaves)]
    tree = SparseMerkleTree(leaves)
    witness = garbled(tree.prove_remove(key), rng)
    with pytest.raises(ProofError):
        proofs.expect_end(witness, proofs.remove(tree.root, key, witness).end)


@given(maps.filter(bool), st.randoms(use_true_random=False))
def test_a_garbled_leftmost_removal_never_passes(leaves: dict[bytes, bytes], rng: random.Random) -> None:
    tree = SparseMerkleTree(leaves)
    witness = garbled(tree.prove_leftmost(), rng)
    with pytest.raises(ProofError):
        proofs.expect_end(witness, proofs.remove_leftmost(tree.root, witness).end)


@given(maps, keys, keys)
def test_the_proof_of_one_key_never_gives_another_key_a_value(
    leaves: dict[bytes, bytes], key: bytes, other: bytes
) -> None:
    assume(key != other)
    tree = SparseMerkleTree(leaves)
    try:
        present, _, _ = proofs.lookup(tree.root, other, tree.prove(key))
    except ProofError:
        return
    assert not present
    assert other not in leaves


@pytest.mark.parametrize(
    ("leaves", "removed"),
    [
        ({0: 1, TOP: 2}, 0),  # the sibling at the root moves up to be the root
        ({0: 1, 1: 2}, 1),  # 255 empty siblings above
        ({0: 1, 1: 2, TOP: 3}, 0),  # moves up to meet another subtree
        ({TOP: 1, TOP + 1: 2, 5: 3}, TOP),
    ],
)
def test_calling_a_leaf_sibling_a_node_fails(leaves: dict[int, int], removed: int) -> None:
    """Without the sibling's preimage the prover could choose between the two roots compared here."""
    tree = SparseMerkleTree({word(k): word(v) for k, v in leaves.items()})
    key = word(removed)
    honest = tree.prove_remove(key)
    assert honest[65] == 0, "the sibling is a leaf"
    opening, _ = proofs.open_path(tree.root, key, honest, 0)
    assert opening.sibling_is_leaf
    as_node = proofs.Opening(
        opening.kind,
        opening.key,
        opening.bitmap,
        opening.terminal_key,
        opening.value,
        opening.sibling,
        False,
        opening.siblings,
    )
    assert proofs.root_without(as_node) != proofs.root_without(opening), "the attack would be worth it"

    forged = honest[:65] + b"\x01" + honest[66:]
    with pytest.raises(ProofError):
        proofs.remove(tree.root, key, forged)
    with pytest.raises(ProofError, match="preimage"):
        proofs.remove(tree.root, key, tree.prove(key))


def test_calling_a_node_sibling_a_leaf_fails() -> None:
    tree = SparseMerkleTree({word(0): word(9), word(TOP): word(1), word(TOP + 1): word(2)})
    honest = tree.prove_remove(word(0))
    assert honest[65] == 1
    with pytest.raises(ProofError):
        proofs.remove(tree.root, word(0), honest[:65] + b"\x00" + honest[66:])


def test_a_preimage_of_64_bytes_is_read_as_65_and_fails() -> None:
    tree = SparseMerkleTree({word(0): word(1), word(TOP): word(2), word(TOP >> 1): word(3)})
    honest = tree.prove_remove(word(0))
    for at in (65, 66, 129):
        with pytest.raises(ProofError):
            proofs.remove(tree.root, word(0), honest[:at] + honest[at + 1 :])


def test_a_leaf_can_not_pass_for_a_node_of_the_path() -> None:
    """A key and a value chosen to look like two children do not open into a deeper path."""
    child = leaf_hash(word(1), word(2))
    root = root_of({child: child})
    forged = b"\x01" + word(TOP) + word(2) + child
    with pytest.raises(ProofError):
        proofs.lookup(root, word(1), forged)
    assert root != node_hash(child, child)


def test_removing_the_only_leaf_leaves_the_empty_tree() -> None:
    tree = SparseMerkleTree({word(7): word(8)})
    witness = tree.prove_remove(word(7))
    assert len(witness) == 65
    assert proofs.remove(tree.root, word(7), witness).root == EMPTY_ROOT


def test_a_sibling_preimage_for_the_only_leaf_is_unused_and_refused() -> None:
    tree = SparseMerkleTree({word(7): word(8)})
    witness = tree.prove_remove(word(7)) + b"\x00" + bytes(64)
    with pytest.raises(ProofError, match="unused"):
        proofs.expect_end(witness, proofs.remove(tree.root, word(7), witness).end)


def test_an_empty_sibling_given_in_full_fails() -> None:
    tree = SparseMerkleTree({word(0): word(1), word(1): word(2)})
    honest = tree.prove(word(0))
    bitmap = int.from_bytes(honest[1:33], "big")
    forged = honest[:1] + word(bitmap | TOP) + honest[33:] + bytes(32)
    with pytest.raises(ProofError, match="in full"):
        proofs.lookup(tree.root, word(0), forged)


def test_a_leaf_off_the_path_shows_no_absence() -> None:
    """The other leaf must share with the key the whole path that was walked."""
    inside = leaf_hash(word(TOP), word(1))
    root = node_hash(inside, leaf_hash(word(TOP + 1), word(2)))  # malformed: both leaves belong to the right
    forged = b"\x02" + word(TOP) + word(TOP) + word(1) + leaf_hash(word(TOP + 1), word(2))
    with pytest.raises(ProofError, match="does not lie on the path"):
        proofs.lookup(root, word(0), forged)


def test_a_misplaced_sibling_leaf_is_not_moved_up() -> None:
    """In a malformed tree (no honest one has it) a leaf stands where its key does not lead."""
    stray = leaf_hash(word(1), word(1))
    root = node_hash(leaf_hash(word(0), word(5)), stray)
    forged = b"\x03" + word(TOP) + word(5) + b"\x00" + word(1) + word(1)
    with pytest.raises(ProofError, match="beside the path"):
        proofs.remove(root, word(0), forged)


def test_the_key_itself_is_not_another_leaf() -> None:
    tree = SparseMerkleTree({word(1): word(2)})
    with pytest.raises(ProofError, match="key itself"):
        proofs.exclusion(tree.root, word(1), b"\x02" + bytes(32) + word(1) + word(2))


def test_unknown_kinds_and_tags_fail() -> None:
    tree = SparseMerkleTree({word(0): word(1), word(TOP): word(2)})
    for kind in range(4, 256):
        with pytest.raises(ProofError, match="unknown kind"):
            proofs.lookup(tree.root, word(0), bytes([kind]) + tree.prove(word(0))[1:])
    honest = tree.prove_remove(word(0))
    for tag in range(2, 256):
        with pytest.raises(ProofError, match="neither leaf nor node"):
            proofs.remove(tree.root, word(0), honest[:65] + bytes([tag]) + honest[66:])


def test_an_opening_for_removal_serves_nothing_else() -> None:
    tree = SparseMerkleTree({word(0): word(1), word(TOP): word(2)})
    witness = tree.prove_remove(word(0))
    for use in (
        lambda: proofs.lookup(tree.root, word(0), witness),
        lambda: proofs.write(tree.root, word(0), word(9), witness),
    ):
        with pytest.raises(ProofError, match="removing only"):
            use()


def test_an_absent_key_has_no_removal() -> None:
    tree = SparseMerkleTree({word(0): word(1), word(TOP): word(2)})
    with pytest.raises(ProofError, match="no leaf to remove"):
        tree.prove_remove(word(1))
    with pytest.raises(ProofError):
        proofs.remove(tree.root, word(1), tree.prove_remove(word(0)))


def test_proofs_stand_one_after_another() -> None:
    tree = SparseMerkleTree({word(i << 250): word(i) for i in range(1, 40)})
    first, second = tree.prove(word(3 << 250)), tree.prove_remove(word(4 << 250))
    witness = b"\xff" + first + second
    value, end = proofs.inclusion(tree.root, word(3 << 250), witness, 1)
    assert value == word(3)
    removal = proofs.remove(tree.root, word(4 << 250), witness, end)
    proofs.expect_end(witness, removal.end)
