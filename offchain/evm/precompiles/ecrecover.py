"""0x01 ECRECOVER (Yellow Paper, appendix E): the signer of a 32-byte hash."""

from __future__ import annotations

from typing import Final

from offchain.evm.precompiles.buffer import fixed_width
from offchain.evm.signature import SECP256K1_N, recover_address

__all__ = ["ecrecover", "ecrecover_gas"]

GAS: Final = 3_000


def ecrecover_gas(data: bytes) -> int:
    """A constant."""
    return GAS


def ecrecover(data: bytes) -> bytes:
    """hash ‖ v ‖ r ‖ s -> the address in 32 bytes; empty where nothing can be recovered. High s is legal."""
    data = fixed_width(data, 128)
    v = int.from_bytes(data[32:64], "big")
    r = int.from_bytes(data[64:96], "big")
    s = int.from_bytes(data[96:128], "big")
    if v not in (27, 28) or not 0 < r < SECP256K1_N or not 0 < s < SECP256K1_N:
        return b""
    address = recover_address(data[:32], v - 27, r, s)
    return b"" if address is None else bytes(12) + address
