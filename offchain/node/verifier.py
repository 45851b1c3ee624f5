"""The verifier: from L1 alone it rebuilds the state and compares every claim with what execution gives.

The lowest claim that differs is the one to dispute: nothing above it can become final before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offchain.errors import DecodeError
from offchain.l1.claims import Claim, ClaimBook, StateClaim
from offchain.node.diff_file import read_diff
from offchain.node.finding import ClaimKind, EntryDifference, Finding, differences
from offchain.node.replica import Progress, Replica

__all__ = ["Verdict", "Verifier"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known after one reading of L1.

    ordered, claimed, finalized: the last batch of each kind. base: r. checked: how many standing claims were
    compared, h(D) and h(S). first: the false claim of the lowest batch. ``l1_block``: where the reading ended.
    """

    l1_block: int
    ordered: int
    claimed: int
    finalized: int
    base: int
    applied: int
    rolled_back: int
    checked: int
    checked_states: int
    first: Finding | None
    false_claims: int

    @property
    def is_right(self) -> bool:
        """Whether every claim that stands is true."""
        return self.first is None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "right": self.is_right,
            "l1Block": self.l1_block,
            "ordered": self.ordered,
            "claimed": self.claimed,
            "finalized": self.finalized,
            "base": self.base,
            "applied": self.applied,
            "rolledBack": self.rolled_back,
            "checkedClaims": self.checked,
            "checkedStates": self.checked_states,
            "falseClaims": self.false_claims,
            "first": None if self.first is None else self.first.to_json(),
        }


class Verifier:
    """Checks the claims of one rollup. ``diffs``: where sequencers publish their diffs, if that is known."""

    def __init__(self, replica: Replica, diffs: Path | None = None) -> None:
        self.replica = replica
        self._diffs = diffs

    def check(self, progress: Progress | None = None) -> Verdict:
        """Reads L1 to its newest block and compares every standing claim. Raises what `Replica.sync` does."""
        synced = self.replica.sync(progress)
        book = synced.book
        false = [claim for claim in self._claims(book) if claim.diff_root != self._diff_root(claim.batch)]
        states = self._states(book)
        roots = {claim.serial: self.replica.store.state_root(claim.batch) for claim in states}
        false_states = [claim for claim in states if claim.state_root != roots[claim.serial]]
        first: Finding | None = None
        # h(S_m) sums up all batches up to m, so that a false h(D_n), n <= m, is the finer finding.
        if false and not any(state.batch < false[0].batch for state in false_states):
            first = self._finding(false[0], book)
        elif false_states:
            first = _state_finding(false_states[0], roots[false_states[0].serial], book)
        return Verdict(
            l1_block=synced.block.number,
            ordered=self.replica.store.head,
            claimed=book.claimed,
            finalized=book.finalized,
            base=book.base[0],
            applied=synced.applied,
            rolled_back=synced.rolled_back,
            checked=len(self._claims(book)),
            checked_states=len(states),
            first=first,
            false_claims=len(false) + len(false_states),
        )

    def _claims(self, book: ClaimBook) -> list[Claim]:
        lowest = self.replica.store.lowest
        return [book.claims[batch] for batch in range(max(lowest, 1), book.claimed + 1)]

    def _states(self, book: ClaimBook) -> list[StateClaim]:
        """State claims by batch, as far down as the store reaches."""
        claims = list(book.final_states.values())
        if book.pending_state is not None:
            claims.append(book.pending_state)
        lowest = self.replica.store.lowest
        return sorted((claim for claim in claims if claim.batch >= lowest), key=lambda claim: claim.batch)

    def _diff_root(self, batch: int) -> bytes:
        return self.replica.note(batch).diff_root

    def _finding(self, claim: Claim, book: ClaimBook) -> Finding:
        store = self.replica.store
        entries: tuple[EntryDifference, ...] = ()
        note = ""
        if self._diffs is None:
            note = "the claimed diff is not known: give the folder where the sequencer publishes it"
        elif claim.batch == store.lowest:
            note = "the diff of this batch is not kept any more"
        else:
            try:
                published = read_diff(self._diffs, claim.batch, claim.diff_root)
                entries = differences(published, store.diff(claim.batch))
            except DecodeError as error:
                note = str(error)
        return Finding(
            kind=ClaimKind.DIFF,
            batch=claim.batch,
            serial=claim.serial,
            term=claim.term,
            final=claim.batch <= book.finalized,
            claimed=claim.diff_root,
            computed=self._diff_root(claim.batch),
            entries=entries,
            note=note,
        )


def _state_finding(claim: StateClaim, computed: bytes, book: ClaimBook) -> Finding:
    return Finding(
        kind=ClaimKind.STATE,
        batch=claim.batch,
        serial=claim.serial,
        term=claim.term,
        final=claim.batch <= book.base[0],
        claimed=claim.state_root,
        computed=computed,
        note="every h(D) up to this batch is as claimed",
    )
