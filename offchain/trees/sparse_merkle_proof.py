"""Checking proofs about a sparse Merkle tree from its root alone; twin of `SparseMerkleTree.sol`.

Every function reads one proof at ``offset`` of ``witness`` and also returns the offset behind it, so that
proofs stand one after another. Whoever reads the last one ends with `expect_end`. A proof that does not show
what it should raises `ProofError`.

Wire format of an opening (numbers are bytes)::

    kind 1 | bitmap 32 | end of the path 0, 32 or 64 | [sibling preimage 65] | siblings 32 each, deepest first

    kind 0 EMPTY       the path ends in an empty subtree     end of the path: nothing
    kind 1 LEAF        it ends in the leaf of the key        end of the path: value
    kind 2 OTHER_LEAF  it ends in the leaf of another key    end of the path: key ‖ value
    kind 3 REMOVABLE   as LEAF; the deepest sibling is given by its preimage (none if the bitmap is 0)

Bit 2**(255-i) of the bitmap is set if the sibling at depth i is not empty. The deepest sibling of a path is
never empty: one lone leaf below a branch would *be* that branch. So the lowest bit set tells the depth at
which the path ends, no bit can lie beyond it, and one (root, key) has exactly one opening of kinds 0 to 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from offchain.errors import ProofError
from offchain.trees.sparse_merkle_hash import EMPTY_ROOT, LEAF_TAG, NODE_TAG, leaf_hash, node_hash

__all__ = [
    "EMPTY",
    "LEAF",
    "OTHER_LEAF",
    "REMOVABLE",
    "Lookup",
    "Opening",
    "Removal",
    "exclusion",
    "expect_end",
    "inclusion",
    "insert",
    "lookup",
    "open_path",
    "remove",
    "remove_leftmost",
    "root_with",
    "root_without",
    "update",
    "write",
]

EMPTY: Final = 0
LEAF: Final = 1
OTHER_LEAF: Final = 2
REMOVABLE: Final = 3

PREIMAGE_SIZE: Final = 65


@dataclass(frozen=True, slots=True)
class Opening:
    """A checked way from the root to where the path of ``key`` ends.

    ``value`` belongs to ``terminal_key`` (the key itself, or another's leaf); both are zero for EMPTY.
    ``siblings`` are the non-empty ones, deepest first; those above ``sibling`` only if the kind is REMOVABLE.
    """

    kind: int
    key: bytes
    bitmap: int
    terminal_key: bytes
    value: bytes
    sibling: bytes
    sibling_is_leaf: bool
    siblings: tuple[bytes, ...]

    @property
    def present(self) -> bool:
        """Whether the key has a leaf."""
        return self.kind in (LEAF, REMOVABLE)


class Lookup(NamedTuple):
    """Whether a key has a leaf, its value (zero if not), and where the proof ended."""

    present: bool
    value: bytes
    end: int


class Removal(NamedTuple):
    """The leaf that was removed, the root without it, and where the proof ended."""

    key: bytes
    value: bytes
    root: bytes
    end: int


def open_path(root: bytes, key: bytes, witness: bytes, offset: int) -> tuple[Opening, int]:
    """Check one opening of any kind; what its kind allows is up to the caller."""
    end = offset
    head, end = _take(witness, end, 33)
    kind = head[0]
    bitmap = int.from_bytes(head[1:], "big")
    path = int.from_bytes(key, "big")
    lowest = bitmap & -bitmap
    terminal_key = value = sibling = EMPTY_ROOT
    sibling_is_leaf = False
    rest, mask = bitmap, lowest

    if kind == EMPTY:
        subtree = EMPTY_ROOT
    elif kind == OTHER_LEAF:
        terminal_key, end = _take(witness, end, 32)
        value, end = _take(witness, end, 32)
        distance = path ^ int.from_bytes(terminal_key, "big")
        if distance == 0:
            raise ProofError("the other leaf is the leaf of the key itself")
        if lowest and distance >= lowest:
            raise ProofError("the other leaf does not lie on the path of the key")
        subtree = leaf_hash(terminal_key, value)
    elif kind in (LEAF, REMOVABLE):
        terminal_key = key
        value, end = _take(witness, end, 32)
        subtree = leaf_hash(key, value)
        if kind == REMOVABLE and bitmap:
            preimage, end = _take(witness, end, PREIMAGE_SIZE)
            sibling, sibling_is_leaf = _open_sibling(preimage, path, lowest)
            subtree = _join(subtree, sibling, path & lowest)
            rest, mask = bitmap ^ lowest, lowest << 1
    else:
        raise ProofError(f"unknown kind of opening: {kind}")

    siblings: list[bytes] = []
    for _ in range(rest.bit_count()):
        one, end = _take(witness, end, 32)
        if one == EMPTY_ROOT:
            raise ProofError("an empty sibling is given in full")
        siblings.append(one)
    opening = Opening(kind, key, bitmap, terminal_key, value, sibling, sibling_is_leaf, tuple(siblings))
    computed = _fold(subtree, path, rest, mask, opening.siblings)
    if computed != root:
        raise ProofError(f"the proof is for the root {computed.hex()}, not for {root.hex()}")
    return opening, end


def root_with(opening: Opening, value: bytes) -> bytes:
    """The root once the key has ``value``: updated if it has a leaf, else inserted. Not for REMOVABLE."""
    if opening.kind == REMOVABLE:
        raise ProofError("a removable opening is for removing only")
    path = int.from_bytes(opening.key, "big")
    bitmap = opening.bitmap
    subtree = leaf_hash(opening.key, value)
    mask = bitmap & -bitmap
    if opening.kind == OTHER_LEAF:
        distance = path ^ int.from_bytes(opening.terminal_key, "big")
        branch = 1 << (distance.bit_length() - 1)
        subtree = _join(subtree, leaf_hash(opening.terminal_key, opening.value), path & branch)
        mask = branch << 1
    return _fold(subtree, path, bitmap, mask, opening.siblings)


def root_without(opening: Opening) -> bytes:
    """The root once the leaf is removed: a leaf beside it moves up until it meets another subtree."""
    if opening.kind != REMOVABLE:
        raise ProofError("a removal needs an opening with the sibling's preimage")
    bitmap = opening.bitmap
    if bitmap == 0:
        return EMPTY_ROOT
    path = int.from_bytes(opening.key, "big")
    lowest = bitmap & -bitmap
    rest = bitmap ^ lowest
    if opening.sibling_is_leaf:
        return _fold(opening.sibling, path, rest, rest & -rest, opening.siblings)
    subtree = _join(EMPTY_ROOT, opening.sibling, path & lowest)
    return _fold(subtree, path, rest, lowest << 1, opening.siblings)


def lookup(root: bytes, key: bytes, witness: bytes, offset: int = 0) -> Lookup:
    """The value of a key, or the proof that it has none."""
    opening, end = open_path(root, key, witness, offset)
    if opening.kind == REMOVABLE:
        raise ProofError("a removable opening is for removing only")
    if opening.kind == LEAF:
        return Lookup(True, opening.value, end)
    return Lookup(False, EMPTY_ROOT, end)


def inclusion(root: bytes, key: bytes, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(value, end) of a key that has a leaf."""
    present, value, end = lookup(root, key, witness, offset)
    if not present:
        raise ProofError("the key has no leaf")
    return value, end


def exclusion(root: bytes, key: bytes, witness: bytes, offset: int = 0) -> int:
    """The end of a proof that a key has no leaf."""
    present, _, end = lookup(root, key, witness, offset)
    if present:
        raise ProofError("the key has a leaf")
    return end


def write(root: bytes, key: bytes, value: bytes, witness: bytes, offset: int = 0) -> tuple[Lookup, bytes]:
    """(what was there, new root): update or insert, whichever the tree asks for."""
    opening, end = open_path(root, key, witness, offset)
    new_root = root_with(opening, value)
    if opening.kind == LEAF:
        return Lookup(True, opening.value, end), new_root
    return Lookup(False, EMPTY_ROOT, end), new_root


def update(
    root: bytes, key: bytes, value: bytes, witness: bytes, offset: int = 0
) -> tuple[bytes, bytes, int]:
    """(old value, new root, end) of a key that has a leaf."""
    (present, old_value, end), new_root = write(root, key, value, witness, offset)
    if not present:
        raise ProofError("the key has no leaf")
    return old_value, new_root, end


def insert(root: bytes, key: bytes, value: bytes, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(new root, end) of a key that has no leaf."""
    (present, _, end), new_root = write(root, key, value, witness, offset)
    if present:
        raise ProofError("the key has a leaf")
    return new_root, end


def remove(root: bytes, key: bytes, witness: bytes, offset: int = 0) -> Removal:
    """Remove the leaf of ``key``; the proof is of kind REMOVABLE."""
    opening, end = open_path(root, key, witness, offset)
    return Removal(key, opening.value, root_without(opening), end)


def remove_leftmost(root: bytes, witness: bytes, offset: int = 0) -> Removal:
    """Remove the leaf with the lowest key; the proof is that key and an opening of kind REMOVABLE."""
    key, opening_at = _take(witness, offset, 32)
    opening, end = open_path(root, key, witness, opening_at)
    if opening.bitmap & int.from_bytes(key, "big"):
        raise ProofError("a leaf lies to the left")
    return Removal(key, opening.value, root_without(opening), end)


def expect_end(witness: bytes, offset: int) -> None:
    """Nothing may follow the last proof."""
    if offset != len(witness):
        raise ProofError(f"{len(witness) - offset} bytes of the witness are unused")


def _take(witness: bytes, offset: int, size: int) -> tuple[bytes, int]:
    end = offset + size
    if offset < 0 or end > len(witness):
        raise ProofError(f"the witness ends at {len(witness)}, {end} bytes are wanted")
    return witness[offset:end], end


def _open_sibling(preimage: bytes, path: int, lowest: int) -> tuple[bytes, bool]:
    """(hash, is a leaf) of the deepest sibling from its 65 bytes."""
    if preimage[:1] == NODE_TAG:
        return node_hash(preimage[1:33], preimage[33:]), False
    if preimage[:1] != LEAF_TAG:
        raise ProofError(f"a sibling is neither leaf nor node: tag {preimage[0]}")
    distance = path ^ int.from_bytes(preimage[1:33], "big")
    if not lowest <= distance < lowest << 1:
        raise ProofError("the sibling leaf does not lie beside the path of the key")
    return leaf_hash(preimage[1:33], preimage[33:]), True


def _join(subtree: bytes, sibling: bytes, side: int) -> bytes:
    return node_hash(sibling, subtree) if side else node_hash(subtree, sibling)


def _fold(subtree: bytes, path: int, bitmap: int, mask: int, siblings: tuple[bytes, ...]) -> bytes:
    """The root from ``subtree``, whose parent stands at the depth of the bit ``mask``; 0 = it is the root."""
    if mask == 0:
        return subtree
    remaining = iter(siblings)
    while mask < 1 << 256:
        sibling = next(remaining) if bitmap & mask else EMPTY_ROOT
        subtree = node_hash(sibling, subtree) if path & mask else node_hash(subtree, sibling)
        mask <<= 1
    return subtree
