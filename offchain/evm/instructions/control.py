"""0x00, 0x50, 0x56-0x58, 0x5a-0x5b, 0x5f-0x9f: control flow, PUSH, DUP, SWAP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from offchain.evm.exceptions import InvalidJump

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = ["dup", "gas", "jump", "jumpdest", "jumpi", "pc", "pop", "push", "swap"]


def pop(frame: Frame) -> None:
    """0x50 POP."""
    # STACK
    frame.stack.pop()
    # PROGRAM COUNTER
    frame.pc += 1


def jump(frame: Frame) -> None:
    """0x56 JUMP."""
    # STACK
    target = frame.stack.pop()
    # PROGRAM COUNTER
    if target not in frame.code.jump_targets:
        raise InvalidJump
    frame.pc = target


def jumpi(frame: Frame) -> None:
    """0x57 JUMPI: an untaken jump may have any target."""
    # STACK
    stack = frame.stack
    target = stack.pop()
    condition = stack.pop()
    # PROGRAM COUNTER
    if not condition:
        frame.pc += 1
    elif target in frame.code.jump_targets:
        frame.pc = target
    else:
        raise InvalidJump


def pc(frame: Frame) -> None:
    """0x58 PC: of this instruction."""
    # OPERATION
    frame.stack.append(frame.pc)
    # PROGRAM COUNTER
    frame.pc += 1


def gas(frame: Frame) -> None:
    """0x5a GAS: what is left after this instruction."""
    # OPERATION
    frame.stack.append(frame.gas)
    # PROGRAM COUNTER
    frame.pc += 1


def jumpdest(frame: Frame) -> None:
    """0x5b JUMPDEST."""
    # PROGRAM COUNTER
    frame.pc += 1


def push(size: int) -> Callable[[Frame], None]:
    """0x5f-0x7f PUSH0 to PUSH32: code past the end is zeros."""

    def push_n(frame: Frame) -> None:
        # OPERATION
        start = frame.pc + 1
        frame.stack.append(int.from_bytes(frame.code.padded[start : start + size]))
        # PROGRAM COUNTER
        frame.pc = start + size

    return push_n


def dup(depth: int) -> Callable[[Frame], None]:
    """0x80-0x8f DUP1 to DUP16."""

    def dup_n(frame: Frame) -> None:
        # OPERATION
        stack = frame.stack
        stack.append(stack[-depth])
        # PROGRAM COUNTER
        frame.pc += 1

    return dup_n


def swap(depth: int) -> Callable[[Frame], None]:
    """0x90-0x9f SWAP1 to SWAP16."""
    below = -1 - depth

    def swap_n(frame: Frame) -> None:
        # OPERATION
        stack = frame.stack
        stack[-1], stack[below] = stack[below], stack[-1]
        # PROGRAM COUNTER
        frame.pc += 1

    return swap_n
