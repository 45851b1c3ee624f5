"""Whatever a node of L1 says is recomputed where it can be; the wrong chain is one clear line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from offchain.errors import NetworkError
from offchain.l1.events import ORDER_TOPIC
from offchain.l1.source import L1Log
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
    ],
)
def test_another_chain_is_refused_by_name(world: World, changes: dict[str, object], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        watcher_of(world, **changes).check_identity()


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
