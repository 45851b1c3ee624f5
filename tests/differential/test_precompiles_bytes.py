"""The precompiles without a pairing curve, against EELS: price, output, and whether the call fails."""

from __future__ import annotations

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from ethereum.forks.osaka.vm.precompiled_contracts.mapping import PRE_COMPILED_CONTRACTS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offchain.evm.precompiles import PRECOMPILES
from offchain.evm.precompiles.p256 import N as P256_N
from offchain.evm.precompiles.p256 import P as P256_P
from offchain.evm.signature import SECP256K1_N
from tests.support.eels_precompiles import assert_as_eels

words = st.one_of(
    st.binary(min_size=32, max_size=32), st.integers(0, 40).map(lambda n: n.to_bytes(32, "big"))
)
digests = st.binary(min_size=32, max_size=32)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_the_addresses_are_those_of_eels() -> None:
    assert set(PRECOMPILES) == {bytes(address) for address in PRE_COMPILED_CONTRACTS}


@pytest.mark.parametrize("number", [2, 3, 4])
@given(data=st.binary(max_size=400))
def test_hashes_and_identity_agree(number: int, data: bytes) -> None:
    assert_as_eels(number, data)


@given(
    key=st.integers(1, SECP256K1_N - 1), digest=digests, v=st.sampled_from([0, 1, 26, 27, 28, 29, 27 << 8])
)
def test_ecrecover_of_a_signature_agrees(key: int, digest: bytes, v: int) -> None:
    signature = PrivateKey(word(key)).sign_recoverable(digest, hasher=None)
    assert_as_eels(1, digest + word(27 + signature[64]) + signature[:64])
    assert_as_eels(1, digest + word(v) + signature[:64])
    high_s = SECP256K1_N - int.from_bytes(signature[32:64], "big")
    assert_as_eels(1, digest + word(28 - signature[64]) + signature[:32] + word(high_s) + b"more")


@given(
    digest=digests,
    v=st.integers(26, 29),
    r=st.sampled_from([0, 1, 5, SECP256K1_N - 1, SECP256K1_N, SECP256K1_N + 1, (1 << 256) - 1])
    | st.integers(0, (1 << 256) - 1),
    s=st.sampled_from([0, 1, SECP256K1_N - 1, SECP256K1_N, (1 << 256) - 1]),
    size=st.integers(0, 130),
)
def test_ecrecover_of_anything_agrees(digest: bytes, v: int, r: int, s: int, size: int) -> None:
    assert_as_eels(1, digest + word(v) + word(r) + word(s))
    assert_as_eels(1, (digest + word(v) + word(r) + word(s))[:size])


sizes = st.integers(0, 70) | st.sampled_from([0, 1, 31, 32, 33, 64, 65, 1023, 1024])
bad_sizes = st.sampled_from([1025, 1 << 32, 1 << 64, 1 << 255, (1 << 256) - 1])


@given(base=sizes, exponent=sizes, modulus=sizes, body=st.binary(max_size=220))
@example(base=0, exponent=0, modulus=0, body=b"")
@example(base=0, exponent=0, modulus=1, body=b"\x01")
@example(base=0, exponent=0, modulus=1, body=b"\x00")
@example(base=1, exponent=1, modulus=1, body=b"\x00\x00\x01")
@example(base=1, exponent=1, modulus=1, body=b"\x02\x05\x04")
@example(base=1, exponent=0, modulus=2, body=b"\x02\x00\x02")
@example(base=1024, exponent=1024, modulus=1024, body=b"\xff" * 200)
@example(base=1, exponent=40, modulus=1, body=b"\x03" + bytes(39) + b"\x09\x07")
def test_modexp_agrees(base: int, exponent: int, modulus: int, body: bytes) -> None:
    assert_as_eels(5, word(base) + word(exponent) + word(modulus) + body)


@given(numbers=st.lists(st.integers(0, 1 << 200), min_size=3, max_size=3), even=st.booleans())
def test_modexp_of_whole_numbers_agrees(numbers: list[int], even: bool) -> None:
    if even:
        numbers[2] &= ~1
    assert_as_eels(5, word(26) * 3 + b"".join(number.to_bytes(26, "big") for number in numbers))


@given(lengths=st.permutations([0, 1, 2]), bad=bad_sizes, good=sizes, cut=st.integers(0, 100))
def test_modexp_with_a_length_over_the_bound_fails_in_both(
    lengths: list[int], bad: int, good: int, cut: int
) -> None:
    header = [good, good, good]
    header[lengths[0]] = bad
    assert assert_as_eels(5, b"".join(map(word, header)) + bytes(cut)) is None


@given(data=st.binary(max_size=130))
def test_modexp_of_a_short_input_agrees(data: bytes) -> None:
    assert_as_eels(5, data)
    assert_as_eels(5, word(3)[: len(data)])


@given(
    rounds=st.integers(0, 30),
    state=st.binary(min_size=208, max_size=208),
    final=st.sampled_from([0, 1, 2, 255]),
)
def test_blake2f_agrees(rounds: int, state: bytes, final: int) -> None:
    result = assert_as_eels(9, rounds.to_bytes(4, "big") + state + bytes([final]))
    assert (result is None) == (final > 1)


@pytest.mark.parametrize("size", [0, 4, 212, 214])
def test_blake2f_of_another_size_fails_in_both(size: int) -> None:
    assert assert_as_eels(9, bytes(size)) is None


@settings(deadline=None)
@given(key=st.integers(1, P256_N - 1), digest=digests, flip=st.integers(0, 160 * 8 - 1))
def test_p256_verify_agrees_on_good_and_spoiled_signatures(key: int, digest: bytes, flip: int) -> None:
    secret = ec.derive_private_key(key, ec.SECP256R1())
    r, s = decode_dss_signature(secret.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    public = secret.public_key().public_numbers()
    data = digest + word(r) + word(s) + word(public.x) + word(public.y)
    assert assert_as_eels(0x100, data) == (6900, word(1))
    assert_as_eels(0x100, digest + word(r) + word(P256_N - s) + data[96:])
    spoiled = bytearray(data)
    spoiled[flip // 8] ^= 1 << flip % 8
    assert_as_eels(0x100, bytes(spoiled))
    assert_as_eels(0x100, data[:-1])
    assert_as_eels(0x100, data + b"\x00")


@given(
    digest=digests,
    r=st.sampled_from([0, 1, P256_N - 1, P256_N, (1 << 256) - 1]),
    s=st.sampled_from([0, 1, P256_N - 1, P256_N, (1 << 256) - 1]),
    x=st.sampled_from([0, 1, 5, P256_P - 1, P256_P, P256_P + 5, (1 << 256) - 1]),
    y=st.sampled_from([0, 1, P256_P - 1, P256_P, (1 << 256) - 1])
    | st.just(0x459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC),
)
def test_p256_verify_agrees_at_the_borders(digest: bytes, r: int, s: int, x: int, y: int) -> None:
    assert_as_eels(0x100, digest + word(r) + word(s) + word(x) + word(y))
