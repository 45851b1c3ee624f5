"""A slice: bytes that belong to somebody else's tree, named instead of copied.

A call's input, a return value or a transaction's data is `(kind, root, offset, size)` of an immutable tree.
Reads behind ``size`` give zero, whatever the tree holds there. A slice of size 0 is `EMPTY_SLICE`, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from offchain.errors import ProofError
from offchain.trees.paged_bytes import MAX_SIZE

__all__ = ["CODE", "DATA", "EMPTY", "EMPTY_SLICE", "SLICE_SIZE", "Slice"]

EMPTY: Final = 0
DATA: Final = 1
CODE: Final = 2

SLICE_SIZE: Final = 41
"""Bytes of an encoded slice: kind 1, root 32, offset 4, size 4."""


@dataclass(frozen=True, slots=True)
class Slice:
    """``size`` bytes from ``offset`` on of the tree ``root``; ``kind`` is EMPTY, DATA (plain pages) or CODE.

    Make it with `of`, which keeps the one form of an empty slice.
    """

    kind: int
    root: bytes
    offset: int
    size: int

    @classmethod
    def of(cls, kind: int, root: bytes, offset: int, size: int) -> Slice:
        """The slice, `EMPTY_SLICE` if ``size`` is 0. Raises `ProofError` where it leaves the tree."""
        if size == 0:
            return EMPTY_SLICE
        if kind not in (DATA, CODE):
            raise ProofError(f"a slice of kind {kind} has no bytes")
        if offset < 0 or size < 0 or offset + size > MAX_SIZE:
            raise ProofError(f"{size} bytes from {offset} on lie outside the tree")
        return cls(kind, root, offset, size)

    def available(self, at: int, size: int) -> int:
        """How many of the ``size`` bytes from ``at`` on lie within the slice; the others are zero."""
        return max(0, min(size, self.size - at))

    def part(self, at: int, size: int) -> Slice:
        """The slice of ``size`` bytes from ``at`` on, which must lie within this one."""
        if at < 0 or size < 0 or at + size > self.size:
            raise ProofError(f"{size} bytes from {at} on lie outside a slice of {self.size}")
        return Slice.of(self.kind, self.root, self.offset + at, size)

    def encode(self) -> bytes:
        """The 41 bytes that are hashed into a machine state."""
        return bytes([self.kind]) + self.root + self.offset.to_bytes(4, "big") + self.size.to_bytes(4, "big")


EMPTY_SLICE: Final = Slice(EMPTY, bytes(32), 0, 0)
