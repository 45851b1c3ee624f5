"""Which prover on L1 serves which step: the first byte of a witness.

Twin: the list in contracts/osp/OneStepVerifier.sol.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from offchain.evm.phase import Phase

if TYPE_CHECKING:
    from offchain.evm.machine import Machine

__all__ = ["Prover", "prover_of"]


class Prover(IntEnum):
    """The provers, by their place in OneStepVerifier's constructor."""

    ITEM = 0
    TRANSACTION = 1
    WORD = 2
    MEMORY = 3
    STATE = 4
    CALL = 5
    CREATE = 6
    END = 7
    APPLY = 8


def _by_opcode() -> tuple[Prover, ...]:
    provers = [Prover.END] * 256  # and every byte that is no instruction
    for opcode in (
        *range(0x01, 0x0C),
        *range(0x10, 0x1F),
        *range(0x5F, 0xA0),
        0x50,
        0x56,
        0x57,
        0x58,
        0x5A,
        0x5B,
    ):
        provers[opcode] = Prover.WORD
    for opcode in (0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3A, 0x3D, *range(0x41, 0x47), 0x48, 0x49, 0x4A):
        provers[opcode] = Prover.WORD
    for opcode in (0x20, 0x35, 0x37, 0x39, 0x3E, 0x51, 0x52, 0x53, 0x59, 0x5E, *range(0xA0, 0xA5)):
        provers[opcode] = Prover.MEMORY
    for opcode in (0x31, 0x3B, 0x3C, 0x3F, 0x40, 0x47, 0x54, 0x55, 0x5C, 0x5D):
        provers[opcode] = Prover.STATE
    for opcode in (0xF1, 0xF2, 0xF4, 0xFA):
        provers[opcode] = Prover.CALL
    for opcode in (0xF0, 0xF5):
        provers[opcode] = Prover.CREATE
    return tuple(provers)


_BY_OPCODE = _by_opcode()


def prover_of(machine: Machine) -> Prover:
    """The prover of the machine's next step."""
    phase = machine.phase
    if phase is Phase.EXECUTE:
        frame = machine.frame
        assert frame is not None
        if frame.pending is not None:
            return Prover.MEMORY
        return _BY_OPCODE[frame.code.padded[frame.pc]]
    return Prover.ITEM if phase in (Phase.BEGIN, Phase.ITEM, Phase.DIFF) else Prover.TRANSACTION
