"""The calls: what is warmed, what is charged, which failure comes first, and what the parent gets back."""

from __future__ import annotations

import pytest

from offchain.conformance.case import Account
from offchain.evm.code import delegation_to
from offchain.evm.machine import Machine
from offchain.hashing import keccak
from tests.support.assembly import assemble, measured, push
from tests.support.batches import (
    CALLEE,
    CONTRACT,
    OTHER,
    SENDER,
    Batch,
    World,
    address,
    execute,
    trace_of,
    transaction,
)

COLD, WARM, STIPEND, VALUE, NEW_ACCOUNT = 2_600, 100, 2_300, 9_000, 25_000
WITH_VALUE = ("CALL", "CALLCODE")
ALL = (*WITH_VALUE, "DELEGATECALL", "STATICCALL")
ABSENT = address(0xAB5E27)


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def calling(kind: str, to: bytes = CALLEE, gas: int = 0, value: int = 0, output: int = 0) -> list[object]:
    """Operands of a fixed price (3 gas each) and the call; no input, ``output`` bytes to offset 0."""
    operands = [push(output, 2), push(0, 1), push(0, 1), push(0, 1)]
    if kind in WITH_VALUE:
        operands.append(push(value, 32))
    return [*operands, push(number(to), 20), push(gas, 32), kind]


def overhead(kind: str) -> int:
    return 3 * (7 if kind in WITH_VALUE else 6) + 2


def run(code: bytes, callee: bytes = b"", **codes: bytes) -> Batch:
    world = World.of({CONTRACT: code, CALLEE: callee, OTHER: codes.get("other", b"")})
    return execute(world, [transaction()])


def cost_of(kind: str, batch: Batch) -> int:
    return batch.slot(CONTRACT, 1) - overhead(kind)


@pytest.mark.parametrize("kind", ALL)
def test_the_first_access_is_cold(kind: str) -> None:
    twice = measured(*calling(kind)) + measured(*calling(kind), offset=2)
    batch = run(twice)
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 2)) == (1, 1)
    assert cost_of(kind, batch) == COLD
    assert batch.slot(CONTRACT, 3) - overhead(kind) == WARM


@pytest.mark.parametrize("kind", ALL)
def test_a_delegate_is_warmed_with_the_account(kind: str) -> None:
    twice = measured(*calling(kind, SENDER)) + measured(*calling(kind, OTHER), offset=2)
    world = World.of({CONTRACT: twice, OTHER: b""}).with_account(ABSENT, code=delegation_to(OTHER), nonce=1)
    twice = measured(*calling(kind, ABSENT)) + measured(*calling(kind, OTHER), offset=2)
    batch = execute(world.with_account(CONTRACT, code=twice), [transaction()])
    assert cost_of(kind, batch) == 2 * COLD
    assert batch.slot(CONTRACT, 3) - overhead(kind) == WARM


@pytest.mark.parametrize("kind", ALL)
def test_a_precompile_is_warm(kind: str) -> None:
    batch = run(measured(*calling(kind, address(4), gas=15)))
    assert (batch.slot(CONTRACT, 0), cost_of(kind, batch)) == (1, WARM + 15)


def test_value_to_an_absent_account_costs_a_new_account() -> None:
    for value, cost in ((0, COLD), (1, COLD + VALUE + NEW_ACCOUNT - STIPEND)):
        batch = run(measured(*calling("CALL", ABSENT, value=value)))
        assert (batch.slot(CONTRACT, 0), cost_of("CALL", batch)) == (1, cost)
        assert (ABSENT in batch.post) is bool(value)


def test_callcode_never_pays_for_a_new_account() -> None:
    batch = run(measured(*calling("CALLCODE", ABSENT, value=1)))
    assert (batch.slot(CONTRACT, 0), cost_of("CALLCODE", batch)) == (1, COLD + VALUE - STIPEND)
    assert ABSENT not in batch.post
    assert batch.account(CONTRACT).balance == 1_000


