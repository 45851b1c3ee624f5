"""Calls to precompiles: what the machine makes of them, and steps that make them."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles import MAX_GAS, PRECOMPILES
from tests.support.assembly import assemble, push
from tests.support.batches import address
from tests.support.curve_points import word
from tests.support.frame_steps import Program, outcomes, pushes
from tests.support.step_proofs import ProvenStep

__all__ = [
    "Prover",
    "Result",
    "agree",
    "dearest_step",
    "expected",
    "modexp_input",
    "p256_signature",
    "precompile_call",
]

Result = tuple[bool, int, bytes]


class Prover(Protocol):
    """PrecompileProver on some chain."""

    def call(self, function: str, number: int, gas: int, data: bytes, /) -> tuple[object, ...]:
        """What its function returns."""


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


def agree(prover: Prover, number: int, data: bytes) -> Result:
    """Assert that both agree with all the gas there can be, with just enough, and with one less."""
    cost = PRECOMPILES[address(number)].gas(data)
    for gas in {cost, max(cost - 1, 0), 0}:
        assert prover.call("run", number, gas, data) == expected(number, gas, data)
    result = expected(number, (1 << 64) - 1, data)
    assert prover.call("run", number, (1 << 64) - 1, data) == result
    return result


def modexp_input(base: int, exponent: int, modulus: int, body: bytes) -> bytes:
    """Three declared lengths, then the numbers."""
    return word(base) + word(exponent) + word(modulus) + body


def p256_signature(secret: int, digest: bytes) -> tuple[bytes, bytes, bytes]:
    """(r, s, key)."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    public = key.public_key().public_numbers()
    return word(r), word(s), word(public.x) + word(public.y)


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
