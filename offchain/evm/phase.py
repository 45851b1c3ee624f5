"""The phases of the machine: what the next step does."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Phase"]


class Phase(IntEnum):
    """The phase of a machine state. DIFF is the end of an execution and a fixed point."""

    BEGIN = 0
    ITEM = 1
    ACCESS_LIST = 2
    AUTHORIZATION = 3
    START = 4
    EXECUTE = 5
    SETTLE = 6
    PURGE = 7
    DIFF = 8
