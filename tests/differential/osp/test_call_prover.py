"""CallProver against the machine: every way in which a call begins, or does not."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from offchain.evm.code import delegation_to
from offchain.evm.precompiles import PRECOMPILES
from offchain.proofs.provers import Prover
from tests.support.assembly import OPCODES, assemble, push, store_bytes
from tests.support.batches import CONTRACT, OTHER, address
from tests.support.frame_steps import (
    CHILD,
    HALT,
    INLINE,
    MISSING_PRECOMPILE,
    SERVED,
    Program,
    check,
    checked,
    limits_around_the_price,
    mutants,
    official_machines,
    outcomes,
    pushes,
    successor,
)
from tests.support.in_process import Reverted
from tests.support.official import official_fixtures
from tests.support.programs import scenario
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine

CALL, CALLCODE, DELEGATECALL, STATICCALL = 0xF1, 0xF2, 0xF4, 0xFA
EVERY = pytest.mark.parametrize("opcode", [CALL, CALLCODE, DELEGATECALL, STATICCALL], ids=lambda o: hex(o))
WITH_VALUE = pytest.mark.parametrize("opcode", [CALL, CALLCODE], ids=lambda o: hex(o))
HUGE = (1 << 256) - 1
TARGET = address(0x7A26E7)
FRESH = address(0xF2E54)

RETURNS = assemble(store_bytes(b"\x07" * 40), 40, 0, "RETURN")
REVERTS = assemble(store_bytes(b"\x09" * 40), 40, 0, "REVERT")
TARGETS: dict[str, dict[bytes, dict[str, Any]]] = {
    "returns": {TARGET: {"nonce": 1, "code": RETURNS}},
    "reverts": {TARGET: {"nonce": 1, "code": REVERTS}},
    "halts": {TARGET: {"nonce": 1, "code": b"\xfe"}},
    "without code": {TARGET: {"nonce": 1, "balance": 5}},
    "absent": {},
    "delegates": {
        TARGET: {"nonce": 1, "code": delegation_to(OTHER)},
        OTHER: {"nonce": 1, "code": RETURNS},
    },
    "delegates to nobody": {TARGET: {"nonce": 1, "code": delegation_to(FRESH)}},
    "delegates to a precompile": {TARGET: {"nonce": 1, "code": delegation_to(address(2))}},
    "delegates to itself": {TARGET: {"nonce": 1, "code": delegation_to(TARGET)}},
    "delegates twice": {
        TARGET: {"nonce": 1, "code": delegation_to(OTHER)},
        OTHER: {"nonce": 1, "code": delegation_to(FRESH)},
        FRESH: {"nonce": 1, "code": RETURNS},
    },
    "delegates to the caller": {TARGET: {"nonce": 1, "code": delegation_to(CONTRACT)}},
    "has 23 bytes": {TARGET: {"nonce": 1, "code": b"\x5b" * 23}},
    "has 24 bytes like a delegation": {TARGET: {"nonce": 1, "code": delegation_to(OTHER) + b"\x00"}},
}


def call_code(
    opcode: int,
    to: bytes = TARGET,
    *,
    value: int = 0,
    gas: int = 100_000,
    source: tuple[int, int] = (0, 0),
    target: tuple[int, int] = (0, 0),
) -> bytes:
    """The words and the instruction; then the frame goes on with what it got."""
    values = (value,) if opcode in (CALL, CALLCODE) else ()
    words = pushes(gas, int.from_bytes(to), *values, *source, *target)
    return words + bytes([opcode]) + assemble(0, "SSTORE", "RETURNDATASIZE", 1, "SSTORE")


@EVERY
@pytest.mark.parametrize("accounts", TARGETS.values(), ids=TARGETS.keys())
def test_every_kind_of_callee_agrees(opcode: int, accounts: dict[bytes, dict[str, Any]]) -> None:
    code = call_code(opcode, source=(3, 50), target=(100, 64)) + call_code(opcode, target=(0, 8))
    # A call to code that reaches back here goes on until its gas ends.
    assert checked(Program(code, accounts), opcode)[:1] == [CHILD]


@WITH_VALUE
@pytest.mark.parametrize("accounts", TARGETS.values(), ids=TARGETS.keys())
def test_value_goes_to_every_kind_of_callee(opcode: int, accounts: dict[bytes, dict[str, Any]]) -> None:
    code = call_code(opcode, value=400, target=(0, 64)) + call_code(opcode, value=600)
    assert checked(Program(code, accounts), opcode)[:1] == [CHILD]


@EVERY
def test_regions_of_every_size_agree(opcode: int) -> None:
    accounts = TARGETS["returns"]
    for region in [(0, 0), (HUGE, 0), (1, 1), (31, 2), (250, 20), (0, 300), (1_000, 1)]:
        assert checked(Program(call_code(opcode, source=region), accounts), opcode) == [CHILD]
        assert checked(Program(call_code(opcode, target=region), accounts), opcode) == [CHILD]
        both = call_code(opcode, source=region, target=(200, 100))
        assert checked(Program(both, accounts), opcode) == [CHILD]
    for region in [(HUGE, 1), (1, HUGE), (HUGE, HUGE), (1 << 22, 1), (0, (1 << 22) + 1), (1 << 21, 1 << 21)]:
        assert checked(Program(call_code(opcode, source=region), accounts), opcode) == [HALT]
        assert checked(Program(call_code(opcode, target=region), accounts), opcode) == [HALT]


@EVERY
@pytest.mark.parametrize("gas", [0, 1, 2_300, 50_000, 1 << 64, HUGE])
def test_requested_gas_of_every_size_agrees(opcode: int, gas: int) -> None:
    assert checked(Program(call_code(opcode, gas=gas), TARGETS["returns"]), opcode) == [CHILD]
    if opcode in (CALL, CALLCODE):
        assert checked(Program(call_code(opcode, gas=gas, value=1), TARGETS["returns"]), opcode) == [CHILD]


@EVERY
def test_words_with_dirty_addresses_agree(opcode: int) -> None:
    code = call_code(opcode, b"\xff" * 12 + TARGET)
    assert checked(Program(code, TARGETS["returns"]), opcode) == [CHILD]


@EVERY
@pytest.mark.parametrize("nested", [False, True])
def test_out_of_gas_at_every_price_agrees(opcode: int, nested: bool) -> None:
    for accounts, value in [
        (TARGETS["returns"], 0),
        (TARGETS["delegates"], 0),
        (TARGETS["without code"], 7),
        ({}, 7),
    ]:
        if value and opcode not in (CALL, CALLCODE):
            continue
        code = call_code(opcode, value=value, source=(0, 40), target=(60, 80), gas=1_000)
        program = Program(code, accounts, nested=nested)
        limits = limits_around_the_price(program, opcode)
        for limit in limits:
            found = checked(replace(program, gas_limit=limit), opcode)
            assert found == [HALT if limit < limits[-1] else CHILD]


@EVERY
def test_underflow_halts(opcode: int) -> None:
    words = 7 if opcode in (CALL, CALLCODE) else 6
    for have in range(words):
        code = push(0) * have + bytes([opcode])
        assert checked(Program(code), opcode) == [HALT]
        assert checked(Program(code, nested=True), opcode) == [HALT]


@EVERY
def test_a_full_stack_agrees(opcode: int) -> None:
    loop = assemble(0) * 1_017 + call_code(opcode)
    assert checked(Program(loop, TARGETS["returns"]), opcode)[:1] == [CHILD]


@EVERY
def test_static_frames_agree(opcode: int) -> None:
    accounts = TARGETS["returns"]
    assert checked(Program(call_code(opcode), accounts, static=True), opcode) == [CHILD]
    if opcode in (CALL, CALLCODE):
        expected = HALT if opcode == CALL else CHILD
        assert checked(Program(call_code(opcode, value=1), accounts, static=True), opcode) == [expected]


@EVERY
def test_calls_at_the_greatest_depth_fail_softly(opcode: int) -> None:
    for value in (0, 1) if opcode in (CALL, CALLCODE) else (0,):
        code = call_code(opcode, value=value, source=(0, 40), target=(60, 80))
        program = Program(code, TARGETS["delegates"], depth=1_023)
        assert checked(program, opcode) == [CHILD]
        assert checked(replace(program, depth=1_024), opcode) == [INLINE]


@WITH_VALUE
def test_without_funds_a_call_fails_softly(opcode: int) -> None:
    for to, accounts in [(TARGET, TARGETS["returns"]), (TARGET, {}), (CONTRACT, {}), (address(2), {})]:
        for value in (1_001, HUGE):
            program = Program(call_code(opcode, to, value=value), accounts)
            assert checked(program, opcode) == [INLINE]
            assert checked(replace(program, nested=True), opcode) == [INLINE]


@EVERY
def test_a_call_to_itself_agrees(opcode: int) -> None:
    value = 5 if opcode in (CALL, CALLCODE) else 0
    # The second time around it has input and stops.
    code = assemble(
        "CALLDATASIZE",
        "@stop",
        "JUMPI",
        call_code(opcode, CONTRACT, value=value, source=(0, 1), target=(0, 4)),
        ":stop",
    )
    assert checked(Program(code), opcode) == [CHILD]


@EVERY
def test_calls_to_new_contracts_know_that_they_are_new(opcode: int) -> None:
    # The creation's own initcode calls others and itself; then its creator calls what it left.
    inner = call_code(opcode, TARGET) + assemble("ADDRESS", "GAS", "SSTORE")
    initcode = inner + assemble(store_bytes(RETURNS), len(RETURNS), 0, "RETURN")
    padded = store_bytes(initcode)
    value = (0,) if opcode in (CALL, CALLCODE) else ()
    code = padded + assemble(pushes(0, 0, len(initcode)), "CREATE", "DUP1", 0, "SSTORE")
    code += assemble(0, 0, 0, 0, *value, 0, "SLOAD", 90_000, bytes([opcode]), "POP")
    program = Program(code, TARGETS["returns"])
    assert checked(program, opcode) == [CHILD]
    calls = [outcome for have, outcome, _ in outcomes(program.steps()) if have == opcode]
    assert calls == [CHILD, CHILD]


@EVERY
def test_a_destroyed_contract_can_still_be_called(opcode: int) -> None:
    accounts = {
        TARGET: {"nonce": 1, "balance": 9, "code": assemble(push(int.from_bytes(OTHER)), "SELFDESTRUCT")}
    }
    assert checked(Program(call_code(opcode) + call_code(opcode), accounts), opcode) == [CHILD, CHILD]


# Precompiles

INPUTS: dict[int, list[bytes]] = {
    1: [b"", b"\x01" * 128, bytes(31) + b"\x01" + bytes(31) + b"\x1c" + b"\x11" * 64],
    2: [b"", b"abc", b"\x55" * 700],
    3: [b"", b"abc"],
    4: [b"", b"abc", b"\x55" * 700],
    5: [
        b"",
        bytes(31) + b"\x01" + bytes(31) + b"\x01" + bytes(31) + b"\x20" + b"\x03\x05" + b"\xff" * 32,
        b"\xff" * 96,
    ],
    6: [b"", bytes(31) + b"\x01" + bytes(31) + b"\x02", b"\xff" * 64],
    7: [b"", bytes(31) + b"\x01" + bytes(31) + b"\x02" + b"\x05" * 32, b"\xff" * 64],
    8: [b"", bytes(192), b"\x01" * 192, bytes(191)],
    9: [b"", b"\0\0\0\x0c" + bytes(209), b"\0\0\0\x0c" + bytes(208) + b"\x02", b"\xff" * 4 + bytes(209)],
    0x0A: [b"", bytes(192)],
    0x100: [b"", bytes(160)],
}


@EVERY
@pytest.mark.parametrize("number", INPUTS, ids=hex)
def test_precompiles_end_in_the_step_of_the_call(opcode: int, number: int) -> None:
    for data in INPUTS[number]:
        for target in ((0, 0), (40, 20), (0, 128), (0, 1)):
            call = call_code(opcode, address(number), source=(5, len(data)), target=target)
            program = Program(store_bytes(b"\xaa" * 5 + data) + call)
            assert checked(program, opcode) == [INLINE]


@EVERY
@pytest.mark.parametrize("number", INPUTS, ids=hex)
def test_precompiles_with_too_little_gas_agree(opcode: int, number: int) -> None:
    data = INPUTS[number][1]
    price = PRECOMPILES[address(number)].gas(data)
    for gas in {0, max(price - 1, 0), price, price + 1}:
        call = call_code(opcode, address(number), source=(0, len(data)), target=(0, 64), gas=gas)
        assert checked(Program(store_bytes(data) + call), opcode) == [INLINE]


@WITH_VALUE
@pytest.mark.parametrize("number", [2, 4, 6, 0x100])
def test_value_goes_to_precompiles_and_comes_back_from_failed_ones(opcode: int, number: int) -> None:
    for data in INPUTS[number]:
        for known in ({}, {address(number): {"balance": 1}}):
            call = call_code(opcode, address(number), source=(0, len(data)), target=(0, 64), value=3)
            program = Program(store_bytes(data) + call + call, known)
            assert checked(program, opcode) == [INLINE, INLINE]
            failing = call_code(opcode, address(number), source=(0, 1_000), value=3, gas=0)
            assert checked(Program(failing, known), opcode) == [INLINE]


@EVERY
@pytest.mark.parametrize("number", [2, 4, 5, 0x0F, 0x100], ids=hex)
def test_an_input_over_the_limit_fails_unread(opcode: int, number: int) -> None:
    for size in (65_536, 65_537):
        call = call_code(opcode, address(number), source=(1, size), target=(0, 64), gas=HUGE)
        if number == 0x0F and size == 65_536:
            continue  # a precompile that the in-process L1 lacks
        assert checked(Program(call, gas_limit=3_000_000), opcode) == [INLINE]


def test_a_price_over_the_limit_fails() -> None:
    sizes = b"".join(n.to_bytes(32, "big") for n in (1_024, 1_024, 1_024))
    call = call_code(CALL, address(5), source=(0, 200), target=(0, 64), gas=HUGE)
    assert checked(Program(store_bytes(sizes + b"\xff" * 104) + call, gas_limit=16_000_000), CALL) == [INLINE]


# Bad witnesses


def some_steps() -> list[ProvenStep]:
    """Steps of every form of witness."""
    programs = [
        Program(call_code(CALL, value=3, source=(2, 300)), TARGETS["delegates"]),
        Program(call_code(CALL, value=3), {}),
        Program(call_code(CALLCODE, value=3), TARGETS["returns"]),
        Program(call_code(CALLCODE, value=30_000), TARGETS["returns"]),
        Program(call_code(DELEGATECALL), TARGETS["delegates to a precompile"]),
        Program(call_code(STATICCALL, target=(0, 30)), TARGETS["has 23 bytes"]),
        Program(call_code(CALL, address(2), value=2, source=(0, 600), target=(0, 30))),
        Program(call_code(STATICCALL, address(6), source=(0, 64)), gas_limit=200_000),
        Program(call_code(CALL, value=3), {}, gas_limit=40_000, nested=True),
        Program(call_code(CALL, value=3), {}, static=True),
        Program(bytes([CALL]), nested=True),
    ]
    return [step for program in programs for step in program.steps() if step.prover is Prover.CALL]


def test_no_mutant_of_a_witness_gives_the_same_successor() -> None:
    steps, rng = some_steps(), random.Random(7)
    for step in steps:
        other = rng.choice(steps).witness
        for mutant in mutants(step.witness, other, rng, 60):
            assert successor(Prover.CALL, step, mutant) != step.after


def test_another_state_unit_or_context_is_refused() -> None:
    for step in some_steps():
        assert successor(Prover.CALL, replace(step, unit=step.unit + 1)) is None
        assert successor(Prover.CALL, replace(step, before=step.after)) is None
        # Only a step that opens the context can see that it is another one.
        after = successor(Prover.CALL, replace(step, context_hash=bytes(32)))
        assert after is None or step.ended


def test_only_calls_are_served() -> None:
    steps = Program(call_code(CALL) + assemble(0, 0, 0, "CREATE"), TARGETS["returns"]).steps()
    others = {step.opcode: step for step in steps if step.depth >= 0 and step.prover is not Prover.CALL}
    assert {0x00, 0xF0, 0xF3, OPCODES["SSTORE"], OPCODES["PUSH1"]} <= set(others)
    for step in others.values():
        assert successor(Prover.CALL, step) is None


# Cases at random, and official ones


def test_the_steps_of_random_programs_agree() -> None:
    rng, checks = random.Random(11), Counter[str]()
    for _ in range(100):
        case = scenario(rng.randbytes(rng.randrange(60, 500)))
        steps = [
            step
            for step in proven_steps(proving_machine(case.world, case.items), 2_000)
            if step.prover in SERVED
        ]
        checks.update(step.prover.name for step in check(steps))
        for step in rng.sample(steps, min(3, len(steps))):
            for mutant in mutants(step.witness, rng.choice(steps).witness, rng, 10):
                assert successor(step.prover, step, mutant) != step.after
    assert min(checks[prover.name] for prover in SERVED) > 50


def test_the_steps_of_official_cases_agree() -> None:
    checks: Counter[str] = Counter()
    for machine in official_machines(official_fixtures()):
        for step in proven_steps(machine, 2_000):
            if step.prover not in SERVED:
                continue
            try:
                check([step])
            except Reverted as reverted:
                # BLS12-381 is younger than the in-process L1: test_precompile_prover.py has it on anvil.
                assert MISSING_PRECOMPILE in str(reverted)
                checks["missing precompile"] += 1
            checks[step.prover.name] += 1
    assert min(checks[prover.name] for prover in SERVED) > 100
    assert checks["missing precompile"] < checks["CALL"] // 10