def test_value_to_oneself_moves_nothing() -> None:
    batch = run(measured(*calling("CALL", CONTRACT, value=1_000, gas=0)))
    assert batch.account(CONTRACT).balance == 1_000


@pytest.mark.parametrize("kind", WITH_VALUE)
def test_insufficient_balance_gives_gas_and_stipend_back(kind: str) -> None:
    for gas in (0, 50_000):
        batch = run(measured(*calling(kind, value=1_001, gas=gas)), callee=assemble("INVALID"))
        assert batch.slot(CONTRACT, 0) == 0
        assert cost_of(kind, batch) == COLD + VALUE - STIPEND
        assert batch.account(CALLEE).balance == 1_000


def test_insufficient_balance_still_pays_for_the_new_account() -> None:
    batch = run(measured(*calling("CALL", ABSENT, value=1_001)))
    assert cost_of("CALL", batch) == COLD + VALUE + NEW_ACCOUNT - STIPEND
    assert ABSENT not in batch.post


@pytest.mark.parametrize("kind", WITH_VALUE)
def test_a_soft_failure_empties_the_return_data_and_keeps_the_warmth(kind: str) -> None:
    code = assemble(*calling("CALL", OTHER, gas=1_000), "POP", "RETURNDATASIZE", 4, "SSTORE")
    code += measured(*calling(kind, value=1_001)) + assemble("RETURNDATASIZE", 5, "SSTORE")
    code += measured(*calling(kind), offset=6)
    batch = run(code, other=assemble(9, 0, "RETURN"))
    assert (batch.slot(CONTRACT, 4), batch.slot(CONTRACT, 5)) == (9, 0)
    assert batch.slot(CONTRACT, 7) - overhead(kind) == WARM


@pytest.mark.parametrize("kind", ALL)
def test_at_depth_1_024_a_call_is_soft(kind: str) -> None:
    # No transaction has the gas to get there, so the depth is set by hand.
    def deepen(machine: Machine) -> None:
        if machine.frame is not None and machine.frame.address == CONTRACT:
            machine.frame.depth = 1_024

    world = World.of({CONTRACT: measured(*calling(kind, gas=5_000)), CALLEE: assemble("INVALID")})
    machine = trace_of(world, [transaction()], at_each_step=deepen).machine
    assert machine.overlay.slot((CONTRACT, 0)) == 0
    assert machine.overlay.slot((CONTRACT, 1)) == overhead(kind) + COLD


def test_value_in_a_static_call_is_exceptional_for_call_only() -> None:
    for kind, works in (("CALL", 0), ("CALLCODE", 1)):
        inner = assemble(*calling(kind, OTHER, value=1), 0, "MSTORE", 32, 0, "RETURN")
        batch = run(measured(*calling("STATICCALL", gas=90_000)), callee=inner)
        assert batch.slot(CONTRACT, 0) == works
        assert (cost_of("STATICCALL", batch) == COLD + 90_000) is not bool(works)


def test_static_with_value_comes_before_a_balance_that_would_not_do() -> None:
    inner = assemble(*calling("CALL", OTHER, value=1 << 200))
    batch = run(measured(*calling("STATICCALL", gas=90_000)), callee=inner)
    assert batch.slot(CONTRACT, 0) == 0
    assert cost_of("STATICCALL", batch) == COLD + 90_000


def test_a_call_without_value_is_allowed_in_a_static_call_and_stays_static() -> None:
    inner = assemble(*calling("CALL", OTHER, gas=50_000), 0, "MSTORE", 32, 0, "RETURN")
    batch = run(
        assemble(*calling("STATICCALL", gas=90_000, output=32), 0, "SSTORE", 0, "MLOAD", 1, "SSTORE"),
        callee=inner,
        other=assemble(1, 1, "SSTORE"),
    )
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 1)) == (1, 0)
    assert batch.account(OTHER).storage == {}


