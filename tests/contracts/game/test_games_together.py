"""Games beside each other, and what they do to claims, terms and r; reorgs, lateness, gas."""

from __future__ import annotations

import pytest

from offchain.game.games import Form, Game, Phase
from offchain.game.moves import Agree, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from tests.contracts.game.calldata import calldata
from tests.contracts.game.logs import rebuild
from tests.contracts.game.table import CONFIG, DAVE, GARBAGE, Table, openings
from tests.contracts.game.test_game_verdicts import REWARD, STAKE_BURNT, _log, play_on, time_out
from tests.contracts.game.toy import Toy
from tests.contracts.rollup.in_process import Reverted
from tests.contracts.rollup.play import ALICE, BOB, CAROL, ROOT, TINY, ZERO, refused


def test_a_verdict_voids_the_other_games_of_its_term_only() -> None:
    table = Table()
    table.prepared(4, wrong=(1, 2, 3, 4))
    games = [table.open(n, sender=sender) for n in (1, 2, 3, 4) for sender in (BOB, CAROL, DAVE)]
    table.wait(TINY.clock + 1)
    table.move(games[5], TimeOut())
    assert table.rollup("heads")[1] == 0
    for game in games[:5] + games[6:]:
        with refused("BisectionGame_GameIsVoid", game.id, 1):
            table.call(game, TimeOut())
    # The next term claims the same orders, with new serials, and is disputed alike.
    table.begin(DAVE)
    serial = table.claim_roots([table.truth.diff_root(1), GARBAGE], DAVE)
    assert serial == 5
    again = table.open(2, serial=6)
    assert (again.disputed.term, again.disputed.sequencer) == (2, bytes.fromhex(DAVE[2:]))
    with refused("ClaimAbsent"):
        table.open(2, serial=2)
    for game in games[:5] + games[6:]:
        table.move(game, Refund())
    assert time_out(table, again) == "SequencerLost"
    assert table.game_is_solvent(0) and table.solvent()


def test_a_lost_challenge_validates_nothing() -> None:
    table = Table()
    liar = table.prepared(1, wrong=(1,))
    colluding, honest = table.open(1, sender=CAROL), table.open(1)
    revealed = table.move(colluding, Reveal((GARBAGE,)))
    assert revealed is not None
    segment = Point(0, *openings(table.view(revealed), 0))
    pointed = table.move(revealed, segment)
    assert pointed is not None
    table.move(pointed, Reveal((GARBAGE,)))
    lost = rebuild(table.log, table.rules)[colluding.id]
    moved = table.move(honest, sequencer_move(table.view(honest), liar))  # type: ignore[arg-type]
    assert moved is not None
    moved = table.move(moved, challenger_move(table.view(moved), table.truth))  # type: ignore[arg-type]
    assert moved is not None
    table.l1.time = lost.deadline + 1
    table.move(lost, TimeOut())
    assert table.log[-1].name == "ChallengerLost"
    assert table.rollup("claimOf", 1)[4] == 1
    with refused("NothingToFinalize"):
        table.finalize()
    assert time_out(table, moved) == "SequencerLost"


def test_a_claim_becomes_final_only_when_all_its_games_are_over() -> None:
    table = Table()
    table.prepared(2)
    table.wait(TINY.claim_window)
    games = [table.open(1, sender=sender) for sender in (BOB, CAROL, BOB)]
    table.wait(10)
    for game in games:
        with refused("NothingToFinalize", 1):
            table.finalize()
        revealed = table.move(game, sequencer_move(table.view(game), table.truth))  # type: ignore[arg-type]
        assert revealed is not None
        table.log.clear()
        time = table.l1.time
        assert time_out(table, revealed) == "ChallengerLost"
        table.l1.time = time
    assert table.finalize() == 2


def test_a_state_claim_becomes_final_only_when_all_its_games_are_over() -> None:
    table = Table()
    table.prepared(2, final=2)
    serial = table.claim_state(2, table.truth.state_root(2))
    game = table.open_state()
    table.wait(TINY.state_window + 1)
    with refused("GamesOpen", serial, 1):
        table.rollup("finalizeState", serial)
    revealed = table.move(game, sequencer_move(table.view(game), table.truth))  # type: ignore[arg-type]
    assert revealed is not None
    assert time_out(table, revealed) == "ChallengerLost"
    table.rollup("finalizeState", serial)
    assert table.rollup("base") == (table.truth.state_root(2), 2)


@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize("arity", [2, 64])
def test_a_wrong_state_claim_is_deleted(batch: int, arity: int) -> None:
    """m = r + 1 has no stage one, m > r + 1 has."""
    table = Table(arity, "BisectionGame")
    table.prepared(4, final=4)
    liar = Toy(CONFIG, table.orders, ROOT, frozenset({1}))
    table.claim_state(batch, liar.state_root(batch))
    game = table.open_state()
    assert game.phase is (Phase.CHOOSE if batch == 1 else Phase.REVEAL)
    assert play_on(table, game, liar) == "SequencerLost"
    assert table.rollup("pendingState")[1] == 0
    assert table.rollup("heads")[:3] == (4, 4, 4)
    assert table.rollup("base") == (ROOT, 0)


def test_stage_one_of_a_state_claim_ends_in_an_application_alone() -> None:
    table = Table()
    table.prepared(1, final=1)
    table.claim_state(1, GARBAGE)
    game = table.open_state()
    for form in (Form.EXECUTION, Form.FULL):
        with refused("BisectionGame_BatchIsFinal", 1, 1):
            table.call(game, table.choice(form, 1))
    assert table.move(game, table.choice(Form.APPLICATION, 1)) is not None


