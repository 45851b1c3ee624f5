"""The lazy state tree h(S): kept in the store at one batch, moved in bulk, seen at any other batch in memory.

`TreeView` is the tree at one batch: nodes that differ from the kept tree lie in memory, all others are stubs
that are read from the store when somebody walks there. `rewrite` carries a move into the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.keys import leaf_value
from offchain.state.tables import TableReads
from offchain.state.tree_records import (
    LEVELS,
    ROOT_RECORD,
    decode_record,
    encode_record,
    fold_children,
    record_key,
    split_children,
)
from offchain.trees.sparse_merkle_nodes import (
    Branch,
    Leaf,
    Node,
    Resolve,
    Stub,
    Subtree,
    find,
    hash_of,
    merge,
)
from offchain.trees.sparse_merkle_prover import leftmost, prove, prove_leftmost, prove_remove

if TYPE_CHECKING:
    from offchain.state.reader import StateReader

__all__ = ["CHUNK_KEYS", "TreeView", "read_root", "rewrite", "view_at"]

CHUNK_KEYS: Final = 1 << 16


class TreeView:
    """h(S) at one batch, immutable. Void once the kept tree moves: every walk then raises `StoreError`."""

    __slots__ = ("_reader", "_resolve", "batch", "root", "top")

    def __init__(self, reader: StateReader, batch: int, top: Subtree, resolve: Resolve) -> None:
        self._reader = reader
        self._resolve = resolve
        self.batch = batch
        self.top = top
        self.root = hash_of(top)

    def get(self, key: bytes) -> bytes | None:
        """Value (32 bytes) under a hashed key, None where there is no leaf."""
        path = int.from_bytes(key, "big")
        leaf, _ = find(self.top, path, 0, self._resolve)
        return leaf.value if leaf is not None and leaf.path == path else None

    def prove(self, key: bytes) -> bytes:
        """Opening of a hashed key for everything but removal (see `sparse_merkle_proof`)."""
        return prove(self.top, key, self._resolve)

    def prove_remove(self, key: bytes) -> bytes:
        """Opening of a hashed key that has a leaf, for its removal."""
        return prove_remove(self.top, key, self._resolve)

    def prove_leftmost(self) -> bytes:
        """Proof for the removal of the leftmost leaf."""
        return prove_leftmost(self.top, self._resolve)

    def leftmost(self) -> Leaf | None:
        """The leaf with the lowest hashed key."""
        return leftmost(self.top, self._resolve)

    def moved_to(self, batch: int) -> TreeView:
        """The view of another batch, made from this one; nothing is written."""
        self._reader.check_batch(batch)
        top, resolve, reads = self.top, self._resolve, self._reader.reads
        for _, changes in reads.changes_between(self.batch, batch, CHUNK_KEYS):
            top = _merged(top, changes, reads.code_root, resolve)
        return TreeView(self._reader, batch, top, resolve)


def view_at(reader: StateReader, batch: int) -> TreeView:
    """The view of ``batch``, lowest <= batch <= head, from the kept tree; `StoreError` outside."""
    reader.check_batch(batch)
    kept_root = reader.header.tree_root

    def resolve(stub: Stub, depth: int, path: int) -> Node:
        if reader.header.tree_root != kept_root:
            raise StoreError("the state tree has moved since this view was made")
        return _read_node(reader.reads, stub, depth, path)

    kept = TreeView(reader, reader.header.tree_batch, read_root(reader.reads, kept_root), resolve)
    return kept if batch == kept.batch else kept.moved_to(batch)


def read_root(reads: TableReads, root: bytes) -> Subtree:
    """The top of the kept tree."""
    record = reads.transaction.get(ROOT_RECORD, None, reads.tables.tree)
    top = None if record is None else fold_children(decode_record(record))
    if isinstance(top, Branch):
        top.cached_hash = root
    return top


def rewrite(
    reads: TableReads,
    root: bytes,
    pieces: Iterable[tuple[int, Mapping[bytes, bytes]]],
    progress: Callable[[int], None] | None = None,
) -> bytes:
    """Carries changes (plain key -> stored value), piece by piece, into the kept tree with ``root``.

    ``reads`` is of a writing transaction. Returns the new root. ``progress`` hears how far each went.
    """
    for reached, changes in pieces:
        loaded: dict[Stub, bytes] = {}

        def resolve(stub: Stub, depth: int, path: int, loaded: dict[Stub, bytes] = loaded) -> Node:
            loaded[stub] = record_key(depth, path)
            return _read_node(reads, stub, depth, path)

        top = _merged(read_root(reads, root), changes, reads.code_root, resolve)
        _write_changed(reads, top, loaded)
        root = hash_of(top)
        if progress is not None:
            progress(reached)
    return root


def _read_node(reads: TableReads, stub: Stub, depth: int, path: int) -> Node:
    record = reads.transaction.get(record_key(depth, path), None, reads.tables.tree)
    if record is None:
        raise StoreError(f"damaged: the state tree has no record for a subtree at depth {depth}")
    top = fold_children(decode_record(record))
    if not isinstance(top, Branch):
        raise StoreError(f"damaged: a record of the state tree at depth {depth} has less than two leaves")
    top.cached_hash = stub.cached_hash
    return top


def _merged(
    top: Subtree, changes: Mapping[bytes, bytes], code_root_of: Callable[[bytes], bytes], resolve: Resolve
) -> Subtree:
    from_bytes = int.from_bytes
    plain = {from_bytes(keccak(key), "big"): key for key in changes}
    paths = sorted(plain)
    values = [leaf_value(key, changes[key], code_root_of) for key in map(plain.__getitem__, paths)]
    return merge(top, paths, values, resolve=resolve)


def _write_changed(reads: TableReads, top: Subtree, loaded: Mapping[Stub, bytes]) -> None:
    """Writes the records of the nodes that have no hash yet and drops those that no node needs any more.

    ``loaded``: the stubs that were read on the way, each with the key of its record. The tree may still hold
    such a stub (its record was read only to see that it is no leaf) or the unchanged node that stood for it.
    """
    writes: dict[bytes, bytes] = {}
    untouched: set[bytes] = set()

    def visit(node: Branch, depth: int, path: int) -> None:
        key = record_key(depth, path)
        if node.cached_hash is not None:
            untouched.add(key)
            return
        children = split_children(node, depth)
        shift = 256 - depth - LEVELS
        for index, child in enumerate(children):
            if isinstance(child, Branch):
                visit(child, depth + LEVELS, path | index << shift)
            elif isinstance(child, Stub) and child in loaded:
                untouched.add(loaded[child])
        writes[key] = encode_record(children)

    if isinstance(top, Branch):
        visit(top, 0, 0)
    elif top is not None:
        writes[ROOT_RECORD] = encode_record(split_children(top, 0))
    transaction, table = reads.transaction, reads.tables.tree
    for key in sorted({ROOT_RECORD, *loaded.values()} - writes.keys()):
        if not _is_below(key, untouched):
            transaction.delete(key, b"", table)
    transaction.cursor(table).putmulti(sorted(writes.items()))


def _is_below(key: bytes, tops: set[bytes]) -> bool:
    """Whether the record lies in one of the subtrees whose records have the keys ``tops``."""
    if not tops:
        return False
    path = int.from_bytes(key[1:].ljust(32, b"\x00"), "big")
    return any(record_key(LEVELS * level, path) in tops for level in range(key[0] + 1))
