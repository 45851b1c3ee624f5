"""Rollup and game at random, see `fuzz.py`: behind every call both contracts are solvent, what is final stays and is
right, games are counted, serials never come twice; the honest never lose."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contracts.game.fuzz import Driver

ENDS = {"SequencerLost", "ChallengerLost", "Refunded"}


def drive(seeds: range, calls: int) -> Counter[str]:
    """What came of all calls together."""
    seen: Counter[str] = Counter()
    made = 0
    for seed in seeds:
        driver = Driver(seed)
        driver.run(calls)
        made += driver.calls
        seen += driver.seen
    print(f"{made} calls, {dict(seen.most_common())}")
    assert made >= calls * len(seeds)
    return seen


def test_any_calls_leave_both_contracts_sound() -> None:
    seen = drive(range(4), 600)
    assert seen.keys() >= ENDS


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_many_calls_leave_both_contracts_sound(part: int) -> None:
    """52,000 calls in five parts."""
    seen = drive(range(100 + 10 * part, 110 + 10 * part), 1_040)
    assert seen.keys() >= ENDS | {
        "finalize",
        "finalizeState",
        "endTerm",
        "withdraw",
        "Carol disputes a state",
    }
