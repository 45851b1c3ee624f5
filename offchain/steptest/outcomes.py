"""What became of an instruction, and which outcomes each instruction can have."""

from __future__ import annotations

from typing import Final

from offchain.evm.exceptions import (
    ExceptionalHalt,
    InvalidJump,
    OutOfGas,
    StackOverflow,
    StackUnderflow,
    StaticWrite,
)
from offchain.evm.instructions import INSTRUCTIONS, INVALID

__all__ = ["OUTCOMES", "SUCCESS", "applicable", "mnemonic", "outcome_of"]

SUCCESS: Final = "success"
_OTHER: Final = "other"
_OF_FAULT: Final[dict[type[ExceptionalHalt], str]] = {
    OutOfGas: "out of gas",
    StackUnderflow: "underflow",
    StackOverflow: "overflow",
    StaticWrite: "static",
    InvalidJump: "bad jump",
}
#: In the order of the table's columns. "other": INVALID and faults of one instruction alone.
OUTCOMES: Final = (SUCCESS, *_OF_FAULT.values(), _OTHER)

_DESIGNATED_INVALID: Final = 0xFE
_FREE: Final = (0x00,)  # STOP
_JUMPS: Final = (0x56, 0x57)
_WRITES: Final = (0x55, 0x5D, *range(0xA0, 0xA5), 0xF0, 0xF1, 0xF5, 0xFF)


def outcome_of(fault: type[ExceptionalHalt] | None) -> str:
    """The column of a fault; None is success."""
    return SUCCESS if fault is None else _OF_FAULT.get(fault, _OTHER)


def mnemonic(opcode: int) -> str:
    """The name of an instruction; bytes that are none are all UNDEFINED."""
    if opcode == _DESIGNATED_INVALID or INSTRUCTIONS[opcode] is not INVALID:
        return INSTRUCTIONS[opcode].name
    return "UNDEFINED"


def applicable() -> dict[str, tuple[str, ...]]:
    """For each name the outcomes that official tests should show, in the order of the opcodes."""
    table: dict[str, tuple[str, ...]] = {}
    for opcode, entry in enumerate(INSTRUCTIONS):
        if entry is INVALID:
            table[mnemonic(opcode)] = (_OTHER,)
            continue
        fits = {
            SUCCESS: True,
            "out of gas": opcode not in _FREE,
            "underflow": entry.pops > 0,
            "overflow": entry.pushes > entry.pops,
            "static": opcode in _WRITES,
            "bad jump": opcode in _JUMPS,
        }
        table[entry.name] = tuple(name for name, can in fits.items() if can)
    return table
