"""A worker for the pool, in a module that loads fast: each process of a pool loads it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from offchain.errors import FixtureError

__all__ = ["open_worker", "square"]


@contextmanager
def open_worker(folder: Path) -> Iterator[Callable[[int], int]]:
    """Its files say that the process has begun, and that it has cleaned up."""
    (folder / f"begun-{os.getpid()}").touch()
    try:
        yield square
    finally:
        (folder / f"closed-{os.getpid()}").touch()


def square(number: int) -> int:
    """A negative number is no good; 1,000 takes for ever."""
    if number < 0:
        raise FixtureError("a negative number")
    while number == 1_000:
        time.sleep(0.01)
    return number * number
