"""Whatever a node of L1 says is recomputed where it can be; the wrong chain is one clear line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from eth_abi.abi import encode

from offchain.errors import NetworkError
from offchain.l1.claims import Role
from offchain.l1.events import (
    CLAIM_TOPICS,
    EVENTS,
    ORDER_TOPIC,
    BatchesClaimed,
    StateClaimed,
    decode_claim_event,
)
from offchain.l1.parameters import DEMO
from offchain.l1.source import L1Log
from offchain.l1.views import Seat
from offchain.l1.watcher import Watcher
from tests.unit.node.conftest import World


def watcher_of(world: World, **changes: object) -> Watcher:
    return Watcher(world.l1, replace(world.l1.rollup, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chain_id": 1}, "wrong network: L1 has chain id 31337, the rollup is on 1"),
        ({"address": bytes(20)}, "wrong network: L1 has no contract at 0x0000"),
        ({"chain_config_hash": b"\x01" * 32}, "another rollup: .* has the chain configuration"),
        ({"genesis_state_root": b"\x01" * 32}, "another rollup: .* began with another first state"),
        (
            {"parameters": replace(DEMO, batch_interval=2)},
            "another rollup: .* has batch_interval = 1, the record of the deployment 2",
        ),
        ({"parameters": replace(DEMO, max_lag=9)}, "another rollup: .* has max_lag = 4096, .* 9"),
    ],
)
def test_another_chain_is_refused_by_name(world: World, changes: dict[str, object], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        watcher_of(world, **changes).check_identity()


def test_a_record_with_another_block_of_the_deployment_is_refused_by_name(world: World) -> None:
    world.post(world.sequencer(), 2)
    head = world.l1.blocks[-1][0].number
    for block in (1, head):
        with pytest.raises(
            NetworkError, match=rf"names block {block}, but the contract at 0x.* made before it"
        ):
            watcher_of(world, first_block=block).check_identity()
    with pytest.raises(NetworkError, match=f"names block {head + 1}, L1 ends at block {head}$"):
        watcher_of(world, first_block=head + 1).check_identity()


def test_a_record_whose_block_is_below_the_deployment_s_is_taken(world: World) -> None:
    (genesis,) = (log for log in world.l1.blocks[0][1].logs)
    for _, chain in world.l1.blocks:
        chain.logs[0] = replace(genesis, block_number=1)
    watcher_of(world).check_identity()


def test_the_right_chain_is_taken(world: World) -> None:
    watcher_of(world).check_identity()


def spoil(world: World, change: Callable[[L1Log], L1Log | None]) -> None:
    """From now on L1 answers with changed logs; None drops one."""
    original = world.l1.logs

    def logs(address: bytes, topics: Sequence[bytes], first_block: int, last_block: int) -> Sequence[L1Log]:
        changed = [change(log) for log in original(address, topics, first_block, last_block)]
        return [log for log in changed if log is not None]

    world.l1.logs = logs  # type: ignore[method-assign]


def is_order(log: L1Log) -> bool:
    return log.topics[0] == ORDER_TOPIC


def flip(log: L1Log, at: int) -> L1Log:
    """The log with one bit of its data changed, an order's only."""
    if not is_order(log):
        return log
    at %= len(log.data)
    return replace(log, data=log.data[:at] + bytes([log.data[at] ^ 1]) + log.data[at + 1 :])


def test_an_order_whose_bytes_were_changed_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 2)
    replica = world.replica("follower")
    spoil(world, lambda log: flip(log, -40))
    with pytest.raises(NetworkError, match="the bytes of order 1 have the root"):
        replica.sync()
    assert replica.store.head == 0


def test_an_order_with_another_context_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 1)
    replica = world.replica("follower")
    spoil(world, lambda log: flip(log, 63))  # the last byte of its timestamp
    with pytest.raises(NetworkError, match="order 1 hashes to"):
        replica.sync()


def test_a_dropped_order_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 3)
    replica = world.replica("follower")
    world.l1.drop_logs = 1
    with pytest.raises(NetworkError, match="contradicts itself"):
        replica.sync()


