"""What the scripts of `ape run` share: the chain that ape has connected, and a node on it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ape import accounts
from ape.api import AccountAPI, ProviderAPI
from ape.exceptions import ApeException
from eth_utils.address import is_hex_address, to_checksum_address

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
    "read_items",
    "read_parameters",
    "record_file",
    "require_room",
    "source_on",
    "withdraw_credit",
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

    def require_role(self, *, or_vacant: bool = False) -> bool:
        """Whether the account is the sequencer; `InputError` where another is, or nobody unless ``or_vacant``."""
        book = self.replica.sync().book
        if book.sequencer is None:
            if not or_vacant:
                raise InputError(
                    "the role is vacant: `ape run claim --begin` deposits the stake and takes it"
                )
            return False
        if book.sequencer != self.address:
            raise InputError(f"the role is held by 0x{book.sequencer.hex()}")
        return True


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
    say: Callable[[str], object] = lambda text: None,
) -> Iterator[Seat]:
    """A node of the rollup that is recorded for the connected network, or in ``record``, brought to L1's newest block.

    A store that is taken back on the way, since it was of another rollup with the same genesis or L1 was reorganized,
    is a line to ``say``.
    """
    deployment = read_deployment(record or record_file(provider))
    genesis, rollup = read_genesis(genesis_path), rollup_of(deployment)
    source = source_on(provider)
    with open_store(store_path, genesis, rollup) as store:
        replica = Replica(store, Watcher(source, rollup), genesis.config, PythonExecutor())
        before = store.head
        taken = replica.sync().rolled_back
        if taken:
            say(f"L1 has other orders than the store: rolled back from batch {before} to {before - taken}")
        yield Seat(
            replica=replica,
            deployment=deployment,
            rollup=ApeSender(open_rollup(deployment, provider), account),
            game=ApeGameSender(open_game(deployment, provider), account),
            games=watch_games(source, deployment, genesis.config.batch_gas_limit),
            address=bytes.fromhex(str(account.address)[2:]),
        )


def record_file(provider: ProviderAPI) -> Path:
    """The record of the connected network, such as ``ethereum-sepolia-node.json``, also where it is given by a URL."""
    network = provider.network
    # Any chain can be ape's custom network.
    chain = f"{network.name}-{provider.chain_id}" if network.name == "custom" else network.name
    return deployment_file(f"{network.ecosystem.name}:{chain}:{provider.name}")


def require_room(path: Path, *, force: bool) -> None:
    """Before a deployment costs anything: `InputError` where its record could not be written, or would replace another.

    ``force``: it may replace another.
    """
    if path.exists() and not force:
        raise InputError(
            f"{path} is the record of another deployment: --force replaces it, --record FILE writes elsewhere"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error


def parameters_file(provider: ProviderAPI, folder: Path = DEPLOYMENTS / "parameters") -> Path:
    """The parameters for the connected network, such as ``ethereum-sepolia.json``."""
    return folder / f"{provider.network.ecosystem.name}-{provider.network.name}.json"


def read_items(path: Path) -> list[bytes]:
    """The items of an order, hex, one a line; `InputError` where the file is none."""
    try:
        lines = path.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        ) from error
    try:
        return [bytes.fromhex(line.removeprefix("0x")) for line in lines]
    except ValueError as error:
        raise InputError(f"{path}: every line must be a transaction in hex") from error


def withdraw_credit(provider: ProviderAPI, account: AccountAPI, address: str, record: Path) -> int:
    """Pays out in both contracts what ``address`` is owed, sent by ``account``; wei paid.

    Raises `InputError` where the address is none or the record can't be read, `NetworkError` where L1 refuses.
    """
    if not is_hex_address(address):
        raise InputError(f"{address!r} is no address")
    account_of, paid = to_checksum_address(address), 0
    deployment = read_deployment(record)
    for contract in (open_rollup(deployment, provider), open_game(deployment, provider)):
        try:
            owed = int(contract.creditOf(account_of))
            if owed:
                contract.withdraw(account_of, sender=account)
        except ApeException as error:
            raise NetworkError(f"L1 does not pay: {' '.join(str(error).split())}") from error
        paid += owed
    return paid


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
