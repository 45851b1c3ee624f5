"""Make final what is due: ``ape run finalize --network ... --account ... --genesis ... --store ...``."""

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
@click.option(
    "--state", is_flag=True, help="the pending h(S_m); where none is pending, the sequencer claims one"
)
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    store_path: Path,
    record: Path | None,
    state: bool,
) -> None:
    """Make final every claim whose window is over; anybody may."""
    try:
        with open_seat(provider, account, genesis_path, store_path, record, click.echo) as seat:
            sequencer = Sequencer(seat.replica, seat.rollup, seat.address)
            book = seat.replica.sync().book
            if not state:
                sequencer.finalize()
                done = f"final up to batch {seat.replica.sync().book.finalized}"
            elif book.pending_state is not None:
                sequencer.finalize_state()
                done = f"h(S_{book.pending_state.batch}) is final"
            else:
                seat.require_role()
                root, _ = sequencer.claim_state(book.finalized)
                done = f"h(S_{book.finalized}) is claimed as 0x{root.hex()}"
    except InputError as error:
        click.echo(f"finalize: {error}", err=True)
        sys.exit(2)
    click.echo(done)
