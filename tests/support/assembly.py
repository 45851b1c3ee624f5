"""A tiny assembler: code from names of instructions, numbers, raw bytes and labels.

`assemble(1, 0, "SSTORE")` pushes 1 and 0 and stores; ``":loop"`` is a JUMPDEST with a name and ``"@loop"`` pushes
its offset in two bytes.
"""

from __future__ import annotations

from typing import Final

from offchain.evm.instructions import INSTRUCTIONS

__all__ = ["OPCODES", "assemble", "creation_of", "measured", "push", "store_bytes"]

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


def store_bytes(data: bytes, offset: int = 0) -> bytes:
    """Code that writes ``data`` to memory, padded with zeros to whole words."""
    code = b""
    for start in range(0, len(data), 32):
        word = int.from_bytes(data[start : start + 32].ljust(32, b"\0"), "big")
        code += assemble(word, offset + start, "MSTORE")
    return code


def creation_of(runtime: bytes) -> bytes:
    """Initcode that returns ``runtime``."""
    head = b""
    for _ in range(2):  # the second time with the right length of itself
        head = assemble(
            push(len(runtime), 2), push(len(head), 2), 0, "CODECOPY", push(len(runtime), 2), 0, "RETURN"
        )
    return head + runtime


def measured(*parts: object, offset: int = 0) -> bytes:
    """Code that stores the one result of ``parts`` in slot ``offset`` and their gas in the next one.

    2 gas of it are the second GAS.
    """
    return assemble("GAS", *parts, "GAS", "SWAP1", offset, "SSTORE", "SWAP1", "SUB", offset + 1, "SSTORE")
