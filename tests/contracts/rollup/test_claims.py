"""Claims of diffs and of states: in turn, in time, in reach; and how they become final."""

from __future__ import annotations

import pytest

from tests.contracts.rollup.play import ALICE, BOB, CAROL, TINY, Play, refused

W, W_S = TINY.claim_window, TINY.state_window
ABSENT = (bytes(32), 0, 0, 0, 0)


@pytest.fixture
def play() -> Play:
    """A rollup with Alice in office and five orders."""
    play = Play()
    play.begin()
    play.append_many(5)
    return play


def test_a_claim_holds_root_serial_term_and_time(play: Play) -> None:
    play.claim(2)
    assert play.rollup("claimOf", 2) == (b"\x07" * 32, 2, 1, play.l1.time, 0)
    assert play.rollup("claimOf", 3) == ABSENT
    assert play.rollup("claimOf", 0) == ABSENT


def test_hash_zero_is_a_claim_like_any_other(play: Play) -> None:
    play.claim(1, root=bytes(32))
    assert play.rollup("claimOf", 1)[:3] == (bytes(32), 1, 1)
    play.game("openClaimGame", 1, 1)


def test_claims_come_in_turn(play: Play) -> None:
    for first in (0, 2, 5):
        with refused("ClaimOutOfTurn", first, 1):
            play.claim(1, first=first)


def test_a_claim_needs_its_order(play: Play) -> None:
    with refused("OrderAbsent", 6, 5):
        play.claim(6)
    with refused("NoClaims"):
        play.claim(0)


def test_rule_9_a_claim_names_the_order_hash_it_was_computed_on(play: Play) -> None:
    with refused("OrderHashDiffers", play.hashes[1], play.hashes[2]):
        play.claim(2, last_hash=play.hashes[1])


def test_rule_9_a_claim_names_the_last_serial(play: Play) -> None:
    play.claim(1)
    for previous in (0, 2):
        with refused("SerialChanged", previous, 1):
            play.claim(1, previous=previous)


def test_only_the_active_sequencer_claims(play: Play) -> None:
    with refused("CallerIsNotSequencer", BOB, ALICE):
        play.claim(1, sender=BOB)
    play.rollup("retire", sender=ALICE)
    with refused("WrongRole", 2, 1):
        play.claim(1)


def test_a_claim_at_max_lag_is_taken_and_none_beyond(play: Play) -> None:
    play.append_many(7)
    with refused("LagTooLong", 11, 10):
        play.claim(11)
    play.claim(10)
    with refused("LagTooLong", 11, 10):
        play.claim(1)


def test_a_final_state_claim_moves_the_reach_of_claims(play: Play) -> None:
    play.append_many(7)
    play.claim(10)
    play.wait(W + 1)
    play.finalize()
    play.claim_state(1)
    with refused("LagTooLong"):
        play.claim(1)
    play.wait(W_S + 1)
    play.rollup("finalizeState", 11)
    play.claim(1)
    with refused("LagTooLong", 12, 11):
        play.claim(1)


def test_a_serial_never_comes_back_not_even_for_the_same_claim(play: Play) -> None:
    assert play.claim(2) == 1
    play.game("slash", 1, BOB)
    play.begin()
    assert play.claim(2) == 3
    assert [play.rollup("claimOf", n)[1] for n in (1, 2)] == [3, 4]


def test_final_after_the_window_and_not_a_second_before(play: Play) -> None:
    play.claim(1)
    play.wait(W)
    with refused("NothingToFinalize", 1):
        play.finalize()
    play.wait(1)
    assert play.finalize() == 1
    assert play.rollup("heads")[2] == 1


def test_finality_goes_claim_by_claim_as_far_as_the_caller_pays(play: Play) -> None:
    play.claim(2)
    play.wait(10)
    play.claim(3)
    play.wait(W - 9)
    assert play.finalize(1) == 1
    assert play.finalize(9) == 1
    with refused("NothingToFinalize", 3):
        play.finalize()
    play.wait(10)
    assert play.finalize(2) == 2
    with refused("NothingToFinalize", 5):
        play.finalize(0)


