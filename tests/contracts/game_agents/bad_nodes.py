"""Nodes of L1 that fail, lie behind, or keep something back; each around a good one."""

from __future__ import annotations

from collections.abc import Sequence

from offchain.errors import NetworkError
from offchain.l1.source import L1Block, L1Log, L1Source


class Node:
    """A good node."""

    def __init__(self, inner: L1Source) -> None:
        self.inner = inner

    def chain_id(self) -> int:
        return self.inner.chain_id()

    def block(self, number: int | None = None) -> L1Block | None:
        return self.inner.block(number)

    def code(self, address: bytes) -> bytes:
        return self.inner.code(address)

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        return self.inner.call(address, data, block)

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> Sequence[bytes]:
        return [self.call(address, one, block) for one in data]

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        return self.inner.logs(address, topics, first_block, last_block)


class Failing(Node):
    """Refuses every request that is not the ``good``-th since the last refusal; 0: all are answered."""

    good = 0
    asked = 0

    def _count(self) -> None:
        self.asked += 1
        if self.good and self.asked > self.good:
            self.asked = 0
            raise NetworkError("L1 node: no answer")

    def block(self, number: int | None = None) -> L1Block | None:
        self._count()
        return super().block(number)

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        self._count()
        return super().call(address, data, block)

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        self._count()
        return super().logs(address, topics, first_block, last_block)


class Lagging(Node):
    """Knows nothing of the last ``behind`` blocks."""

    behind = 0

    def block(self, number: int | None = None) -> L1Block | None:
        newest = self.inner.block()
        assert newest is not None
        last = newest.number - self.behind
        if number is None:
            return self.inner.block(last)
        return None if number > last else self.inner.block(number)


class Secretive(Node):
    """Keeps the last ``dropped`` events of the game back."""

    dropped = 0
    game = b""

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        logs = list(super().logs(address, topics, first_block, last_block))
        return logs[: len(logs) - self.dropped] if address == self.game else logs
