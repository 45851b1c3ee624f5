"""Claim as the sequencer: ``ape run claim --network ... --account ... --genesis ... --store ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.l1.claims import Role
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
        with open_seat(provider, account, genesis_path, store_path, record) as seat:
            sequencer = Sequencer(seat.replica, seat.rollup, seat.address)
            if begin and seat.replica.sync().book.role is Role.VACANT:
                sequencer.begin_term(seat.deployment.parameters.stake)
            claimed = sequencer.claim_backlog()
            ordered = seat.replica.store.head
    except InputError as error:
        click.echo(f"claim: {error}", err=True)
        sys.exit(2)
    click.echo(f"batches 1 to {claimed} are claimed of {ordered} ordered")