@pytest.mark.parametrize(
    "write",
    [
        assemble(1, 1, "SSTORE"),
        assemble(1, 1, "TSTORE"),
        assemble(0, 0, "LOG0"),
        assemble(0, 0, 0, 0, 0, 0, "LOG4"),
        assemble(0, "SELFDESTRUCT"),
    ],
)
def test_writes_in_a_static_call_are_exceptional(write: bytes) -> None:
    batch = run(measured(*calling("STATICCALL", gas=90_000)), callee=write)
    assert (batch.slot(CONTRACT, 0), cost_of("STATICCALL", batch)) == (0, COLD + 90_000)
    assert run(measured(*calling("CALL", gas=90_000)), callee=write).slot(CONTRACT, 0) == 1


def test_at_most_63_of_64_goes_to_the_child() -> None:
    code = assemble(
        "GAS", 0, "MSTORE", *calling("CALL", gas=(1 << 256) - 1, output=32), "POP", 0, "MLOAD", 1, "SSTORE"
    )
    child = assemble("GAS", 0, "MSTORE", 32, 0, "RETURN")
    batch = run(assemble("GAS", 0, "SSTORE") + code, callee=child)
    # GAS, the rest of SSTORE, then GAS and MSTORE with its word, then the operands.
    left = batch.slot(CONTRACT, 0) - (2 + 22_100) - (2 + 2 + 3 + 3) - 21 - COLD
    assert batch.slot(CONTRACT, 1) == left - left // 64 - 2


def test_the_stipend_comes_on_top() -> None:
    child = assemble("GAS", 0, "MSTORE", 32, 0, "RETURN")
    code = assemble(*calling("CALL", gas=0, value=1, output=32), "POP", 0, "MLOAD", 0, "SSTORE")
    assert run(code, callee=child).slot(CONTRACT, 0) == STIPEND - 2


def test_a_failed_call_forgets_what_it_warmed() -> None:
    child = assemble(number(OTHER), "BALANCE", "INVALID")
    code = assemble(*calling("CALL", gas=10_000), "POP") + measured(number(OTHER), "BALANCE")
    assert run(code, callee=child).slot(CONTRACT, 1) == 3 + COLD + 2
    kept = assemble(*calling("CALL", gas=10_000), "POP") + measured(number(OTHER), "BALANCE")
    assert run(kept, callee=assemble(number(OTHER), "BALANCE")).slot(CONTRACT, 1) == 3 + WARM + 2


def test_what_each_call_shows_its_child() -> None:
    child = assemble(
        "ADDRESS", 0, "MSTORE", "CALLER", 32, "MSTORE", "CALLVALUE", 64, "MSTORE", 96, 0, "RETURN"
    )
    for kind, expected in (
        ("CALL", (CALLEE, CONTRACT, 5)),
        ("CALLCODE", (CONTRACT, CONTRACT, 5)),
        ("DELEGATECALL", (CONTRACT, SENDER, 11)),
        ("STATICCALL", (CALLEE, CONTRACT, 0)),
    ):
        code = assemble(*calling(kind, gas=10_000, value=5, output=96), "POP")
        code += assemble(*(part for n in range(3) for part in (32 * n, "MLOAD", n, "SSTORE")))
        batch = execute(World.of({CONTRACT: code, CALLEE: child}), [transaction(value=11)])
        got = tuple(batch.slot(CONTRACT, n) for n in range(3))
        assert got == (number(expected[0]), number(expected[1]), expected[2]), kind


@pytest.mark.parametrize("kind", ALL)
def test_a_delegation_to_a_precompile_runs_empty_code(kind: str) -> None:
    world = World.of(
        {CONTRACT: measured(*calling(kind, ABSENT, gas=5_000)) + assemble("RETURNDATASIZE", 2, "SSTORE")}
    )
    batch = execute(world.with_account(ABSENT, code=delegation_to(address(2)), nonce=1), [transaction()])
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 2)) == (1, 0)
    assert cost_of(kind, batch) == COLD + WARM


