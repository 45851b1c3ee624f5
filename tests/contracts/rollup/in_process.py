"""The rollup in an in-process EVM: exact control of L1's time, thousands of calls a second."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from eth_abi.abi import decode, encode
from pyrevm import EVM, BlockEnv

from offchain.evm.calls import create_address
from offchain.hashing import keccak
from tests.support.solidity import compile_contract

__all__ = ["L1", "Contract", "Reverted", "blockhash"]

DEPLOYER = "0x" + "d0" * 20
GAS = 200_000_000


def blockhash(number: int) -> bytes:
    """The hash of an L1 block in this EVM, whose database has no blocks."""
    return keccak(str(number).encode())


class Reverted(Exception):  # noqa: N818
    """A call was refused; ``name`` is the custom error's, ``arguments`` are its values."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{arguments}")
        self.name = name
        self.arguments = arguments


class L1:
    """One chain. ``time`` and ``number`` are those of the block that the next call is in."""

    def __init__(self, time: int = 1_800_000_000, number: int = 1_000) -> None:
        self.evm = EVM(spec_id="CANCUN", gas_limit=2**63)
        self.time = time
        self.number = number
        self.fund(DEPLOYER, 10**24)
        self._deployed = 0

    def fund(self, account: str, amount: int) -> None:
        self.evm.set_balance(account, amount)

    def balance(self, account: str) -> int:
        return int(self.evm.get_balance(account))

    def predict(self, ahead: int = 0) -> str:
        """The address of the contract that is deployed after ``ahead`` others."""
        return "0x" + create_address(bytes.fromhex(DEPLOYER[2:]), self._deployed + ahead).hex()

    def deploy(self, name: str, *arguments: Any) -> Contract:
        abi, creation = compile_contract(name)
        constructor = next((entry for entry in abi if entry["type"] == "constructor"), {"inputs": []})
        self._set_block()
        code = creation + encode(_types(constructor["inputs"]), arguments)
        try:
            address = self.evm.deploy(DEPLOYER, code, gas=GAS)
        except RuntimeError as error:
            raise _reason(abi, error) from error
        self._deployed += 1
        return Contract(self, address, abi)

    def call(self, caller: str, to: str, data: bytes, value: int) -> bytes:
        self._set_block()
        self.evm.reset_transient_storage()
        return bytes(self.evm.message_call(caller, to, data, value=value, gas=GAS))

    def _set_block(self) -> None:
        self.evm.set_block_env(BlockEnv(number=self.number, timestamp=self.time, gas_limit=2**63))


class Contract:
    """A deployed contract whose functions are called by name."""

    def __init__(self, l1: L1, address: str, abi: list[dict[str, Any]]) -> None:
        self.l1 = l1
        self.address = address
        self.abi = abi
        self.functions = {entry["name"]: entry for entry in abi if entry["type"] == "function"}

    def __call__(self, name: str, *arguments: Any, sender: str = DEPLOYER, value: int = 0) -> Any:
        """The decoded answer: nothing, one value, or a tuple. Raises `Reverted`."""
        function = self.functions[name]
        data = self.encode(name, *arguments)
        try:
            output = self.l1.call(sender, self.address, data, value)
        except RuntimeError as error:
            raise _reason(self.abi, error) from error
        values = decode(_types(function["outputs"]), output)
        return values[0] if len(values) == 1 else values

    def encode(self, name: str, *arguments: Any) -> bytes:
        """The calldata of a call."""
        function = self.functions[name]
        return _selector(function) + encode(_types(function["inputs"]), arguments)


def _types(parameters: Sequence[dict[str, Any]]) -> list[str]:
    return [_type(parameter) for parameter in parameters]


def _type(parameter: dict[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(parameter['components']))})" + kind.removeprefix("tuple")


def _selector(entry: dict[str, Any]) -> bytes:
    return keccak(f"{entry['name']}({','.join(_types(entry['inputs']))})".encode())[:4]


def _reason(abi: Sequence[dict[str, Any]], error: RuntimeError) -> Reverted:
    """pyrevm hands out a revert's data inside its message only."""
    found = re.search(r"output: 0x([0-9a-f]*)", str(error))
    if found is None:
        raise error
    output = bytes.fromhex(found[1])
    for entry in abi:
        if entry["type"] == "error" and _selector(entry) == output[:4]:
            return Reverted(entry["name"], decode(_types(entry["inputs"]), output[4:]))
    return Reverted("unknown", (output,))
