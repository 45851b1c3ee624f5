"""Programs that make what a trace keeps between two points come up: slices, checkpoints, lists, open frames."""

from __future__ import annotations

import random

from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, OTHER, World, transaction

__all__ = ["memory_items", "memory_world", "revert_items", "revert_world"]

SIZE = 20_000
IDENTITY = 4


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def calling(to: int, input_: tuple[int, int], output: tuple[int, int], kind: str = "CALL") -> bytes:
    value = [0] if kind in ("CALL", "CALLCODE") else []
    return assemble(*reversed(output), *reversed(input_), *value, to, "GAS", kind, "POP")


# Memory that is lent, copied over itself, hashed in blocks, handed back.
FILL = assemble("CALLDATASIZE", 0, 0, "CALLDATACOPY", push(SIZE, 3), 0, push(30_000, 3), "MCOPY")
FORWARD = assemble(700, 100, 300, "MCOPY")
BACKWARD = assemble(9_000, 5_000, 4_900, "MCOPY")
HASH = assemble(push(6_000, 3), 77, "KECCAK256", "POP")
CHILD = assemble("CALLDATASIZE", 0, 0, "CALLDATACOPY", 6_000, 10, "KECCAK256", 0, "MSTORE", 900, 30, "RETURN")
_MEMORY_CODES = {
    CONTRACT: FILL
    + FORWARD
    + BACKWARD
    + HASH
    + calling(IDENTITY, (500, 5_000), (40_000, 10))
    + assemble(0xFF, 600, "MSTORE", 3_000, 100, 50_000, "RETURNDATACOPY")
    + calling(number(CALLEE), (100, 9_000), (200, 700))
    + assemble(1, 0, "MSTORE", 800, 50, 1_000, "RETURNDATACOPY")
    + assemble(100, 0, 0, number(CALLEE), "EXTCODECOPY", 64, 0, "RETURN"),
    CALLEE: CHILD,
}

# Creations with storage that is purged, reverts at several depths, transient storage, refunds.
SELF = number(CONTRACT)
INITCODE = assemble(5, 1, "SSTORE", 6, 2, "SSTORE", 7, 1, "TSTORE", number(OTHER), "SELFDESTRUCT")
DEEP = (
    assemble(push(number(INITCODE), 32), 0, "MSTORE", len(INITCODE), 32 - len(INITCODE), 0, "CREATE", "POP")
    + assemble(3, "GAS", "SSTORE", 9, 1, "TSTORE", 0, 1, "SSTORE")
    + calling(SELF, (0, 32), (64, 32))
    + assemble("GAS", 1, "SSTORE", 32, 0, "REVERT")
)


CREATE_TWICE = (
    assemble(push(number(INITCODE), 32), 0, "MSTORE")
    + assemble(len(INITCODE), 32 - len(INITCODE), 0, "CREATE", "POP") * 2
)


def memory_world() -> World:
    """Memory is lent, copied over itself, hashed in blocks, handed back."""
    return World.of(_MEMORY_CODES)


def memory_items() -> list[bytes]:
    """For it."""
    return [transaction(data=random.Random(3).randbytes(SIZE), gas_limit=2_000_000)]


def revert_world() -> World:
    """Creations with storage that is purged, reverts at several depths, transient storage, refunds."""
    return World.of({CONTRACT: DEEP, CALLEE: CREATE_TWICE}).with_account(CONTRACT, storage={1: 8})


def revert_items() -> list[bytes]:
    """For it."""
    return [
        transaction(gas_limit=900_000),
        transaction(CALLEE, nonce=1, gas_limit=700_000),
        transaction(nonce=2, gas_limit=700_000),
    ]
