"""Pay out somebody's credit: ``ape run withdraw ADDRESS --network ... --account ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.scenario.connected import record_file, withdraw_credit


@click.command(cls=ConnectedProviderCommand)
@click.argument("address")
@account_option()
@click.option(
    "--record", type=click.Path(path_type=Path), help="another record than the network's in deployments/"
)
def cli(provider: ProviderAPI, account: AccountAPI, address: str, record: Path | None) -> None:
    """Pay the credit of ADDRESS in both contracts to ADDRESS; anybody may."""
    try:
        paid = withdraw_credit(provider, account, address, record or record_file(provider))
    except InputError as error:
        click.echo(f"withdraw: {error}", err=True)
        sys.exit(2)
    click.echo(f"{paid / 10**18:g} ETH paid to {address}" if paid else f"nothing is owed to {address}")
