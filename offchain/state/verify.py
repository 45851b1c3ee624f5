"""The whole check of a store: its pages, its rows, the changesets, and the state tree hash by hash.

Nothing is taken from a summary: every code is hashed again, every changeset is followed from the head down
to the lowest batch, every record of the tree is hashed from its leaves up, and every entry of the state is
looked up in it. Time: about 0.1 ms an entry. Memory: the keys that the kept batches changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lmdb import verify as lmdb_verify

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.environment import read_data_file, store_errors
from offchain.state.keys import CODE_TAG, TAG_OFFSET, check_plain_key, leaf_value
from offchain.state.reader import StateReader
from offchain.state.records import StoreHeader, decode_changes, encode_changes, hash_changes
from offchain.state.tables import TableReads
from offchain.state.tree_records import LEVELS, decode_record, fold_children, record_key
from offchain.trees.sparse_merkle_nodes import Branch, Leaf, Node, Stub, Subtree, find, hash_of
from offchain.trees.sparse_merkle_tree import EMPTY_ROOT

__all__ = ["StoreSummary", "verify_pages", "verify_store"]

Progress = Callable[[int, int], None]
_REPORT_EVERY = 4096


@dataclass(frozen=True, slots=True)
class StoreSummary:
    """What was found right: the batches kept, h(S) of the tree, and how many rows of each kind."""

    lowest: int
    head: int
    tree_batch: int
    tree_root: bytes
    entries: int
    codes: int
    overwritten: int


def verify_store(
    path: Path | str, config_hash: bytes | None = None, progress: Progress | None = None
) -> StoreSummary:
    """Checks all of a store that is not open in this process; `StoreError` at the first thing wrong."""
    path = Path(path)
    verify_pages(path)
    with StateReader.open(path, config_hash) as reader, store_errors(path):
        try:
            return _verify_tables(reader.reads, reader.header, progress)
        except StoreError as error:
            raise StoreError(f"store {path}: {error}") from error


def verify_pages(path: Path) -> None:
    """Checks the structure of the data file without LMDB, which trusts its pages; `StoreError` if damaged."""
    read_data_file(path)
    with store_errors(path):
        try:
            problems = cast(list[str], cast(Any, lmdb_verify).verify(str(path)))
        except lmdb_verify.VerifyError as error:
            problems = [str(error)]
    if problems:
        raise StoreError(f"store {path}: damaged: {problems[0]}")


def _verify_tables(reads: TableReads, header: StoreHeader, progress: Progress | None) -> StoreSummary:
    state, history, _, codes, tree = header.entries
    _verify_codes(reads)
    at_tree = _verify_changesets(reads, header)
    records, leaves = _verify_tree(reads, header.tree_root)
    if records != tree:
        raise StoreError(f"damaged: the state tree reaches {records} records of {tree}")
    entries = _verify_state(reads, header, at_tree, progress)
    if entries != leaves:
        raise StoreError(f"damaged: the state tree has {leaves} leaves, the state {entries} entries")
    return StoreSummary(
        header.lowest, header.head, header.tree_batch, header.tree_root, state, codes, history
    )


def _verify_codes(reads: TableReads) -> None:
    for code_hash, code in reads.transaction.cursor(reads.tables.codes):
        if keccak(code) != code_hash:
            raise StoreError(f"damaged: the code 0x{code_hash.hex()} does not have its hash")


def _verify_changesets(reads: TableReads, header: StoreHeader) -> dict[bytes, bytes]:
    """Follows the kept batches down; returns what differs at the tree's batch from the head."""
    later: dict[bytes, bytes] = {}
    at_tree: dict[bytes, bytes] = {}
    link = header.link
    overwritten = 0
    for number in range(header.head, header.lowest, -1):
        if number == header.tree_batch:
            at_tree = dict(later)
        record = reads.record(number)
        if record.link() != link:
            raise StoreError(f"damaged: the record of batch {number} does not have its link")
        link = record.parent_link
        new_values = decode_changes(record.rows)
        if encode_changes(new_values) != record.rows:
            raise StoreError(f"damaged: the rows of batch {number} are not in order")
        old_values = reads.old_values(number)
        for key, old in old_values.items():
            _verify_value(key, old)
        if hash_changes(old_values) != record.overwritten_hash:
            raise StoreError(f"damaged: the values that batch {number} overwrote do not have their hash")
        for key, new in new_values.items():
            after = later.get(key)
            if after is None:
                after = reads.transaction.get(key, b"", reads.tables.state)
            if new != after or old_values[key] == new:
                raise StoreError(f"damaged: batch {number} does not fit what comes after it at 0x{key.hex()}")
        later.update(old_values)
        overwritten += len(old_values)
    if reads.record(header.lowest).link() != link:
        raise StoreError(f"damaged: the record of batch {header.lowest} does not have its link")
    if overwritten != header.entries[1]:
        raise StoreError(f"damaged: {header.entries[1]} overwritten values instead of {overwritten}")
    return dict(later) if header.tree_batch == header.lowest else at_tree


