"""The official Osaka cases: every one gives the state root and the logs that it states."""

from __future__ import annotations

import pytest

from offchain.batches.executor import ENGINES
from offchain.conformance.report import tally
from offchain.conformance.skips import BLOB_TRANSACTION
from tests.support.official import errors_of, official_fixtures, run_official


@pytest.mark.parametrize("engine", ENGINES)
def test_every_osaka_case_passes(engine: str) -> None:
    results = run_official(official_fixtures(), engine=engine)
    assert errors_of(results) == []
    counts = tally(results)
    assert counts.passed > 0
    others = counts.skipped.total() - counts.skipped[BLOB_TRANSACTION]
    assert others < 0.02 * counts.total, counts.skipped


def test_the_specification_itself_passes_a_sample() -> None:
    """The tooling checked: with EELS in our machine's place the same roots must come out."""
    results = run_official(official_fixtures(), engine="eels", sample=0.1)
    assert errors_of(results) == []
    assert tally(results).passed > 0
