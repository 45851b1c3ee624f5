"""Code from names of instructions, numbers and raw bytes."""

from __future__ import annotations

from typing import Final

from offchain.evm.instructions import INSTRUCTIONS

__all__ = ["OPCODES", "Part", "code_of", "push", "pushes"]

Part = int | str | bytes

OPCODES: Final[dict[str, int]] = {
    entry.name: opcode for opcode, entry in enumerate(INSTRUCTIONS) if entry.name != "INVALID"
} | {"INVALID": 0xFE}


def push(number: int, size: int | None = None) -> bytes:
    """The shortest PUSH of the number, or the one with ``size`` bytes."""
    width = (number.bit_length() + 7) // 8 if size is None else size
    return bytes([0x5F + width]) + number.to_bytes(width, "big")


def code_of(*parts: Part) -> bytes:
    """The code of instructions by name, of numbers to push, and of bytes as they are."""
    return b"".join(
        push(part) if isinstance(part, int) else bytes([OPCODES[part]]) if isinstance(part, str) else part
        for part in parts
    )


def pushes(*words: int) -> bytes:
    """Pushes them so that the first is on top."""
    return b"".join(push(word) for word in reversed(words))
