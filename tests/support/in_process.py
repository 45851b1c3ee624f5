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
    """One deployed contract. ``call`` takes a function's name and arguments and returns a tuple of its results.

    ``beside`` is a contract that has to be on the same chain.
    """

    def __init__(self, name: str, *arguments: Any, beside: InProcess | None = None) -> None:
        self.abi, creation = compile_contract(name)
        self.execution_gas = 0
        none: dict[str, Any] = {"inputs": []}
        constructor = next((item for item in self.abi if item["type"] == "constructor"), none)
        self._evm: Any = pyrevm.EVM(gas_limit=1 << 62) if beside is None else beside._evm
        code = creation + encode([_type_of(i) for i in constructor["inputs"]], arguments)
        self.address = self._evm.deploy(DEPLOYER, code)
        self._functions = {}
        for item in self.abi:
            if item["type"] == "function":
                inputs = [_type_of(i) for i in item["inputs"]]
                outputs = [_type_of(o) for o in item["outputs"]]
                selector = keccak(f"{item['name']}({','.join(inputs)})".encode())[:4]
                self._functions[item["name"]] = (selector, inputs, outputs)

    def call(self, function: str, *arguments: Any, gas: int | None = None) -> tuple[Any, ...]:
        """The decoded results; raises `Reverted`. Nothing that the call changes stays. ``gas``: of the transaction."""
        selector, inputs, outputs = self._functions[function]
        calldata = selector + encode(inputs, arguments)
        try:
            result = self._evm.message_call(
                caller=DEPLOYER, to=self.address, calldata=calldata, gas=gas, is_static=True
            )
        except RuntimeError as error:
            raise Reverted(str(error)) from None
        self.execution_gas = self._evm.result.gas_used - 21_000 - 16 * len(calldata) + 12 * calldata.count(0)
        return decode(outputs, bytes(result))


def _type_of(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type_of(c) for c in parameter["components"]) + ")" + kind[len("tuple") :]
