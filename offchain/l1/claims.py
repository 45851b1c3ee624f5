"""The replaceable half of the rollup, folded from its events: claims, finality, state claims, the role.

Every event must fit what came before it: a node of L1 that drops or invents one is found out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from offchain.errors import NetworkError
from offchain.l1.events import (
    BatchesClaimed,
    BatchesFinalized,
    ClaimEvent,
    ClaimsDeleted,
    RetirementBegan,
    SequencerSlashed,
    StateClaimDeleted,
    StateClaimed,
    StateFinalized,
    TermBegan,
    TermEnded,
)

__all__ = ["Claim", "ClaimBook", "Role", "StateClaim"]


class Role(StrEnum):
    """Whether there is a sequencer, and what it may do."""

    VACANT = "vacant"
    ACTIVE = "active"
    RETIRING = "retiring"


@dataclass(frozen=True, slots=True)
class Claim:
    """A standing claim of h(D_batch); ``time`` is when it was made."""

    batch: int
    diff_root: bytes
    serial: int
    term: int
    time: int


@dataclass(frozen=True, slots=True)
class StateClaim:
    """A claim of h(S_batch), pending or final."""

    batch: int
    state_root: bytes
    serial: int
    term: int
    time: int


class ClaimBook:
    """What stands after all events given to `apply`, in their order."""

    def __init__(self, genesis_state_root: bytes) -> None:
        self.claims: dict[int, Claim] = {}
        self.claimed = 0
        self.finalized = 0
        self.serial = 0
        self.base: tuple[int, bytes] = (0, genesis_state_root)
        self.pending_state: StateClaim | None = None
        self.final_states: dict[int, StateClaim] = {}
        self.term = 0
        self.role = Role.VACANT
        self.sequencer: bytes | None = None

    def apply(self, event: ClaimEvent) -> None:
        """Goes on by one event; raises `NetworkError` where it does not fit."""
        _RULES[type(event)](self, event)

    def claimed_since(self, serial: int) -> list[Claim]:
        """The standing claims with a higher serial, by batch."""
        found: list[Claim] = []
        for batch in range(self.claimed, 0, -1):
            claim = self.claims[batch]
            if claim.serial <= serial:
                break
            found.append(claim)
        return found[::-1]

    def _begin_term(self, event: TermBegan) -> None:
        _fit(self.role is Role.VACANT and event.term == self.term + 1, event)
        self.term, self.role, self.sequencer = event.term, Role.ACTIVE, event.sequencer

    def _retire(self, event: RetirementBegan) -> None:
        _fit(self.role is Role.ACTIVE and event.term == self.term, event)
        self.role = Role.RETIRING

    def _end_term(self, event: TermEnded) -> None:
        idle = self.claimed == self.finalized and self.pending_state is None
        _fit(self.role is Role.RETIRING and event.term == self.term and idle, event)
        self.role, self.sequencer = Role.VACANT, None

    def _slash(self, event: SequencerSlashed) -> None:
        undone = self.claimed == self.finalized and self.pending_state is None
        _fit(self.role is not Role.VACANT and event.term == self.term and undone, event)
        self.role, self.sequencer = Role.VACANT, None

    def _claim(self, event: BatchesClaimed) -> None:
        in_turn = event.first_batch == self.claimed + 1 and event.first_serial == self.serial + 1
        _fit(in_turn and event.term == self.term and self.role is Role.ACTIVE, event)
        for offset, root in enumerate(event.diff_roots):
            batch = event.first_batch + offset
            self.claims[batch] = Claim(batch, root, event.first_serial + offset, event.term, event.time)
        self.claimed += len(event.diff_roots)
        self.serial += len(event.diff_roots)

    def _delete(self, event: ClaimsDeleted) -> None:
        fits = event.first_batch == self.finalized + 1 and event.last_batch == self.claimed
        _fit(fits and event.term == self.term, event)
        for batch in range(event.first_batch, event.last_batch + 1):
            del self.claims[batch]
        self.claimed = self.finalized

    def _finalize(self, event: BatchesFinalized) -> None:
        _fit(event.first_batch == self.finalized + 1 <= event.last_batch <= self.claimed, event)
        self.finalized = event.last_batch

    def _claim_state(self, event: StateClaimed) -> None:
        free = self.pending_state is None and event.serial == self.serial + 1
        in_range = self.base[0] < event.batch <= self.finalized
        _fit(free and in_range and event.term == self.term and self.role is Role.ACTIVE, event)
        self.pending_state = StateClaim(event.batch, event.state_root, event.serial, event.term, event.time)
        self.serial = event.serial

    def _finalize_state(self, event: StateFinalized) -> None:
        pending = self._pending(event)
        _fit(pending.state_root == event.state_root, event)
        self.base = event.batch, event.state_root
        self.final_states[event.batch] = pending
        self.pending_state = None

    def _delete_state(self, event: StateClaimDeleted) -> None:
        self._pending(event)
        self.pending_state = None

    def _pending(self, event: StateFinalized | StateClaimDeleted) -> StateClaim:
        pending = self.pending_state
        if pending is None or pending.batch != event.batch or pending.serial != event.serial:
            raise NetworkError(_misfit(event))
        return pending


_RULES: Final[Mapping[type[ClaimEvent], Callable[[ClaimBook, Any], None]]] = {
    TermBegan: ClaimBook._begin_term,
    RetirementBegan: ClaimBook._retire,
    TermEnded: ClaimBook._end_term,
    SequencerSlashed: ClaimBook._slash,
    BatchesClaimed: ClaimBook._claim,
    ClaimsDeleted: ClaimBook._delete,
    BatchesFinalized: ClaimBook._finalize,
    StateClaimed: ClaimBook._claim_state,
    StateFinalized: ClaimBook._finalize_state,
    StateClaimDeleted: ClaimBook._delete_state,
}


def _fit(fits: bool, event: ClaimEvent) -> None:
    if not fits:
        raise NetworkError(_misfit(event))


def _misfit(event: ClaimEvent) -> str:
    return f"the L1 node contradicts itself: {type(event).__name__} does not fit the events before it"
