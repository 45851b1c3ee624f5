"""The L1 of the demo, a chain whose time can be moved: embedded (eth-tester), an anvil of its own, or one by URL."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Final

from ape import accounts, networks
from ape.api import AccountAPI, ProviderAPI
from ape.exceptions import ApeException
from ape.logging import LogLevel, logger

from offchain.conformance.held_signals import held_signals
from offchain.errors import NetworkError
from offchain.l1.contracts import ROOT
from offchain.l1.embedded import EmbeddedSource
from offchain.l1.node import NodeSource
from offchain.l1.source import L1Source
from offchain.l1.transport import HttpTransport

__all__ = ["NETWORKS", "LocalNetwork", "find_anvil", "open_network", "private_anvil"]

ETH_TESTER: Final = "eth-tester"
ANVIL: Final = "anvil"
NETWORKS: Final = (ETH_TESTER, ANVIL)
_PINNED_ANVIL: Final = ROOT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
_START_SECONDS: Final = 20.0


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
                with closing(HttpTransport(self.url)) as request:
                    request("evm_setNextBlockTimestamp", [newest.timestamp + seconds])
                    request("evm_mine", [])
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
    if name == ETH_TESTER:
        with _provider(name, "ethereum:local:test", None) as provider:
            yield provider
    elif name == ANVIL:
        with private_anvil() as url, _provider(name, "ethereum:local:foundry", url) as provider:
            yield provider
    elif name.startswith(("http://", "https://")):
        _require_anvil(name)
        with _provider(name, "ethereum:local:foundry", name) as provider:
            yield provider
    else:
        raise NetworkError(f"unknown network {name!r}: choose {', '.join(NETWORKS)} or the URL of an anvil")


@contextmanager
def _provider(name: str, choice: str, url: str | None) -> Iterator[ProviderAPI]:
    settings = None if url is None else {"host": url, "manage_process": False}
    try:
        context = networks.parse_network_choice(choice, provider_settings=settings, disconnect_after=True)
        provider = context.__enter__()
    except ApeException as error:
        raise NetworkError(f"network {name} can't be reached: {' '.join(str(error).split())}") from error
    try:
        yield provider
    finally:
        context.__exit__(None, None, None)


@contextmanager
def private_anvil(*options: str) -> Iterator[str]:
    """A node of our own on a free port, ended with the demo. ape would take whatever listens on 8545.

    ``options``: more of anvil's, such as ``--chain-id 1337``.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [find_anvil(), "--port", str(port), "--hardfork", "prague", "--quiet", *options]
    process: subprocess.Popen[bytes] | None = None
    try:
        with held_signals():
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process is not None:
            process.terminate()
            process.wait()


def find_anvil() -> str:
    """The pinned one, else what the user has."""
    if _PINNED_ANVIL.is_file():
        return str(_PINNED_ANVIL)
    found = shutil.which("anvil")
    if found is None:
        raise NetworkError("network anvil: anvil is not installed; `make setup` does it where npm has it")
    return found


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NetworkError("network anvil: the node does not start")


def _require_anvil(url: str) -> None:
    """One clear word before ape has many."""
    with closing(HttpTransport(url)) as transport:
        version = transport("web3_clientVersion", [])
    if "anvil" not in str(version).lower():
        raise NetworkError(f"network {url}: L1's time has to be moved, which needs an anvil, not {version}")
