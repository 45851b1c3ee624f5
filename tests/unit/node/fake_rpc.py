"""The L1 in memory served as a JSON-RPC node over HTTP, so that whole commands can run against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.unit.node.fake_l1 import FakeL1
from tests.unit.node.rpc_server import serve_answers

__all__ = ["serve"]


@contextmanager
def serve(l1: FakeL1, *, batches: bool = True) -> Iterator[str]:
    """The URL of a node that answers from ``l1``; without ``batches`` it refuses lists of requests, as some do."""

    def answer(posted: Any) -> bytes:
        if isinstance(posted, list):
            if not batches:
                return json.dumps({"id": None, "error": {"code": -32600, "message": "no batches"}}).encode()
            # In another order than they were asked: JSON-RPC promises none.
            return json.dumps([_one(l1, request) for request in reversed(posted)]).encode()
        return json.dumps(_one(l1, posted)).encode()

    with serve_answers(answer) as url:
        yield url


def _one(l1: FakeL1, request: Any) -> dict[str, Any]:
    return {"id": request["id"], "result": _answer(l1, request["method"], request["params"])}


def _answer(l1: FakeL1, method: str, params: list[Any]) -> Any:
    if method == "eth_chainId":
        return hex(l1.chain_id())
    if method == "eth_getCode":
        return _hex(l1.code(bytes.fromhex(params[0][2:])))
    if method == "eth_getBlockByNumber":
        block = l1.block(None if params[0] == "latest" else int(params[0], 16))
        if block is None:
            return None
        return {"number": hex(block.number), "hash": _hex(block.hash), "timestamp": hex(block.timestamp)}
    if method == "eth_call":
        to, data = (bytes.fromhex(params[0][name][2:]) for name in ("to", "data"))
        return _hex(l1.call(to, data, int(params[1], 16)))
    if method == "web3_clientVersion":
        return "fake/1"
    assert method == "eth_getLogs"
    wanted = params[0]
    topics = [bytes.fromhex(topic[2:]) for topic in wanted["topics"][0]]
    logs = l1.logs(
        bytes.fromhex(wanted["address"][2:]), topics, int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
    )
    return [
        {
            "address": wanted["address"],
            "topics": [_hex(topic) for topic in log.topics],
            "data": _hex(log.data),
            "blockNumber": hex(log.block_number),
            "blockHash": _hex(log.block_hash),
            "logIndex": hex(log.index),
        }
        for log in logs
    ]


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
