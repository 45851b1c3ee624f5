"""0xa0-0xa4: logs. They are part of the receipts, which are not committed: the machine's hash knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from offchain.evm.exceptions import StaticWrite
from offchain.evm.gas import LOG_BYTE
from offchain.evm.receipt import Log

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = ["log"]


def log(topic_count: int) -> Callable[[Frame], None]:
    """0xa0-0xa4 LOG0 to LOG4."""

    def log_n(frame: Frame) -> None:
        if frame.static:
            raise StaticWrite
        # STACK
        stack = frame.stack
        offset = stack.pop()
        size = stack.pop()
        topics = tuple([stack.pop().to_bytes(32) for _ in range(topic_count)])
        # GAS
        frame.charge(LOG_BYTE * size)
        frame.expand(offset, size)
        # OPERATION
        data = bytes(frame.memory[offset : offset + size]) if size else b""
        frame.machine.tx.logs.append(Log(frame.address, topics, data))
        # PROGRAM COUNTER
        frame.pc += 1

    return log_n
