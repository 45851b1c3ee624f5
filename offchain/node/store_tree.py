"""The state tree of any batch that is kept, as a tree to make proofs from: read from the store node by node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from offchain.errors import StoreError
from offchain.state.flat_store import FlatStore
from offchain.state.state_tree import TreeView
from offchain.trees.sparse_merkle_nodes import (
    Leaf,
    Node,
    Resolve,
    Stub,
    Subtree,
    bit_at,
    find,
    items_of,
    merge,
)
from offchain.trees.sparse_merkle_prover import leftmost, prove, prove_leftmost, prove_remove
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["StoreTree"]


class StoreTree(SparseMerkleTree):
    """h(S) after one batch; changes of it stay in memory. Raises `StoreError` once that state is not kept any more."""

    __slots__ = ("_resolve",)

    def __init__(self, top: Subtree, resolve: Resolve) -> None:
        super().__init__()
        self._top = top
        self._resolve = resolve

    @classmethod
    def at(cls, store: FlatStore, view: TreeView) -> StoreTree:
        """The tree of a view of ``store``."""
        return cls(view.top, _Reader(store, view))

    def get(self, key: bytes) -> bytes | None:
        """See `SparseMerkleTree.get`."""
        path = int.from_bytes(key)
        leaf, _ = find(self._top, path, 0, self._resolve)
        return leaf.value if leaf is not None and leaf.path == path else None

    def set(self, key: bytes, value: bytes) -> None:
        """See `SparseMerkleTree.set`."""
        self.update({key: value})

    def remove(self, key: bytes) -> None:
        """See `SparseMerkleTree.remove`."""
        self.update({key: None})

    def update(self, changes: Mapping[bytes, bytes | None]) -> None:
        """See `SparseMerkleTree.update`."""
        keys = sorted(changes)
        paths = [int.from_bytes(key) for key in keys]
        self._top = merge(self._top, paths, [changes[key] for key in keys], resolve=self._resolve)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """See `SparseMerkleTree.items`; reads the whole tree."""
        return ((leaf.key, leaf.value) for leaf in items_of(self._top, resolve=self._resolve))

    def leftmost(self) -> tuple[bytes, bytes] | None:
        """See `SparseMerkleTree.leftmost`."""
        leaf = leftmost(self._top, self._resolve)
        return None if leaf is None else (leaf.key, leaf.value)

    def copy(self) -> StoreTree:
        """See `SparseMerkleTree.copy`."""
        return StoreTree(self._top, self._resolve)

    def prove(self, key: bytes) -> bytes:
        """See `SparseMerkleTree.prove`."""
        return prove(self._top, key, self._resolve)

    def prove_remove(self, key: bytes) -> bytes:
        """See `SparseMerkleTree.prove_remove`."""
        return prove_remove(self._top, key, self._resolve)

    def prove_leftmost(self) -> bytes:
        """See `SparseMerkleTree.prove_leftmost`."""
        return prove_leftmost(self._top, self._resolve)

    def __iter__(self) -> Iterator[bytes]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        return sum(1 for _ in self.items())


class _Reader:
    """A `Resolve` for the tree of one batch that outlives moves of the tree kept in the store.

    A subtree of S_batch stands at the same place in every view of S_batch, and a change of the tree leaves it there
    or reads it. So where the kept tree has moved, the same place of a new view is looked up.
    """

    def __init__(self, store: FlatStore, view: TreeView) -> None:
        self._store = store
        self._view = view
        self._kept_root = store.header.tree_root
        self._has_moved = False

    def __call__(self, stub: Stub, depth: int, path: int) -> Node:
        kept_root = self._store.header.tree_root
        if kept_root != self._kept_root:
            root = self._view.root
            self._view = self._store.tree(self._view.batch)
            self._kept_root, self._has_moved = kept_root, True
            if self._view.root != root:
                raise StoreError(f"the state after batch {self._view.batch} is another than it was")
        resolve = self._view._resolve
        if not self._has_moved:
            return resolve(stub, depth, path)
        node: Subtree = self._view.top
        for level in range(depth):
            if isinstance(node, Stub):
                node = resolve(node, level, path)
            if node is None or isinstance(node, Leaf):
                break
            node = node.right if bit_at(path, level) else node.left
        if isinstance(node, Stub):
            node = resolve(node, depth, path)
        if node is None or node.cached_hash != stub.cached_hash:
            raise StoreError(f"damaged: the state tree has another subtree at depth {depth}")
        return node
