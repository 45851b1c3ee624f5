"""Point evaluation against EELS (py_ecc), with proofs made by c-kzg over the ceremony's setup."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

import ckzg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.precompiles.point_evaluation import BLS_MODULUS, TAU_G2
from tests.support.curve_points import spoiled, word
from tests.support.eels_precompiles import assert_as_eels

SETUP = files("eth_account.typed_transactions.blob_transactions") / "kzg_trusted_setup.txt"
INFINITY = b"\xc0" + bytes(47)
slow = settings(deadline=None, max_examples=8)
field_elements = st.integers(0, BLS_MODULUS - 1)


@cache
def trusted_setup() -> Any:
    return ckzg.load_trusted_setup(str(SETUP), 0)


def point_input(z: int, y: int, commitment: bytes, proof: bytes) -> bytes:
    return b"\x01" + hashlib.sha256(commitment).digest()[1:] + word(z) + word(y) + commitment + proof


@cache
def proven(seed: int, z: int) -> bytes:
    """The input for a polynomial with a few values other than zero, opened at z."""
    values = [pow(seed + 2, index + 1, BLS_MODULUS) for index in range(3)]
    blob = b"".join(map(word, values)).ljust(4_096 * 32, b"\x00")
    proof, y = ckzg.compute_kzg_proof(blob, word(z), trusted_setup())
    commitment = ckzg.blob_to_kzg_commitment(blob, trusted_setup())
    return point_input(z, int.from_bytes(y, "big"), commitment, proof)


def test_the_setup_point_is_that_of_the_ceremony() -> None:
    lines = SETUP.read_text().split()
    g1_count, g2_count = int(lines[0]), int(lines[1])
    assert (g1_count, g2_count) == (4_096, 65)
    assert bytes.fromhex(lines[2 + g1_count + 1]) == TAU_G2


@slow
@given(seed=st.integers(0, 2), z=st.integers(0, 2) | field_elements, bit=st.integers(0, 192 * 8 - 1))
def test_a_proof_holds_and_a_spoiled_one_fails_in_both(seed: int, z: int, bit: int) -> None:
    data = proven(seed, z)
    assert assert_as_eels(0x0A, data) == (50_000, word(4_096) + word(BLS_MODULUS))
    assert assert_as_eels(0x0A, spoiled(data, bit)) is None


@slow
@given(bit=st.integers(0, 48 * 8 - 1))
def test_a_spoiled_commitment_under_its_own_hash_fails_in_both(bit: int) -> None:
    data = proven(1, 5)
    commitment = spoiled(data[96:144], bit)
    y = int.from_bytes(data[64:96], "big")
    assert assert_as_eels(0x0A, point_input(5, y, commitment, data[144:])) is None


@pytest.mark.parametrize("size", [0, 191, 193])
def test_another_size_fails_in_both(size: int) -> None:
    assert assert_as_eels(0x0A, proven(1, 5).ljust(193, b"\x00")[:size]) is None


@pytest.mark.parametrize("above", [0, 1])
def test_scalars_must_be_reduced(above: int) -> None:
    assert assert_as_eels(0x0A, point_input(above, 0, INFINITY, INFINITY)) is not None
    assert assert_as_eels(0x0A, point_input(BLS_MODULUS + above, 0, INFINITY, INFINITY)) is None
    assert assert_as_eels(0x0A, point_input(0, BLS_MODULUS + above, INFINITY, INFINITY)) is None


@pytest.mark.parametrize(
    "point",
    [
        INFINITY,
        b"\xc0" + bytes(46) + b"\x01",
        b"\xe0" + bytes(47),
        b"\x40" + bytes(47),
        b"\x80" + bytes(47),
        bytes(48),
        b"\xff" * 48,
        b"\xdf" + b"\xff" * 47,
    ],
)
def test_odd_encodings_of_points_agree(point: bytes) -> None:
    assert_as_eels(0x0A, point_input(3, 0, point, INFINITY))
    assert_as_eels(0x0A, point_input(3, 0, INFINITY, point))
