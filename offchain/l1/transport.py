"""JSON-RPC over HTTP, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.parse import SplitResult, urlsplit

from offchain.errors import NetworkError
from offchain.json_text import parse_json

__all__ = ["HttpTransport", "RpcRefusalError", "Transport"]

_TIMEOUT: Final = 60.0
_MAX_ANSWER: Final = 1 << 30
_ATTEMPTS: Final = 2


class RpcRefusalError(NetworkError):
    """The node answered the request with an error."""


class Transport(Protocol):
    """Raises `RpcRefusalError` for an error of the node and `NetworkError` for no answer at all."""

    def __call__(self, method: str, parameters: Sequence[Any]) -> Any:
        """The result of one request."""

    def batch(self, method: str, requests: Sequence[Sequence[Any]]) -> list[Any]:
        """The results of requests that differ in their parameters, in their order, from one exchange."""


class HttpTransport:
    """JSON-RPC over HTTP or HTTPS, one connection that is opened anew once where the node closed it."""

    def __init__(self, url: str, timeout: float = _TIMEOUT) -> None:
        parts = _split(url)
        self._shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._parts = parts
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._id = 0

    def __call__(self, method: str, parameters: Sequence[Any]) -> Any:
        request = self._request(method, parameters)
        answer = self._exchange(json.dumps(request))
        return self._result(method, request["id"], answer)

    def batch(self, method: str, requests: Sequence[Sequence[Any]]) -> list[Any]:
        """See `Transport.batch`. `NetworkError` also where the node takes no batches, or not so long ones."""
        asked = [self._request(method, parameters) for parameters in requests]
        answer = self._exchange(json.dumps(asked))
        if not isinstance(answer, list):
            raise RpcRefusalError(f"L1 node {self._shown} takes no batch of {method}")
        by_id = {
            entry["id"]: entry for entry in answer if isinstance(entry, dict) and type(entry.get("id")) is int
        }
        return [self._result(method, request["id"], by_id.get(request["id"])) for request in asked]

    def _request(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        self._id += 1
        return {"jsonrpc": "2.0", "id": self._id, "method": method, "params": list(parameters)}

    def _result(self, method: str, number: int, answer: Any) -> Any:
        """What an answer holds; ``number`` is the id of its request."""
        if not isinstance(answer, dict) or answer.get("id") != number:
            raise NetworkError(f"L1 node {self._shown}: the answer to {method} is no JSON-RPC")
        if answer.get("error") is not None:
            error = answer["error"]
            message = error.get("message", error) if isinstance(error, dict) else error
            raise RpcRefusalError(f"L1 node {self._shown} refuses {method}: {message}")
        if "result" not in answer:
            raise NetworkError(f"L1 node {self._shown}: the answer to {method} has no result")
        return answer["result"]

    def close(self) -> None:
        """Drops the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, body: str) -> Any:
        for attempt in range(_ATTEMPTS):
            reused = self._connection is not None
            try:
                return self._post(body)
            except (http.client.HTTPException, OSError, UnicodeError) as error:
                self.close()
                if not reused or attempt == _ATTEMPTS - 1:
                    raise NetworkError(f"L1 node {self._shown} can't be reached: {_reason(error)}") from error
        raise AssertionError("the last attempt raises")

    def _post(self, body: str) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("POST", self._target, body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read(_MAX_ANSWER)
        try:
            return parse_json(content.decode())
        except ValueError as error:
            self.close()
            raise NetworkError(
                f"L1 node {self._shown}: status {response.status} and no JSON in the answer"
            ) from error

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
        (parts.path + parts.query).encode("ascii")
    except ValueError:
        fits = False
    if not fits:
        raise NetworkError(f"{url!r} is no http(s) URL of an L1 node")
    return parts


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
