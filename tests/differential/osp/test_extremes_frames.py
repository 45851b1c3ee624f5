"""The ends of every range, in frames: each instruction on the greatest and least words, and memory as far as gas pays.

An honest player has to have a provable successor for each of these states, and it has to be the one of the field.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.phase import Phase
from tests.support.assembly import assemble, push, store_bytes
from tests.support.batches import CALLEE, CONTRACT, OTHER, SENDER, World, address, transaction
from tests.support.step_proofs import proven_steps, proving_machine
from tests.support.three_ways import agree, check, outcome

HUGE = (1 << 256) - 1
MAX_GAS = 1 << 24
MEMORY = 1 << 22
#: Where something ends: bytes, words, pages, memory, and the widths of the fields of our structs.
EDGES = sorted(
    {0, 1, 2, 4, 5, 23, 31, 32, 33, 136, 4_095, 4_096, 4_097, HUGE, HUGE - 1, HUGE - 31, (1 << 255) - 1}
    | {(1 << n) + d for n in (8, 16, 22, 24, 32, 63, 64, 128, 160, 255) for d in (-33, -32, -1, 0, 1)}
)
#: Operands that most programs have: small enough to be paid for.
NEAR = [0, 1, 2, 4, 5, 31, 32, 33, 64, 255, 256, 257, 300]
_CALLS = {0xF1: 7, 0xF2: 7, 0xF4: 6, 0xFA: 6}
_BLOCKHASH = 0x40  # EELS has hashes of blocks, we have hashes of orders


# Words


def _program(opcode: int, words: Sequence[int]) -> bytes:
    """The instruction on these words, the first on top, behind some memory; its result is returned."""
    code = store_bytes(bytes(range(1, 65)))
    code += b"".join(push(word) for word in reversed(words)) + bytes([opcode])
    if INSTRUCTIONS[opcode].pushes > 0 and opcode not in range(0x80, 0xA0):
        code += assemble(0x60, "MSTORE")
    return code + assemble("MSIZE", 0x80, "MSTORE", 0xA0, 0, "RETURN")


def _words_for(opcode: int, choices: random.Random) -> list[int]:
    count = INSTRUCTIONS[opcode].pops
    words = [choices.choice(EDGES if choices.random() < 0.5 else NEAR) for _ in range(count)]
    if opcode in _CALLS:
        to = (CALLEE, OTHER, SENDER, address(4), address(2), address(5), address(0x100), address(0))
        words[1] = int.from_bytes(choices.choice(to)) | choices.choice((0, 1 << 160, 1 << 255))
        for place in range(2, count):
            words[place] = choices.choice((0, 0, 1, 32, 255, words[place]))
    return words


def _recorder(cases: Sequence[tuple[bytes, int]]) -> bytes:
    """Calls each contract with so much gas; keeps one hash over all outcomes, gas included."""
    code = b""
    for at, gas in cases:
        code += assemble("GAS", 0, 0, 0, 0, 0, push(int.from_bytes(at)), gas, "CALL", 32, "MSTORE", "GAS")
        code += assemble("SWAP1", "SUB", 64, "MSTORE", "RETURNDATASIZE", 96, "MSTORE")
        code += assemble(0xA0, "CALLDATASIZE", 128, "CALLDATACOPY")  # zeros
        code += assemble("RETURNDATASIZE", 0x9F, "LT", 0xA0, "MUL", 0, 128, "RETURNDATACOPY")
        code += assemble(288, 0, "KECCAK256", 0, "MSTORE")
    return code + assemble(0, "MLOAD", 1, "SSTORE")


def _sweep(seed: int, rounds: int) -> tuple[World, list[bytes]]:
    choices = random.Random(seed)
    codes: dict[bytes, bytes] = {CALLEE: assemble(7, 0, "MSTORE", 32, 0, "RETURN")}
    cases: list[tuple[bytes, int]] = []
    for opcode, entry in enumerate(INSTRUCTIONS):
        if entry.name == "INVALID" or opcode == _BLOCKHASH:
            continue
        for _ in range(rounds if entry.pops and not 0x80 <= opcode < 0xA0 else 1):
            at = address(0xE000_0000 + len(cases))
            codes[at] = _program(opcode, _words_for(opcode, choices))
            cases.append((at, choices.choice((40_000, 60_000, 90_000))))
    items: list[bytes] = []
    for start in range(0, len(cases), 100):
        at = address(0xEE00 + start)
        codes[at] = _recorder(cases[start : start + 100])
        items.append(transaction(at, nonce=len(items), gas_limit=MAX_GAS))
    return World.of(codes).with_context(gas_limit=(1 << 64) - 1), items


def test_every_instruction_on_words_at_the_ends_of_ranges() -> None:
    world, items = _sweep(1, 1)
    steps = agree(world, items, only=1)
    assert {step.opcode for step in steps if step.depth == 1} >= {
        opcode
        for opcode, entry in enumerate(INSTRUCTIONS)
        if entry.name != "INVALID" and opcode != _BLOCKHASH
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_every_instruction_on_many_words_at_the_ends_of_ranges(seed: int) -> None:
    world, items = _sweep(seed, 6)
    agree(world, items, only=1)


# Memory as large as gas can pay for

#: Words that 16,000,000 gas pay for: 3 w + w^2 / 512.
FAR = 32 * 88_000


@pytest.mark.parametrize(
    "name, parts",
    {
        "mload": (push(FAR - 32), "MLOAD", "POP"),
        "mstore": ("GAS", push(FAR - 32), "MSTORE"),
        "mstore8": (1, push(FAR - 1), "MSTORE8"),
        "mcopy": (push(300), push(FAR - 300), 5, "MCOPY", push(300), 5, push(FAR - 300), "MCOPY"),
        "keccak": (push(4_097), push(FAR - 4_097), "KECCAK256", 1, "SSTORE"),
        "call": (32, push(FAR - 32), 32, push(FAR - 64), 0, 4, 1_000, "CALL", "POP"),
        "create": (push(64), push(FAR - 64), 0, "CREATE", "POP"),
        "return": (push(40), push(FAR - 40), "RETURN"),
        "beyond": (push(1), push(MEMORY - 1), "KECCAK256"),
        "the end": (push(0), push(MEMORY), "KECCAK256", "POP"),
        "behind": (push(1), push(MEMORY), "KECCAK256"),
        "wraps": (push(33), push(HUGE - 31), "KECCAK256"),
        "all of it": (push(MEMORY), 0, "RETURN"),
        "too much": (push(MEMORY + 1), 0, "RETURN"),
    }.items(),
)
def test_memory_as_far_as_gas_reaches(name: str, parts: Sequence[object]) -> None:
    world = World.of({CONTRACT: assemble(*parts, "MSIZE", 1, "SSTORE")})
    item = transaction(gas_limit=MAX_GAS)
    agree(world, [item])
    pays = name not in ("beyond", "behind", "wraps", "all of it", "too much")
    assert outcome(world, item) == ("success" if pays else "failure")


# The last items


@pytest.mark.parametrize("unit", [4_093, 4_094, 4_095])
def test_the_last_items_of_a_batch(unit: int) -> None:
    machine = proving_machine(World.of({CONTRACT: b"\x00"}), [transaction(), transaction(nonce=1)])
    machine.prove_step()
    machine.unit = unit  # as if so many had been skipped
    steps = list(proven_steps(machine))
    check(steps)
    assert max(step.unit for step in steps) == 4_095
    assert sum(step.phase is Phase.SETTLE for step in steps) == max(0, min(2, 4_095 - unit))
