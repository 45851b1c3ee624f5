"""0x0a POINT EVALUATION (EIP-4844): a KZG proof that a blob's polynomial takes the value y at z.

The check is one pairing equation, e(C - [y]G1, G2) = e(proof, [tau - z]G2); of the trusted setup it needs
[tau]G2 alone, so no setup file is loaded.
"""

from __future__ import annotations

import hashlib
from typing import Final

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from offchain.evm.exceptions import PrecompileFailure

__all__ = ["TAU_G2", "point_evaluation", "point_evaluation_gas"]

GAS: Final = 50_000
INPUT_SIZE: Final = 192
BLS_MODULUS: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
FIELD_ELEMENTS_PER_BLOB: Final = 4_096

#: [tau]G2, compressed: the second G2 point, in monomial form, of Ethereum's KZG ceremony.
TAU_G2: Final = bytes.fromhex(
    "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72"
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2"
)

_TAU: Final = G2Point.from_compressed_bytes(TAU_G2)
_G1: Final = G1Point()
_G2: Final = G2Point()
_MINUS_G2: Final = -_G2
_INFINITY: Final = b"\xc0" + bytes(47)
_VALID: Final = FIELD_ELEMENTS_PER_BLOB.to_bytes(32, "big") + BLS_MODULUS.to_bytes(32, "big")


def point_evaluation_gas(data: bytes) -> int:
    """A constant."""
    return GAS


def point_evaluation(data: bytes) -> bytes:
    """versioned hash ‖ z ‖ y ‖ commitment (48 bytes) ‖ proof (48 bytes) -> 4,096 ‖ modulus of the scalars.

    Raises PrecompileFailure for a wrong size, versioned hash, scalar, point, or proof.
    """
    if len(data) != INPUT_SIZE:
        raise PrecompileFailure(f"point evaluation of {len(data)} bytes")
    commitment = data[96:144]
    if data[:32] != b"\x01" + hashlib.sha256(commitment).digest()[1:]:
        raise PrecompileFailure("versioned hash is not that of the commitment")
    try:
        z = Scalar.from_be_bytes(data[32:64])
        y = Scalar.from_be_bytes(data[64:96])
        left = _g1(commitment) - _G1 * y
        proof = _g1(data[144:])
    except ValueError as error:
        raise PrecompileFailure(f"point evaluation: {error}") from error
    if not GT.pairing_check([left, proof], [_MINUS_G2, _TAU - _G2 * z]):
        raise PrecompileFailure("the proof does not hold")
    return _VALID


def _g1(data: bytes) -> G1Point:
    # The library takes any bytes behind the infinity flag; there is one infinity only.
    if data[0] & 0x40 and data != _INFINITY:
        raise ValueError("infinity with other bits set")
    return G1Point.from_compressed_bytes(data)
