"""Steps that read or write memory, code and input: ranges that cross the middle of what a transaction can pay for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from offchain.bench.steps.arenas import BODY, CALLEE, FULL, MAX_CODE, MIDDLE, in_call, touched
from offchain.bench.steps.assembler import OPCODES, Part, code_of, pushes
from offchain.bench.steps.deep_machine import DeepMachine, Wanted, at_opcode
from offchain.bench.steps.row import Candidate, Row, candidate
from offchain.evm.pending import Copy, Hash

__all__ = ["memory_rows"]

_INLINE_HASH: Final = 4_096
_BLOCK: Final = 136
_DEEP: Final = "across 1 MiB, no subtree beside it is zero"


def memory_rows() -> Iterator[Row]:
    """One row for each instruction, and the two micro-steps."""
    two_pages = touched(MIDDLE - 16, 32)
    word = f"a word {_DEEP}"
    yield _row("MLOAD", word, two_pages, MIDDLE - 16)
    yield _row("MSTORE", word, two_pages, MIDDLE - 16, FULL)
    yield _row("MSTORE8", f"a byte {_DEEP}", two_pages, MIDDLE, FULL)
    start = MIDDLE - _INLINE_HASH + 137
    yield _row("KECCAK256", f"4,096 bytes {_DEEP}", touched(start, _INLINE_HASH), start, _INLINE_HASH)
    stage = in_call(*_do("CALLDATALOAD", 0), deep_input=32)
    loaded = candidate(f"input in memory {_DEEP}", stage, partial(_at, "CALLDATALOAD"))
    yield Row("CALLDATALOAD", "memory", (loaded,), deep=False)
    for name in ("CALLDATACOPY", "CODECOPY", "MCOPY"):
        yield _row(name, "begins a copy of 24,576 bytes", two_pages, MIDDLE - 128, 0, MAX_CODE)
    # The identity gives return data to copy.
    identity = two_pages + code_of(*_do("STATICCALL", FULL, 4, MIDDLE - 128, 256, 0, 0))
    yield _row("RETURNDATACOPY", "begins a copy", identity, 1, 0, 255)
    yield _row("MSIZE", "the largest code", two_pages)
    topics = (FULL - number for number in range(4))
    yield _row("LOG4", "four topics", two_pages, MIDDLE - 128, 256, *topics)
    yield Row("COPY (a page)", "memory", (_copied(),), deep=False)
    yield Row("HASH (a block)", "memory", (_hashed(),), deep=False)


def _do(name: str, *words: int) -> tuple[Part, ...]:
    return (pushes(*words), name)


def _at(name: str) -> Wanted:
    return at_opcode(OPCODES[name], 1, start=BODY)


def _row(name: str, why: str, setup: bytes, *words: int) -> Row:
    """The instruction with these words, and with memory that nobody can pay for where it takes any."""
    candidates = [candidate(why, in_call(*_do(name, *words), setup=setup), partial(_at, name))]
    if words:
        halts = in_call(*_do(name, FULL, *(FULL for _ in words[1:])), setup=setup)
        candidates.append(
            candidate("halts behind its words, under a waiting frame", halts, partial(_at, name))
        )
    return Row(name, "memory", tuple(candidates), deep=False)


def _copied() -> Candidate:
    stage = in_call(*_do("CALLDATACOPY", MIDDLE, 0, 256), setup=touched(MIDDLE, 256), deep_input=256)

    def wanted(machine: DeepMachine) -> bool:
        frame = machine.frame
        if frame is None or frame.address != CALLEE or not isinstance(frame.pending, Copy):
            return False
        return frame.pending.destination == MIDDLE and frame.pending.source == frame.input

    return candidate(f"to a full page from the caller's memory, {_DEEP}", stage, lambda: wanted)


def _hashed() -> Candidate:
    start = MIDDLE - _BLOCK - _BLOCK // 2
    stage = in_call(*_do("KECCAK256", start, _INLINE_HASH + 1), setup=touched(start, _INLINE_HASH + 1))

    def wanted(machine: DeepMachine) -> bool:
        frame = machine.frame
        return frame is not None and isinstance(frame.pending, Hash) and frame.pending.absorbed == _BLOCK

    return candidate(f"the second block, {_DEEP}", stage, lambda: wanted)
