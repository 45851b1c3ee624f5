"""The role: who holds it, how it is lost, and where its stake goes."""

from __future__ import annotations

import pytest

from tests.contracts.rollup.play import ALICE, BOB, CAROL, TINY, Play, refused

VACANT, ACTIVE, RETIRING = range(3)
STAKE, IDLE, LAG = TINY.stake, TINY.idle_time, TINY.max_lag
CYCLE = TINY.settlement_cycle()


@pytest.fixture
def play() -> Play:
    """A rollup with Alice in office."""
    play = Play()
    play.begin()
    return play


def test_a_term_begins_with_the_whole_stake_and_no_wei_beside() -> None:
    play = Play()
    for value in (0, STAKE - 1, STAKE + 1):
        with refused("WrongStake", value, STAKE):
            play.rollup("beginTerm", sender=ALICE, value=value)
    assert play.begin() == 1
    assert play.rollup("seat") == (ALICE, ACTIVE, 1)
    assert play.rollup("isLive", 1)
    assert not play.rollup("isLive", 0)


def test_an_occupied_role_can_not_be_taken(play: Play) -> None:
    with refused("WrongRole", ACTIVE, VACANT):
        play.begin(BOB)
    play.rollup("retire", sender=ALICE)
    with refused("WrongRole", RETIRING, VACANT):
        play.begin(BOB)


def test_only_the_sequencer_retires_itself_at_will(play: Play) -> None:
    with refused("CallerIsNotSequencer", BOB, ALICE):
        play.rollup("retire", sender=BOB)
    play.rollup("retire", sender=ALICE)
    assert play.rollup("seat") == (ALICE, RETIRING, 1)
    with refused("WrongRole"):
        play.rollup("retire", sender=ALICE)


def test_a_retired_term_ends_when_all_is_final_and_the_stake_is_pulled(play: Play) -> None:
    play.append_many(2)
    play.claim(2)
    with refused("WrongRole", ACTIVE, RETIRING):
        play.rollup("endTerm", sender=BOB)
    play.rollup("retire", sender=ALICE)
    with refused("ClaimsPending", 2, 0):
        play.rollup("endTerm", sender=BOB)
    play.wait(TINY.claim_window + 1)
    play.finalize()
    before = play.l1.balance(ALICE)
    play.rollup("endTerm", sender=BOB)
    assert play.rollup("seat")[1:] == (VACANT, 1)
    assert play.l1.balance(ALICE) == before
    assert play.rollup("withdraw", ALICE, sender=BOB) == STAKE
    assert play.l1.balance(ALICE) == before + STAKE
    with refused("NothingOwed", ALICE):
        play.rollup("withdraw", ALICE, sender=BOB)
    assert play.solvent()


def test_a_pending_state_claim_holds_the_stake(play: Play) -> None:
    play.finalized(1)
    serial = play.claim_state(1)
    play.rollup("retire", sender=ALICE)
    with refused("StateClaimPending", serial):
        play.rollup("endTerm")
    play.wait(TINY.state_window + 1)
    play.rollup("finalizeState", serial)
    play.rollup("endTerm")


def test_an_open_game_holds_the_stake(play: Play) -> None:
    play.append_many(1)
    play.claim(1)
    play.game("openClaimGame", 1, 1)
    play.rollup("retire", sender=ALICE)
    play.wait(10**9)
    with refused("ClaimsPending", 1, 0):
        play.rollup("endTerm")
    assert play.game("slash", 1, BOB)


def test_silence_for_longer_than_t_idle_retires_and_not_a_second_less(play: Play) -> None:
    play.wait(IDLE)
    with refused("NotIdle", play.l1.time, play.l1.time + 1):
        play.rollup("retireSilent", sender=BOB)
    play.append()
    play.wait(IDLE)
    with refused("NotIdle"):
        play.rollup("retireSilent", sender=BOB)
    play.wait(1)
    play.rollup("retireSilent", sender=BOB)
    assert play.rollup("seat") == (ALICE, RETIRING, 1)


def test_silence_is_measured_by_the_posting_not_by_the_declared_time(play: Play) -> None:
    play.wait(1000)
    play.append(timestamp=play.l1.time - TINY.max_order_age)
    play.wait(IDLE)
    with refused("NotIdle"):
        play.rollup("retireSilent", sender=BOB)


def test_a_newcomer_has_the_whole_time_whatever_the_predecessor_left(play: Play) -> None:
    play.append()
    play.rollup("retire", sender=ALICE)
    play.rollup("endTerm")
    play.wait(10**6)
    play.begin(BOB)
    play.wait(IDLE)
    with refused("NotIdle"):
        play.rollup("retireSilent", sender=CAROL)
    with refused("NotIdle"):
        play.rollup("retireUnclaimed", play.orders[0].as_tuple(), sender=CAROL)
    play.wait(1)
    play.rollup("retireUnclaimed", play.orders[0].as_tuple(), sender=CAROL)
    assert play.rollup("seat") == (BOB, RETIRING, 2)


