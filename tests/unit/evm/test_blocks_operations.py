"""Every instruction that the compiler turns into an expression: operands known, unknown and mixed."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.blocks.expressions import COMPARISONS, CONTEXT_VALUES, PURE
from offchain.evm.instructions import INSTRUCTIONS
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, World, execute, transaction

MASK = (1 << 256) - 1
EDGES = (
    0,
    1,
    2,
    3,
    7,
    8,
    30,
    31,
    32,
    255,
    256,
    257,
    1 << 128,
    (1 << 255) - 1,
    1 << 255,
    (1 << 255) + 1,
    MASK - 1,
    MASK,
)
FOLDED = sorted([*PURE, *COMPARISONS, 0x0A])
words = st.sampled_from(EDGES) | st.integers(0, MASK) | st.integers(0, MASK).map(lambda n: n >> n % 256)


def operand(value: int, place: int, known: bool) -> bytes:
    """Push the word as a constant, or from the transaction's data, where no compiler sees it."""
    return push(value, 32) if known else assemble(32 * place, "CALLDATALOAD")


def program(opcode: int, values: list[int], known: tuple[bool, ...]) -> bytes:
    """The operation, stored; also as a condition, negated twice, duplicated and swapped, and jumped on."""
    operands = b"".join(operand(v, n, k) for n, (v, k) in enumerate(zip(values, known, strict=True)))
    operation = operands + bytes([opcode])
    return assemble(
        *(operation, 0, "SSTORE"),
        *(
            operation,
            "DUP1",
            "ISZERO",
            "DUP1",
            "ISZERO",
            "DUP3",
            "SWAP2",
            "ADD",
            1,
            "SSTORE",
            "SUB",
            2,
            "SSTORE",
        ),
        *(operation, "@taken", "JUMPI", 5, 3, "SSTORE", ":taken"),
        *(operation, "ISZERO", "@other", "JUMPI", 6, 4, "SSTORE", ":other"),
    )


@pytest.mark.parametrize("opcode", FOLDED, ids=lambda opcode: INSTRUCTIONS[opcode].name)
def test_at_the_edges_it_is_the_interpreter(opcode: int) -> None:
    pops = INSTRUCTIONS[opcode].pops
    numbers = random.Random(opcode)
    chosen = [list(values) for values in itertools.product(EDGES, repeat=min(pops, 2))]
    if pops == 3:
        chosen = [[*values, numbers.choice(EDGES)] for values in chosen]
    for known in itertools.product((True, False), repeat=pops):
        some = numbers.sample(chosen, min(25, len(chosen)))
        # One world with a contract for each set of operands, so that one batch tries them all.
        codes = {
            n.to_bytes(20, "big"): program(opcode, values, known) for n, values in enumerate(some, 0x1000)
        }
        items = [
            transaction(
                at, nonce=nonce, data=b"".join(v.to_bytes(32, "big") for v in values), gas_limit=300_000
            )
            for nonce, (at, values) in enumerate(zip(codes, some, strict=True))
        ]
        batch = execute(World.of(codes), items)
        assert all(receipt.status == "success" for receipt in batch.receipts)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(FOLDED), st.lists(words, min_size=3, max_size=3), st.tuples(*[st.booleans()] * 3))
def test_for_any_words_it_is_the_interpreter(opcode: int, values: list[int], known: tuple[bool, ...]) -> None:
    pops = INSTRUCTIONS[opcode].pops
    code = program(opcode, values[:pops], known[:pops])
    data = b"".join(value.to_bytes(32, "big") for value in values)
    execute(World.of({CONTRACT: code}), [transaction(data=data)])


@pytest.mark.parametrize("opcode", sorted(CONTEXT_VALUES), ids=lambda opcode: INSTRUCTIONS[opcode].name)
def test_what_a_frame_can_ask_is_the_same_in_a_trace(opcode: int) -> None:
    ask = bytes([opcode])
    code = assemble(
        ask, 0, "SSTORE", 0, 0, 0, 0, 3, int.from_bytes(CALLEE, "big"), "GAS", "CALL", "POP", ask, 1, "SSTORE"
    )
    callee = assemble(ask, 2, "SSTORE", 7, 0, "RETURN")
    batch = execute(World.of({CONTRACT: code, CALLEE: callee}), [transaction(value=4, data=b"\x01\x02\x03")])
    assert batch.receipt.status == "success"
