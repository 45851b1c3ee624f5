"""A game between two moves, its hash, and whose turn it is. Twins: contracts/game/Games.sol, interfaces/IGameTypes.sol.

L1 stores one hash of a game; every call hands in the game that it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from offchain.hashing import keccak

__all__ = ["Base", "Disputed", "Form", "Game", "Kind", "Phase", "Reason", "Side", "Stage"]

_TAG: Final = keccak(b"deltaroll.game")


class Kind(IntEnum):
    """What is disputed: a claim h(D_n), or a state claim h(S_m)."""

    CLAIM = 0
    STATE = 1


class Stage(IntEnum):
    """BATCHES: stage one, over the hashes of states. TRACE: stage two, over the steps of one batch."""

    BATCHES = 0
    TRACE = 1


class Form(IntEnum):
    """The trace of stage two. EXECUTION: start to DIFF. APPLICATION: APPLY to STATE. FULL: start to STATE."""

    EXECUTION = 0
    APPLICATION = 1
    FULL = 2


class Phase(IntEnum):
    """What the next move is. ANSWER and REVEAL are the sequencer's, the others the challenger's."""

    ANSWER = 0
    REVEAL = 1
    POINT = 2
    CHOOSE = 3
    STEP = 4


class Side(IntEnum):
    """The two sides."""

    SEQUENCER = 0
    CHALLENGER = 1


class Reason(IntEnum):
    """How a game was decided."""

    STEP = 0
    TIME_OUT = 1


@dataclass(frozen=True, slots=True)
class Base:
    """The last final state when the game was opened: h(S_r) and r."""

    state_root: bytes
    batch: int


@dataclass(frozen=True, slots=True)
class Disputed:
    """What was frozen of the claim. ``root`` is h(D_n) or h(S_m), ``batch`` n or m; hashes are those of the orders."""

    sequencer: bytes
    term: int
    serial: int
    batch: int
    root: bytes
    parent_hash: bytes
    order_hash: bytes
    base: Base


@dataclass(frozen=True, slots=True)
class Game:
    """See `IGameTypes.Game`, whose fields and order these are. Hashes are 32 bytes, addresses 20, times seconds."""

    id: int
    kind: Kind
    challenger: bytes
    disputed: Disputed
    parent_root: bytes
    phase: Phase
    stage: Stage
    form: Form
    batch: int
    context_hash: bytes
    low: int
    high: int
    low_hash: bytes
    high_hash: bytes
    vector_root: bytes
    moved_at: int
    sequencer_time: int
    challenger_time: int

    @property
    def length(self) -> int:
        """Of the range, at least 1 but in phase ANSWER."""
        return self.high - self.low

    @property
    def turn(self) -> Side:
        """The side whose clock runs."""
        return Side.SEQUENCER if self.phase in (Phase.ANSWER, Phase.REVEAL) else Side.CHALLENGER

    @property
    def deadline(self) -> int:
        """The last second in which the side on turn may move."""
        left = self.sequencer_time if self.turn is Side.SEQUENCER else self.challenger_time
        return self.moved_at + left

    def hash(self) -> bytes:
        """H(tag ‖ every field in order, 32 bytes each)."""
        return keccak(_TAG + b"".join([_word(value) for value in _flat(self.as_tuple())]))

    def as_tuple(self) -> tuple[Any, ...]:
        """The struct as the contract takes it."""
        d = self.disputed
        disputed = (
            *(d.sequencer, d.term, d.serial, d.batch, d.root, d.parent_hash, d.order_hash),
            (d.base.state_root, d.base.batch),
        )
        return (
            *(self.id, int(self.kind), self.challenger, disputed, self.parent_root),
            *(int(self.phase), int(self.stage), int(self.form), self.batch, self.context_hash),
            *(self.low, self.high, self.low_hash, self.high_hash, self.vector_root),
            *(self.moved_at, self.sequencer_time, self.challenger_time),
        )

    @classmethod
    def from_tuple(cls, value: tuple[Any, ...]) -> Game:
        """The inverse of `as_tuple`; addresses are bytes."""
        number, kind, challenger, frozen, parent_root, phase, stage, form, *rest = value
        disputed = Disputed(*(*frozen[:-1], Base(*frozen[-1])))
        phases = Phase(phase), Stage(stage), Form(form)
        return cls(*(number, Kind(kind), challenger, disputed, parent_root, *phases, *rest))


def _flat(values: tuple[Any, ...]) -> list[int | bytes]:
    flat: list[int | bytes] = []
    for value in values:
        if isinstance(value, tuple):
            flat += _flat(value)
        else:
            flat.append(value)
    return flat


def _word(value: int | bytes) -> bytes:
    return value.to_bytes(32) if isinstance(value, int) else value.rjust(32, b"\0")
