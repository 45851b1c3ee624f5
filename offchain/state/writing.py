"""What happens inside one write transaction of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb

from offchain.errors import StoreError
from offchain.state.diff import Diff
from offchain.state.environment import store_errors
from offchain.state.records import StoreHeader, batch_key
from offchain.state.tables import HEADER_KEY, TableReads, Tables, table_entries

if TYPE_CHECKING:
    from offchain.state.tables import Transaction

__all__ = ["commit", "drop_old_values", "put_codes", "put_values"]


def commit(
    path: Path,
    environment: lmdb.Environment,
    tables: Tables,
    header: StoreHeader,
    body: Callable[[TableReads, StoreHeader], StoreHeader],
) -> None:
    with store_errors(path), environment.begin(write=True) as transaction:
        changed = body(TableReads(transaction, tables), header)
        changed = replace(changed, entries=table_entries(transaction, tables))
        transaction.put(HEADER_KEY, changed.encode(), db=tables.meta)


def put_codes(transaction: Transaction, tables: Tables, diff: Diff) -> None:
    for code_hash in sorted(set(diff.codes.values())):
        if not code_hash:
            continue
        code = diff.code.get(code_hash)
        if code is not None:
            transaction.put(code_hash, code, overwrite=False, db=tables.codes)
        elif transaction.get(code_hash, None, tables.codes) is None:
            raise StoreError(f"the diff names the code 0x{code_hash.hex()} but does not bring it")


def put_values(
    transaction: Transaction, tables: Tables, keys: list[bytes], values: dict[bytes, bytes]
) -> None:
    """Writes stored values under ascending plain keys; an empty one deletes."""
    state = tables.state
    for key in keys:
        if not values[key]:
            transaction.delete(key, b"", state)
    transaction.cursor(state).putmulti([(key, values[key]) for key in keys if values[key]])


def drop_old_values(reads: TableReads, number: int, keys: dict[bytes, bytes]) -> None:
    """Drops what a batch overwrote."""
    suffix, history = batch_key(number), reads.tables.history
    for key in sorted(keys):
        if not reads.transaction.delete(key + suffix, b"", history):
            raise StoreError(f"damaged: the value that batch {number} overwrote at 0x{key.hex()} is missing")
