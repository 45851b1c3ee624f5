"""What a run prints: a table by folder, every failure, and one line of counts; or a list in JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from offchain.conformance.checks import CaseResult

__all__ = ["Tally", "print_report", "results_as_json", "tally"]


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a run. ``rejected`` of the passed were refused, rightly; ``skipped`` counts by reason."""

    passed: int
    rejected: int
    failed: int
    skipped: Counter[str]

    @property
    def total(self) -> int:
        """All cases."""
        return self.passed + self.failed + self.skipped.total()

    def line(self, seconds: float) -> str:
        """The summary in one line."""
        parts = [f"{self.total} cases: {self.passed} passed", f"{self.failed} failed"]
        if self.rejected:
            parts[0] += f" ({self.rejected} of them rightly rejected)"
        if self.skipped:
            reasons = "; ".join(f"{count} {reason}" for reason, count in self.skipped.most_common())
            parts.append(f"{self.skipped.total()} skipped ({reasons})")
        else:
            parts.append("0 skipped")
        return f"{', '.join(parts)} in {seconds:.1f} s"


def tally(results: Iterable[CaseResult]) -> Tally:
    """Count the results."""
    done = rejected = failures = 0
    reasons: Counter[str] = Counter()
    for result in results:
        if result.skipped is not None:
            reasons[result.skipped] += 1
        elif result.passed:
            done += 1
            rejected += result.rejected
        else:
            failures += 1
    return Tally(done, rejected, failures, reasons)


def results_as_json(results: Sequence[CaseResult]) -> str:
    """The list that the statetest commands of other clients print, one object a case.

    A skipped case has not passed; ``skipped`` holds the reason. ``stateRoot`` is null where there is none.
    """
    rows = [
        {
            "name": result.name,
            "pass": result.passed,
            "fork": result.fork,
            "stateRoot": None if result.state_root is None else "0x" + result.state_root.hex(),
            "error": result.error,
            "skipped": result.skipped,
        }
        for result in results
    ]
    return json.dumps(rows, indent=2)


def print_report(console: Console, results: Sequence[CaseResult], verbose: bool) -> None:
    """Print the table; with ``verbose`` every case instead of one row for a folder; then each failure."""
    console.print(_table_of_cases(results) if verbose else _table_of_folders(results))
    for result in results:
        if result.error is not None:
            line = f"FAILED {result.path}: {result.name} ({result.fork}): {result.error}"
            console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def _table_of_folders(results: Sequence[CaseResult]) -> Table:
    table = Table(box=None)
    table.add_column("folder", overflow="fold")
    for name in ("cases", "passed", "failed", "skipped"):
        table.add_column(name, justify="right", overflow="fold")
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(_folder(result.path), []).append(result)
    for folder in sorted(groups):
        count = tally(groups[folder])
        cells = (count.total, count.passed, count.failed, count.skipped.total())
        table.add_row(Text(folder), *map(str, cells), style="red" if count.failed else "")
    return table


def _table_of_cases(results: Sequence[CaseResult]) -> Table:
    table = Table(box=None)
    for name in ("result", "fork", "case"):
        table.add_column(name, overflow="fold")
    for result in results:
        if result.skipped is not None:
            word = f"skipped: {result.skipped}"
        else:
            word = "passed" if result.passed else "FAILED"
        table.add_row(word, result.fork, Text(result.name))
    return table


def _folder(path: str) -> str:
    """The last two folders of a path: enough to tell the groups of the official tests."""
    return "/".join(Path(path).parent.parts[-2:]) or "."
