"""Scenarios of challengers who dispute what is true: the honest sequencer loses nothing and earns half of each bond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offchain.faults.knowledge import Ignorant, false_states, garbage
from offchain.faults.players import Moment, at, pointing_at, silent
from offchain.game.games import Form, Phase, Reason, Side
from offchain.game.games import Stage as GameStage
from offchain.game.moves import Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from offchain.node.agent import Reading
from offchain.scenario.scenario import Scenario, forfeits
from offchain.scenario.stage import Stage
from offchain.scenario.tactics import false_slot
from offchain.scenario.workload import BATCHES

__all__ = ["CHALLENGERS"]

_NAME: Final = "stranger"
_LATE: Final = (forfeits(_NAME, Reason.TIME_OUT),)
_WRONG: Final = (forfeits(_NAME),)


def _altered(stage: Stage) -> None:
    """The challenger believes in an altered machine: it opens by itself, and has no step to show."""
    stage.claim()
    stage.defend()
    stage.challenge(_NAME, replace(false_slot(stage), own=stage.truth), opens=True)
    stage.run()


def _pointing(segment: int) -> Callable[[Stage], None]:
    def script(stage: Stage) -> None:
        stage.claim()
        stage.open(_NAME)
        stage.defend()
        stage.challenge(_NAME, player=pointing_at(segment))
        stage.run()

    return script


def _false_parent(moment: Moment | None = None) -> Callable[[Stage], None]:
    """Case B against the truth: the challenger has other h(S_3) to h(S_5)."""

    def script(stage: Stage) -> None:
        stage.claim()
        lie = false_states(stage.world.known["verifier"], 3, BATCHES - 1)
        stage.open(_NAME, parent_root=lie.state_root(BATCHES - 1))
        player = challenger_move if moment is None else silent(challenger_move, moment, Side.CHALLENGER)
        stage.defend()
        stage.challenge(_NAME, lie, player)
        stage.run()

    return script


def _silent(moment: Moment) -> Callable[[Stage], None]:
    def script(stage: Stage) -> None:
        stage.claim()
        stage.open(_NAME)
        stage.defend()
        player = silent(pointing_at(0), moment, Side.CHALLENGER)
        stage.challenge(_NAME, player=player)
        stage.run()

    return script


def _many(stage: Stage) -> None:
    stage.claim()
    for batch in (1, 3, BATCHES):
        stage.open(_NAME, batch)
    for batch in (4, BATCHES):
        stage.open("friend", batch, garbage("state", batch - 1))
    stage.defend()
    stage.run()


def _state_claim(stage: Stage) -> None:
    """A true state claim is disputed by somebody who knows nothing."""
    stage.claim()
    stage.finalize()
    stage.claim_state(BATCHES, stage.truth.state_root(BATCHES))
    stage.open_state(_NAME)
    stage.defend()
    stage.challenge(_NAME, Ignorant(), pointing_at(0))
    stage.run()
    stage.world.network.advance(stage.world.parameters.state_window + 1)
    serial = stage.claims().pending_state
    assert serial is not None
    stage.party("sequencer").rollup.finalize_state(serial.serial)


def _replay(stage: Stage) -> None:
    """Calls of an earlier state of the game, of the other side, and a time-out too early."""
    stage.claim()
    stage.open(_NAME)
    stage.defend()
    stage.run(until=_phase(Phase.REVEAL))
    (old,) = stage.games().going_on()
    vector = sequencer_move(stage.agents[0].view(stage.agents[0].read(), old), stage.agents[0].knowledge)
    assert isinstance(vector, Reveal)
    stage.run(until=_phase(Phase.POINT))
    (now,) = stage.games().going_on()
    sequencer, stranger = stage.party("sequencer").game, stage.party(_NAME).game
    stage.refused("an old vector, again", "GameChanged", lambda: sequencer.make(old.game, vector))
    stage.refused("an old vector for the game of now", "WrongPhase", lambda: sequencer.make(now.game, vector))
    stage.refused("the challenger's move by another", "NotYourTurn", lambda: _point_at_first(stage, "friend"))
    stage.refused("a time-out before its time", "TooEarly", lambda: stranger.make(now.game, TimeOut()))
    stage.run()
    stage.refused(
        "a time-out of a game that is over", "GameChanged", lambda: stranger.make(now.game, TimeOut())
    )


def _point_at_first(stage: Stage, by: str) -> None:
    (record,) = stage.games().going_on()
    agent = stage.agents[0]
    move = pointing_at(0)(agent.view(agent.read(), record), agent.knowledge)
    assert move is not None
    stage.party(by).game.make(record.game, move)


def _phase(phase: Phase) -> Callable[[Reading], bool]:
    return lambda reading: any(record.game.phase is phase for record in reading.games.going_on())


CHALLENGERS: Final = (
    Scenario(
        "challenges-the-truth",
        "A challenger with an altered machine disputes a true claim, case A, and has no step to show.",
        _altered,
        _LATE,
    ),
    Scenario(
        "points-at-the-start",
        "A challenger points at the first segment throughout: the first step is right, as anybody can show.",
        _pointing(0),
        _WRONG,
    ),
    Scenario(
        "points-at-the-end",
        "A challenger points at the last segment throughout: there the trace has long been at its fixed point.",
        _pointing(-1),
        _WRONG,
    ),
    Scenario(
        "false-parent",
        "Case B against the truth: the challenger has a false h(S_{n-1}) and loses about the application of batch 3.",
        _false_parent(),
        _WRONG,
        Form.APPLICATION,
    ),
    Scenario(
        "quiet-in-stage-one",
        "A challenger with a false h(S_{n-1}) does not point at any batch.",
        _false_parent(at(Phase.POINT, GameStage.BATCHES)),
        _LATE,
    ),
    Scenario(
        "quiet-at-the-choice",
        "A challenger with a false h(S_{n-1}) does not choose a trace.",
        _false_parent(at(Phase.CHOOSE)),
        _LATE,
    ),
    Scenario(
        "quiet-in-stage-two",
        "A challenger opens a game about a true claim and never points.",
        _silent(at(Phase.POINT, GameStage.TRACE)),
        _LATE,
    ),
    Scenario(
        "quiet-at-the-step",
        "A challenger plays to the last step and does not show it: its time runs out.",
        _silent(at(Phase.STEP)),
        _LATE,
    ),
    Scenario(
        "many-games",
        "Two challengers open five games about true claims at once and leave; the sequencer plays all of them.",
        _many,
        (*_LATE * 3, *(forfeits("friend", Reason.TIME_OUT),) * 2),
    ),
    Scenario(
        "challenges-a-state",
        "A true h(S_6) is disputed by somebody who knows nothing: it becomes final all the same.",
        _state_claim,
        _LATE,
        Form.APPLICATION,
    ),
    Scenario(
        "replays-calls",
        "Old calls, calls of the other side and time-outs too early are made again: each is refused by name.",
        _replay,
        _LATE,
    ),
)
