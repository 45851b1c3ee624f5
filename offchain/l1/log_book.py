"""A book folded from one contract's log, that begins anew where L1 was reorganized."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from offchain.l1.source import L1Block, L1Log, L1Source

__all__ = ["LogBook", "is_on_chain"]

_Book = TypeVar("_Book")


def is_on_chain(source: L1Source, number: int, block_hash: bytes) -> bool:
    """Whether L1 still has this block."""
    found = source.block(number)
    return found is not None and found.hash == block_hash


class LogBook(Generic[_Book]):
    """``new`` makes an empty book, ``apply`` brings it forward by one log of the contract at ``address``."""

    def __init__(
        self,
        source: L1Source,
        address: bytes,
        topics: Sequence[bytes],
        first_block: int,
        new: Callable[[], _Book],
        apply: Callable[[_Book, L1Log], None],
    ) -> None:
        self._source = source
        self._address = address
        self._topics = topics
        self._first_block = first_block
        self._new = new
        self._apply = apply
        self._book = new()
        self._reached: L1Block | None = None

    def at(self, head: L1Block) -> _Book:
        """The book after block ``head``: the same object goes on, unless L1 was reorganized or `forget` called.

        Raises what the source and ``apply`` raise; the next call then begins anew.
        """
        reached = self._reached
        if reached is not None and (
            reached.number > head.number or not is_on_chain(self._source, reached.number, reached.hash)
        ):
            reached = None
        if reached is None:
            self._book = self._new()
        self._reached = None  # a failure below leaves half a book
        first = self._first_block if reached is None else reached.number + 1
        if first <= head.number:
            for log in self._source.logs(self._address, self._topics, first, head.number):
                self._apply(self._book, log)
        self._reached = head
        return self._book

    def forget(self) -> None:
        """The next reading begins anew."""
        self._reached = None
