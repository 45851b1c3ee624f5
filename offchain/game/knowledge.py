"""What a player knows of the chain: all that it needs to answer or to point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from offchain.game.games import Form

__all__ = ["Knowledge", "Trace"]


class Trace(Protocol):
    """The states of one trace by index; see `offchain.proofs.trace`."""

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """The hashes at ascending indices."""

    def witness(self, index: int) -> bytes:
        """The witness of the step from ``index`` to the next one."""


class Knowledge(Protocol):
    """A player's own replay of the orders. Raises `StoreError` where a state is not kept any more."""

    def state_root(self, batch: int) -> bytes:
        """h(S_batch)."""

    def diff_root(self, batch: int) -> bytes:
        """h(D_batch), as the player computes it."""

    def trace(self, form: Form, batch: int) -> Trace:
        """The trace of a batch from the player's own S_{batch-1}; of form APPLICATION, of its own D_batch."""
