"""The sequencer: it fills orders, executes them, and posts (T_n, h(D_n)) in one transaction.

It keeps no truth of its own either. A batch is applied to its store only once L1 has the order, by the same
replica that a verifier runs on; the execution before the posting is remembered, so that none is done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offchain.batches.codec import encode_order
from offchain.errors import InputError, NetworkError
from offchain.evm.receipt import Receipt
from offchain.l1.orders import Order
from offchain.l1.sender import OrderContext, RollupSender, Sent
from offchain.l1.source import L1Block
from offchain.node.pool import BatchLimits, TransactionPool
from offchain.node.replica import Replica
from offchain.state.diff import Diff
from offchain.trees.paged_bytes import paged_root

__all__ = ["POOL_SAFE_SIZE", "PostedBatch", "Sequencer"]

POOL_SAFE_SIZE: Final = 120_000
"""Bytes of T_n with which a transaction stays below the 128 KiB that public pools take."""


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """An order that L1 took, with what executing it did. ``sent`` is the L1 transaction."""

    batch: int
    order_hash: bytes
    diff_root: bytes
    size: int
    entries: int
    gas_used: int
    receipts: tuple[Receipt, ...]
    sent: Sent


class Sequencer:
    """The holder of the role. ``publish`` hears (batch, the diff that is claimed) before each claim is posted."""

    def __init__(
        self,
        replica: Replica,
        sender: RollupSender,
        coinbase: bytes,
        *,
        max_size: int = POOL_SAFE_SIZE,
        publish: Callable[[int, Diff], object] | None = None,
    ) -> None:
        config = replica.config
        self.replica = replica
        self.pool = TransactionPool(config.chain_id, BatchLimits(max_size, gas=config.batch_gas_limit))
        self._sender = sender
        self._coinbase = coinbase
        self._publish = publish

    def begin_term(self, stake: int) -> Sent:
        """Takes the vacant role."""
        return self._sender.begin_term(stake)

    def submit(self, item: bytes) -> None:
        """Queues a transaction; `InputError` where no batch could hold it."""
        self.pool.add(item)

    def post_batch(self) -> PostedBatch:
        """Orders and claims the next batch, which is empty where nothing waits.

        Raises `NetworkError` where L1 refuses; the transactions then wait on.
        """
        items = self.pool.take()
        try:
            return self._post(items)
        except InputError:
            self.pool.put_back(items)
            raise

    def finalize(self, max_count: int = 256) -> Sent:
        """Moves the final index over the claims whose windows are over."""
        return self._sender.finalize(max_count)

    def claim_state(self, batch: int) -> tuple[bytes, Sent]:
        """Claims h(S_batch) of a final batch; returns it."""
        book = self.replica.sync().book
        root = self.replica.store.state_root(batch)
        return root, self._sender.claim_state(batch, self.replica.note(batch).order_hash, book.serial, root)

    def finalize_state(self) -> Sent:
        """Makes the pending state claim final; `NetworkError` where there is none."""
        pending = self.replica.sync().book.pending_state
        if pending is None:
            raise NetworkError("no state claim is pending")
        return self._sender.finalize_state(pending.serial)

    def claimed_diff(self, batch: int, diff: Diff) -> Diff:
        """What is claimed for a batch: what it did. Tests and the demo put a cheat in here."""
        del batch
        return diff

    def _post(self, items: list[bytes]) -> PostedBatch:
        synced = self.replica.sync()
        store, config, book = self.replica.store, self.replica.config, synced.book
        context = self._declare(synced.block)
        batch, data = store.head + 1, encode_order(items)
        order = Order(
            parent_hash=self.replica.note(store.head).order_hash,
            batch=batch,
            data_root=paged_root(data),
            size=len(data),
            timestamp=context.timestamp,
            prevrandao=context.prevrandao,
            coinbase=context.coinbase,
        )
        result = self.replica.executor.execute(store, config.context(order), data)
        claimed = self.claimed_diff(batch, result.diff)
        root = claimed.root()
        if self._publish is not None:
            self._publish(batch, claimed)
        unclaimed = [self.replica.note(number).diff_root for number in range(book.claimed + 1, batch)]
        sent = self._sender.append_and_claim(
            order.parent_hash, context, data, book.claimed + 1, book.serial, [*unclaimed, root]
        )
        self.replica.remember(order.hash(), result)
        self.replica.sync()
        diff = result.diff
        return PostedBatch(
            batch=batch,
            order_hash=order.hash(),
            diff_root=root,
            size=len(data),
            entries=len(diff.accounts) + len(diff.slots) + len(diff.codes),
            gas_used=result.gas_used,
            receipts=result.receipts,
            sent=sent,
        )

    def _declare(self, newest: L1Block) -> OrderContext:
        """The context of an order that follows now: all of it is known before L1 mines the transaction."""
        head = self.replica.store.head
        if head:
            earliest = self.replica.note(head).timestamp + self.replica.config.batch_interval
            if newest.timestamp < earliest:
                raise NetworkError(
                    f"too early for order {head + 1}: L1's time is {newest.timestamp}, d_min ends at {earliest}"
                )
        return OrderContext(newest.timestamp, newest.number, newest.hash, self._coinbase)