def test_an_order_dropped_from_the_middle_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 3)
    replica = world.replica("follower")
    spoil(world, lambda log: None if is_order(log) and log.topics[1][-1] == 2 else log)
    with pytest.raises(NetworkError, match="after order 1 comes order 3"):
        replica.sync()


def test_a_dropped_claim_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 3)
    replica = world.replica("follower")
    spoil(world, lambda log: None if not is_order(log) and log.topics[1][-1] == 2 else log)
    with pytest.raises(NetworkError, match="BatchesClaimed does not fit"):
        replica.sync()


def test_a_log_that_is_no_event_of_ours_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 1)
    replica = world.replica("follower")
    spoil(world, lambda log: replace(log, data=log.data[:5]))
    with pytest.raises(NetworkError, match="is no OrderAppended"):
        replica.sync()


def test_after_a_lying_node_an_honest_one_is_enough(world: World) -> None:
    world.post(world.sequencer(), 3)
    replica = world.replica("follower")
    world.l1.drop_logs = 1
    with pytest.raises(NetworkError):
        replica.sync()
    world.l1.drop_logs = 0
    assert replica.sync().book.claimed == 3
    assert replica.store.head == 3


def white_wash(log: L1Log) -> L1Log:
    """The claim log with a root that stands nowhere, a state claim's or the first of a row's."""
    if log.topics[0] not in CLAIM_TOPICS:
        return log
    event = decode_claim_event(log)
    if isinstance(event, BatchesClaimed):
        values = [event.first_serial, event.time, [b"\x07" * 32, *event.diff_roots[1:]]]
        return replace(log, data=encode(EVENTS["BatchesClaimed"][1], values))
    if isinstance(event, StateClaimed):
        return replace(log, data=encode(EVENTS["StateClaimed"][1], [event.time, b"\x07" * 32]))
    return log


def test_a_claim_with_another_root_than_the_contract_s_is_found_out(world: World) -> None:
    world.post(world.sequencer(), 3)
    replica = world.replica("follower")
    spoil(world, lambda log: white_wash(log) if log.block_number == world.l1.blocks[-1][0].number else log)
    with pytest.raises(NetworkError, match="the contract has another claim of batch 3"):
        replica.sync()


def test_a_claim_is_compared_again_after_a_contradiction(world: World) -> None:
    world.post(world.sequencer(), 2)
    replica, honest = world.replica("follower"), world.l1.logs
    spoil(world, white_wash)
    for _ in range(2):
        with pytest.raises(NetworkError, match="the contract has another claim of batch 1"):
            replica.sync()
    world.l1.logs = honest  # type: ignore[method-assign]
    assert replica.sync().book.claimed == 2


def test_a_state_claim_with_another_root_than_the_contract_s_is_found_out(world: World) -> None:
    sequencer = world.sequencer()
    world.post(sequencer, 2)
    world.l1.advance(1_000)
    sequencer.finalize()
    sequencer.claim_state(1)
    spoil(world, lambda log: white_wash(log) if log.block_number == world.l1.blocks[-1][0].number else log)
    with pytest.raises(NetworkError, match="the contract has another pending state claim"):
        world.replica("follower").sync()


def test_another_sequencer_than_the_contract_s_is_found_out(world: World) -> None:
    other = encode(["address"], [b"\x09" * 20])
    spoil(world, lambda log: replace(log, topics=(*log.topics[:2], other)) if len(log.topics) == 3 else log)
    with pytest.raises(NetworkError, match="contradicts itself: events give Seat"):
        world.replica("follower").sync()


def test_a_claim_that_was_compared_is_not_asked_for_again(world: World) -> None:
    sequencer = world.sequencer()
    world.post(sequencer, 3)
    replica = world.replica("follower")
    replica.sync()
    asked: list[int] = []
    views, claims = replica.watcher.views, replica.watcher.views.claims
    views.claims = lambda batches, block: (asked.extend(batches), claims(batches, block))[1]  # type: ignore[method-assign,func-returns-value]
    world.post(sequencer, 2)
    replica.sync()
    assert asked == [4, 5]


def test_a_vacant_seat_is_nobody_s(world: World) -> None:
    world.l1.slash()
    watcher = watcher_of(world)
    assert watcher.views.seat(watcher.head().number) == Seat(None, Role.VACANT, 1)
