"""0x51-0x53, 0x59, 0x5e: memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offchain.evm.gas import COPY_WORD, words
from offchain.evm.pending import begin_copy

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = ["mcopy", "mload", "msize", "mstore", "mstore8"]


def mload(frame: Frame) -> None:
    """0x51 MLOAD."""
    # STACK
    stack = frame.stack
    offset = stack[-1]
    # GAS
    frame.expand(offset, 32)
    # OPERATION
    stack[-1] = int.from_bytes(frame.memory[offset : offset + 32])
    # PROGRAM COUNTER
    frame.pc += 1


def mstore(frame: Frame) -> None:
    """0x52 MSTORE."""
    # STACK
    stack = frame.stack
    offset = stack.pop()
    value = stack.pop()
    # GAS
    frame.expand(offset, 32)
    # OPERATION
    frame.memory[offset : offset + 32] = value.to_bytes(32)
    # PROGRAM COUNTER
    frame.pc += 1


def mstore8(frame: Frame) -> None:
    """0x53 MSTORE8."""
    # STACK
    stack = frame.stack
    offset = stack.pop()
    value = stack.pop()
    # GAS
    frame.expand(offset, 1)
    # OPERATION
    frame.memory[offset] = value & 0xFF
    # PROGRAM COUNTER
    frame.pc += 1


def msize(frame: Frame) -> None:
    """0x59 MSIZE."""
    # OPERATION
    frame.stack.append(len(frame.memory))
    # PROGRAM COUNTER
    frame.pc += 1


def mcopy(frame: Frame) -> None:
    """0x5e MCOPY (EIP-5656): the source is the memory before the copy."""
    # STACK
    stack = frame.stack
    destination = stack.pop()
    offset = stack.pop()
    size = stack.pop()
    # GAS
    frame.charge(COPY_WORD * words(size))
    frame.expand(max(destination, offset), size)
    # OPERATION
    begin_copy(frame, frame.slice_memory(offset, size), 0, destination, size)
    # PROGRAM COUNTER
    frame.pc += 1
