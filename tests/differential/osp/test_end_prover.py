"""EndProver against the machine: every way in which a frame ends, and the deposit of code."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from offchain.evm.calls import create_address
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.signing import address_of_key
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble, creation_of, push, store_bytes
from tests.support.batches import CALLEE, CONTRACT, KEYS, OTHER, address
from tests.support.frame_steps import (
    END,
    HALT,
    SERVED,
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

STOP, RETURN, REVERT, INVALID, SELFDESTRUCT = 0x00, 0xF3, 0xFD, 0xFE, 0xFF
HUGE = (1 << 256) - 1
MAX_CODE = 24_576
CEILING = 10_000_000
UNDEFINED = [n for n, entry in enumerate(INSTRUCTIONS) if entry.name == "INVALID"]
HERE = pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
OUTPUTS = pytest.mark.parametrize("opcode", [RETURN, REVERT], ids=hex)
FRESH = address(0xF2E54)
CREATED = create_address(address_of_key(KEYS[0]), 0)


def effects() -> bytes:
    """What a revert has to take back: a slot, a transient slot, a warm address and a refund."""
    return assemble(
        *(7, 0, "SSTORE", 1, 1, "SSTORE", 0, 1, "SSTORE", 5, 5, "TSTORE"),
        *(push(0xABCD), "BALANCE", "POP"),
    )


# STOP, RETURN, REVERT


@HERE
def test_stop_agrees(nested: bool) -> None:
    for code in (b"\x00", effects() + b"\x00", b"\x5b", b"", effects(), b"\x60", b"\x5b" * 256):
        if code or nested:
            assert checked(Program(code, nested=nested), STOP) == [END]


def test_a_callee_without_code_stops_at_once() -> None:
    assert checked(Program(b"", fields={"to": OTHER}), STOP) == [END]
    assert checked(Program(b"", fields={"to": OTHER, "value": 3}), STOP) == [END]


@OUTPUTS
@HERE
def test_outputs_of_every_size_agree(opcode: int, nested: bool) -> None:
    memory = effects() + store_bytes(bytes(range(1, 256)) * 2)
    for region in [(0, 0), (0, 1), (3, 32), (250, 20), (0, 64), (0, 65), (400, 700), (HUGE, 0)]:
        code = memory + pushes(*region) + bytes([opcode])
        assert checked(Program(code, nested=nested), opcode) == [END]
    for region in [(HUGE, 1), (1, HUGE), (1 << 22, 1), (0, (1 << 22) + 1), (HUGE, HUGE)]:
        code = memory + pushes(*region) + bytes([opcode])
        assert checked(Program(code, nested=nested), opcode) == [HALT]


@OUTPUTS
def test_output_goes_where_the_caller_wants_it(opcode: int) -> None:
    inner = effects() + store_bytes(b"\x07" * 320) + pushes(1, 300) + bytes([opcode])
    for instruction in ("CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"):
        for at, size in [(0, 0), (HUGE, 0), (5, 10), (0, 300), (0, 400), (255, 2), (4_000, 300)]:
            words = (0,) if instruction in ("CALL", "CALLCODE") else ()
            call = pushes(90_000, int.from_bytes(CALLEE), *words, 0, 0, at, size)
            outer = call + assemble(instruction, 0, "SSTORE", "RETURNDATASIZE", 1, "SSTORE")
            program = Program(outer, {CALLEE: {"nonce": 1, "code": inner}})
            expected = [HALT] if instruction == "STATICCALL" else [END]
            found = [outcome for have, outcome, _ in outcomes(program.steps()) if have == opcode]
            assert found == ([] if expected == [HALT] else [END])
            checked(program, opcode)


@OUTPUTS
@HERE
def test_out_of_gas_for_memory_agrees(opcode: int, nested: bool) -> None:
    for region in [(0, 1), (1_000, 3_000)]:
        program = Program(effects() + pushes(*region) + bytes([opcode]), nested=nested)
        limits = limits_around_the_price(program, opcode)
        for limit in limits:
            # With nothing left an end looks like a halt.
            found = checked(replace(program, gas_limit=limit), opcode)
            assert found == [HALT if limit < limits[-1] else END]


@pytest.mark.parametrize("opcode", [RETURN, REVERT, SELFDESTRUCT], ids=hex)
@HERE
def test_underflow_halts(opcode: int, nested: bool) -> None:
    for have in range(1 if opcode == SELFDESTRUCT else 2):
        code = effects() + push(0) * have + bytes([opcode])
        assert checked(Program(code, nested=nested), opcode) == [HALT]


# Every byte that is no instruction


@pytest.mark.parametrize("opcode", UNDEFINED, ids=hex)
def test_bytes_that_are_no_instruction_halt(opcode: int) -> None:
    for code in (bytes([opcode]), effects() + bytes([opcode]), push(0) * 1_024 + bytes([opcode])):
        assert checked(Program(code), opcode) == [HALT]
        assert checked(Program(code, nested=True), opcode) == [HALT]
        assert checked(Program(code, creation=True), opcode) == [HALT]


def test_each_opcode_is_served_by_its_prover_alone() -> None:
    for opcode in range(256):
        # All words 1, so that nothing but the opcode decides.
        steps = Program(push(1) * 17 + bytes([opcode]), gas_limit=200_000).steps()
        (step,) = [step for have, _, step in outcomes(steps) if have == opcode and step.depth == 0][-1:]
        for prover in SERVED:
            after = successor(prover, step)
            assert after == (step.after if prover is step.prover else None), hex(opcode)


# SELFDESTRUCT

HEIRS = {
    "itself": CONTRACT,
    "absent": FRESH,
    "present": OTHER,
    "precompile": address(3),
    "sender": address_of_key(KEYS[0]),
}


@HERE
@pytest.mark.parametrize("heir", HEIRS.values(), ids=HEIRS.keys())
def test_selfdestruct_of_an_old_contract_agrees(heir: bytes, nested: bool) -> None:
    if nested and heir == CONTRACT:
        heir = CALLEE
    code = effects() + push(int.from_bytes(heir)) + bytes([SELFDESTRUCT])
    for balance in (0, 55):
        accounts = {OTHER: {"balance": 1}, CONTRACT: {"balance": balance}, CALLEE: {"balance": balance}}
        program = Program(code, accounts, nested=nested)
        assert checked(program, SELFDESTRUCT) == [END]
        dirty = push(int.from_bytes(b"\xff" * 12 + heir)) + bytes([SELFDESTRUCT])
        assert checked(replace(program, code=dirty), SELFDESTRUCT) == [END]
        warm = push(int.from_bytes(heir)) + assemble("BALANCE", "POP") + code
        assert checked(replace(program, code=warm), SELFDESTRUCT) == [END]


@pytest.mark.parametrize(
    "heir", [None, FRESH, OTHER, address(3)], ids=["itself", "absent", "present", "precompile"]
)
def test_selfdestruct_of_a_new_contract_agrees(heir: bytes | None) -> None:
    target = assemble("ADDRESS") if heir is None else push(int.from_bytes(heir))
    die = target + bytes([SELFDESTRUCT])
    for value in (0, 3):
        accounts = {OTHER: {"balance": 1}}
        # In the top frame of a creating transaction, in a creation, and called twice after it.
        program = Program(effects() + die, accounts, {"value": value}, creation=True)
        assert checked(program, SELFDESTRUCT) == [END]
        initcode = effects() + die
        create = store_bytes(initcode) + pushes(value, 0, len(initcode)) + assemble("CREATE", 0, "SSTORE")
        assert find(Program(create, accounts), SELFDESTRUCT) == [END]
        initcode = creation_of(effects() + die)
        create = store_bytes(initcode) + pushes(value, 0, len(initcode)) + assemble("CREATE", 0, "SSTORE")
        call = assemble(0, 0, 0, 0, 1, 0, "SLOAD", 200_000, "CALL", "POP")
        assert find(Program(create + call + call, accounts), SELFDESTRUCT) == [END, END]


def find(program: Program, opcode: int) -> list[str]:
    """The outcomes at any depth."""
    checked(program, opcode)
    return [outcome for have, outcome, _ in outcomes(program.steps()) if have == opcode]


def test_selfdestruct_in_a_static_frame_halts() -> None:
    for balance in (0, 4):
        code = push(int.from_bytes(FRESH)) + bytes([SELFDESTRUCT])
        program = Program(code, {CALLEE: {"balance": balance}}, static=True)
        assert checked(program, SELFDESTRUCT) == [HALT]


@HERE
@pytest.mark.parametrize("balance", [0, 4])
def test_selfdestruct_out_of_gas_agrees(balance: int, nested: bool) -> None:
    code = push(int.from_bytes(FRESH)) + bytes([SELFDESTRUCT])
    at = CALLEE if nested else CONTRACT
    program = Program(code, {at: {"balance": balance}}, nested=nested)
    limits = limits_around_the_price(program, SELFDESTRUCT)
    for limit in limits:
        found = checked(replace(program, gas_limit=limit), SELFDESTRUCT)
        assert found == [HALT if limit < limits[-1] else END]


# Deposits

CODES = {
    "nothing": b"",
    "one byte": b"\x00",
    "a page": b"\x5b" * 256,
    "a page and a push across": b"\x5b" * 255 + b"\x7f" + b"\x5b" * 40,
    "the reserved byte": b"\xef",
    "a delegation": b"\xef\x01\x00" + bytes(20),
    "a delegation to be": b"\xef\x00",
    "the reserved byte behind": b"\x00\xef",
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
def test_deposits_agree(code: bytes) -> None:
    initcode = creation_of(code)
    expected = [HALT if code[:1] == b"\xef" else END]
    assert checked(Program(initcode, creation=True), RETURN) == expected
    for opcode in ("CREATE", "CREATE2"):
        words = (5, 0, len(initcode), 0) if opcode == "CREATE2" else (5, 0, len(initcode))
        create = store_bytes(initcode) + pushes(*words) + assemble(opcode, 0, "SSTORE")
        assert find(Program(create), RETURN) == expected
        assert find(Program(create, nested=True), RETURN) == expected


@pytest.mark.parametrize("creation", [False, True], ids=["nested", "top"])
def test_deposits_of_every_price_agree(creation: bool) -> None:
    initcode = creation_of(b"\x5b" * 300)
    create = store_bytes(initcode) + pushes(0, 0, len(initcode)) + assemble("CREATE", 0, "SSTORE")
    program = Program(initcode, creation=True) if creation else Program(create)
    assert find(program, RETURN) == [END]
    low, high = 53_000, 1_000_000
    while low < high:
        middle = (low + high) // 2
        found = find(replace(program, gas_limit=middle), RETURN)
        low, high = (low, middle) if found == [END] else (middle + 1, high)
    assert find(replace(program, gas_limit=high), RETURN) == [END]
    for limit in {*range(high - 64_000, high, 9_997), high - 1}:
        # Without the gas for the deposit, for the memory, or for what comes before.
        assert find(replace(program, gas_limit=limit), RETURN) != [END]


@pytest.mark.parametrize("size", [MAX_CODE, MAX_CODE + 1])
def test_the_largest_deposit_agrees(size: int) -> None:
    code = pushes(0, size) + b"\xf3"
    expected = END if size == MAX_CODE else HALT
    assert checked(Program(code, creation=True, gas_limit=8_000_000), RETURN) == [expected]


def test_a_reverted_creation_gives_its_output_back() -> None:
    initcode = store_bytes(b"\xef" * 40) + pushes(0, 40) + b"\xfd"
    checked(Program(initcode, creation=True), REVERT)
    create = store_bytes(initcode) + pushes(0, 0, len(initcode)) + assemble("CREATE", "RETURNDATASIZE")
    assert find(Program(create), REVERT) == [END]


# Bad witnesses


def some_steps() -> list[ProvenStep]:
    """Steps of every form of witness."""
    die = assemble("ADDRESS", "SELFDESTRUCT")
    initcode = creation_of(b"\x5b" * 300)
    create = store_bytes(initcode) + pushes(5, 0, len(initcode)) + assemble("CREATE", 0, "SSTORE")
    programs = [
        Program(effects()),
        Program(effects() + b"\x0c"),
        Program(effects() + b"\xfe", nested=True),
        Program(store_bytes(b"\x07" * 32) + pushes(3, 20) + b"\xf3", nested=True),
        Program(effects() + pushes(3, 20) + b"\xfd", nested=True),
        Program(pushes(3, 20) + b"\xfd"),
        Program(push(int.from_bytes(FRESH)) + b"\xff", nested=True),
        Program(push(int.from_bytes(OTHER)) + b"\xff", {OTHER: {"balance": 2}}),
        Program(effects() + die, fields={"value": 4}, creation=True),
        Program(initcode, creation=True),
        Program(create),
        Program(creation_of(b"\xef"), creation=True),
    ]
    return [step for program in programs for step in program.steps() if step.prover is Prover.END]


def test_no_mutant_of_a_witness_gives_the_same_successor() -> None:
    steps, rng = some_steps(), random.Random(9)
    for step in steps:
        other = rng.choice(steps).witness
        for mutant in mutants(step.witness, other, rng, 60):
            assert successor(Prover.END, step, mutant) != step.after


def test_another_state_or_unit_is_refused() -> None:
    for step in some_steps():
        assert successor(Prover.END, replace(step, unit=step.unit + 1)) is None
        assert successor(Prover.END, replace(step, before=step.after)) is None


# Worst case


def test_the_dearest_deposit_fits_into_one_transaction() -> None:
    # Code of one-byte instructions, without zeros, from an odd offset in memory.
    code = bytes(random.Random(10).choice(range(1, 0x5F)) for _ in range(MAX_CODE - 100))
    size = len(code)
    head = assemble(push(size, 3), push(32, 2), 1, "CODECOPY", push(MAX_CODE, 3), 1, "RETURN").ljust(
        32, b"\x00"
    )
    program = Program(head + code, creation=True, gas_limit=16_000_000)
    (step,) = [step for have, _, step in outcomes(program.steps()) if have == RETURN]
    assert gas_of(step, call_gas(step)) < CEILING
