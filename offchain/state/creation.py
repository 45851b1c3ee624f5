"""The first transaction of a store: its first state, that state's tree, its record and the header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import lmdb

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.changes import changes_of
from offchain.state.diff import Diff
from offchain.state.environment import ensure_map, grow
from offchain.state.records import (
    BatchRecord,
    StoreHeader,
    batch_key,
    encode_changes,
    genesis_link,
    hash_changes,
)
from offchain.state.state_tree import CHUNK_KEYS, rewrite
from offchain.state.tables import TableReads, Tables
from offchain.state.writing import commit, put_codes, put_values
from offchain.trees.sparse_merkle_tree import EMPTY_ROOT

__all__ = ["fill"]

# What state and tree take for one key, generously: a first write that ends at the map's end starts again.
_BYTES_A_KEY = 512


def fill(
    path: Path,
    environment: lmdb.Environment,
    tables: Tables,
    allocation: Diff,
    config_hash: bytes,
    batch: int,
    extra: bytes,
    max_size: int | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Writes the first state, a diff from the empty one, as ``batch``; `StoreError` at a zero value."""
    changes = changes_of(allocation)
    for key, value in changes.items():
        if not value:
            raise StoreError(f"store {path}: the first state has a zero value at 0x{key.hex()}")
    if len(config_hash) != 32:
        raise StoreError(f"store {path}: the configuration hash has {len(config_hash)} bytes instead of 32")
    keys = sorted(changes)
    record = BatchRecord(genesis_link(config_hash, encode_changes(changes)), hash_changes({}), extra, b"")

    def pieces() -> Iterator[tuple[int, dict[bytes, bytes]]]:
        # Neighbours in the tree come together, so that its records are written once.
        by_leaf = sorted(keys, key=keccak)
        for start in range(0, len(keys), CHUNK_KEYS):
            piece = by_leaf[start : start + CHUNK_KEYS]
            yield start + len(piece), {key: changes[key] for key in piece}

    def report(reached: int) -> None:
        if progress is not None:
            progress(reached, len(keys))

    def body(reads: TableReads, header: StoreHeader) -> StoreHeader:
        put_codes(reads.transaction, tables, allocation)
        put_values(reads.transaction, tables, keys, changes)
        reads.transaction.put(batch_key(batch), record.encode(), db=tables.batches)
        return replace(header, tree_root=rewrite(reads, EMPTY_ROOT, pieces(), report))

    header = StoreHeader(
        config_hash=config_hash,
        head=batch,
        lowest=batch,
        tree_batch=batch,
        tree_root=EMPTY_ROOT,
        link=record.link(),
        rollbacks=0,
        entries=(0, 0, 0, 0, 0),
    )
    ensure_map(path, environment, _BYTES_A_KEY * len(keys), max_size)
    while True:
        try:
            return commit(path, environment, tables, header, body)
        except lmdb.MapFullError:
            grow(path, environment, max_size)
