"""`deltaroll verify`: an independent verifier, from L1 alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from offchain.batches.executor import PythonExecutor
from offchain.l1.deployment import read_deployment
from offchain.l1.node import NodeSource
from offchain.l1.transport import HttpTransport
from offchain.l1.watcher import Watcher
from offchain.node.genesis import read_genesis
from offchain.node.replica import Progress, Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.verifier import Verdict, Verifier

__all__ = ["verify"]

GENESIS_FILE: Final = "genesis.json"


@click.command(short_help="Read L1 alone and check every claim.")
@click.option("--rpc", required=True, metavar="URL", help="JSON-RPC of a node of L1.")
@click.option(
    "--deployment",
    "deployment_path",
    required=True,
    type=click.Path(path_type=Path),
    help="The record of the deployment.",
)
@click.option(
    "--genesis",
    "genesis_path",
    type=click.Path(path_type=Path),
    help=f"Configuration and first state.  [default: {GENESIS_FILE} beside the deployment]",
)
@click.option(
    "--store",
    "store_path",
    required=True,
    type=click.Path(path_type=Path),
    help="The verifier's flat store; made where there is none.",
)
@click.option(
    "--diffs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the sequencer publishes its diffs, to name the entries of a false claim.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_context
def verify(
    context: click.Context,
    rpc: str,
    deployment_path: Path,
    genesis_path: Path | None,
    store_path: Path,
    diffs: Path | None,
    as_json: bool,
) -> None:
    """Rebuild the state from the events of L1, and compare every claimed h(D_n) and h(S_m) with it.

    Goes on from the store where it ended the last time. The exit code is 1 if a claim is false; the first
    one is named.
    """
    rollup = rollup_of(read_deployment(deployment_path))
    genesis = read_genesis(genesis_path or deployment_path.with_name(GENESIS_FILE))
    with closing(HttpTransport(rpc)) as transport:
        watcher = Watcher(NodeSource(transport), rollup)
        watcher.check_identity()
        with open_store(store_path, genesis, rollup) as store, _progress(Console(stderr=True)) as progress:
            replica = Replica(store, watcher, genesis.config, PythonExecutor())
            verdict = Verifier(replica, diffs).check(progress)
    if as_json:
        click.echo(json.dumps(verdict.to_json(), indent=2))
    else:
        _print(verdict)
    context.exit(0 if verdict.is_right else 1)


def _print(verdict: Verdict) -> None:
    if verdict.rolled_back:
        click.echo(f"L1 was reorganized: {verdict.rolled_back} batches rolled back")
    click.echo(
        f"L1 block {verdict.l1_block}: {verdict.ordered} batches ordered, {verdict.claimed} claimed, "
        f"{verdict.finalized} final, r = {verdict.base}; {verdict.applied} executed now"
    )
    first = verdict.first
    if first is None:
        click.echo(f"all right: {verdict.checked} claims of h(D) and {verdict.checked_states} of h(S)")
        return
    others = f"; {verdict.false_claims - 1} more are false" if verdict.false_claims > 1 else ""
    click.echo(first.summary() + others)
    for entry in first.entries:
        click.echo(f"  {entry}")
    if first.note:
        click.echo(f"  {first.note}")


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("executing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield progress
