"""Claim as the sequencer: ``ape run claim --network ... --account ... --genesis ... --store ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.node.sequencer import Sequencer
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
@click.option("--begin", is_flag=True, help="first deposit the stake, if the role is vacant")
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    store_path: Path,
    record: Path | None,
    begin: bool,
) -> None:
    """Replay all orders, and claim every batch that lies unclaimed."""
    try:
        with open_seat(provider, account, genesis_path, store_path, record, click.echo) as seat:
            sequencer = Sequencer(seat.replica, seat.rollup, seat.address)
            if not seat.require_role(or_vacant=begin):
                sequencer.begin_term(seat.deployment.parameters.stake)
            claimed = sequencer.claim_backlog()
            ordered = seat.replica.store.head
    except InputError as error:
        click.echo(f"claim: {error}", err=True)
        sys.exit(2)
    if not ordered:
        click.echo("nothing is ordered")
    else:
        done = f"batches 1 to {claimed} are claimed" if claimed else "nothing is claimed"
        click.echo(f"{done}, {ordered} are ordered")