@pytest.mark.parametrize("kind", ALL)
def test_a_delegation_to_a_delegation_is_not_followed(kind: str) -> None:
    world = World.of({CONTRACT: measured(*calling(kind, ABSENT, gas=5_000)), OTHER: delegation_to(CALLEE)})
    world = world.with_account(ABSENT, code=delegation_to(OTHER), nonce=1).with_account(CALLEE, code=b"\x00")
    batch = execute(world, [transaction()])
    assert batch.slot(CONTRACT, 0) == 0  # 0xef is no instruction
    assert cost_of(kind, batch) == 2 * COLD + 5_000


def test_a_delegation_runs_with_the_account_of_the_delegator() -> None:
    world = World.of(
        {CONTRACT: assemble(*calling("CALL", ABSENT, gas=90_000)), OTHER: assemble(8, "ADDRESS", "SSTORE")}
    )
    batch = execute(world.with_account(ABSENT, code=delegation_to(OTHER), nonce=1), [transaction()])
    assert batch.account(ABSENT).storage == {number(ABSENT): 8}
    assert batch.account(OTHER).storage == {}


def test_extcode_instructions_never_follow_a_delegation() -> None:
    code = measured(number(ABSENT), "EXTCODESIZE") + measured(number(ABSENT), "EXTCODEHASH", offset=2)
    code += assemble(32, 0, 0, number(ABSENT), "EXTCODECOPY", 0, "MLOAD", 4, "SSTORE")
    code += measured(number(OTHER), "BALANCE", offset=5)
    designator = delegation_to(OTHER)
    world = World.of({CONTRACT: code, OTHER: b"\x00" * 50}).with_account(ABSENT, code=designator, nonce=1)
    batch = execute(world, [transaction()])
    assert batch.slot(CONTRACT, 0) == 23
    assert batch.slot(CONTRACT, 1) == 3 + COLD + 2
    assert batch.slot(CONTRACT, 2) == number(keccak(designator))
    assert batch.slot(CONTRACT, 4) == number(designator.ljust(32, b"\0"))
    assert batch.slot(CONTRACT, 6) == 3 + COLD + 2  # the delegate is still cold


def test_extcodehash_of_what_is_not_there_is_zero() -> None:
    code = assemble(number(ABSENT), "EXTCODEHASH", 0, "SSTORE", number(SENDER), "EXTCODEHASH", 1, "SSTORE")
    batch = execute(World.of({CONTRACT: code}).with_account(CONTRACT, storage={0: 9}), [transaction()])
    assert batch.slot(CONTRACT, 0) == 0
    assert batch.slot(CONTRACT, 1) == number(keccak(b""))


def test_output_fills_only_what_came_back() -> None:
    code = assemble(
        (1 << 256) - 1, 0, "MSTORE", *calling("CALL", gas=9_000, output=32), "POP", 0, "MLOAD", 0, "SSTORE"
    )
    short = assemble(0xAB, 0, "MSTORE8", 1, 0, "RETURN")
    assert run(code, callee=short).slot(CONTRACT, 0) == 0xAB << 248 | (1 << 248) - 1
    long = assemble(0xAB, 0, "MSTORE8", 5_000, 0, "RETURN")
    batch = run(code + assemble("RETURNDATASIZE", 1, "SSTORE", "MSIZE", 2, "SSTORE"), callee=long)
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 1), batch.slot(CONTRACT, 2)) == (
        0xAB << 248,
        5_000,
        32,
    )


def test_the_caller_of_a_world_without_the_callee_gets_an_empty_success() -> None:
    world = World.of({CONTRACT: measured(*calling("STATICCALL", ABSENT, gas=1))})
    assert execute(world, [transaction()]).slot(CONTRACT, 0) == 1
    assert execute(world, [transaction()]).account(ABSENT) == Account(0, 0, b"")
