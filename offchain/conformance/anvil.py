"""A private anvil (Foundry's node over revm) for Osaka, and the JSON-RPC that the cross-check needs."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from offchain.conformance.held_signals import held_signals
from offchain.errors import NetworkError

__all__ = ["AnvilNode", "Call", "RpcError", "find_anvil"]

Call = tuple[Any, ...]

START_SECONDS: Final = 20.0
ATTEMPTS: Final = 3
_PACKAGED = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")


class RpcError(Exception):
    """The node answered a call with an error; its text says which."""


def find_anvil() -> Path:
    """The binary that npm installed into the checkout, else the one on PATH. Raises NetworkError."""
    packaged = Path(__file__).resolve().parents[2] / _PACKAGED
    if packaged.is_file():
        return packaged
    found = shutil.which("anvil")
    if found is None:
        raise NetworkError("anvil is not installed; `make setup` does it where npm has it")
    return Path(found)


class AnvilNode:
    """A context manager: a node on a free port, empty at block 0, that mines only when told."""

    def __init__(self, chain_id: int = 1) -> None:
        self._chain_id = chain_id
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> AnvilNode:
        try:
            for _ in range(ATTEMPTS):
                if self._start():
                    return self
                self._stop()
        except BaseException:  # an interrupt, say: nobody calls __exit__ then
            self._stop()
            raise
        raise NetworkError("anvil does not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises RpcError, or NetworkError if the node is gone."""
        answer = self._post({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        return _result(answer)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls (method, *params) in one request, which the node runs in any order."""
        if not calls:
            return []
        answers = self._post(
            [
                {"jsonrpc": "2.0", "id": position, "method": method, "params": params}
                for position, (method, *params) in enumerate(calls)
            ]
        )
        return [_result(answer) for answer in sorted(answers, key=lambda item: int(item["id"]))]

    def _start(self) -> bool:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = ["--host", "127.0.0.1", "--port", str(port), "--chain-id", str(self._chain_id)]
        options += [
            "--hardfork",
            "osaka",
            "--no-mining",
            "--accounts",
            "0",
            "--number",
            "0",
            "--timestamp",
            "0",
        ]
        options += [
            "--disable-default-create2-deployer",
            "--disable-min-priority-fee",
            "--enable-tx-gas-limit",
        ]
        options += ["--no-request-size-limit", "--quiet"]
        command = [str(find_anvil()), *options]
        nothing = subprocess.DEVNULL
        with held_signals():
            self._process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)  # noqa: S603
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._connection.connect()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                return bool(self.call("eth_chainId") == hex(self._chain_id))
        return False

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()

    def _post(self, body: Any) -> Any:
        assert self._connection is not None, "the node is used outside of its context"
        try:
            self._connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
            return json.loads(self._connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NetworkError(f"anvil does not answer: {error}") from error


def _result(answer: Any) -> Any:
    if "error" in answer:
        raise RpcError(str(answer["error"].get("message", answer["error"])))
    return answer["result"]