def test_a_retiring_sequencer_defends() -> None:
    table = Table()
    table.prepared(3)
    game = table.open(3, GARBAGE)
    table.rollup("retire", sender=ALICE)
    assert table.open(2).id == 2
    after: Game | None = game
    while after is not None and after.phase is not Phase.CHOOSE:
        view = table.view(after)
        move = sequencer_move(view, table.truth) or Point(0, *openings(view, 0))
        after = table.move(after, move)
    assert after is not None
    assert time_out(table, after) == "ChallengerLost"
    assert table.owed(ALICE) == REWARD
    with refused("ClaimsPending"):
        table.rollup("endTerm")


def test_rule_13_a_game_keeps_its_base_when_r_moves_on() -> None:
    table = Table()
    table.prepared(4, final=2)
    table.wait(90)
    game = table.open(4, GARBAGE)
    serial = table.claim_state(2, table.truth.state_root(2))
    table.wait(TINY.state_window + 1)
    table.rollup("finalizeState", serial)
    later = table.open(4)
    assert (later.low, later.low_hash) == (2, table.truth.state_root(2))
    table.wait(5)
    assert table.finalize() == 1
    objected = table.move(game, Object(table.truth.state_root(3)))
    assert objected is not None
    assert (objected.low, objected.low_hash, objected.high) == (0, ROOT, 3)


def test_lateness_may_be_arbitrary() -> None:
    for phase in ("opened", "answered"):
        table = Table()
        table.prepared(3, wrong=(3,))
        game: Game | None = table.open(3)
        if phase == "answered":
            assert game is not None
            game = table.move(game, Object(GARBAGE))
            assert game is not None
            game = table.move(game, Reveal((GARBAGE,)))
        assert game is not None
        table.l1.time = 2**63
        assert time_out(table, game) in ("SequencerLost", "ChallengerLost")
        assert table.game_is_solvent(0) and table.solvent()


def test_a_reorg_makes_a_game_with_the_same_number_and_another_content() -> None:
    table = Table()
    table.prepared(3, wrong=(2,))
    snapshot, time = table.l1.evm.snapshot(), table.l1.time
    before = table.open(3, sender=BOB)
    moved = table.move(before, Object(table.truth.state_root(1)))
    assert moved is not None
    table.l1.evm.revert(snapshot)
    table.l1.time = time + 1
    other = table.open(2, sender=BOB)
    assert other.id == before.id
    for stale in (before, moved):
        for move in (Agree(), Object(GARBAGE), Reveal((GARBAGE,)), TimeOut(), Refund()):
            with refused("BisectionGame_GameChanged", stale.id, stale.hash(), other.hash()):
                table.call(stale, move)
    assert table.move(other, Agree()) is not None


def test_ids_count_up_whoever_opens_first() -> None:
    table = Table()
    table.prepared(2)
    ids = [table.open(n, sender=sender).id for n in (1, 2, 1) for sender in (BOB, CAROL, BOB)]
    assert ids == list(range(1, 10))
    assert table.game("opened") == 9
    assert table.rollup("claimOf", 1)[4] == 6


def test_the_sequencer_may_challenge_itself_at_a_cost() -> None:
    table = Table()
    table.prepared(2, wrong=(1,))
    held = sum(table.l1.balance(account) for account in (ALICE, table.rollup.address))
    game = table.open(1, sender=ALICE)
    assert time_out(table, game) == "SequencerLost"
    table.game("withdraw", ALICE)
    table.rollup("withdraw", ALICE)
    assert table.l1.balance(ALICE) == held - STAKE_BURNT
    assert table.l1.balance(ZERO) == STAKE_BURNT


def test_too_little_gas_for_the_step_decides_nothing() -> None:
    table = Table()
    liar = table.prepared(1, wrong=(1,))
    game: Game = table.open(1)
    while game.phase is not Phase.STEP:
        view = table.view(game)
        move = sequencer_move(view, liar) or challenger_move(view, table.truth)
        assert move is not None
        after = table.move(game, move)
        assert after is not None
        game = after
    move = challenger_move(table.view(game), table.truth)
    assert move is not None
    data = calldata(game, move)
    outcomes = set()
    for gas in range(30_000, 250_000, 2_500):
        checkpoint = table.l1.evm.snapshot()
        try:
            table.l1.evm.message_call(BOB, table.game.address, data, gas=gas)
        except RuntimeError:
            outcomes.add("reverted")
            assert table.stored(game.id) == game.hash()
        else:
            outcomes.add(_log(table)[-1].name)
        table.l1.evm.revert(checkpoint)
    assert outcomes == {"reverted", "SequencerLost"}


def test_a_witness_for_another_step_decides_nothing() -> None:
    table = Table()
    liar = table.prepared(1, wrong=(1,))
    game: Game = table.open(1)
    while game.phase is not Phase.STEP:
        view = table.view(game)
        move = sequencer_move(view, liar) or challenger_move(view, table.truth)
        assert move is not None
        after = table.move(game, move)
        assert after is not None
        game = after
    trace = table.truth.trace(Form.EXECUTION, 1)
    other = table.truth.trace(Form.FULL, 1)
    for witness in (*[trace.witness(i) for i in range(3)], other.witness(game.low), b"", b"\x02", bytes(300)):
        with pytest.raises(Reverted):
            table.call(game, ProveStep(witness), ALICE)
    assert table.move(game, ProveStep(trace.witness(game.low)), DAVE) is None
    assert table.owed(DAVE) == 0
