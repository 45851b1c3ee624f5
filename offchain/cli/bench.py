"""`deltaroll bench`: how fast L2 execution is, with other EVMs beside it, and what one-step proofs cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from offchain.batches.executor import ENGINES, EngineName
from offchain.bench.contender import Deltaroll
from offchain.bench.measure import LMDB, MEMORY, Plan, measure, warm_up
from offchain.bench.peers import peers
from offchain.bench.report import as_json, print_report
from offchain.bench.workload import named_address
from offchain.bench.workloads import WORKLOADS
from offchain.errors import NetworkError
from offchain.state.genesis import GenesisAccount

__all__ = ["bench"]

_QUICK_SCALE: Final = 0.05
_WARM_UP_SCALE: Final = 0.01
_QUICK_ACCOUNTS: Final = 5_000
_WIDTH: Final = 118  # of the tables


@click.group()
def bench() -> None:
    """Measure execution, with py-evm beside it, and one-step proofs."""


@bench.command()
@click.option("--quick", is_flag=True, help="Small loads, one round: shows that it runs, not how fast.")
@click.option(
    "--only", type=click.Choice(list(WORKLOADS)), multiple=True, help="Run this workload. May be repeated."
)
@click.option(
    "--peers/--no-peers", "with_peers", default=True, show_default=True, help="py-evm and EELS beside it."
)
@click.option(
    "--engine",
    "engines",
    type=click.Choice(ENGINES),
    multiple=True,
    default=("blocks", "interpreter"),
    show_default=True,
    help="Deltaroll's engines. May be repeated.",
)
@click.option(
    "--store",
    "stores",
    type=click.Choice((MEMORY, LMDB)),
    multiple=True,
    default=(MEMORY, LMDB),
    show_default=True,
    help="Where the state lies. May be repeated.",
)
@click.option(
    "--accounts",
    type=click.IntRange(0, 10_000_000),
    default=100_000,
    show_default=True,
    help="Accounts in the state besides those of the workload.",
)
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to put the LMDB store. [default: the system's folder for temporary files]",
)
@click.option("--json", "json_output", is_flag=True, help="Print one JSON object.")
@click.pass_context
def execute(
    context: click.Context,
    quick: bool,
    only: tuple[str, ...],
    with_peers: bool,
    engines: tuple[EngineName, ...],
    stores: tuple[str, ...],
    accounts: int,
    rounds: int,
    directory: Path | None,
    json_output: bool,
) -> None:
    """Measure how fast batches are executed, on dictionaries and on the flat store.

    Signature recovery is left out everywhere and shown apart. The exit code is 1 if an EVM did not arrive at the
    state of the plain interpreter.
    """
    if quick:
        accounts, rounds = min(accounts, _QUICK_ACCOUNTS), 1
    plan = Plan(
        engines=[Deltaroll(engine) for engine in dict.fromkeys(engines)],
        peers=peers() if with_peers else [],
        stores=list(dict.fromkeys(stores)),
        rounds=rounds,
        fillers={named_address("filler", index): GenesisAccount(10**18 + index) for index in range(accounts)},
        directory=directory,
    )
    names = list(dict.fromkeys(only)) or list(WORKLOADS)
    results = []
    with _progress(Console(stderr=True), len(names)) as report:
        warm_up(WORKLOADS["erc20"](_WARM_UP_SCALE), plan)
        for number, name in enumerate(names):
            report(number, f"{name}: making the transactions")
            workload = WORKLOADS[name](_QUICK_SCALE if quick else 1.0)
            results.append(measure(workload, plan, lambda text, n=number, w=name: report(n, f"{w}: {text}")))  # type: ignore[misc]
        report(len(names), "")
    if json_output:
        click.echo(as_json(results, rounds, accounts))
    else:
        print_report(Console(width=_WIDTH), results, rounds, accounts)
    wrong = [f"{e.contender} in {r.workload.name}" for r in results for e in r.entries if not e.agrees]
    if wrong:
        click.echo(f"another state than the plain interpreter's: {', '.join(wrong)}", err=True)
    context.exit(1 if wrong else 0)


@bench.command()
@click.option(
    "--osaka/--no-osaka",
    default=True,
    show_default=True,
    help="Also rows that take an L1 of Osaka: transactions to anvil.",
)
@click.option("--json", "json_output", is_flag=True, help="Print one JSON object.")
@click.pass_context
def steps(context: click.Context, osaka: bool, json_output: bool) -> None:
    """Measure the dearest one-step proof of each kind of step, at three depths of the trees.

    The words, those of --json too, are explained in docs/gas-table.md.

    Compiles and deploys the one-step verifier. The exit code is 1 if a row costs more than it may.
    """
    from offchain.bench.steps.console import print_table
    from offchain.bench.steps.gauge import AnvilGauge, PyrevmGauge
    from offchain.bench.steps.table import Measured, all_rows, measure, table_as_json, too_dear
    from offchain.conformance.anvil import find_anvil
    from offchain.steptest.verifier import COMPILING, load_artifacts

    if osaka:
        try:
            find_anvil()
        except NetworkError as error:
            raise NetworkError(f"{error}; --no-osaka leaves out the rows that it takes") from error
    rows = [row for row in all_rows() if osaka or not row.osaka]
    artifacts = load_artifacts(lambda: click.echo(COMPILING, err=True))
    table: list[Measured] = []
    with _progress(Console(stderr=True), len(rows)) as report:
        in_process = [row for row in rows if not row.osaka]
        for measured in measure(in_process, PyrevmGauge(artifacts), lambda row: report(len(table), row.kind)):
            table.append(measured)  # noqa: PERF402  the bar counts them
        if osaka:
            with AnvilGauge(artifacts) as gauge:
                on_anvil = [row for row in rows if row.osaka]
                for measured in measure(on_anvil, gauge, lambda row: report(len(table), row.kind)):
                    table.append(measured)  # noqa: PERF402
    if json_output:
        click.echo(json.dumps(table_as_json(table), indent=2))
    else:
        print_table(Console(width=_WIDTH), table)
    over = too_dear(table)
    for line in over:
        click.echo(line, err=True)
    context.exit(1 if over else 0)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on a terminal, a line a workload elsewhere."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    shown = -1
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def report(done: int, text: str) -> None:
            nonlocal shown
            bar.update(task, completed=done, description=text)
            if not console.is_terminal and text and done != shown:
                shown = done
                console.print(f"bench {done + 1}/{total}: {text.split(':')[0]}", highlight=False)

        yield report
