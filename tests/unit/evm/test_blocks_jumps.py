"""Loops and jumps between traces: back into the middle, into themselves, at the end of what one function covers."""

from __future__ import annotations

import random

import pytest
from support_sweep import sweep

from tests.support.assembly import assemble, push
from tests.support.batches import CONTRACT, World

X = (0, "CALLDATALOAD")  # a word that no compiler knows


def words(*numbers: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in numbers]


INPUTS = words(0, 1, 2, 5, 1 << 255, (1 << 256) - 1)


LOOPS = {
    "from the start": assemble(":top", 1, "SLOAD", 1, "ADD", "DUP1", 1, "SSTORE", *X, "GT", "@top", "JUMPI"),
    "with a body that grows the stack": assemble(
        *X, ":top", "DUP1", "DUP1", 1, "SWAP1", "SUB", "DUP1", "@top", "JUMPI"
    ),
    "with a body that eats the stack": assemble(
        *range(1, 60), ":top", "ADD", "DUP1", *X, "ADD", "@top", "JUMPI"
    ),
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
        *(
            *X,
            1,
            2,
            "ADD",
            "POP",
            ":middle",
            1,
            "SLOAD",
            1,
            "ADD",
            "DUP1",
            1,
            "SSTORE",
            4,
            "GT",
            "@middle",
            "JUMPI",
        ),
        *(1, "SLOAD", "ADD", 2, "SSTORE"),
    ),
    "by a jump that is always taken": assemble(
        *(
            5,
            ":top",
            1,
            "SWAP1",
            "SUB",
            "DUP1",
            "ISZERO",
            "@out",
            "JUMPI",
            "@top",
            "JUMP",
            ":out",
            *X,
            0,
            "SSTORE",
        )
    ),
    "through two blocks": assemble(
        *(6, ":a", 1, "SWAP1", "SUB", "@b", "JUMP", ":b", "DUP1", "@a", "JUMPI", "GAS", 0, "SSTORE")
    ),
    "of many rounds": assemble(
        *(
            push(700),
            ":top",
            "DUP1",
            0,
            "MLOAD",
            "ADD",
            0,
            "MSTORE",
            1,
            "SWAP1",
            "SUB",
            "DUP1",
            "@top",
            "JUMPI",
        ),
        *(32, 0, "RETURN"),
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name: str) -> None:
    world = World.of({CONTRACT: LOOPS[name]}).with_account(CONTRACT, storage={1: 1})
    gas = [100, 500, 1_000, 5_000, 20_000, 100_000, 100_001, 130_000]
    sweep(world, gas * 2, data=words(0, 1, 3, 40))


@pytest.mark.parametrize("seed", range(12))
def test_any_jumps_between_any_blocks(seed: int) -> None:
    """Blocks of known effect that jump to one another as the input says, also backwards and into themselves."""
    numbers = random.Random(seed)
    count = numbers.randrange(2, 9)
    parts: list[object] = [0]
    for block in range(count):
        parts.append(f":b{block}")
        body: list[list[object]] = [
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


@pytest.mark.parametrize("shift", range(6))
def test_a_jump_destination_at_the_end_of_a_trace(shift: int) -> None:
    # The trace ends after 256 instructions: just before, at and behind the JUMPDEST, the loop's head and the JUMPI.
    filler = [*["CALLDATASIZE", "POP"] * 126, *["JUMPDEST"] * shift]
    code = assemble(3, *filler, ":top", 1, "SWAP1", "SUB", "DUP1", "@top", "JUMPI", "GAS", 0, "SSTORE")
    sweep(World.of({CONTRACT: code}), range(26_000, 27_500, 7), data=INPUTS[:2])
