"""Reading the rollup from L1: its events only, and everything that can be recomputed is recomputed.

A node of L1 may fail, answer for another chain, drop events, or change its mind (a reorg). The first three are
one clear `NetworkError`; a reorg is `ChainMovedError`, after which the caller starts its reading again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from offchain.errors import NetworkError
from offchain.l1.claims import ClaimBook
from offchain.l1.events import (
    CLAIM_TOPICS,
    GENESIS_TOPIC,
    ORDER_TOPIC,
    OrderAppended,
    decode_claim_event,
    decode_order,
)
from offchain.l1.log_book import LogBook, is_on_chain
from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import Parameters
from offchain.l1.source import L1Block, L1Log, L1Source
from offchain.l1.views import Heads, RollupViews, Seat
from offchain.trees.paged_bytes import paged_root

__all__ = ["ChainMovedError", "Rollup", "Watcher", "verify_order"]

_ORDER_BLOCKS: Final = 200
"""L1 blocks whose orders are held in memory at once."""


class ChainMovedError(NetworkError):
    """L1 changed while it was read: harmless, read again."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """Which rollup is watched: where it is, and what its genesis must be. The address has 20 bytes."""

    chain_id: int
    address: bytes
    first_block: int
    chain_config_hash: bytes
    genesis_state_root: bytes
    parameters: Parameters

    @property
    def genesis_hash(self) -> bytes:
        """The hash that stands for order 0."""
        return genesis_hash(self.chain_config_hash, self.genesis_state_root)


class Watcher:
    """The events of one rollup, read from one node of L1."""

    def __init__(self, source: L1Source, rollup: Rollup) -> None:
        self.source = source
        self.rollup = rollup
        self.views = RollupViews(source, rollup.address)
        self._log: LogBook[ClaimBook] = LogBook(
            source, rollup.address, CLAIM_TOPICS, rollup.first_block, self._new_book, _apply
        )
        self._compared = 0
        """The last serial whose claim was compared with the contract's. A serial never has another claim."""

    def check_identity(self) -> None:
        """Raises `NetworkError` unless L1 is the chain, and the contract the rollup, that are expected."""
        want = self.rollup
        chain_id = self.source.chain_id()
        if chain_id != want.chain_id:
            raise NetworkError(f"wrong network: L1 has chain id {chain_id}, the rollup is on {want.chain_id}")
        if not self.source.code(want.address):
            raise NetworkError(f"wrong network: L1 has no contract at 0x{want.address.hex()}")
        head = self.head()
        block = head.number
        config_hash = self.views.chain_config_hash(block)
        if config_hash != want.chain_config_hash:
            raise NetworkError(
                f"another rollup: the contract at 0x{want.address.hex()} has the chain configuration "
                f"0x{config_hash.hex()}, not 0x{want.chain_config_hash.hex()}"
            )
        parameters = self.views.parameters(block)
        for field in fields(Parameters):
            have_value, value = getattr(parameters, field.name), getattr(want.parameters, field.name)
            if have_value != value:
                raise NetworkError(
                    f"another rollup: the contract at 0x{want.address.hex()} has {field.name} = {have_value}, "
                    f"the record of the deployment {value}"
                )
        if self.views.order_hash(0, block) != want.genesis_hash:
            raise NetworkError(
                f"another rollup: the contract at 0x{want.address.hex()} began with another first state"
            )
        self._check_first_block(head)

    def _check_first_block(self, head: L1Block) -> None:
        """Events below the block that the record names are never asked for, so none may lie there."""
        first = self.rollup.first_block
        if first > head.number:
            raise NetworkError(
                f"the record of the deployment names block {first}, L1 ends at block {head.number}"
            )
        # One block to look into where the record is exact, all above it where it is only low enough.
        for start, end in ((first, first), (first + 1, head.number)):
            if self.source.logs(self.rollup.address, [GENESIS_TOPIC], start, end):
                return
        raise NetworkError(
            f"the record of the deployment names block {first}, "
            f"but the contract at 0x{self.rollup.address.hex()} was made before it"
        )

    def head(self) -> L1Block:
        """The newest block of L1."""
        block = self.source.block()
        if block is None:
            raise NetworkError("L1 node: it has no newest block")
        return block

    def is_on_chain(self, number: int, block_hash: bytes) -> bool:
        """Whether L1 still has this block."""
        return is_on_chain(self.source, number, block_hash)

    def orders(self, first_block: int, last_block: int) -> Iterator[OrderAppended]:
        """The orders in these blocks of L1, in their order; `verify_order` is the caller's."""
        address = self.rollup.address
        for first in range(max(first_block, self.rollup.first_block), last_block + 1, _ORDER_BLOCKS):
            last = min(first + _ORDER_BLOCKS - 1, last_block)
            for log in self.source.logs(address, [ORDER_TOPIC], first, last):
                yield decode_order(log)

    def book(self, head: L1Block) -> ClaimBook:
        """The claims as they stand after block ``head``. The same book goes on, unless L1 was reorganized."""
        return self._log.at(head)

    def _new_book(self) -> ClaimBook:
        self._compared = 0
        return ClaimBook(self.rollup.genesis_state_root)

    def check_against_contract(self, head: L1Block, ordered: int, order_hash: bytes, book: ClaimBook) -> None:
        """Compares what the events gave with what the contract says after block ``head``.

        Of the claims, those that are not final and were not compared before. Raises
        `ChainMovedError` where that block is gone and `NetworkError` where the two differ.
        """
        try:
            self._compare(head, ordered, order_hash, book)
        except BaseException:
            self._log.forget()  # a book that is found false is read anew
            raise

    def _compare(self, head: L1Block, ordered: int, order_hash: bytes, book: ClaimBook) -> None:
        heads = self.views.heads(head.number)
        have = Heads(ordered, book.claimed, book.finalized, book.serial)
        hash_at_head = self.views.order_hash(heads.ordered, head.number)
        base = self.views.base(head.number)
        seat = self.views.seat(head.number)
        pending = self.views.pending_state(seat.term, head.number)
        new_claims = [claim for claim in book.claimed_since(self._compared) if claim.batch > book.finalized]
        contract_claims = self.views.claims([claim.batch for claim in new_claims], head.number)
        if not self.is_on_chain(head.number, head.hash):
            raise ChainMovedError("L1 was reorganized while it was read")
        if heads != have:
            raise NetworkError(f"the L1 node contradicts itself: events give {have}, the contract {heads}")
        if hash_at_head != order_hash:
            raise NetworkError(
                f"the L1 node contradicts itself: the events' order {ordered} is 0x{order_hash.hex()}, "
                f"the contract's 0x{hash_at_head.hex()}"
            )
        if base != book.base:
            raise NetworkError(
                f"the L1 node contradicts itself: events give r = {book.base[0]}, not {base[0]}"
            )
        if seat != Seat.of(book):
            raise NetworkError(f"the L1 node contradicts itself: events give {Seat.of(book)}, not {seat}")
        if pending != book.pending_state:
            raise NetworkError("the L1 node contradicts itself: the contract has another pending state claim")
        for claim, contract_claim in zip(new_claims, contract_claims, strict=True):
            if claim != contract_claim:
                raise NetworkError(
                    f"the L1 node contradicts itself: the contract has another claim of batch {claim.batch}"
                )
        self._compared = book.serial


def verify_order(event: OrderAppended, parent_hash: bytes) -> Order:
    """The order in an event, with its data root and its hash recomputed; `NetworkError` where one differs."""
    data_root = paged_root(event.data)
    if data_root != event.data_root:
        raise NetworkError(
            f"the L1 node contradicts itself: the bytes of order {event.batch} have the root "
            f"0x{data_root.hex()}, not 0x{event.data_root.hex()}"
        )
    order = Order(
        parent_hash=parent_hash,
        batch=event.batch,
        data_root=data_root,
        size=len(event.data),
        timestamp=event.timestamp,
        prevrandao=event.prevrandao,
        coinbase=event.coinbase,
    )
    if order.hash() != event.order_hash:
        raise NetworkError(
            f"the L1 node contradicts itself: order {event.batch} hashes to 0x{order.hash().hex()}, "
            f"its event says 0x{event.order_hash.hex()}"
        )
    return order


def _apply(book: ClaimBook, log: L1Log) -> None:
    book.apply(decode_claim_event(log))
