"""The L1 in memory served as a JSON-RPC node over HTTP, so that whole commands can run against it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.unit.node.fake_l1 import FakeL1

__all__ = ["serve"]


@contextmanager
def serve(l1: FakeL1) -> Iterator[str]:
    """The URL of a node that answers from ``l1``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"id": request["id"], "result": _answer(l1, request["method"], request["params"])}
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads, http.block_on_close = True, False
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


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
