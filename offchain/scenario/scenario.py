"""What a scenario is, and the words that the catalogs tell theirs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offchain.game.games import Form, Reason
from offchain.l1.games import Outcome
from offchain.scenario.demands import Ending
from offchain.scenario.stage import Stage

__all__ = ["SLASHED", "SLASHED_BY_TIME", "Scenario", "forfeits", "refunded", "slashed"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario: what happens in one sentence, how it is played, and how its games have to end.

    ``form``: of the trace that the last game has to come to, if that is the point. ``step``: a part of what the story
    says of the step that it ends in, likewise.
    """

    name: str
    sentence: str
    script: Callable[[Stage], None]
    demanded: tuple[Ending, ...]
    form: Form | None = None
    step: str = ""


def slashed(winner: str, reason: Reason = Reason.STEP) -> Ending:
    """The sequencer loses this game."""
    return Ending(winner, Outcome.SEQUENCER_LOST, reason)


def forfeits(challenger: str, reason: Reason = Reason.STEP) -> Ending:
    """The challenger loses this game."""
    return Ending(challenger, Outcome.CHALLENGER_LOST, reason)


def refunded(challenger: str) -> Ending:
    """The game is void: its term ended by another one."""
    return Ending(challenger, Outcome.REFUNDED)


SLASHED: Final = (slashed("verifier"),)
SLASHED_BY_TIME: Final = (slashed("verifier", Reason.TIME_OUT),)
