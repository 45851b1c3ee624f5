"""What only some calls refuse; that no error of the game is without its test."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from offchain.game.games import Form, Phase
from offchain.game.moves import Object, Point, Reveal
from offchain.game.vectors import Opening
from offchain.node.config import ChainConfig
from tests.contracts.game.table import CONFIG, DAVE, GARBAGE, Table, config_tuple, openings
from tests.contracts.game.test_game_refusals import Sample
from tests.contracts.rollup.in_process import Reverted
from tests.contracts.rollup.play import ALICE, BOB, ROOT, refused


def no_objection() -> None:
    sample = Sample(Phase.ANSWER)
    same = sample.game.parent_root
    with refused("BisectionGame_NoObjection", same):
        sample.table.call(sample.game, Object(same))


def vector_length() -> None:
    sample = Sample(Phase.REVEAL)
    for count in (0, 2, 63, 64, 100):
        with refused("BisectionGame_VectorLengthDiffers", count, 1):
            sample.table.call(sample.game, Reveal((GARBAGE,) * count))


def no_such_segment() -> None:
    sample = Sample(Phase.POINT)
    low, high = openings(sample.table.view(sample.game), 1)
    for segment in (2, 63, 2**256 - 1):
        with refused("BisectionGame_NoSuchSegment", segment, 2):
            sample.table.call(sample.game, Point(segment, low, high))


def end_differs() -> None:
    sample = Sample(Phase.POINT)
    game, call = sample.game, sample.table.call
    view = sample.table.view(game)
    (low, middle), (_, high) = openings(view, 0), openings(view, 1)
    with refused("BisectionGame_EndDiffers", GARBAGE, game.low_hash):
        call(game, Point(0, Opening(GARBAGE), middle))
    with refused("BisectionGame_EndDiffers", GARBAGE, game.high_hash):
        call(game, Point(1, middle, Opening(GARBAGE)))
    with refused("Vectors_DepthDiffers", 1, 0):
        call(game, Point(0, Opening(low.hash, (GARBAGE,)), middle))
    with refused("Vectors_DepthDiffers", 1, 0):
        call(game, Point(1, middle, Opening(high.hash, (GARBAGE,))))


def opening_differs() -> None:
    sample = Sample(Phase.POINT)
    game, call = sample.game, sample.table.call
    low, middle = openings(sample.table.view(game), 0)
    with refused("Vectors_RootDiffers", GARBAGE, middle.hash):
        call(game, Point(0, low, Opening(GARBAGE)))
    with refused("Vectors_DepthDiffers", 1, 0):
        call(game, Point(0, low, Opening(middle.hash, (GARBAGE,))))


def order_differs() -> None:
    sample = Sample(Phase.CHOOSE)
    table, game = sample.table, sample.game
    right, wrong = table.orders[game.high - 1], table.orders[game.high]
    for order in (wrong, replace(right, coinbase=bytes(20)), replace(right, size=right.size + 1)):
        for form in Form:
            with refused("BisectionGame_OrderDiffers", order.hash(), right.hash()):
                table.call(game, table.choice(form, game.high), order=order)
    for order in (replace(table.orders[2], timestamp=1), replace(table.orders[2], parent_hash=GARBAGE)):
        with refused("BisectionGame_OrderDiffers", order.hash(), table.orders[2].hash()):
            table.open(3, order=order)


def claim_differs() -> None:
    """L1 was reorganized: a serial is given out again, to another claim of the same order."""
    seen, table = Table(), Table()
    liar = seen.prepared(3, wrong=(3,))
    table.prepared(3)
    assert table.orders == seen.orders and table.rollup("claimOf", 3)[1] == seen.rollup("claimOf", 3)[1]
    with refused("BisectionGame_ClaimDiffers", liar.diff_root(3), table.truth.diff_root(3)):
        table.open(3, root=liar.diff_root(3))
    table.open(3)
    table = Table()
    table.prepared(2, final=2)
    table.claim_state(2)
    right = table.rollup("pendingState")[0]
    with refused("BisectionGame_ClaimDiffers", GARBAGE, right):
        table.open_state(root=GARBAGE)
    table.open_state()
    sample = Sample(Phase.CHOOSE)
    standing = sample.table.choice(Form.APPLICATION, sample.game.high)
    with refused("BisectionGame_ClaimDiffers", GARBAGE, standing.diff_root):
        sample.table.call(sample.game, replace(standing, diff_root=GARBAGE))


def batch_is_final() -> None:
    table = Table()
    liar = table.prepared(4, wrong=(2,))
    table.wait(table.parameters.claim_window)
    game = table.open(4)
    table.wait(1)
    assert table.finalize() == 3
    sample = Sample.__new__(Sample)
    sample.table, sample.liar, sample.game = table, liar, game
    while sample.game.phase is not Phase.CHOOSE:
        sample.step()
    assert sample.game.high == 2
    for form in (Form.EXECUTION, Form.FULL):
        with refused("BisectionGame_BatchIsFinal", 2, 3):
            table.call(sample.game, table.choice(form, 2))
    assert table.move(sample.game, table.choice(Form.APPLICATION, 2)) is not None


def wrong_bond() -> None:
    table = Table()
    table.prepared(3, final=2)
    table.claim_state(2)
    for bond in (0, 1, 3, table.parameters.stake):
        with refused("BisectionGame_WrongBond", bond, table.bond):
            table.open(3, bond=bond)
        with refused("BisectionGame_WrongBond", bond, table.bond):
            table.open_state(bond=bond)


def parent_root_differs() -> None:
    table = Table()
    table.prepared(3)
    for root in (GARBAGE, bytes(32), table.truth.state_root(1)):
        with refused("BisectionGame_ParentRootDiffers", root, ROOT):
            table.open(1, root)
    assert table.open(1, ROOT).phase is Phase.REVEAL
    assert table.open(2, GARBAGE).phase is Phase.ANSWER


def nothing_owed() -> None:
    table = Table()
    for account in (ALICE, BOB, DAVE):
        with refused("BisectionGame_NothingOwed", account):
            table.game("withdraw", account, sender=BOB)


def deployed(game: str, config: ChainConfig, ahead: int = 2) -> None:
    """A game beside a rollup that expects it ``ahead`` deployments later."""
    table = Table()
    expected = table.l1.predict(ahead)
    rollup = table.l1.deploy(
        "RollupManager", table.parameters.as_tuple(), expected, ROOT, CONFIG.hash()
    ).address
    verifier = table.l1.deploy("ToyVerifier").address
    table.l1.deploy(game, rollup, verifier, config_tuple(config))


@pytest.mark.parametrize("game", ["BisectionGame", "TinyBisectionGame"])
def test_a_game_is_deployed_where_its_rollup_expects_it(game: str) -> None:
    deployed(game, CONFIG)


def other_game() -> None:
    for ahead in (0, 1, 3):
        with refused("BisectionGame_RollupHasOtherGame"):
            deployed("BisectionGame", CONFIG, ahead)


def other_configuration() -> None:
    for change in ({"chain_id": 78}, {"base_fee": 8}, {"batch_gas_limit": 1}, {"blob_base_fee": 2}):
        config = replace(CONFIG, **change)
        with refused("BisectionGame_ConfigurationDiffers", config.hash(), CONFIG.hash()):
            deployed("BisectionGame", config)
    with refused("BisectionGame_ConfigurationDiffers"):
        deployed("BisectionGame", replace(CONFIG, batch_interval=61))


def other_interval() -> None:
    table = Table()
    config = replace(CONFIG, batch_interval=61)
    rollup = table.l1.deploy(
        "RollupManager", table.parameters.as_tuple(), table.l1.predict(1), ROOT, config.hash()
    )
    with refused("BisectionGame_IntervalDiffers", 61, 60):
        table.l1.deploy("BisectionGame", rollup.address, table.verifier.address, config_tuple(config))


def gas_limit_too_high() -> None:
    most = 10**9
    for limit in (most, most + 1, 2**64 - 1):
        table = Table()
        config = replace(CONFIG, batch_gas_limit=limit)
        rollup = table.l1.deploy(
            "RollupManager", table.parameters.as_tuple(), table.l1.predict(1), ROOT, config.hash()
        )
        arguments = rollup.address, table.verifier.address, config_tuple(config)
        if limit == most:
            table.l1.deploy("BisectionGame", *arguments)
            continue
        with refused("BisectionGame_GasLimitTooHigh", limit, most):
            table.l1.deploy("BisectionGame", *arguments)


def no_verifier() -> None:
    table = Table()
    rollup = table.l1.deploy(
        "RollupManager", table.parameters.as_tuple(), table.l1.predict(1), ROOT, CONFIG.hash()
    )
    with refused("BisectionGame_VerifierIsMissing", DAVE):
        table.l1.deploy("BisectionGame", rollup.address, DAVE, config_tuple(CONFIG))


GUARDS = ("GameChanged", "WrongPhase", "NotYourTurn", "TooLate", "TooEarly", "GameIsVoid", "GameIsLive")
"""Reached in the tests above."""

REASONS: dict[str, Callable[[], None]] = {
    "NoObjection": no_objection,
    "VectorLengthDiffers": vector_length,
    "NoSuchSegment": no_such_segment,
    "EndDiffers": end_differs,
    "OrderDiffers": order_differs,
    "ClaimDiffers": claim_differs,
    "BatchIsFinal": batch_is_final,
    "WrongBond": wrong_bond,
    "ParentRootDiffers": parent_root_differs,
    "NothingOwed": nothing_owed,
    "RollupHasOtherGame": other_game,
    "ConfigurationDiffers": other_configuration,
    "IntervalDiffers": other_interval,
    "GasLimitTooHigh": gas_limit_too_high,
    "VerifierIsMissing": no_verifier,
}


@pytest.mark.parametrize("name", REASONS)
def test_every_reason_is_met(name: str) -> None:
    REASONS[name]()


def test_an_opening_of_the_vector_that_does_not_lead_to_its_root_is_refused() -> None:
    opening_differs()


def test_no_error_of_the_game_is_without_its_test() -> None:
    source = Path(__file__).parents[3] / "contracts" / "interfaces" / "IGameErrors.sol"
    declared = set(re.findall(r"error BisectionGame_(\w+)", source.read_text()))
    assert declared == {*GUARDS, *REASONS}


# Openings that the rollup refuses


def test_what_the_hooks_refuse_at_an_opening() -> None:
    table = Table()
    table.prepared(4, final=2)
    serial = table.claim_state(2)
    for batch, named in ((2, 2), (3, 4), (4, 3), (3, 0)):
        with refused("ClaimAbsent"):
            table.open(batch, serial=named)
    for named in (0, serial - 1, serial + 1):
        with refused("StateSerialDiffers"):
            table.open_state(serial=named)
    opened = table.l1.time
    table.l1.time = opened + table.parameters.state_window
    table.open_state()
    table.l1.time += 1
    with refused("WindowClosed"):
        table.open_state()
    table.l1.time = table.rollup("claimOf", 3)[3] + table.parameters.claim_window
    table.open(3)
    table.l1.time += 1
    with refused("WindowClosed"):
        table.open(3)


def test_calldata_of_another_shape_is_refused() -> None:
    sample = Sample(Phase.ANSWER)
    table, game = sample.table, sample.game
    data = bytearray(table.game.encode("agree", game.as_tuple()))
    for at, value in (
        (4 + 32, 0xFF),
        (4 + 3 * 32, 1),
    ):  # beyond the width of `kind`, of the sequencer's address
        wrong = bytearray(data)
        wrong[at : at + 1] = bytes([value])
        with pytest.raises((RuntimeError, Reverted)):
            table.l1.call(ALICE, table.game.address, bytes(wrong), 0)
    with pytest.raises((RuntimeError, Reverted)):
        table.l1.call(ALICE, table.game.address, bytes(data[:-1]), 0)
    table.l1.call(ALICE, table.game.address, bytes(data), 0)
    assert table.game("gameHash", game.id) == table.rules.agree(game, table.l1.time).hash()


def test_moves_take_no_ether() -> None:
    sample = Sample(Phase.ANSWER)
    data = sample.table.game.encode("agree", sample.game.as_tuple())
    with pytest.raises(RuntimeError):
        sample.table.l1.call(ALICE, sample.table.game.address, data, 1)
