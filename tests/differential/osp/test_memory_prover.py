"""MemoryProver finds the machine's own successor of every step, and no other bytes lead there."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offchain.evm.instructions import INSTRUCTIONS
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE
from tests.support.official_steps import official_steps
from tests.support.step_cases import (
    Case,
    check_case,
    check_out_of_gas,
    check_underflow,
    mutations,
    steps_of,
)
from tests.support.step_proofs import MICRO_STEP, ProvenStep, StepProver

OPCODES = (0x20, 0x35, 0x37, 0x39, 0x3E, 0x51, 0x52, 0x53, 0x59, 0x5E, *range(0xA0, 0xA5))
MASK = (1 << 256) - 1
RANDOM = random.Random(7).randbytes(6_000)
INPUT = RANDOM[:40]  # short, because of the floor of EIP-7623
# Returns 300 bytes of its code, from its second page on.
RETURNER = {CALLEE: {"nonce": 1, "code": assemble(300, 200, 0, "CODECOPY", 300, 0, "RETURN") + RANDOM[:700]}}
CALL_RETURNER = assemble(0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "STATICCALL", "POP")


def fill(size: int) -> bytes:
    """Code that fills the memory up to ``size``; random bytes have to follow it in the code."""
    return assemble(push(size, 2), 200, 0, "CODECOPY")


def program(*parts: str | int | bytes) -> bytes:
    """The parts, STOP, then random bytes to copy."""
    code = assemble(*parts, "STOP")
    return code + RANDOM[len(code) :]


EVERYTHING = Case(
    program(
        *(fill(700), CALL_RETURNER),
        *(300, 0, 400, "RETURNDATACOPY", 20, 280, 250, "RETURNDATACOPY", 0, 300, MASK, "RETURNDATACOPY"),
        *(0, "CALLDATALOAD", 20, "CALLDATALOAD", 40, "CALLDATALOAD", MASK, "CALLDATALOAD"),
        *(100, 13, 230, "CALLDATACOPY", 30, MASK, 700, "CALLDATACOPY", 0, MASK, MASK, "CALLDATACOPY"),
        *(600, 100, 300, "MCOPY", 600, 300, 100, "MCOPY", 33, 900, 7, "MCOPY", 0, MASK, MASK, "MCOPY"),
        *(MASK, 250, "MSTORE", 1, 1_024, "MSTORE", 0x1FF, 255, "MSTORE8", 0, 1_300, "MSTORE8"),
        *(250, "MLOAD", 1_024, "MLOAD", 2_000, "MLOAD", "MSIZE", 10, MASK, 5, "CODECOPY"),
        *(0, MASK, "KECCAK256", 32, 240, "KECCAK256", 4_096, 100, "KECCAK256", 4_097, 3, "KECCAK256"),
        *(1, 2, 3, 4, 300, 9_000, "LOG4", 1, 2, 3, 0, MASK, "LOG3", 1, 2, 3, 0, "LOG2", 5, 0, 0, "LOG1"),
        *(1, 1, "LOG0"),
    ),
    INPUT,
    accounts=RETURNER,
)

HALTS = {
    "keccak256 of too much": (0x20, (MASK, 0, "KECCAK256")),
    "keccak256 too far": (0x20, (1, MASK, "KECCAK256")),
    "keccak256 behind the memory's limit": (0x20, (32, (1 << 22) - 31, "KECCAK256")),
    "calldatacopy of too much": (0x37, (MASK, 0, 0, "CALLDATACOPY")),
    "calldatacopy too far": (0x37, (1, 0, MASK, "CALLDATACOPY")),
    "codecopy of too much": (0x39, (1 << 64, 0, 0, "CODECOPY")),
    "codecopy too far": (0x39, (1, 0, 1 << 22, "CODECOPY")),
    "returndatacopy of a byte too many": (0x3E, (CALL_RETURNER, 201, 100, 0, "RETURNDATACOPY")),
    "returndatacopy of nothing too far": (0x3E, (CALL_RETURNER, 0, 301, 0, "RETURNDATACOPY")),
    "returndatacopy that wraps around": (0x3E, (CALL_RETURNER, 2, MASK, 0, "RETURNDATACOPY")),
    "returndatacopy of too much": (0x3E, (CALL_RETURNER, MASK, 1, 0, "RETURNDATACOPY")),
    "returndatacopy too far": (0x3E, (CALL_RETURNER, 1, 0, MASK, "RETURNDATACOPY")),
    "mload too far": (0x51, (MASK, "MLOAD")),
    "mload behind the memory's limit": (0x51, ((1 << 22) - 31, "MLOAD")),
    "mstore too far": (0x52, (1, MASK - 31, "MSTORE")),
    "mstore8 too far": (0x53, (1, 1 << 22, "MSTORE8")),
    "mcopy of too much": (0x5E, (MASK, 0, 0, "MCOPY")),
    "mcopy from too far": (0x5E, (1, MASK, 0, "MCOPY")),
    "mcopy to too far": (0x5E, (1, 0, MASK, "MCOPY")),
    "log of too much": (0xA0, (MASK, 0, "LOG0")),
    "log that costs more gas than fits": (0xA0, (1 << 253, 0, "LOG0")),
    "log too far": (0xA1, (1, 1, MASK, "LOG1")),
}


@cache
def prover() -> StepProver:
    """Compiled and deployed once."""
    return StepProver("MemoryProver")


def check(case: Case) -> list[ProvenStep]:
    """Check the case's steps of memory."""
    return check_case(prover(), Prover.MEMORY, case)


@cache
def everything() -> tuple[ProvenStep, ...]:
    """The steps of memory of a program with every opcode."""
    return tuple(step for step in steps_of(EVERYTHING) if step.prover is Prover.MEMORY)


