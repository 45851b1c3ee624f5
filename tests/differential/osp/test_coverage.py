"""The generated programs reach every outcome of every instruction, and the deployed verifier agrees on all of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from offchain.evm.instructions import INSTRUCTIONS
from offchain.steptest.attempts import attempts, attempts_without_instruction
from offchain.steptest.outcomes import OUTCOMES, applicable, mnemonic
from offchain.steptest.programs import Program, ProgramJob, program_jobs, programs
from offchain.steptest.report import coverage_lines
from offchain.steptest.runner import Settings, run_job
from offchain.steptest.totals import Totals
from offchain.steptest.verifier import load_artifacts

PAGE = Path(__file__).parents[3] / "docs" / "steptest-coverage.md"


@cache
def totals() -> Totals:
    """The run of all programs."""
    settings = Settings("pyrevm", None, load_artifacts())
    sums = Totals()
    for job in program_jobs():
        sums.add(run_job(job, settings))
    return sums


def applicable_cells() -> set[tuple[str, str]]:
    return {(name, outcome) for name, outcomes in applicable().items() for outcome in outcomes}


def test_the_deployed_verifier_agrees_on_every_step_of_the_programs() -> None:
    assert not totals().mismatch_count
    assert not totals().skipped_cases and not totals().skipped_steps
    assert totals().programs == len(list(programs())) > 200
    assert totals().steps_checked > 10_000


def test_no_cell_is_empty() -> None:
    assert totals().empty_cells() == []


def test_no_step_ends_otherwise_than_its_instruction_can() -> None:
    # Each instruction was also tried in the ways in which it can't fail, so a cell missing in the table shows.
    assert {cell for cell, count in totals().coverage.items() if count} == applicable_cells()


def test_every_cell_without_a_step_is_told() -> None:
    for cell in applicable_cells():
        without = Totals()
        without.add(totals())
        del without.coverage[cell]
        assert without.empty_cells() == [cell]


def test_every_instruction_is_tried_in_a_static_frame_and_with_no_more_than_its_static_gas() -> None:
    for opcode, entry in enumerate(INSTRUCTIONS):
        if mnemonic(opcode) == "UNDEFINED":
            continue
        todo = list(attempts(opcode))
        code = todo[-1].code
        assert [attempt for attempt in todo if attempt.static and attempt.code == code]
        tight = sorted(attempt.gas for attempt in todo if attempt.code == code and attempt.gas < todo[-1].gas)
        assert len(tight) == 1 + bool(entry.gas)
        assert not entry.gas or tight[1] - tight[0] == 1


def test_every_byte_that_is_no_instruction_is_tried() -> None:
    defined = {opcode for opcode in range(256) if mnemonic(opcode) != "UNDEFINED"}
    assert {attempt.code[0] for attempt in attempts_without_instruction()} == set(range(256)) - defined
    assert len(defined) == sum(len(outcomes) > 0 for outcomes in applicable().values()) - 1


@pytest.mark.parametrize("parts", [1, 3, 7])
def test_the_parts_hold_each_program_once(parts: int) -> None:
    def keys(some: list[Program]) -> list[bytes]:
        return sorted(program.case.key for program in some)

    split = [program for part in range(parts) for program in ProgramJob(part, parts).programs()]
    assert keys(split) == keys(list(programs()))
    assert len(set(keys(split))) == len(split)


def test_the_table_of_the_page_is_the_one_of_this_run() -> None:
    text = PAGE.read_text()
    begin = text.index("instruction  ")
    assert text[begin:].partition("```")[0].splitlines() == coverage_lines(totals())
    assert all(outcome in text for outcome in OUTCOMES)
