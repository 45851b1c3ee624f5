"""L1 through JSON-RPC. Every answer is checked for its form: a node is outside of what we trust."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from offchain.errors import NetworkError
from offchain.l1.source import L1Block, L1Log
from offchain.l1.transport import RpcRefusalError, Transport

__all__ = ["NodeSource"]

LOG_RANGE: Final = 5_000
"""Blocks asked for at once; halved where the node refuses (nodes bound their answers)."""

CALL_BATCH: Final = 100
"""Calls in one request: what the strictest of the large providers of nodes take."""

_QUANTITY: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_COUNTER_BITS: Final = 64
"""Of block numbers, timestamps and indexes; any other quantity has at most 256."""


class NodeSource:
    """An `L1Source` over a transport."""

    def __init__(self, transport: Transport, log_range: int = LOG_RANGE) -> None:
        self._request = transport
        self._log_range = log_range

    def chain_id(self) -> int:
        """See `L1Source.chain_id`."""
        return _integer(self._request("eth_chainId", []), "eth_chainId", 256)

    def block(self, number: int | None = None) -> L1Block | None:
        """See `L1Source.block`."""
        tag = "latest" if number is None else hex(number)
        answer = self._request("eth_getBlockByNumber", [tag, False])
        if answer is None:
            return None
        block = L1Block(
            _integer(_field(answer, "number"), "a block's number"),
            _bytes(_field(answer, "hash"), "a block's hash", 32),
            _integer(_field(answer, "timestamp"), "a block's timestamp"),
        )
        if number is not None and block.number != number:
            raise NetworkError(f"L1 node gave block {block.number} for block {number}")
        return block

    def code(self, address: bytes) -> bytes:
        """See `L1Source.code`."""
        return _bytes(self._request("eth_getCode", [_hex(address), "latest"]), "eth_getCode")

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        """See `L1Source.call`."""
        request = {"to": _hex(address), "data": _hex(data)}
        return _bytes(self._request("eth_call", [request, hex(block)]), "eth_call")

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> list[bytes]:
        """See `L1Source.calls`. One request for `CALL_BATCH` of them, and one for each where the node refuses."""
        answers: list[bytes] = []
        for at in range(0, len(data), CALL_BATCH):
            part = data[at : at + CALL_BATCH]
            requests = [[{"to": _hex(address), "data": _hex(one)}, hex(block)] for one in part]
            try:
                found = self._request.batch("eth_call", requests) if len(part) > 1 else None
            except NetworkError:
                found = None
            if found is None:
                answers += [self.call(address, one, block) for one in part]
            else:
                answers += [_bytes(answer, "eth_call") for answer in found]
        return answers

    def logs(self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int) -> list[L1Log]:
        """See `L1Source.logs`."""
        logs: list[L1Log] = []
        span = self._log_range
        while first_block <= last_block:
            until = min(first_block + span - 1, last_block)
            try:
                logs += self._some_logs(address, topics, first_block, until)
            except RpcRefusalError:
                if first_block == until:
                    raise
                span = (until - first_block + 1) // 2
                continue
            first_block = until + 1
        return logs

    def _some_logs(self, address: bytes, topics: Sequence[bytes], first: int, last: int) -> list[L1Log]:
        request = {
            "address": _hex(address),
            "topics": [[_hex(topic) for topic in topics]],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        answer = self._request("eth_getLogs", [request])
        if not isinstance(answer, Sequence) or isinstance(answer, str):
            raise NetworkError("L1 node: the answer to eth_getLogs is no list")
        logs = []
        for entry in answer:
            if _is_removed(entry):
                continue
            log = _log(entry)
            where = _bytes(_field(entry, "address"), "a log's address", 20)
            if where != address or not log.topics or log.topics[0] not in topics:
                raise NetworkError("L1 node gave a log that was not asked for")
            if not first <= log.block_number <= last:
                raise NetworkError(f"L1 node gave a log of block {log.block_number} for {first} to {last}")
            logs.append(log)
        return sorted(logs, key=lambda log: (log.block_number, log.index))


def _is_removed(entry: Any) -> bool:
    return isinstance(entry, Mapping) and entry.get("removed") is True


def _log(entry: Any) -> L1Log:
    topics = _field(entry, "topics")
    if not isinstance(topics, Sequence) or isinstance(topics, str):
        raise NetworkError("L1 node: a log's topics are no list")
    return L1Log(
        tuple(_bytes(topic, "a log's topic", 32) for topic in topics),
        _bytes(_field(entry, "data"), "a log's data"),
        _integer(_field(entry, "blockNumber"), "a log's block number"),
        _bytes(_field(entry, "blockHash"), "a log's block hash", 32),
        _integer(_field(entry, "logIndex"), "a log's index"),
    )


def _field(entry: Any, name: str) -> Any:
    if not isinstance(entry, Mapping) or entry.get(name) is None:
        raise NetworkError(f"L1 node: an answer lacks {name}")
    return entry[name]


def _integer(value: Any, name: str, bits: int = _COUNTER_BITS) -> int:
    """A quantity: hex with 0x."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        number = int(value, 16)
        if number < 1 << bits:
            return number
    raise NetworkError(f"L1 node: {name} is no number below 2^{bits}")


def _bytes(value: Any, name: str, size: int | None = None) -> bytes:
    """Bytes: hex with 0x."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            data = bytes.fromhex(value[2:])
        except ValueError:
            pass
        else:
            if size is None or len(data) == size:
                return data
    raise NetworkError(f"L1 node: {name} is not {'bytes' if size is None else f'{size} bytes'} in hex")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
