"""The order chain: what L1 takes, and what it fixes of it."""

from __future__ import annotations

import pytest

from offchain.trees.paged_bytes import paged_root
from tests.contracts.rollup.in_process import blockhash
from tests.contracts.rollup.play import ALICE, BOB, TINY, Play, refused


@pytest.fixture
def play() -> Play:
    """A rollup with Alice in office."""
    play = Play()
    play.begin()
    return play


def test_order_zero_stands_for_configuration_and_genesis_state(play: Play) -> None:
    assert play.rollup("orderHash", 0) == play.hashes[0]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 4096, 70_000])
def test_order_hash_commits_to_everything_with_the_root_computed_by_the_contract(
    play: Play, size: int
) -> None:
    data = b"\0" + bytes(i % 251 for i in range(size - 1))
    order = play.append(data, coinbase=bytes.fromhex(BOB[2:]))
    assert order.data_root == paged_root(data)
    assert play.rollup("orderHash", 1) == order.hash()
    assert play.rollup("orderHash", 2) == bytes(32)


def test_size_zero_is_refused(play: Play) -> None:
    with refused("SizeOutOfRange", 0, 1 << 20):
        play.append(b"")


def test_size_of_two_to_the_twenty_is_the_last_one_taken(play: Play) -> None:
    play.append(bytes(1 << 20))
    play.wait(60)
    with refused("SizeOutOfRange", (1 << 20) + 1, 1 << 20):
        play.append(bytes((1 << 20) + 1))


@pytest.mark.parametrize("version", [1, 2, 127, 255])
def test_rule_24_unknown_version_is_refused_at_posting(play: Play, version: int) -> None:
    with refused("UnknownVersion", version, 0):
        play.append(bytes([version]) + b"abc")


def test_what_follows_the_version_may_be_anything(play: Play) -> None:
    play.append(b"\0" + b"\xff" * 500)


def test_timestamp_keeps_the_batch_interval(play: Play) -> None:
    first = play.append()
    play.wait(100)
    with refused("TimestampTooEarly", first.timestamp + 59, first.timestamp + 60):
        play.append(timestamp=first.timestamp + 59)
    play.append(timestamp=first.timestamp + 60)


def test_timestamp_up_to_l1_time_and_not_a_second_more(play: Play) -> None:
    with refused("TimestampInFuture", play.l1.time + 1, play.l1.time):
        play.append(timestamp=play.l1.time + 1)
    play.append(timestamp=play.l1.time)


def test_timestamp_may_be_max_age_old_and_not_a_second_more(play: Play) -> None:
    play.wait(1000)
    with refused("TimestampTooOld", play.l1.time - 101, play.l1.time - 100):
        play.append(timestamp=play.l1.time - 101)
    play.append(timestamp=play.l1.time - 100)


def test_prevrandao_is_the_hash_of_one_of_the_last_256_blocks(play: Play) -> None:
    number = play.l1.number
    for block in (number, number + 1, number - 257):
        with refused("L1BlockOutOfReach", block, number):
            play.append(l1_block=block, prevrandao=blockhash(block))
    play.append(l1_block=number - 256, prevrandao=blockhash(number - 256))


def test_rule_9_an_order_on_another_l1_chain_is_refused(play: Play) -> None:
    """After a reorg the declared block has another hash; what was signed before can't become false."""
    with refused("PrevrandaoDiffers", b"\x09" * 32, blockhash(play.l1.number - 1)):
        play.append(prevrandao=b"\x09" * 32)
    with refused("PrevrandaoDiffers"):
        play.append(prevrandao=bytes(32))


def test_rule_9_an_order_on_another_parent_is_refused(play: Play) -> None:
    play.append()
    play.wait(60)
    with refused("ParentChanged", play.hashes[0], play.hashes[1]):
        play.append(parent_hash=play.hashes[0])


def test_only_the_active_sequencer_orders(play: Play) -> None:
    with refused("CallerIsNotSequencer", BOB, ALICE):
        play.append(sender=BOB)
    play.rollup("retire", sender=ALICE)
    with refused("WrongRole", 2, 1):
        play.append()


def test_a_vacant_rollup_takes_no_order() -> None:
    with refused("WrongRole", 0, 1):
        Play().append()


def test_orders_survive_a_slash_and_the_next_term_goes_on_from_them(play: Play) -> None:
    play.append_many(3)
    play.claim(3)
    play.game("slash", 1, BOB)
    play.begin(BOB)
    assert [play.rollup("orderHash", n) for n in range(4)] == play.hashes
    play.wait(60)
    play.append(sender=BOB)
    assert play.rollup("heads")[:3] == (4, 0, 0)


def test_the_first_order_after_a_long_vacancy_is_dated_now_not_then(play: Play) -> None:
    play.append()
    play.wait(10**6)
    with refused("TimestampTooOld"):
        play.append(timestamp=play.orders[-1].timestamp + TINY.batch_interval)
    play.append()


def test_order_and_claim_go_in_one_transaction(play: Play) -> None:
    play.append()
    play.wait(60)
    order = play.order()
    context = (order.timestamp, play.l1.number - 1, order.prevrandao, ALICE)
    roots = [b"\x05" * 32, bytes(32)]
    data = b"\0" + (2).to_bytes(4)
    answer = play.rollup("appendAndClaim", play.hashes[1], context, data, 1, 0, roots, sender=ALICE)
    assert answer == order.hash() == play.rollup("orderHash", 2)
    assert [play.rollup("claimOf", n)[:2] for n in (1, 2)] == [(b"\x05" * 32, 1), (bytes(32), 2)]


def test_order_and_claim_in_one_transaction_only_by_the_sequencer(play: Play) -> None:
    order = play.order()
    context = (order.timestamp, play.l1.number - 1, order.prevrandao, ALICE)
    with refused("CallerIsNotSequencer"):
        play.rollup("appendAndClaim", play.hashes[0], context, b"\0", 1, 0, [b"\x05" * 32], sender=BOB)


def test_a_chain_younger_than_max_age_takes_orders() -> None:
    play = Play()
    play.l1.time = TINY.max_order_age - 1
    play.begin()
    play.append(timestamp=0)
