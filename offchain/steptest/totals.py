"""What a run has counted, and its report as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from offchain.steptest.outcomes import OUTCOMES, applicable

__all__ = ["Mismatch", "Totals"]

_LISTED: Final = 200  # mismatches that are listed; all are counted


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A step whose successor on L1 is not the machine's. ``have`` is the contract's, None where it reverts."""

    path: str
    case: str
    step: int
    unit: int
    kind: str
    outcome: str
    have: bytes | None
    want: bytes
    error: str

    def line(self) -> str:
        """One line for people."""
        what = self.error or "another successor"
        return f"{self.path}: {self.case}: step {self.step} ({self.kind} {self.outcome}): {what}"

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "path": self.path,
            "case": self.case,
            "step": self.step,
            "unit": self.unit,
            "kind": self.kind,
            "outcome": self.outcome,
            "have": None if self.have is None else "0x" + self.have.hex(),
            "want": "0x" + self.want.hex(),
            "error": self.error,
        }


@dataclass(slots=True)
class Totals:
    """Counts that can be added. ``gas_by_kind`` holds the most of each kind of step, all in.

    ``cases`` are of fixture files, ``programs`` of our own; steps are those of both.
    """

    cases: int = 0
    programs: int = 0
    steps_total: int = 0
    steps_checked: int = 0
    mismatch_count: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    max_witness_bytes: int = 0
    gas_by_kind: dict[str, int] = field(default_factory=dict)
    skipped_cases: Counter[str] = field(default_factory=Counter)
    skipped_steps: Counter[str] = field(default_factory=Counter)
    coverage: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def max_gas(self) -> int | None:
        """The most that a step costs, None if the engine does not measure it."""
        return max(self.gas_by_kind.values(), default=None)

    def count_mismatch(self, mismatch: Mismatch) -> None:
        """Count it, and keep it as long as there are not too many."""
        self.mismatch_count += 1
        if len(self.mismatches) < _LISTED:
            self.mismatches.append(mismatch)

    def count_gas(self, kind: str, gas: int) -> None:
        """Note what a step of this kind costs; 0 is not measured."""
        if gas > self.gas_by_kind.get(kind, 0):
            self.gas_by_kind[kind] = gas

    def add(self, other: Totals) -> None:
        """Take in the counts of another part of the run."""
        self.cases += other.cases
        self.programs += other.programs
        self.steps_total += other.steps_total
        self.steps_checked += other.steps_checked
        self.mismatch_count += other.mismatch_count
        self.mismatches += other.mismatches[: _LISTED - len(self.mismatches)]
        self.max_witness_bytes = max(self.max_witness_bytes, other.max_witness_bytes)
        for kind, gas in other.gas_by_kind.items():
            self.count_gas(kind, gas)
        self.skipped_cases += other.skipped_cases
        self.skipped_steps += other.skipped_steps
        self.coverage += other.coverage

    def as_json(self) -> dict[str, Any]:
        """The report."""
        return {
            "cases": self.cases,
            "programs": self.programs,
            "steps_total": self.steps_total,
            "steps_checked": self.steps_checked,
            "mismatch_count": self.mismatch_count,
            "mismatches": [item.as_json() for item in sorted(self.mismatches, key=_place)],
            "max_gas": self.max_gas,
            "max_witness_bytes": self.max_witness_bytes,
            "gas_by_opcode": dict(sorted(self.gas_by_kind.items())),
            "skipped_cases": dict(sorted(self.skipped_cases.items())),
            "skipped_steps": dict(sorted(self.skipped_steps.items())),
        }

    def coverage_as_json(self) -> dict[str, Any]:
        """The table of outcomes, and the cells that should not be empty."""
        seen: dict[str, dict[str, int]] = {name: {} for name in applicable()} | _rows(self.coverage.items())
        return {
            "table": {name: {o: row[o] for o in OUTCOMES if o in row} for name, row in seen.items()},
            "empty": [f"{name}: {outcome}" for name, outcome in self.empty_cells()],
        }

    def empty_cells(self) -> list[tuple[str, str]]:
        """The outcomes that an instruction can have and that no checked step had."""
        return [
            (name, outcome)
            for name, outcomes in applicable().items()
            for outcome in outcomes
            if not self.coverage[name, outcome]
        ]


def _place(mismatch: Mismatch) -> tuple[str, str, int]:
    return mismatch.path, mismatch.case, mismatch.step


def _rows(cells: Iterable[tuple[tuple[str, str], int]]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for (name, outcome), count in cells:
        rows.setdefault(name, {})[outcome] = count
    return rows
