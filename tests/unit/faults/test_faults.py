"""Every fault loses to an honest player, and no fault of one side makes the other one lose."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.faults.diffs import DIFF_FAULTS
from offchain.faults.knowledge import (
    Ignorant,
    Lying,
    altered_machine,
    false_diff,
    false_states,
    garbage,
    garbage_diff,
)
from offchain.faults.machines import MACHINE_FAULTS, execute_with
from offchain.faults.players import (
    agreeing,
    at,
    choosing,
    garbage_from,
    objecting,
    pointing_at,
    silent,
    silent_when_possible,
)
from offchain.faults.replay import Replay
from offchain.game.games import Form, Phase, Side, Stage
from offchain.game.players import challenger_move, sequencer_move
from offchain.scenario.workload import BATCHES, UNITS
from tests.unit.faults.duel import Duel, Outcome, replayed

ARITIES = (2, 5, 64)
LAST = BATCHES
UNIT_OF = {
    "wrong-balance": "transfer",
    "wrong-slot": "loop",
    "wrong-opcode": "deep",
    "wrong-gas": "loop",
    "skipped-transaction": "last",
    "accepted-invalid": "invalid",
    "wrong-create-address": "create",
    "wrong-precompile": "precompile",
}


@pytest.fixture(scope="module")
def truth() -> Replay:
    return replayed()


def altered(truth: Replay, name: str, batch: int = LAST) -> Lying:
    return altered_machine(truth, truth, batch, MACHINE_FAULTS[name](UNITS[UNIT_OF[name]]))


def against_sequencer(truth: Replay, lie: Lying, batch: int, **options: Any) -> Outcome:
    return Duel(truth, lie, truth, lie.diff_roots, **options).dispute_claim(batch)


def against_challenger(truth: Replay, own: Any, batch: int, **options: Any) -> Outcome:
    return Duel(truth, truth, own, {}, **options).dispute_claim(batch)


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("name", MACHINE_FAULTS)
def test_an_altered_machine_loses_at_its_altered_step(truth: Replay, name: str, arity: int) -> None:
    lie = altered(truth, name)
    assert lie.diff_roots[LAST] != truth.diff_root(LAST)
    duel = Duel(truth, lie, truth, lie.diff_roots, arity)
    assert duel.dispute_claim(LAST) is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize("name", MACHINE_FAULTS)
def test_an_altered_machine_differs_in_nothing_before_its_step(truth: Replay, name: str) -> None:
    right = truth.trace(Form.EXECUTION, LAST)
    wrong = execute_with(truth.batch(LAST), MACHINE_FAULTS[name](UNITS[UNIT_OF[name]])).trace
    units = zip(right.units, wrong.units, strict=True)
    pairs = [pair for ours, theirs in units for pair in zip(ours, theirs, strict=False)]
    first = next(index for index, (a, b) in enumerate(pairs) if a != b)
    assert first > 0 and all(a != b for a, b in pairs[first:])


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("name", DIFF_FAULTS)
def test_a_false_diff_of_a_right_execution_loses(truth: Replay, name: str, arity: int) -> None:
    lie = false_diff(truth, truth, LAST, DIFF_FAULTS[name])
    assert against_sequencer(truth, lie, LAST, arity=arity) is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("first", [1, 1 << 24, (2 << 24) + 77, 5 << 30])
def test_garbage_loses_wherever_it_begins(truth: Replay, first: int, arity: int) -> None:
    lie = garbage_diff(truth, LAST, first)
    assert against_sequencer(truth, lie, LAST, arity=arity) is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("first", [1, 3, LAST - 1])
@pytest.mark.parametrize("form", Form)
def test_a_false_state_before_the_claim_loses(truth: Replay, first: int, arity: int, form: Form) -> None:
    lie = false_states(truth, first, LAST - 1)
    lie = Lying(lie.own, {LAST: garbage("diff", LAST)}, lie.state_roots, lie.traces)
    if form is Form.EXECUTION:
        return  # the diffs are right: an honest challenger never disputes this half
    outcome = against_sequencer(truth, lie, LAST, arity=arity, challenger_plays=choosing(form))
    assert outcome is Outcome.SEQUENCER_BY_STEP


def test_the_full_form_of_a_false_state_is_right_up_to_the_index_that_is_told(truth: Replay) -> None:
    end = truth.end_of_execution(3)
    right = truth.trace(Form.FULL, 3)
    lie = false_states(truth, 3, LAST, full=end + 1).trace(Form.FULL, 3)
    assert lie.hashes([end - 1, end]) == right.hashes([end - 1, end])
    assert lie.hashes([end + 1]) != right.hashes([end + 1])
    assert right.hash_at(end) == truth.trace(Form.APPLICATION, 3).hash_at(0)


def test_an_altered_machine_has_its_own_step_in_the_full_form_too(truth: Replay) -> None:
    lie = altered_machine(truth, truth, 2, MACHINE_FAULTS["wrong-slot"](1))
    false, right = lie.trace(Form.EXECUTION, 2), truth.trace(Form.FULL, 2)
    full = lie.trace(Form.FULL, 2)
    units = truth.trace(Form.EXECUTION, 2).units
    inner = [unit << 24 | step for unit, states in enumerate(units[:-1]) for step in range(len(states))]
    assert full.hashes(inner) == false.hashes(inner) != right.hashes(inner)


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("form", [Form.EXECUTION, Form.FULL])
def test_an_earlier_false_execution_is_found_from_a_later_claim(
    truth: Replay, arity: int, form: Form
) -> None:
    fault = MACHINE_FAULTS["wrong-slot"](1)
    lie = altered_machine(truth, truth, 2, fault)
    lie = Lying(lie.own, {**lie.diff_roots, LAST: garbage("diff", LAST)}, lie.state_roots, lie.traces)
    duel = Duel(truth, lie, truth, lie.diff_roots, arity, challenger_plays=choosing(form))
    assert duel.dispute_claim(LAST) is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize("first", [1, 4])
@pytest.mark.parametrize("finalized", [0, LAST])
def test_a_false_state_claim_loses(truth: Replay, first: int, finalized: int) -> None:
    lie = false_states(truth, first, LAST)
    duel = Duel(truth, lie, truth, {}, finalized=finalized)
    assert duel.dispute_state(LAST, lie.state_root(LAST)) is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("length", [1 << 36, 1 << 24, 100])
def test_garbage_in_mid_game_loses(truth: Replay, length: int, arity: int) -> None:
    lie = altered(truth, "wrong-slot")
    player = garbage_from(sequencer_move, length)
    outcome = against_sequencer(truth, lie, LAST, arity=arity, sequencer_plays=player)
    assert outcome is Outcome.SEQUENCER_BY_STEP


@pytest.mark.parametrize(
    "moment",
    [at(Phase.ANSWER), at(Phase.REVEAL, Stage.TRACE), at(Phase.REVEAL, Stage.TRACE, below=1 << 20)],
)
def test_a_silent_sequencer_loses(truth: Replay, moment: Any) -> None:
    lie = altered(truth, "wrong-slot")
    player = silent(sequencer_move, moment, Side.SEQUENCER)
    assert against_sequencer(truth, lie, LAST, sequencer_plays=player) is Outcome.SEQUENCER_BY_TIME


def test_a_slow_sequencer_gains_nothing(truth: Replay) -> None:
    lie = altered(truth, "wrong-slot")
    player = silent_when_possible(sequencer_move, Side.SEQUENCER)
    assert against_sequencer(truth, lie, LAST, sequencer_plays=player) is Outcome.SEQUENCER_BY_TIME


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("segment", [0, 1, -1])
def test_pointing_wrongly_loses_to_the_truth(truth: Replay, segment: int, arity: int) -> None:
    outcome = against_challenger(truth, truth, LAST, arity=arity, challenger_plays=pointing_at(segment))
    assert outcome is Outcome.CHALLENGER_BY_STEP


@pytest.mark.parametrize("name", MACHINE_FAULTS)
def test_an_altered_challenger_loses_to_the_truth(truth: Replay, name: str) -> None:
    # It points where its own trace leaves the true one, and has no step to show there but the true one.
    lie = altered(truth, name)
    assert against_challenger(truth, lie, LAST) is Outcome.CHALLENGER_BY_STEP


@pytest.mark.parametrize("arity", ARITIES)
@pytest.mark.parametrize("first", [1, 3, LAST - 1])
def test_a_challenger_with_false_states_loses_to_the_truth(truth: Replay, first: int, arity: int) -> None:
    lie = false_states(truth, first, LAST - 1)
    assert against_challenger(truth, lie, LAST, arity=arity) is Outcome.CHALLENGER_BY_STEP


@pytest.mark.parametrize(
    "moment",
    [at(Phase.POINT, Stage.BATCHES), at(Phase.CHOOSE), at(Phase.POINT, Stage.TRACE), at(Phase.STEP)],
)
def test_a_silent_challenger_loses(truth: Replay, moment: Any) -> None:
    lie = false_states(truth, 2, LAST - 1)
    player = silent(challenger_move, moment, Side.CHALLENGER)
    assert against_challenger(truth, lie, LAST, challenger_plays=player) is Outcome.CHALLENGER_BY_TIME


def test_a_sequencer_that_agrees_with_a_false_parent_has_to_execute_on_it(truth: Replay) -> None:
    """The friend's S_{n-1} is false, both agree: the trace is that of batch n, whoever wins it."""
    player = agreeing(sequencer_move)
    duel = Duel(truth, truth, Lying(truth, state_roots={LAST - 1: garbage("state", 5)}), {}, 2)
    duel.sequencer_plays = player
    assert duel.dispute_claim(LAST) is Outcome.CHALLENGER_BY_STEP


def test_an_objection_to_the_true_parent_is_stage_one(truth: Replay) -> None:
    lie = altered(truth, "wrong-slot")
    player = objecting(sequencer_move, garbage("state", LAST - 1))
    lie = Lying(lie.own, lie.diff_roots, false_states(truth, 3, LAST - 1).state_roots, lie.traces)
    duel = Duel(truth, lie, truth, lie.diff_roots, sequencer_plays=player)
    assert duel.dispute_claim(LAST) is Outcome.SEQUENCER_BY_STEP


def test_who_knows_nothing_has_no_trace(truth: Replay) -> None:
    outcome = against_challenger(
        truth, Ignorant(), LAST, challenger_plays=silent(challenger_move, at(Phase.POINT), Side.CHALLENGER)
    )
    assert outcome is Outcome.CHALLENGER_BY_TIME
