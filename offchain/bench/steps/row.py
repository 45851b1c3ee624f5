"""A row of the gas table before it is measured: a kind of step, and the inputs that may be its dearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offchain.bench.steps.deep_machine import Question, Stage, Wanted, question, reach
from offchain.bench.steps.depths import Depths

__all__ = ["Candidate", "Row", "candidate", "starved"]

_PLENTY: Final = 10_000_000  # gas


@dataclass(frozen=True, slots=True)
class Candidate:
    """An input that may be the dearest of its kind. ``why`` says what makes it dear."""

    why: str
    ask: Callable[[Depths], Question]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of step.

    ``group``: plain, memory, state, frames, phases or precompiles. ``deep``: the step opens paths of trees, so its cost
    depends on their depth. ``osaka``: only an L1 of Osaka shows what it costs.
    """

    kind: str
    group: str
    candidates: tuple[Candidate, ...]
    deep: bool = True
    osaka: bool = False


def candidate(why: str, stage: Stage | Callable[[], Stage], wanted: Callable[[], Wanted]) -> Candidate:
    """A step of a batch. ``wanted`` makes the predicate anew, as it may count."""

    def ask(depths: Depths) -> Question:
        return question(stage() if callable(stage) else stage, depths, wanted())

    return Candidate(why, ask)


def starved(
    why: str, stage_with: Callable[[int], Stage], wanted: Callable[[], Wanted], left: int
) -> Candidate:
    """A step of a frame that has ``left`` gas there. ``stage_with`` makes the batch whose frame gets so much gas."""

    def ask(depths: Depths) -> Question:
        frame = reach(stage_with(_PLENTY), depths, wanted()).frame
        assert frame is not None
        return question(stage_with(_PLENTY - frame.gas + left), depths, wanted())

    return Candidate(why, ask)
