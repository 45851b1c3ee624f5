"""The verifier on a private anvil: rules of Osaka, asked by eth_call."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final

from offchain.conformance.anvil import AnvilNode, Call, RpcError
from offchain.errors import NetworkError
from offchain.steptest.engine import Answer
from offchain.steptest.verifier import Artifacts, deploy_verifier

__all__ = ["AnvilEngine"]

_CALLER: Final = "0x" + "11" * 20
_RICH: Final = hex(10**24)
_DEPLOYMENT_GAS: Final = hex(10_000_000)
_BLOCK_GAS: Final = hex(30_000_000)
_PRICE: Final = hex(10**11)
_AT_ONCE: Final = 64


class AnvilEngine:
    """See `Engine`. A context manager: the node runs inside it. Gas is not measured."""

    has_prague = True

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._node = AnvilNode()
        self._entry = ""

    def __enter__(self) -> AnvilEngine:
        node = self._node.__enter__()
        try:
            node.call("evm_setBlockGasLimit", _BLOCK_GAS)
            node.call("anvil_setBalance", _CALLER, _RICH)
            node.call("anvil_impersonateAccount", _CALLER)
            self._entry = "0x" + deploy_verifier(self._deploy, self._artifacts).hex()
        except RpcError as error:
            self._node.__exit__(None, None, None)
            raise NetworkError(f"the verifier does not deploy on anvil: {error}") from error
        except BaseException:
            self._node.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._node.__exit__(kind, error, trace)

    def ask(self, calls: Sequence[bytes]) -> list[Answer]:
        """See `Engine.ask`."""
        answers: list[Answer] = []
        for start in range(0, len(calls), _AT_ONCE):
            some = [self._call_of(calldata) for calldata in calls[start : start + _AT_ONCE]]
            try:
                answers += [Answer(bytes.fromhex(text[2:])) for text in self._node.batch(some)]
            except RpcError:  # one of them reverts: ask one by one
                answers += [self._ask_alone(call) for call in some]
        return answers

    def _call_of(self, calldata: bytes) -> Call:
        return ("eth_call", {"from": _CALLER, "to": self._entry, "data": "0x" + calldata.hex()}, "latest")

    def _ask_alone(self, call: Call) -> Answer:
        try:
            return Answer(bytes.fromhex(self._node.call(*call)[2:]))
        except RpcError as error:
            return Answer(None, error=str(error))

    def _deploy(self, creation: bytes) -> bytes:
        node = self._node
        transaction = {
            "from": _CALLER,
            "data": "0x" + creation.hex(),
            "gas": _DEPLOYMENT_GAS,
            "gasPrice": _PRICE,
        }
        sent = node.call("eth_sendTransaction", transaction)
        node.call("evm_mine")
        receipt = node.call("eth_getTransactionReceipt", sent)
        if receipt is None or receipt["status"] != "0x1":
            raise NetworkError("the verifier does not deploy on anvil")
        return bytes.fromhex(receipt["contractAddress"][2:])
