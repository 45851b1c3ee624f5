"""The assembler of `offchain.steptest.assembly`, and codes that many tests build with it."""

from __future__ import annotations

from offchain.steptest.assembly import OPCODES, assemble, push

__all__ = ["OPCODES", "assemble", "creation_of", "measured", "push", "store_bytes"]


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
