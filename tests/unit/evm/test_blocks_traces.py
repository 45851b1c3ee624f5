"""Traces against the interpreter: stack bounds, loops, jumps into traces, conditions that outlive effects."""

from __future__ import annotations

import random

import pytest
from support_sweep import sweep

from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, World, execute, transaction

MASK = (1 << 256) - 1
X = (0, "CALLDATALOAD")  # a word that no compiler knows
RETURN_STACK = tuple(part for n in range(4) for part in (32 * n, "MSTORE"))  # needs four words


def returning(*parts: str | int | bytes) -> bytes:
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
        *(*X, "ISZERO", "DUP1", 0, "MSTORE", 32, 0, "KECCAK256", "SWAP1", "DUP1", "@a", "JUMPI", 1, "ADD", ":a"),
        *("DUP2", "DUP2", 5),
    ),
    "conditions swapped under each other": returning(
        *(*X, "ISZERO", *X, 3, "LT", *X, 3, "GT", *X, 5, "EQ", "SWAP3", "SWAP1", "SWAP2", "ISZERO", "SWAP1")
    ),
    "conditions compared with conditions": returning(
        *(*X, 3, "LT", *X, 4, "GT", "EQ", *X, "ISZERO", "LT", "DUP1", "ISZERO", "DUP2", "DUP2", "SLT", "DUP2", "SGT", 1, 2)
    ),
    "a condition under a call of a handler": returning(
        *(*X, "ISZERO", *X, "BALANCE", 9, 9, "TSTORE", 9, "TLOAD", "DUP3", "ISZERO")
    ),
    "a condition as an offset, a size, a key and a shift": returning(
        *(*X, "ISZERO", "MLOAD", *X, "ISZERO", *X, "ISZERO", "MSTORE8", *X, "ISZERO", *X, "ISZERO", "KECCAK256"),
        *(*X, "ISZERO", "SLOAD", 8, *X, "ISZERO", "SHL", "DUP1", *X, "ISZERO", "SSTORE"),
    ),
    "a condition as the target of a jump": returning(
        *("@end", *X, "ISZERO", "MUL", "@end", *X, "ISZERO", "ISZERO", "MUL", "ADD", "JUMP", ":end", 1, 2, 3, 4)
    ),
    "a condition as data and a count": returning(
        *(*X, "ISZERO", "CALLDATALOAD", *X, "ISZERO", "DUP1", "EXP", *X, "ISZERO", 3, "EXP", *X, "ISZERO", "CLZ")
    ),
    "a name loaded late, below what was written": returning(
        *(1, 2, 3, 4, *X, "@next", "JUMPI", 5, ":next", "SWAP3", "POP", "DUP1", "SWAP2", "DUP3", "DUP3")
    ),
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


