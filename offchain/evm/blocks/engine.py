"""Runs phase EXECUTE by compiled blocks where the code is hot, by the interpreter where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.blocks.compiler import TERMINATORS, compile_block
from offchain.evm.calls import halt
from offchain.evm.exceptions import ExceptionalHalt, OutOfGas, StackOverflow, StackUnderflow
from offchain.evm.interpreter import COSTS, HANDLERS, MAX_STACK, MIN_STACK

if TYPE_CHECKING:
    from offchain.evm.code import Code
    from offchain.evm.frame import Frame
    from offchain.evm.machine import Machine

__all__ = ["BlockEngine"]

HOT: Final = 64  # visits; compiling costs about what 64 visits cost the interpreter


class BlockEngine:
    """An engine for `Machine`. ``hot``: after how many visits a block is compiled; 0 compiles at once."""

    def __init__(self, hot: int = HOT) -> None:
        self._hot = hot

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
        """Interpret a block that is not hot yet, or compile it."""
        pc = frame.pc
        heat = code.heat.get(pc, 0) + 1
        if heat > self._hot:
            block = code.blocks[pc] = compile_block(code, pc, interpret)
            block(frame)
        else:
            code.heat[pc] = heat
            interpret(frame)


def interpret(frame: Frame) -> None:
    """Run instructions up to and with the next terminator."""
    code = frame.code.padded
    stack = frame.stack
    handlers, costs, min_stack, max_stack = HANDLERS, COSTS, MIN_STACK, MAX_STACK
    terminators = TERMINATORS
    opcode = -1
    while opcode not in terminators:
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
