"""What L1 has recorded of a scenario: transactions, events and balances, from the first block of the play on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offchain.hashing import keccak
from offchain.l1.events import (
    CLAIM_TOPICS,
    ORDER_TOPIC,
    ClaimEvent,
    OrderAppended,
    decode_claim_event,
    decode_order,
)
from offchain.l1.game_events import GAME_TOPICS, GameEvent, decode_game_event
from offchain.scenario.ledger import ChainReader, Transaction
from offchain.scenario.world import World

__all__ = ["BURN_ADDRESS", "Balances", "Happened", "Record", "read_record"]

BURN_ADDRESS: Final = bytes(20)
WITHDRAWN_TOPIC: Final = keccak(b"Withdrawn(address,uint256)")

Balances = Mapping[str, int]
"""Wei by name: those of the parties, "rollup", "game", "burnt"."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One transaction with the events that it left, in their order."""

    transaction: Transaction
    events: tuple[ClaimEvent | OrderAppended | GameEvent, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """``fees``: wei that each party paid for gas. Of the tips nothing is in ``after["burnt"]``."""

    happened: tuple[Happened, ...]
    before: Balances
    after: Balances
    fees: Balances

    def events(self, *kinds: type) -> list[ClaimEvent | OrderAppended | GameEvent]:
        """All events of some kinds."""
        return [event for one in self.happened for event in one.events if isinstance(event, kinds)]


def balances(world: World, reader: ChainReader, extra: Mapping[str, bytes]) -> dict[str, int]:
    """The balances as they are now; ``extra``: other accounts that take part, by name."""
    accounts = {name: party.address for name, party in world.parties.items()}
    accounts |= {"rollup": _address(world.deployment.rollup), "game": _address(world.deployment.game)}
    accounts |= {"burnt": BURN_ADDRESS, **extra}
    return {name: reader.balance(address) for name, address in accounts.items()}


def read_record(
    world: World, reader: ChainReader, first_block: int, before: Balances, extra: Mapping[str, bytes]
) -> Record:
    """Everything from ``first_block`` to the head."""
    last_block = world.head().number
    transactions = reader.transactions(first_block, last_block)
    events: dict[int, list[tuple[int, ClaimEvent | OrderAppended | GameEvent]]] = {}
    rollup, game = _address(world.deployment.rollup), _address(world.deployment.game)
    for log in world.source.logs(rollup, CLAIM_TOPICS, first_block, last_block):
        events.setdefault(log.block_number, []).append((log.index, decode_claim_event(log)))
    # Both contracts pay out with the same event.
    for log in world.source.logs(rollup, [WITHDRAWN_TOPIC], first_block, last_block):
        events.setdefault(log.block_number, []).append((log.index, decode_game_event(log)))
    for log in world.source.logs(rollup, [ORDER_TOPIC], first_block, last_block):
        events.setdefault(log.block_number, []).append((log.index, decode_order(log)))
    for log in world.source.logs(game, GAME_TOPICS, first_block, last_block):
        events.setdefault(log.block_number, []).append((log.index, decode_game_event(log)))
    # A local chain mines a block for each transaction, so that a block's events are its transaction's.
    happened = [
        Happened(one, tuple(event for _, event in sorted(events.get(one.block, []), key=lambda e: e[0])))
        for one in transactions
    ]
    fees = {
        name: sum(one.fee for one in transactions if one.sender == party.address)
        for name, party in world.parties.items()
    }
    after = balances(world, reader, extra)
    after["burnt"] -= sum(one.tip for one in transactions if one.miner == BURN_ADDRESS)
    return Record(tuple(happened), before, after, fees)


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:])
