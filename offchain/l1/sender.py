"""Transactions to RollupManager. Whatever L1 refuses is one `NetworkError` that names the contract's error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

__all__ = ["OrderContext", "RollupSender", "Sent"]


@dataclass(frozen=True, slots=True)
class OrderContext:
    """What an order declares and L1 checks. ``prevrandao`` is the hash of L1 block ``l1_block``."""

    timestamp: int
    l1_block: int
    prevrandao: bytes
    coinbase: bytes

    def as_tuple(self) -> tuple[int | bytes, ...]:
        """The struct as the contract takes it."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that L1 took."""

    block: int
    gas_used: int


class RollupSender(Protocol):
    """The calls of a sequencer. Each raises `NetworkError` where L1 refuses, and else is done on return."""

    def begin_term(self, stake: int) -> Sent:
        """Deposit the stake."""

    def append(self, parent_hash: bytes, context: OrderContext, data: bytes) -> Sent:
        """Order a batch."""

    def append_and_claim(
        self,
        parent_hash: bytes,
        context: OrderContext,
        data: bytes,
        first_batch: int,
        previous_serial: int,
        diff_roots: Sequence[bytes],
    ) -> Sent:
        """Order a batch and claim from ``first_batch`` on, in one transaction."""

    def claim(
        self, first_batch: int, last_order_hash: bytes, previous_serial: int, diff_roots: Sequence[bytes]
    ) -> Sent:
        """Claim batches that were ordered before."""

    def finalize(self, max_count: int) -> Sent:
        """Move the final index."""

    def claim_state(self, batch: int, order_hash: bytes, previous_serial: int, state_root: bytes) -> Sent:
        """Claim h(S_batch)."""

    def finalize_state(self, serial: int) -> Sent:
        """Make the pending state claim final."""