LOOPS = {
    "from the start": assemble(":top", 1, "SLOAD", 1, "ADD", "DUP1", 1, "SSTORE", *X, "GT", "@top", "JUMPI"),
    "with a body that grows the stack": assemble(*X, ":top", "DUP1", "DUP1", 1, "SWAP1", "SUB", "DUP1", "@top", "JUMPI"),
    "with a body that eats the stack": assemble(*range(1, 60), ":top", "ADD", "DUP1", *X, "ADD", "@top", "JUMPI"),
    "without an end": assemble(":top", *X, "POP", "@top", "JUMP"),
    "that grows without an end": assemble(":top", "GAS", "@top", "JUMP"),
    "that eats without an end": assemble(*[5] * 100, ":top", "POP", "@top", "JUMP"),
    "inside a loop": assemble(
        *(3, ":outer", 4, ":inner", 1, "SWAP1", "SUB", "DUP1", "@inner", "JUMPI", "POP"),
        *(1, "SWAP1", "SUB", "DUP1", "@outer", "JUMPI", *X, 0, "MSTORE", 32, 0, "RETURN"),
    ),
    "entered in the middle": assemble(
        *(9, "@middle", "JUMP", ":top", 1, "SWAP1", "SUB", ":middle", "DUP1", 0, "SLOAD", "ADD", 0, "SSTORE"),
        *("DUP1", "@top", "JUMPI"),
    ),
    "back into the middle of a trace": assemble(
        *(*X, 1, 2, "ADD", "POP", ":middle", 1, "SLOAD", 1, "ADD", "DUP1", 1, "SSTORE", 4, "GT", "@middle", "JUMPI"),
        *(1, "SLOAD", "ADD", 2, "SSTORE"),
    ),
    "by a jump that is always taken": assemble(
        *(5, ":top", 1, "SWAP1", "SUB", "DUP1", "ISZERO", "@out", "JUMPI", "@top", "JUMP", ":out", *X, 0, "SSTORE")
    ),
    "through two blocks": assemble(
        *(6, ":a", 1, "SWAP1", "SUB", "@b", "JUMP", ":b", "DUP1", "@a", "JUMPI", "GAS", 0, "SSTORE")
    ),
    "of many rounds": assemble(
        *(push(700), ":top", "DUP1", 0, "MLOAD", "ADD", 0, "MSTORE", 1, "SWAP1", "SUB", "DUP1", "@top", "JUMPI"),
        *(32, 0, "RETURN"),
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name: str) -> None:
    world = World.of({CONTRACT: LOOPS[name]}).with_account(CONTRACT, storage={1: 1})
    gas = [100, 500, 1_000, 5_000, 20_000, 100_000, 100_001, 130_000]
    sweep(world, gas * 2, data=words(0, 1, 3, 40))


TAILS = {
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
    items = []
    for height in [*range(20), *range(1_008, 1_025)]:
        code = assemble(*["PUSH0"] * height, "@tail", *X, "ADD", "JUMP", ":tail", *TAILS[name])
        at = (0x5000 + height).to_bytes(20, "big")
        codes[at] = code
        items.append(transaction(at, nonce=len(items), gas_limit=100_000))
    batch = execute(World.of(codes), items)
    assert "failure" in {receipt.status for receipt in batch.receipts}
    for height in (1_023, 1_024):  # the target itself needs a word more
        assert batch.receipts[-1].status == "failure", height


@pytest.mark.parametrize("seed", range(12))
def test_any_jumps_between_any_blocks(seed: int) -> None:
    """Blocks of known effect that jump to one another as the input says, also backwards and into themselves."""
    numbers = random.Random(seed)
    count = numbers.randrange(2, 9)
    parts: list[str | int | bytes] = [0]
    for block in range(count):
        parts.append(f":b{block}")
        body: list[list[str | int]] = [
            ["DUP1", block, "MSTORE8"],
            [1, "ADD"],
            ["DUP1", "SLOAD", "ADD"],
            ["DUP1", 3, "LT", "ADD"],
            ["GAS", "XOR"],
            ["DUP1", "ISZERO", "SWAP1", "ADD"],
            ["DUP1", "DUP1", "POP", "SWAP1", "SUB", 5, "ADD"],
        ]
        for _ in range(numbers.randrange(1, 6)):
            parts += numbers.choice(body)
        target = f"@b{numbers.randrange(count)}"
        kind = numbers.randrange(4)
        if kind == 0:
            parts += ["DUP1", *X, "AND", target, "JUMPI"]
        elif kind == 1:
            parts += ["DUP1", 1, "AND", "ISZERO", target, "JUMPI"]
        elif kind == 2:
            parts += [target, "CALLDATASIZE", 32, "SUB", "ADD", "JUMP"]
        else:
            parts += ["DUP1", 7, "AND", target, "CALLDATASIZE", 32, "SUB", "ADD", "JUMPI"]
    code = assemble(*parts, "DUP1", 0, "MSTORE", 0, "SSTORE", 64, 0, "RETURN")
    world = World.of({CONTRACT: code}).with_account(CONTRACT, storage={2: 5, 3: 1})
    sweep(world, [300, 2_000, 9_000, 40_000, 80_000] * 2, data=INPUTS)


@pytest.mark.parametrize("shift", range(0, 6))
def test_a_jump_destination_at_the_end_of_a_trace(shift: int) -> None:
    # The trace ends after 256 instructions: just before, at and behind the JUMPDEST, the loop's head and the JUMPI.
    filler = [*["CALLDATASIZE", "POP"] * 126, *["JUMPDEST"] * shift]
    code = assemble(3, *filler, ":top", 1, "SWAP1", "SUB", "DUP1", "@top", "JUMPI", "GAS", 0, "SSTORE")
    sweep(World.of({CONTRACT: code}), range(26_000, 27_500, 7), data=INPUTS[:2])


def test_a_trace_is_left_by_a_call_and_taken_up_behind_it() -> None:
    again = [0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "STATICCALL"]
    code = returning(*X, 3, "LT", *again, "ISZERO", *X, *again, "RETURNDATASIZE", "ADD")
    world = World.of({CONTRACT: code, CALLEE: assemble(*X, "POP", 9, 0, "RETURN")})
    sweep(world, range(300, 12_000, 13), data=INPUTS[:4])


def test_a_contract_that_calls_itself_keeps_its_frames_apart() -> None:
    code = assemble(
        *(*X, "DUP1", "ISZERO", "@end", "JUMPI", 1, "SWAP1", "SUB", 0, "MSTORE"),
        *(32, 0, 32, 0, 0, "ADDRESS", "GAS", "CALL", "POP", 0, "MLOAD", *X, "ADD", 0, "MSTORE", 32, 0, "RETURN"),
        *(":end", 7, 0, "MSTORE", 32, 0, "RETURN"),
    )
    result = sweep(World.of({CONTRACT: code}), [500_000], data=words(0, 1, 2, 30, 100))
    outputs = [int.from_bytes(receipt.output, "big") for receipt in result.receipts]
    assert outputs == [7 + n * (n + 1) // 2 for n in (0, 1, 2, 30, 100)]
