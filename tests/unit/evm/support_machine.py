"""A pre-state that answers only what the machine may ask, and sums over worlds."""

from __future__ import annotations

from collections.abc import Mapping

from offchain.conformance.case import Account
from offchain.conformance.machine import memory_state
from offchain.evm.account import code_size_of
from offchain.evm.context import MemoryState

__all__ = ["StrictState", "total_balance"]


class StrictState:
    """Answers each question once: the overlay keeps what it has read. Code only where there is some."""

    def __init__(self, accounts: Mapping[bytes, Account]) -> None:
        self._state: MemoryState = memory_state(accounts)
        self.asked: set[tuple[object, ...]] = set()

    def _once(self, *question: object) -> None:
        assert question not in self.asked, f"asked twice: {question}"
        self.asked.add(question)

    def account(self, address: bytes) -> int:
        self._once("account", address)
        return self._state.account(address)

    def slot(self, address: bytes, key: int) -> int:
        self._once("slot", address, key)
        return self._state.slot(address, key)

    def code_hash(self, address: bytes) -> bytes:
        self._once("code hash", address)
        assert code_size_of(self._state.account(address)), "the code hash of an account without code"
        return self._state.code_hash(address)

    def code(self, code_hash: bytes) -> bytes:
        self._once("code", code_hash)
        assert code_hash in self._state.code_hashes.values()
        return self._state.code(code_hash)


def total_balance(accounts: Mapping[bytes, Account]) -> int:
    """All there is, in wei."""
    return sum(account.balance for account in accounts.values())
