"""Slices: a range of somebody else's bytes, handed on without a copy of the tree that holds them.

In the machine of docs/machine.md a slice is `(kind, root, offset, size)`. When nobody asks for proofs the root is
never computed, and `content`, the bytes themselves, is all that execution needs; ``source`` then stays None.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["EMPTY_SLICE", "LentMemory", "MemoryBefore", "Slice", "SliceKind", "Source"]


class SliceKind(IntEnum):
    """What the bytes lie in: it decides the form of the leaves under the root."""

    EMPTY = 0
    DATA = 1
    CODE = 2


class MemoryBefore:
    """A memory as it was before the copy that is filling it: the copy overwrites what is kept here.

    It holds as long as the copy is pending, in which time the memory neither grows nor changes elsewhere.
    """

    __slots__ = ("_at", "_memory", "_overwritten")

    def __init__(self, memory: bytearray, at: int, size: int) -> None:
        self._memory = memory
        self._at = at
        self._overwritten = bytes(memory[at : at + size])

    def __bytes__(self) -> bytes:
        memory = bytearray(self._memory)
        memory[self._at : self._at + len(self._overwritten)] = self._overwritten
        return bytes(memory)


Source = bytes | bytearray | MemoryBefore
"""What a slice lies in. Bytes stay; a bytearray is the memory of a frame that rests or has ended."""


class Slice:
    """``content`` is exactly ``size`` bytes; reads past them give zero. Immutable.

    ``source`` is the whole byte string around them (b"" is a legal one) and ``offset`` their place in it, both
    kept only by a machine that runs stepwise.
    """

    __slots__ = ("content", "kind", "offset", "source")

    def __init__(
        self, content: bytes, kind: SliceKind = SliceKind.DATA, source: Source | None = None, offset: int = 0
    ) -> None:
        self.content = content
        self.kind = kind if content else SliceKind.EMPTY
        self.source = source
        self.offset = offset

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.content)

    def frozen(self) -> Slice:
        """The same slice, of bytes that nobody can change any more."""
        source = self.source
        if source is None or isinstance(source, bytes):
            return self
        return Slice(bytes(self.content), self.kind, bytes(source), self.offset)


class LentMemory:
    """A range of a waiting frame's memory, read as bytes are read, but never copied whole.

    CALL costs the same whatever the size of its input, so its price must not hide a copy of it. The range holds
    as long as the frame that lends it waits for its child.
    """

    __slots__ = ("_memory", "_offset", "_size")

    def __init__(self, memory: bytearray, offset: int, size: int) -> None:
        self._memory = memory
        self._offset = offset
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        return bytes(self._memory[self._offset + start : self._offset + stop])

    def __bytes__(self) -> bytes:
        return self[:]


EMPTY_SLICE: Final = Slice(b"", SliceKind.EMPTY)
