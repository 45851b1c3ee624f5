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

__all__ = ["OUTCOMES", "SUCCESS", "UNDEFINED", "applicable", "mnemonic", "outcome_of"]

#: The name of all bytes that are no instruction, but for INVALID.
UNDEFINED: Final = "UNDEFINED"
SUCCESS: Final = "success"
_OUT_OF_STATIC_GAS: Final = "out of gas"
_OUT_OF_DYNAMIC_GAS: Final = "out of dynamic gas"
_OTHER: Final = "other"
_OF_FAULT: Final[dict[type[ExceptionalHalt], str]] = {
    OutOfGas: _OUT_OF_DYNAMIC_GAS,
    StackUnderflow: "underflow",
    StackOverflow: "overflow",
    StaticWrite: "static",
    InvalidJump: "bad jump",
}
#: In the order of the table's columns. "out of gas" is the static gas of the table of instructions, "out of dynamic
#: gas" what the instruction asks for by itself; "other" are INVALID and faults of one instruction alone.
OUTCOMES: Final = (SUCCESS, _OUT_OF_STATIC_GAS, *_OF_FAULT.values(), _OTHER)

_DESIGNATED_INVALID: Final = 0xFE
_JUMPS: Final = (0x56, 0x57)
_WRITES: Final = (0x55, 0x5D, *range(0xA0, 0xA5), 0xF0, 0xF1, 0xF5, 0xFF)
_DYNAMIC: Final = (
    *(0x0A, 0x20),  # EXP, KECCAK256
    *(0x31, 0x3B, 0x3C, 0x3F, 0x54, 0x55),  # warm or cold
    *(0x37, 0x39, 0x3E, 0x5E),  # copies; EXTCODECOPY is above
    *(0x51, 0x52, 0x53),  # memory
    *range(0xA0, 0xA5),
    *(0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFA, 0xFD, 0xFF),
)
_OTHER_FAULTS: Final = (0x3E, 0xF3)  # RETURNDATACOPY past the end; RETURN of code that can't be deposited


def outcome_of(fault: type[ExceptionalHalt] | None, *, pays_static_gas: bool = True) -> str:
    """The column of a fault; None is success. ``pays_static_gas``: the gas left covered that of the table."""
    if fault is None:
        return SUCCESS
    if fault is OutOfGas and not pays_static_gas:
        return _OUT_OF_STATIC_GAS
    return _OF_FAULT.get(fault, _OTHER)


def mnemonic(opcode: int) -> str:
    """The name of an instruction; bytes that are none are all UNDEFINED."""
    if opcode == _DESIGNATED_INVALID or INSTRUCTIONS[opcode] is not INVALID:
        return INSTRUCTIONS[opcode].name
    return UNDEFINED


def applicable() -> dict[str, tuple[str, ...]]:
    """For each name the outcomes that it can have, in the order of the opcodes and of the columns."""
    table: dict[str, tuple[str, ...]] = {}
    for opcode, entry in enumerate(INSTRUCTIONS):
        if entry is INVALID:
            table[mnemonic(opcode)] = (_OTHER,)
            continue
        fits = {
            SUCCESS: True,
            _OUT_OF_STATIC_GAS: entry.gas > 0,
            _OUT_OF_DYNAMIC_GAS: opcode in _DYNAMIC,
            "underflow": entry.pops > 0,
            "overflow": entry.pushes > entry.pops,
            "static": opcode in _WRITES,
            "bad jump": opcode in _JUMPS,
            _OTHER: opcode in _OTHER_FAULTS,
        }
        table[entry.name] = tuple(name for name, can in fits.items() if can)
    return table
