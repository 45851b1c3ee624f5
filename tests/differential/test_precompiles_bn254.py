"""The bn254 precompiles (revm's arithmetic) against EELS (py_ecc)."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.curve_points import BN_P, bn_g1, bn_g2, bn_g2_outside_of_subgroup, scalars, spoiled, word
from tests.support.eels_precompiles import assert_as_eels

bits = st.integers(0, 1 << 20)
slow = settings(deadline=None, max_examples=12)
coordinates = st.sampled_from([0, 1, 2, BN_P - 2, BN_P - 1, BN_P, BN_P + 1, BN_P + 2, (1 << 256) - 1])


@settings(deadline=None, max_examples=60)
@given(a=scalars, b=scalars, bit=bits, size=st.integers(0, 160))
@example(a=1, b=1, bit=0, size=0)
@example(a=0, b=0, bit=5, size=64)
def test_add_agrees(a: int, b: int, bit: int, size: int) -> None:
    data = bn_g1(a) + bn_g1(b)
    assert assert_as_eels(6, data) is not None
    assert_as_eels(6, (data + b"\x01" * 32)[:size])
    assert_as_eels(6, spoiled(data, bit))


@settings(deadline=None, max_examples=60)
@given(a=scalars, scalar=scalars, bit=bits, size=st.integers(0, 160))
def test_multiply_agrees(a: int, scalar: int, bit: int, size: int) -> None:
    data = bn_g1(a) + word(scalar)
    assert assert_as_eels(7, data) is not None
    assert_as_eels(7, (data + b"\x01" * 64)[:size])
    assert_as_eels(7, spoiled(data, bit))


@given(x=coordinates, y=coordinates)
def test_points_at_the_border_of_the_field_agree(x: int, y: int) -> None:
    assert_as_eels(6, word(x) + word(y))
    assert_as_eels(7, word(x) + word(y) + word(2))
    assert_as_eels(8, word(x) + word(y) + bytes(128))


@slow
@given(a=st.integers(0, 9), b=st.integers(0, 9), right=st.booleans())
def test_pairing_of_two_pairs_agrees(a: int, b: int, right: bool) -> None:
    negated = bn_g1(a * b if right else a * b + 1)
    negated = negated[:32] + word(-int.from_bytes(negated[32:], "big") % BN_P)
    result = assert_as_eels(8, bn_g1(a) + bn_g2(b) + negated + bn_g2(1))
    assert result == (45_000 + 2 * 34_000, word(int(right)))


@slow
@given(bit=bits, size=st.integers(1, 383))
def test_pairing_of_spoiled_input_agrees(bit: int, size: int) -> None:
    data = bn_g1(2) + bn_g2(3)
    assert_as_eels(8, spoiled(data, bit))
    assert_as_eels(8, (data * 2)[:size])


def test_pairing_of_nothing_is_one() -> None:
    assert assert_as_eels(8, b"") == (45_000, word(1))


def test_pairing_with_infinity_agrees() -> None:
    for data in (bytes(192), bn_g1(1) + bytes(128), bytes(64) + bn_g2(1)):
        assert assert_as_eels(8, data) == (79_000, word(1))


def test_pairing_with_a_point_outside_of_the_subgroup_fails_in_both() -> None:
    assert assert_as_eels(8, bn_g1(1) + bn_g2_outside_of_subgroup()) is None
    assert assert_as_eels(8, bytes(64) + bn_g2_outside_of_subgroup()) is None
