"""0x09 BLAKE2F (EIP-152): the compression function F of BLAKE2b."""

from __future__ import annotations

from typing import Final

from blake2b import decode_and_compress  # type: ignore[import-untyped]

from offchain.evm.exceptions import PrecompileFailure

__all__ = ["blake2f", "blake2f_gas"]

INPUT_SIZE: Final = 213


def blake2f_gas(data: bytes) -> int:
    """One for each round; an input of another size than 213 bytes fails anyway."""
    return int.from_bytes(data[:4], "big") if len(data) == INPUT_SIZE else 0


def blake2f(data: bytes) -> bytes:
    """rounds u32 ‖ h ‖ m ‖ t ‖ final flag -> the 64 bytes of the new h.

    Raises PrecompileFailure for another size than 213 bytes, or a flag that is neither 0 nor 1.
    """
    if len(data) != INPUT_SIZE or data[-1] > 1:
        raise PrecompileFailure(f"blake2f input of {len(data)} bytes or with a bad final flag")
    return bytes(decode_and_compress(data))
