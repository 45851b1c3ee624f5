"""The L1 of the demo: a local chain whose time can be moved. Embedded (eth-tester), a private anvil, or one by URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ape import accounts, networks
from ape.api import AccountAPI, ProviderAPI
from ape.exceptions import ApeException
from ape.logging import LogLevel, logger

from offchain.errors import NetworkError
from offchain.l1.contracts import ROOT
from offchain.l1.embedded import EmbeddedSource
from offchain.l1.node import NodeSource
from offchain.l1.source import L1Source
from offchain.l1.transport import HttpTransport

__all__ = ["NETWORKS", "LocalNetwork", "open_network"]

ETH_TESTER: Final = "eth-tester"
ANVIL: Final = "anvil"
NETWORKS: Final = (ETH_TESTER, ANVIL)
_ANVIL_FOLDER: Final = ROOT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin"


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """A connected chain. ``new_source`` opens a reading of its own; ``url`` is None for the embedded chain."""

    name: str
    provider: ProviderAPI
    account: AccountAPI
    new_source: Callable[[], L1Source]
    url: str | None

    def advance(self, seconds: int) -> None:
        """Mines a block that is so much later than the newest."""
        newest = self.new_source().block()
        assert newest is not None, "a local chain has a block"
        try:
            if self.url is None:
                self.provider.set_timestamp(newest.timestamp + seconds)
                self.provider.mine(1)
            else:
                request = HttpTransport(self.url)
                request("evm_setNextBlockTimestamp", [newest.timestamp + seconds])
                request("evm_mine", [])
                request.close()
        except ApeException as error:
            raise NetworkError(f"{self.name} can't move its time: {error}") from error


@contextmanager
def open_network(name: str) -> Iterator[LocalNetwork]:
    """Connects; ``name`` is one of `NETWORKS` or the URL of a running anvil. `NetworkError` where it can't."""
    logger.set_level(LogLevel.ERROR)
    with ExitStack() as stack:
        provider = stack.enter_context(_connected(name))
        url = None if name == ETH_TESTER else str(provider.http_uri)

        def new_source() -> L1Source:
            return EmbeddedSource(provider) if url is None else NodeSource(HttpTransport(url))

        yield LocalNetwork(name, provider, accounts.test_accounts[0], new_source, url)


@contextmanager
def _connected(name: str) -> Iterator[ProviderAPI]:
    settings: dict[str, object] | None
    if name == ETH_TESTER:
        choice, settings = "ethereum:local:test", None
    elif name == ANVIL:
        _find_anvil()
        choice, settings = "ethereum:local:foundry", {"host": "auto"}
    elif name.startswith(("http://", "https://")):
        _require_anvil(name)
        choice, settings = "ethereum:local:foundry", {"host": name, "manage_process": False}
    else:
        raise NetworkError(f"unknown network {name!r}: choose {', '.join(NETWORKS)} or the URL of an anvil")
    try:
        context = networks.parse_network_choice(choice, provider_settings=settings, disconnect_after=True)
        provider = context.__enter__()
    except ApeException as error:
        raise NetworkError(f"network {name} can't be reached: {' '.join(str(error).split())}") from error
    try:
        yield provider
    finally:
        context.__exit__(None, None, None)


def _find_anvil() -> None:
    """ape looks on the PATH only; the pinned one comes first."""
    if _ANVIL_FOLDER.is_dir():
        folders = os.environ.get("PATH", "").split(os.pathsep)
        if str(_ANVIL_FOLDER) not in folders:
            os.environ["PATH"] = os.pathsep.join([str(_ANVIL_FOLDER), *folders])
    elif not any(Path(folder, "anvil").is_file() for folder in os.get_exec_path()):
        raise NetworkError("network anvil: anvil is not installed; `make setup` does it where npm has it")


def _require_anvil(url: str) -> None:
    """One clear word before ape has many."""
    transport = HttpTransport(url)
    version = transport("web3_clientVersion", [])
    transport.close()
    if "anvil" not in str(version).lower():
        raise NetworkError(f"network {url}: the demo moves L1's time, which needs an anvil, not {version}")
