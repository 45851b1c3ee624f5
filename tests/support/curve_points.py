"""Points of the pairing curves, good and bad, in the encodings of the precompiles; made with py_ecc."""

from __future__ import annotations

from hypothesis import strategies as st
from py_ecc import optimized_bls12_381 as bls
from py_ecc import optimized_bn128 as bn
from py_ecc.bls.hash_to_curve import map_to_curve_G1, map_to_curve_G2

BN_P = bn.field_modulus
BLS_P = bls.field_modulus


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def fp(number: int) -> bytes:
    """A field element of BLS12-381 in 64 bytes."""
    return number.to_bytes(64, "big")


def bn_g1(scalar: int) -> bytes:
    x, y = bn.normalize(bn.multiply(bn.G1, scalar))
    return word(int(x)) + word(int(y))


def bn_g2(scalar: int) -> bytes:
    return _bn_g2_bytes(bn.multiply(bn.G2, scalar))


def _bn_g2_bytes(point: tuple[bn.FQ2, bn.FQ2, bn.FQ2]) -> bytes:
    x, y = bn.normalize(point)
    return b"".join(word(int(part)) for part in (x.coeffs[1], x.coeffs[0], y.coeffs[1], y.coeffs[0]))


def bn_g2_outside_of_subgroup() -> bytes:
    """A point of the twist whose order is not that of the subgroup."""
    for real in range(1, 100):
        x = bn.FQ2([real, 1])
        y = _square_root(x * x * x + bn.b2, BN_P)
        if y is not None:
            point = (x, y, bn.FQ2.one())
            if not bn.is_inf(bn.multiply(point, bn.curve_order)):
                return _bn_g2_bytes(point)
    raise AssertionError("no point found")


def _square_root(value: bn.FQ2, p: int) -> bn.FQ2 | None:
    """In FQ2 with p = 3 mod 4, by way of the norm."""
    a, b = (int(part) for part in value.coeffs)
    norm = pow(a * a + b * b, (p + 1) // 4, p)
    for root in (norm, p - norm):
        half = (a + root) * pow(2, -1, p) % p
        real = pow(half, (p + 1) // 4, p)
        if real * real % p == half and real:
            candidate = type(value)([real, b * pow(2 * real, -1, p) % p])
            if candidate * candidate == value:
                return candidate
    return None


def bls_g1(scalar: int) -> bytes:
    return _bls_bytes(bls.multiply(bls.G1, scalar))


def bls_g2(scalar: int) -> bytes:
    return _bls_bytes(bls.multiply(bls.G2, scalar))


def bls_g1_outside_of_subgroup(seed: int) -> bytes:
    """On the curve; the cofactor has not been cleared."""
    return _bls_bytes(map_to_curve_G1(bls.FQ(seed)))


def bls_g2_outside_of_subgroup(seed: int) -> bytes:
    """On the curve; the cofactor has not been cleared."""
    return _bls_bytes(map_to_curve_G2(bls.FQ2([seed, seed + 1])))


def _bls_bytes(point: tuple) -> bytes:
    if bls.is_inf(point):
        return bytes(128 if isinstance(point[0], bls.FQ) else 256)
    parts: list[int] = []
    for coordinate in bls.normalize(point):
        parts += [int(coordinate)] if isinstance(coordinate, bls.FQ) else [int(c) for c in coordinate.coeffs]
    return b"".join(map(fp, parts))


scalars = (
    st.integers(0, 5) | st.integers(0, (1 << 256) - 1) | st.sampled_from([bls.curve_order, bn.curve_order])
)


def spoiled(data: bytes, bit: int) -> bytes:
    """One bit flipped."""
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)
