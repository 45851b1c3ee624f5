"""Fixtures for older forks, executed under Osaka rules by us and by EELS: the same state, gas and logs."""

from __future__ import annotations

import pytest

from offchain.batches.executor import ENGINES
from offchain.conformance.report import tally
from tests.support.official import errors_of, official_fixtures, run_official


def test_a_sample_of_older_cases_agrees_with_eels() -> None:
    folder = official_fixtures() / "ethereum-tests" / "GeneralStateTests"
    results = run_official(folder, differential=True, sample=0.04)
    assert errors_of(results) == []
    assert tally(results).passed > 200


def test_single_calls_agree_with_eels() -> None:
    results = run_official(official_fixtures() / "legacytests", differential=True, sample=0.3)
    assert errors_of(results) == []
    assert tally(results).passed > 0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_at_least_5000_older_cases_that_are_not_rejected_agree_with_eels(engine: str) -> None:
    """Every engine but the stepwise one, which is too slow for all: that one takes a quarter."""
    steps = engine == "steps"
    results = run_official(
        official_fixtures() / "ethereum-tests" / "GeneralStateTests",
        engine=engine,
        differential=True,
        sample=0.25 if steps else 1,
    )
    assert errors_of(results) == []
    counts = tally(results)
    assert counts.passed - counts.rejected >= (1_000 if steps else 5_000)
