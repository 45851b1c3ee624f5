"""`deltaroll demo`: the whole life of a small rollup, with two disputes, in under two minutes."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from offchain.cli.signals import take_interrupts
from offchain.errors import InputError

__all__ = ["demo"]


@click.command(short_help="Deploy, run batches, finalize, dispute false claims.")
@click.option(
    "--network",
    default="eth-tester",
    show_default=True,
    metavar="NAME",
    help="eth-tester (embedded), anvil (started for the demo), or the URL of a running anvil.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep stores, published diffs, genesis and deployment in this new or empty folder.",
)
@click.pass_context
def demo(context: click.Context, network: str, as_json: bool, keep: Path | None) -> None:
    """Run a rollup: deploy it, order and claim batches, finalize them, catch false claims and dispute them.

    The exit code is 1 unless the verifier names exactly the lie, wins both disputes, and all that is final is true.
    """
    started = time.monotonic()
    with _folder(keep) as folder, _progress(Console(stderr=True)) as (phase, advance):
        phase("connecting")
        # Imported here: what the demo needs takes seconds to load, which the bar should show.
        from offchain.demo.network import open_network
        from offchain.demo.report import print_summary, result_as_json
        from offchain.demo.scenario import run_demo, steps
        from offchain.l1.contracts import load_contracts

        take_interrupts()
        with open_network(network) as chain:
            phase("compiling the contracts")
            contracts = load_contracts()
            phase("running", steps(contracts))
            result = run_demo(chain, contracts, folder, advance)
    if as_json:
        click.echo(json.dumps(result_as_json(result), indent=2))
    else:
        console = Console(width=None if Console().is_terminal else 140, highlight=False)
        print_summary(console, result, time.monotonic() - started)
        if keep is not None:
            click.echo(
                f"kept in {keep}: the stores sequencer and verifier, diffs, genesis.json, deployment.json"
            )
    context.exit(0 if result.is_caught else 1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="deltaroll-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        used = any(keep.iterdir())
    except OSError as error:
        raise InputError(f"--keep {keep}: {error.strerror}") from error
    if used:
        raise InputError(f"--keep {keep}: the folder is not empty")
    yield keep


_Phase = Callable[..., None]


@contextmanager
def _progress(console: Console) -> Iterator[tuple[_Phase, Callable[[str], None]]]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def phase(name: str, total: int | None = None) -> None:
            bar.update(task, description=name, total=total, completed=0)

        def advance(done: str) -> None:
            bar.update(task, description=done, advance=1)

        yield phase, advance
