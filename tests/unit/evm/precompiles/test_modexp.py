"""MODEXP: Python's own pow, the bounds of EIP-7823, the prices of EIP-7883."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles.modexp import MAX_LENGTH, modexp, modexp_gas


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def packed(base: bytes, exponent: bytes, modulus: bytes) -> bytes:
    return word(len(base)) + word(len(exponent)) + word(len(modulus)) + base + exponent + modulus


operands = st.binary(max_size=80)


@given(operands, operands, operands)
def test_modexp_is_pow(base: bytes, exponent: bytes, modulus: bytes) -> None:
    b, e, m = (int.from_bytes(part, "big") for part in (base, exponent, modulus))
    expected = pow(b, e, m) if m else 0
    assert modexp(packed(base, exponent, modulus)) == expected.to_bytes(len(modulus), "big")


@pytest.mark.parametrize("modulus", [b"", b"\x00", bytes(40)])
def test_modulus_zero_gives_zeros_as_wide_as_declared(modulus: bytes) -> None:
    assert modexp(packed(b"\x03", b"\x05", modulus)) == bytes(len(modulus))


def test_zero_to_the_power_zero_is_one_but_for_modulus_one() -> None:
    assert modexp(packed(b"", b"", b"\x07")) == b"\x01"
    assert modexp(packed(b"\x00", b"\x00", b"\x00\x07")) == b"\x00\x01"
    assert modexp(packed(b"", b"", b"\x01")) == b"\x00"


def test_operands_go_on_in_zeros_past_the_input() -> None:
    assert modexp(word(1) + word(1) + word(2) + b"\x03\x02\x01") == modexp(
        packed(b"\x03", b"\x02", b"\x01\x00")
    )
    assert modexp(word(1)[:31]) == b""
    assert modexp(b"") == b""


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, 1 << 64, (1 << 256) - 1])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_length_over_the_bound_fails_and_is_not_computed(place: int, length: int) -> None:
    header = [1, 1, 1]
    header[place] = length
    data = b"".join(map(word, header))
    assert modexp_gas(data) == 500
    with pytest.raises(PrecompileFailure):
        modexp(data)


@pytest.mark.parametrize(
    ("base", "exponent", "modulus", "gas"),
    [
        (0, b"", 0, 500),
        (32, b"\xff" * 32, 32, 16 * 255),
        (33, b"\x01", 1, 500),
        (64, b"\xff" * 32, 64, 2 * 64 * 255),
        (1, bytes(33), 64, 2 * 64 * 16),
        (64, b"\x80" + bytes(32), 1, 2 * 64 * (16 + 255)),
        (1_024, b"\xff" * 1_024, 1_024, 2 * 128**2 * (16 * 992 + 255)),
    ],
)
def test_the_price_is_that_of_eip_7883(base: int, exponent: bytes, modulus: int, gas: int) -> None:
    assert modexp_gas(packed(bytes(base), exponent, bytes(modulus))) == gas
