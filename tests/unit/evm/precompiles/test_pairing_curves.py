"""The laws of the two pairing curves, each through the bytes of the precompiles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles import bls12_381, bn254
from tests.support.curve_points import bls_g1, bls_g2, bn_g1, bn_g2, word

laws = settings(deadline=None, max_examples=25)
small = st.integers(0, 1 << 64)
BN_G1, BN_G2, BLS_G1, BLS_G2 = bn_g1(1), bn_g2(1), bls_g1(1), bls_g2(1)
BN_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617
BLS_ORDER = 52435875175126190479447740508185965837690552500527637822603658699938581184513

Add = Callable[[bytes], bytes]
Multiply = Callable[[bytes], bytes]
groups = pytest.mark.parametrize(
    ("generator", "order", "add", "multiply"),
    [
        (BN_G1, BN_ORDER, bn254.add, bn254.multiply),
        (BLS_G1, BLS_ORDER, bls12_381.g1_add, bls12_381.g1_msm),
        (BLS_G2, BLS_ORDER, bls12_381.g2_add, bls12_381.g2_msm),
    ],
    ids=["bn254 g1", "bls g1", "bls g2"],
)


@groups
@laws
@given(a=small, b=small)
def test_multiplication_distributes_over_addition(
    generator: bytes, order: int, add: Add, multiply: Multiply, a: int, b: int
) -> None:
    left, right = multiply(generator + word(a)), multiply(generator + word(b))
    total = multiply(generator + word(a + b))
    assert add(left + right) == add(right + left) == total


@groups
def test_infinity_is_neutral_and_the_order_leads_there(
    generator: bytes, order: int, add: Add, multiply: Multiply
) -> None:
    infinity = bytes(len(generator))
    assert add(generator + infinity) == generator
    assert add(infinity + infinity) == infinity
    assert multiply(generator + word(order)) == infinity
    assert multiply(generator + word(order + 1)) == generator
    assert add(generator + multiply(generator + word(order - 1))) == infinity


@groups
def test_a_point_off_the_curve_is_refused(generator: bytes, order: int, add: Add, multiply: Multiply) -> None:
    off = generator[:-1] + bytes([generator[-1] ^ 1])
    for call in (lambda: add(generator + off), lambda: multiply(off + word(1))):
        with pytest.raises(PrecompileFailure):
            call()


@laws
@given(pairs=st.lists(st.tuples(small, small), min_size=1, max_size=3))
def test_an_msm_is_the_sum_of_its_products(pairs: list[tuple[int, int]]) -> None:
    for generator, msm in ((BLS_G1, bls12_381.g1_msm), (BLS_G2, bls12_381.g2_msm)):
        points = [msm(generator + word(a)) for a, _ in pairs]
        data = b"".join([point + word(b) for point, (_, b) in zip(points, pairs, strict=True)])
        assert msm(data) == msm(generator + word(sum(a * b for a, b in pairs)))


@laws
@given(a=small, b=small, wrong=st.integers(0, 3))
def test_pairings_are_bilinear(a: int, b: int, wrong: int) -> None:
    expected = word(int(wrong == 0))
    minus = -(a * b + wrong)
    bn = bn254.multiply(BN_G1 + word(a)) + bn_g2(b) + bn254.multiply(BN_G1 + word(minus % BN_ORDER)) + BN_G2
    assert bn254.pairing_check(bn) == expected
    left = bls12_381.g1_msm(BLS_G1 + word(a)) + bls12_381.g2_msm(BLS_G2 + word(b))
    right = bls12_381.g1_msm(BLS_G1 + word(minus % BLS_ORDER)) + BLS_G2
    assert bls12_381.pairing_check(left + right) == expected


@given(a=st.integers(0, 1 << 380), b=st.integers(0, 1 << 380))
def test_maps_lead_into_the_subgroups(a: int, b: int) -> None:
    g1 = bls12_381.map_fp_to_g1(a.to_bytes(64, "big"))
    g2 = bls12_381.map_fp2_to_g2(a.to_bytes(64, "big") + b.to_bytes(64, "big"))
    assert bls12_381.g1_msm(g1 + word(1)) == g1
    assert bls12_381.g2_msm(g2 + word(1)) == g2


def test_one_call_of_bn254_leaves_no_trace_in_the_next() -> None:
    first = bn254.add(BN_G1 + BN_G1)
    with pytest.raises(PrecompileFailure):
        bn254.add(b"\x01" * 128)
    assert bn254.add(BN_G1 + BN_G1) == first
