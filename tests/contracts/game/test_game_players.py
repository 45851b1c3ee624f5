"""When the honest players move, and when they don't. That they win is shown by all the other tests here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offchain.errors import ProofError
from offchain.game.games import Phase, Side
from offchain.game.moves import Agree, Object, Refund, TimeOut
from offchain.game.players import GameView, challenger_move, sequencer_move
from tests.contracts.game.table import GARBAGE, Table
from tests.contracts.game.test_game_refusals import Sample


@pytest.fixture(params=list(Phase), ids=lambda phase: phase.name)
def sample(request: pytest.FixtureRequest) -> Sample:
    """A game in each phase."""
    return Sample(request.param)


def moves(sample: Sample, view: GameView) -> dict[Side, object]:
    return {
        Side.SEQUENCER: sequencer_move(view, sample.liar),
        Side.CHALLENGER: challenger_move(view, sample.table.truth),
    }


def test_the_side_on_turn_moves_until_its_last_second_and_the_other_waits(sample: Sample) -> None:
    view = sample.table.view(sample.game)
    turn = sample.game.turn
    for time in (view.time, sample.game.deadline):
        made = moves(sample, replace(view, time=time))
        assert made.pop(turn) is not None
        assert set(made.values()) == {None}


def test_behind_the_deadline_the_other_side_times_out_and_the_late_one_says_nothing(sample: Sample) -> None:
    view = replace(sample.table.view(sample.game), time=sample.game.deadline + 1)
    made = moves(sample, view)
    assert made.pop(sample.game.turn) is None
    assert list(made.values()) == [TimeOut()]


def test_of_a_void_game_only_the_bond_is_asked_back(sample: Sample) -> None:
    view = replace(sample.table.view(sample.game), live=False)
    for time in (view.time, sample.game.deadline + 1):
        assert moves(sample, replace(view, time=time)) == {Side.SEQUENCER: None, Side.CHALLENGER: Refund()}


def test_a_move_depends_on_nothing_but_the_view(sample: Sample) -> None:
    view = sample.table.view(sample.game)
    assert moves(sample, view) == moves(sample, view)


def test_the_sequencer_agrees_only_with_its_own_state() -> None:
    table = Table()
    table.prepared(3)
    own = table.truth.state_root(2)
    assert sequencer_move(table.view(table.open(3)), table.truth) == Agree()
    assert sequencer_move(table.view(table.open(3, GARBAGE)), table.truth) == Object(own)


def test_a_log_without_the_vector_is_found_out() -> None:
    sample = Sample(Phase.POINT)
    view = replace(sample.table.view(sample.game), vector=())
    with pytest.raises(ProofError):
        challenger_move(view, sample.table.truth)
