"""A rollup in an in-process L1 with its game, and the short words that tests tell their stories in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import Parameters
from offchain.trees.paged_bytes import paged_root
from tests.contracts.rollup.in_process import L1, Reverted, blockhash

__all__ = ["ALICE", "BOB", "CAROL", "CONFIGURATION", "ROOT", "TINY", "ZERO", "Play", "refused"]

ALICE, BOB, CAROL = ("0x" + f"{n:02x}" * 20 for n in (0xA1, 0xA2, 0xA3))
ZERO = "0x" + "00" * 20
ROOT, CONFIGURATION = b"\x01" * 32, b"\x02" * 32

TINY = Parameters(
    stake=1001,
    challenger_bond=2,
    gas_price_cap=1,
    sequencer_game_gas=1,
    challenger_game_gas=1,
    batch_interval=60,
    max_order_age=100,
    claim_window=100,
    state_window=5,
    clock=44,
    move_time=1,
    idle_time=700,
    max_lag=10,
    arity=2,
)
"""Seconds and a lag of ten, so that every limit is near."""


@contextmanager
def refused(name: str, *arguments: Any) -> Iterator[None]:
    """The calls inside revert with this error of the rollup; with these arguments, if any are given."""
    with pytest.raises(Reverted) as caught:
        yield
    assert caught.value.name in (name, f"RollupManager_{name}")
    assert not arguments or caught.value.arguments == arguments


class Play:
    """Alice is the sequencer unless a call says otherwise; orders are ``b"\\0"`` and their number."""

    def __init__(self, parameters: Parameters = TINY) -> None:
        self.parameters = parameters
        self.l1 = L1()
        self.rollup = self.l1.deploy(
            "RollupManager", parameters.as_tuple(), self.l1.predict(1), ROOT, CONFIGURATION
        )
        self.game = self.l1.deploy("GameStub", self.rollup.address)
        self.orders: list[Order] = []
        self.hashes = [genesis_hash(CONFIGURATION, ROOT)]
        for account in (ALICE, BOB, CAROL):
            self.l1.fund(account, 10**30)

    def wait(self, seconds: int) -> None:
        """The next call is in a block this much later."""
        self.l1.time += seconds
        self.l1.number += seconds > 0

    def begin(self, sequencer: str = ALICE) -> int:
        """A term begins; its number."""
        return int(self.rollup("beginTerm", sender=sequencer, value=self.parameters.stake))

    def order(self, data: bytes | None = None, **changes: Any) -> Order:
        """The next order as it would be posted now, with some fields changed."""
        number = len(self.orders) + 1
        content = b"\0" + number.to_bytes(4) if data is None else data
        fields = {
            "parent_hash": self.hashes[-1],
            "batch": number,
            "data_root": paged_root(content),
            "size": len(content),
            "timestamp": self.l1.time,
            "prevrandao": blockhash(self.l1.number - 1),
            "coinbase": bytes.fromhex(ALICE[2:]),
        }
        return Order(**(fields | changes))

    def append(
        self, data: bytes | None = None, sender: str = ALICE, l1_block: int | None = None, **changes: Any
    ) -> Order:
        """Post the next order at L1's time; fields of its context may be changed."""
        order = self.order(data, **changes)
        content = b"\0" + order.batch.to_bytes(4) if data is None else data
        block = self.l1.number - 1 if l1_block is None else l1_block
        context = (order.timestamp, block, order.prevrandao, "0x" + order.coinbase.hex())
        self.rollup("append", order.parent_hash, context, content, sender=sender)
        self.orders.append(order)
        self.hashes.append(order.hash())
        return order

    def append_many(self, count: int, sender: str = ALICE) -> None:
        """Orders at their shortest distance."""
        for _ in range(count):
            self.wait(self.parameters.batch_interval)
            self.append(sender=sender)

    def claim(self, count: int = 1, root: bytes = b"\x07" * 32, sender: str = ALICE, **changes: Any) -> int:
        """Claim the next ``count`` batches; the first serial given out."""
        _, claimed, _, serial = self.rollup("heads")
        first = changes.get("first", claimed + 1)
        last_hash = changes.get("last_hash", self.hashes[min(claimed + count, len(self.orders))])
        previous = changes.get("previous", serial)
        self.rollup("claim", first, last_hash, previous, [root] * count, sender=sender)
        return int(serial) + 1

    def finalize(self, count: int = 1_000) -> int:
        """How many claims became final."""
        return int(self.rollup("finalize", count, sender=CAROL))

    def finalized(self, count: int) -> None:
        """Order, claim and finalize this many batches."""
        self.append_many(count)
        self.claim(count)
        self.wait(self.parameters.claim_window + 1)
        assert self.finalize() == count

    def claim_state(self, batch: int, root: bytes = b"\x0c" * 32, sender: str = ALICE, **changes: Any) -> int:
        """Claim h(S_m); its serial."""
        serial = self.rollup("heads")[3]
        order_hash = changes.get("order_hash", self.hashes[batch])
        previous = changes.get("previous", serial)
        self.rollup("claimState", batch, order_hash, previous, root, sender=sender)
        return int(serial) + 1

    def solvent(self) -> bool:
        """The balance is the stake held and the credits, of the three accounts and nobody."""
        held = self.parameters.stake if self.rollup("seat")[1] != 0 else 0
        owed = sum(self.rollup("creditOf", account) for account in (ALICE, BOB, CAROL, ZERO))
        return self.l1.balance(self.rollup.address) == held + owed
