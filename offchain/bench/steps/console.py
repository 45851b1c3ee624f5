"""The gas table on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from offchain.bench.steps.depths import PESSIMISTIC, PROFILES
from offchain.bench.steps.table import Measured, in_a_game

__all__ = ["print_table"]


def print_table(console: Console, table: Iterable[Measured]) -> None:
    """One line a row: all in at each of the depths, in a game at the pessimistic ones, bytes of the witness."""
    out = Table(title="gas of one-step proofs, all in; the last two columns at pessimistic depths")
    out.add_column("step")
    for depths in PROFILES:
        out.add_column(depths.name, justify="right")
    out.add_column("in a game", justify="right")
    out.add_column("witness", justify="right")
    for row in table:
        totals = (f"{row.at(depths.name).all_in:,}" for depths in PROFILES)
        cost = row.at(PESSIMISTIC.name)
        out.add_row(row.row.kind, *totals, f"{in_a_game(cost):,}", f"{cost.witness:,}")
    console.print(out)
