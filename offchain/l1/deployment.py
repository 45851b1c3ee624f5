"""Putting the contracts on L1, and finding them again.

The contracts name each other by addresses that are predicted from the deployer's nonce, so that nothing is
initialised, set or owned afterwards. A deployment is recorded in ``deployments/<network>.json``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from ape.api import AccountAPI, ProviderAPI
from ape.contracts import ContractContainer, ContractInstance
from ape.exceptions import ApeException

from offchain.errors import InputError, NetworkError
from offchain.hashing import keccak
from offchain.json_text import parse_json
from offchain.l1.contracts import ROOT, Contracts, load_contracts
from offchain.l1.parameters import Parameters, check_parameters
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis
from offchain.proofs.provers import Prover

__all__ = [
    "DEPLOYMENTS",
    "NO_GAME",
    "Deployment",
    "deploy",
    "deploy_rollup",
    "deploy_step_verifier",
    "deployment_file",
    "hash_from_hex",
    "open_game",
    "open_rollup",
    "read_deployment",
    "write_deployment",
]

DEPLOYMENTS: Final = ROOT / "deployments"
NO_GAME: Final = "0x" + keccak(b"deltaroll.no-game")[12:].hex()
"""The game of a rollup that has none: nobody can have a key to it, so nobody can give verdicts."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts are. Addresses are checksummed hex, roots and hashes 32 bytes.

    ``block`` is the L1 block of the deployment: no event of the rollup or its game lies before it. verifier, the judge
    of one step, and state_diff_verifier are "" where the rollup was deployed without them.
    """

    chain_id: int
    block: int
    rollup: str
    game: str
    genesis_state_root: bytes
    chain_config_hash: bytes
    parameters: Parameters
    verifier: str = ""
    state_diff_verifier: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; hashes as 0x hex. Wei amounts are JSON integers of any size."""
        return asdict(self) | {
            "genesis_state_root": "0x" + self.genesis_state_root.hex(),
            "chain_config_hash": "0x" + self.chain_config_hash.hex(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Deployment:
        """The inverse of `to_json`; InputError, KeyError, TypeError or ValueError on anything else."""
        deployment = cls(
            **value
            | {
                "genesis_state_root": hash_from_hex(value["genesis_state_root"]),
                "chain_config_hash": hash_from_hex(value["chain_config_hash"]),
                "parameters": Parameters(**value["parameters"]),
            }
        )
        whole = (deployment.chain_id, deployment.block, *deployment.parameters.as_tuple())
        texts = (deployment.rollup, deployment.game, deployment.verifier, deployment.state_diff_verifier)
        if not all(type(n) is int for n in whole) or not all(type(text) is str for text in texts):
            raise ValueError("a field has the wrong type")
        if not 0 <= deployment.block < 1 << 64:
            raise ValueError(f"block {deployment.block} is no number of a block")
        return deployment


def deploy(
    account: AccountAPI,
    parameters: Parameters,
    genesis: Genesis | tuple[bytes, ChainConfig],
    *,
    contracts: Contracts | None = None,
    step_verifier: ContractInstance | None = None,
) -> Deployment:
    """Deploy everything from ``account`` on the connected network: the verifiers, the rollup, its game.

    ``genesis`` may be given by (h(S_0), configuration). ``step_verifier`` judges the steps; None deploys the real one.
    Raises `InputError` on parameters that the contracts would refuse and `NetworkError` if L1 does not take the
    deployment, or lacks a precompile.
    """
    if isinstance(genesis, Genesis):
        genesis = genesis.state_root(), genesis.config
    state_root, config = genesis
    check_parameters(parameters)
    if config.batch_interval != parameters.batch_interval:
        raise InputError(
            f"parameter batch_interval = {parameters.batch_interval} is not the chain's, {config.batch_interval}"
        )
    contracts = load_contracts() if contracts is None else contracts
    if step_verifier is None:
        step_verifier = deploy_step_verifier(account, contracts)
    try:
        differ = account.deploy(contracts["StateDiffVerifier"])
    except ApeException as error:
        raise NetworkError(f"the deployment failed: {error}") from error
    deployment = deploy_rollup(
        account,
        parameters,
        state_root,
        config.hash(),
        contracts=contracts,
        game=contracts["BisectionGame"],
        game_arguments=(
            step_verifier.address,
            (
                *(config.chain_id, config.base_fee, config.blob_base_fee),
                *(config.batch_gas_limit, config.batch_interval),
            ),
        ),
    )
    return replace(deployment, verifier=str(step_verifier.address), state_diff_verifier=str(differ.address))


def deploy_step_verifier(account: AccountAPI, contracts: Contracts) -> ContractInstance:
    """OneStepVerifier with its provers. Raises `NetworkError`, in one line where L1 lacks a precompile."""
    try:
        precompiles = account.deploy(contracts["PrecompileProver"])
        missing = int(precompiles.missing())
        if missing:
            raise NetworkError(
                f"this L1 can't judge disputes: it lacks the precompile at address 0x{missing:02x}"
            )
        provers = [
            account.deploy(container, *([precompiles.address] if container.constructor.abi.inputs else []))
            for container in (contracts[f"{prover.name.capitalize()}Prover"] for prover in Prover)
        ]
        return account.deploy(
            contracts["OneStepVerifier"], [prover.address for prover in provers], precompiles.address
        )
    except ApeException as error:
        raise NetworkError(f"the deployment failed: {error}") from error


def deploy_rollup(
    account: AccountAPI,
    parameters: Parameters,
    genesis_state_root: bytes,
    chain_config_hash: bytes,
    *,
    contracts: Contracts | None = None,
    game: ContractContainer | None = None,
    game_arguments: Sequence[Any] = (),
) -> Deployment:
    """Deploy the rollup alone, then its game, from ``account`` on the connected network.

    ``game`` is deployed with the rollup's address and ``game_arguments``; without it the rollup is bound to
    `NO_GAME` for ever. Raises `InputError` on parameters that the contract would refuse and `NetworkError` if
    L1 does not take the deployment.
    """
    check_parameters(parameters)
    contracts = load_contracts() if contracts is None else contracts
    game_address = NO_GAME if game is None else account.get_deployment_address(account.nonce + 1)
    try:
        rollup = account.deploy(
            contracts["RollupManager"],
            parameters.as_tuple(),
            game_address,
            genesis_state_root,
            chain_config_hash,
        )
        if game is not None:
            _require_bound(rollup, account.deploy(game, rollup.address, *game_arguments), game_address)
    except ApeException as error:
        raise NetworkError(f"the deployment failed: {error}") from error
    return Deployment(
        chain_id=rollup.provider.chain_id,
        block=rollup.creation_metadata.block if rollup.creation_metadata else 0,
        rollup=str(rollup.address),
        game=str(rollup.game()),
        genesis_state_root=genesis_state_root,
        chain_config_hash=chain_config_hash,
        parameters=parameters,
    )


def open_game(
    deployment: Deployment, provider: ProviderAPI, contracts: Contracts | None = None
) -> ContractInstance:
    """The game of ``deployment`` on the connected network; `NetworkError` if it is not there."""
    if not deployment.verifier or not provider.get_code(deployment.game):
        raise NetworkError(f"L1 has no game at {deployment.game}")
    contracts = load_contracts() if contracts is None else contracts
    game = contracts["BisectionGame"].at(deployment.game)
    try:
        rollup, verifier = str(game.rollup()), str(game.verifier())
    except ApeException as error:
        raise NetworkError(f"the contract at {deployment.game} is no game of ours: {error}") from error
    if (rollup, verifier) != (deployment.rollup, deployment.verifier):
        raise NetworkError(f"the game at {deployment.game} is not that of the deployment's record")
    return game


def open_rollup(
    deployment: Deployment, provider: ProviderAPI, contracts: Contracts | None = None
) -> ContractInstance:
    """The rollup of ``deployment`` on the connected network; `NetworkError` if it is not there."""
    if provider.chain_id != deployment.chain_id:
        raise NetworkError(f"L1 has chain id {provider.chain_id}, the deployment is on {deployment.chain_id}")
    if not provider.get_code(deployment.rollup):
        raise NetworkError(f"L1 has no contract at {deployment.rollup}; was the local chain restarted?")
    contracts = load_contracts() if contracts is None else contracts
    rollup = contracts["RollupManager"].at(deployment.rollup)
    try:
        have = tuple(rollup.parameters())
        configuration = bytes(rollup.chainConfigHash())
    except ApeException as error:
        raise NetworkError(f"the contract at {deployment.rollup} is no rollup of ours: {error}") from error
    if have != deployment.parameters.as_tuple() or configuration != deployment.chain_config_hash:
        raise NetworkError(
            f"the contract at {deployment.rollup} has other parameters than the deployment's record"
        )
    return rollup


def deployment_file(network: str, folder: Path = DEPLOYMENTS) -> Path:
    """The record of ``network``, which is ape's choice string, such as ``ethereum:local:test``."""
    return folder / f"{network.replace(':', '-')}.json"


def write_deployment(deployment: Deployment, path: Path) -> None:
    """Write the record; `InputError` if the disk does not take it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(deployment.to_json(), indent=2) + "\n")
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error


def read_deployment(path: Path) -> Deployment:
    """Read a record; `InputError` if it is absent or not one."""
    try:
        value = parse_json(path.read_text())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    expected = {field.name for field in fields(Deployment)}
    if not isinstance(value, dict) or value.keys() != expected:
        raise InputError(f"{path} is no deployment: it must have exactly the fields {sorted(expected)}")
    try:
        return Deployment.from_json(value)
    except (InputError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no deployment: {error}") from error


def _require_bound(rollup: ContractInstance, game: ContractInstance, predicted: str) -> None:
    """Both name each other; else somebody sent a transaction from the deployer's account in between."""
    if game.address != predicted or rollup.game() != predicted or game.rollup() != rollup.address:
        raise NetworkError(f"the game is at {game.address}, not at {predicted} as predicted: deploy again")


def hash_from_hex(text: object) -> bytes:
    """The 32 bytes of a hex string, with or without 0x; `InputError` on anything else."""
    try:
        value = bytes.fromhex(text.removeprefix("0x")) if isinstance(text, str) else b""
    except ValueError:
        value = b""
    if len(value) != 32:
        raise InputError(f"{text!r} is not 32 bytes in hex")
    return value
