"""Deploy the rollup: ``ape run deploy --network ... --account ... --genesis genesis.json --gas-per-second ...``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.l1.deployment import deploy, deployment_file, write_deployment
from offchain.l1.parameters import DEMO, WEEK
from offchain.node.genesis import read_genesis
from offchain.node.rollup import parameters_for

PRESETS = {"demo": DEMO, "week": WEEK}


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option(
    "--genesis",
    "genesis_path",
    required=True,
    type=click.Path(path_type=Path),
    help="configuration and first state of the chain; d_min, G_b and both hashes are taken from it",
)
@click.option("--preset", type=click.Choice(sorted(PRESETS)), default="demo", show_default=True)
@click.option("--gas-per-second", type=int, required=True, help="the slowest executor, on its worst batches")
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    preset: str,
    gas_per_second: int,
) -> None:
    """Deploy the rollup with frozen parameters and record where it is."""
    try:
        genesis = read_genesis(genesis_path)
        parameters = parameters_for(genesis.config, PRESETS[preset], gas_per_second)
        deployment = deploy(account, parameters, genesis.state_root(), genesis.config.hash())
        path = deployment_file(provider.network_choice)
        write_deployment(deployment, path)
    except InputError as error:
        click.echo(f"deploy: {error}", err=True)
        sys.exit(2)
    click.echo(f"RollupManager {deployment.rollup} in block {deployment.block}, recorded in {path}")
