"""The sequencer fills batches within their limits, and keeps nothing that L1 did not take."""

from __future__ import annotations

import pytest

from offchain.batches.codec import encode_order
from offchain.errors import InputError, NetworkError
from offchain.evm.receipt import Status
from offchain.node.pool import BatchLimits, TransactionPool
from offchain.node.sequencer import Sequencer
from tests.unit.node.conftest import World


def test_a_batch_does_what_its_receipts_say(world: World) -> None:
    sequencer = world.sequencer()
    for _ in range(3):
        sequencer.submit(world.transfer())
    sequencer.submit(b"\xc0")
    posted = sequencer.post_batch()
    assert [receipt.status for receipt in posted.receipts] == [Status.SUCCESS] * 3 + [Status.SKIPPED]
    assert posted.gas_used == 63_000
    assert sequencer.replica.note(1).skipped == 1
    assert sequencer.replica.note(1).diff_root == posted.diff_root


def test_nothing_waiting_makes_an_empty_batch(world: World) -> None:
    posted = world.sequencer().post_batch()
    assert (posted.batch, posted.size, posted.receipts) == (1, 1, ())


def test_a_batch_is_executed_once_though_it_is_applied_after_l1_took_it(world: World) -> None:
    sequencer = world.sequencer()
    executor, count = sequencer.replica.executor, []
    original = executor.execute
    executor.execute = lambda *arguments: count.append(1) or original(*arguments)  # type: ignore[method-assign]
    world.post(sequencer, 3)
    assert len(count) == 3


def test_what_l1_refuses_waits_on_and_is_not_applied(world: World) -> None:
    sequencer, rival = world.sequencer(), world.sequencer("rival")
    item = world.transfer()
    sequencer.submit(item)
    original = sequencer.replica.watcher.source.append_and_claim  # type: ignore[attr-defined]

    def refuse(*arguments: object) -> object:
        world.l1.append_and_claim = original  # type: ignore[method-assign]
        rival.post_batch()  # another order comes first
        return original(*arguments)

    world.l1.append_and_claim = refuse  # type: ignore[method-assign,assignment]
    with pytest.raises(NetworkError, match="ParentChanged"):
        sequencer.post_batch()
    assert (sequencer.replica.store.head, len(sequencer.pool)) == (0, 1)
    posted = sequencer.post_batch()
    assert (posted.batch, len(posted.receipts)) == (2, 1)


def test_orders_that_were_not_claimed_are_claimed_with_the_next(world: World) -> None:
    sequencer: Sequencer = world.sequencer()
    context = sequencer._declare(world.l1.block())  # type: ignore[arg-type]
    world.l1.append(world.l1.rollup.genesis_hash, context, encode_order([world.transfer()]))
    world.post(sequencer)
    verdict = world.verifier().check()
    assert (verdict.ordered, verdict.claimed, verdict.is_right) == (2, 2, True)


def test_an_order_before_d_min_is_not_tried(world: World) -> None:
    sequencer = world.sequencer()
    sequencer.post_batch()
    world.l1.time -= 1  # the next block has the time of the one that the last order declared
    world.l1.blocks[-1] = (world.l1._block(len(world.l1.blocks) - 1), world.l1.blocks[-1][1])
    object.__setattr__(sequencer.replica.config, "batch_interval", 100)
    try:
        with pytest.raises(NetworkError, match="too early for order 2"):
            sequencer.post_batch()
    finally:
        object.__setattr__(sequencer.replica.config, "batch_interval", 1)


def test_the_state_claim_is_that_of_the_store(world: World) -> None:
    sequencer = world.sequencer()
    world.post(sequencer, 3)
    world.l1.advance(1_000)
    sequencer.finalize()
    root, _ = sequencer.claim_state(2)
    assert root == sequencer.replica.store.state_root(2)
    sequencer.finalize_state()
    assert sequencer.replica.sync().book.base == (2, root)
    with pytest.raises(NetworkError, match="no state claim is pending"):
        sequencer.finalize_state()


def pool(**limits: int) -> TransactionPool:
    return TransactionPool(26, BatchLimits(**limits))


def test_a_batch_ends_where_the_next_item_would_not_fit(world: World) -> None:
    first, second = world.transfer(), world.transfer()
    for limits in ({"items": 1}, {"gas": 41_999}, {"size": 1 + 2 * (4 + len(first)) - 1}):
        waiting = pool(**limits)
        waiting.add(first)
        waiting.add(second)
        assert waiting.take() == [first]
        assert waiting.take() == [second]
        assert waiting.take() == []


def test_a_batch_may_be_filled_to_its_limits(world: World) -> None:
    first, second = world.transfer(), world.transfer()
    for limits in ({"items": 2}, {"gas": 42_000}, {"size": 1 + 8 + len(first) + len(second)}):
        waiting = pool(**limits)
        waiting.add(first)
        waiting.add(second)
        assert waiting.take() == [first, second]


def test_items_that_are_put_back_come_first_and_in_their_order(world: World) -> None:
    items = [world.transfer() for _ in range(3)]
    waiting = pool()
    for item in items:
        waiting.add(item)
    waiting.put_back(waiting.take()[:])
    assert waiting.take() == items


@pytest.mark.parametrize("item", [b"", bytes(98_305)])
def test_an_item_that_no_batch_can_hold_is_refused(item: bytes) -> None:
    with pytest.raises(InputError, match="a transaction has 1 to 98304 bytes"):
        pool().add(item)


def test_a_transaction_above_the_batch_s_gas_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="gas limit 21000 is above the 20999 of a batch"):
        pool(gas=20_999).add(world.transfer())


@pytest.mark.parametrize("limits", [{"size": 5}, {"size": (1 << 20) + 1}, {"items": 4_095}, {"items": 0}])
def test_limits_beyond_the_protocol_s_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(InputError, match="a batch holds up to"):
        pool(**limits)
