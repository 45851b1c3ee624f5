"""Runs the cases of fixture files, and programs of our own, step by step and asks the deployed verifier about each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from offchain.conformance.case import StateCase
from offchain.conformance.fields import read_mapping
from offchain.conformance.fixtures import read_tests
from offchain.conformance.pool import run_in_pool
from offchain.conformance.runner import Job
from offchain.conformance.skips import reason_before_running
from offchain.conformance.state_tests import is_state_test, state_cases
from offchain.errors import FixtureError, NetworkError
from offchain.evm.account import BALANCE_LIMIT
from offchain.steptest.engine import Engine, open_engine
from offchain.steptest.programs import ProgramJob
from offchain.steptest.steps import CaseRun, Step, chosen_steps
from offchain.steptest.totals import Mismatch, Totals
from offchain.steptest.verifier import Artifacts, calldata_of

__all__ = ["NO_PRAGUE", "Settings", "check_steps", "run_job", "run_jobs"]

#: Why a step is not checked.
NO_PRAGUE: Final = "calls a precompile of Prague, and there is no anvil"
BEGIN_OF_BLOCK_0: Final = "begins batch 0, which no L2 has"
#: Why a case is not run.
EMPTY_ITEM: Final = "empty item"

_FORK: Final = "Osaka"
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """``sample`` as of `chosen_steps`."""

    engine: str
    sample: int | None
    artifacts: Artifacts


class _Chains:
    """The chosen chain, and an anvil beside it from the first step on that needs one."""

    def __init__(self, settings: Settings, resources: ExitStack) -> None:
        self._settings = settings
        self._resources = resources
        self.main: Engine = resources.enter_context(open_engine(settings.engine, settings.artifacts))
        self._anvil: Engine | None = None
        self._tried = False

    def of(self, step: Step) -> Engine | None:
        """Who can judge this step, None if nobody."""
        if not step.needs_prague or self.main.has_prague:
            return self.main
        if not self._tried:
            self._tried = True
            try:
                self._anvil = self._resources.enter_context(open_engine("anvil", self._settings.artifacts))
            except NetworkError:
                self._anvil = None
        return self._anvil


def run_jobs(
    jobs: Sequence[Job | ProgramJob], settings: Settings, processes: int
) -> Generator[Totals, None, None]:
    """The counts of the jobs, in the order in which they are done.

    Raises InputError where a job can't be run. Close it, so that no process of it outlives its use.
    """
    yield from run_in_pool(jobs, partial(_open_worker, settings), processes)


@contextmanager
def _open_worker(settings: Settings) -> Iterator[Callable[[Job | ProgramJob], Totals]]:
    yield partial(run_job, settings=settings)


def run_job(job: Job | ProgramJob, settings: Settings) -> Totals:
    """The counts of one part of one file, or of the programs.

    Raises FixtureError if the file can't be read as a test.
    """
    totals = Totals()
    with ExitStack() as resources:
        chains: _Chains | None = None
        for case, sample in _todo(job, settings):
            reason = _reason_to_skip(case)
            if reason is not None:
                totals.skipped_cases[reason] += 1
                continue
            if chains is None:
                chains = _Chains(settings, resources)
            _run_case(case, sample, chains, totals)
            if isinstance(job, ProgramJob):
                totals.programs += 1
            else:
                totals.cases += 1
    return totals


def _todo(job: Job | ProgramJob, settings: Settings) -> Iterator[tuple[StateCase, int | None]]:
    """The cases with their samples; programs have their own, so that none of their ends is left out."""
    if isinstance(job, ProgramJob):
        return ((program.case, program.sample) for program in job.programs())
    return ((case, settings.sample) for case in _cases(job))


def _cases(job: Job) -> Iterator[StateCase]:
    path = str(job.file.path)
    position = usable = 0
    for name, test in read_tests(job.file.path):
        if not is_state_test(test):
            continue
        usable += 1
        if _FORK not in read_mapping(f"{path}: {name}: post", test["post"]):
            continue
        for case in state_cases(path, name, test, (_FORK,)):
            if position % job.parts == job.part:
                yield case
            position += 1
    if job.file.named and not usable:
        raise FixtureError(f"{path}: not a state test")


def _reason_to_skip(case: StateCase) -> str | None:
    if not case.raw:
        return EMPTY_ITEM
    assert BALANCE_LIMIT <= 1 << 160  # wider ones have no leaf
    return reason_before_running(case)


def _run_case(case: StateCase, sample: int | None, chains: _Chains, totals: Totals) -> None:
    run = CaseRun(case)
    totals.steps_total += run.total
    waiting: list[Step] = []
    for step in run.steps(chosen_steps(run.total, sample, case.key)):
        if step.kind == "BEGIN" and not case.environment.number:
            totals.skipped_steps[BEGIN_OF_BLOCK_0] += 1
            continue
        engine = chains.of(step)
        if engine is None:
            totals.skipped_steps[NO_PRAGUE] += 1
        elif engine is chains.main:
            waiting.append(step)
            if len(waiting) == _AT_ONCE:
                check_steps(case, waiting, engine, totals)
                waiting = []
        else:
            check_steps(case, [step], engine, totals)
    check_steps(case, waiting, chains.main, totals)


def check_steps(case: StateCase, steps: Sequence[Step], engine: Engine, totals: Totals) -> None:
    """Ask about these steps and count what comes out."""
    calls = [calldata_of(step.context_hash, step.unit, step.before, step.witness) for step in steps]
    for step, answer in zip(steps, engine.ask(calls), strict=True):
        totals.steps_checked += 1
        totals.max_witness_bytes = max(totals.max_witness_bytes, len(step.witness))
        if answer.after != step.after:
            totals.count_mismatch(
                Mismatch(
                    case.path,
                    case.name,
                    step.index,
                    step.unit,
                    step.kind,
                    step.outcome,
                    answer.after,
                    step.after,
                    answer.error,
                )
            )
            continue
        totals.count_gas(step.kind, answer.gas)
        if step.outcome:
            totals.coverage[step.kind, step.outcome] += 1
