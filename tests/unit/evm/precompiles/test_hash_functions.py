"""Hashes, identity and the compression function of BLAKE2b against known digests."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles.blake2f import blake2f, blake2f_gas
from offchain.evm.precompiles.hashes import (
    identity,
    identity_gas,
    ripemd160,
    ripemd160_gas,
    sha256,
    sha256_gas,
)

RIPEMD160_OF_ABC = "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
BLAKE2B_IV = (
    0x6A09E667F3BCC908,
    0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1,
    0x510E527FADE682D1,
    0x9B05688C2B3E6C1F,
    0x1F83D9ABFB41BD6B,
    0x5BE0CD19137E2179,
)


@given(st.binary(max_size=300))
def test_sha256_is_that_of_the_standard_library(data: bytes) -> None:
    assert sha256(data) == hashlib.sha256(data).digest()


def test_ripemd160_of_abc_stands_right_aligned() -> None:
    assert ripemd160(b"abc").hex() == "00" * 12 + RIPEMD160_OF_ABC


@given(st.binary(max_size=300))
def test_identity_gives_its_input(data: bytes) -> None:
    assert identity(data) == data


@pytest.mark.parametrize(("size", "words"), [(0, 0), (1, 1), (32, 1), (33, 2), (65_536, 2_048)])
def test_prices_grow_by_the_word(size: int, words: int) -> None:
    data = bytes(size)
    assert sha256_gas(data) == 60 + 12 * words
    assert ripemd160_gas(data) == 600 + 120 * words
    assert identity_gas(data) == 15 + 3 * words


def compression_input(message: bytes, rounds: int = 12, final: int = 1) -> bytes:
    """F's input for the only block of BLAKE2b-512 of ``message`` (RFC 7693)."""
    state = [BLAKE2B_IV[0] ^ 0x0101_0040, *BLAKE2B_IV[1:]]
    words = b"".join(word.to_bytes(8, "little") for word in state)
    counter = len(message).to_bytes(16, "little")
    return rounds.to_bytes(4, "big") + words + message.ljust(128, b"\x00") + counter + bytes([final])


@given(st.binary(max_size=128))
def test_blake2f_compresses_one_block_as_blake2b_does(message: bytes) -> None:
    assert blake2f(compression_input(message)) == hashlib.blake2b(message).digest()


def test_blake2f_depends_on_rounds_and_final_flag_and_costs_its_rounds() -> None:
    outputs = {blake2f(compression_input(b"abc", rounds, final)) for rounds in (0, 1, 12) for final in (0, 1)}
    assert len(outputs) == 6
    assert blake2f_gas(compression_input(b"abc", 0xFFFFFFFF)) == 0xFFFFFFFF


@pytest.mark.parametrize("data", [b"", bytes(212), bytes(214), compression_input(b"", final=2)])
def test_blake2f_refuses_another_size_or_flag(data: bytes) -> None:
    with pytest.raises(PrecompileFailure):
        blake2f(data)
