"""Order a batch as the sequencer: ``ape run order [FILE] --network ... --account ... --genesis ... --store ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.node.sequencer import Sequencer
from offchain.scenario.connected import open_seat, read_items


@click.command(cls=ConnectedProviderCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@account_option()
@click.option("--genesis", "genesis_path", required=True, type=click.Path(path_type=Path))
@click.option(
    "--store", "store_path", required=True, type=click.Path(path_type=Path), help="the node's flat store"
)
@click.option(
    "--record", type=click.Path(path_type=Path), help="another record than the network's in deployments/"
)
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    file: Path | None,
    genesis_path: Path,
    store_path: Path,
    record: Path | None,
) -> None:
    """Order one batch and claim it: signed transactions in hex, one a line of FILE; without FILE an empty one."""
    try:
        items = [] if file is None else read_items(file)
        with open_seat(provider, account, genesis_path, store_path, record, click.echo) as seat:
            seat.require_role()
            sequencer = Sequencer(seat.replica, seat.rollup, seat.address)
            for item in items:
                sequencer.submit(item)
            posted = sequencer.post_batch()
            waiting = len(items) - len(posted.receipts)
    except InputError as error:
        click.echo(f"order: {error}", err=True)
        sys.exit(2)
    click.echo(
        f"batch {posted.batch}: items {len(posted.receipts)}, {posted.size} bytes, {posted.gas_used:,} gas on L2, "
        f"{posted.sent.gas_used:,} on L1; claimed up to batch {posted.claimed}"
        + (f"; {waiting} items did not fit and are not ordered" if waiting else "")
    )
