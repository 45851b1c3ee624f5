"""Plain steps: stack, arithmetic, jumps, environment. None of them opens a tree of keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from offchain.bench.steps.arenas import BODY, FULL, PAGE, in_call, in_creation
from offchain.bench.steps.assembler import OPCODES, Part, pushes
from offchain.bench.steps.deep_machine import at_opcode
from offchain.bench.steps.row import Candidate, Row, candidate, starved
from offchain.evm.instructions import INSTRUCTIONS

__all__ = ["word_rows"]

_BOUNDS: Final = 0x01, 0xA0
#: Served by other provers, or shown by a row of their own.
_ELSEWHERE: Final = frozenset(
    (
        *(0x20, 0x31, 0x35, 0x37, 0x39, 0x3B, 0x3C, 0x3E, 0x3F, 0x40, 0x47),
        *range(0x51, 0x56),
        *(0x56, 0x57, 0x59, 0x5C, 0x5D, 0x5E),
        *range(0x60, 0x7F),
        *range(0x80, 0x8F),
        *range(0x90, 0x9F),
    )
)
_LAST_OF_PAGE: Final = BODY + PAGE - 1
_TARGET: Final = 33 * PAGE + PAGE - 1  # the whole page before it is walked
_LARGEST_CODE: Final = "initcode of 49,152 bytes, full words"


def word_rows() -> Iterator[Row]:
    """One row for each instruction; of PUSH, DUP and SWAP the longest."""
    for opcode in range(*_BOUNDS):
        entry = INSTRUCTIONS[opcode]
        if entry.name == "INVALID" or opcode in _ELSEWHERE:
            continue
        yield Row(entry.name, "plain", tuple(_candidates(opcode)), deep=False)
    yield _jumps("JUMP", _TARGET)
    yield _jumps("JUMPI", _TARGET, FULL)
    halt = candidate(
        "no word on the stack, under a waiting frame", in_creation("ADD"), lambda: at_opcode(0x01, 1)
    )
    yield Row("any plain one that halts", "plain", (halt,), deep=False)


def _candidates(opcode: int) -> Iterator[Candidate]:
    name = INSTRUCTIONS[opcode].name
    if name == "PUSH32":
        # JUMPDEST and PUSH32 end a page, the data are in the next one.
        stage = in_creation(bytes([opcode]) + b"\xf7" * 32, at=_LAST_OF_PAGE - 1)
        yield candidate(
            "data in another page of 49,152 bytes of initcode", stage, lambda: at_opcode(opcode, 1)
        )
        return
    pops = INSTRUCTIONS[opcode].pops
    words = [FULL - number for number in range(pops)]
    for why, top in ((_LARGEST_CODE, None), (f"{_LARGEST_CODE}, a small one on top", 3)):
        chosen = words if top is None else [top, *words[1:]]
        if top is not None and not pops:
            return
        stage = in_creation(pushes(*chosen), bytes([opcode]))
        index = 1 if opcode == OPCODES["JUMPDEST"] else 0
        yield candidate(why, stage, partial(at_opcode, opcode, 1, index))
    if name == "EXP":
        yield starved(
            "out of gas behind its words, under a waiting frame",
            lambda gas: in_call(pushes(*words), "EXP", gas=gas),
            lambda: at_opcode(opcode, 1),
            INSTRUCTIONS[opcode].gas,
        )


def _jumps(name: str, *words: int) -> Row:
    opcode = OPCODES[name]
    body: tuple[Part, ...] = (pushes(*words), name)
    good = in_creation(*body)
    bad = in_creation(*body, patches={_TARGET: b"\x01"})
    # The first JUMP leads to the body itself.
    index = 1 if name == "JUMP" else 0
    return Row(
        name,
        "plain",
        (
            candidate("a dense page is walked to its end", good, lambda: at_opcode(opcode, 1, index)),
            candidate(
                "a dense page is walked to a target that is none, under a waiting frame",
                bad,
                lambda: at_opcode(opcode, 1, index),
            ),
        ),
        deep=False,
    )
