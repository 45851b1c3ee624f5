"""Traces against the interpreter: stack bounds, frames, and words that outlive the effects that follow them."""

from __future__ import annotations

import pytest
from support_sweep import sweep

from tests.support.assembly import assemble
from tests.support.batches import CALLEE, CONTRACT, World, execute, transaction

MASK = (1 << 256) - 1
X = (0, "CALLDATALOAD")  # a word that no compiler knows
RETURN_STACK = tuple(part for n in range(4) for part in (32 * n, "MSTORE"))  # needs four words


def returning(*parts: object) -> bytes:
    """Run the parts, which leave four words or more, and return four of them."""
    return assemble(*parts, *RETURN_STACK, 128, 0, "RETURN")


def words(*numbers: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in numbers]


INPUTS = words(0, 1, 2, 5, 1 << 255, MASK)


DEFERRED = {
    "load, then store to the place": returning(
        *(1, "SLOAD", *X, "LT", 7, 1, "SSTORE", 1, "SLOAD", "ISZERO", "DUP2", "ISZERO", 9)
    ),
    "load of memory, then a store over it": returning(
        *(*X, 0, "MSTORE", 0, "MLOAD", 2, "LT", 0, 0, "MSTORE", 0, "MLOAD", "ISZERO", "DUP2", "DUP2", "EQ", 3)
    ),
    "a condition stored, hashed and jumped on": returning(
        *(
            *X,
            "ISZERO",
            "DUP1",
            0,
            "MSTORE",
            32,
            0,
            "KECCAK256",
            "SWAP1",
            "DUP1",
            "@a",
            "JUMPI",
            1,
            "ADD",
            ":a",
        ),
        *("DUP2", "DUP2", 5),
    ),
    "conditions swapped under each other": returning(
        *(*X, "ISZERO", *X, 3, "LT", *X, 3, "GT", *X, 5, "EQ", "SWAP3", "SWAP1", "SWAP2", "ISZERO", "SWAP1")
    ),
    "conditions compared with conditions": returning(
        *(
            *X,
            3,
            "LT",
            *X,
            4,
            "GT",
            "EQ",
            *X,
            "ISZERO",
            "LT",
            "DUP1",
            "ISZERO",
            "DUP2",
            "DUP2",
            "SLT",
            "DUP2",
            "SGT",
            1,
            2,
        )
    ),
    "a condition under a call of a handler": returning(
        *(*X, "ISZERO", *X, "BALANCE", 9, 9, "TSTORE", 9, "TLOAD", "DUP3", "ISZERO")
    ),
    "a condition as an offset, a size, a key and a shift": returning(
        *(
            *X,
            "ISZERO",
            "MLOAD",
            *X,
            "ISZERO",
            *X,
            "ISZERO",
            "MSTORE8",
            *X,
            "ISZERO",
            *X,
            "ISZERO",
            "KECCAK256",
        ),
        *(*X, "ISZERO", "SLOAD", 8, *X, "ISZERO", "SHL", "DUP1", *X, "ISZERO", "SSTORE"),
    ),
    "a condition as the target of a jump": returning(
        *(
            "@end",
            *X,
            "ISZERO",
            "MUL",
            "@end",
            *X,
            "ISZERO",
            "ISZERO",
            "MUL",
            "ADD",
            "JUMP",
            ":end",
            1,
            2,
            3,
            4,
        )
    ),
    "a condition as data and a count": returning(
        *(
            *X,
            "ISZERO",
            "CALLDATALOAD",
            *X,
            "ISZERO",
            "DUP1",
            "EXP",
            *X,
            "ISZERO",
            3,
            "EXP",
            *X,
            "ISZERO",
            "CLZ",
        )
    ),
    "a name loaded late, below what was written": returning(
        *(1, 2, 3, 4, *X, "@next", "JUMPI", 5, ":next", "SWAP3", "POP", "DUP1", "SWAP2", "DUP3", "DUP3")
    ),
    "places in the code": returning("PC", *X, "PC", "@on", "JUMP", ":on", "PC", *X, "PC", "PC"),
    "constant conditions": returning(
        *(0, "@no", "JUMPI", 1, "@yes", "JUMPI", "INVALID", ":no", 8, ":yes", 1, 2, "LT", "ISZERO", 3, 4, 5)
    ),
    "memory size before and after it grows": returning(
        *("MSIZE", *X, 0xFF, "AND", "MLOAD", "MSIZE", "MSIZE", 5, "ADD", 0xFFFF, *X, "AND", "MLOAD", "MSIZE")
    ),
}


