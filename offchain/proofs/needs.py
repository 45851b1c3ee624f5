"""Which parts of the state an instruction has open besides machine, frame, code and stack.

Twin: the column `needs` of contracts/osp/InstructionTable.sol; a test holds the two together. The parts stand in the
witness in the order const, transaction, context, behind the words of the stack.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CONST", "CONTEXT", "NEEDS", "TRANSACTION"]

CONST: Final = 1
TRANSACTION: Final = 2
CONTEXT: Final = 4

_STATE: Final = TRANSACTION | CONTEXT


def _needs() -> tuple[int, ...]:
    needs = [0] * 256
    for opcode in (0x30, 0x33, 0x34, 0x35, 0x36, 0x37):  # ADDRESS, CALLER, CALLVALUE, CALLDATA*
        needs[opcode] = CONST
    for opcode in (0x32, 0x3A):  # ORIGIN, GASPRICE
        needs[opcode] = TRANSACTION
    for opcode in (0x31, 0x3B, 0x3C, 0x3F):  # BALANCE, EXTCODE*
        needs[opcode] = _STATE
    for opcode in (0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x48, 0x4A):  # the block
        needs[opcode] = CONTEXT
    needs[0x47] = CONST | CONTEXT  # SELFBALANCE
    for opcode in (0x54, 0x55):  # SLOAD, SSTORE
        needs[opcode] = CONST | _STATE
    for opcode in (0x5C, 0x5D):  # TLOAD, TSTORE
        needs[opcode] = CONST | TRANSACTION
    for opcode in range(0xA0, 0xA5):  # LOG
        needs[opcode] = CONST
    for opcode in (0x00, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFA, 0xFD, 0xFF):  # frames begin and end
        needs[opcode] = CONST | _STATE
    return tuple(needs)


NEEDS: Final = _needs()
