"""The contracts of the demo on L2: their bytecode, and calls to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode

from offchain.errors import InputError
from offchain.hashing import keccak
from offchain.l1.contracts import Contracts

__all__ = ["DemoCode", "call_data", "demo_code"]


@dataclass(frozen=True, slots=True)
class DemoCode:
    """Creation bytecode of each contract."""

    token: bytes
    collectible: bytes
    workshop: bytes


def demo_code(contracts: Contracts) -> DemoCode:
    """What ape compiled; `InputError` where it has no bytecode."""
    return DemoCode(
        *(_creation_code(contracts, name) for name in ("DemoToken", "DemoCollectible", "Workshop"))
    )


def call_data(signature: str, *arguments: Any) -> bytes:
    """Selector and arguments of a call; ``signature`` is as in ``transfer(address,uint256)``.

    The types of a tuple's fields are split at its outermost commas, as the ABI wants it.
    """
    return keccak(signature.encode())[:4] + encode(_kinds(signature), arguments)


def _kinds(signature: str) -> list[str]:
    kinds, depth, start = [], 0, signature.index("(") + 1
    for at in range(start, len(signature)):
        letter = signature[at]
        if letter in ",)" and not depth:
            kinds.append(signature[start:at])
            start = at + 1
        depth += {"(": 1, ")": -1}.get(letter, 0)
    return [kind for kind in kinds if kind]


def _creation_code(contracts: Contracts, name: str) -> bytes:
    bytecode = contracts[name].contract_type.deployment_bytecode
    code = bytecode.to_bytes() if bytecode is not None else b""
    if not code:
        raise InputError(f"the contract {name} has no bytecode")
    return bytes(code)
