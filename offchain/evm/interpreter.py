"""Phase EXECUTE: the entry that every instruction goes through, one step at a time or in a loop.

The entry alone knows code to opcode, stack bounds and static gas, and it alone turns a fault into a halt.
This is the reference that every faster engine is checked against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.calls import halt
from offchain.evm.exceptions import ExceptionalHalt, OutOfGas, StackOverflow, StackUnderflow
from offchain.evm.gas import MAX_STACK_SIZE
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.pending import Copy, Hash, advance

if TYPE_CHECKING:
    from offchain.evm.machine import Machine

__all__ = ["COSTS", "HANDLERS", "MAX_STACK", "MIN_STACK", "run", "step_frame"]

HANDLERS: Final = tuple(i.handler for i in INSTRUCTIONS)
COSTS: Final = tuple(i.gas for i in INSTRUCTIONS)
MIN_STACK: Final = tuple(i.pops for i in INSTRUCTIONS)
MAX_STACK: Final = tuple(MAX_STACK_SIZE - max(i.pushes - i.pops, 0) for i in INSTRUCTIONS)


def step_frame(machine: Machine) -> None:
    """One step of the running frame: a micro-step where one is pending, else an instruction."""
    frame = machine.frame
    assert frame is not None
    pending = frame.pending
    if pending is not None:
        assert isinstance(pending, Copy | Hash)  # a frame that waits for its child does not run
        advance(frame, pending)
        return
    opcode = frame.code.padded[frame.pc]
    have = len(frame.stack)
    try:
        if have < MIN_STACK[opcode]:
            raise StackUnderflow
        if have > MAX_STACK[opcode]:
            raise StackOverflow
        frame.charge(COSTS[opcode])
        HANDLERS[opcode](frame)
    except ExceptionalHalt as fault:
        halt(frame, fault)


def run(machine: Machine) -> None:
    """Run frames until the top one has ended."""
    handlers, costs, min_stack, max_stack = HANDLERS, COSTS, MIN_STACK, MAX_STACK
    if machine.stepwise:
        while machine.frame is not None:
            step_frame(machine)
        return
    while (frame := machine.frame) is not None:
        code = frame.code.padded
        stack = frame.stack
        try:
            while machine.frame is frame:
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
        except ExceptionalHalt as fault:
            halt(frame, fault)
