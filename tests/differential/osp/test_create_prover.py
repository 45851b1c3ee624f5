"""CreateProver against the machine: every way in which a creation begins, or does not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from offchain.evm.calls import create2_address, create_address
from offchain.proofs.provers import Prover
from tests.support.assembly import OPCODES, assemble, creation_of, push, store_bytes
from tests.support.batches import CONTRACT
from tests.support.frame_steps import (
    CHILD,
    HALT,
    INLINE,
    Program,
    call_gas,
    checked,
    gas_of,
    limits_around_the_price,
    mutants,
    outcomes,
    pushes,
    successor,
)
from tests.support.step_proofs import ProvenStep

CREATE, CREATE2 = 0xF0, 0xF5
EVERY = pytest.mark.parametrize("opcode", [CREATE, CREATE2], ids=hex)
HUGE = (1 << 256) - 1
MAX_NONCE = (1 << 64) - 1
MAX_INITCODE = 49_152
SALT = 77
CEILING = 10_000_000
RUNTIME = assemble(1, 0, "SSTORE", "STOP")


def create_code(opcode: int, size: int, *, value: int = 0, offset: int = 0, salt: int = SALT) -> bytes:
    """The words and the instruction; the address goes to slot 0."""
    words = (value, offset, size, salt) if opcode == CREATE2 else (value, offset, size)
    return pushes(*words) + bytes([opcode]) + assemble(0, "SSTORE", "RETURNDATASIZE", 1, "SSTORE")


def creating(opcode: int, initcode: bytes, **options: Any) -> bytes:
    """A program that creates with this initcode."""
    return store_bytes(initcode, options.get("offset", 0)) + create_code(opcode, len(initcode), **options)


def address_of(opcode: int, initcode: bytes, nonce: int = 1) -> bytes:
    """Where CONTRACT creates."""
    if opcode == CREATE:
        return create_address(CONTRACT, nonce)
    return create2_address(CONTRACT, SALT, initcode)


@EVERY
@pytest.mark.parametrize(
    "initcode",
    [
        b"",
        b"\x00",
        b"\xfe",
        creation_of(b""),
        creation_of(RUNTIME),
        creation_of(b"\xef"),
        creation_of(b"\x7f" * 700),
        assemble(store_bytes(b"\x11" * 40), 40, 0, "REVERT"),
        assemble(1, 1, "SSTORE", "CALLER", "SELFDESTRUCT"),
        b"\x5b" * 255 + b"\x60\x00\x00",
        b"\x5b" * 255 + b"\x7f" + b"\x5b" * 32,
    ],
    ids=lambda code: f"{len(code)} bytes {code[:2].hex()}",
)
def test_every_kind_of_initcode_agrees(opcode: int, initcode: bytes) -> None:
    for value in (0, 9):
        for offset in (0, 32, 256, 1_024):
            program = Program(creating(opcode, initcode, value=value, offset=offset))
            assert checked(program, opcode) == [CHILD]
            assert checked(replace(program, nested=True), opcode) == [CHILD]


@EVERY
def test_initcode_at_odd_offsets_agrees(opcode: int) -> None:
    memory = store_bytes(b"\x5b" * 900)
    for offset, size in [
        (1, 1),
        (255, 1),
        (255, 2),
        (3, 700),
        (256, 256),
        (890, 300),
        (5_000, 10),
        (HUGE, 0),
    ]:
        code = memory + create_code(opcode, size, offset=offset)
        assert checked(Program(code), opcode) == [CHILD]
    for offset, size in [(HUGE, 1), (1 << 22, 1), ((1 << 22) - 1, 2), (0, MAX_INITCODE + 1), (0, HUGE)]:
        code = memory + create_code(opcode, size, offset=offset)
        assert checked(Program(code), opcode) == [HALT]


@EVERY
def test_the_largest_initcode_agrees(opcode: int) -> None:
    program = Program(create_code(opcode, MAX_INITCODE))
    assert checked(program, opcode) == [CHILD]
    assert checked(replace(program, code=create_code(opcode, MAX_INITCODE + 1)), opcode) == [HALT]


@EVERY
@pytest.mark.parametrize("nonce", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 1 << 32, MAX_NONCE - 1])
def test_nonces_of_every_length_agree(opcode: int, nonce: int) -> None:
    program = Program(creating(opcode, b"\x00"), {CONTRACT: {"nonce": nonce}})
    assert checked(program, opcode) == [CHILD]


@EVERY
def test_out_of_gas_at_every_price_agrees(opcode: int) -> None:
    for nested in (False, True):
        for value in (0, 1):
            program = Program(creating(opcode, creation_of(RUNTIME), value=value), nested=nested)
            limits = limits_around_the_price(program, opcode)
            for limit in limits:
                found = checked(replace(program, gas_limit=limit), opcode)
                assert found == [HALT if limit < limits[-1] else CHILD]


@EVERY
def test_underflow_halts(opcode: int) -> None:
    for have in range(4 if opcode == CREATE2 else 3):
        assert checked(Program(push(0) * have + bytes([opcode])), opcode) == [HALT]
        assert checked(Program(push(0) * have + bytes([opcode]), nested=True), opcode) == [HALT]


@EVERY
def test_static_frames_can_not_create(opcode: int) -> None:
    assert checked(Program(creating(opcode, RUNTIME), static=True), opcode) == [HALT]
    assert checked(Program(creating(opcode, RUNTIME, value=HUGE), static=True), opcode) == [HALT]


@EVERY
def test_soft_failures_give_all_gas_back(opcode: int) -> None:
    code = creating(opcode, creation_of(RUNTIME), value=5)
    poor = {CONTRACT: {"balance": 4}}
    old = {CONTRACT: {"nonce": MAX_NONCE}}
    for program in (
        Program(code, poor),
        Program(code, old),
        Program(code, {CONTRACT: {"nonce": MAX_NONCE, "balance": 0}}),
        Program(code, depth=1_024),
        Program(creating(opcode, RUNTIME, value=HUGE)),
        Program(create_code(opcode, 0), old),
    ):
        assert checked(program, opcode) == [INLINE]
    assert checked(Program(code, depth=1_023), opcode) == [CHILD]


@EVERY
@pytest.mark.parametrize(
    "there", [{"nonce": 1}, {"code": b"\x00"}, {"nonce": 1, "code": RUNTIME, "balance": 1}], ids=str
)
def test_a_collision_burns_the_gas(opcode: int, there: dict[str, Any]) -> None:
    initcode = creation_of(RUNTIME)
    program = Program(creating(opcode, initcode), {address_of(opcode, initcode): there})
    assert checked(program, opcode) == [INLINE]
    (burnt,) = [step for have, _, step in outcomes(program.steps()) if have == opcode]
    assert burnt.gas_after is not None
    assert burnt.gas_after < burnt.gas // 50


@EVERY
def test_balance_is_no_collision(opcode: int) -> None:
    initcode = creation_of(RUNTIME)
    there = {address_of(opcode, initcode): {"balance": 12}}
    assert checked(Program(creating(opcode, initcode), there), opcode) == [CHILD]


def test_the_same_creation_twice_collides() -> None:
    code = creating(CREATE2, creation_of(RUNTIME), value=2)
    assert checked(Program(code + code), CREATE2) == [CHILD, INLINE]
    # After a failed creation the place is free again, but the address stays warm.
    code = creating(CREATE2, b"\xfe", value=2)
    assert checked(Program(code + code, gas_limit=4_000_000), CREATE2) == [CHILD, CHILD]


@EVERY
def test_creations_within_creations_agree(opcode: int) -> None:
    inner = creating(opcode, creation_of(RUNTIME), value=1)
    middle = creating(opcode, inner, value=3)
    program = Program(creating(opcode, middle, value=7), gas_limit=3_000_000)
    assert checked(program, opcode) == [CHILD]
    assert [outcome for have, outcome, _ in outcomes(program.steps()) if have == opcode] == [CHILD] * 3


@EVERY
def test_a_creating_transaction_may_create(opcode: int) -> None:
    code = creating(opcode, creation_of(RUNTIME), value=1)
    program = Program(code, fields={"value": 5}, creation=True)
    assert checked(program, opcode) == [CHILD]


# Bad witnesses


def some_steps() -> list[ProvenStep]:
    """Steps of every form of witness."""
    initcode = creation_of(RUNTIME)
    programs = [
        Program(creating(opcode, initcode, **options), accounts, nested=nested)
        for opcode in (CREATE, CREATE2)
        for options, accounts, nested in [
            ({"value": 3, "offset": 64}, {}, True),
            ({}, {address_of(opcode, initcode): {"balance": 1}}, False),
            ({}, {address_of(opcode, initcode): {"nonce": 1}}, False),
            ({"value": 3_000}, {}, False),
        ]
    ]
    programs += [
        Program(create_code(CREATE, 700)),
        Program(create_code(CREATE, 700), static=True),
        Program(create_code(CREATE2, 700), gas_limit=50_000),
        Program(bytes([CREATE2]), nested=True),
    ]
    return [step for program in programs for step in program.steps() if step.prover is Prover.CREATE]


def test_no_mutant_of_a_witness_gives_the_same_successor() -> None:
    steps, rng = some_steps(), random.Random(8)
    for step in steps:
        other = rng.choice(steps).witness
        for mutant in mutants(step.witness, other, rng, 60):
            assert successor(Prover.CREATE, step, mutant) != step.after


def test_another_state_unit_or_context_is_refused() -> None:
    for step in some_steps():
        assert successor(Prover.CREATE, replace(step, unit=step.unit + 1)) is None
        assert successor(Prover.CREATE, replace(step, before=step.after)) is None
        after = successor(Prover.CREATE, replace(step, context_hash=bytes(32)))
        assert after is None or step.ended


def test_only_creations_are_served() -> None:
    steps = Program(creating(CREATE, RUNTIME) + pushes(0, 0, 0, 0, 0, 0, 0) + b"\xf1").steps()
    others = {step.opcode: step for step in steps if step.depth >= 0 and step.prover is not Prover.CREATE}
    assert {0x00, 0xF1, OPCODES["SSTORE"], OPCODES["PUSH1"]} <= set(others)
    for step in others.values():
        assert successor(Prover.CREATE, step) is None


# Worst case


def test_the_dearest_creation_fits_into_one_transaction() -> None:
    # Dense initcode of one-byte instructions, at an odd offset, in a memory that the contract fills from its own code.
    size = MAX_INITCODE
    filler = (
        random.Random(9)
        .randbytes(24_000)
        .translate(bytes(0x5B if 0x5F < b < 0x80 or not b else b for b in range(256)))
    )
    head = assemble(
        push(24_000, 2),
        push(64, 2),
        1,
        "CODECOPY",
        push(24_000, 2),
        push(64, 2),
        push(24_001, 3),
        "CODECOPY",
        push(1_152, 2),
        push(64, 2),
        push(48_001, 3),
        "CODECOPY",
    ) + create_code(CREATE2, size, offset=1, value=1)
    program = Program(head.ljust(64, b"\x00") + filler, gas_limit=16_000_000)
    assert len(head) <= 64
    (step,) = [step for have, _, step in outcomes(program.steps()) if have == CREATE2]
    assert gas_of(step, call_gas(step)) < CEILING
