"""Dispute what is false: ``ape run challenge --network ... --account ... --genesis ... --store ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.node.agent_loop import keep_acting
from offchain.node.challenger import Challenger
from offchain.scenario.connected import open_seat


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option("--genesis", "genesis_path", required=True, type=click.Path(path_type=Path))
@click.option(
    "--store", "store_path", required=True, type=click.Path(path_type=Path), help="the node's flat store"
)
@click.option(
    "--record", type=click.Path(path_type=Path), help="another record than the network's in deployments/"
)
@click.option("--every", type=click.IntRange(1), help="go on for ever, reading L1 every so many seconds")
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    store_path: Path,
    record: Path | None,
    every: int | None,
) -> None:
    """Replay all orders, open a game on the lowest false claim, and make every move that is due."""
    try:
        with open_seat(provider, account, genesis_path, store_path, record, click.echo) as seat:
            challenger = Challenger(seat.replica, seat.games, seat.game, seat.address)
            keep_acting(challenger, click.echo, every)
    except InputError as error:
        click.echo(f"challenge: {error}", err=True)
        sys.exit(2)
