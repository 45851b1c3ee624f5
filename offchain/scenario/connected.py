"""What the scripts of `ape run` share: the chain that ape has connected, and a node on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ape import accounts
from ape.api import AccountAPI, ProviderAPI

from offchain.batches.executor import PythonExecutor
from offchain.demo.network import LocalNetwork
from offchain.errors import InputError, NetworkError
from offchain.json_text import parse_json
from offchain.l1.ape_game_sender import ApeGameSender
from offchain.l1.ape_sender import ApeSender
from offchain.l1.deployment import (
    DEPLOYMENTS,
    Deployment,
    deployment_file,
    open_game,
    open_rollup,
    read_deployment,
)
from offchain.l1.embedded import EmbeddedSource
from offchain.l1.game_watcher import GameWatcher, watch_games
from offchain.l1.node import NodeSource
from offchain.l1.parameters import Parameters
from offchain.l1.source import L1Source
from offchain.l1.transport import HttpTransport
from offchain.l1.watcher import Watcher
from offchain.node.genesis import read_genesis
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of

__all__ = [
    "Seat",
    "connected_network",
    "open_seat",
    "parameters_file",
    "read_parameters",
    "record_file",
    "source_on",
]

_SPEED = "gas_per_second"


@dataclass(frozen=True, slots=True)
class Seat:
    """A node with an account: its replica of the rollup, and its ways to both contracts."""

    replica: Replica
    deployment: Deployment
    rollup: ApeSender
    game: ApeGameSender
    games: GameWatcher
    address: bytes


def source_on(provider: ProviderAPI) -> L1Source:
    """A reading of the connected chain, whichever it is."""
    if hasattr(provider, "tester"):
        return EmbeddedSource(provider)
    return NodeSource(HttpTransport(str(provider.http_uri)))


def connected_network(provider: ProviderAPI) -> LocalNetwork:
    """A chain whose time can be moved; `NetworkError` where it is no local one."""
    if provider.network.name != "local":
        raise NetworkError(f"{provider.network_choice} is no local chain: scenarios move L1's time")
    embedded = hasattr(provider, "tester")
    url = None if embedded else str(provider.http_uri)
    name = "eth-tester" if embedded else "anvil"
    return LocalNetwork(name, provider, accounts.test_accounts[0], lambda: source_on(provider), url)


@contextmanager
def open_seat(
    provider: ProviderAPI,
    account: AccountAPI,
    genesis_path: Path,
    store_path: Path,
    record: Path | None = None,
) -> Iterator[Seat]:
    """A node of the rollup that is recorded for the connected network, or in ``record``."""
    deployment = read_deployment(record or record_file(provider))
    genesis, rollup = read_genesis(genesis_path), rollup_of(deployment)
    source = source_on(provider)
    with open_store(store_path, genesis, rollup) as store:
        yield Seat(
            replica=Replica(store, Watcher(source, rollup), genesis.config, PythonExecutor()),
            deployment=deployment,
            rollup=ApeSender(open_rollup(deployment, provider), account),
            game=ApeGameSender(open_game(deployment, provider), account),
            games=watch_games(source, deployment, genesis.config.batch_gas_limit),
            address=bytes.fromhex(str(account.address)[2:]),
        )


def record_file(provider: ProviderAPI) -> Path:
    """The record of the connected network, such as ``ethereum-sepolia-node.json``, also where it is given by a URL."""
    network = provider.network
    return deployment_file(f"{network.ecosystem.name}:{network.name}:{provider.name}")


def parameters_file(provider: ProviderAPI, folder: Path = DEPLOYMENTS / "parameters") -> Path:
    """The parameters for the connected network, such as ``ethereum-sepolia.json``."""
    return folder / f"{provider.network.ecosystem.name}-{provider.network.name}.json"


def read_parameters(path: Path) -> tuple[Parameters, int]:
    """(parameters, gas a second of the slowest executor on its worst batches); `InputError` where the file is none."""
    try:
        value = parse_json(path.read_text())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    wanted = {*Parameters.__dataclass_fields__, _SPEED}
    if (
        not isinstance(value, dict)
        or value.keys() != wanted
        or any(type(n) is not int for n in value.values())
    ):
        raise InputError(f"{path}: it must have exactly the whole numbers {sorted(wanted)}")
    speed = value.pop(_SPEED)
    return Parameters(**value), speed
