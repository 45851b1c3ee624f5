"""`deltaroll statetest`: official Ethereum tests on Deltaroll's machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from offchain.conformance.fixtures import find_fixtures, list_files
from offchain.conformance.machine import ENGINES
from offchain.conformance.pool import run_in_pool
from offchain.conformance.report import print_report, results_as_json, tally
from offchain.conformance.runner import JobReport, Options, merge, open_runner, plan
from offchain.conformance.verdicts import cache_folder
from offchain.errors import FixtureError

__all__ = ["statetest"]

_FILE_WIDTH: Final = 400  # columns


@click.command(short_help="Run official Ethereum tests on Deltaroll's machine.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object a case.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--fork", type=click.Choice(["Osaka"], case_sensitive=False), default="Osaka", show_default=True
)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True)
@click.option(
    "--differential",
    is_flag=True,
    help="Also run fixtures for older forks under Osaka rules, with EELS as the oracle.",
)
@click.option("--anvil", is_flag=True, help="Judge by anvil (revm) instead of the fixtures' roots and EELS.")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    help="Run only this share of the cases, the same ones each time.",
)
@click.option(
    "--at-least",
    type=click.IntRange(0),
    default=0,
    help="Fail unless so many cases were executed and passed; rejected ones don't count.",
)
@click.option(
    "--time-limit", type=click.FloatRange(1), default=120.0, show_default=True, help="Seconds a case."
)
@click.option(
    "--eels-time-limit",
    type=click.IntRange(1),
    default=60,
    show_default=True,
    help="Seconds a case for EELS; a slower case is skipped.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=cache_folder,
    show_default=".build/conformance",
    help="Folder of EELS's verdicts.",
)
@click.option("-v", "--verbose", is_flag=True, help="A row for each case.")
@click.pass_context
def statetest(
    context: click.Context,
    paths: tuple[Path, ...],
    as_json: bool,
    jobs: int,
    fork: str,
    engine: str,
    differential: bool,
    anvil: bool,
    sample: float,
    at_least: int,
    time_limit: float,
    eels_time_limit: int,
    cache: Path,
    verbose: bool,
) -> None:
    """Run the official test files or folders PATHS (default: where the fixtures are) for fork Osaka.

    Compares the state root, the hash of the logs and expected rejections. The exit code is 1 if a case fails
    and 2 if the input is no good.
    """
    del fork  # there is one
    options = Options(engine, differential, anvil, sample, time_limit, eels_time_limit, cache)
    started = time.monotonic()
    todo = plan(list_files(paths or [find_fixtures()]))
    with (
        _progress(Console(stderr=True), len(todo)) as advance,
        closing(run_in_pool(todo, partial(open_runner, options), jobs)) as running,
    ):
        reports = list(advance(running))
    results = merge(reports)
    if not sum(report.tests for report in reports):
        raise FixtureError(f"{', '.join(map(str, paths))}: no state test in there")
    if as_json:
        click.echo(results_as_json(results))
    else:
        # In a file or a pipe a row is one line.
        print_report(Console(width=None if Console().is_terminal else _FILE_WIDTH), results, verbose)
    counts = tally(results)
    summary = counts.line(time.monotonic() - started)
    others = sum(report.others for report in reports)
    if others:
        summary += f"; {others} tests of other kinds passed over"
    if not results:
        summary += "; no case for Osaka in there: --differential runs those of older forks"
    click.echo(summary, err=as_json)
    executed = counts.passed - counts.rejected
    if executed < at_least:
        click.echo(f"only {executed} cases were executed and passed, not {at_least}", err=as_json)
    context.exit(1 if counts.failed or executed < at_least else 0)


_Advance = Callable[[Iterable[JobReport]], Iterator[JobReport]]


@contextmanager
def _progress(console: Console, total: int) -> Iterator[_Advance]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("statetest"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parts of files, {task.fields[cases]} cases"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total, cases=0)

        def advance(reports: Iterable[JobReport]) -> Iterator[JobReport]:
            cases = 0
            for report in reports:
                cases += len(report.results)
                bar.update(task, advance=1, cases=cases)
                yield report

        yield advance
