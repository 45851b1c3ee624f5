"""A tiny assembler: code from names of instructions, numbers, raw bytes and labels.

`assemble(1, 0, "SSTORE")` pushes 1 and 0 and stores; ``":loop"`` is a JUMPDEST with a name and ``"@loop"`` pushes
its offset in two bytes.
"""

from __future__ import annotations

from typing import Final

from offchain.evm.instructions import INSTRUCTIONS

__all__ = ["OPCODES", "assemble", "push"]

OPCODES: Final[dict[str, int]] = {
    entry.name: opcode for opcode, entry in enumerate(INSTRUCTIONS) if entry.name != "INVALID"
} | {"INVALID": 0xFE}


def push(number: int, size: int | None = None) -> bytes:
    """The shortest PUSH of the number, or the one with ``size`` bytes."""
    if size is None:
        size = (number.bit_length() + 7) // 8
    return bytes([0x5F + size]) + number.to_bytes(size, "big")


def assemble(*parts: object) -> bytes:
    """The code of strings, integers and bytes; an address goes in as an integer or as ``push(...)``."""
    code = b""
    labels: dict[str, int] = {}
    uses: list[tuple[int, str]] = []
    for part in parts:
        if isinstance(part, int):
            code += push(part)
        elif isinstance(part, bytes):
            code += part
        elif not isinstance(part, str):
            raise TypeError(f"no part of code: {part!r}")
        elif part.startswith(":"):
            labels[part[1:]] = len(code)
            code += bytes([OPCODES["JUMPDEST"]])
        elif part.startswith("@"):
            uses.append((len(code) + 1, part[1:]))
            code += push(0, 2)
        else:
            code += bytes([OPCODES[part]])
    for place, label in uses:
        code = code[:place] + labels[label].to_bytes(2, "big") + code[place + 2 :]
    return code
