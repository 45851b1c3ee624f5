"""Point evaluation of polynomials whose commitment and proof can be written down without a setup."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point, Scalar

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles.point_evaluation import BLS_MODULUS, point_evaluation, point_evaluation_gas

INFINITY = b"\xc0" + bytes(47)
scalars = st.integers(0, BLS_MODULUS - 1)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def constant_polynomial(value: int, z: int, y: int) -> bytes:
    """The claim that the polynomial which is ``value`` everywhere takes y at z; its proof is infinity."""
    commitment = (G1Point() * Scalar(value)).to_compressed_bytes()
    return b"\x01" + hashlib.sha256(commitment).digest()[1:] + word(z) + word(y) + commitment + INFINITY


@given(scalars, scalars)
def test_a_constant_polynomial_takes_its_value_everywhere(value: int, z: int) -> None:
    assert point_evaluation(constant_polynomial(value, z, value)) == word(4_096) + word(BLS_MODULUS)
    with pytest.raises(PrecompileFailure, match="does not hold"):
        point_evaluation(constant_polynomial(value, z, (value + 1) % BLS_MODULUS))


def test_the_versioned_hash_must_be_that_of_the_commitment() -> None:
    data = constant_polynomial(3, 1, 3)
    for bad in (b"\x02" + data[1:], data[:31] + bytes([data[31] ^ 1]) + data[32:]):
        with pytest.raises(PrecompileFailure, match="versioned hash"):
            point_evaluation(bad)


@pytest.mark.parametrize("size", [0, 191, 193])
def test_another_size_is_refused(size: int) -> None:
    with pytest.raises(PrecompileFailure):
        point_evaluation(constant_polynomial(3, 1, 3).ljust(193, b"\x00")[:size])
    assert point_evaluation_gas(bytes(size)) == 50_000


def test_infinity_has_one_encoding() -> None:
    data = constant_polynomial(3, 1, 3)
    assert data[144:] == INFINITY
    for proof in (b"\xc0" + bytes(46) + b"\x01", b"\xe0" + bytes(47), b"\x40" + bytes(47)):
        with pytest.raises(PrecompileFailure):
            point_evaluation(data[:144] + proof)
