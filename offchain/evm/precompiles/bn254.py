"""0x06 to 0x08, the curve alt_bn128 (EIP-196, EIP-197) at the prices of EIP-1108.

The arithmetic is that of revm, called at the precompile's own address in an empty EVM: py_ecc, the only other
library with this curve that is fit for use, needs 100 times as long for a pairing.
"""

from __future__ import annotations

from typing import Final

from pyrevm import EVM

from offchain.evm.exceptions import PrecompileFailure

__all__ = ["add", "add_gas", "multiply", "multiply_gas", "pairing_check", "pairing_check_gas"]

# What comes behind these is not read. It is cut off, because handing it to revm would cost more than the call.
ADD_INPUT: Final = 128
MULTIPLY_INPUT: Final = 96
PAIR_SIZE: Final = 192
ADD_GAS: Final = 150
MULTIPLY_GAS: Final = 6_000
PAIRING_GAS: Final = 45_000
PAIRING_GAS_PER_PAIR: Final = 34_000

_CALLER: Final = "0x" + "00" * 19 + "ff"
_ADD: Final = "0x" + "00" * 19 + "06"
_MULTIPLY: Final = "0x" + "00" * 19 + "07"
_PAIRING: Final = "0x" + "00" * 19 + "08"
_PLENTY_OF_GAS: Final = 1 << 50  # the price has been paid before; revm must never run out


def add_gas(data: bytes) -> int:
    """A constant."""
    return ADD_GAS


def add(data: bytes) -> bytes:
    """Two G1 points of 64 bytes -> their sum. Raises PrecompileFailure if one is not on the curve."""
    return _run(_ADD, data[:ADD_INPUT])


def multiply_gas(data: bytes) -> int:
    """A constant."""
    return MULTIPLY_GAS


def multiply(data: bytes) -> bytes:
    """A G1 point ‖ scalar of 32 bytes -> the product. Raises PrecompileFailure if it is not on the curve."""
    return _run(_MULTIPLY, data[:MULTIPLY_INPUT])


def pairing_check_gas(data: bytes) -> int:
    """A constant and a price for each pair."""
    return PAIRING_GAS + PAIRING_GAS_PER_PAIR * (len(data) // PAIR_SIZE)


def pairing_check(data: bytes) -> bytes:
    """Pairs of G1 (64 bytes) and G2 (128 bytes) -> 1 in 32 bytes if the product of pairings is one, else 0.

    Raises PrecompileFailure if a part is no whole pair, or a point not in its group.
    """
    return _run(_PAIRING, data)


def _run(address: str, data: bytes) -> bytes:
    try:
        # A new EVM each time (3 us): nothing of one call can be seen by the next.
        return bytes(EVM().message_call(caller=_CALLER, to=address, calldata=data, gas=_PLENTY_OF_GAS))
    except RuntimeError as error:
        if "PrecompileError" in str(error):
            raise PrecompileFailure(f"bn254 {address}: {error}") from error
        raise
