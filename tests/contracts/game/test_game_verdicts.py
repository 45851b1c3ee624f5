"""How games end, who is paid, and what that does to the rollup and to the games beside."""

from __future__ import annotations

from dataclasses import replace

import pyrevm
import pytest

from offchain.game.games import Form, Game, Phase, Side
from offchain.game.moves import Agree, ProveStep, Refund, Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from offchain.proofs.encoding import diff_hash
from tests.contracts.game.logs import Event, rebuild, take_log
from tests.contracts.game.table import CONFIG, DAVE, GARBAGE, Table
from tests.contracts.game.toy import DIFF, Toy
from tests.contracts.rollup.play import ALICE, BOB, CAROL, ROOT, TINY, refused
from tests.support.solidity import compile_runtime

REWARD, STAKE_REWARD = TINY.challenger_bond // 2, TINY.stake // 2
STAKE_BURNT = TINY.stake - STAKE_REWARD


def play_on(table: Table, game: Game, sequencer: Toy, challenger: Toy | None = None) -> str:
    """Both play by their knowledge; the name of the end."""
    after: Game | None = game
    while after is not None:
        view = table.view(after)
        if after.turn is Side.SEQUENCER:
            move = sequencer_move(view, sequencer)
        else:
            move = challenger_move(view, challenger or table.truth)
        assert move is not None
        after = table.move(after, move)
    return table.log[-1].name


def time_out(table: Table, game: Game) -> str:
    table.l1.time = max(table.l1.time, game.deadline + 1)
    table.move(game, TimeOut(), CAROL)
    return table.log[-1].name


# Plays by both sides to the end


@pytest.mark.parametrize("arity", [2, 4, 16, 64])
@pytest.mark.parametrize("contract", ["BisectionGame", "TinyBisectionGame"])
@pytest.mark.parametrize("wrong", [(1,), (4,), (2, 4), (1, 2, 3, 4)])
def test_a_wrong_claim_is_deleted_and_every_game_is_in_the_log(
    arity: int, contract: str, wrong: tuple[int, ...]
) -> None:
    table = Table(arity, contract)
    liar = table.prepared(4, wrong=wrong)
    games = [table.open(n, sender=(BOB, CAROL)[n % 2]) for n in range(1, 5) if n >= wrong[0]]
    for game in games[1:]:
        move = sequencer_move(table.view(game), liar)
        assert move is not None
        table.move(game, move)
    assert play_on(table, games[0], liar) == "SequencerLost"
    assert table.rollup("heads")[1] == 0
    left = rebuild(table.log, table.rules)
    assert set(left) == {game.id for game in games[1:]}
    for number, game in left.items():
        assert game.hash() == table.stored(number)
        table.move(game, Refund())
    assert rebuild(table.log, table.rules) == {}
    assert table.game_is_solvent(0) and table.solvent()


@pytest.mark.parametrize("arity", [2, 64])
@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_right_claim_survives_a_challenger_that_errs(arity: int, batch: int) -> None:
    table = Table(arity, "BisectionGame")
    table.prepared(4)
    astray = Toy(CONFIG, table.orders, ROOT, frozenset({1, batch}))
    game = table.open(batch, astray.state_root(batch - 1))
    after: Game | None = game
    while after is not None and after.phase is not Phase.STEP:
        view = table.view(after)
        move = sequencer_move(view, table.truth) or challenger_move(view, astray)
        assert move is not None
        after = table.move(after, move)
    assert after is not None
    pre = table.truth.state_root(after.batch - 1)
    right = table.truth.trace_after(after.form, after.batch, pre, table.truth.diff_root(after.batch))
    assert table.move(after, ProveStep(right.witness(after.low)), ALICE) is None
    assert (table.log[-1].name, table.log[-1]["reason"]) == ("ChallengerLost", 0)
    table.wait(TINY.claim_window + 1)
    assert table.finalize() == 4


