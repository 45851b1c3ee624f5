"""0x10-0x1e: comparisons, bitwise logic, shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = [
    "and_",
    "byte",
    "clz",
    "eq",
    "gt",
    "iszero",
    "lt",
    "not_",
    "or_",
    "sar",
    "sgt",
    "shl",
    "shr",
    "slt",
    "xor",
]

_MASK: Final = (1 << 256) - 1
_SIGN: Final = 1 << 255


def lt(frame: Frame) -> None:
    """0x10 LT."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] = 1 if left < stack[-1] else 0
    # PROGRAM COUNTER
    frame.pc += 1


def gt(frame: Frame) -> None:
    """0x11 GT."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] = 1 if left > stack[-1] else 0
    # PROGRAM COUNTER
    frame.pc += 1


def slt(frame: Frame) -> None:
    """0x12 SLT: flipping the sign bit maps the signed order to the unsigned one."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] = 1 if left ^ _SIGN < stack[-1] ^ _SIGN else 0
    # PROGRAM COUNTER
    frame.pc += 1


def sgt(frame: Frame) -> None:
    """0x13 SGT."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] = 1 if left ^ _SIGN > stack[-1] ^ _SIGN else 0
    # PROGRAM COUNTER
    frame.pc += 1


def eq(frame: Frame) -> None:
    """0x14 EQ."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] = 1 if left == stack[-1] else 0
    # PROGRAM COUNTER
    frame.pc += 1


def iszero(frame: Frame) -> None:
    """0x15 ISZERO."""
    # STACK
    stack = frame.stack
    # OPERATION
    stack[-1] = 0 if stack[-1] else 1
    # PROGRAM COUNTER
    frame.pc += 1


def and_(frame: Frame) -> None:
    """0x16 AND."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] &= left
    # PROGRAM COUNTER
    frame.pc += 1


def or_(frame: Frame) -> None:
    """0x17 OR."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] |= left
    # PROGRAM COUNTER
    frame.pc += 1


def xor(frame: Frame) -> None:
    """0x18 XOR."""
    # STACK
    stack = frame.stack
    left = stack.pop()
    # OPERATION
    stack[-1] ^= left
    # PROGRAM COUNTER
    frame.pc += 1


def not_(frame: Frame) -> None:
    """0x19 NOT."""
    # STACK
    stack = frame.stack
    # OPERATION
    stack[-1] ^= _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def byte(frame: Frame) -> None:
    """0x1a BYTE: index 0 is the most significant."""
    # STACK
    stack = frame.stack
    index = stack.pop()
    # OPERATION
    stack[-1] = stack[-1] >> (8 * (31 - index)) & 0xFF if index < 32 else 0
    # PROGRAM COUNTER
    frame.pc += 1


def shl(frame: Frame) -> None:
    """0x1b SHL (EIP-145)."""
    # STACK
    stack = frame.stack
    shift = stack.pop()
    # OPERATION
    stack[-1] = stack[-1] << shift & _MASK if shift < 256 else 0
    # PROGRAM COUNTER
    frame.pc += 1


def shr(frame: Frame) -> None:
    """0x1c SHR (EIP-145)."""
    # STACK
    stack = frame.stack
    shift = stack.pop()
    # OPERATION
    stack[-1] = stack[-1] >> shift if shift < 256 else 0
    # PROGRAM COUNTER
    frame.pc += 1


def sar(frame: Frame) -> None:
    """0x1d SAR (EIP-145): shifts the sign in."""
    # STACK
    stack = frame.stack
    shift = stack.pop()
    value = stack[-1]
    # OPERATION
    if value & _SIGN:
        stack[-1] = ((value - _MASK - 1) >> min(shift, 255)) & _MASK
    else:
        stack[-1] = value >> shift if shift < 256 else 0
    # PROGRAM COUNTER
    frame.pc += 1


def clz(frame: Frame) -> None:
    """0x1e CLZ (EIP-7939)."""
    # STACK
    stack = frame.stack
    # OPERATION
    stack[-1] = 256 - stack[-1].bit_length()
    # PROGRAM COUNTER
    frame.pc += 1