def test_an_open_game_holds_its_claim_and_all_above_it(play: Play) -> None:
    play.claim(3)
    play.game("openClaimGame", 2, 2)
    play.game("openClaimGame", 2, 2)
    play.wait(W + 1)
    assert play.finalize() == 1
    play.game("closeClaimGame", 2, 2)
    with refused("NothingToFinalize", 2):
        play.finalize()
    play.game("closeClaimGame", 2, 2)
    assert play.finalize() == 2


def test_rule_15_opening_is_legal_exactly_while_finality_is_not(play: Play) -> None:
    play.claim(1)
    play.wait(W)
    with refused("NothingToFinalize"):
        play.finalize()
    play.game("openClaimGame", 1, 1)
    play.game("closeClaimGame", 1, 1)
    play.wait(1)
    with refused("WindowClosed", play.l1.time, play.l1.time - 1):
        play.game("openClaimGame", 1, 1)
    assert play.finalize() == 1
    with refused("ClaimAbsent"):
        play.game("openClaimGame", 1, 1)


def test_a_lost_challenge_validates_nothing(play: Play) -> None:
    play.claim(1)
    play.game("openClaimGame", 1, 1)
    play.game("closeClaimGame", 1, 1)
    with refused("NothingToFinalize"):
        play.finalize()
    play.game("openClaimGame", 1, 1)


def test_the_state_claim_lies_above_r_and_is_final_below(play: Play) -> None:
    with refused("StateBatchOutOfRange", 1, 1, 0):
        play.claim_state(1)
    play.claim(3)
    play.wait(W + 1)
    play.finalize()
    for batch in (0, 4):
        with refused("StateBatchOutOfRange", batch, 1, 3):
            play.claim_state(batch)
    with refused("OrderHashDiffers"):
        play.claim_state(3, order_hash=play.hashes[2])
    with refused("SerialChanged", 2, 3):
        play.claim_state(3, previous=2)
    play.claim_state(3)
    assert play.rollup("pendingState") == (b"\x0c" * 32, 4, 3, play.l1.time, 0)
    with refused("StateClaimPending", 4):
        play.claim_state(2)


def test_the_state_claim_is_final_after_its_own_window(play: Play) -> None:
    play.claim(3)
    play.wait(W + 1)
    play.finalize()
    serial = play.claim_state(2)
    play.wait(W_S)
    with refused("WindowOpen", play.l1.time, play.l1.time + 1):
        play.rollup("finalizeState", serial, sender=CAROL)
    play.wait(1)
    with refused("StateSerialDiffers", serial - 1, serial):
        play.rollup("finalizeState", serial - 1, sender=CAROL)
    play.rollup("finalizeState", serial, sender=CAROL)
    assert play.rollup("base") == (b"\x0c" * 32, 2)
    assert play.rollup("pendingState") == (bytes(32), 0, 0, 0, 0)
    with refused("StateSerialDiffers", 0, 0):
        play.rollup("finalizeState", 0, sender=CAROL)
    with refused("StateBatchOutOfRange", 2, 3, 3):
        play.claim_state(2)


def test_an_open_game_holds_the_state_claim(play: Play) -> None:
    play.claim(1)
    play.wait(W + 1)
    play.finalize()
    serial = play.claim_state(1)
    play.wait(W_S)
    play.game("openStateGame", serial)
    play.wait(1)
    with refused("WindowClosed"):
        play.game("openStateGame", serial)
    with refused("GamesOpen", serial, 1):
        play.rollup("finalizeState", serial)
    play.game("closeStateGame", serial)
    play.rollup("finalizeState", serial)


def test_only_the_active_sequencer_claims_a_state(play: Play) -> None:
    play.claim(1)
    play.wait(W + 1)
    play.finalize()
    with refused("CallerIsNotSequencer"):
        play.claim_state(1, sender=BOB)
    play.rollup("retire", sender=ALICE)
    with refused("WrongRole", 2, 1):
        play.claim_state(1)
