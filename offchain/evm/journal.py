"""The journal of one transaction: what a revert has to put back.

The machine of docs/machine.md reverts by putting back four roots and two counters, because its maps are trees with
old roots still there. In memory the maps are dictionaries changed in place, so each change leaves the value
that it overwrote here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Checkpoint", "JournalEntry", "undo"]

# (map, key, old value); None: the key was absent.
JournalEntry = tuple[dict[Any, Any], Any, Any]


class Checkpoint(NamedTuple):
    """What a frame returns to when it reverts: lengths of the lists that only grow, and the refund counter."""

    journal: int
    refund: int
    new_slots: int
    destroyed: int
    logs: int


def undo(journal: list[JournalEntry], length: int) -> None:
    """Take back every change after the first ``length`` ones, the last first."""
    while len(journal) > length:
        changed, key, old = journal.pop()
        if old is None:
            del changed[key]
        else:
            changed[key] = old
