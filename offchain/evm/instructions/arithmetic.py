"""0x01-0x0b: arithmetic modulo 2**256. Static gas and stack bounds are the entry's (`offchain.evm.interpreter`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.gas import EXP_BYTE

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = [
    "add",
    "addmod",
    "div",
    "exp",
    "mod",
    "mul",
    "mulmod",
    "sdiv",
    "signextend",
    "smod",
    "sub",
]

_MODULUS: Final = 1 << 256
_MASK: Final = _MODULUS - 1
_SIGN: Final = 1 << 255


def add(frame: Frame) -> None:
    """0x01 ADD."""
    # STACK
    stack = frame.stack
    x = stack.pop()
    y = stack[-1]
    # OPERATION
    stack[-1] = (x + y) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def mul(frame: Frame) -> None:
    """0x02 MUL."""
    # STACK
    stack = frame.stack
    x = stack.pop()
    y = stack[-1]
    # OPERATION
    stack[-1] = (x * y) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def sub(frame: Frame) -> None:
    """0x03 SUB."""
    # STACK
    stack = frame.stack
    x = stack.pop()
    y = stack[-1]
    # OPERATION
    stack[-1] = (x - y) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def div(frame: Frame) -> None:
    """0x04 DIV; by zero is zero."""
    # STACK
    stack = frame.stack
    dividend = stack.pop()
    divisor = stack[-1]
    # OPERATION
    stack[-1] = dividend // divisor if divisor else 0
    # PROGRAM COUNTER
    frame.pc += 1


def sdiv(frame: Frame) -> None:
    """0x05 SDIV: signed, rounds towards zero; by zero is zero."""
    # STACK
    stack = frame.stack
    dividend = stack.pop()
    divisor = stack[-1]
    # OPERATION
    if dividend & _SIGN:
        dividend -= _MODULUS
    if divisor & _SIGN:
        divisor -= _MODULUS
    if divisor:
        quotient = abs(dividend) // abs(divisor)
        stack[-1] = (quotient if (dividend < 0) == (divisor < 0) else -quotient) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def mod(frame: Frame) -> None:
    """0x06 MOD; by zero is zero."""
    # STACK
    stack = frame.stack
    dividend = stack.pop()
    divisor = stack[-1]
    # OPERATION
    stack[-1] = dividend % divisor if divisor else 0
    # PROGRAM COUNTER
    frame.pc += 1


def smod(frame: Frame) -> None:
    """0x07 SMOD: the sign is the dividend's; by zero is zero."""
    # STACK
    stack = frame.stack
    dividend = stack.pop()
    divisor = stack[-1]
    # OPERATION
    if dividend & _SIGN:
        dividend -= _MODULUS
    if divisor & _SIGN:
        divisor -= _MODULUS
    if divisor:
        remainder = abs(dividend) % abs(divisor)
        stack[-1] = (-remainder if dividend < 0 else remainder) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1


def addmod(frame: Frame) -> None:
    """0x08 ADDMOD: the sum is not cut to 256 bits; by zero is zero."""
    # STACK
    stack = frame.stack
    x = stack.pop()
    y = stack.pop()
    modulus = stack[-1]
    # OPERATION
    stack[-1] = (x + y) % modulus if modulus else 0
    # PROGRAM COUNTER
    frame.pc += 1


def mulmod(frame: Frame) -> None:
    """0x09 MULMOD: the product is not cut to 256 bits; by zero is zero."""
    # STACK
    stack = frame.stack
    x = stack.pop()
    y = stack.pop()
    modulus = stack[-1]
    # OPERATION
    stack[-1] = x * y % modulus if modulus else 0
    # PROGRAM COUNTER
    frame.pc += 1


def exp(frame: Frame) -> None:
    """0x0a EXP."""
    # STACK
    stack = frame.stack
    base = stack.pop()
    exponent = stack[-1]
    # GAS
    frame.charge(EXP_BYTE * ((exponent.bit_length() + 7) >> 3))
    # OPERATION
    stack[-1] = pow(base, exponent, _MODULUS)
    # PROGRAM COUNTER
    frame.pc += 1


def signextend(frame: Frame) -> None:
    """0x0b SIGNEXTEND: extend the two's complement number of ``byte + 1`` bytes."""
    # STACK
    stack = frame.stack
    byte = stack.pop()
    value = stack[-1]
    # OPERATION
    if byte < 31:
        sign = 1 << (8 * byte + 7)
        low = value & ((sign << 1) - 1)
        stack[-1] = ((low ^ sign) - sign) & _MASK
    # PROGRAM COUNTER
    frame.pc += 1
