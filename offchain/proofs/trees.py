"""Dictionaries of a machine mirrored in sparse Merkle trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["MirroredTree", "TrackedDict"]


class TrackedDict(dict[Any, Any]):
    """A dictionary that remembers which keys were written or deleted."""

    __slots__ = ("dirty",)

    def __init__(self) -> None:
        super().__init__()
        self.dirty: set[Any] = set()

    def __setitem__(self, key: Any, value: Any) -> None:
        self.dirty.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self.dirty.add(key)
        super().__delitem__(key)


class MirroredTree:
    """A tree over what several tracked dictionaries hold.

    ``leaf_of(name, key)`` gives the hashed key of an entry, ``value_of(name, key)`` its 32 bytes now, None for no leaf.
    """

    def __init__(
        self,
        maps: dict[str, TrackedDict],
        leaf_of: Callable[[str, Any], bytes],
        value_of: Callable[[str, Any], bytes | None],
    ) -> None:
        self._maps = maps
        self._leaf_of = leaf_of
        self._value_of = value_of
        self._tree = SparseMerkleTree()

    @property
    def tree(self) -> SparseMerkleTree:
        """The tree as of now."""
        changes: dict[bytes, bytes | None] = {}
        for name, map_ in self._maps.items():
            if map_.dirty:
                for key in map_.dirty:
                    changes[self._leaf_of(name, key)] = self._value_of(name, key)
                map_.dirty.clear()
        if changes:
            tree = self._tree
            changes = {leaf: value for leaf, value in changes.items() if tree.get(leaf) != value}
            if changes:
                tree.update(changes)
        return self._tree

    def reset(self, tree: SparseMerkleTree) -> None:
        """Take over an earlier tree, to which the dictionaries have been put back."""
        self._tree = tree
        for map_ in self._maps.values():
            map_.dirty.clear()
