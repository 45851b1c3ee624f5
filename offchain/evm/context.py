"""What a batch is executed in: the block context that L1 fixed with the order, and the state before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["BatchContext", "MemoryState", "PreState"]


@dataclass(frozen=True, slots=True)
class BatchContext:
    """The block context of one batch, as its order declares it.

    ``prevrandao`` and ``parent_order_hash`` are 32 bytes, ``coinbase`` is 20; the rest are plain integers
    (seconds, gas, wei).
    """

    chain_id: int
    number: int
    timestamp: int
    prevrandao: bytes
    parent_order_hash: bytes
    coinbase: bytes
    gas_limit: int
    base_fee: int
    blob_base_fee: int = 1


class PreState(Protocol):
    """The immutable flat state that a batch starts from. Absent reads are zero."""

    def account(self, address: bytes) -> int:
        """The packed account (see `offchain.evm.account`), 0 if absent."""

    def slot(self, address: bytes, key: int) -> int:
        """A storage value, 0 if absent."""

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the code of an account whose code size is not 0."""

    def code(self, code_hash: bytes) -> bytes:
        """The code with this hash."""


@dataclass(slots=True)
class MemoryState:
    """A `PreState` in dictionaries, for tests, fixtures and tools."""

    accounts: dict[bytes, int] = field(default_factory=dict)
    slots: dict[tuple[bytes, int], int] = field(default_factory=dict)
    code_hashes: dict[bytes, bytes] = field(default_factory=dict)
    codes: Mapping[bytes, bytes] = field(default_factory=dict)

    def account(self, address: bytes) -> int:
        """See `PreState.account`."""
        return self.accounts.get(address, 0)

    def slot(self, address: bytes, key: int) -> int:
        """See `PreState.slot`."""
        return self.slots.get((address, key), 0)

    def code_hash(self, address: bytes) -> bytes:
        """See `PreState.code_hash`."""
        return self.code_hashes[address]

    def code(self, code_hash: bytes) -> bytes:
        """See `PreState.code`."""
        return self.codes[code_hash]
