"""From the record of a deployment to the rollup that a node watches."""

from __future__ import annotations

from offchain.errors import InputError
from offchain.l1.deployment import Deployment
from offchain.l1.watcher import Rollup

__all__ = ["rollup_of"]


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
    )
