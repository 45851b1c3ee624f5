"""0x0b to 0x11, the curve BLS12-381 (EIP-2537).

A field element is 64 bytes, the first 16 zero; G1 is x ‖ y, G2 is x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1, 0 is infinity.
Multiplication and pairing refuse points outside of the subgroup, addition takes every point of the curve.
"""

from __future__ import annotations

from typing import Final

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from offchain.evm.exceptions import PrecompileFailure

__all__ = [
    "G1_SIZE",
    "G2_SIZE",
    "SCALAR_SIZE",
    "g1_add",
    "g1_msm",
    "g2_add",
    "g2_msm",
    "map_fp2_to_g2",
    "map_fp_to_g1",
    "pairing_check",
]

FIELD_SIZE: Final = 64
G1_SIZE: Final = 2 * FIELD_SIZE
G2_SIZE: Final = 4 * FIELD_SIZE
SCALAR_SIZE: Final = 32

_PADDING: Final = bytes(16)
_ZERO: Final = bytes(32)
_ONE: Final = (1).to_bytes(32, "big")


def g1_add(data: bytes) -> bytes:
    """Two G1 points -> their sum. Raises PrecompileFailure for a bad size or point."""
    _require_size(data, 2 * G1_SIZE)
    return _encode(_g1_on_curve(data[:G1_SIZE]) + _g1_on_curve(data[G1_SIZE:]))


def g2_add(data: bytes) -> bytes:
    """Two G2 points -> their sum. Raises PrecompileFailure for a bad size or point."""
    _require_size(data, 2 * G2_SIZE)
    return _encode(_g2_on_curve(data[:G2_SIZE]) + _g2_on_curve(data[G2_SIZE:]))


def g1_msm(data: bytes) -> bytes:
    """(G1 point ‖ scalar)... -> the sum of products. Raises PrecompileFailure for a bad size or point."""
    pieces = _split(data, G1_SIZE + SCALAR_SIZE)
    points = [_g1(piece[:G1_SIZE]) for piece in pieces]
    return _encode(G1Point.multiexp_unchecked(points, [_scalar(piece[G1_SIZE:]) for piece in pieces]))


def g2_msm(data: bytes) -> bytes:
    """(G2 point ‖ scalar)... -> the sum of products. Raises PrecompileFailure for a bad size or point."""
    pieces = _split(data, G2_SIZE + SCALAR_SIZE)
    points = [_g2(piece[:G2_SIZE]) for piece in pieces]
    return _encode(G2Point.multiexp_unchecked(points, [_scalar(piece[G2_SIZE:]) for piece in pieces]))


def pairing_check(data: bytes) -> bytes:
    """(G1 ‖ G2)... -> 1 in 32 bytes if the product of pairings is one, else 0.

    Raises PrecompileFailure for a bad size or point.
    """
    pieces = _split(data, G1_SIZE + G2_SIZE)
    left = [_g1(piece[:G1_SIZE]) for piece in pieces]
    right = [_g2(piece[G1_SIZE:]) for piece in pieces]
    return _ONE if GT.pairing_check(left, right) else _ZERO


def map_fp_to_g1(data: bytes) -> bytes:
    """A field element -> a point of G1's subgroup. Raises PrecompileFailure for a bad size or element."""
    _require_size(data, FIELD_SIZE)
    element = _strip(data)
    try:
        return _encode(G1Point.map_from_fp_be(element))
    except ValueError as error:
        raise PrecompileFailure(f"map to G1: {error}") from error


def map_fp2_to_g2(data: bytes) -> bytes:
    """c0 ‖ c1 -> a point of G2's subgroup. Raises PrecompileFailure for a bad size or element."""
    _require_size(data, 2 * FIELD_SIZE)
    element = _strip(data)
    try:
        return _encode(G2Point.map_from_fp2_be(element))
    except ValueError as error:
        raise PrecompileFailure(f"map to G2: {error}") from error


def _require_size(data: bytes, size: int) -> None:
    if len(data) != size:
        raise PrecompileFailure(f"bls12-381 input of {len(data)} bytes, not {size}")


def _split(data: bytes, size: int) -> list[bytes]:
    if not data or len(data) % size:
        raise PrecompileFailure(f"bls12-381 input of {len(data)} bytes, not pieces of {size}")
    return [data[at : at + size] for at in range(0, len(data), size)]


def _strip(data: bytes) -> bytes:
    """Field elements of 64 bytes each -> of 48 bytes each."""
    elements = []
    for at in range(0, len(data), FIELD_SIZE):
        if data[at : at + 16] != _PADDING:
            raise PrecompileFailure("bls12-381 field element of more than 48 bytes")
        elements.append(data[at + 16 : at + FIELD_SIZE])
    return b"".join(elements)


def _encode(point: G1Point | G2Point) -> bytes:
    packed = point.to_xy_bytes_be()
    return b"".join([_PADDING + packed[at : at + 48] for at in range(0, len(packed), 48)])


def _scalar(data: bytes) -> Scalar:
    # Any 256-bit number is a legal scalar; in the subgroup only its residue matters.
    return Scalar.from_be_bytes_mod_order(data)


# What the library calls "unchecked" still checks field elements and the curve equation, but not the subgroup.


def _g1_on_curve(data: bytes) -> G1Point:
    try:
        return G1Point.from_xy_bytes_unchecked_be(_strip(data))
    except ValueError as error:
        raise PrecompileFailure(f"G1: {error}") from error


def _g2_on_curve(data: bytes) -> G2Point:
    try:
        return G2Point.from_xy_bytes_unchecked_be(_strip(data))
    except ValueError as error:
        raise PrecompileFailure(f"G2: {error}") from error


def _g1(data: bytes) -> G1Point:
    try:
        return G1Point.from_xy_bytes_be(_strip(data))
    except ValueError as error:
        raise PrecompileFailure(f"G1: {error}") from error


def _g2(data: bytes) -> G2Point:
    try:
        return G2Point.from_xy_bytes_be(_strip(data))
    except ValueError as error:
        raise PrecompileFailure(f"G2: {error}") from error
