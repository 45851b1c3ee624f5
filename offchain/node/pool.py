"""The items that wait for a batch, first come first served."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from offchain.batches.codec import MAX_ORDER_SIZE
from offchain.errors import InputError
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.items import FIRST_ITEM, LENGTH_BYTES, MAX_ITEM_SIZE, MAX_ITEMS
from offchain.evm.transaction import decode_transaction

__all__ = ["BatchLimits", "TransactionPool"]


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch may hold: bytes of T_n, items, and the sum of the gas limits."""

    size: int = MAX_ORDER_SIZE
    items: int = MAX_ITEMS
    gas: int = 1 << 63

    def check(self) -> None:
        """Raises `InputError` where the protocol has a tighter limit, or no item could ever fit."""
        if not FIRST_ITEM + LENGTH_BYTES < self.size <= MAX_ORDER_SIZE or not 0 < self.items <= MAX_ITEMS:
            raise InputError(
                f"a batch holds up to {MAX_ORDER_SIZE} bytes and {MAX_ITEMS} items, not {self.size} and "
                f"{self.items}"
            )


class TransactionPool:
    """A queue. It never judges: an invalid item goes into a batch like any other and is skipped there."""

    def __init__(self, chain_id: int, limits: BatchLimits) -> None:
        limits.check()
        self._chain_id = chain_id
        self._limits = limits
        self._waiting: deque[tuple[bytes, int]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: bytes) -> None:
        """Queues an item; `InputError` where no batch could hold it."""
        most = min(MAX_ITEM_SIZE, self._limits.size - FIRST_ITEM - LENGTH_BYTES)
        if not 0 < len(item) <= most:
            raise InputError(f"a transaction has 1 to {most} bytes, this one has {len(item)}")
        gas = self._gas_limit(item)
        if gas > self._limits.gas:
            raise InputError(f"the transaction's gas limit {gas} is above the {self._limits.gas} of a batch")
        self._waiting.append((item, gas))

    def take(self) -> list[bytes]:
        """The items of the next batch, as many of the first as fit."""
        items: list[bytes] = []
        size, gas = FIRST_ITEM, 0
        while self._waiting and len(items) < self._limits.items:
            item, item_gas = self._waiting[0]
            size += LENGTH_BYTES + len(item)
            gas += item_gas
            if size > self._limits.size or gas > self._limits.gas:
                break
            items.append(self._waiting.popleft()[0])
        return items

    def put_back(self, items: list[bytes]) -> None:
        """Returns items that did not get into a batch to the front, in their order."""
        self._waiting.extendleft((item, self._gas_limit(item)) for item in reversed(items))

    def drop(self, items: list[bytes]) -> None:
        """Takes out items that got into a batch after all, each once; harmless where one does not wait."""
        for item in items:
            for place, (waiting, _) in enumerate(self._waiting):
                if waiting == item:
                    del self._waiting[place]
                    break

    def _gas_limit(self, item: bytes) -> int:
        """What an item may use at most: nothing where it is no transaction of this chain."""
        try:
            return decode_transaction(item, self._chain_id).gas_limit
        except InvalidTransaction:
            return 0
