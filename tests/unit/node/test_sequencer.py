"""The sequencer fills batches within their limits, and keeps nothing that L1 did not take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offchain.batches.codec import encode_order
from offchain.errors import InputError, NetworkError
from offchain.evm.receipt import Status
from offchain.l1.sender import Sent
from offchain.node.pool import BatchLimits, TransactionPool
from offchain.node.sequencer import CLAIMS_PER_TRANSACTION, Sequencer
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


def order_without_claims(world: World, sequencer: Sequencer, count: int) -> None:
    for _ in range(count):
        synced = sequencer.replica.sync()
        parent = sequencer.replica.note(sequencer.replica.store.head).order_hash
        world.l1.append(parent, sequencer._declare(synced.block), encode_order([]))
    sequencer.replica.sync()


def limit_lag(world: World, max_lag: int) -> None:
    """As if the rollup was deployed with another MAX_LAG."""
    world.l1.parameters = replace(world.l1.parameters, max_lag=max_lag)
    world.l1.rollup = replace(world.l1.rollup, parameters=world.l1.parameters)


def test_a_backlog_is_claimed_in_pieces_that_a_transaction_can_hold(world: World) -> None:
    sequencer = world.sequencer()
    order_without_claims(world, sequencer, CLAIMS_PER_TRANSACTION + 3)
    posted = [sequencer.post_batch() for _ in range(2)]
    assert [one.claimed for one in posted] == [CLAIMS_PER_TRANSACTION, posted[1].batch]
    assert world.verifier().check().is_right


def test_a_backlog_can_be_claimed_without_new_orders(world: World) -> None:
    sequencer = world.sequencer()
    order_without_claims(world, sequencer, 2 * CLAIMS_PER_TRANSACTION + 1)
    before = len(world.l1.blocks)
    assert sequencer.claim_backlog() == 2 * CLAIMS_PER_TRANSACTION + 1
    assert len(world.l1.blocks) - before == 3
    assert world.verifier().check().is_right
    assert sequencer.claim_backlog() == 2 * CLAIMS_PER_TRANSACTION + 1
    assert len(world.l1.blocks) - before == 3


def test_orders_go_out_though_max_lag_forbids_their_claims(world: World) -> None:
    limit_lag(world, 3)
    sequencer = world.sequencer()
    order_without_claims(world, sequencer, 2)
    posted = [sequencer.post_batch() for _ in range(3)]
    assert [(one.batch, one.claimed) for one in posted] == [(3, 3), (4, 3), (5, 3)]
    assert sequencer.claim_backlog() == 3
    world.l1.advance(1_000)
    sequencer.finalize()
    sequencer.claim_state(3)
    sequencer.finalize_state()
    assert sequencer.post_batch().claimed == 6


def test_what_l1_took_is_not_posted_again_though_the_reading_after_it_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer, send = world.sequencer(), world.l1.append_and_claim
    sequencer.submit(world.transfer())

    def unreadable(*arguments: object) -> Sent:
        sent = send(*arguments)  # type: ignore[arg-type]

        def block(number: int | None = None) -> None:
            raise NetworkError("time-out")

        monkeypatch.setattr(world.l1, "block", block)
        return sent

    monkeypatch.setattr(world.l1, "append_and_claim", unreadable)
    with pytest.raises(NetworkError, match="time-out"):
        sequencer.post_batch()
    monkeypatch.undo()
    assert len(sequencer.pool) == 0
    assert sequencer.post_batch().batch == 2


def test_what_l1_took_is_not_posted_again_though_its_sending_seemed_to_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer, send = world.sequencer(), world.l1.append_and_claim
    first, second = world.transfer(), world.transfer()
    sequencer.submit(first)

    def unanswered(*arguments: object) -> Sent:
        send(*arguments)  # type: ignore[arg-type]
        raise NetworkError("no receipt")

    monkeypatch.setattr(world.l1, "append_and_claim", unanswered)
    with pytest.raises(NetworkError, match="no receipt"):
        sequencer.post_batch()
    monkeypatch.undo()
    sequencer.submit(second)
    posted = sequencer.post_batch()
    assert (posted.batch, [receipt.status for receipt in posted.receipts]) == (2, [Status.SUCCESS])
    assert len(sequencer.pool) == 0


def test_what_could_not_be_prepared_waits_on(world: World) -> None:
    sequencer = world.sequencer()
    sequencer.submit(world.transfer())

    def full(batch: int, diff: object) -> None:
        raise OSError("no space left")

    sequencer._publish = full
    with pytest.raises(OSError, match="no space"):
        sequencer.post_batch()
    assert len(sequencer.pool) == 1


def test_dropping_takes_each_item_once_and_none_that_does_not_wait() -> None:
    waiting = pool()
    for item in (b"a", b"b", b"a"):
        waiting.add(item)
    waiting.drop([b"a", b"c"])
    assert waiting.take() == [b"b", b"a"]
