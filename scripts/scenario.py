"""Play a dispute: ``ape run scenario NAME --network ...``. Everything is deployed for it, on a local chain."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from ape import networks
from ape.cli import ConnectedProviderCommand

from offchain.errors import InputError
from offchain.l1.contracts import load_contracts
from offchain.scenario.catalog import find_scenario
from offchain.scenario.connected import connected_network
from offchain.scenario.play import play
from offchain.scenario.world import open_world


@click.command(cls=ConnectedProviderCommand)
@click.argument("name")
@click.option("--arity", type=click.IntRange(2, 64), default=64, show_default=True, help="k of the bisection")
def cli(name: str, arity: int) -> None:
    """Play the scenario NAME on the connected chain, which has to be eth-tester or anvil."""
    try:
        scenario = find_scenario(name)
        network = connected_network(networks.provider)
        contracts = load_contracts()
        with (
            tempfile.TemporaryDirectory(prefix="deltaroll-scenario-") as folder,
            open_world(network, contracts, arity, Path(folder)) as world,
        ):
            story = play(scenario, world)
    except InputError as error:
        click.echo(f"scenario: {error}", err=True)
        sys.exit(2)
    click.echo(story.text())
    sys.exit(0 if story.is_right else 1)
