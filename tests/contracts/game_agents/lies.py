"""Dishonest strategies and a false knowledge, a few lines each."""

from __future__ import annotations

from offchain.game.games import Form, Phase
from offchain.game.knowledge import Knowledge, Trace
from offchain.game.moves import Move, Object
from offchain.game.players import GameView, sequencer_move
from offchain.hashing import keccak

FALSE_ROOT = keccak(b"no such state")


def objecting(view: GameView, own: Knowledge) -> Move | None:
    """A sequencer that brings up a false h(S_{n-1}) and is honest otherwise: case B."""
    if view.live and view.game.phase is Phase.ANSWER:
        return Object(FALSE_ROOT)
    return sequencer_move(view, own)


def silent(view: GameView, own: Knowledge) -> Move | None:
    """Never moves."""
    del view, own
    return None


class FalseDiffs:
    """A knowledge that denies what is right: h(D) of some batches, and with it all that they lead to."""

    def __init__(self, right: Knowledge, *batches: int) -> None:
        self._right = right
        self._batches = batches

    def state_root(self, batch: int) -> bytes:
        return self._right.state_root(batch)

    def diff_root(self, batch: int) -> bytes:
        root = self._right.diff_root(batch)
        return keccak(root) if batch in self._batches else root

    def trace(self, form: Form, batch: int) -> Trace:
        return self._right.trace(form, batch)


class FalseStates(FalseDiffs):
    """A knowledge with another h(S) of some batches."""

    def state_root(self, batch: int) -> bytes:
        root = self._right.state_root(batch)
        return keccak(root) if batch in self._batches else root

    def diff_root(self, batch: int) -> bytes:
        return self._right.diff_root(batch)
