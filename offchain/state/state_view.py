"""The state after any batch that is kept, read through the values that later batches overwrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offchain.errors import StoreError
from offchain.state.keys import account_key, code_key, slot_key
from offchain.state.records import batch_key

if TYPE_CHECKING:
    from offchain.state.reader import StateReader

__all__ = ["StateView"]

_from_bytes = int.from_bytes


class StateView:
    """The state after one batch, as a `PreState`: a seek in the old values, else a read at the head."""

    __slots__ = ("__weakref__", "_next", "_reader", "batch")

    def __init__(self, reader: StateReader, batch: int) -> None:
        self.batch = batch
        self._next = batch_key(batch + 1)
        self._reader: StateReader | None = reader

    def account(self, address: bytes) -> int:
        """See `PreState.account`."""
        return _from_bytes(self.stored(account_key(address)), "big")

    def slot(self, address: bytes, key: int) -> int:
        """See `PreState.slot`."""
        return _from_bytes(self.stored(slot_key(address, key)), "big")

    def code_hash(self, address: bytes) -> bytes:
        """See `StateReader.code_hash`."""
        found = self.stored(code_key(address))
        if not found:
            raise StoreError(f"account 0x{address.hex()} has no code after batch {self.batch}")
        return found

    def code(self, code_hash: bytes) -> bytes:
        """See `PreState.code`."""
        return self._live().code(code_hash)

    def stored(self, key: bytes) -> bytes:
        """Stored value under a plain key, b"" if absent."""
        reader = self._live()
        cursor = reader.history_cursor()
        # The first batch after this one that overwrote the key holds what the key had here.
        if cursor.set_range(key + self._next) and cursor.key().startswith(key):
            return cursor.value()
        return reader.stored(key)

    def void(self) -> None:
        """Ends the view: its batch is not there any more."""
        self._reader = None

    def _live(self) -> StateReader:
        if self._reader is None:
            raise StoreError(f"the state after batch {self.batch} is not kept any more")
        return self._reader
