"""L1 over JSON-RPC: what a node may answer, and everything that it may not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from offchain.errors import NetworkError
from offchain.l1.node import CALL_BATCH, NodeSource
from offchain.l1.source import L1Block
from offchain.l1.transport import HttpTransport, RpcRefusalError
from tests.unit.node.rpc_server import serve_answers

HASH = "0x" + "ab" * 32
ADDRESS = bytes(19) + b"\x01"
TOPIC = b"\x07" * 32


def source(answer: Any) -> NodeSource:
    return NodeSource(lambda method, parameters: answer)


def block(**changes: Any) -> dict[str, Any]:
    return {"number": "0x5", "hash": HASH, "timestamp": "0x10"} | changes


def log(**changes: Any) -> dict[str, Any]:
    return {
        "address": f"0x{ADDRESS.hex()}",
        "topics": [f"0x{TOPIC.hex()}"],
        "data": "0x0102",
        "blockNumber": "0x2",
        "blockHash": HASH,
        "logIndex": "0x0",
    } | changes


def test_a_block_is_read() -> None:
    assert source(block()).block() == L1Block(5, bytes.fromhex(HASH[2:]), 16)
    assert source(None).block(9) is None


@pytest.mark.parametrize(
    "answer",
    [
        5,
        [],
        {},
        block(hash="0x12"),
        block(hash=None),
        block(number="five"),
        block(timestamp=-1),
        block(number=5),
    ],
)
def test_an_answer_that_is_no_block_is_refused(answer: Any) -> None:
    with pytest.raises(NetworkError):
        source(answer).block()


def test_another_block_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(NetworkError, match="gave block 5 for block 6"):
        source(block()).block(6)


def test_logs_are_read_in_their_order_without_removed_ones() -> None:
    answer = [log(logIndex="0x1"), log(logIndex="0x0", data="0x"), log(removed=True), log(blockNumber="0x1")]
    found = source(answer).logs(ADDRESS, [TOPIC], 1, 2)
    assert [(entry.block_number, entry.index, entry.data) for entry in found] == [
        (1, 0, b"\x01\x02"),
        (2, 0, b""),
        (2, 1, b"\x01\x02"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "0x",
        5,
        [5],
        [log(topics="0x")],
        [log(topics=["0x12"])],
        [log(topics=[])],
        [log(topics=[HASH])],
        [log(data="zz")],
        [log(data=None)],
        [log(address="0x" + "22" * 20)],
        [log(blockNumber="0x3")],
        [log(blockNumber="0x0")],
        [log(logIndex=None)],
    ],
)
def test_an_answer_that_is_no_list_of_the_logs_asked_for_is_refused(answer: Any) -> None:
    with pytest.raises(NetworkError):
        source(answer).logs(ADDRESS, [TOPIC], 1, 2)


def test_removed_logs_are_not_taken_for_others() -> None:
    answer = [log(removed=True, address="0x" + "22" * 20), log()]
    assert len(source(answer).logs(ADDRESS, [TOPIC], 1, 2)) == 1
    with pytest.raises(NetworkError, match="not asked for"):
        source([log(removed=True), log(address="0x" + "22" * 20)]).logs(ADDRESS, [TOPIC], 1, 2)


def test_a_range_that_the_node_refuses_is_halved() -> None:
    asked: list[tuple[int, int]] = []

    def transport(method: str, parameters: Sequence[Any]) -> Any:
        first, last = (int(parameters[0][name], 16) for name in ("fromBlock", "toBlock"))
        asked.append((first, last))
        if last - first + 1 > 3:
            raise RpcRefusalError("too many blocks")
        return []

    assert NodeSource(transport, 10).logs(ADDRESS, [TOPIC], 0, 9) == []
    served = [span for span in asked if span[1] - span[0] < 3]
    assert [block for first, last in served for block in range(first, last + 1)] == list(range(10))


def test_a_node_that_refuses_even_one_block_is_an_error() -> None:
    def transport(method: str, parameters: Sequence[Any]) -> Any:
        raise RpcRefusalError("no logs here")

    with pytest.raises(NetworkError, match="no logs here"):
        NodeSource(transport).logs(ADDRESS, [TOPIC], 0, 9)


def result(request: dict[str, Any], **answer: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"]} | answer).encode()


def test_requests_go_over_one_connection() -> None:
    with serve_answers(lambda request: result(request, result=request["method"])) as url:
        transport = HttpTransport(url)
        assert [transport(name, []) for name in ("a", "b")] == ["a", "b"]
        transport.close()
        assert transport("c", []) == "c"
        transport.close()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: b"<html>", "no JSON in the answer"),
        (lambda request: b"[]", "is no JSON-RPC"),
        (lambda request: b'{"id": 99, "result": 1}', "is no JSON-RPC"),
        (lambda request: result(request), "has no result"),
        (lambda request: result(request, error={"message": "too busy"}), "refuses x: too busy"),
        (lambda request: result(request, error="no"), "refuses x: no"),
    ],
)
def test_an_answer_that_is_none_is_one_clear_line(answer: Any, message: str) -> None:
    with serve_answers(answer) as url:
        transport = HttpTransport(url)
        with pytest.raises(NetworkError, match=message):
            transport("x", [])
        transport.close()


@pytest.mark.parametrize("url", ["", "ftp://host", "http://", "localhost:8545", "http://[", "http://a:b"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(NetworkError, match="is no http"):
        HttpTransport(url)


def test_a_node_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(NetworkError, match="can't be reached"):
        HttpTransport("http://127.0.0.1:1")("eth_chainId", [])


def test_secrets_in_a_url_are_not_shown() -> None:
    with pytest.raises(NetworkError) as caught:
        HttpTransport("http://user:word@127.0.0.1:1/key")("eth_chainId", [])
    assert "word" not in str(caught.value)
    assert "key" not in str(caught.value)


def test_an_answer_nested_too_deeply_is_one_clear_line() -> None:
    with serve_answers(lambda request: b'{"result":' + b"[" * 200_000) as url:
        transport = HttpTransport(url)
        with pytest.raises(NetworkError, match="no JSON in the answer"):
            transport("x", [])
        transport.close()


@pytest.mark.parametrize(
    "url",
    ["http://a..b:1/", f"http://{'a' * 70}.x/", "http://127.0.0.1:1/\u00e9", "http://127.0.0.1:1/?\u00e9"],
)
def test_a_url_that_http_can_t_carry_is_refused(url: str) -> None:
    with pytest.raises(NetworkError, match="is no http"):
        HttpTransport(url)


@pytest.mark.parametrize(
    "answer", ["0x" + "f" * 65, "0x" + "f" * 100_000, "0x", "0x_1", "0x-1", "ff", True, 1]
)
def test_a_quantity_above_256_bits_or_in_another_form_is_refused(answer: Any) -> None:
    with pytest.raises(NetworkError, match="eth_chainId is no number"):
        source(answer).chain_id()


def test_a_chain_id_may_have_256_bits_and_a_block_s_number_64() -> None:
    assert source("0x" + "f" * 64).chain_id() == (1 << 256) - 1
    with pytest.raises(NetworkError, match=r"a block's number is no number below 2\^64"):
        source(block(number="0x1" + "0" * 16)).block()


class Contract:
    """The transport to a contract that answers with what it is given; `requests` has the number of calls in each."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.requests: list[int] = []

    def __call__(self, method: str, parameters: Sequence[Any]) -> Any:
        assert method == "eth_call"
        self.requests.append(1)
        return parameters[0]["data"]

    def batch(self, method: str, requests: Sequence[Sequence[Any]]) -> list[Any]:
        self.requests.append(len(requests))
        if len(requests) > self.longest:
            raise RpcRefusalError("too long a batch")
        return [call["data"] for call, _ in requests]


