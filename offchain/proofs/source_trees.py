"""Paged trees of what slices lie in: bytes, the memories of frames, a memory before the copy that is filling it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from offchain.evm.slices import MemoryBefore, Source
from offchain.trees.paged_bytes import PAGE_SIZE
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import DATA

__all__ = ["SourceTrees"]

_KEPT_BYTES: Final = 1 << 25  # of immutable strings; a tree takes about twice their size
_LEAST_WEIGHT: Final = 1 << 12


class _Memory:
    """A memory and its tree as of the last look."""

    __slots__ = ("memory", "seen", "tree")

    def __init__(self, memory: bytearray) -> None:
        self.memory = memory
        self.seen = b""
        self.tree = PagedTree()

    def look(self) -> PagedTree:
        """The tree as of now: only pages that have changed are hashed."""
        memory = self.memory
        if memory != self.seen:
            before, now = self.seen, bytes(memory)
            for at in range(0, len(now), PAGE_SIZE):
                page = now[at : at + PAGE_SIZE]
                if page != before[at : at + PAGE_SIZE]:
                    self.tree.write(at, page)
            self.seen = now
        return self.tree


class SourceTrees:
    """Caches only: every tree can be made again."""

    def __init__(self) -> None:
        self._trees: dict[tuple[int, bytes], PagedTree] = {}
        self._weight = 0
        self._memories: dict[int, _Memory] = {}
        self._before: tuple[MemoryBefore, PagedTree] | None = None

    def tree_of(self, kind: int, source: Source) -> PagedTree:
        """The paged tree of the source as it is now; ``kind`` is DATA or CODE."""
        if isinstance(source, bytes):
            tree = self._trees.get((kind, source))
            return self._add(kind, source) if tree is None else tree
        if isinstance(source, bytearray):
            memory = self._memories.get(id(source))
            if memory is None:
                memory = self._memories[id(source)] = _Memory(source)
            return memory.look()
        if self._before is None or self._before[0] is not source:
            self._before = (source, PagedTree(bytes(source), DATA))
        return self._before[1]

    def keep_memories(self, sources: Iterable[Source | None]) -> None:
        """Drop the trees of all memories but these."""
        wanted = {id(source) for source in sources}
        self._memories = {key: memory for key, memory in self._memories.items() if key in wanted}

    def _add(self, kind: int, data: bytes) -> PagedTree:
        while self._trees and self._weight > _KEPT_BYTES:
            key = next(iter(self._trees))
            del self._trees[key]
            self._weight -= len(key[1]) + _LEAST_WEIGHT
        self._weight += len(data) + _LEAST_WEIGHT
        tree = self._trees[kind, data] = PagedTree(data, kind)
        return tree
