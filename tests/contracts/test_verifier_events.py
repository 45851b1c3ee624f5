"""The node's own words for the contract's events and views are the contract's."""

from __future__ import annotations

import pytest

from offchain.hashing import keccak
from offchain.l1.contracts import Contracts
from offchain.l1.events import CLAIM_TOPICS, EVENTS, GENESIS_TOPIC, ORDER_TOPIC

pytestmark = pytest.mark.chain
NOT_READ = {"GenesisCommitted", "GameOpened", "GameClosed", "Withdrawn"}
"""What they tell is no part of a claim book: the genesis is compared by a view, games come with their issue."""


def test_every_event_of_the_contract_is_known_by_its_exact_signature(contracts: Contracts) -> None:
    events = {event.name: event for event in contracts["RollupManager"].contract_type.events}
    assert events.keys() == EVENTS.keys() | NOT_READ
    for name, (indexed, others) in EVENTS.items():
        inputs = events[name].inputs
        assert [field.canonical_type for field in inputs] == [*indexed, *others]
        assert [field.indexed for field in inputs] == [True] * len(indexed) + [False] * len(others)


def test_topics_are_the_hashes_of_the_signatures(contracts: Contracts) -> None:
    for name, (indexed, others) in EVENTS.items():
        (event,) = (e for e in contracts["RollupManager"].contract_type.events if e.name == name)
        assert event.selector == f"{name}({','.join(indexed + others)})"
        topic = keccak(event.selector.encode())
        assert topic == ORDER_TOPIC if name == "OrderAppended" else topic in CLAIM_TOPICS


def test_the_event_of_the_genesis_is_found_by_the_contract_s_signature(contracts: Contracts) -> None:
    (event,) = (e for e in contracts["RollupManager"].contract_type.events if e.name == "GenesisCommitted")
    assert keccak(event.selector.encode()) == GENESIS_TOPIC
