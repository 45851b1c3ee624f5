"""Reading a store: the state at its head, and by the changesets at every batch from the lowest kept one on.

A handle keeps one read transaction open, so a read is one look-up in a fixed snapshot. A handle belongs to
one thread. Between processes any number may read beside the one that writes; a reader sees a new head when it
calls `refresh`, and until then the pages of its snapshot can't be used again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

import lmdb

from offchain.errors import StoreError
from offchain.state.diff import Diff
from offchain.state.environment import INITIAL_MAP_SIZE, open_environment, read_data_file, store_errors
from offchain.state.records import StoreHeader
from offchain.state.state_tree import TreeView, read_root, view_at
from offchain.state.state_view import StateView
from offchain.state.tables import HEADER_KEY, TableReads, Tables, open_tables, table_entries
from offchain.trees.sparse_merkle_nodes import Branch, hash_of

if TYPE_CHECKING:
    pass

__all__ = ["StateReader", "existing_tables"]

_from_bytes = int.from_bytes


class StateReader:
    """The state after the head batch, as a `PreState`, and the ways to every other batch that is kept."""

    __slots__ = (
        "__weakref__",
        "_cursor",
        "_environment",
        "_get",
        "_state",
        "_views",
        "header",
        "path",
        "reads",
        "tables",
    )

    def __init__(self, path: Path, environment: lmdb.Environment, tables: Tables) -> None:
        self.path = path
        self.tables = tables
        self._environment = environment
        self._state = tables.state
        self._views: WeakSet[StateView] = WeakSet()
        self.header: StoreHeader
        self.reads: TableReads
        self._begin()

    @classmethod
    def open(cls, path: Path | str, config_hash: bytes | None) -> StateReader:
        """Opens a store for reading. Raises `StoreError` where it is absent, damaged or of another chain.

        ``config_hash`` (32 bytes) is the chain that is expected; None takes any.
        """
        path = Path(path)
        data = read_data_file(path)
        map_size = max(data.map_size, INITIAL_MAP_SIZE)
        environment = open_environment(path, map_size, read_only=True, durable=True)
        try:
            reader = cls(path, environment, existing_tables(path, environment))
            reader.check(config_hash)
        except BaseException:
            environment.close()
            raise
        return reader

    # The state at the head.

    def account(self, address: bytes) -> int:
        """The packed account, 0 if absent."""
        return _from_bytes(self._get(address + b"\x00", b"", self._state), "big")

    def slot(self, address: bytes, key: int) -> int:
        """A storage value, 0 if absent."""
        return _from_bytes(self._get(address + b"\x02" + key.to_bytes(32, "big"), b"", self._state), "big")

    def code_hash(self, address: bytes) -> bytes:
        """Hash of the code of an account that has code; `StoreError` for any other."""
        found = self._get(address + b"\x01", None, self._state)
        if found is None:
            raise StoreError(f"store {self.path}: account 0x{address.hex()} has no code")
        return found

    def code(self, code_hash: bytes) -> bytes:
        """The code with this hash; `StoreError` where the store never saw it."""
        return self.reads.code(code_hash)

    # Batches.

    @property
    def head(self) -> int:
        """The last batch applied."""
        return self.header.head

    @property
    def lowest(self) -> int:
        """The oldest batch whose state can be read."""
        return self.header.lowest

    def check_batch(self, batch: int) -> None:
        """Raises `StoreError` unless the state after ``batch`` can be read."""
        if not self.header.lowest <= batch <= self.header.head:
            kept = f"kept are {self.header.lowest} to {self.header.head}"
            raise StoreError(f"store {self.path}: batch {batch} is not there, {kept}")

    def at(self, batch: int) -> StateView:
        """The state after ``batch``, lowest <= batch <= head; it stays valid while batches are applied."""
        self.check_batch(batch)
        view = StateView(self, batch)
        self._views.add(view)
        return view

    def diff(self, batch: int) -> Diff:
        """D of a batch, lowest < batch <= head."""
        self.check_batch(batch)
        if batch == self.header.lowest:
            raise StoreError(f"store {self.path}: the diff of batch {batch} is not kept, only its state")
        return self.reads.diff(batch)

    def extra(self, batch: int) -> bytes:
        """The bytes that were stored with a batch, lowest <= batch <= head."""
        self.check_batch(batch)
        return self.reads.record(batch).extra

    # The state tree.

    def tree(self, batch: int) -> TreeView:
        """The tree of the state after ``batch``; nothing is written. Valid until the kept tree moves."""
        return view_at(self, batch)

    def state_root(self, batch: int) -> bytes:
        """h(S) after ``batch``, 32 bytes."""
        return self.state_roots([batch])[batch]

    def state_roots(self, batches: Iterable[int]) -> dict[int, bytes]:
        """h(S) after each of some batches; one way up and one way down from the kept tree serve them all."""
        wanted = sorted(set(batches))
        kept = view_at(self, self.header.tree_batch)
        roots: dict[int, bytes] = {}
        for way in (
            [batch for batch in wanted if batch >= kept.batch],
            [batch for batch in reversed(wanted) if batch < kept.batch],
        ):
            view = kept
            for batch in way:
                view = view.moved_to(batch)
                roots[batch] = view.root
        return roots

    # The handle.

    def refresh(self) -> None:
        """Goes to the newest head. Views of batches that were pruned or taken off become void."""
        before = self.header
        self._end()
        self._begin()
        if self.header.rollbacks != before.rollbacks:
            self._void_views(-1, -1)
        else:
            self._void_views(self.header.lowest, self.header.head)

    def close(self) -> None:
        """Ends the handle; harmless when repeated."""
        self._void_views(-1, -1)
        self._end()
        self._environment.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(self, config_hash: bytes | None) -> None:
        """The cheap check at opening: chain, numbers of rows, the last changeset, the top of the tree."""
        header = self.header
        if config_hash is not None and config_hash != header.config_hash:
            have, want = header.config_hash.hex(), config_hash.hex()
            raise StoreError(f"store {self.path}: belongs to another chain, 0x{have}, not to 0x{want}")
        with store_errors(self.path):
            entries = table_entries(self.reads.transaction, self.tables)
            if entries != header.entries:
                raise StoreError(f"store {self.path}: damaged: {entries} rows instead of {header.entries}")
            if entries[2] != header.head - header.lowest + 1:
                raise StoreError(
                    f"store {self.path}: damaged: {entries[2]} batches are kept instead of "
                    f"{header.lowest} to {header.head}"
                )
            try:
                link = self.reads.record(header.head).link()
                self.reads.record(header.lowest)
                top = read_root(self.reads, header.tree_root)
            except StoreError as error:
                raise StoreError(f"store {self.path}: {error}") from error
            if link != header.link:
                raise StoreError(f"store {self.path}: damaged: batch {header.head} does not have its link")
            if isinstance(top, Branch):
                top = Branch(top.left, top.right)
            if hash_of(top) != header.tree_root:
                raise StoreError(f"store {self.path}: damaged: the state tree does not have its root")

    def _begin(self) -> None:
        with store_errors(self.path):
            try:
                transaction = self._environment.begin()
            except lmdb.MapResizedError:
                self._environment.set_mapsize(0)  # another process has enlarged the file: take its size
                transaction = self._environment.begin()
            record = transaction.get(HEADER_KEY, None, self.tables.meta)
        if record is None:
            raise StoreError(f"store {self.path}: has no header: its creation was not finished, make it anew")
        try:
            self.header = StoreHeader.decode(record)
        except StoreError as error:
            raise StoreError(f"store {self.path}: {error}") from error
        self.reads = TableReads(transaction, self.tables)
        self._get = transaction.get
        self._cursor: lmdb.Cursor[bytes] | None = None

    def _end(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None
        self.reads.transaction.abort()

    def _void_views(self, lowest: int, highest: int) -> None:
        """Makes the views of batches outside the range void."""
        for view in list(self._views):
            if not lowest <= view.batch <= highest:
                view.void()

    def history_cursor(self) -> lmdb.Cursor[bytes]:
        """The cursor of the present snapshot over the overwritten values."""
        cursor = self._cursor
        if cursor is None:
            cursor = self._cursor = self.reads.transaction.cursor(self.tables.history)
        return cursor

    def stored(self, key: bytes) -> bytes:
        """Stored value at the head under a plain key, b"" if absent."""
        return self._get(key, b"", self._state)


def existing_tables(path: Path, environment: lmdb.Environment) -> Tables:
    """The tables of a store that was made before."""
    try:
        with store_errors(path):
            return open_tables(environment, create=False)
    except StoreError as error:
        if isinstance(error.__cause__, lmdb.NotFoundError | lmdb.ReadonlyError):
            raise StoreError(
                f"store {path}: no Deltaroll store, or one whose creation was not finished"
            ) from error
        raise
