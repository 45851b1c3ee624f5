"""The answers of revm in process, of anvil and of py-evm are the same, to honest witnesses and to spoilt ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import pytest

from offchain.conformance.fixtures import list_files, read_tests
from offchain.conformance.skips import reason_before_running
from offchain.conformance.state_tests import is_state_test, state_cases
from offchain.errors import NetworkError
from offchain.steptest.engine import ENGINES, open_engine
from offchain.steptest.programs import programs
from offchain.steptest.steps import CaseRun, Step, chosen_steps
from offchain.steptest.verifier import Artifacts, calldata_of, load_artifacts
from tests.support.official import official_fixtures


@cache
def artifacts() -> Artifacts:
    return load_artifacts()


def spoilt(witness: bytes, choices: random.Random) -> bytes:
    """The witness with one bit changed, but never in the first byte, which chooses the prover."""
    at = choices.randrange(1, len(witness))
    return witness[:at] + bytes([witness[at] ^ 1 << choices.randrange(8)]) + witness[at + 1 :]


def answers(engine: str, calls: list[bytes]) -> list[bytes | None]:
    try:
        with open_engine(engine, artifacts()) as chain:
            return [answer.after for answer in chain.ask(calls)]
    except NetworkError as error:
        if "not installed" in str(error):
            pytest.skip("anvil is not installed")
        raise


def hold_together(engine: str, steps: list[Step]) -> None:
    """Honest and spoilt witnesses of these steps have the answers of pyrevm, and the honest ones are right."""
    choices = random.Random(3)
    honest = [calldata_of(step.context_hash, step.unit, step.before, step.witness) for step in steps]
    bad = [
        calldata_of(step.context_hash, step.unit, step.before, spoilt(step.witness, choices))
        for step in steps[::7]
    ]
    found = answers(engine, honest + bad)
    assert found == answers(ENGINES[0], honest + bad)
    assert found[: len(steps)] == [step.after for step in steps]
    assert set(found[len(steps) :]) == {None}


@cache
def steps_of_programs() -> list[Step]:
    """One step of each outcome of each instruction."""
    chosen: dict[tuple[str, str], Step] = {}
    for program in programs():
        run = CaseRun(program.case)
        for step in run.steps(chosen_steps(run.total, program.sample, program.case.key)):
            chosen.setdefault((step.kind, step.outcome), step)
    return list(chosen.values())


def official_steps(count: int, per_case: int) -> Iterator[Step]:
    """A few steps of so many official cases, the same ones each time."""
    files = list_files([official_fixtures()])
    random.Random(5).shuffle(files)
    left = count
    for file in files:
        for name, test in read_tests(file.path):
            if not is_state_test(test):
                continue
            case = next(state_cases(str(file.path), name, test, ("Osaka",)), None)
            if case is None or not case.raw or not case.environment.number or reason_before_running(case):
                continue
            run = CaseRun(case)
            if run.total > 20_000:
                continue
            for step in run.steps(chosen_steps(run.total, per_case, case.key)):
                if not step.needs_prague:
                    yield step
            left -= 1
            if not left:
                return


@pytest.mark.parametrize(
    ("engine", "one_in"),
    [("anvil", 1), ("eth-tester", 4), pytest.param("eth-tester", 1, marks=pytest.mark.slow)],
)
def test_every_outcome_of_every_instruction_has_the_same_answer(engine: str, one_in: int) -> None:
    steps = steps_of_programs()
    assert len(steps) > 490
    hold_together(engine, steps[::one_in])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_steps_of_official_cases_have_the_same_answers(engine: str) -> None:
    steps = list(official_steps(100, 30))
    assert len(steps) > 1_000
    hold_together(engine, steps)
