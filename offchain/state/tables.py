"""The tables of a store (LMDB sub-databases) and the reads that a reading and a writing transaction share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import lmdb

from offchain.errors import StoreError
from offchain.state.changes import diff_of
from offchain.state.diff import Diff
from offchain.state.records import BatchRecord, batch_key, decode_changes
from offchain.trees.code_pages import code_root

if TYPE_CHECKING:
    from lmdb import _Database

    Transaction: TypeAlias = lmdb.Transaction[bytes]

__all__ = ["HEADER_KEY", "TableReads", "Tables", "open_tables", "table_entries"]

HEADER_KEY: Final = b"header"
_CODE_ROOTS_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Tables:
    """Handles of the sub-databases; docs/state.md gives their keys and values."""

    meta: _Database
    state: _Database
    history: _Database
    batches: _Database
    codes: _Database
    tree: _Database


def open_tables(environment: lmdb.Environment, *, create: bool) -> Tables:
    """Opens every table; `lmdb.NotFoundError` where one is missing and may not be made."""
    names = (b"meta", b"state", b"history", b"batches", b"codes", b"tree")
    return Tables(*(environment.open_db(name, create=create) for name in names))


def table_entries(transaction: Transaction, tables: Tables) -> tuple[int, int, int, int, int]:
    """Number of rows of state, history, batches, codes and tree."""
    stat = transaction.stat
    return (
        stat(tables.state)["entries"],
        stat(tables.history)["entries"],
        stat(tables.batches)["entries"],
        stat(tables.codes)["entries"],
        stat(tables.tree)["entries"],
    )


class TableReads:
    """Typed reads within one transaction. What must be there and is not is damage: `StoreError`."""

    __slots__ = ("_get", "code_root", "tables", "transaction")

    def __init__(self, transaction: Transaction, tables: Tables) -> None:
        self.transaction = transaction
        self.tables = tables
        self._get = transaction.get
        self.code_root = lru_cache(_CODE_ROOTS_KEPT)(lambda code_hash: code_root(self.code(code_hash)))

    def code(self, code_hash: bytes) -> bytes:
        """The code with this hash."""
        code = self._get(code_hash, None, self.tables.codes)
        if code is None:
            raise StoreError(f"damaged: no code with the hash 0x{code_hash.hex()}")
        return code

    def record(self, number: int) -> BatchRecord:
        """The record of a batch."""
        record = self._get(batch_key(number), None, self.tables.batches)
        if record is None:
            raise StoreError(f"damaged: there is no record of batch {number}")
        return BatchRecord.decode(record)

    def new_values(self, number: int) -> dict[bytes, bytes]:
        """What a batch wrote: plain key -> stored value."""
        return decode_changes(self.record(number).rows)

    def old_values(self, number: int) -> dict[bytes, bytes]:
        """What a batch overwrote: plain key -> stored value."""
        get, history, suffix = self._get, self.tables.history, batch_key(number)
        values: dict[bytes, bytes] = {}
        for key in self.new_values(number):
            old = get(key + suffix, None, history)
            if old is None:
                raise StoreError(
                    f"damaged: the value that batch {number} overwrote at 0x{key.hex()} is missing"
                )
            values[key] = old
        return values

    def diff(self, number: int) -> Diff:
        """D of a batch."""
        return diff_of(self.new_values(number), self.code)

    def changes_between(self, start: int, end: int, limit: int) -> Iterator[tuple[int, dict[bytes, bytes]]]:
        """The way from S_start to S_end in pieces of about ``limit`` keys: (batch reached, key -> value).

        Goes forward by the batches' rows and backward by what they overwrote. A piece may hold keys that have
        the same value at both of its ends.
        """
        merged: dict[bytes, bytes] = {}
        step = 1 if end > start else -1
        for reached in range(start + step, end + step, step):
            merged.update(self.new_values(reached) if step == 1 else self.old_values(reached + 1))
            if len(merged) >= limit:
                yield reached, merged
                merged = {}
        if merged:
            yield end, merged
