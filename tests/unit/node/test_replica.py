"""A store follows L1: forward by orders, back by reorgs, and on from wherever it was killed."""

from __future__ import annotations

import os
import signal

import pytest

from offchain.errors import NetworkError, StoreError
from offchain.evm.account import balance_of
from offchain.node.replica import Replica
from tests.unit.node.conftest import FRIEND, World


def reached(replica: Replica) -> int:
    return balance_of(replica.store.account(FRIEND))


def test_orders_that_a_reorg_replaced_are_rolled_back_and_the_new_ones_applied(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 3)
    fork = world.l1.block().number  # type: ignore[union-attr]
    world.post(sequencer, 4)
    replica.sync()
    assert (replica.store.head, reached(replica)) == (7, 7)

    world.l1.reorg(fork)
    world.nonce = 3
    sequencer.submit(world.transfer(50))
    posted = sequencer.post_batch()
    assert posted.batch == 4
    synced = replica.sync()
    assert (synced.rolled_back, synced.applied) == (4, 1)
    assert (replica.store.head, reached(replica)) == (4, 53)
    assert replica.note(4).order_hash == posted.order_hash


def test_orders_that_a_reorg_only_moved_to_another_block_stay(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 3)
    replica.sync()
    chain = world.l1.blocks[-1][1]
    world.l1.reorg(1)
    moved = world.l1._block(2)
    world.l1.blocks.append((moved, chain))
    chain.logs = [
        type(log)(log.topics, log.data, min(log.block_number, 2), log.block_hash, log.index)
        for log in chain.logs
    ]
    synced = replica.sync()
    assert (synced.rolled_back, synced.applied, replica.store.head) == (0, 0, 3)


def test_a_reorg_to_before_the_first_order_empties_the_chain(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 2)
    replica.sync()
    world.l1.reorg(1)
    synced = replica.sync()
    assert (synced.rolled_back, replica.store.head, reached(replica)) == (2, 0, 0)
    assert (synced.book.claimed, synced.book.term) == (0, 1)


def test_the_claims_are_read_anew_after_a_reorg(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 2)
    fork = world.l1.block().number  # type: ignore[union-attr]
    world.post(sequencer, 2)
    assert replica.sync().book.claimed == 4
    world.l1.reorg(fork)
    world.l1.advance(1)
    assert replica.sync().book.claimed == 2


def test_a_store_pruned_above_the_reorg_is_refused(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 4)
    replica.sync()
    replica.store.prune(3)
    world.l1.reorg(2)
    with pytest.raises(StoreError, match="reorganized below batch 3"):
        replica.sync()


def test_a_reorg_in_the_middle_of_a_reading_is_read_again(world: World) -> None:
    sequencer, replica = world.sequencer(), world.replica("follower")
    world.post(sequencer, 3)
    fork = world.l1.block().number  # type: ignore[union-attr]
    world.post(sequencer, 2)
    original, done = world.l1.logs, []

    def logs(*arguments: object) -> object:
        if not done:
            done.append(True)
            world.l1.reorg(fork)
            world.l1.advance(1)
        return original(*arguments)  # type: ignore[arg-type]

    world.l1.logs = logs  # type: ignore[method-assign,assignment]
    replica.sync()
    assert replica.store.head == 3


def test_an_l1_that_never_rests_is_given_up_with_one_line(world: World) -> None:
    world.post(world.sequencer(), 1)
    replica = world.replica("follower")
    original = world.l1.logs

    def logs(*arguments: object) -> object:
        world.l1.reorg(1)
        world.l1.advance(1)
        return original(*arguments)  # type: ignore[arg-type]

    replica.sync()
    world.l1.logs = logs  # type: ignore[method-assign,assignment]
    with pytest.raises(NetworkError, match="reorganized 5 times"):
        replica.sync()


@pytest.mark.parametrize("kill_after", [1, 3, 5])
def test_a_process_killed_in_the_middle_loses_no_whole_batch(world: World, kill_after: int) -> None:
    world.post(world.sequencer(), 6)
    child = os.fork()
    if not child:
        replica = world.replica("killed")
        replica.sync(lambda done, _: done == kill_after and os.kill(os.getpid(), signal.SIGKILL))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    replica = world.replica("killed")
    assert replica.store.head == kill_after
    assert replica.sync().applied == 6 - kill_after
    assert reached(replica) == 6


def test_a_store_that_no_node_wrote_is_refused(world: World) -> None:
    replica = world.replica("follower")
    world.post(world.sequencer(), 1)
    replica.sync()
    replica.store.roll_back(0)
    replica.store.apply(1, replica.executor.execute(replica.store, _context(world), b"\x00").diff, b"junk")
    with pytest.raises(StoreError, match="not written by a node"):
        replica.sync()


def _context(world: World) -> object:
    from offchain.l1.orders import Order
    from tests.unit.node.conftest import CONFIG

    return CONFIG.context(Order(bytes(32), 1, bytes(32), 1, 5, bytes(32), bytes(20)))
