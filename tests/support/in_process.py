"""Call a contract of ours in process, through pyrevm: no chain, no transactions, fractions of a millisecond."""

from __future__ import annotations

from typing import Any

import pyrevm
from eth_abi.abi import decode, encode

from offchain.hashing import keccak
from tests.support.solidity import compile_contract

__all__ = ["InProcess", "Reverted"]

DEPLOYER = "0x" + "11" * 20


class Reverted(Exception):  # noqa: N818  what happened, not what is wrong
    """The call reverted (or ran out of gas)."""


class InProcess:
    """One deployed contract. ``call`` takes a function's name and arguments and returns a tuple of its results."""

    def __init__(self, name: str, *arguments: Any) -> None:
        self.abi, creation = compile_contract(name)
        none: dict[str, Any] = {"inputs": []}
        constructor = next((item for item in self.abi if item["type"] == "constructor"), none)
        self._evm = pyrevm.EVM(gas_limit=1 << 62)
        code = creation + encode([_type_of(i) for i in constructor["inputs"]], arguments)
        self.address = self._evm.deploy(DEPLOYER, code)
        self._functions = {}
        for item in self.abi:
            if item["type"] == "function":
                inputs = [_type_of(i) for i in item["inputs"]]
                outputs = [_type_of(o) for o in item["outputs"]]
                selector = keccak(f"{item['name']}({','.join(inputs)})".encode())[:4]
                self._functions[item["name"]] = (selector, inputs, outputs)

    def call(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        """The decoded results; raises `Reverted`. Nothing that the call changes stays."""
        selector, inputs, outputs = self._functions[function]
        try:
            result = self._evm.message_call(
                caller=DEPLOYER,
                to=self.address,
                calldata=selector + encode(inputs, arguments),
                is_static=True,
            )
        except RuntimeError as error:
            raise Reverted(str(error)) from None
        return decode(outputs, bytes(result))


def _type_of(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type_of(c) for c in parameter["components"]) + ")" + kind[len("tuple") :]
