"""Runs the cases of one part of a fixture file, as one process of a run does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from offchain.conformance.call_tests import call_case
from offchain.conformance.case import StateCase
from offchain.conformance.checks import CaseResult, check_against_eels, check_against_root
from offchain.conformance.crosscheck import AnvilOracle
from offchain.conformance.fields import read_mapping
from offchain.conformance.fixtures import FixtureFile, kind_of, read_tests
from offchain.conformance.machine import machine
from offchain.conformance.state_tests import FORK_ORDER, state_cases
from offchain.conformance.transaction_tests import check_transaction_test
from offchain.conformance.verdicts import VerdictStore
from offchain.errors import FixtureError

__all__ = ["Job", "JobReport", "Options", "Runner", "merge", "open_runner", "plan"]

#: A file is cut into parts of about this many bytes, so that one large file does not keep one process alone.
PART_SIZE = 150_000

_Check = Callable[[], CaseResult | None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to run and how.

    ``differential`` adds fixtures for older forks; ``anvil`` judges by anvil instead of by root and EELS.
    ``sample`` is the share of cases to run, picked by their hash; ``limit`` and ``eels_limit`` are seconds a
    case; ``cache`` is the folder of EELS's verdicts.
    """

    engine: str
    differential: bool
    anvil: bool
    sample: float
    limit: float
    eels_limit: float
    cache: Path


@dataclass(frozen=True, slots=True)
class Job:
    """Every ``parts``-th case of a file, from the ``part``-th on."""

    file: FixtureFile
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class JobReport:
    """Results with their positions in the file.

    ``tests`` counts the tests of a kind that is run, ``others`` those passed over.
    """

    path: str
    results: tuple[tuple[int, CaseResult], ...]
    tests: int
    others: int


def plan(files: list[FixtureFile]) -> list[Job]:
    """The jobs of a run, the largest first."""
    jobs = []
    for file in sorted(files, key=lambda item: -item.size):
        parts = 1 + file.size // PART_SIZE
        jobs += [Job(file, part, parts) for part in range(parts)]
    return jobs


@contextmanager
def open_runner(options: Options) -> Iterator[Callable[[Job], JobReport]]:
    """A `Runner` as the pool wants it."""
    with Runner(options) as runner:
        yield runner.run


def merge(reports: Iterable[JobReport]) -> list[CaseResult]:
    """All results, by file and by position in it, however the jobs were spread."""
    placed = [(report.path, *item) for report in reports for item in report.results]
    return [result for _, _, result in sorted(placed, key=lambda item: item[:2])]


class Runner:
    """A context manager: what the cases of a process share, as the machine, EELS's verdicts, an anvil."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._machine = machine(options.engine)
        self._resources = ExitStack()
        self._verdicts: VerdictStore | None = None
        self._anvil: AnvilOracle | None = None

    def __enter__(self) -> Runner:
        options = self._options
        if options.anvil:
            self._anvil = self._resources.enter_context(AnvilOracle())
        elif options.differential:
            self._verdicts = VerdictStore(options.cache, options.eels_limit)
            self._resources.callback(self._verdicts.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def run(self, job: Job) -> JobReport:
        """Run one part of one file.

        Raises FixtureError if the file can't be read, or was named by the user and holds no test to run.
        """
        results: list[tuple[int, CaseResult]] = []
        others = usable = position = 0
        path = str(job.file.path)
        for name, test in read_tests(job.file.path):
            kind = kind_of(test)
            if kind is None or (kind != "state" and not self._options.differential):
                others += 1
                continue
            usable += 1
            for check in self._checks(path, name, kind, test):
                if position % job.parts == job.part:
                    result = check()
                    if result is not None:
                        results.append((position, result))
                position += 1
        if job.file.named and not usable:
            raise FixtureError(f"{path}: not a state test")
        first = job.part == 0
        return JobReport(path, tuple(results), usable if first else 0, others if first else 0)

    def _checks(self, path: str, name: str, kind: str, test: Any) -> Iterator[_Check]:
        if kind == "transaction":
            if not self._options.anvil:
                yield partial(check_transaction_test, path, name, test, self._machine)
            return
        if kind == "call":
            yield partial(self._judge, call_case(path, name, test), by_root=False)
            return
        yield from self._state_checks(path, name, test)

    def _state_checks(self, path: str, name: str, test: Any) -> Iterator[_Check]:
        by_root = "Osaka" in read_mapping(f"{path}: {name}: post", test["post"])
        if not by_root and not self._options.differential:
            return
        forks = ("Osaka",) if by_root else FORK_ORDER
        seen: set[bytes] = set()
        for case in state_cases(path, name, test, forks):
            # Forks of one test share its transactions, and under Osaka rules they are the same case.
            if case.raw not in seen:
                seen.add(case.raw)
                yield partial(self._judge, case, by_root)

    def _judge(self, case: StateCase, by_root: bool) -> CaseResult | None:
        options = self._options
        if options.sample < 1 and int.from_bytes(case.key[:8], "big") >= options.sample * 2**64:
            return None
        if self._anvil is not None:
            return self._anvil.check(case, self._machine, options.limit)
        if by_root:
            return check_against_root(case, self._machine, options.limit)
        assert self._verdicts is not None
        return check_against_eels(case, self._machine, self._verdicts, options.limit)
