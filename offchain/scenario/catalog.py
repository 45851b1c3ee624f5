"""All scenarios, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offchain.errors import InputError
from offchain.scenario.challengers import CHALLENGERS
from offchain.scenario.collusion import COLLUSION
from offchain.scenario.lies import LIES
from offchain.scenario.role import ROLE
from offchain.scenario.scenario import Scenario
from offchain.scenario.tactics import TACTICS

__all__ = ["SCENARIOS", "find_scenario"]

SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario for scenario in (*LIES, *TACTICS, *CHALLENGERS, *COLLUSION, *ROLE)
}


def find_scenario(name: str) -> Scenario:
    """The scenario of that name; `InputError` where there is none."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise InputError(f"there is no scenario {name!r}: see `deltaroll scenario --list`") from None
