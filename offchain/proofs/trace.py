"""What a player of a dispute asks about a trace, whatever the dispute is about.

One index counts the states of a trace: `unit * 2**24 + step` in an execution, entries in an application.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from offchain.proofs.step_description import StepDescription

__all__ = ["APPLICATION_BITS", "EXECUTION_BITS", "STEP_BITS", "Trace", "check_index"]

EXECUTION_BITS: Final = 36
APPLICATION_BITS: Final = 18
STEP_BITS: Final = 24
"""Of an index of an execution; the others are the unit."""


class Trace(Protocol):
    """The states 0 to ``2**bits`` of what players disagree on.

    ``context_hash``: of the context with the mode of the trace, which the game has bound.
    """

    context_hash: bytes
    bits: int

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """The hash of the state at each index, in any order; repeats are legal."""

    def hash(self, index: int) -> bytes:
        """The hash of the state at the index."""

    def witness(self, index: int) -> bytes:
        """The witness of the step from ``index`` to ``index + 1``, also where the state stays as it is."""

    def describe(self, index: int) -> StepDescription:
        """That step in words."""


def check_index(index: int, last: int) -> None:
    """Raise IndexError for what is no index of the trace."""
    if not 0 <= index <= last:
        raise IndexError(f"no state has the index {index}: the last one is {last}")
