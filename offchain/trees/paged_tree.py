"""Paged bytes that change, with their root and proofs: what an honest prover keeps for each memory."""

from __future__ import annotations

from offchain.errors import InputError
from offchain.trees.code_pages import code_leaf, first_instructions
from offchain.trees.paged_bytes import DEPTH, MAX_SIZE, PAGE_SIZE, ZERO_HASHES, page_leaf, page_node
from offchain.trees.slices import CODE, DATA

__all__ = ["PagedTree"]


class PagedTree:
    """A byte string of at most `MAX_SIZE` bytes with a root.

    Writes cost no hashing: the pages touched are hashed, with the way above them, when the root or a proof is
    asked for. ``kind`` is DATA, or CODE, which is never written to.
    """

    __slots__ = ("_bytes", "_dirty", "_firsts", "_levels", "kind")

    def __init__(self, data: bytes = b"", kind: int = DATA) -> None:
        if len(data) > MAX_SIZE:
            raise InputError(f"{len(data)} bytes do not fit into the {MAX_SIZE} bytes of a paged tree")
        self.kind = kind
        self._bytes = bytearray(data) + bytes(-len(data) % PAGE_SIZE)
        self._firsts = first_instructions(data) if kind == CODE else []
        self._dirty: set[int] = set(range(len(self._bytes) // PAGE_SIZE))
        self._levels: list[dict[int, bytes]] = [{} for _ in range(DEPTH + 1)]

    def copy(self) -> PagedTree:
        """An independent tree with the same bytes."""
        twin = PagedTree(b"", self.kind)
        twin._bytes = self._bytes[:]
        twin._firsts = self._firsts
        twin._dirty = set(self._dirty)
        twin._levels = [dict(level) for level in self._levels]
        return twin

    def write(self, at: int, data: bytes) -> None:
        """Put ``data`` at ``at``."""
        if self.kind != DATA:
            raise InputError("code is never written to")
        if at < 0 or at + len(data) > MAX_SIZE:
            raise InputError(f"{len(data)} bytes from {at} on lie outside the tree")
        if not data:
            return
        end = at + len(data)
        last = (end - 1) // PAGE_SIZE
        missing = (last + 1) * PAGE_SIZE - len(self._bytes)
        if missing > 0:
            self._bytes.extend(bytes(missing))
        self._bytes[at:end] = data
        self._dirty.update(range(at // PAGE_SIZE, last + 1))

    def read(self, at: int, size: int) -> bytes:
        """``size`` bytes from ``at`` on, zero where nothing was written."""
        found = bytes(self._bytes[at : at + size])
        return found + bytes(size - len(found))

    def page(self, index: int) -> bytes:
        """One page."""
        return self.read(index * PAGE_SIZE, PAGE_SIZE)

    @property
    def root(self) -> bytes:
        """The root of the bytes as they are now."""
        self._rehash()
        return self._levels[DEPTH].get(0, ZERO_HASHES[DEPTH])

    def prove_pages(self, first: int, count: int = 1) -> bytes:
        """The proof of neighbouring pages for `open_pages` and the functions above it."""
        self._rehash()
        parts: list[bytes] = []
        for index in range(first, first + count):
            content = self.page(index).rstrip(b"\0")
            parts.append(len(content).to_bytes(2, "big"))
            if self.kind == CODE:
                if index >= len(self._firsts):
                    raise InputError(f"page {index} lies behind the end of the code")
                parts.append(bytes([self._firsts[index]]))
            parts.append(content)
        bitmap, wanted = 0, 0
        siblings: list[bytes] = []
        last = first + count - 1
        for height in range(DEPTH):
            level, zero = self._levels[height], ZERO_HASHES[height]
            for at in ([first - 1] if first & 1 else []) + ([] if last & 1 else [last + 1]):
                sibling = level.get(at, zero)
                if sibling != zero:
                    bitmap |= 1 << wanted
                    siblings.append(sibling)
                wanted += 1
            first >>= 1
            last >>= 1
        return b"".join([*parts, bitmap.to_bytes(4, "big"), *siblings])

    def prove_range(self, at: int, size: int) -> bytes:
        """The proof of the pages under ``size`` bytes from ``at`` on; nothing for size 0."""
        if size == 0:
            return b""
        first = at // PAGE_SIZE
        return self.prove_pages(first, (at + size - 1) // PAGE_SIZE - first + 1)

    def _rehash(self) -> None:
        """Hash the pages written since the last time and the way above them."""
        if not self._dirty:
            return
        pages, code = self._levels[0], self.kind == CODE
        for index in self._dirty:
            page = self.page(index)
            pages[index] = code_leaf(page, self._firsts[index]) if code else page_leaf(page)
        changed = self._dirty
        for height in range(DEPTH):
            level, above, zero = self._levels[height], self._levels[height + 1], ZERO_HASHES[height]
            changed = {index >> 1 for index in changed}
            for index in changed:
                above[index] = page_node(level.get(2 * index, zero), level.get(2 * index + 1, zero))
        self._dirty = set()
