"""Phase EXECUTE at the interpreter's pace, with every step of docs/machine.md counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.calls import halt
from offchain.evm.exceptions import ExceptionalHalt, OutOfGas, StackOverflow, StackUnderflow
from offchain.evm.interpreter import COSTS, HANDLERS, MAX_STACK, MIN_STACK
from offchain.evm.pending import KECCAK_BLOCK, Copy, Hash, copy_part
from offchain.hashing import keccak
from offchain.trees.paged_bytes import PAGE_SIZE

if TYPE_CHECKING:
    from offchain.evm.frame import Frame
    from offchain.evm.machine import Machine

__all__ = ["run_frames"]

# After these another frame may run, or micro-steps are to be made: hashing, copies, frames that begin and end.
_LEAVES_LOOP: Final = tuple(
    opcode in (0x00, 0x20, 0x37, 0x39, 0x3C, 0x3E, 0x5E) or opcode >= 0xF0 for opcode in range(256)
)


def run_frames(machine: Machine, limit: int) -> int:
    """Make at most ``limit`` steps, none behind the top frame's end; how many of them are left."""
    handlers, costs, min_stack, max_stack = HANDLERS, COSTS, MIN_STACK, MAX_STACK
    leaves_loop = _LEAVES_LOOP
    left = limit
    while left and (frame := machine.frame) is not None:
        pending = frame.pending
        if pending is not None:
            assert isinstance(pending, Copy | Hash)  # a frame that waits for its child does not run
            left -= _advance(frame, pending, left)
            continue
        code = frame.code.padded
        stack = frame.stack
        try:
            after = left - 1
            for left in range(after, -1, -1):  # noqa: B007  read after the loop, however it ends
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
                if leaves_loop[opcode]:
                    break
        except ExceptionalHalt as fault:
            halt(frame, fault)
    return left


def _advance(frame: Frame, pending: Copy | Hash, limit: int) -> int:
    """Make micro-steps at once, at most ``limit``; how many."""
    if isinstance(pending, Hash):
        return _absorb(frame, pending, limit)
    into_page = pending.destination % PAGE_SIZE
    steps = min(limit, -(-(into_page + pending.remaining) // PAGE_SIZE))
    copy_part(frame, pending, min(pending.remaining, steps * PAGE_SIZE - into_page))
    return steps


def _absorb(frame: Frame, hash_: Hash, limit: int) -> int:
    size = hash_.source.size
    steps = min(limit, (size - hash_.absorbed) // KECCAK_BLOCK + 1)
    hash_.absorbed += steps * KECCAK_BLOCK
    if hash_.absorbed > size:
        frame.pending = None
        frame.stack.append(int.from_bytes(keccak(hash_.source.content)))
    return steps