def test_the_step_is_proved_in_the_unit_of_its_index() -> None:
    """DIFF stays as it is; a sequencer that lets it change at index j is asked about unit j >> 24."""
    table = Table(64, "BisectionGame")
    table.prepared(1, wrong=(1,))
    game = table.open(1)
    target = (1234 << 24) + 77  # the first index with the sequencer's own DIFF
    trace = table.truth.trace(Form.EXECUTION, 1)
    after: Game = game
    while after.phase is not Phase.STEP:
        cuts = [after.low + j * after.length // 64 for j in range(1, 64)]
        shown = [trace.hashes([at])[0] if at < target else after.high_hash for at in cuts]
        revealed = table.move(after, Reveal(tuple(shown)))
        assert revealed is not None
        move = challenger_move(table.view(revealed), table.truth)
        assert move is not None
        pointed = table.move(revealed, move)
        assert pointed is not None
        after = pointed
    assert (after.low, after.high) == (target - 1, target)
    with refused("ToyVerifier_Asked", after.context_hash, 1234, diff_hash(table.truth.diff_root(1))):
        table.call(after, ProveStep(b"\xff"))
    assert table.move(after, ProveStep(DIFF + trace.context + table.truth.diff_root(1))) is None
    assert table.log[-1].name == "SequencerLost"


# Money


def test_rule_11_the_stake_goes_half_to_the_challenger_and_its_bond_comes_back() -> None:
    table = Table()
    liar = table.prepared(2, wrong=(1,))
    before = table.l1.balance(BOB)
    game = table.open(1)
    assert table.l1.balance(BOB) == before - table.bond
    play_on(table, game, liar)
    assert (table.owed(BOB), table.rollup("creditOf", BOB)) == (table.bond, STAKE_REWARD)
    assert table.burnt() == STAKE_BURNT
    table.game("withdraw", BOB, sender=CAROL)
    table.rollup("withdraw", BOB, sender=CAROL)
    assert table.l1.balance(BOB) == before + STAKE_REWARD
    assert table.l1.balance(table.game.address) == table.l1.balance(table.rollup.address) == 0


@pytest.mark.parametrize("bond", [2, 3, 10**18 + 1])
def test_rule_11_the_bond_goes_half_to_the_sequencer_and_nothing_is_lost_to_rounding(bond: int) -> None:
    table = Table(parameters=replace(TINY, challenger_bond=bond))
    table.prepared(2)
    game = table.open(1)
    revealed = table.move(game, sequencer_move(table.view(game), table.truth))  # type: ignore[arg-type]
    assert revealed is not None
    assert time_out(table, revealed) == "ChallengerLost"
    told = table.log[-1]
    assert (told["reward"], told["burnt"]) == (bond // 2, bond - bond // 2)
    assert (table.owed(ALICE), table.owed(BOB), table.burnt()) == (bond // 2, 0, bond - bond // 2)
    assert table.rollup("creditOf", ALICE) == 0
    table.game("withdraw", ALICE, sender=DAVE)
    assert table.l1.balance(table.game.address) == 0


def test_rule_10_the_recorded_parties_are_paid_whoever_calls() -> None:
    table = Table()
    table.prepared(2, wrong=(1,))
    lost, won = table.open(2, GARBAGE), table.open(1)
    agreed = table.move(lost, Agree())
    assert agreed is not None
    revealed = table.move(agreed, Reveal((GARBAGE,)))
    assert revealed is not None
    table.wait(TINY.clock + 1)
    table.move(revealed, TimeOut(), DAVE)
    table.move(won, TimeOut(), DAVE)
    assert table.owed(DAVE) == table.rollup("creditOf", DAVE) == 0
    assert (table.owed(ALICE), table.owed(BOB)) == (REWARD, table.bond)


def test_rule_10_a_payee_that_takes_nothing_holds_nobody_up() -> None:
    table = Table()
    table.prepared(2, wrong=(1,))
    games = [table.open(1, sender=sender) for sender in (BOB, CAROL)]
    # From here on Bob is a contract that takes no ether.
    _, code = compile_runtime("RefusingPayee")
    info = pyrevm.AccountInfo(balance=table.l1.balance(BOB), code=code)
    table.l1.evm.insert_account_info(BOB, info)
    assert time_out(table, games[0]) == "SequencerLost"
    with refused("Ether_NotTaken", BOB, table.bond):
        table.game("withdraw", BOB, sender=CAROL)
    assert table.owed(BOB) == table.bond
    table.move(games[1], Refund())
    table.game("withdraw", CAROL)
    assert table.game_is_solvent(0)


def test_rule_10_a_payee_that_calls_back_is_paid_once() -> None:
    table = Table()
    table.prepared(2, wrong=(1,))
    relay = table.l1.deploy("Relay", table.game.address)
    greedy = table.l1.deploy("GreedyPayee", table.game.address)
    order = table.orders[0].as_tuple()
    call = table.game.encode("openClaimGame", order, 1, table.rollup("claimOf", 1)[0], ROOT)
    relay("relay", call, sender=BOB, value=table.bond)
    (event,) = [e for e in _log(table) if e.name == "GameOpened"]
    game = Game.from_tuple(event["game"])
    table.open(1)
    assert "0x" + game.challenger.hex() == relay.address.lower()
    table.log.append(event)
    assert time_out(table, game) == "SequencerLost"
    # The relay's account becomes one that withdraws again when it is paid.
    code = bytes(table.l1.evm.basic(greedy.address).code)
    table.l1.evm.insert_account_info(relay.address, pyrevm.AccountInfo(balance=0, code=code))
    table.game("withdraw", relay.address, sender=CAROL)
    assert table.l1.balance(relay.address) == table.bond
    assert table.l1.balance(table.game.address) == table.bond


def _log(table: Table) -> list[Event]:
    return take_log(table.l1, table.game.address)
