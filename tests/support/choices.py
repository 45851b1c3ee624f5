"""Decisions out of bytes, so that hypothesis can shrink whatever is built with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Choices"]

T = TypeVar("T")


class Choices:
    """Reads decisions out of bytes; past their end every decision is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def exhausted(self) -> bool:
        """Whether all bytes are used."""
        return self._at >= len(self._data)

    def below(self, limit: int) -> int:
        """A number from 0 on below ``limit`` <= 256."""
        if self.exhausted:
            return 0
        self._at += 1
        return self._data[self._at - 1] % limit

    def pick(self, options: Sequence[T]) -> T:
        """One of at most 256 options."""
        return options[self.below(len(options))]

    def seldom(self, one_in: int) -> bool:
        """True about once in ``one_in`` times, never when the bytes are used up."""
        return self.below(one_in) == one_in - 1