@pytest.mark.parametrize("name", DEFERRED)
def test_a_word_is_worth_what_it_was_when_it_arose(name: str) -> None:
    world = World.of({CONTRACT: DEFERRED[name]}).with_account(CONTRACT, storage={0: 3, 1: 4})
    result = sweep(world, [200_000], data=INPUTS * 3)
    assert "success" in {receipt.status for receipt in result.receipts}


TAILS: dict[str, list[object]] = {
    "pops": ["POP"] * 9,
    "dup of the sixteenth": ["DUP16"],
    "swap of the seventeenth": ["SWAP16"],
    "pushes": [1] * 9,
    "a peak that falls again": [*[1] * 9, *["POP"] * 9],
    "deep then high": [*["POP"] * 5, *["CALLDATASIZE"] * 12],
    "high behind a jump not taken": [0, "@x", "JUMPI", *[1] * 6, ":x"],
    "deep behind a jump taken": [1, "@x", "JUMPI", *["POP"] * 6, ":x", "POP"],
    "a call": ["CALL"],
    "a creation": ["CREATE2"],
    "a return": ["RETURN"],
    "a log": ["LOG4"],
    "a word and a handler": [1, "BALANCE", 1, "BALANCE"],
}


@pytest.mark.parametrize("name", TAILS)
def test_stack_bounds_at_every_height(name: str) -> None:
    # The height is reached behind a jump that no compiler follows: the trace begins with it.
    codes = {}
    items: list[bytes] = []
    for height in [*range(20), *range(1_008, 1_025)]:
        code = assemble(*["PUSH0"] * height, "@tail", *X, "ADD", "JUMP", ":tail", *TAILS[name])
        at = (0x5000 + height).to_bytes(20, "big")
        codes[at] = code
        items.append(transaction(at, nonce=len(items), gas_limit=100_000))
    batch = execute(World.of(codes), items)
    assert "failure" in {receipt.status for receipt in batch.receipts}
    for height in (1_023, 1_024):  # the target itself needs a word more
        assert batch.receipts[-1].status == "failure", height


def test_a_trace_is_left_by_a_call_and_taken_up_behind_it() -> None:
    again = [0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "STATICCALL"]
    code = returning(*X, 3, "LT", *again, "ISZERO", *X, *again, "RETURNDATASIZE", "ADD")
    world = World.of({CONTRACT: code, CALLEE: assemble(*X, "POP", 9, 0, "RETURN")})
    sweep(world, range(300, 12_000, 13), data=INPUTS[:4])


def test_a_contract_that_calls_itself_keeps_its_frames_apart() -> None:
    code = assemble(
        *(*X, "DUP1", "ISZERO", "@end", "JUMPI", 1, "SWAP1", "SUB", 0, "MSTORE"),
        *(
            32,
            0,
            32,
            0,
            0,
            "ADDRESS",
            "GAS",
            "CALL",
            "POP",
            0,
            "MLOAD",
            *X,
            "ADD",
            0,
            "MSTORE",
            32,
            0,
            "RETURN",
        ),
        *(":end", 7, 0, "MSTORE", 32, 0, "RETURN"),
    )
    result = sweep(World.of({CONTRACT: code}), [500_000], data=words(0, 1, 2, 30, 100))
    outputs = [int.from_bytes(receipt.output, "big") for receipt in result.receipts]
    assert outputs == [7 + n * (n + 1) // 2 for n in (0, 1, 2, 30, 100)]
