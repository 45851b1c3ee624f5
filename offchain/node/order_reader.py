"""The orders of batches that a replica has applied, read back from the events of L1."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from offchain.errors import NetworkError
from offchain.l1.orders import Order
from offchain.l1.watcher import verify_order
from offchain.node.replica import Replica

__all__ = ["OrderReader", "OrderedBatch"]

_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class OrderedBatch:
    """An order with the bytes T_n that it fixes."""

    order: Order
    data: bytes


class OrderReader:
    """Remembers the last few: T_n may have a megabyte."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._kept: OrderedDict[bytes, OrderedBatch] = OrderedDict()

    def order(self, batch: int) -> OrderedBatch:
        """The order of a batch that is applied, lowest < batch <= head.

        Raises `NetworkError` where L1 does not show it any more, and `StoreError` where the batch is not kept.
        """
        note = self._replica.note(batch)
        kept = self._kept.get(note.order_hash)
        if kept is not None:
            self._kept.move_to_end(note.order_hash)
            return kept
        parent_hash = self._replica.note(batch - 1).order_hash
        for event in self._replica.watcher.orders(note.l1_block, note.l1_block):
            if event.batch == batch and event.order_hash == note.order_hash:
                found = OrderedBatch(verify_order(event, parent_hash), event.data)
                self._kept[note.order_hash] = found
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
                return found
        raise NetworkError(
            f"L1 node: order {batch} is not in block {note.l1_block}, where it was read before"
        )
