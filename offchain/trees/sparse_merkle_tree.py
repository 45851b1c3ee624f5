"""The compact sparse Merkle tree in memory (see `sparse_merkle_hash` for its definition).

The tree itself gives no meaning to values: 32 zero bytes are a leaf like any other. The rule of the *state*
that zero and absent are the same lives with its callers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from offchain.trees.sparse_merkle_hash import (
    EMPTY_ROOT,
    KEY_BITS,
    LEAF_TAG,
    NODE_TAG,
    leaf_hash,
    node_hash,
    root_of,
    root_of_sorted,
)
from offchain.trees.sparse_merkle_nodes import Subtree, build, find, hash_of, items_of, merge
from offchain.trees.sparse_merkle_prover import leftmost, prove, prove_leftmost, prove_remove

__all__ = [
    "EMPTY_ROOT",
    "KEY_BITS",
    "LEAF_TAG",
    "NODE_TAG",
    "SparseMerkleTree",
    "leaf_hash",
    "node_hash",
    "root_of",
    "root_of_sorted",
]


class SparseMerkleTree:
    """A map from 32-byte keys to 32-byte values with a root.

    Changes cost the length of one path and no hashing; hashes are computed, once, when the root or a proof is
    asked for. Nodes are immutable and shared, so `copy` costs nothing and both trees live on independently.
    """

    __slots__ = ("_top",)

    def __init__(self, leaves: Mapping[bytes, bytes] | None = None) -> None:
        self._top: Subtree = None
        if leaves:
            keys = sorted(leaves)
            paths = [int.from_bytes(key, "big") for key in keys]
            self._top = build(paths, [leaves[key] for key in keys], 0, 0, len(keys))

    @property
    def top(self) -> Subtree:
        """The topmost node, for the pure functions of `sparse_merkle_nodes`."""
        return self._top

    @property
    def root(self) -> bytes:
        """The root hash, `EMPTY_ROOT` for the empty tree."""
        return hash_of(self._top)

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None if it has no leaf."""
        path = int.from_bytes(key, "big")
        leaf, _ = find(self._top, path)
        return leaf.value if leaf is not None and leaf.path == path else None

    def set(self, key: bytes, value: bytes) -> None:
        """Insert or update one leaf."""
        self._top = merge(self._top, (int.from_bytes(key, "big"),), (value,))

    def remove(self, key: bytes) -> None:
        """Remove one leaf; an absent key changes nothing."""
        self._top = merge(self._top, (int.from_bytes(key, "big"),), (None,))

    def update(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply many changes at once; None removes a key."""
        keys = sorted(changes)
        self._top = merge(
            self._top, [int.from_bytes(key, "big") for key in keys], [changes[key] for key in keys]
        )

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """(key, value) in ascending order of the keys."""
        return ((leaf.key, leaf.value) for leaf in items_of(self._top))

    def leftmost(self) -> tuple[bytes, bytes] | None:
        """(key, value) of the lowest key, None if the tree is empty."""
        leaf = leftmost(self._top)
        return None if leaf is None else (leaf.key, leaf.value)

    def copy(self) -> SparseMerkleTree:
        """An independent tree with the same leaves, in constant time."""
        twin = SparseMerkleTree()
        twin._top = self._top
        return twin

    def prove(self, key: bytes) -> bytes:
        """The proof for `lookup`, `inclusion`, `exclusion`, `write`, `update` and `insert` of a key."""
        return prove(self._top, key)

    def prove_remove(self, key: bytes) -> bytes:
        """The proof for `remove` of a key that has a leaf."""
        return prove_remove(self._top, key)

    def prove_leftmost(self) -> bytes:
        """The proof for `remove_leftmost` of a tree that is not empty."""
        return prove_leftmost(self._top)

    def __iter__(self) -> Iterator[bytes]:
        return (leaf.key for leaf in items_of(self._top))

    def __contains__(self, key: bytes) -> bool:
        return self.get(key) is not None

    def __bool__(self) -> bool:
        return self._top is not None

    def __len__(self) -> int:
        """The number of leaves; walks the whole tree."""
        return sum(1 for _ in items_of(self._top))

    @classmethod
    def of(cls, items: Iterable[tuple[bytes, bytes]]) -> SparseMerkleTree:
        """The tree of (key, value) pairs, in any order; of equal keys the last one counts."""
        return cls(dict(items))
