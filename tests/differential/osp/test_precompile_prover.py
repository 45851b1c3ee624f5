"""PrecompileProver against the precompiles of the machine: price, outcome, output."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from eth_abi.abi import decode, encode

from offchain.conformance.anvil import AnvilNode, RpcError
from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES
from offchain.evm.precompiles import bls12_381 as bls
from offchain.evm.precompiles.p256 import N as P256_N
from offchain.evm.precompiles.p256 import P as P256_P
from offchain.evm.precompiles.point_evaluation import BLS_MODULUS
from offchain.evm.signature import SECP256K1_N
from offchain.hashing import keccak
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble, push
from tests.support.batches import address
from tests.support.curve_points import (
    BLS_P,
    bls_g1,
    bls_g1_outside_of_subgroup,
    bls_g2,
    bls_g2_outside_of_subgroup,
    bn_g1,
    bn_g2,
    bn_g2_outside_of_subgroup,
    fp,
    spoiled,
    word,
)
from tests.support.frame_steps import INLINE, Program, call_gas, checked, gas_of, outcomes, pushes
from tests.support.in_process import InProcess, Reverted
from tests.support.solidity import compile_contract, compile_runtime
from tests.support.step_proofs import ProvenStep

Result = tuple[bool, int, bytes]
CEILING = 10_000_000
BLS = range(0x0B, 0x12)


@pytest.fixture(scope="module")
def prover() -> InProcess:
    return InProcess("PrecompileProver")


def expected(number: int, gas: int, data: bytes) -> Result:
    """What the machine makes of a call with so much gas."""
    precompile = PRECOMPILES[address(number)]
    cost = precompile.gas(data)
    if cost > gas or cost > MAX_GAS:
        return False, cost, b""
    try:
        return True, cost, precompile.run(data)
    except PrecompileFailure:
        return False, cost, b""


def agree(prover: InProcess, number: int, data: bytes) -> Result:
    """Assert that both agree with all the gas there can be, with just enough, and with one less."""
    cost = PRECOMPILES[address(number)].gas(data)
    for gas in {cost, max(cost - 1, 0), 0}:
        assert prover.call("run", number, gas, data) == expected(number, gas, data)
    result = prover.call("run", number, (1 << 64) - 1, data)
    assert result == expected(number, (1 << 64) - 1, data)
    return result  # type: ignore[return-value]


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


def p256_signature(secret: int, digest: bytes) -> tuple[bytes, bytes, bytes]:
    """(r, s, key)."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    public = key.public_key().public_numbers()
    return word(r), word(s), word(public.x) + word(public.y)


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


def modexp_input(base: int, exponent: int, modulus: int, body: bytes) -> bytes:
    return word(base) + word(exponent) + word(modulus) + body


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


# Steps with the dearest calls


def precompile_call(number: int, data: bytes) -> Program:
    """CALL with value to the precompile, with the input that the contract copies out of its own code."""
    head = assemble(push(len(data), 3), push(64, 2), 0, "CODECOPY")
    head += pushes((1 << 256) - 1, number, 1, 0, len(data), 0, 256) + b"\xf1\x00"
    assert len(head) <= 64
    return Program(head.ljust(64, b"\x00") + data, gas_limit=16_000_000)


def dearest_step(number: int, data: bytes) -> ProvenStep:
    """The step of the call."""
    (step,) = [step for have, _, step in outcomes(precompile_call(number, data).steps()) if have == 0xF1]
    return step


DEAREST: dict[str, Callable[[], tuple[int, bytes]]] = {
    "SHA256": lambda: (2, random.Random(1).randbytes(MAX_INPUT)),
    "RIPEMD160": lambda: (3, random.Random(1).randbytes(MAX_INPUT)),
    "MODEXP wide": lambda: (
        5,
        modexp_input(1_024, 16, 1_024, b"\xff" * 1_024 + word(1 << 122)[16:] + b"\xff" * 1_024),
    ),
    "MODEXP long": lambda: (5, modexp_input(88, 1_024, 88, b"\xff" * 1_200)),
    "BN254_PAIRING": lambda: (8, (bn_g1(3) + bn_g2(5)) * 116),
    "BN254_PAIRING that fails": lambda: (8, (bn_g1(3) + bn_g2(5)) * 115 + b"\x01" * 192),
    "BLAKE2F": lambda: (9, MAX_GAS.to_bytes(4, "big") + b"\x55" * 208 + b"\x01"),
    "P256VERIFY": lambda: (0x100, b"\x21" * 32 + b"".join(p256_signature(5, b"\x21" * 32))),
}


@pytest.mark.parametrize("name", DEAREST)
def test_the_dearest_calls_fit_into_one_transaction(name: str) -> None:
    number, data = DEAREST[name]()
    assert checked(precompile_call(number, data), 0xF1) == [INLINE]
    step = dearest_step(number, data)
    assert step.prover is Prover.CALL
    assert gas_of(step, call_gas(step)) < CEILING


# BLS12-381, on an L1 that has it