DATA = [bytes([number % 256, number // 256]) for number in range(2 * CALL_BATCH + 1)]


def test_many_calls_are_few_requests() -> None:
    contract = Contract(CALL_BATCH)
    assert NodeSource(contract).calls(ADDRESS, DATA, 7) == DATA
    assert contract.requests == [CALL_BATCH, CALL_BATCH, 1]


def test_calls_that_a_node_does_not_take_together_are_made_one_by_one() -> None:
    contract = Contract(longest=1)
    assert NodeSource(contract).calls(ADDRESS, DATA, 7) == DATA
    assert contract.requests.count(1) == len(DATA)
    assert NodeSource(contract).calls(ADDRESS, [], 7) == []


def test_the_answers_of_a_batch_are_told_apart_by_their_ids() -> None:
    def answer(asked: Any) -> bytes:
        return json.dumps([{"id": one["id"], "result": one["params"][0]} for one in reversed(asked)]).encode()

    with serve_answers(answer) as url:
        transport = HttpTransport(url)
        assert transport.batch("x", [["a"], ["b"], ["c"]]) == ["a", "b", "c"]
        transport.close()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda asked: {"id": None, "error": {"message": "no batches"}}, "takes no batch of x"),
        (lambda asked: [], "is no JSON-RPC"),
        (lambda asked: [5, {"id": []}, {"id": asked[0]["id"], "result": 1}], "is no JSON-RPC"),
        (lambda asked: [{"id": one["id"]} for one in asked], "has no result"),
        (lambda asked: [{"id": one["id"], "error": {"message": "busy"}} for one in asked], "refuses x: busy"),
    ],
)
def test_a_batch_s_answer_that_is_none_is_one_clear_line(answer: Any, message: str) -> None:
    with serve_answers(lambda asked: json.dumps(answer(asked)).encode()) as url:
        transport = HttpTransport(url)
        with pytest.raises(NetworkError, match=message):
            transport.batch("x", [["a"], ["b"]])
        transport.close()