def _verify_value(key: bytes, value: bytes) -> None:
    check_plain_key(key)
    if (value[:1] == b"\x00" and key[TAG_OFFSET:] != CODE_TAG) or len(value) > 32:
        raise StoreError(f"damaged: the value at 0x{key.hex()} is malformed")
    if key[TAG_OFFSET:] == CODE_TAG and len(value) not in (0, 32):
        raise StoreError(f"damaged: the code hash at 0x{key.hex()} is malformed")


def _verify_tree(reads: TableReads, root: bytes) -> tuple[int, int]:
    """Hashes every record from its leaves up; returns how many records and leaves there are."""
    records = leaves = 0
    pending: list[tuple[int, int, bytes]] = [(0, 0, root)] if root != EMPTY_ROOT else []
    while pending:
        depth, path, want = pending.pop()
        children = _read_children(reads, depth, path)
        records += 1
        if hash_of(fold_children(children)) != want:
            raise StoreError(f"damaged: a record of the state tree at depth {depth} does not have its hash")
        shift = 256 - depth - LEVELS
        for index, child in enumerate(children):
            below = path | index << shift
            if isinstance(child, Leaf):
                leaves += 1
                if child.path >> shift != below >> shift:
                    raise StoreError(f"damaged: the leaf 0x{child.key.hex()} is in a wrong place of the tree")
            elif isinstance(child, Stub):
                pending.append((depth + LEVELS, below, child.cached_hash))
    return records, leaves


def _read_children(reads: TableReads, depth: int, path: int) -> list[Subtree]:
    record = reads.transaction.get(record_key(depth, path), None, reads.tables.tree)
    if record is None:
        raise StoreError(f"damaged: the state tree lacks a record at depth {depth}")
    children = decode_record(record)
    if depth and not isinstance(fold_children(children), Branch):
        raise StoreError(f"damaged: a record of the state tree at depth {depth} has less than two leaves")
    return children


def _verify_state(
    reads: TableReads, header: StoreHeader, at_tree: dict[bytes, bytes], progress: Progress | None
) -> int:
    """Looks up each entry of the tree's batch in the tree; returns how many there are."""
    total, count = header.entries[0], 0
    top = fold_children(_read_children(reads, 0, 0)) if header.tree_root != EMPTY_ROOT else None

    def resolve(stub: Stub, depth: int, path: int) -> Node:
        node = fold_children(_read_children(reads, depth, path))
        assert isinstance(node, Branch), "checked with the tree"
        return node

    def check(key: bytes, stored: bytes) -> int:
        value = leaf_value(key, stored, reads.code_root)
        if value is None:
            return 0
        path = int.from_bytes(keccak(key), "big")
        leaf, _ = find(top, path, 0, resolve)
        if leaf is None or leaf.path != path or leaf.value != value:
            raise StoreError(f"damaged: the state tree does not hold the value at 0x{key.hex()}")
        return 1

    for done, (key, stored) in enumerate(reads.transaction.cursor(reads.tables.state), 1):
        _verify_value(key, stored)
        if not stored:
            raise StoreError(f"damaged: the state has an empty value at 0x{key.hex()}")
        if key not in at_tree:
            count += check(key, stored)
        if progress is not None and (done % _REPORT_EVERY == 0 or done == total):
            progress(done, total)
    return count + sum(check(key, stored) for key, stored in at_tree.items())
