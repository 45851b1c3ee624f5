"""Signals wait while a process is started: one that ends us in between would leave it without anybody who knows it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["held_signals"]

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_signals() -> Iterator[None]:
    """Within it SIGINT, SIGTERM and SIGHUP are only noted; they arrive when it is left.

    Handlers are exchanged, and not the mask, which the started process would inherit. Ignored signals stay ignored.
    Does nothing outside of the main thread, where no handler runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, frame: object) -> None:
        del frame
        noted.append(number)

    try:
        for number in _ENDING:
            handler: Callable[..., Any] | int | None = signal.getsignal(number)
            if handler is not None and handler != signal.SIG_IGN:
                before[number] = handler
                signal.signal(number, note)
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
        for late in dict.fromkeys(noted):
            signal.raise_signal(late)
