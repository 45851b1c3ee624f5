"""The flat store, opened by its one writer. A batch is one write transaction: there wholly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lmdb

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.changes import changes_of
from offchain.state.creation import fill
from offchain.state.diff import Diff
from offchain.state.environment import (
    INITIAL_MAP_SIZE,
    WRITER_FILE,
    WriterLock,
    extend,
    grow,
    open_environment,
    read_data_file,
    remove_files,
    store_errors,
    sync_directory,
)
from offchain.state.reader import StateReader, existing_tables
from offchain.state.records import BatchRecord, StoreHeader, batch_key, encode_changes, hash_changes
from offchain.state.state_tree import CHUNK_KEYS, rewrite
from offchain.state.tables import TableReads, Tables, open_tables
from offchain.state.writing import commit, drop_old_values, put_codes, put_values

__all__ = ["FlatStore", "Progress"]

Progress = Callable[[int, int], None]
"""Hears (done, of how many): keys when a store is made, batches when the tree moves."""


class FlatStore(StateReader):
    """A store opened for writing. At most one handle in all processes; close it, or use it in a ``with``."""

    __slots__ = ("_lock", "_max_size")

    def __init__(
        self,
        path: Path,
        environment: lmdb.Environment,
        tables: Tables,
        lock: WriterLock,
        max_size: int | None,
    ) -> None:
        self._lock = lock
        self._max_size = max_size
        super().__init__(path, environment, tables)

    @classmethod
    def create(
        cls,
        path: Path | str,
        allocation: Diff,
        config_hash: bytes,
        *,
        batch: int = 0,
        extra: bytes = b"",
        durable: bool = True,
        max_size: int | None = None,
        progress: Progress | None = None,
    ) -> FlatStore:
        """Makes a store in the new or empty directory ``path`` and opens it; its tree is built at once.

        ``allocation`` is S_``batch`` as a diff from the empty state, ``extra`` is kept for that batch. Raises
        `StoreError` where the directory holds anything, and leaves nothing behind where it fails.
        """
        path = Path(path)
        with store_errors(path):
            made = not path.exists()
            if made:
                path.mkdir()
            elif not path.is_dir():
                raise StoreError(f"store {path}: not a directory")
            elif any(path.iterdir()):
                raise StoreError(_not_empty(path))
        lock = WriterLock(path)
        try:
            _require_alone(path)
        except BaseException:
            lock.release()  # what is there belongs to somebody else
            raise
        environment: lmdb.Environment | None = None
        try:
            environment = open_environment(path, INITIAL_MAP_SIZE, read_only=False, durable=durable)
            extend(path, INITIAL_MAP_SIZE)
            tables = open_tables(environment, create=True)
            fill(path, environment, tables, allocation, config_hash, batch, extra, max_size, progress)
            if durable:
                sync_directory(path)
                sync_directory(path.resolve().parent)
            return cls(path, environment, tables, lock, max_size)
        except BaseException:
            if environment is not None:
                environment.close()
            remove_files(path, with_directory=made)
            lock.release()
            raise

    @classmethod
    def open(
        cls,
        path: Path | str,
        config_hash: bytes | None,
        *,
        durable: bool = True,
        max_size: int | None = None,
    ) -> FlatStore:
        """Opens a store for writing. `StoreError` as `StateReader.open`, and where another writer has it.

        ``max_size`` bounds the data file in bytes. Without ``durable`` a power cut may lose the last batches.
        """
        path = Path(path)
        read_data_file(path)
        lock = WriterLock(path)
        environment: lmdb.Environment | None = None
        try:
            map_size = max(read_data_file(path).map_size, INITIAL_MAP_SIZE)
            environment = open_environment(path, map_size, read_only=False, durable=durable)
            store = cls(path, environment, existing_tables(path, environment), lock, max_size)
            store.check(config_hash)
            extend(path, map_size)
        except BaseException:
            if environment is not None:
                environment.close()
            lock.release()
            raise
        return store

    def apply(self, number: int, diff: Diff, extra: bytes = b"") -> None:
        """Makes ``diff`` the batch after the head, with ``extra`` beside it: all or, on any error, nothing.

        Raises `StoreError` where ``number`` is not head + 1, the diff is not canonical (an entry changes
        nothing), a code is missing, or the disk is full.
        """
        changes = changes_of(diff)
        rows = encode_changes(changes)
        keys = sorted(changes)

        def body(reads: TableReads, header: StoreHeader) -> StoreHeader:
            if number != header.head + 1:
                raise StoreError(f"store {self.path}: batch {number} can't follow batch {header.head}")
            transaction, tables = reads.transaction, reads.tables
            put_codes(transaction, tables, diff)
            get, state, suffix = transaction.get, tables.state, batch_key(number)
            old_values = {key: get(key, b"", state) for key in keys}
            for key, old in old_values.items():
                if changes[key] == old:
                    raise StoreError(f"store {self.path}: batch {number} changes nothing at 0x{key.hex()}")
            put_values(transaction, tables, keys, changes)
            transaction.cursor(tables.history).putmulti(
                [(key + suffix, old) for key, old in old_values.items()]
            )
            record = BatchRecord(header.link, hash_changes(old_values), extra, rows).encode()
            transaction.put(batch_key(number), record, db=tables.batches)
            return replace(header, head=number, link=keccak(record))

        self._write(body)

    def roll_back(self, to: int, progress: Progress | None = None) -> None:
        """Takes off the batches above ``to``, lowest <= to <= head: the state is then exactly S_``to``.

        A tree kept above ``to`` goes back first, in a transaction of its own. Codes stay.
        """
        self.check_batch(to)
        if to == self.head:
            return
        if self.header.tree_batch > to:
            self.move_tree(to, progress)

        def body(reads: TableReads, header: StoreHeader) -> StoreHeader:
            transaction, tables = reads.transaction, reads.tables
            link = header.link
            for number in range(header.head, to, -1):
                old_values = reads.old_values(number)
                put_values(transaction, tables, sorted(old_values), old_values)
                link = reads.record(number).parent_link
                drop_old_values(reads, number, old_values)
                transaction.delete(batch_key(number), b"", tables.batches)
            return replace(header, head=to, link=link, rollbacks=header.rollbacks + 1)

        self._write(body)
        self._void_views(self.lowest, to)

    def prune(self, lowest: int, progress: Progress | None = None) -> None:
        """Forgets what only states before S_``lowest`` need. Nothing happens where that is done already.

        A tree kept below comes forward first, in a transaction of its own.
        """
        if lowest <= self.lowest:
            return
        self.check_batch(lowest)
        if self.header.tree_batch < lowest:
            self.move_tree(lowest, progress)

        def body(reads: TableReads, header: StoreHeader) -> StoreHeader:
            for number in range(header.lowest, lowest + 1):
                if number > header.lowest:
                    drop_old_values(reads, number, reads.new_values(number))
                if number < lowest:
                    reads.transaction.delete(batch_key(number), b"", reads.tables.batches)
            return replace(header, lowest=lowest)

        self._write(body)
        self._void_views(lowest, self.head)

    def move_tree(self, to: int, progress: Progress | None = None) -> None:
        """Brings the kept state tree to ``to``, lowest <= to <= head, forward or back, in one transaction."""
        self.check_batch(to)
        start = self.header.tree_batch
        if start == to:
            return

        def body(reads: TableReads, header: StoreHeader) -> StoreHeader:
            def report(reached: int) -> None:
                if progress is not None:
                    progress(abs(reached - start), abs(to - start))

            pieces = reads.changes_between(start, to, CHUNK_KEYS)
            root = rewrite(reads, header.tree_root, pieces, report)
            return replace(header, tree_batch=to, tree_root=root)

        self._write(body)

    def state_root(self, batch: int) -> bytes:
        """h(S) after ``batch``, 32 bytes. Above the kept tree it is brought forward, so the work is kept."""
        self.check_batch(batch)
        if batch > self.header.tree_batch:
            self.move_tree(batch)
        return super().state_root(batch)

    def close(self) -> None:
        """Ends the handle and gives the right to write back; harmless when repeated."""
        super().close()
        self._lock.release()

    def _write(self, body: Callable[[TableReads, StoreHeader], StoreHeader]) -> None:
        """Runs ``body`` in a write transaction of its own, anew after each growth of the map."""
        while True:
            try:
                commit(self.path, self._environment, self.tables, self.header, body)
                break
            except lmdb.MapFullError:
                self._end()
                try:
                    grow(self.path, self._environment, self._max_size)
                finally:
                    self._begin()
        self._end()
        self._begin()


def _require_alone(path: Path) -> None:
    """Raises `StoreError` where another maker came first, between our first look and our lock."""
    with store_errors(path):
        if any(entry.name != WRITER_FILE for entry in path.iterdir()):
            raise StoreError(_not_empty(path))


def _not_empty(path: Path) -> str:
    return f"store {path}: the directory is not empty, a new store needs an empty one"
