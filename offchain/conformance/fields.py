"""Readers of single fields of a fixture; each raises `FixtureError` with the field's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offchain.errors import FixtureError

__all__ = ["read_address", "read_bytes", "read_int", "read_mapping", "require"]


def require(where: str, mapping: Mapping[str, Any], name: str) -> Any:
    """The value under ``name``, which has to be there."""
    if name not in mapping:
        raise FixtureError(f"{where}: no {name!r}")
    return mapping[name]


def read_mapping(where: str, value: Any) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise FixtureError(f"{where}: not a JSON object")
    return value


def read_int(where: str, value: Any) -> int:
    """A number as fixtures write it: "0x..", "0x:bigint 0x..", decimal digits, "" for zero, a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        digits = value.removeprefix("0x:bigint ")
        try:
            if digits in ("", "0x"):
                return 0
            return int(digits, 16) if digits.startswith("0x") else int(digits)
        except ValueError:
            pass
    raise FixtureError(f"{where}: not a number: {str(value)[:40]!r}")


def read_bytes(where: str, value: Any) -> bytes:
    """Bytes in hexadecimal, with or without 0x."""
    if isinstance(value, str):
        try:
            return bytes.fromhex(value.removeprefix("0x"))
        except ValueError:
            pass
    raise FixtureError(f"{where}: not hexadecimal: {str(value)[:40]!r}")


def read_address(where: str, value: Any) -> bytes:
    """20 bytes."""
    address = read_bytes(where, value)
    if len(address) != 20:
        raise FixtureError(f"{where}: an address has 20 bytes, this has {len(address)}")
    return address
