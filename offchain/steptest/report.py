"""What a run prints for people: gas by kind of step, mismatches, and the table of outcomes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from offchain.steptest.outcomes import OUTCOMES, applicable
from offchain.steptest.totals import Totals

__all__ = ["coverage_lines", "empty_lines", "print_coverage", "print_totals"]

_WIDTH: Final = 100


def print_totals(console: Console, totals: Totals) -> None:
    """The dearest step of each kind, and every mismatch that is listed."""
    if totals.gas_by_kind:
        table = Table("step", box=None)
        table.add_column("most gas, all in", justify="right")
        for kind, gas in sorted(totals.gas_by_kind.items(), key=lambda item: -item[1]):
            table.add_row(kind, f"{gas:,}")
        console.print(table)
    console.print(f"largest witness: {totals.max_witness_bytes:,} bytes", highlight=False)
    for mismatch in totals.mismatches:
        line = f"MISMATCH {mismatch.line()}"
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def print_coverage(console: Console, totals: Totals) -> None:
    """The table of outcomes, and its cells that should not be empty."""
    for line in coverage_lines(totals):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    empty = totals.empty_cells()
    if empty:
        for line in empty_lines(empty):
            console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def coverage_lines(totals: Totals) -> list[str]:
    """How many checked steps had which outcome; a dash where an instruction can't have it."""
    lines = [_line("instruction", OUTCOMES)]
    for name, outcomes in applicable().items():
        counts = {outcome: totals.coverage[name, outcome] for outcome in OUTCOMES}
        lines.append(
            _line(name, [str(n) if n or outcome in outcomes else "-" for outcome, n in counts.items()])
        )
    return lines


def empty_lines(empty: Sequence[tuple[str, str]]) -> list[str]:
    """The cells without a checked step, by outcome, in lines of at most 100 characters."""
    lines = [f"EMPTY: {len(empty):,} cells without a checked step"]
    for wanted in OUTCOMES:
        names = [name for name, outcome in empty if outcome == wanted]
        if names:
            text = f"{wanted} ({len(names):,}): {', '.join(names)}"
            lines += textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:16}" + "".join(f"{cell:>{len(o) + 2}}" for o, cell in zip(OUTCOMES, cells, strict=True))
