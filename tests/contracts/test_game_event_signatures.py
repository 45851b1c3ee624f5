"""The node's own words for the game's events are the contract's."""

from __future__ import annotations

import pytest

from offchain.hashing import keccak
from offchain.l1.contracts import Contracts
from offchain.l1.game_events import GAME_EVENTS, GAME_TOPICS

pytestmark = pytest.mark.chain


def test_every_event_of_the_game_is_known_by_its_exact_signature(contracts: Contracts) -> None:
    events = {event.name: event for event in contracts["BisectionGame"].contract_type.events}
    assert events.keys() == GAME_EVENTS.keys()
    for name, (indexed, others) in GAME_EVENTS.items():
        inputs = events[name].inputs
        assert [field.canonical_type for field in inputs] == [*indexed, *others]
        assert [field.indexed for field in inputs] == [True] * len(indexed) + [False] * len(others)
        assert keccak(events[name].selector.encode()) in GAME_TOPICS
