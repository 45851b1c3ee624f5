"""Scenarios of a sequencer whose claim is false and who does not play on as an honest one would: nothing helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offchain.faults.knowledge import Lying, altered_machine
from offchain.faults.machines import wrong_slot
from offchain.faults.players import Moment, agreeing, at, garbage_from, silent
from offchain.game.games import Phase, Side
from offchain.game.games import Stage as GameStage
from offchain.game.players import sequencer_move
from offchain.scenario.lies import claims_against_verifier, false_parent
from offchain.scenario.scenario import SLASHED, SLASHED_BY_TIME, Scenario
from offchain.scenario.stage import Stage
from offchain.scenario.workload import BATCHES, UNITS

__all__ = ["TACTICS", "false_slot"]

_SPARE: Final = 240
"""Seconds that a slow sequencer keeps for the rest of the game."""


def false_slot(stage: Stage, batch: int = BATCHES) -> Lying:
    """The lie of all scenarios whose point is another: one SSTORE of the last batch stores a wrong value."""
    known = stage.world.known["sequencer"]
    return altered_machine(known, stage.truth, batch, wrong_slot(UNITS["loop"]))


def _silent(moment: Moment, *, case_b: bool = False) -> Callable[[Stage], None]:
    lie = (lambda stage: false_parent(stage, 3)) if case_b else false_slot
    return claims_against_verifier(lie, silent(sequencer_move, moment, Side.SEQUENCER))


def _slow(stage: Stage) -> None:
    """Nearly all of the clock goes by before the first move."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.verify()
    stage.run(until=lambda reading: bool(reading.games.running))
    stage.world.network.advance(stage.world.parameters.clock - _SPARE)
    stage.defend(lie)
    stage.run()


def _retires(stage: Stage) -> None:
    lie = false_slot(stage)
    stage.claim(lie)
    rollup, account = stage.world.rollup, stage.party("sequencer").account
    rollup.retire(sender=account)
    stage.refused(
        "the stake before the claims are final", "ClaimsPending", lambda: rollup.endTerm(sender=account)
    )
    stage.defend(lie)
    stage.verify()
    stage.run()


TACTICS: Final = (
    Scenario(
        "silent-at-the-answer",
        "The sequencer never says whether it has the challenger's h(S_{n-1}).",
        _silent(at(Phase.ANSWER)),
        SLASHED_BY_TIME,
    ),
    Scenario(
        "silent-in-stage-one",
        "Case B: the sequencer objects and then shows no h(S_i).",
        _silent(at(Phase.REVEAL, GameStage.BATCHES), case_b=True),
        SLASHED_BY_TIME,
    ),
    Scenario(
        "silent-in-stage-two",
        "The sequencer agrees and then shows nothing of the trace.",
        _silent(at(Phase.REVEAL, GameStage.TRACE)),
        SLASHED_BY_TIME,
    ),
    Scenario(
        "silent-in-the-application",
        "Case B: the sequencer falls silent when the application of a batch is disputed.",
        _silent(at(Phase.REVEAL, GameStage.TRACE), case_b=True),
        SLASHED_BY_TIME,
    ),
    Scenario(
        "silent-at-the-end",
        "The sequencer reveals until the range is short, and not the last vectors.",
        _silent(at(Phase.REVEAL, GameStage.TRACE, below=1 << 12)),
        SLASHED_BY_TIME,
    ),
    Scenario(
        "slow",
        "The sequencer lets nearly all of its clock go by before its first move: the verifier's clock has not run.",
        _slow,
        SLASHED,
    ),
    Scenario(
        "garbage-in-mid-game",
        "The sequencer reveals its altered machine's trace, and garbage once the range is short.",
        claims_against_verifier(false_slot, garbage_from(sequencer_move, 1 << 24)),
        SLASHED,
    ),
    Scenario(
        "false-agree",
        "The sequencer has other states than the verifier and agrees all the same: its trace has to end in its h(D).",
        claims_against_verifier(lambda stage: false_parent(stage, 3), agreeing(sequencer_move)),
        SLASHED,
    ),
    Scenario(
        "retires",
        "The sequencer claims falsely and retires at once: a retiring sequencer still has to defend.",
        _retires,
        SLASHED,
    ),
)
