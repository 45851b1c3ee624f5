"""The dearest calls to precompiles as steps, and BLS12-381 on an L1 that has it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from eth_abi.abi import decode, encode

from offchain.conformance.anvil import AnvilNode, RpcError
from offchain.evm.precompiles import MAX_GAS, MAX_INPUT
from offchain.evm.precompiles import bls12_381 as bls
from offchain.evm.precompiles.point_evaluation import BLS_MODULUS
from offchain.hashing import keccak
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble
from tests.support.batches import address
from tests.support.curve_points import (
    BLS_P,
    bls_g1,
    bls_g1_outside_of_subgroup,
    bls_g2,
    bls_g2_outside_of_subgroup,
    bn_g1,
    bn_g2,
    fp,
    spoiled,
    word,
)
from tests.support.frame_steps import INLINE, call_gas, checked, gas_of
from tests.support.in_process import Reverted
from tests.support.precompile_calls import (
    agree,
    dearest_step,
    modexp_input,
    p256_signature,
    precompile_call,
)
from tests.support.solidity import compile_contract, compile_runtime
from tests.support.step_proofs import ProvenStep

CEILING = 10_000_000

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
    for product in (6, 5):  # e(2, 3) e(-product, 1) is 1 for the first alone
        data = bls_g1(2) + bls_g2(3) + bls.g1_msm(one + word(BLS_MODULUS - product)) + two
        yield 0x0F, data
        yield 0x0F, spoiled(data, rng.randrange(8 * len(data)))
        yield 0x0F, data + bls_g1_outside_of_subgroup(3) + two
        yield 0x0F, data + one + bls_g2_outside_of_subgroup(3)
        yield 0x0F, data[:-1]
    yield 0x0F, b""
    yield 0x0F, bytes(384)


@pytest.mark.slow
def test_bls12_381_agrees_on_an_l1_that_has_it(anvil: OnAnvil) -> None:
    successes = 0
    for number, data in bls_inputs():
        successes += agree(anvil, number, data)[0]
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
