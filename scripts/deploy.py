"""Deploy everything: ``ape run deploy --network ... --account ... --genesis genesis.json``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option

from offchain.errors import InputError
from offchain.l1.deployment import deploy, write_deployment
from offchain.node.genesis import read_genesis
from offchain.node.rollup import parameters_for
from offchain.scenario.connected import parameters_file, read_parameters, record_file, require_room


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option(
    "--genesis",
    "genesis_path",
    required=True,
    type=click.Path(path_type=Path),
    help="configuration and first state of the chain; d_min, G_b and both hashes are taken from it",
)
@click.option(
    "--parameters",
    "parameters_path",
    type=click.Path(path_type=Path),
    help="another file than deployments/parameters/<ecosystem>-<network>.json",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="write another record than the network's in deployments/",
)
@click.option("--force", is_flag=True, help="replace a record that is there")
def cli(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    parameters_path: Path | None,
    record: Path | None,
    force: bool,
) -> None:
    """Deploy verifiers, rollup and game with frozen parameters, and record where they are."""
    try:
        genesis = read_genesis(genesis_path)
        preset, gas_per_second = read_parameters(parameters_path or parameters_file(provider))
        parameters = parameters_for(genesis.config, preset, gas_per_second)
        path = record or record_file(provider)
        require_room(path, force=force)
        deployment = deploy(account, parameters, genesis)
        write_deployment(deployment, path)
    except InputError as error:
        click.echo(f"deploy: {error}{_advice(error)}", err=True)
        sys.exit(2)
    click.echo(
        f"RollupManager {deployment.rollup}, BisectionGame {deployment.game}, OneStepVerifier {deployment.verifier} "
        f"from block {deployment.block} on, recorded in {path}"
    )


def _advice(error: InputError) -> str:
    """ape signs for chain 1337 on every network that it calls local."""
    return "; is this an anvil? Start it with --chain-id 1337" if "invalid chain id" in str(error) else ""
