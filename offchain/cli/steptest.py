"""`deltaroll steptest`: official Ethereum tests on the one-step verifier."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from offchain.conformance.fixtures import FixtureFile, find_fixtures, list_files, read_tests
from offchain.conformance.runner import Job, plan
from offchain.errors import InputError
from offchain.steptest.engine import ENGINES
from offchain.steptest.programs import ProgramJob, program_jobs
from offchain.steptest.report import print_coverage, print_totals
from offchain.steptest.runner import Settings, run_jobs
from offchain.steptest.totals import Totals
from offchain.steptest.verifier import COMPILING, load_artifacts

__all__ = ["steptest"]

_LINE_EVERY: Final = 15.0  # seconds between lines where there is no terminal


@click.command(short_help="Run official Ethereum tests on the one-step verifier.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--sample", type=click.IntRange(1), help="Check at most this many steps of each case (not of programs)."
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Check every step, and 2,000 of cases of more than 10,000 (the default).",
)
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--coverage",
    is_flag=True,
    help="Report which outcome of which instruction occurred, and fail if one did not.",
)
@click.option(
    "--programs/--no-programs",
    default=None,
    help="Run the generated programs, which reach every outcome: beside PATHS, or alone without any. "
    "--coverage adds them by itself.",
)
@click.pass_context
def steptest(
    context: click.Context,
    paths: tuple[Path, ...],
    sample: int | None,
    everything: bool,
    engine: str,
    as_json: bool,
    jobs: int,
    coverage: bool,
    programs: bool | None,
) -> None:
    """Run the official test files or folders PATHS (default: where the fixtures are) for fork Osaka.

    Compiles and deploys OneStepVerifier with its provers, and compares its successor of each step with the
    machine's. --coverage runs small programs of our own as well, since no official test has each outcome of each
    instruction. The exit code is 1 if a successor differs (with --coverage also if an outcome did not occur) and 2
    if the input is no good.
    """
    if sample is not None and everything:
        raise click.UsageError("--sample and --all exclude each other")
    files = list_files(paths or ([] if programs else [find_fixtures()]))
    todo: list[Job | ProgramJob] = [*plan(files)]
    if programs or (coverage and programs is None):
        todo += program_jobs()
    settings = Settings(engine, sample, load_artifacts(lambda: _before_compiling(files)))
    totals = Totals()
    started = time.monotonic()
    with (
        _progress(Console(stderr=True), len(todo)) as advance,
        closing(run_jobs(todo, settings, jobs)) as running,
    ):
        for part in running:
            totals.add(part)
            advance(totals)
    if files and not totals.cases and not totals.skipped_cases:
        raise InputError(f"{', '.join(map(str, paths)) or 'the fixtures'}: no state test for Osaka in there")
    seconds = time.monotonic() - started
    if as_json:
        report = totals.as_json()
        if coverage:
            report["coverage"] = totals.coverage_as_json()
        click.echo(json.dumps(report, indent=2))
    else:
        print_totals(Console(soft_wrap=False), totals)
        if coverage:
            print_coverage(Console(soft_wrap=False), totals)
    click.echo(_summary(totals, seconds), err=as_json)
    context.exit(1 if totals.mismatch_count or (coverage and totals.empty_cells()) else 0)


def _before_compiling(files: Iterable[FixtureFile]) -> None:
    """Nobody should wait for the compiler to hear of a file that can't be read."""
    for file in files:
        for _ in read_tests(file.path):
            break
    click.echo(COMPILING, err=True)


def _summary(totals: Totals, seconds: float) -> str:
    programs = f" and {totals.programs} programs" if totals.programs else ""
    parts = [
        f"{totals.cases:,} cases{programs}: {totals.steps_checked:,} of {totals.steps_total:,} steps checked",
        f"{totals.mismatch_count:,} mismatches",
    ]
    for what, reasons in (("cases", totals.skipped_cases), ("steps", totals.skipped_steps)):
        parts += [f"{count:,} {what} skipped ({reason})" for reason, count in reasons.most_common()]
    return f"{', '.join(parts)} in {seconds:.1f} s ({totals.steps_checked / max(seconds, 1e-3):,.0f} steps/s)"


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[Totals], None]]:
    """A bar on a terminal, now and then a line elsewhere."""
    columns = (
        TextColumn("steptest"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parts, {task.fields[steps]:,} steps, {task.fields[wrong]} mismatches"),
        TimeElapsedColumn(),
    )
    done = 0
    last = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total, steps=0, wrong=0)

        def advance(totals: Totals) -> None:
            nonlocal done, last
            done += 1
            bar.update(task, advance=1, steps=totals.steps_checked, wrong=totals.mismatch_count)
            if not console.is_terminal and time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                counts = f"{totals.steps_checked:,} steps, {totals.mismatch_count:,} mismatches"
                click.echo(f"steptest {done}/{total}: {counts}", err=True)

        yield advance
