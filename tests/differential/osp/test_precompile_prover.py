"""PrecompileProver against the precompiles of the machine: price, outcome, output."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec

from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES
from offchain.evm.precompiles import bls12_381 as bls
from offchain.evm.precompiles.p256 import N as P256_N
from offchain.evm.precompiles.p256 import P as P256_P
from offchain.evm.precompiles.point_evaluation import BLS_MODULUS
from offchain.evm.signature import SECP256K1_N
from offchain.hashing import keccak
from tests.support.batches import address
from tests.support.curve_points import (
    BLS_P,
    bls_g1,
    bn_g1,
    bn_g2,
    bn_g2_outside_of_subgroup,
    spoiled,
    word,
)
from tests.support.in_process import InProcess, Reverted
from tests.support.precompile_calls import agree, expected, modexp_input, p256_signature

CEILING = 10_000_000
BLS = range(0x0B, 0x12)


@pytest.fixture(scope="module")
def prover() -> InProcess:
    return InProcess("PrecompileProver")


# Hashes


@pytest.mark.parametrize("number", [2, 3])
def test_hashes_agree(prover: InProcess, number: int) -> None:
    rng = random.Random(number)
    for size in (*range(70), 1_000, MAX_INPUT):
        assert agree(prover, number, rng.randbytes(size))[0]


def test_identity_is_not_run(prover: InProcess) -> None:
    for number in (4, 0, 0x12, 0xFF, 0x101, 1 << 160):
        with pytest.raises(Reverted):
            prover.call("run", number, 1 << 60, b"")


# Signatures


def test_ecrecover_agrees(prover: InProcess) -> None:
    rng = random.Random(1)
    for _ in range(20):
        digest = rng.randbytes(32)
        signature = PrivateKey(word(rng.randrange(1, SECP256K1_N))).sign_recoverable(digest, hasher=None)
        r, s, parity = signature[:32], signature[32:64], signature[64]
        high = word(SECP256K1_N - int.from_bytes(s))
        assert agree(prover, 1, digest + word(27 + parity) + r + s)[2] != b""
        assert agree(prover, 1, digest + word(28 - parity) + r + high + b"more")[2] != b""
        for v in (0, 1, 26, 29, 27 << 8, (1 << 255) + 27):
            assert agree(prover, 1, digest + word(v) + r + s)[2] == b""
        for bad in (bytes(32), word(SECP256K1_N), b"\xff" * 32):
            assert agree(prover, 1, digest + word(27) + bad + s)[2] == b""
            assert agree(prover, 1, digest + word(27) + r + bad)[2] == b""
        agree(prover, 1, (digest + word(27) + r + s)[: rng.randrange(129)])


def test_p256_takes_low_and_high_s(prover: InProcess) -> None:
    rng = random.Random(2)
    # The last keys are small multiples of the generator and of its negative.
    for secret in [*(rng.randrange(1, P256_N) for _ in range(10)), *range(1, 8), P256_N - 1, P256_N - 2]:
        digest = rng.choice((rng.randbytes(32), bytes(32), b"\xff" * 32, word(P256_N)))
        r, s, key = p256_signature(secret, digest)
        for scalar in (s, word(P256_N - int.from_bytes(s))):
            assert agree(prover, 0x100, digest + r + scalar + key) == (True, 6_900, word(1))
            for bit in rng.sample(range(160 * 8), 4):
                assert agree(prover, 0x100, spoiled(digest + r + scalar + key, bit))[2] == b""


def test_p256_with_sums_that_double_or_vanish(prover: InProcess) -> None:
    rng = random.Random(3)
    for secret in (1, 2, 3, P256_N - 1, rng.randrange(1, P256_N)):
        nonce = rng.randrange(1, P256_N)
        r_word, _, _ = p256_signature(secret, bytes(32))
        public = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers()
        r = public.x % P256_N
        _, _, key = p256_signature(secret, bytes(32))
        # h = r d: both products are the same point, and their sum is a doubling.
        digest = r * secret % P256_N
        s = pow(nonce, -1, P256_N) * (digest + r * secret) % P256_N
        assert agree(prover, 0x100, word(digest) + word(r) + word(s) + key)[2] == word(1)
        # h = -r d: their sum is infinity, which no r matches.
        for some in (r, int.from_bytes(r_word)):
            digest = -some * secret % P256_N
            assert agree(prover, 0x100, word(digest) + word(some) + word(s) + key)[2] == b""


def test_p256_out_of_range_is_no_signature(prover: InProcess) -> None:
    digest = b"\x21" * 32
    r, s, key = p256_signature(9, digest)
    for bad in (bytes(32), word(P256_N), word(P256_N + 1), b"\xff" * 32):
        assert agree(prover, 0x100, digest + bad + s + key)[2] == b""
        assert agree(prover, 0x100, digest + r + bad + key)[2] == b""
    for bad_key in (
        bytes(64),
        word(P256_P) + key[32:],
        key[:32] + word(P256_P),
        key[32:] + key[:32],
        b"\xff" * 64,
    ):
        assert agree(prover, 0x100, digest + r + s + bad_key)[2] == b""
    for size in (0, 1, 159, 161, 320):
        assert agree(prover, 0x100, (digest + r + s + key).ljust(size, b"\x00")[:size]) == (True, 6_900, b"")


# MODEXP


def test_modexp_agrees(prover: InProcess) -> None:
    rng = random.Random(5)
    sizes = (0, 0, 1, 2, 31, 32, 33, 64, 65, 100, 1_023, 1_024)
    for _ in range(300):
        base, exponent, modulus = (rng.choice(sizes) for _ in range(3))
        whole = base + exponent + modulus
        body = rng.choice(
            (rng.randbytes(whole), rng.randbytes(whole // 2), bytes(whole), b"\xff" * (whole + 5))
        )
        agree(prover, 5, modexp_input(base, exponent, modulus, body))
    for size in (0, 1, 31, 32, 33, 64, 95, 96):
        assert agree(prover, 5, b"\x00" * size)[0]
        assert agree(prover, 5, modexp_input(1, 1, 1, b"\x03\x02\x05")[:size])[0]


def test_modexp_heads_of_every_length_have_their_price(prover: InProcess) -> None:
    for bits in range(0, 257, 5):
        head = word((1 << bits) - 1)
        for size in (1, 7, 32, 33, 40):
            exponent = head[max(32 - size, 0) :] + bytes(max(size - 32, 0))
            agree(prover, 5, modexp_input(2, size, 40, b"\x03\x05" + exponent + b"\xfb" * 40))


@pytest.mark.parametrize("size", [1_025, 1 << 32, 1 << 64, (1 << 256) - 96, (1 << 256) - 1])
def test_modexp_over_its_bounds_fails(prover: InProcess, size: int) -> None:
    for sizes in [(size, 1, 1), (1, size, 1), (1, 1, size), (size, size, size), (0, size, 0)]:
        assert agree(prover, 5, modexp_input(*sizes, b"\x02\x03\x05")) == (False, 500, b"")


# BN254 and BLAKE2F


def test_bn254_agrees(prover: InProcess) -> None:
    rng = random.Random(6)
    for _ in range(10):
        a, b = rng.randrange(1 << 64), rng.randrange(1 << 64)
        data = bn_g1(a) + bn_g1(b)
        assert agree(prover, 6, data)[0]
        assert agree(prover, 7, bn_g1(a) + rng.randbytes(32))[0]
        assert not agree(prover, 6, spoiled(data, rng.randrange(1024)))[0]
        agree(prover, 6, data[: rng.randrange(129)])
        agree(prover, 7, (bn_g1(a) + word(b))[: rng.randrange(97)])
        pairs = bn_g1(a) + bn_g2(b) + bn_g1(b) + bn_g2(a)
        assert agree(prover, 8, pairs)[0]
        assert not agree(prover, 8, spoiled(pairs, rng.randrange(3072)))[0]
        assert not agree(prover, 8, pairs[:-1])[0]
    assert agree(prover, 8, b"")[2] == word(1)
    assert agree(prover, 8, bn_g1(2) + bn_g2(3) + bn_g1(5) + bn_g2(7))[2] == word(0)
    assert not agree(prover, 8, bn_g1(1) + bn_g2_outside_of_subgroup())[0]


def test_blake2f_agrees(prover: InProcess) -> None:
    rng = random.Random(7)
    for rounds in (0, 1, 12, 1_000, MAX_GAS):
        for flag in range(3):
            data = rounds.to_bytes(4, "big") + rng.randbytes(208) + bytes([flag])
            assert agree(prover, 9, data)[0] == (flag < 2)
    for rounds in (MAX_GAS + 1, (1 << 32) - 1):
        assert not agree(prover, 9, rounds.to_bytes(4, "big") + bytes(209))[0]
    for size in (0, 1, 4, 212, 214):
        assert agree(prover, 9, b"\x01" * size) == (False, 0, b"")


def point_evaluation_input(value: int, z: int, y: int) -> bytes:
    """The polynomial that is ``value`` everywhere; its proof is infinity."""
    packed = bls.g1_msm(bls_g1(1) + word(value))
    sign = int.from_bytes(packed[64:]) > BLS_P // 2
    commitment = bytearray(packed[16:64])
    commitment[0] |= 0xA0 if sign else 0x80
    hashed = b"\x01" + hashlib.sha256(commitment).digest()[1:]
    return hashed + word(z) + word(y) + bytes(commitment) + b"\xc0" + bytes(47)


def test_point_evaluation_agrees(prover: InProcess) -> None:
    rng = random.Random(8)
    for _ in range(5):
        value = rng.randrange(1, BLS_MODULUS)
        good = point_evaluation_input(value, rng.randrange(BLS_MODULUS), value)
        assert agree(prover, 0x0A, good)[0]
        assert not agree(prover, 0x0A, spoiled(good, rng.randrange(32 * 8)))[0]
        assert not agree(prover, 0x0A, spoiled(good, 96 * 8 + rng.randrange(96 * 8)))[0]
        assert not agree(prover, 0x0A, point_evaluation_input(value, 5, value - 1))[0]
        assert not agree(prover, 0x0A, good[:32] + word(BLS_MODULUS) + good[64:])[0]
        for size in (0, 191, 193):
            assert not agree(prover, 0x0A, good.ljust(size, b"\x00")[:size])[0]


# What the L1 lacks, and too little of its gas


def test_an_l1_without_a_precompile_is_told(prover: InProcess) -> None:
    assert prover.call("missing") == (0x0B,)  # the in-process L1 is Cancun's
    for number, size in zip(BLS, (256, 160, 512, 288, 384, 64, 128), strict=True):
        data = bytes(size)
        with pytest.raises(
            Reverted, match=keccak(b"PrecompileProver_PrecompileIsMissing(uint256)")[:4].hex()
        ):
            prover.call("run", number, MAX_GAS, data)
        # What fails by price or shape needs no L1.
        assert prover.call("run", number, 0, data) == expected(number, 0, data)
        assert prover.call("run", number, MAX_GAS, data[:-1]) == expected(number, MAX_GAS, data[:-1])


@pytest.mark.parametrize("number", range(0x0B, 0x12), ids=hex)
def test_bls12_381_prices_agree(prover: InProcess, number: int) -> None:
    price = PRECOMPILES[address(number)].gas
    for size in [
        *range(0, 2_000, 37),
        *(288 * n for n in range(1, 135)),
        *(160 * n for n in range(1, 135)),
        MAX_INPUT,
    ]:
        data = bytes(size)
        assert prover.call("run", number, 0, data)[1] == price(data) or not price(data)


def calls_of_every_kind() -> Iterator[tuple[int, bytes]]:
    yield 1, bytes(128)
    yield 2, b"\x01" * 3_000
    yield 3, b"\x01" * 3_000
    yield 5, modexp_input(64, 64, 64, b"\x77" * 192)
    yield 6, bn_g1(1) + bn_g1(2)
    yield 6, b"\x01" * 128
    yield 7, bn_g1(1) + word(3)
    yield 8, bn_g1(1) + bn_g2(1)
    yield 8, b"\x01" * 192
    yield 9, (100_000).to_bytes(4, "big") + bytes(209)
    yield 0x0A, point_evaluation_input(3, 1, 3)
    yield 0x0A, point_evaluation_input(3, 1, 4)
    yield 0x100, bytes(32) + b"\x01" * 64 + p256_signature(1, bytes(32))[2]


def test_too_little_gas_never_looks_like_a_failed_call(prover: InProcess) -> None:
    for number, data in calls_of_every_kind():
        right = prover.call("run", number, MAX_GAS, data)
        assert right == expected(number, MAX_GAS, data)
        used = 16 * (len(data) + 200) + 3 * max(prover.execution_gas, int(right[1]))
        answers = 0
        for part in range(1, 150):
            try:
                assert prover.call("run", number, MAX_GAS, data, gas=21_000 + used * part // 100) == right
                answers += 1
            except (Reverted, ValueError, OverflowError):
                continue
        assert 0 < answers < 149
