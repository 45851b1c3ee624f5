"""The verifier with little gas, deep calls, and keys of P256 at which sums of points meet infinity.

Whoever makes the last move of a game chooses its gas: with any amount the verifier finds the one successor or reverts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from offchain.evm.phase import Phase
from offchain.evm.signing import sign_authorization
from tests.support.assembly import assemble, store_bytes
from tests.support.batches import CONTEXT, CONTRACT, KEYS, World, address, transaction
from tests.support.in_process import InProcess, Reverted
from tests.support.precompile_calls import agree as precompiles_agree
from tests.support.precompile_calls import dearest_step, modexp_input, p256_signature
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine
from tests.support.three_ways import agree
from tests.support.verifier_contract import verifier

P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _steps_with_precompiles() -> Iterator[ProvenStep]:
    """Steps that the L1 needs a precompile for, of each way in which it is asked."""
    tuple_ = sign_authorization(KEYS[3], chain_id=CONTEXT.chain_id, address=CONTRACT, nonce=0)
    world = World.of({CONTRACT: b"\x00"})
    items = [transaction(authorizations=[tuple_]), transaction(address(2), nonce=1, data=b"\x01" * 900)]
    for step in proven_steps(proving_machine(world, items)):
        if step.phase in (Phase.ITEM, Phase.AUTHORIZATION, Phase.START):
            yield step
    r, s, key = p256_signature(5, b"\x05" * 32)
    inputs: tuple[tuple[int, bytes], ...] = (
        (1, b"\x05" * 32 + _word(27) + r + s),
        (2, b"\x02" * 3_000),
        (3, b"\x03" * 3_000),
        (5, modexp_input(64, 64, 64, b"\x77" * 192)),
        (6, _word(1) + _word(2) + _word(1) + _word(2)),
        (6, _word(1) * 4),
        (7, _word(1) + _word(2) + _word(9)),
        (8, _word(1) + _word(2) + bytes(128)),
        (8, _word(1) * 6),
        (9, (50_000).to_bytes(4, "big") + bytes(209)),
        (9, (50_000).to_bytes(4, "big") + b"\x02" * 209),
        (0x100, b"\x05" * 32 + r + s + key),
    )
    for number, data in inputs:
        yield dearest_step(number, data)


def test_no_amount_of_gas_leads_to_another_successor() -> None:
    choices = random.Random(1)
    for step in _steps_with_precompiles():
        arguments = (step.context_hash, step.unit, step.before, step.witness)
        assert verifier().call("step", *arguments) == (step.after,)
        calldata = 16 * (len(step.witness) + 200)
        # The least gas with which it works, and amounts all around it.
        low, high = 21_000, 21_000 + calldata + 6 * verifier().execution_gas + 1_000_000
        assert _answer(step, high)
        while low < high:
            middle = (low + high) // 2
            if _answer(step, middle):
                high = middle
            else:
                low = middle + 1
        for gas in [low + d for d in (-2_000, -200, -3, -2, -1, 0, 1, 2, 200)]:
            _answer(step, gas)
        for _ in range(40):
            _answer(step, choices.randrange(21_000, 2 * low))


def _answer(step: ProvenStep, gas: int) -> bool:
    """Whether there is one with so much gas; it has to be the right one."""
    try:
        (after,) = verifier().call("step", step.context_hash, step.unit, step.before, step.witness, gas=gas)
    except (Reverted, ValueError, OverflowError):
        return False
    assert bytes(after) == step.after, (step.phase.name, gas)
    return True


# Depth


@pytest.mark.parametrize("opcode", ["CALL", "DELEGATECALL", "STATICCALL"])
def test_calls_go_as_deep_as_gas_reaches(opcode: str) -> None:
    words: list[object] = (
        [0, 0, 0, 0, "ADDRESS", "GAS"] if opcode != "CALL" else [0, 0, 0, 0, 0, "ADDRESS", "GAS"]
    )
    world = World.of({CONTRACT: assemble(*words, opcode, "POP", "GAS", "POP")})
    steps = agree(world, [transaction(gas_limit=1 << 24)], only=0)
    assert max(step.depth for step in steps) > 300
    deepest = max(range(len(steps)), key=lambda index: steps[index].depth)
    for step in steps[deepest - 20 : deepest + 20]:
        assert _answer(step, 1 << 24)


# P256VERIFY


def test_p256_where_sums_of_the_table_meet_infinity_or_double() -> None:
    prover = InProcess("PrecompileProver")
    digest = b"\x33" * 32
    for i in range(-3, 4):
        for j in (1, 2, 3):
            secret = i * pow(j, -1, P256_N) % P256_N  # j times the key is i times the generator
            if secret == 0:
                continue
            r, s, key = p256_signature(secret, digest)
            assert precompiles_agree(prover, 0x100, digest + r + s + key) == (True, 6_900, _word(1))
            assert precompiles_agree(prover, 0x100, digest + s + r + key)[2] == b""


def test_an_input_of_a_call_may_lie_anywhere_in_memory() -> None:
    code = store_bytes(b"\x09" * 64, 200) + assemble(64, 250, 64, 200, 0, 2, 9_000, "CALL", 1, "SSTORE")
    code += assemble("RETURNDATASIZE", 0, 250, "RETURNDATACOPY", 250, "MLOAD", 2, "SSTORE")
    agree(World.of({CONTRACT: code}), [transaction()])