def test_every_instruction_has_the_machines_successor() -> None:
    steps = check(EVERYTHING)
    assert {step.opcode for step in steps} == {*OPCODES, MICRO_STEP}
    assert not any(step.ended for step in steps)


def test_every_instruction_runs_out_of_gas_as_in_the_machine() -> None:
    assert check_out_of_gas(prover(), Prover.MEMORY, EVERYTHING) == set(OPCODES)


@pytest.mark.parametrize("opcode", [opcode for opcode in OPCODES if INSTRUCTIONS[opcode].pops])
def test_a_missing_word_is_a_halt(opcode: int) -> None:
    check_underflow(prover(), Prover.MEMORY, opcode, INSTRUCTIONS[opcode].pops)


def test_a_full_stack_is_a_halt() -> None:
    steps = check(Case(assemble(*("PUSH0" for _ in range(1_024)), "MSIZE")))
    assert [(step.opcode, step.ended) for step in steps] == [(0x59, True)]


@pytest.mark.parametrize("name", HALTS)
def test_sizes_and_offsets_that_nobody_can_pay_are_halts(name: str) -> None:
    opcode, parts = HALTS[name]
    last = check(Case(program(*parts), accounts=RETURNER))[-1]
    assert (last.opcode, last.ended, last.depth) == (opcode, True, 0)


@pytest.mark.parametrize("topics", range(5))
def test_a_log_in_a_static_frame_is_a_halt_that_the_parent_survives(topics: int) -> None:
    code = assemble(*([0] * (topics + 2)), f"LOG{topics}")
    steps = check(Case(CALL_RETURNER + assemble("MSIZE"), accounts={CALLEE: {"nonce": 1, "code": code}}))
    assert [(step.opcode, step.depth, step.ended) for step in steps] == [
        (0xA0 + topics, 1, True),
        (0x59, 0, False),
    ]


@pytest.mark.parametrize("size", [4_096, 4_097, 4_215, 4_216, 4_217])
def test_long_hashes_go_through_the_sponge(size: int) -> None:
    steps = check(Case(program(fill(size + 5), size, 5, "KECCAK256")))
    blocks = 0 if size <= 4_096 else size // 136 + 1
    copies = -(-(size + 5) // 256)
    assert sum(step.opcode == MICRO_STEP for step in steps) == blocks + copies


OPERANDS = st.sampled_from([0, 1, 31, 32, 33, 40, 200, 255, 256, 257, 300, 512, 700, 1_000]) | st.integers(
    0, 900
)
FAR = OPERANDS | st.sampled_from([MASK, MASK - 300, 1 << 64, 1 << 32, 1 << 22])
INSTRUCTION = st.one_of(
    st.tuples(OPERANDS, FAR, OPERANDS, st.sampled_from(["CALLDATACOPY", "CODECOPY"])),
    st.tuples(OPERANDS, OPERANDS, OPERANDS, st.sampled_from(["MCOPY", "MCOPY", "RETURNDATACOPY"])),
    st.tuples(st.integers(0, MASK), OPERANDS, st.sampled_from(["MSTORE", "MSTORE", "MSTORE8"])),
    st.tuples(OPERANDS, OPERANDS, st.sampled_from(["KECCAK256", "LOG0"])),
    st.tuples(FAR, st.just("CALLDATALOAD")),
    st.tuples(OPERANDS, st.just("MLOAD")),
    st.tuples(FAR, FAR, FAR, st.sampled_from(["CALLDATACOPY", "CODECOPY", "MCOPY", "RETURNDATACOPY"])),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(INSTRUCTION, min_size=1, max_size=8), st.integers(0, 300))
def test_any_sequence_has_the_machines_successors(
    instructions: list[tuple[int | str, ...]], size: int
) -> None:
    parts = [part for instruction in instructions for part in instruction]
    case = Case(program(CALL_RETURNER, *parts, "MSIZE"), RANDOM[:size], accounts=RETURNER)
    assert check(case)


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 1_000), st.integers(0, 1 << 16), st.integers(1, 255))
def test_no_other_witness_leads_to_the_same_successor(index: int, position: int, change: int) -> None:
    steps = everything()
    step = steps[index % len(steps)]
    witness = mutations(step.witness, position, change)
    assert prover().successor(step, witness=witness) != step.after


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 1_000), st.integers(0, 1 << 16), st.binary(min_size=1, max_size=40))
def test_a_shorter_or_longer_witness_is_refused(index: int, cut: int, more: bytes) -> None:
    steps = everything()
    step = steps[index % len(steps)]
    assert prover().successor(step, witness=step.witness[: cut % len(step.witness)]) is None
    assert prover().successor(step, witness=step.witness + more) is None


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_witness_serves_its_own_state_only(index: int, other: int) -> None:
    steps = everything()
    step, before = steps[index % len(steps)], steps[other % len(steps)].before
    assume(before != step.before)
    assert prover().successor(step, before=before) is None
    assert prover().successor(step, unit=step.unit + 1) is None


def test_steps_of_other_provers_are_refused() -> None:
    others = [step for step in steps_of(EVERYTHING) if step.prover is not Prover.MEMORY]
    assert {step.prover for step in others} >= {Prover.WORD, Prover.CALL, Prover.ITEM, Prover.TRANSACTION}
    for step in others:
        assert prover().successor(step) is None


def test_a_sample_of_the_official_cases_agrees() -> None:
    seen: set[int] = set()
    for steps in official_steps(sample=0.1):
        seen |= {step.opcode for step in prover().check_all(steps, Prover.MEMORY)}
    assert seen >= {0x20, 0x37, 0x51, 0x52, MICRO_STEP}
