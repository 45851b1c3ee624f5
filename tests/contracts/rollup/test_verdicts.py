"""The hooks of the game: verdicts, void games, and the money that moves."""

from __future__ import annotations

import pytest

from tests.contracts.rollup.play import ALICE, BOB, CAROL, ROOT, TINY, ZERO, Play, refused

REWARD = TINY.stake // 2
BURNT = TINY.stake - REWARD


@pytest.fixture
def play() -> Play:
    """Alice in office; batches 1 and 2 final, 3 to 5 claimed, a state claim on 2 pending."""
    play = Play()
    play.begin()
    play.finalized(2)
    play.append_many(3)
    play.claim(3)
    play.claim_state(2)
    return play


@pytest.mark.parametrize("caller", [ALICE, BOB])
def test_the_hooks_belong_to_the_game_alone(play: Play, caller: str) -> None:
    for name, arguments in {
        "openClaimGame": (3, 3),
        "closeClaimGame": (3, 3),
        "openStateGame": (6,),
        "closeStateGame": (6,),
        "slash": (1, BOB),
    }.items():
        with refused("CallerIsNotGame", caller, play.game.address):
            play.rollup(name, *arguments, sender=caller)


def test_rule_13_an_opening_answers_what_the_game_freezes(play: Play) -> None:
    play.game("openClaimGame", 4, 4)
    frozen = (ALICE, 1, 4, 4, b"\x07" * 32, play.hashes[3], play.hashes[4], (ROOT, 0))
    assert play.game("disputed") == frozen
    play.game("openStateGame", 6)
    frozen = (ALICE, 1, 6, 2, b"\x0c" * 32, play.hashes[1], play.hashes[2], (ROOT, 0))
    assert play.game("disputed") == frozen


def test_rule_9_a_game_names_the_serial_it_disputes(play: Play) -> None:
    for batch, serial in ((3, 4), (2, 2), (6, 6), (0, 0), (6, 0), (2**64 - 1, 1)):
        with refused("ClaimAbsent"):
            play.game("openClaimGame", batch, serial)
    for serial in (0, 5, 7):
        with refused("StateSerialDiffers", serial, 6):
            play.game("openStateGame", serial)


def test_a_verdict_ends_the_term_and_takes_all_that_is_not_final(play: Play) -> None:
    assert play.game("slash", 1, BOB)
    assert play.rollup("seat") == (ZERO, 0, 1)
    assert play.rollup("heads") == (5, 2, 2, 6)
    assert play.rollup("pendingState")[1] == 0
    assert play.rollup("base") == (ROOT, 0)
    assert [play.rollup("claimOf", n)[1] for n in range(1, 6)] == [1, 2, 0, 0, 0]


def test_rule_11_half_the_stake_is_burnt_and_half_goes_to_the_recorded_winner(play: Play) -> None:
    play.game("slash", 1, BOB, sender=CAROL)
    assert play.l1.balance(ZERO) == BURNT
    assert play.rollup("creditOf", BOB) == REWARD
    assert play.rollup("creditOf", ALICE) == play.rollup("creditOf", CAROL) == 0
    assert play.solvent()
    before = play.l1.balance(BOB)
    play.rollup("withdraw", BOB, sender=CAROL)
    assert play.l1.balance(BOB) == before + REWARD
    assert play.l1.balance(play.rollup.address) == 0


def test_rule_1_a_term_is_slashed_once(play: Play) -> None:
    assert play.game("slash", 1, BOB) is True
    assert play.game("slash", 1, CAROL) is False
    assert play.rollup("creditOf", CAROL) == 0


def test_an_old_verdict_does_not_touch_the_next_term(play: Play) -> None:
    play.game("slash", 1, BOB)
    play.begin(ALICE)
    assert play.game("slash", 1, BOB) is False
    assert play.game("slash", 3, BOB) is False
    assert play.rollup("seat") == (ALICE, 1, 2)


def test_a_regularly_ended_term_can_not_be_slashed() -> None:
    play = Play()
    play.begin()
    play.rollup("retire", sender=ALICE)
    play.rollup("endTerm")
    assert play.game("slash", 1, BOB) is False
    assert play.rollup("creditOf", ALICE) == TINY.stake


def test_a_retiring_sequencer_is_still_slashed(play: Play) -> None:
    play.rollup("retire", sender=ALICE)
    assert play.game("slash", 1, BOB) is True
    assert play.rollup("seat") == (ZERO, 0, 1)


