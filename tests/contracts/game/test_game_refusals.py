"""The guards that stand before every call: phase, turn, time, the whole game, the running term."""

from __future__ import annotations

import pytest

from offchain.game.games import Form, Game, Phase
from offchain.game.moves import Agree, Choose, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from offchain.game.vectors import Opening
from tests.contracts.game.table import DAVE, GARBAGE, Table
from tests.contracts.game.test_game_twins import one_field_changed
from tests.contracts.rollup.play import ALICE, BOB, CAROL, refused

YEARS = 100 * 366 * 86_400
MOVES: dict[Phase, tuple[Move, ...]] = {
    Phase.ANSWER: (Agree(), Object(GARBAGE)),
    Phase.REVEAL: (Reveal((GARBAGE,)),),
    Phase.POINT: (Point(0, Opening(bytes(32)), Opening(bytes(32))),),
    Phase.CHOOSE: (Choose(Form.FULL, 1, GARBAGE),),
    Phase.STEP: (ProveStep(b"\0"),),
}
ALL_MOVES = tuple(move for moves in MOVES.values() for move in moves)


class Sample:
    """A game in some phase: batch 4 is wrong, the sequencer objects with its state behind the wrong batch 2."""

    def __init__(self, phase: Phase, form: Form = Form.EXECUTION) -> None:
        self.table = Table()
        self.liar = self.table.prepared(4, wrong=(2, 4))
        self.game = self.table.open(4)
        while self.game.phase is not phase:
            self.step(form)

    def right_move(self, form: Form = Form.EXECUTION) -> Move:
        """A legal one for the side on turn."""
        view = self.table.view(self.game)
        if self.game.phase is Phase.CHOOSE:
            return self.table.choice(form, self.game.high)
        move = sequencer_move(view, self.liar) or challenger_move(view, self.table.truth)
        assert move is not None
        return move

    def step(self, form: Form = Form.EXECUTION) -> None:
        after = self.table.move(self.game, self.right_move(form))
        assert after is not None
        self.game = after


@pytest.fixture(params=list(Phase), ids=lambda phase: phase.name)
def sample(request: pytest.FixtureRequest) -> Sample:
    """A game in each phase."""
    return Sample(request.param)


# Guards that every call has


def test_rule_1_a_move_of_another_phase_is_refused(sample: Sample) -> None:
    for phase, moves in MOVES.items():
        for move in moves if phase is not sample.game.phase else ():
            with refused("BisectionGame_WrongPhase", int(sample.game.phase), int(phase)):
                sample.table.call(sample.game, move)


def test_only_the_side_on_turn_moves(sample: Sample) -> None:
    game, table = sample.game, sample.table
    if game.phase is Phase.STEP:
        return  # anybody's
    mover = ALICE if game.phase in (Phase.ANSWER, Phase.REVEAL) else BOB
    other = {ALICE: BOB, BOB: ALICE}[mover]
    for stranger in (other, CAROL, DAVE):
        with refused("BisectionGame_NotYourTurn", stranger, mover):
            table.call(game, sample.right_move(), sender=stranger)
    table.move(game, sample.right_move(), sender=mover)


def test_rule_15_a_move_on_the_deadline_is_in_time(sample: Sample) -> None:
    game, table = sample.game, sample.table
    table.l1.time = game.deadline
    with refused("BisectionGame_TooEarly", game.deadline, game.deadline + 1):
        table.call(game, TimeOut())
    table.move(game, sample.right_move())


@pytest.mark.parametrize("late", [1, 2, YEARS])
def test_rule_15_a_second_later_only_the_time_out_is(sample: Sample, late: int) -> None:
    game, table = sample.game, sample.table
    late_move = sample.right_move()
    table.l1.time = game.deadline + late
    with refused("BisectionGame_TooLate", table.l1.time, game.deadline):
        table.call(game, late_move)
    assert table.move(game, TimeOut(), sender=DAVE) is None
    lost = "SequencerLost" if game.phase in (Phase.ANSWER, Phase.REVEAL) else "ChallengerLost"
    assert (table.log[-1].name, table.log[-1]["reason"]) == (lost, 1)


def test_rule_9_a_game_with_any_field_changed_is_refused(sample: Sample) -> None:
    game, table = sample.game, sample.table
    other = Game.from_tuple(_complement(game))
    changes = one_field_changed(game, other)
    assert len(changes) == 18 + 8 + 2
    for change in changes:
        for move in (*ALL_MOVES, TimeOut(), Refund()):
            want = table.game("gameHash", change.id)
            with refused("BisectionGame_GameChanged", change.id, change.hash(), want):
                table.call(change, move, sender=BOB)


def _complement(game: Game) -> tuple[object, ...]:
    """A game that differs from this one in every field."""

    def other(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(other, value))
        if isinstance(value, int):
            return value - 1 if value else 1
        return bytes([value[0] ^ 1]) + value[1:]

    return tuple(map(other, game.as_tuple()))


def test_rule_9_a_stale_game_is_refused(sample: Sample) -> None:
    game, table = sample.game, sample.table
    table.move(game, sample.right_move())
    for move in (*ALL_MOVES, TimeOut(), Refund()):
        with refused("BisectionGame_GameChanged"):
            table.call(game, move)


def test_a_void_game_gives_the_bond_back_once_and_nothing_else(sample: Sample) -> None:
    game, table = sample.game, sample.table
    with refused("BisectionGame_GameIsLive", game.id, 1):
        table.call(game, Refund())
    faster = table.open(2, sender=CAROL)
    table.wait(TINY_CLOCK + 1)
    assert table.move(faster, TimeOut()) is None
    for move in (*ALL_MOVES, sample.right_move() if table.view(game).live else Agree(), TimeOut()):
        with refused("BisectionGame_GameIsVoid", game.id, 1):
            table.call(game, move)
    table.l1.time += YEARS
    assert table.game_is_solvent(running=1)
    assert table.move(game, Refund(), sender=DAVE) is None
    assert (table.owed(BOB), table.owed(DAVE)) == (table.bond, 0)
    for move in (*ALL_MOVES, TimeOut(), Refund()):
        with refused("BisectionGame_GameChanged", game.id, game.hash(), bytes(32)):
            table.call(game, move)
    assert table.game_is_solvent(running=0)


def test_rule_1_a_decided_game_takes_no_call(sample: Sample) -> None:
    game, table = sample.game, sample.table
    table.l1.time = game.deadline + 1
    table.move(game, TimeOut())
    for move in (*ALL_MOVES, TimeOut(), Refund()):
        with refused("BisectionGame_GameChanged", game.id, game.hash(), bytes(32)):
            table.call(game, move)


TINY_CLOCK = 44
