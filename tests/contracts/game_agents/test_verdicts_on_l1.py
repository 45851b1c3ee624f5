"""Every way to a verdict, played by both agents against the real game and the real verifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offchain.errors import NetworkError
from offchain.game.games import Form, Reason, Side
from offchain.game.moves import Agree, Choose, Object, ProveStep, Refund, TimeOut
from offchain.l1.game_sender import AlreadyDone
from offchain.l1.games import GameRecord, Outcome
from offchain.node import knowledge
from offchain.node.agent import Acted
from offchain.proofs.execution_trace import execution_trace
from tests.contracts.game_agents.arena import PARAMETERS, Arena
from tests.contracts.game_agents.lies import FALSE_ROOT, FalseDiffs, FalseStates, objecting, silent

pytestmark = pytest.mark.chain

STAKE, BOND = PARAMETERS.stake, PARAMETERS.challenger_bond


def moves(story: list[Acted], kind: type) -> list[Acted]:
    return [acted for acted in story if isinstance(acted.move, kind)]


def assert_slashed(arena: Arena, record: GameRecord, reason: Reason) -> None:
    assert (record.outcome, record.reason, record.winner) == (
        Outcome.SEQUENCER_LOST,
        reason,
        Side.CHALLENGER,
    )
    assert arena.owed(1) == STAKE // 2 + BOND
    assert arena.owed(0) == 0
    assert arena.on_l1.heads().claimed == arena.on_l1.heads().finalized


def test_case_a_a_wrong_diff_of_the_first_batch_is_slashed_by_one_step(arena: Arena) -> None:
    sequencer = arena.sequencer(1)
    sequencer.begin_term(STAKE)
    arena.post(sequencer)
    story = arena.play(arena.challenger(), arena.defender())
    assert len(moves(story, ProveStep)) == 1 and all(acted.sent for acted in story)
    assert_slashed(arena, arena.book().games[1], Reason.STEP)


def test_case_a_by_agreement_three_batches_above_the_base(arena: Arena) -> None:
    sequencer = arena.sequencer(3)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 4)
    story = arena.play(arena.challenger(), arena.defender())
    assert len(moves(story, Agree)) == 1 and not moves(story, Object)
    record = arena.book().games[1]
    assert (record.game.disputed.batch, record.game.batch) == (3, 3)
    assert_slashed(arena, record, Reason.STEP)
    assert arena.on_l1.heads().ordered == 4


def test_case_b_a_false_state_before_is_slashed_by_an_application(arena: Arena) -> None:
    sequencer = arena.sequencer(3)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 3)
    story = arena.play(arena.challenger(), arena.defender(objecting))
    (chosen,) = moves(story, Choose)
    assert (chosen.move.form, chosen.move.batch) == (Form.APPLICATION, 2)
    record = arena.book().games[1]
    assert record.game.high_hash != FALSE_ROOT and record.game.batch == 2
    assert_slashed(arena, record, Reason.STEP)


def test_a_false_state_claim_is_slashed_by_an_application(arena: Arena) -> None:
    sequencer = arena.sequencer()
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 3)
    arena.network.advance(PARAMETERS.claim_window + 1)
    sequencer.finalize()
    note = sequencer.replica.note(3)
    arena.on_l1.claimState(3, note.order_hash, 3, FALSE_ROOT, sender=arena.accounts[0])
    story = arena.play(arena.challenger(), arena.defender())
    (chosen,) = moves(story, Choose)
    assert (chosen.move.form, chosen.move.batch) == (Form.APPLICATION, 3)
    assert_slashed(arena, arena.book().games[1], Reason.STEP)
    assert arena.on_l1.heads().finalized == 3


def test_a_state_that_cannot_be_computed_hides_no_false_claim(arena: Arena) -> None:
    sequencer = arena.sequencer(3)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 1)
    arena.network.advance(PARAMETERS.claim_window + 1)
    sequencer.finalize()
    sequencer.claim_state(1)
    arena.post(sequencer, 2)
    challenger = arena.challenger()
    state_root = challenger.knowledge.state_root

    def failing(batch: int) -> bytes:
        if batch == 1:
            raise OSError("the disk does not answer")
        return state_root(batch)

    challenger.knowledge.state_root = failing  # type: ignore[method-assign]
    failed, opened = challenger.act()
    assert failed.sent is None and failed.note.startswith("the claims: a fault of ours: OSError")
    assert opened.sent and opened.note == "opened: claim 4 of batch 3"


def test_the_kept_tree_follows_the_base_but_stays_below_a_live_game(arena: Arena) -> None:
    sequencer = arena.sequencer(3)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 2)
    arena.network.advance(PARAMETERS.claim_window + 1)
    sequencer.finalize()
    sequencer.claim_state(1)
    arena.network.advance(PARAMETERS.state_window - 10)
    arena.post(sequencer, 1)
    challenger, defender = arena.challenger(), arena.defender(silent)
    challenger.act()  # opens over r = 0
    arena.network.advance(11)
    sequencer.finalize_state()
    for agent in (challenger, defender):
        agent.act()
        assert agent.replica.store.header.tree_batch == 0
    arena.network.advance(PARAMETERS.clock)
    challenger.act()  # the time-out
    for agent in (challenger, defender):
        agent.act()
        assert agent.replica.store.header.tree_batch == 1


def test_an_honest_sequencer_takes_the_bond_of_a_wrong_challenger(arena: Arena) -> None:
    sequencer = arena.sequencer()
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 3)
    wrong = arena.challenger()
    wrong.knowledge = FalseDiffs(wrong.knowledge, 3)
    arena.play(wrong, arena.defender())
    record = arena.book().games[1]
    assert (record.outcome, record.reason, record.winner) == (
        Outcome.CHALLENGER_LOST,
        Reason.STEP,
        Side.SEQUENCER,
    )
    assert (arena.owed(0), arena.owed(1)) == (BOND // 2, 0)
    assert arena.on_l1.heads().claimed == 3
    arena.network.advance(PARAMETERS.claim_window + 1)
    sequencer.finalize()
    assert arena.on_l1.heads().finalized == 3


def test_silence_loses_on_either_side(arena: Arena) -> None:
    sequencer = arena.sequencer(1)
    sequencer.begin_term(STAKE)
    arena.post(sequencer)
    challenger = arena.challenger()
    arena.play(challenger, arena.defender(silent))
    arena.network.advance(PARAMETERS.clock + 1)
    story = arena.play(challenger, arena.defender(silent))
    assert len(moves(story, TimeOut)) == 1
    assert_slashed(arena, arena.book().games[1], Reason.TIME_OUT)

    sequencer.begin_term(STAKE)
    sequencer.lies = frozenset()
    arena.kill("challenger 1")
    assert sequencer.claim_backlog() == 1
    wrong, defender = arena.challenger(account=2), arena.defender()
    wrong.knowledge = FalseDiffs(wrong.knowledge, 1)
    assert wrong.act()
    assert defender.act()
    arena.network.advance(PARAMETERS.clock + 1)
    (ended,) = defender.act()
    assert ended.move == TimeOut() and ended.sent
    assert arena.book().games[2].reason is Reason.TIME_OUT
    assert arena.owed(0) == BOND // 2
    assert arena.on_l1.heads().claimed == 1


def test_games_of_an_ended_term_are_refunded_and_credit_is_paid_once(arena: Arena) -> None:
    sequencer = arena.sequencer(2)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 2)
    first, second, defender = arena.challenger(account=1), arena.challenger(account=2), arena.defender()
    assert first.act() and second.act()
    assert first.open_disputes() == []
    arena.play(first, defender)
    (refunded,) = second.act()
    assert refunded.move == Refund() and refunded.sent
    assert second.act() == [] and defender.act() == []
    book = arena.book()
    assert [record.outcome for record in book.games.values()] == [Outcome.SEQUENCER_LOST, Outcome.REFUNDED]
    assert book.credits == {first.address: BOND, second.address: BOND}
    first.sender.withdraw(first.address)
    assert arena.book().credits == {second.address: BOND}
    with pytest.raises(AlreadyDone, match="NothingOwed"):
        first.sender.withdraw(first.address)


def test_a_move_of_a_game_that_went_on_is_already_done(arena: Arena) -> None:
    sequencer = arena.sequencer(2)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 2)
    challenger, defender = arena.challenger(), arena.defender()
    challenger.act()
    before = arena.book().games[1].game
    defender.act()
    with pytest.raises(AlreadyDone, match="GameChanged"):
        defender.sender.make(before, Agree())
    with pytest.raises(NetworkError, match="WrongPhase") as caught:
        challenger.sender.make(arena.book().games[1].game, Agree())
    assert not isinstance(caught.value, AlreadyDone)


def test_all_games_are_defended_at_once_with_the_work_of_one(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        return execution_trace(*arguments, **options)

    sequencer = arena.sequencer()
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 2)
    wrong = [arena.challenger(account=number) for number in (1, 2, 3)]
    for challenger in wrong:
        challenger.knowledge = FalseDiffs(challenger.knowledge, 2)
        challenger.act()
    defender = arena.defender()
    assert [acted.game_id for acted in defender.act()] == [1, 2, 3]
    monkeypatch.setattr(knowledge, "execution_trace", counted)
    assert [acted.game_id for acted in defender.act()] == [1, 2, 3]
    assert len(made) == 1
    arena.play(*wrong, defender)
    assert {record.outcome for record in arena.book().games.values()} == {Outcome.CHALLENGER_LOST}
    assert arena.owed(0) == 3 * (BOND // 2)


def test_no_bond_is_put_on_a_store_that_disagrees_with_itself_or_with_the_final_state(arena: Arena) -> None:
    sequencer = arena.sequencer(2)
    sequencer.begin_term(STAKE)
    arena.post(sequencer, 2)
    challenger = arena.challenger()
    right = challenger.knowledge
    challenger.knowledge = FalseStates(right, 0)
    (refused,) = challenger.open_disputes()
    assert refused.sent is None and "the final state of batch 0 is not the own one" in refused.note
    challenger.knowledge = right
    store = challenger.replica.store
    note = challenger.replica.note(2)
    kept = store.diff(2)
    store.roll_back(1)
    store.apply(2, kept, replace(note, diff_root=FALSE_ROOT).encode())
    (refused,) = challenger.open_disputes()
    assert refused.sent is None and "executes to another diff than is kept" in refused.note
    assert arena.book().games == {}
