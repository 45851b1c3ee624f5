"""The moves of a game, as values. L1's calls of the same names take the game besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from offchain.game.games import Form
from offchain.game.vectors import Opening

__all__ = ["Agree", "Choose", "Move", "Object", "Point", "ProveStep", "Refund", "Reveal", "TimeOut"]


@dataclass(frozen=True, slots=True)
class Agree:
    """The sequencer has the challenger's h(S_{n-1})."""


@dataclass(frozen=True, slots=True)
class Object:
    """The sequencer has another h(S_{n-1})."""

    parent_root: bytes


@dataclass(frozen=True, slots=True)
class Reveal:
    """The sequencer's inner hashes of the range."""

    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """The challenger's segment, with its ends."""

    segment: int
    start: Opening
    end: Opening


@dataclass(frozen=True, slots=True)
class Choose:
    """The trace that the challenger disputes; ``diff_root`` is the claim of ``batch``, L1 takes its order besides."""

    form: Form
    batch: int
    diff_root: bytes


@dataclass(frozen=True, slots=True)
class ProveStep:
    """The last step, shown by anybody."""

    witness: bytes


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The side on turn has used up its time."""


@dataclass(frozen=True, slots=True)
class Refund:
    """The game's term is over."""


Move: TypeAlias = Agree | Object | Reveal | Point | Choose | ProveStep | TimeOut | Refund
