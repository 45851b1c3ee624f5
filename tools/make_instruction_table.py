"""Write contracts/osp/InstructionTable.sol from the instruction table of the machine.

Run `.venv/bin/python tools/make_instruction_table.py` after a change to either; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from offchain.evm.instructions import INSTRUCTIONS
from offchain.proofs.needs import NEEDS

TARGET = Path(__file__).resolve().parent.parent / "contracts" / "osp" / "InstructionTable.sol"

HEAD = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What every instruction of Osaka costs at least, takes, leaves, and has to have open
/// @notice Five bytes for each opcode: static gas 2, pops 1, pushes 1, needs 1. What is no instruction has five zeros
/// and is a fault of its handler. Written by tools/make_instruction_table.py from `INSTRUCTIONS` in
/// `offchain/evm/instructions` and `NEEDS` in `offchain/proofs/needs.py`; a test holds them together.
library InstructionTable {
    /// @notice Bits of `needs`: the constants of the frame, the transaction, the context.
    uint256 internal constant CONST = 1;
    uint256 internal constant TRANSACTION = 2;
    uint256 internal constant CONTEXT = 4;

    /// @dev A row for each 16 opcodes.
    bytes private constant TABLE =
"""

TAIL = """
    /// @notice The entry of an opcode.
    function entry(uint256 opcode)
        internal
        pure
        returns (uint256 gas, uint256 pops, uint256 pushes, uint256 needs)
    {
        bytes memory table = TABLE;
        uint256 packed;
        // SAFETY: an opcode is below 256, so the five bytes lie within the 1,280 of the table.
        assembly ("memory-safe") {
            packed := shr(216, mload(add(add(table, 32), mul(5, and(opcode, 0xff)))))
        }
        return (packed >> 24, (packed >> 16) & 0xff, (packed >> 8) & 0xff, packed & 0xff);
    }
}
"""


def table() -> str:
    """The contract's text."""
    rows = []
    for start in range(0, 256, 16):
        row = "".join(
            f"{entry.gas:04x}{entry.pops:02x}{entry.pushes:02x}{NEEDS[opcode]:02x}"
            for opcode, entry in enumerate(INSTRUCTIONS[start : start + 16], start)
        )
        rows.append(f'        hex"{row}"')
    return HEAD + "\n".join(rows) + ";\n" + TAIL


if __name__ == "__main__":
    TARGET.write_text(table())