def test_void_games_of_an_ended_term_close_without_a_trace(play: Play) -> None:
    play.game("openClaimGame", 3, 3)
    play.game("openStateGame", 6)
    play.game("slash", 1, BOB)
    assert play.game("closeClaimGame", 3, 3) is False
    assert play.game("closeStateGame", 6) is False


def test_void_games_do_not_hold_the_claims_of_the_next_term(play: Play) -> None:
    play.game("openClaimGame", 3, 3)
    play.game("slash", 1, BOB)
    play.begin(CAROL)
    assert play.claim(3, sender=CAROL) == 7
    assert play.rollup("claimOf", 3) == (b"\x07" * 32, 7, 2, play.l1.time, 0)
    play.game("openClaimGame", 3, 7)
    assert play.game("closeClaimGame", 3, 3) is False
    assert play.rollup("claimOf", 3)[4] == 1
    assert play.game("closeClaimGame", 3, 7) is True
    play.wait(TINY.claim_window + 1)
    assert play.finalize() == 3


def test_a_deleted_claim_can_not_be_disputed_though_its_storage_is_there(play: Play) -> None:
    play.game("slash", 1, BOB)
    with refused("ClaimAbsent"):
        play.game("openClaimGame", 3, 3)
    play.begin()
    play.claim(1)
    with refused("ClaimAbsent"):
        play.game("openClaimGame", 4, 4)


def test_a_game_is_closed_once(play: Play) -> None:
    play.game("openClaimGame", 3, 3)
    play.game("closeClaimGame", 3, 3)
    with refused("NoGameOpen", 3):
        play.game("closeClaimGame", 3, 3)
    with refused("NoGameOpen", 6):
        play.game("closeStateGame", 6)


def test_nothing_final_is_ever_deleted(play: Play) -> None:
    play.wait(TINY.claim_window + 1)
    play.finalize()
    play.rollup("finalizeState", 6)
    play.game("slash", 1, BOB)
    assert play.rollup("heads") == (5, 5, 5, 6)
    assert play.rollup("base") == (b"\x0c" * 32, 2)
    assert play.rollup("claimOf", 5)[1] == 5


@pytest.mark.parametrize("claims", [1, 10])
def test_rule_2_a_verdict_costs_the_same_whatever_it_deletes(claims: int) -> None:
    play = Play()
    play.begin()
    play.append_many(10)
    play.claim(claims)
    play.game("slash", 1, BOB)
    spent = int(play.l1.evm.result.gas_used)
    other = Play()
    other.begin()
    other.append_many(10)
    other.claim(1)
    other.game("slash", 1, BOB)
    assert abs(spent - int(other.l1.evm.result.gas_used)) < 200


def test_rule_10_a_payee_that_refuses_blocks_nobody_else(play: Play) -> None:
    payee = play.l1.deploy("RefusingPayee")
    play.game("slash", 1, payee.address)
    with refused("Ether_NotTaken", payee.address, REWARD):
        play.rollup("withdraw", payee.address)
    assert play.rollup("creditOf", payee.address) == REWARD
    play.begin(BOB)
    play.game("slash", 2, CAROL)
    assert play.rollup("withdraw", CAROL) == REWARD


def test_rule_10_a_payee_that_calls_back_is_paid_once_and_its_answer_is_not_read(play: Play) -> None:
    payee = play.l1.deploy("GreedyPayee", play.rollup.address)
    play.game("slash", 1, payee.address)
    play.begin(BOB)
    assert play.rollup("withdraw", payee.address) == REWARD
    assert play.l1.balance(payee.address) == REWARD
    assert play.l1.balance(play.rollup.address) == TINY.stake


def test_a_sequencer_that_slashes_itself_loses_half(play: Play) -> None:
    play.game("slash", 1, ALICE)
    assert play.rollup("withdraw", ALICE) == REWARD
    assert play.l1.balance(ZERO) == BURNT


def test_ether_forced_in_belongs_to_nobody_and_harms_nobody(play: Play) -> None:
    play.l1.fund(play.rollup.address, play.l1.balance(play.rollup.address) + 5)
    play.game("slash", 1, BOB)
    play.rollup("withdraw", BOB)
    assert play.l1.balance(play.rollup.address) == 5
