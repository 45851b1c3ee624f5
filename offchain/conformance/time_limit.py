"""A wall-clock limit around one execution, so that one slow case can't hold up a whole run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["TimeLimitError", "time_limit"]


class TimeLimitError(BaseException):
    """The limit has passed. Not an Exception, so that no handler inside an EVM takes it for a fault."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitError` inside the block after ``seconds``. For the main thread of a process only."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
