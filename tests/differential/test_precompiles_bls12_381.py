"""The BLS12-381 precompiles (arkworks) against EELS (py_ecc)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.optimized_bls12_381 import curve_order

from tests.support.curve_points import (
    BLS_P,
    bls_g1,
    bls_g1_outside_of_subgroup,
    bls_g2,
    bls_g2_outside_of_subgroup,
    fp,
    scalars,
    spoiled,
    word,
)
from tests.support.eels_precompiles import assert_as_eels

Maker = Callable[[int], bytes]

bits = st.integers(0, 1 << 20)
slow = settings(deadline=None, max_examples=12)
G1_ADD, G1_MSM, G2_ADD, G2_MSM, PAIRING, MAP_G1, MAP_G2 = range(0x0B, 0x12)
GROUPS = [
    (G1_ADD, G1_MSM, bls_g1, bls_g1_outside_of_subgroup),
    (G2_ADD, G2_MSM, bls_g2, bls_g2_outside_of_subgroup),
]
each_group = pytest.mark.parametrize(("add", "msm", "point", "outside"), GROUPS, ids=["g1", "g2"])


@each_group
@slow
@given(a=scalars, b=scalars, bit=bits, cut=st.integers(1, 60))
def test_add_agrees(
    add: int, msm: int, point: Maker, outside: Maker, a: int, b: int, bit: int, cut: int
) -> None:
    data = point(a) + point(b)
    assert assert_as_eels(add, data) is not None
    assert assert_as_eels(add, point(a) + point(a)) is not None
    assert_as_eels(add, spoiled(data, bit))
    assert assert_as_eels(add, data[:-cut]) is None
    assert assert_as_eels(add, data + bytes(cut)) is None


@each_group
def test_add_takes_points_outside_of_the_subgroup_and_msm_does_not(
    add: int, msm: int, point: Maker, outside: Maker
) -> None:
    assert assert_as_eels(add, outside(7) + point(3)) is not None
    assert assert_as_eels(add, outside(7) + outside(7)) is not None
    assert assert_as_eels(msm, outside(7) + word(1)) is None
    assert assert_as_eels(msm, outside(7) + word(0)) is None
    assert assert_as_eels(msm, point(1) + word(2) + outside(9) + word(curve_order)) is None


@each_group
@slow
@given(pairs=st.lists(st.tuples(st.integers(0, 9), scalars), min_size=1, max_size=3), bit=bits)
def test_msm_agrees(
    add: int, msm: int, point: Maker, outside: Maker, pairs: list[tuple[int, int]], bit: int
) -> None:
    data = b"".join([point(a) + word(scalar) for a, scalar in pairs])
    assert assert_as_eels(msm, data) is not None
    assert_as_eels(msm, spoiled(data, bit))
    assert assert_as_eels(msm, data[:-1]) is None


@each_group
def test_sums_that_vanish_agree(add: int, msm: int, point: Maker, outside: Maker) -> None:
    zero = point(0)
    assert assert_as_eels(msm, point(5) + word(curve_order)) == assert_as_eels(msm, point(5) + word(0))
    assert assert_as_eels(msm, point(2) + word(3) + point(6) + word(curve_order - 1)) is not None
    assert assert_as_eels(msm, zero + word(9)) is not None
    _, total = assert_as_eels(add, point(2) + point(curve_order - 2)) or (0, b"")
    assert total == zero


@pytest.mark.parametrize("number", range(0x0B, 0x12))
def test_empty_input_fails_in_both(number: int) -> None:
    assert assert_as_eels(number, b"") is None


@pytest.mark.parametrize("count", [1, 2, 16, 127, 128, 129, 140])
def test_msm_of_many_points_costs_the_same(count: int) -> None:
    assert assert_as_eels(G1_MSM, (bls_g1(3) + word(1)) * count) is not None
    assert assert_as_eels(G2_MSM, (bls_g2(3) + word(1)) * count) is not None


@settings(deadline=None, max_examples=5)
@given(a=st.integers(0, 9), b=st.integers(0, 9), right=st.booleans(), bit=bits)
def test_pairing_agrees(a: int, b: int, right: bool, bit: int) -> None:
    minus = curve_order - (a * b if right else a * b + 1)
    data = bls_g1(a) + bls_g2(b) + bls_g1(minus) + bls_g2(1)
    assert assert_as_eels(PAIRING, data) == (37_700 + 2 * 32_600, word(int(right)))
    assert_as_eels(PAIRING, spoiled(data[:384], bit))
    assert assert_as_eels(PAIRING, data[:-1]) is None


def test_pairing_with_infinity_and_outside_of_the_subgroups_agrees() -> None:
    for data in (bytes(384), bls_g1(1) + bytes(256), bytes(128) + bls_g2(1)):
        assert assert_as_eels(PAIRING, data) == (70_300, word(1))
    for data in (
        bls_g1_outside_of_subgroup(3) + bls_g2(1),
        bls_g1(1) + bls_g2_outside_of_subgroup(3),
        bytes(128) + bls_g2_outside_of_subgroup(3),
        bls_g1_outside_of_subgroup(3) + bytes(256),
    ):
        assert assert_as_eels(PAIRING, data) is None


@slow
@given(element=st.integers(0, BLS_P - 1), other=st.integers(0, BLS_P - 1), bit=bits)
def test_maps_agree(element: int, other: int, bit: int) -> None:
    assert assert_as_eels(MAP_G1, fp(element)) is not None
    assert assert_as_eels(MAP_G2, fp(element) + fp(other)) is not None
    assert_as_eels(MAP_G1, spoiled(fp(element), bit))
    assert_as_eels(MAP_G2, spoiled(fp(element) + fp(other), bit))
    assert assert_as_eels(MAP_G1, fp(element)[1:]) is None
    assert assert_as_eels(MAP_G2, fp(element) + fp(other) + b"\x00") is None


@pytest.mark.parametrize("element", [0, 1, BLS_P - 1, BLS_P, BLS_P + 1, 1 << 381, 1 << 384, (1 << 512) - 1])
def test_field_elements_at_the_border_agree(element: int) -> None:
    assert_as_eels(MAP_G1, fp(element))
    assert_as_eels(MAP_G2, fp(element) + fp(0))
    assert_as_eels(MAP_G2, fp(0) + fp(element))
    generator = bls_g1(1)
    assert_as_eels(G1_ADD, fp(element) + generator[64:] + generator)
    assert_as_eels(G1_ADD, fp(element) + fp(0) + generator)
    assert_as_eels(G1_ADD, generator + fp(0) + fp(element))
    x = int.from_bytes(generator[:64], "big")
    assert assert_as_eels(G1_ADD, fp(x + BLS_P) + generator[64:] + generator) is None
