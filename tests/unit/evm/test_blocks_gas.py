"""A trace charges ahead. No gas limit whatever may tell: each program runs with every one of a whole range."""

from __future__ import annotations

import pytest
from support_sweep import sweep

from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, OTHER, World, address

UNKNOWN = ("CALLDATASIZE",)  # 0, but no compiler knows


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def see_gas() -> bytes:
    """LOG1 with the gas left as its topic, in the middle of a segment."""
    return assemble("GAS", 0, 0, "LOG1")


PROGRAMS = {
    "straight": (
        assemble(1, 2, "ADD", 3, "MUL", "DUP1", "GAS", "ADD", "POP", "POP", *[1, "POP"] * 20),
        0,
        200,
    ),
    "gas seen between charges": (
        assemble(*[part for n in range(3) for part in (n, "POP", see_gas(), *UNKNOWN, "MLOAD", "POP")]),
        0,
        2_500,
    ),
    "loop": (
        assemble(
            9, ":loop", 1, "SWAP1", "SUB", "DUP1", "@loop", "JUMPI", 1, 2, "ADD", 0, "MSTORE", 32, 0, "RETURN"
        ),
        0,
        400,
    ),
    "loop without a condition": (assemble(":loop", *UNKNOWN, "POP", "@loop", "JUMP"), 0, 300),
    "memory at offsets no compiler knows": (
        assemble(
            *[p for n in (0, 31, 64, 500) for p in (n, *UNKNOWN, "ADD", "MLOAD", n, "MSTORE8")],
            64,
            0,
            "RETURN",
        ),
        0,
        250,
    ),
    "memory that grows at last": (
        assemble(1, 0, "MSTORE", 0, push(20_000), "MSTORE8", *[1, "POP"] * 9),
        0,
        2_800,
    ),
    "hash and power": (
        assemble(*UNKNOWN, push(100), "ADD", 0, "KECCAK256", 3, "EXP", 0, "MSTORE", 32, 0, "RETURN"),
        0,
        1_900,
    ),
    "cold and warm slots": (
        assemble(*[p for n in (0, 1, 0, 2, 1) for p in (n, "SLOAD", n, "ADD")], see_gas(), 5, "SLOAD", "POP"),
        0,
        9_800,
    ),
    "store at the guard": (
        # A warm slot that keeps its value costs 100, but 2,300 have to be left: charged ahead or not.
        assemble(
            1, "SLOAD", 1, "SSTORE", *[1, "POP"] * 40, see_gas(), 1, "SLOAD", 1, "SSTORE", *[1, "POP"] * 9
        ),
        3_000,
        6_500,
    ),
    "store and gas": (assemble("GAS", 0, "SSTORE", "GAS", 1, "SSTORE", "GAS", 0, "SSTORE"), 2_000, 13_000),
    "halts of several kinds": (
        assemble(*UNKNOWN, "MLOAD", "POP", 0, "SLOAD", "POP", push(1 << 21), "MLOAD", "INVALID"),
        0,
        2_400,
    ),
    "bad jump behind charges": (assemble(0, "SLOAD", 0, "MSTORE", 1, 99, "JUMPI"), 0, 2_300),
    "condition across a segment": (
        assemble(
            *UNKNOWN,
            5,
            "LT",
            "DUP1",
            "@a",
            "JUMPI",
            1,
            0,
            "MSTORE",
            ":a",
            "ISZERO",
            32,
            "MSTORE",
            64,
            0,
            "RETURN",
        ),
        0,
        120,
    ),
    "revert behind a guard": (
        assemble(*UNKNOWN, "ISZERO", "@ok", "JUMPI", 0, 0, "REVERT", ":ok", 7, 0, "MSTORE", 32, 0, "RETURN"),
        0,
        80,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_gas_limit_gives_the_same(name: str) -> None:
    code, low, high = PROGRAMS[name]
    world = World.of({CONTRACT: code}).with_account(CONTRACT, storage={0: 5, 1: 6})
    step = -(-(high - low) // 3_900)
    result = sweep(world, range(low, high, step))
    # The range crosses from failure to success, or the program is one that always fails.
    states = {receipt.status for receipt in result.receipts}
    assert "failure" in states
    if name not in ("loop without a condition", "halts of several kinds", "bad jump behind charges"):
        assert "success" in states


CALLS = {
    "call": assemble(0, 0, 0, 0, 0, number(CALLEE), "GAS", "CALL"),
    "call with gas asked for": assemble(0, 0, 0, 0, 0, number(CALLEE), 700, "GAS", "SUB", "CALL"),
    "call with value": assemble(32, 0, 0, 0, 1, number(CALLEE), 100, "CALL"),
    "static call": assemble(32, 0, 0, 0, number(CALLEE), 5_000, "STATICCALL"),
    "delegate call": assemble(32, 0, 0, 0, number(CALLEE), "GAS", "DELEGATECALL"),
    "identity": assemble(64, 0, 64, 0, 4, "GAS", "STATICCALL"),
    "precompile that may lack gas": assemble(32, 0, 64, 0, 2, 84, "STATICCALL"),
    "create": assemble(0, 0, 0, "CREATE"),
    "create that runs": assemble(push(0x600A600C3DF3), 0, "MSTORE", 6, 26, 0, "CREATE"),
    "self-destruct": assemble(number(address(0x4E14)), "SELFDESTRUCT"),
    "balance and code": assemble(number(OTHER), "BALANCE", number(OTHER), "EXTCODESIZE", "ADD"),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_see_the_gas_that_is_really_left(name: str) -> None:
    tail = assemble(see_gas(), "RETURNDATASIZE", 0, "MSTORE", "MSIZE", 0, "RETURN")
    head = assemble(3, 4, "ADD", *UNKNOWN, "MSTORE")
    code = head + CALLS[name] + tail
    callee = assemble("GAS", 0, "MSTORE", *[1, "POP"] * 5, 32, 0, "RETURN")
    world = World.of({CONTRACT: code, CALLEE: callee, OTHER: b"\x00"}).with_account(CONTRACT, balance=10**9)
    sweep(world, [*range(0, 4_000, 3), *range(4_000, 60_000, 57)])


def test_a_child_gets_63_of_64_of_what_is_left_at_its_call() -> None:
    # Static gas behind the CALL is not yet charged when the child gets its share.
    code = assemble(0, 0, 0, 0, number(CALLEE), "GAS", "STATICCALL", *[1, "POP"] * 60)
    child = assemble("GAS", 0, "MSTORE", 32, 0, "REVERT")
    out = assemble(32, 0, 0, "RETURNDATACOPY", 32, 0, "RETURN")
    sweep(World.of({CONTRACT: code + out, CALLEE: child}), range(2_600, 6_500))