def test_an_unclaimed_order_retires_a_sequencer_that_goes_on_ordering(play: Play) -> None:
    first = play.append()
    for _ in range(IDLE // 100):
        play.wait(100)
        play.append()
    with refused("NotIdle", play.l1.time, play.l1.time + 1):
        play.rollup("retireUnclaimed", first.as_tuple(), sender=BOB)
    play.wait(1)
    with refused("NotIdle"):
        play.rollup("retireSilent", sender=BOB)
    play.rollup("retireUnclaimed", first.as_tuple(), sender=BOB)


def test_only_the_lowest_unclaimed_order_counts_and_only_as_it_is(play: Play) -> None:
    play.append_many(3)
    play.claim(1)
    play.wait(10**6)
    one, two, three = play.orders
    for order in (one, three):
        with refused("ClaimOutOfTurn", order.batch, 2):
            play.rollup("retireUnclaimed", order.as_tuple())
    forged = (*two.as_tuple()[:4], two.timestamp - 1, *two.as_tuple()[5:])
    with refused("OrderHashDiffers"):
        play.rollup("retireUnclaimed", forged)
    play.claim(2)
    beyond = play.order().as_tuple()
    with refused("OrderAbsent", 4, 3):
        play.rollup("retireUnclaimed", beyond)


def test_a_backlog_beyond_max_lag_gives_a_diligent_newcomer_a_cycle_more(play: Play) -> None:
    """Batch 11 can't be claimed before the first ten are final and a state claim on them is."""
    play.append_many(LAG + 1)
    play.rollup("retire", sender=ALICE)
    play.rollup("endTerm")
    play.wait(10**5)
    play.begin(BOB)
    began = play.l1.time
    last = play.orders[-1]
    assert play.rollup("claimDeadline", LAG, play.orders[-2].timestamp) == began + IDLE
    assert play.rollup("claimDeadline", LAG + 1, last.timestamp) == began + CYCLE + IDLE
    assert play.rollup("claimDeadline", 2 * LAG + 1, last.timestamp) == began + 2 * CYCLE + IDLE

    play.claim(LAG, sender=BOB)
    play.wait(TINY.claim_window + 1)
    play.finalize()
    serial = play.claim_state(LAG, sender=BOB)
    play.wait(CYCLE + IDLE - TINY.claim_window - 1)
    with refused("NotIdle"):
        play.rollup("retireUnclaimed", last.as_tuple())
    play.rollup("finalizeState", serial)
    play.claim(1, sender=BOB)


def test_a_backlog_is_counted_from_the_last_final_state_at_the_terms_begin(play: Play) -> None:
    play.finalized(5)
    serial = play.claim_state(5)
    play.rollup("retire", sender=ALICE)
    play.wait(TINY.state_window + 1)
    play.rollup("finalizeState", serial)
    play.rollup("endTerm")
    play.begin(BOB)
    assert play.rollup("clocks")[2:] == (play.l1.time, 5)
    assert play.rollup("claimDeadline", 5 + LAG, 0) == play.l1.time + IDLE
    assert play.rollup("claimDeadline", 5 + LAG + 1, 0) == play.l1.time + CYCLE + IDLE


def test_dragging_state_claims_out_gains_no_time(play: Play) -> None:
    """The deadline of an order depends on nothing that the sequencer can do after the term began."""
    play.append_many(LAG + 1)
    deadline = play.rollup("claimDeadline", LAG + 1, play.orders[-1].timestamp)
    play.claim(LAG)
    play.wait(TINY.claim_window + 1)
    play.finalize()
    play.claim_state(1)
    play.wait(TINY.state_window + 1)
    play.rollup("finalizeState", play.rollup("pendingState")[1])
    assert play.rollup("claimDeadline", LAG + 1, play.orders[-1].timestamp) == deadline


@pytest.mark.parametrize("lateness", [10**9, 2**40, 2**64 - 1 - 1_900_000_000])
def test_rule_14_lateness_may_be_arbitrary(play: Play, lateness: int) -> None:
    play.finalized(1)
    serial = play.claim_state(1)
    play.append_many(2)
    play.claim(1)
    play.wait(lateness)
    play.rollup("retireUnclaimed", play.orders[2].as_tuple(), sender=BOB)
    play.rollup("finalizeState", serial, sender=BOB)
    assert play.finalize() == 1
    play.rollup("endTerm", sender=BOB)
    assert play.rollup("withdraw", ALICE, sender=BOB) == STAKE


def test_rule_14_silence_may_last_for_ever(play: Play) -> None:
    play.l1.time = 2**64 - 1
    play.rollup("retireSilent", sender=BOB)
    play.rollup("endTerm", sender=BOB)
    assert play.begin(BOB) == 2


def test_no_ether_comes_in_by_another_way(play: Play) -> None:
    for name in ("retire", "finalize", "endTerm", "withdraw", "append", "appendAndClaim", "claim"):
        assert play.rollup.functions[name]["stateMutability"] == "nonpayable"
    with pytest.raises(RuntimeError):
        play.l1.call(ALICE, play.rollup.address, b"", 1)
    assert play.solvent()


def test_there_is_no_owner_no_setter_and_no_pause(play: Play) -> None:
    calls = {n for n, f in play.rollup.functions.items() if f["stateMutability"] in ("nonpayable", "payable")}
    assert calls == {
        *("append", "appendAndClaim", "claim", "claimState", "finalize", "finalizeState"),
        *("beginTerm", "retire", "retireSilent", "retireUnclaimed", "endTerm", "withdraw"),
        *("openClaimGame", "openStateGame", "closeClaimGame", "closeStateGame", "slash"),
    }
