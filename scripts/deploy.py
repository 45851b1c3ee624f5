"""Deploy the rollup: ``ape run deploy --network ... --account ... --genesis-root ... --config-hash ...``."""

from __future__ import annotations

import sys

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.l1.deployment import deploy, deployment_file, hash_from_hex, write_deployment
from offchain.l1.parameters import DEMO, WEEK, check_load

PRESETS = {"demo": DEMO, "week": WEEK}


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option("--genesis-root", required=True, help="h(S_0), 32 bytes in hex")
@click.option("--config-hash", required=True, help="hash of the chain's configuration, 32 bytes in hex")
@click.option("--preset", type=click.Choice(sorted(PRESETS)), default="demo", show_default=True)
@click.option("--batch-gas-limit", type=int, required=True, help="G_b of the chain's configuration")
@click.option("--gas-per-second", type=int, required=True, help="the slowest executor, on its worst batches")
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_root: str,
    config_hash: str,
    preset: str,
    batch_gas_limit: int,
    gas_per_second: int,
) -> None:
    """Deploy the rollup with frozen parameters and record where it is."""
    parameters = PRESETS[preset]
    try:
        check_load(parameters, batch_gas_limit, gas_per_second)
        deployment = deploy(account, parameters, hash_from_hex(genesis_root), hash_from_hex(config_hash))
        path = deployment_file(provider.network_choice)
        write_deployment(deployment, path)
    except InputError as error:
        click.echo(f"deploy: {error}", err=True)
        sys.exit(2)
    click.echo(f"RollupManager {deployment.rollup} in block {deployment.block}, recorded in {path}")
