"""Runs phase EXECUTE by compiled blocks where the code is hot, by the interpreter where it is not.

What is hot is counted in interpreted instructions, not in visits, and the compiler bounds the text that it makes of
one trace: so compiling never costs more than what the interpreter had already spent on the same entry, and no code can
make this engine much slower than the interpreter alone (docs/benchmarks.md has the worst cases measured).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from offchain.evm.blocks.compiler import TERMINATORS, compile_block
from offchain.evm.calls import halt
from offchain.evm.exceptions import ExceptionalHalt, OutOfGas, StackOverflow, StackUnderflow
from offchain.evm.interpreter import COSTS, HANDLERS, MAX_STACK, MIN_STACK

if TYPE_CHECKING:
    from offchain.evm.code import Code
    from offchain.evm.frame import Frame
    from offchain.evm.machine import Machine

__all__ = ["BlockEngine"]

HOT: Final = 4_096  # instructions interpreted from an entry; compiling it costs the time of half as many
MAX_ENTRIES: Final = 1 << 18  # with their counts, about 30 MB
MAX_BLOCKS: Final = 1 << 14  # about 4 kB each


class BlockEngine:
    """An engine for `Machine`. ``hot``: after how many interpreted instructions an entry is compiled; 0: at once."""

    def __init__(self, hot: int = HOT) -> None:
        self._hot = hot
        self._codes: WeakSet[Code] = WeakSet()
        self._entries = 0
        self._blocks = 0

    def __call__(self, machine: Machine) -> None:
        """Run frames until the top one has ended."""
        while (frame := machine.frame) is not None:
            code = frame.code
            blocks = code.blocks
            try:
                while machine.frame is frame:
                    block = blocks.get(frame.pc)
                    if block is not None:
                        block(frame)
                    else:
                        self._visit(code, frame)
            except ExceptionalHalt as fault:
                halt(frame, fault)

    def _visit(self, code: Code, frame: Frame) -> None:
        """Interpret from an entry that is not hot yet, or compile it."""
        pc = frame.pc
        heat = code.heat.get(pc)
        if heat is None:
            self._enter(code)
            heat = code.heat[pc] = 0
        if heat < self._hot:
            # A fault leaves no heat: what it cut short has not paid for a compilation.
            code.heat[pc] = heat + interpret(frame)
            return
        if self._blocks == MAX_BLOCKS:
            self._forget()
        self._blocks += 1
        self._codes.add(code)
        block = code.blocks[pc] = compile_block(code, pc, interpret)
        block(frame)

    def _enter(self, code: Code) -> None:
        """Count a new entry."""
        if self._entries == MAX_ENTRIES:
            self._forget()
        self._entries += 1
        if not code.heat:
            self._codes.add(code)

    def _forget(self) -> None:
        """Begin anew, as after a restart: what is hot now will soon be hot again."""
        for code in self._codes:
            code.blocks.clear()
            code.heat.clear()
        self._codes.clear()
        self._entries = self._blocks = 0


def interpret(frame: Frame) -> int:
    """Run instructions up to and with the next terminator; how many there were."""
    code = frame.code.padded
    stack = frame.stack
    handlers, costs, min_stack, max_stack = HANDLERS, COSTS, MIN_STACK, MAX_STACK
    terminators = TERMINATORS
    for executed in count(1):
        opcode = code[frame.pc]
        have = len(stack)
        if have < min_stack[opcode]:
            raise StackUnderflow
        if have > max_stack[opcode]:
            raise StackOverflow
        gas = frame.gas - costs[opcode]
        if gas < 0:
            raise OutOfGas
        frame.gas = gas
        handlers[opcode](frame)
        if opcode in terminators:
            return executed
    raise AssertionError("the count has no end")
