"""A flat account store for py-evm: dictionaries and a journal in place of its tries and caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eth.constants import EMPTY_SHA3
from eth.db.journal import get_next_checkpoint

from offchain.evm.account import pack_account
from offchain.hashing import keccak
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount

__all__ = ["FlatAccountDB"]

_ABSENT: Final = object()


class FlatAccountDB:
    """Py-evm's `AccountDatabaseAPI` over dictionaries. There is no state root."""

    state_root = bytes(32)

    def __init__(self, db: object = None, state_root: bytes = b"") -> None:
        self._balances: dict[bytes, int] = {}
        self._nonces: dict[bytes, int] = {}
        self._codes: dict[bytes, bytes] = {}
        self._slots: dict[tuple[bytes, int], int] = {}
        self._originals: dict[tuple[bytes, int], int] = {}
        self._warm: dict[Any, bool] = {}
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []
        self._marks: dict[int, int] = {}
        # What the batch began with, of all that was written.
        self._before: dict[bytes, tuple[int, int, bytes]] = {}
        self._slots_before: dict[tuple[bytes, int], int] = {}

    def load(self, genesis: Mapping[bytes, GenesisAccount]) -> None:
        """Take these accounts as the first state."""
        for address, account in genesis.items():
            self._balances[address] = account.balance
            if account.nonce:
                self._nonces[address] = account.nonce
            if account.code:
                self._codes[address] = account.code
            for key, value in account.storage.items():
                self._slots[address, key] = value

    def diff(self) -> Diff:
        """What changed since `load`, net."""
        accounts: dict[bytes, int] = {}
        codes: dict[bytes, bytes] = {}
        code: dict[bytes, bytes] = {}
        for address, (nonce, balance, old_code) in self._before.items():
            raw = self._codes.get(address, b"")
            word = pack_account(self.get_nonce(address), self.get_balance(address), len(raw))
            if word != pack_account(nonce, balance, len(old_code)):
                accounts[address] = word
            if raw != old_code:
                codes[address] = keccak(raw) if raw else b""
                code[codes[address]] = raw
        slots = {slot: self._slots.get(slot, 0) for slot in self._slots_before}
        changed = {slot: value for slot, value in slots.items() if value != self._slots_before[slot]}
        return Diff(accounts, changed, codes, code)

    def _write(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def _note(self, address: bytes) -> None:
        if address not in self._before:
            self._before[address] = (
                self._nonces.get(address, 0),
                self._balances.get(address, 0),
                self._codes.get(address, b""),
            )

    # Storage

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        where = (address, slot)
        if not from_journal and where in self._originals:
            return self._originals[where]
        return self._slots.get(where, 0)

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        where = (address, slot)
        current = self._slots.get(where, 0)
        self._originals.setdefault(where, current)
        self._slots_before.setdefault(where, current)
        self._write(self._slots, where, value)

    def delete_storage(self, address: bytes) -> None:
        for where in [where for where in self._slots if where[0] == address]:
            self.set_storage(address, where[1], 0)

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        if (address, slot) not in self._warm:
            self._write(self._warm, (address, slot), True)

    # Accounts

    def get_balance(self, address: bytes) -> int:
        return self._balances.get(address, 0)

    def set_balance(self, address: bytes, balance: int) -> None:
        self._note(address)
        self._write(self._balances, address, balance)

    def get_nonce(self, address: bytes) -> int:
        return self._nonces.get(address, 0)

    def set_nonce(self, address: bytes, nonce: int) -> None:
        self._note(address)
        self._write(self._nonces, address, nonce)

    def increment_nonce(self, address: bytes) -> None:
        self.set_nonce(address, self._nonces.get(address, 0) + 1)

    def set_code(self, address: bytes, code: bytes) -> None:
        self._note(address)
        self._write(self._codes, address, code)

    def get_code(self, address: bytes) -> bytes:
        return self._codes.get(address, b"")

    def get_code_hash(self, address: bytes) -> bytes:
        code = self._codes.get(address)
        return keccak(code) if code else EMPTY_SHA3

    def delete_code(self, address: bytes) -> None:
        self.set_code(address, b"")

    def account_has_code_or_nonce(self, address: bytes) -> bool:
        return bool(self._nonces.get(address) or self._codes.get(address))

    def delete_account(self, address: bytes) -> None:
        self.delete_storage(address)
        self._note(address)
        for table in (self._balances, self._nonces, self._codes):
            if address in table:
                self._journal.append((table, address, table.pop(address)))

    def account_exists(self, address: bytes) -> bool:
        return address in self._balances or address in self._nonces or address in self._codes

    def touch_account(self, address: bytes) -> None:
        if not self.account_exists(address):
            self.set_balance(address, 0)

    def account_is_empty(self, address: bytes) -> bool:
        return not self._balances.get(address) and not self.account_has_code_or_nonce(address)

    def is_address_warm(self, address: bytes) -> bool:
        return address in self._warm

    def mark_address_warm(self, address: bytes) -> None:
        if address not in self._warm:
            self._write(self._warm, address, True)

    # Checkpoints: numbers from py-evm's own counter, for its transient storage must not know them yet

    def record(self) -> int:
        checkpoint = get_next_checkpoint()
        self._marks[checkpoint] = len(self._journal)
        return checkpoint

    def discard(self, checkpoint: int) -> None:
        journal = self._journal
        length = self._marks[checkpoint]
        while len(journal) > length:
            table, key, old = journal.pop()
            if old is _ABSENT:
                del table[key]
            else:
                table[key] = old

    def commit(self, checkpoint: int) -> None:
        """What happened since the checkpoint stays in the journal of the one before."""

    def lock_changes(self) -> None:
        self._journal.clear()
        self._marks.clear()
        self._originals.clear()
        self._warm.clear()

    # Roots, of which there are none

    def has_root(self, state_root: bytes) -> bool:
        return True

    def make_state_root(self) -> bytes:
        return self.state_root

    def persist(self) -> None:
        raise NotImplementedError("there is nothing behind the dictionaries")
