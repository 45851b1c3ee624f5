"""OneStepVerifier routes every step to its prover, and knows the states that stay as they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from eth_abi.abi import encode

from offchain.hashing import keccak
from offchain.proofs.application import Application
from offchain.proofs.encoding import MACHINE_TAG, apply_hash, diff_hash, hash_of, machine_bytes, state_hash
from offchain.proofs.fixed_points import diff_witness, finished_unit_witness, state_witness
from offchain.proofs.provers import Prover
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.assembly import assemble, push
from tests.support.batches import CONTRACT, World, transaction
from tests.support.in_process import InProcess, Reverted
from tests.support.official_steps import official_steps
from tests.support.programs import scenario
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine
from tests.support.verifier_contract import (
    CONTRACTS,
    put_code,
    put_younger_precompiles,
    verifier,
    verifier_with,
)

ROOT = b"\x5a" * 32
CONTEXT_HASH = b"\x77" * 32
#: Code that returns the hash of what it was called with.
ECHO = assemble(
    "CALLDATASIZE", 0, 0, "CALLDATACOPY", "CALLDATASIZE", 0, "KECCAK256", 0, "MSTORE", 32, 0, "RETURN"
)
MARK = assemble("ADDRESS", 0, "MSTORE", 32, 0, "RETURN")


def step(unit: int, before: bytes, witness: bytes, context_hash: bytes = CONTEXT_HASH) -> bytes | None:
    try:
        (after,) = verifier().call("step", context_hash, unit, before, witness)
    except Reverted:
        return None
    return bytes(after)


def assert_steps(steps: list[ProvenStep]) -> None:
    for one in steps:
        have = step(one.unit, one.before, one.witness, one.context_hash)
        assert have == one.after, (one.phase.name, hex(one.opcode))


# Routing


def stand_in_address(number: int) -> bytes:
    return (0xE0 + number).to_bytes(20, "big")


def stand_in(code: bytes, number: int, precompiles: str) -> bytes:
    """The code of a prover with this number that runs precompiles with these, and otherwise does as ``code``."""
    selector = int.from_bytes(keccak(b"number()")[:4])
    answer = assemble(0, "MSTORE", 32, 0, "RETURN")
    head = assemble(
        *(4, "CALLDATASIZE", "EQ", "ISZERO", "@behind", "JUMPI"),
        *(push(selector), 0, "CALLDATALOAD", push(224), "SHR", "EQ", "@number", "JUMPI"),
        *(push(int(precompiles, 16)), answer, ":number", number, answer, ":behind"),
    )
    return head + code


def put_stand_in(beside: InProcess, at: int, code: bytes, **changes: Any) -> None:
    """At its address a prover that the entry takes for the one with the number ``at``, unless changed."""
    fields: dict[str, Any] = {"number": at, "precompiles": beside.address} | changes
    put_code(beside, stand_in_address(at), stand_in(code, **fields))


STAND_INS = ["0x" + stand_in_address(number).hex() for number in range(9)]


def entry_to(code: bytes) -> InProcess:
    """The entry to nine contracts with this code."""
    precompiles = InProcess("PrecompileProver")
    put_younger_precompiles(precompiles)
    for number in range(9):
        put_stand_in(precompiles, number, code)
    return verifier_with(precompiles, STAND_INS)


def test_the_first_byte_of_a_witness_chooses_the_prover() -> None:
    entry = entry_to(MARK)
    assert entry.call("PROVERS") == (len(Prover),)
    for prover in Prover:
        own = bytes(12) + stand_in_address(prover)
        assert entry.call("step", CONTEXT_HASH, 1, ROOT, bytes([prover])) == (own,)
        assert entry.call("prover", prover)[0] == "0x" + own[12:].hex()
    for kind in (*range(len(Prover), 9), *range(12, 256)):
        with pytest.raises(Reverted):
            entry.call("step", CONTEXT_HASH, 1, ROOT, bytes([kind]))
    with pytest.raises(Reverted):
        entry.call("step", CONTEXT_HASH, 1, ROOT, b"")
    with pytest.raises(Reverted):
        entry.call("prover", 9)


def test_the_prover_is_asked_what_the_entry_was_asked() -> None:
    entry = entry_to(ECHO)
    selector = keccak(b"prove(bytes32,uint256,bytes32,bytes)")[:4]
    for witness in (b"\x00", b"\x08" + bytes(range(256)) * 9, b"\x03\xff"):
        arguments = encode(["bytes32", "uint256", "bytes32", "bytes"], [CONTEXT_HASH, 9, ROOT, witness])
        assert entry.call("step", CONTEXT_HASH, 9, ROOT, witness) == (keccak(selector + arguments),)


def test_a_prover_that_reverts_makes_the_entry_revert() -> None:
    entry = entry_to(assemble(0, 0, "REVERT"))
    with pytest.raises(Reverted):
        entry.call("step", CONTEXT_HASH, 1, ROOT, b"\x00")


# Deployment


def test_an_l1_without_a_precompile_is_refused_by_name() -> None:
    precompiles = InProcess("PrecompileProver")
    for number in range(9):
        put_stand_in(precompiles, number, MARK)
    for present in range(0x0B, 0x12):
        error = keccak(b"OneStepVerifier_PrecompileIsMissing(uint256)")[:4] + present.to_bytes(32, "big")
        with pytest.raises(RuntimeError, match=error.hex()):
            verifier_with(precompiles, STAND_INS)
        put_code(precompiles, present.to_bytes(20, "big"), b"\xfe")
    verifier_with(precompiles, STAND_INS)


def assert_refused(precompiles: InProcess, provers: Sequence[str], error: str, *values: bytes) -> None:
    data = keccak(error.encode())[:4] + b"".join(value.rjust(32, b"\0") for value in values)
    with pytest.raises(RuntimeError, match=data.hex()):
        verifier_with(precompiles, provers)


def test_a_prover_that_is_not_there_is_refused_by_its_number() -> None:
    precompiles = InProcess("PrecompileProver")
    put_younger_precompiles(precompiles)
    for number in range(9):
        assert_refused(precompiles, STAND_INS, "OneStepVerifier_ProverIsMissing(uint256)", bytes([number]))
        put_stand_in(precompiles, number, MARK)
    verifier_with(precompiles, STAND_INS)


def test_a_prover_in_the_place_of_another_is_refused() -> None:
    precompiles = InProcess("PrecompileProver")
    put_younger_precompiles(precompiles)
    provers = [
        InProcess(CONTRACTS[prover], *_arguments(prover, precompiles), beside=precompiles).address
        for prover in Prover
    ]
    for have, want in pairwise(Prover):
        swapped = [*provers]
        swapped[have], swapped[want] = provers[want], provers[have]
        error = "OneStepVerifier_ProverIsDifferent(uint256,uint256)"
        assert_refused(precompiles, swapped, error, bytes([want]), bytes([have]))
    verifier_with(precompiles, provers)


@pytest.mark.parametrize("number", [Prover.TRANSACTION, Prover.CALL])
def test_a_prover_that_runs_other_precompiles_is_refused(number: Prover) -> None:
    precompiles = InProcess("PrecompileProver")
    put_younger_precompiles(precompiles)
    other = InProcess("PrecompileProver", beside=precompiles)
    for one in range(9):
        put_stand_in(precompiles, one, MARK, precompiles=(other if one == number else precompiles).address)
    have, want = (bytes.fromhex(at[2:]) for at in (other.address, precompiles.address))
    error = "OneStepVerifier_PrecompilesAreDifferent(address,address)"
    assert_refused(precompiles, STAND_INS, error, have, want)


def _arguments(prover: Prover, precompiles: InProcess) -> tuple[str, ...]:
    return (precompiles.address,) if prover in (Prover.TRANSACTION, Prover.CALL) else ()


# Fixed points


@pytest.mark.parametrize("unit", [1, 2, 4_095])
def test_a_state_of_the_next_unit_stays_as_it_is(unit: int) -> None:
    for phase in (1, 5):
        machine = machine_bytes(phase, unit, 77, 1_000, ROOT, bytes(32), bytes(32))
        state = hash_of(MACHINE_TAG, machine)
        witness = finished_unit_witness(machine)
        assert step(unit - 1, state, witness) == state
        for other in (0, unit, unit + 1, (1 << 256) - 1):
            if other != unit - 1:
                assert step(other, state, witness) is None
        for bad in (witness + b"\x00", witness[:-1], witness[:1]):
            assert step(unit - 1, state, bad) is None
        for at in range(1, len(witness)):
            assert step(unit - 1, state, witness[:at] + bytes([witness[at] ^ 1]) + witness[at + 1 :]) is None


def test_diff_and_state_stay_as_they_are_in_every_unit() -> None:
    for witness, state in ((diff_witness(ROOT), diff_hash(ROOT)), (state_witness(ROOT), state_hash(ROOT))):
        for unit in (0, 1, 4_095, 1 << 40):
            assert step(unit, state, witness) == state
        for bad in (
            witness + b"\x00",
            witness[:-1],
            bytes([21 - witness[0]]) + witness[1:],
            witness[:1] + bytes(32),
        ):
            assert step(0, state, bad) is None
        assert step(0, apply_hash(ROOT, ROOT), witness) is None


def test_no_state_of_the_unit_itself_is_a_fixed_point() -> None:
    steps = list(proven_steps(proving_machine(World.of({CONTRACT: assemble(1, 1, "ADD")}), [transaction()])))
    for one in steps:
        assert one.before != one.after
        machine = finished_unit_witness(one.witness[1:112])
        assert step(one.unit, one.before, machine, one.context_hash) is None
        for prover in set(Prover) - {one.prover}:
            other = bytes([prover]) + one.witness[1:]
            assert step(one.unit, one.before, other, one.context_hash) is None


# Whole traces


def test_a_batch_runs_through_the_entry_from_its_begin_to_its_diff() -> None:
    world = World.of({CONTRACT: assemble(1, 1, "SSTORE", 2, 0, "MSTORE", 32, 0, "KECCAK256", 5, "SSTORE")})
    machine = proving_machine(world, [transaction(), b"\x01", transaction(nonce=1)], system_call=True)
    steps = list(proven_steps(machine))
    assert_steps(steps)
    for first, second in pairwise(steps):
        assert first.after == second.before
    end = steps[-1].after
    assert end == diff_hash(machine.overlay.mirror.tree.root)
    assert step(4, end, diff_witness(machine.overlay.mirror.tree.root)) == end


def test_random_batches_run_through_the_entry() -> None:
    choices = random.Random(11)
    for _ in range(12):
        made = scenario(choices.randbytes(300))
        assert_steps(list(proven_steps(proving_machine(made.world, made.items, system_call=True), 400)))


def test_official_cases_run_through_the_entry() -> None:
    count = 0
    for steps in official_steps(sample=0.02, seed=4, limit=120):
        for one in steps:
            skipped = one.opcode in (0x40, 0xF1, 0xF2, 0xF4, 0xFA) or one.phase.name in ("BEGIN", "START")
            if not skipped:  # fake block hashes, no EIP-2935 write, precompiles of Prague
                assert_steps([one])
                count += 1
    assert count > 500


def test_an_application_runs_through_the_entry() -> None:
    choices = random.Random(12)
    state = {choices.randbytes(32): choices.randbytes(32) for _ in range(20)}
    diff = {key: bytes(32) for key in list(state)[:5]} | {choices.randbytes(32): choices.randbytes(32)}
    application = Application(SparseMerkleTree(state), diff)
    for index in range(application.length + 3):
        have = step(0, application.hash(index), application.witness(index))
        assert have == application.hash(index + 1)
