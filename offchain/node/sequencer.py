"""The sequencer: it fills orders, executes them, and posts (T_n, h(D_n)) in one transaction.

It keeps no truth of its own either. A batch is applied to its store only once L1 has the order, by the same
replica that a verifier runs on; the execution before the posting is remembered, so that none is done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offchain.batches.codec import encode_order
from offchain.batches.executor import BatchResult
from offchain.errors import NetworkError
from offchain.evm.receipt import Receipt
from offchain.l1.claims import ClaimBook
from offchain.l1.orders import Order
from offchain.l1.sender import OrderContext, RollupSender, Sent
from offchain.l1.source import L1Block
from offchain.node.pool import BatchLimits, TransactionPool
from offchain.node.replica import Replica, Synced
from offchain.state.diff import Diff
from offchain.trees.paged_bytes import paged_root

__all__ = ["CLAIMS_PER_TRANSACTION", "POOL_SAFE_SIZE", "PostedBatch", "Sequencer"]

POOL_SAFE_SIZE: Final = 120_000
"""Bytes of T_n with which a transaction stays below the 128 KiB that public pools take."""

CLAIMS_PER_TRANSACTION: Final = 128
"""A claim writes two new slots, about 45,000 gas: with a full order beside them this stays below 2^24 (EIP-7825)."""


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """An order that L1 took, with what executing it did. ``sent`` is the L1 transaction.

    claimed: the last batch that is claimed with it, below ``batch`` while a backlog is being worked off.
    """

    batch: int
    claimed: int
    order_hash: bytes
    diff_root: bytes
    size: int
    entries: int
    gas_used: int
    receipts: tuple[Receipt, ...]
    sent: Sent


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An order that can be sent, with what executing it did and the claims ``first_claim``.. that go with it."""

    order: Order
    context: OrderContext
    data: bytes
    result: BatchResult
    diff_root: bytes
    first_claim: int
    claims: list[bytes]
    serial: int


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
        # Order hash -> (batch, items) of orders whose sending failed, though L1 may have taken them.
        self._unsure: dict[bytes, tuple[int, list[bytes]]] = {}

    def begin_term(self, stake: int) -> Sent:
        """Takes the vacant role."""
        return self._sender.begin_term(stake)

    def submit(self, item: bytes) -> None:
        """Queues a transaction; `InputError` where no batch could hold it."""
        self.pool.add(item)

    def post_batch(self) -> PostedBatch:
        """Orders the next batch, which is empty where nothing waits, and claims what one transaction can.

        What lies unclaimed comes first, at most `CLAIMS_PER_TRANSACTION` batches and none above r + MAX_LAG;
        the order goes out in any case. Raises `NetworkError` where L1 refuses; the transactions then wait on,
        unless the next reading of L1 shows that it took the order nevertheless.
        """
        synced = self._sync()
        items = self.pool.take()
        try:
            prepared = self._prepare(items, synced)
            sent = self._send(prepared, items)
        except BaseException:
            self.pool.put_back(items)
            raise
        self.replica.sync()  # if this fails, L1 has the order all the same
        order, result = prepared.order, prepared.result
        diff = result.diff
        return PostedBatch(
            batch=order.batch,
            claimed=prepared.first_claim + len(prepared.claims) - 1,
            order_hash=order.hash(),
            diff_root=prepared.diff_root,
            size=len(prepared.data),
            entries=len(diff.accounts) + len(diff.slots) + len(diff.codes),
            gas_used=result.gas_used,
            receipts=result.receipts,
            sent=sent,
        )

    def claim_backlog(self) -> int:
        """Claims what lies unclaimed, without a new order and as far as MAX_LAG allows; the last batch claimed."""
        book = self._sync().book
        claimed, serial = book.claimed, book.serial
        while (last := self._claimable(book, claimed, self.replica.store.head)) > claimed:
            roots = [self.replica.note(number).diff_root for number in range(claimed + 1, last + 1)]
            self._sender.claim(claimed + 1, self.replica.note(last).order_hash, serial, roots)
            claimed, serial = last, serial + len(roots)
        self.replica.sync()
        return claimed

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

    def _sync(self) -> Synced:
        """Reads L1, and drops what waits although an order that seemed to have failed has it."""
        synced = self.replica.sync()
        for order_hash, (batch, items) in list(self._unsure.items()):
            if batch <= self.replica.store.head:
                if self.replica.note(batch).order_hash == order_hash:
                    self.pool.drop(items)
                del self._unsure[order_hash]
        return synced

    def _claimable(self, book: ClaimBook, claimed: int, last: int) -> int:
        """The last batch that the next claim can reach, at most ``last``."""
        highest = book.base[0] + self.replica.watcher.rollup.parameters.max_lag
        return min(last, claimed + CLAIMS_PER_TRANSACTION, highest)

    def _prepare(self, items: list[bytes], synced: Synced) -> _Prepared:
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
        last = self._claimable(book, book.claimed, batch)
        numbers = range(book.claimed + 1, last + 1)
        claims = [root if number == batch else self.replica.note(number).diff_root for number in numbers]
        return _Prepared(order, context, data, result, root, book.claimed + 1, claims, book.serial)

    def _send(self, prepared: _Prepared, items: list[bytes]) -> Sent:
        order = prepared.order
        self.replica.remember(order.hash(), prepared.result)
        self._unsure[order.hash()] = order.batch, items
        start = order.parent_hash, prepared.context, prepared.data
        if prepared.claims:
            sent = self._sender.append_and_claim(
                *start, prepared.first_claim, prepared.serial, prepared.claims
            )
        else:
            sent = self._sender.append(*start)
        del self._unsure[order.hash()]
        return sent

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
