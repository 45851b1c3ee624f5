"""Instructions without effects as Python expressions over the names of their operands.

Semantics are those of the handlers of the same name in `offchain.evm.instructions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["COMPARISONS", "CONTEXT_VALUES", "PURE", "RUNTIME", "evaluate"]

_MODULUS: Final = 1 << 256
_MASK: Final = _MODULUS - 1
_SIGN: Final = 1 << 255


def sdiv(dividend: int, divisor: int) -> int:
    """SDIV of two words."""
    if not divisor:
        return 0
    x = dividend - _MODULUS if dividend & _SIGN else dividend
    y = divisor - _MODULUS if divisor & _SIGN else divisor
    quotient = abs(x) // abs(y)
    return (quotient if (x < 0) == (y < 0) else -quotient) & _MASK


def smod(dividend: int, divisor: int) -> int:
    """SMOD of two words."""
    if not divisor:
        return 0
    x = dividend - _MODULUS if dividend & _SIGN else dividend
    y = divisor - _MODULUS if divisor & _SIGN else divisor
    remainder = abs(x) % abs(y)
    return (-remainder if x < 0 else remainder) & _MASK


def signextend(byte: int, value: int) -> int:
    """SIGNEXTEND of a word."""
    if byte >= 31:
        return value
    sign = 1 << (8 * byte + 7)
    return (((value & ((sign << 1) - 1)) ^ sign) - sign) & _MASK


def sar(shift: int, value: int) -> int:
    """SAR of a word."""
    if value & _SIGN:
        return ((value - _MODULUS) >> min(shift, 255)) & _MASK
    return value >> shift if shift < 256 else 0


# Opcode -> expression over {a}, {b}, {c}, the operands from the top of the stack down.
PURE: Final[Mapping[int, str]] = {
    0x01: "({a} + {b}) & MASK",
    0x02: "({a} * {b}) & MASK",
    0x03: "({a} - {b}) & MASK",
    0x04: "({a} // {b} if {b} else 0)",
    0x05: "sdiv({a}, {b})",
    0x06: "({a} % {b} if {b} else 0)",
    0x07: "smod({a}, {b})",
    0x08: "(({a} + {b}) % {c} if {c} else 0)",
    0x09: "({a} * {b} % {c} if {c} else 0)",
    0x0B: "signextend({a}, {b})",
    0x16: "{a} & {b}",
    0x17: "{a} | {b}",
    0x18: "{a} ^ {b}",
    0x19: "{a} ^ MASK",
    0x1A: "({b} >> (8 * (31 - {a})) & 0xFF if {a} < 32 else 0)",
    0x1B: "({b} << {a} & MASK if {a} < 256 else 0)",
    0x1C: "({b} >> {a} if {a} < 256 else 0)",
    0x1D: "sar({a}, {b})",
    0x1E: "256 - ({a}).bit_length()",
}

# The same, as conditions.
COMPARISONS: Final[Mapping[int, str]] = {
    0x10: "{a} < {b}",
    0x11: "{a} > {b}",
    0x12: "{a} ^ SIGN < {b} ^ SIGN",
    0x13: "{a} ^ SIGN > {b} ^ SIGN",
    0x14: "{a} == {b}",
    0x15: "not {a}",
}

# Opcode -> expression over the frame. None can change while the trace runs.
CONTEXT_VALUES: Final[Mapping[int, str]] = {
    0x30: "int_from(frame.address)",
    0x32: "int_from(frame.machine.tx.origin)",
    0x33: "int_from(frame.caller)",
    0x34: "frame.value",
    0x36: "len(frame.input.content)",
    0x38: "frame.code.size",
    0x3A: "frame.machine.tx.gas_price",
    0x3D: "len(frame.return_data.content)",
    0x41: "int_from(frame.machine.context.coinbase)",
    0x42: "frame.machine.context.timestamp",
    0x43: "frame.machine.context.number",
    0x44: "int_from(frame.machine.context.prevrandao)",
    0x45: "frame.machine.context.gas_limit",
    0x46: "frame.machine.context.chain_id",
    0x48: "frame.machine.context.base_fee",
    0x4A: "frame.machine.context.blob_base_fee",
}

RUNTIME: Final[Mapping[str, object]] = {
    "MASK": _MASK,
    "SIGN": _SIGN,
    "int_from": int.from_bytes,
    "sar": sar,
    "sdiv": sdiv,
    "signextend": signextend,
    "smod": smod,
}


def evaluate(expression: str, operands: Mapping[str, int]) -> int:
    """The value of an expression of `PURE` or `COMPARISONS` with constant operands."""
    text = expression.format(**operands)
    compute: Callable[..., object] = eval(f"lambda: {text}", dict(RUNTIME))  # noqa: S307  our own templates only
    return int(compute())  # type: ignore[call-overload, no-any-return]
