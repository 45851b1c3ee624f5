"""The official fixtures for tests: where they are, or a counted skip."""

from __future__ import annotations

from pathlib import Path

import pytest

from offchain.conformance.checks import CaseResult
from offchain.conformance.fixtures import find_fixtures, list_files
from offchain.conformance.runner import JobReport, Options, Runner, merge, plan
from offchain.conformance.verdicts import cache_folder
from offchain.errors import FixtureError


def official_fixtures() -> Path:
    """The folder of official fixtures; the calling test is skipped if there is none."""
    try:
        return find_fixtures()
    except FixtureError as error:
        pytest.skip(f"fixtures absent: {error}")


def run_official(
    folder: Path,
    *,
    engine: str = "interpreter",
    differential: bool = False,
    anvil: bool = False,
    sample: float = 1.0,
    eels_limit: float = 20,
) -> list[CaseResult]:
    """The results of every case below the folder, in this process."""
    options = Options(engine, differential, anvil, sample, 120, eels_limit, cache_folder())
    reports: list[JobReport] = []
    with Runner(options) as runner:
        reports = [runner.run(job) for job in plan(list_files([folder]))]
    return merge(reports)


def errors_of(results: list[CaseResult]) -> list[str]:
    """The failures, each with its case."""
    return [f"{result.path}: {result.name}: {result.error}" for result in results if result.error is not None]
