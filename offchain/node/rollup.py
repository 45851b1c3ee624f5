"""From the record of a deployment to the rollup that a node watches."""

from __future__ import annotations

from dataclasses import replace

from offchain.errors import InputError
from offchain.l1.deployment import Deployment
from offchain.l1.parameters import Parameters, check_load, check_parameters
from offchain.l1.watcher import Rollup
from offchain.node.config import ChainConfig

__all__ = ["parameters_for", "rollup_of"]


def rollup_of(deployment: Deployment) -> Rollup:
    """What a `Watcher` needs of the record; `InputError` where the rollup's address is none."""
    try:
        address = bytes.fromhex(deployment.rollup.removeprefix("0x"))
    except ValueError:
        address = b""
    if len(address) != 20:
        raise InputError(f"the deployment's rollup {deployment.rollup!r} is no address")
    return Rollup(
        chain_id=deployment.chain_id,
        address=address,
        first_block=deployment.block,
        chain_config_hash=deployment.chain_config_hash,
        genesis_state_root=deployment.genesis_state_root,
        parameters=deployment.parameters,
    )


def parameters_for(config: ChainConfig, preset: Parameters, gas_per_second: int) -> Parameters:
    """The parameters that a chain is deployed with: the preset's, with d_min from the chain's configuration.

    ``gas_per_second`` is the speed of the slowest executor on its worst batches. Raises `InputError` where
    orders could outrun it, or where the preset's other values do not fit this d_min.
    """
    parameters = replace(preset, batch_interval=config.batch_interval)
    check_parameters(parameters)
    check_load(parameters, config.batch_gas_limit, gas_per_second)
    return parameters
