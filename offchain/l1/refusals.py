"""Why a contract refused a transaction: its custom error by name and values.

ape knows the errors of the contract that was called, not those that pass through it, and on eth-tester it loses those
whose bytes hold an apostrophe. So the bytes of the revert are read here.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping
from typing import Any, Final

from ape.contracts import ContractInstance
from ape.exceptions import ContractLogicError
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from offchain.hashing import keccak

__all__ = ["name_and_values"]

_PASSED_THROUGH: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    ("RollupManager_ClaimAbsent", (("batch", "uint256"), ("have", "uint256"), ("want", "uint256"))),
    ("RollupManager_StateSerialDiffers", (("have", "uint256"), ("want", "uint256"))),
    ("RollupManager_WindowClosed", (("have", "uint256"), ("max", "uint256"))),
)
"""Errors of the rollup that reach a caller of the game: (name, (field, type))."""

_Fields = tuple[tuple[str, str], ...]


def name_and_values(error: ContractLogicError, contract: ContractInstance) -> tuple[str, str]:
    """(name of the error, "" where it has none; the error in words) for a call of ``contract``."""
    inputs = getattr(error, "inputs", None)
    if isinstance(inputs, Mapping):
        return type(error).__name__, _words(type(error).__name__, inputs)
    data = _revert_data(error)
    known = _errors_of(contract).get(data[:4])
    if known is not None:
        name, fields = known
        try:
            values = decode([kind for _, kind in fields], data[4:])
        except DecodingError:
            return name, name
        return name, _words(name, {field: value for (field, _), value in zip(fields, values, strict=True)})
    return "", " ".join(str(error).split())


def _errors_of(contract: ContractInstance) -> dict[bytes, tuple[str, _Fields]]:
    """Selector -> name and fields."""
    own = [
        (str(abi.name), tuple((str(field.name), str(field.canonical_type)) for field in abi.inputs))
        for abi in contract.contract_type.errors
    ]
    return {
        keccak(f"{name}({','.join(kind for _, kind in fields)})".encode())[:4]: (name, fields)
        for name, fields in (*_PASSED_THROUGH, *own)
    }


def _revert_data(error: ContractLogicError) -> bytes:
    """What the contract reverted with, as far as the node says it."""
    for found in (getattr(error.base_err, "data", None), error.revert_message):
        if not isinstance(found, str):
            continue
        if found.startswith("0x"):
            try:
                return bytes.fromhex(found[2:])
            except ValueError:
                continue
        if found.startswith(("b'", 'b"')):
            value = literal_eval(found)
            return value if isinstance(value, bytes) else b""
    return b""


def _words(name: str, values: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key} {value}' for key, value in values.items())})"
