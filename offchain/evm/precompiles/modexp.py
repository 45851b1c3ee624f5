"""0x05 MODEXP (EIP-198), with the bounds of EIP-7823 and the prices of EIP-7883."""

from __future__ import annotations

from typing import Final

import gmpy2

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles.buffer import padded_slice, word_at

__all__ = ["MAX_LENGTH", "modexp", "modexp_gas"]

MAX_LENGTH: Final = 1_024  # EIP-7823: bytes of base, exponent and modulus, each
MIN_GAS: Final = 500
HEADER: Final = 96


def modexp_gas(data: bytes) -> int:
    """EIP-7883. With a length over the bound the call fails anyway: the least price, not a huge number."""
    base_size, exponent_size, modulus_size = _sizes(data)
    if base_size > MAX_LENGTH or exponent_size > MAX_LENGTH or modulus_size > MAX_LENGTH:
        return MIN_GAS
    longest = max(base_size, modulus_size)
    complexity = 16 if longest <= 32 else 2 * ((longest + 7) // 8) ** 2
    head_size = min(exponent_size, 32)
    head = int.from_bytes(padded_slice(data, HEADER + base_size, head_size), "big")
    iterations = max(head.bit_length() - 1, 0)
    if exponent_size > 32:
        iterations += 16 * (exponent_size - 32)
    return max(MIN_GAS, complexity * max(iterations, 1))


def modexp(data: bytes) -> bytes:
    """base ** exponent mod modulus, as wide as the modulus was declared; zeros for modulus 0.

    Raises PrecompileFailure for a declared length over 1,024 bytes.
    """
    base_size, exponent_size, modulus_size = _sizes(data)
    if base_size > MAX_LENGTH or exponent_size > MAX_LENGTH or modulus_size > MAX_LENGTH:
        raise PrecompileFailure(f"modexp lengths {base_size}, {exponent_size}, {modulus_size}")
    exponent_at = HEADER + base_size
    modulus_at = exponent_at + exponent_size
    modulus = int.from_bytes(padded_slice(data, modulus_at, modulus_size), "big")
    if modulus == 0:
        return bytes(modulus_size)
    base = int.from_bytes(padded_slice(data, HEADER, base_size), "big")
    exponent = int.from_bytes(padded_slice(data, exponent_at, exponent_size), "big")
    return int(gmpy2.powmod(base, exponent, modulus)).to_bytes(modulus_size, "big")


def _sizes(data: bytes) -> tuple[int, int, int]:
    return word_at(data, 0), word_at(data, 32), word_at(data, 64)