class OnAnvil:
    """The provers at addresses of an anvil."""

    METER = assemble(
        *(32, "CALLDATASIZE", "SUB", 32, 0, "CALLDATACOPY"),
        *("GAS", 0, 0, 32, "CALLDATASIZE", "SUB", 0, 0, "CALLDATALOAD", "GAS", "STATICCALL"),
        *(0, "MSTORE", "GAS", "SWAP1", "SUB", 32, "MSTORE", 64, 0, "RETURN"),
    )

    def __init__(self, node: AnvilNode) -> None:
        self._node = node
        self.precompiles, self.calls, self.meter = (address(0xF00 + n) for n in range(3))
        creation = compile_contract("CallProver")[1] + self.precompiles.rjust(32, b"\x00")
        calls = node.call("eth_call", {"data": "0x" + creation.hex()}, "latest")
        self._put(self.precompiles, compile_runtime("PrecompileProver")[1])
        self._put(self.calls, bytes.fromhex(calls[2:]))
        self._put(self.meter, self.METER)

    def _put(self, at: bytes, code: bytes) -> None:
        self._node.call("anvil_setCode", "0x" + at.hex(), "0x" + code.hex())

    def _call(self, to: bytes, data: bytes) -> bytes:
        call = {"to": "0x" + to.hex(), "data": "0x" + data.hex(), "gas": hex(1 << 24)}
        return bytes.fromhex(self._node.call("eth_call", call, "latest")[2:])

    def call(self, function: str, *arguments: object) -> tuple[object, ...]:
        """As of InProcess, for PrecompileProver."""
        data = keccak(b"run(uint256,uint256,bytes)")[:4] + encode(["uint256", "uint256", "bytes"], arguments)
        try:
            return decode(["bool", "uint256", "bytes"], self._call(self.precompiles, data))
        except RpcError as error:
            raise Reverted(str(error)) from error

    def gas(self, step: ProvenStep) -> int:
        """Gas of CallProver for the step, once it has found the right successor."""
        arguments = encode(
            ["bytes32", "uint256", "bytes32", "bytes"],
            [step.context_hash, step.unit, step.before, step.witness],
        )
        data = keccak(b"prove(bytes32,uint256,bytes32,bytes)")[:4] + arguments
        assert self._call(self.calls, data) == step.after
        success, gas = decode(
            ["bool", "uint256"], self._call(self.meter, self.calls.rjust(32, b"\x00") + data)
        )
        assert success
        return int(gas)


@pytest.fixture(scope="module")
def anvil() -> Iterator[OnAnvil]:
    with AnvilNode() as node:
        yield OnAnvil(node)


def bls_inputs() -> Iterator[tuple[int, bytes]]:
    rng = random.Random(9)
    one, two = bls_g1(1), bls_g2(1)
    groups = (
        (0x0B, 0x0C, 0x10, one, bls.g1_msm, bls_g1_outside_of_subgroup(7), 64),
        (0x0D, 0x0E, 0x11, two, bls.g2_msm, bls_g2_outside_of_subgroup(7), 128),
    )
    for add, msm, map_to, generator, multiply, outside, element in groups:
        for _ in range(4):
            a, b = (multiply(generator + rng.randbytes(32)) for _ in range(2))
            yield add, a + b
            yield add, a + a
            yield add, a + outside
            yield add, spoiled(a + b, rng.randrange(8 * len(a + b)))
            yield msm, a + rng.randbytes(32)
            yield msm, a + rng.randbytes(32) + b + rng.randbytes(32)
            yield msm, (a + word(3)) * 130
            yield msm, a + word(1) + outside + word(0)
            yield msm, a + word(1) + b
            fields = b"".join(fp(rng.randrange(BLS_P)) for _ in range(element // 64))
            yield map_to, fields
            yield map_to, fields[:-64] + fp(BLS_P)
            yield map_to, fields[1:]
        yield add, bytes(2 * len(generator))
        yield msm, b""
    for a, b, c, d in [(2, 3, 6, 1), (2, 3, 5, 1)]:
        data = bls_g1(a) + bls_g2(b) + bls.g1_msm(one + word(bls_order() - c)) + bls_g2(d)
        yield 0x0F, data
        yield 0x0F, spoiled(data, rng.randrange(8 * len(data)))
        yield 0x0F, data + bls_g1_outside_of_subgroup(3) + two
        yield 0x0F, data + one + bls_g2_outside_of_subgroup(3)
        yield 0x0F, data[:-1]
    yield 0x0F, b""
    yield 0x0F, bytes(384)


def bls_order() -> int:
    return BLS_MODULUS


@pytest.mark.slow
def test_bls12_381_agrees_on_an_l1_that_has_it(anvil: OnAnvil) -> None:
    successes = 0
    for number, data in bls_inputs():
        successes += agree(anvil, number, data)[0]  # type: ignore[arg-type]
    assert successes > 40


@pytest.mark.slow
def test_calls_to_bls12_381_agree_and_the_dearest_fit_into_one_transaction(anvil: OnAnvil) -> None:
    g1, g2 = bls_g1(3), bls_g2(5)
    scalar = b"\xf7" * 32
    calls = {
        "G1ADD": (0x0B, g1 + g1),
        "G1MSM": (0x0C, (g1 + scalar) * 409),
        "G1MSM that fails": (0x0C, (g1 + scalar) * 408 + bls_g1_outside_of_subgroup(3) + scalar),
        "G2ADD": (0x0D, g2 + g2),
        "G2MSM": (0x0E, (g2 + scalar) * 227),
        "G2MSM that fails": (0x0E, (g2 + scalar) * 226 + bls_g2_outside_of_subgroup(3) + scalar),
        "PAIRING": (0x0F, (g1 + g2) * 121),
        "PAIRING that fails": (0x0F, (g1 + g2) * 120 + bls_g1_outside_of_subgroup(3) + g2),
        "MAP_FP": (0x10, fp(7)),
        "MAP_FP2": (0x11, fp(7) + fp(8)),
    }
    for number, data in calls.values():
        step = dearest_step(number, data)
        assert gas_of(step, anvil.gas(step)) < CEILING
