"""`deltaroll scenario`: whole disputes on a chain of their own, each to the verdict that the protocol demands."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from offchain.cli.signals import take_interrupts

__all__ = ["scenario"]


@click.command(short_help="Play disputes to their verdicts.")
@click.argument("name", required=False)
@click.option("--all", "plays_all", is_flag=True, help="Play every scenario.")
@click.option("--list", "lists", is_flag=True, help="Name every scenario with one sentence.")
@click.option(
    "--network",
    default="eth-tester",
    show_default=True,
    metavar="NAME",
    help="eth-tester (embedded), anvil (started for this), or the URL of a running anvil.",
)
@click.option(
    "--arity", type=click.IntRange(2, 64), default=64, show_default=True, help="k of the bisection, 2 to 64."
)
@click.option("--json", "as_json", is_flag=True, help="Print the stories as JSON.")
@click.pass_context
def scenario(
    context: click.Context,
    name: str | None,
    plays_all: bool,
    lists: bool,
    network: str,
    arity: int,
    as_json: bool,
) -> None:
    """Play the scenario NAME, or all of them: cheats against honest players, on real contracts.

    Everything is deployed once, with the one-step verifier, and rewound before each scenario. With --all a line is
    printed for each, and the whole story of one that goes wrong. The exit code is 1 unless every verdict is the
    demanded one and the bonds are accounted for to the wei.
    """
    if sum((name is not None, plays_all, lists)) != 1:
        raise click.UsageError("give one NAME, or --all, or --list")
    from offchain.scenario.catalog import SCENARIOS, find_scenario

    if lists:
        if as_json:
            click.echo(json.dumps({one.name: one.sentence for one in SCENARIOS.values()}, indent=2))
            return
        width = max(map(len, SCENARIOS))
        for one in SCENARIOS.values():
            click.echo(f"{one.name:<{width}}  {one.sentence}")
        return
    chosen = list(SCENARIOS.values()) if name is None else [find_scenario(name)]

    # Imported here: a list needs no chain.
    from offchain.demo.network import open_network
    from offchain.l1.contracts import load_contracts
    from offchain.scenario.play import play
    from offchain.scenario.story import total
    from offchain.scenario.world import open_world

    take_interrupts()
    stories = []
    with open_network(network) as chain, tempfile.TemporaryDirectory(prefix="deltaroll-scenario-") as folder:
        contracts = load_contracts()
        with open_world(chain, contracts, arity, Path(folder)) as world:
            for one in chosen:
                with _quiet():
                    story = play(one, world)
                stories.append(story)
                if not as_json:
                    click.echo(story.line() if plays_all and story.is_right else story.text())
    if as_json:
        click.echo(json.dumps([story.to_json() for story in stories], indent=2))
    elif plays_all:
        click.echo(total(stories))
    context.exit(0 if all(story.is_right for story in stories) else 1)


@contextmanager
def _quiet() -> Iterator[None]:
    """Whatever is written to the standard output goes nowhere: on anvil ape shows the trace of every refused call."""
    sys.stdout.flush()
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)
