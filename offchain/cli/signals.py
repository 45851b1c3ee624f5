"""What becomes of signals: each ends the command as an exception does, so that whatever is open is closed.

A command that the system ends at once leaves its temporary folders, and the node that it started, behind.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

__all__ = ["INTERRUPTED", "READER_GONE", "name_of_exit", "signals_as_exits", "take_interrupts"]

_BY_SIGNAL: Final = 128  # a shell's exit code of a command that signal n ended is 128 + n
INTERRUPTED: Final = _BY_SIGNAL + signal.SIGINT
READER_GONE: Final = _BY_SIGNAL + signal.SIGPIPE
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
_SIGINT_AT_START: Final = signal.getsignal(signal.SIGINT)  # ignored, say, where a script started us with &


@contextmanager
def signals_as_exits() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise SystemExit with the code that a shell gives them.

    One that the caller ignores (`nohup`) or handles stays as it is. Does nothing outside of the main thread.
    """
    ours = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for number in ours:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def take_interrupts() -> None:
    """Gives Ctrl-C the handler that it had at the start; ape replaces it when it is imported, and says nothing."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _SIGINT_AT_START)


def name_of_exit(code: object) -> str | None:
    """The signal that ended a command with this exit code by `signals_as_exits`, such as SIGTERM."""
    return next((number.name for number in _ENDING if code == _BY_SIGNAL + number), None)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    # `timeout` sends it to the command and to its group: the second must not interrupt the cleaning up.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(_BY_SIGNAL + number)
