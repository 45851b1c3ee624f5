"""`deltaroll store`: look at a flat store, and verify all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from offchain.errors import StoreError
from offchain.node.batch_note import BatchNote
from offchain.state.reader import StateReader
from offchain.state.verify import verify_store

__all__ = ["store"]

_DIRECTORY = click.argument("directory", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(short_help="Look at a flat store and verify it.")
def store() -> None:
    """Look at a flat store and verify it. A store in use by a node can be read too."""


@store.command()
@_DIRECTORY
@_JSON
def info(directory: Path, as_json: bool) -> None:
    """Show head, r, the tree's batch and the counts of the store in DIRECTORY."""
    with StateReader.open(directory, None) as reader:
        header = reader.header
        state, history, batches, codes, tree = header.entries
        facts: dict[str, Any] = {
            "chain": f"0x{header.config_hash.hex()}",
            "head": header.head,
            "lowest": header.lowest,
            "treeBatch": header.tree_batch,
            "treeRoot": f"0x{header.tree_root.hex()}",
            "entries": state,
            "codes": codes,
            "batches": batches,
            "overwritten": history,
            "treeRecords": tree,
            **_note(reader),
        }
    _show(facts, as_json)


@store.command()
@_DIRECTORY
@_JSON
def verify(directory: Path, as_json: bool) -> None:
    """Check every page, row, changeset and tree hash of the store in DIRECTORY."""
    console = Console(stderr=True)
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        summary = verify_store(
            directory, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    facts = {
        "lowest": summary.lowest,
        "head": summary.head,
        "treeBatch": summary.tree_batch,
        "treeRoot": f"0x{summary.tree_root.hex()}",
        "entries": summary.entries,
        "codes": summary.codes,
        "overwritten": summary.overwritten,
    }
    _show(facts, as_json)
    if not as_json:
        click.echo("all right")


def _note(reader: StateReader) -> dict[str, Any]:
    """What a node wrote beside the head; nothing in a store that no node wrote."""
    try:
        note = BatchNote.decode(reader.extra(reader.head))  # noqa: S610  no database of Django
    except StoreError:
        return {}
    return {
        "orderHash": f"0x{note.order_hash.hex()}",
        "diffRoot": f"0x{note.diff_root.hex()}",
        "l1Block": note.l1_block,
        "timestamp": note.timestamp,
    }


def _show(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{name:<{width}}  {value:,}" if isinstance(value, int) else f"{name:<{width}}  {value}")
