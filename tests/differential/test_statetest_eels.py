"""Fixtures for older forks, executed under Osaka rules by us and by EELS: the same state, gas and logs.

A sample; `make conformance` takes all of them (tools/conformance.sh).
"""

from __future__ import annotations

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
