"""The flat store brought forward by the orders of L1, and back where L1 was reorganized.

A replica keeps no truth of its own: what it has applied is in its store, one transaction a batch, and where
to go on from is told by the notes beside the batches. Kill it anywhere and it goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offchain.batches.executor import BatchResult, Executor
from offchain.errors import NetworkError, StoreError
from offchain.evm.receipt import Status
from offchain.l1.claims import ClaimBook
from offchain.l1.events import OrderAppended
from offchain.l1.source import L1Block
from offchain.l1.watcher import ChainMovedError, Rollup, Watcher, verify_order
from offchain.node.batch_note import BatchNote
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis
from offchain.state.environment import DATA_FILE
from offchain.state.flat_store import FlatStore

__all__ = ["Progress", "Replica", "Synced", "open_store"]

Progress = Callable[[int, int], None]
"""Hears (batches done, batches to do)."""

_ATTEMPTS: Final = 5
_ZERO_HASH: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Synced:
    """Where a replica stands: the L1 block that it has read to, and the claims at that block.

    ``applied`` and ``rolled_back`` count the batches of this call.
    """

    block: L1Block
    book: ClaimBook
    applied: int
    rolled_back: int


def open_store(path: Path, genesis: Genesis, rollup: Rollup, *, durable: bool = True) -> FlatStore:
    """The store of a node in ``path``, made from the genesis where there is none yet.

    Raises `StoreError` where it is locked, damaged or of another chain, and `NetworkError` where the rollup
    was not deployed with this genesis.
    """
    if rollup.chain_config_hash != genesis.config.hash():
        raise NetworkError("the genesis file has another chain configuration than the deployment")
    have, want = genesis.config.batch_interval, rollup.parameters.batch_interval
    if have != want:
        raise NetworkError(f"the chain's configuration has batch_interval = {have}, the deployment {want}")
    # Also beside a store that is there: a file that was changed must not seem to be what the store began with.
    if genesis.state_root() != rollup.genesis_state_root:
        raise NetworkError("the genesis file has another first state than the deployment")
    if (path / DATA_FILE).exists():
        return FlatStore.open(path, rollup.genesis_hash, durable=durable)
    note = BatchNote(rollup.genesis_hash, _ZERO_HASH, 0, _ZERO_HASH, 0, 0, 0, 0)
    if not path.parent.is_dir():
        raise StoreError(f"store {path}: no such directory {path.parent}")
    return FlatStore.create(
        path, genesis.allocation(), rollup.genesis_hash, extra=note.encode(), durable=durable
    )


class Replica:
    """One store that follows one rollup."""

    def __init__(self, store: FlatStore, watcher: Watcher, config: ChainConfig, executor: Executor) -> None:
        self.store = store
        self.watcher = watcher
        self.config = config
        self.executor = executor
        self._known: tuple[bytes, BatchResult] | None = None
        self._identified = False

    def note(self, batch: int) -> BatchNote:
        """What is kept of a batch."""
        return BatchNote.decode(self.store.extra(batch))  # noqa: S610  no database of Django

    def remember(self, order_hash: bytes, result: BatchResult) -> None:
        """Spares the execution of an order whose result is known: the sequencer's own."""
        self._known = order_hash, result

    def sync(self, progress: Progress | None = None) -> Synced:
        """Reads L1 to its newest block and applies every order; rolls back what L1 no longer has.

        Raises `NetworkError` where L1 fails, is another chain or contradicts itself, `StoreError` where the
        disk fails. Whatever is raised, the store is at a whole batch.
        """
        if not self._identified:
            self.watcher.check_identity()
            self._identified = True
        for _ in range(_ATTEMPTS):
            head = self.watcher.head()
            try:
                return self._sync_to(head, progress)
            except ChainMovedError:
                continue
            except NetworkError:
                # Half an answer from before a reorg and half from after it looks like a contradiction.
                if self.watcher.is_on_chain(head.number, head.hash):
                    raise
        raise NetworkError(f"L1 was reorganized {_ATTEMPTS} times while it was read")

    def _sync_to(self, head: L1Block, progress: Progress | None) -> Synced:
        start, applied, rolled_back = self.store.head, 0, 0
        resume, first_block = self._resume_point(head)
        ordered = resume
        total = self.watcher.views.heads(head.number).ordered - start
        for event in self.watcher.orders(first_block, head.number):
            if event.batch <= resume:
                continue
            if event.batch != ordered + 1:
                raise NetworkError(
                    f"the L1 node contradicts itself: after order {ordered} comes order {event.batch}"
                )
            ordered = event.batch
            if ordered <= self.store.head:
                if self.note(ordered).order_hash == event.order_hash:
                    continue
                rolled_back += self._roll_back(ordered - 1)
            self._apply(event)
            applied += 1
            if progress is not None:
                progress(applied, max(total + rolled_back, applied))
        book = self.watcher.book(head)
        self.watcher.check_against_contract(head, ordered, self.note(ordered).order_hash, book)
        if ordered < self.store.head:
            rolled_back += self._roll_back(ordered)
        return Synced(head, book, applied, rolled_back)

    def _resume_point(self, head: L1Block) -> tuple[int, int]:
        """(the highest batch whose order certainly stands, the L1 block to read on from)."""
        store = self.store
        for batch in range(store.head, store.lowest - 1, -1):
            note = self.note(batch)
            if not batch:
                break
            if note.l1_block <= head.number and self.watcher.is_on_chain(note.l1_block, note.l1_block_hash):
                return batch, note.l1_block
        if store.lowest:
            raise StoreError(
                f"store {store.path}: L1 was reorganized below batch {store.lowest}, the lowest kept: "
                "make the store anew"
            )
        return 0, self.watcher.rollup.first_block

    def _roll_back(self, to: int) -> int:
        taken = self.store.head - to
        self.store.roll_back(to)
        return taken

    def _apply(self, event: OrderAppended) -> None:
        order = verify_order(event, self.note(event.batch - 1).order_hash)
        if self._known is not None and self._known[0] == event.order_hash:
            result = self._known[1]
        else:
            result = self.executor.execute(self.store, self.config.context(order), event.data)
        note = BatchNote(
            order_hash=event.order_hash,
            diff_root=result.diff.root(),
            l1_block=event.block_number,
            l1_block_hash=event.block_hash,
            timestamp=event.timestamp,
            gas_used=result.gas_used,
            items=len(result.receipts),
            skipped=sum(receipt.status is Status.SKIPPED for receipt in result.receipts),
        )
        self.store.apply(event.batch, result.diff, note.encode())
